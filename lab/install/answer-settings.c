/* SPDX-License-Identifier: GPL-2.0-or-later
 * The table of what the answer file sets.
 *
 * Sources: [U] Microsoft, Unattended Windows Setup Reference, the page of that setting.
 * [K] Microsoft, "KMS client activation and product keys" (the recipes' setup-key); that Setup of
 * an evaluation takes none say the answer files of github.com/joefitzgerald/packer-windows. [P]
 * Microsoft, "UEFI/GPT-based hard drive partitions". [V] the virtio-win medium's folders.
 */
#include "install/answer-settings.h"

#define PE "windowsPE"
#define SPECIALIZE "specialize"
#define OOBE "oobeSystem"
#define DISK "DiskConfiguration/Disk#1/"
#define CREATE(n) DISK "CreatePartitions/CreatePartition#" #n "/"
#define MODIFY(n) DISK "ModifyPartitions/ModifyPartition#" #n "/"
#define IMAGE "ImageInstall/OSImage/"
#define COMMAND(n) "RunSynchronous/RunSynchronousCommand#" #n "/"

const AnswerSetting answer_settings[] = {
    {PE, "International-Core-WinPE", "SetupUILanguage/UILanguage", "{locale}",
     "no language page [U]", SETTING_ALWAYS},
    {PE, "International-Core-WinPE", "InputLocale", "{locale}", "keyboard of Setup [U]",
     SETTING_ALWAYS},
    {PE, "International-Core-WinPE", "SystemLocale", "{locale}", "[U]", SETTING_ALWAYS},
    {PE, "International-Core-WinPE", "UILanguage", "{locale}", "[U]", SETTING_ALWAYS},
    {PE, "International-Core-WinPE", "UserLocale", "{locale}", "[U]", SETTING_ALWAYS},

    {PE, "Setup", DISK "DiskID", "0", "the SATA disk; the data disk is virtio and comes later [U]",
     SETTING_ALWAYS},
    {PE, "Setup", DISK "WillWipeDisk", "true", "a rebuild starts from nothing [U]", SETTING_ALWAYS},
    {PE, "Setup", CREATE(1) "Order", "1", "recovery tools first, so that C: can be the last [P]",
     SETTING_ALWAYS},
    {PE, "Setup", CREATE(1) "Type", "Primary", "[P]", SETTING_ALWAYS},
    {PE, "Setup", CREATE(1) "Size", "1024",
     "WinRE grows with updates; under 1 GiB its own updates fail [P]", SETTING_ALWAYS},
    {PE, "Setup", CREATE(2) "Order", "2", "[P]", SETTING_ALWAYS},
    {PE, "Setup", CREATE(2) "Type", "EFI", "system partition [P]", SETTING_ALWAYS},
    {PE, "Setup", CREATE(2) "Size", "260", "enough for 4096-byte sectors as well [P]",
     SETTING_ALWAYS},
    {PE, "Setup", CREATE(3) "Order", "3", "[P]", SETTING_ALWAYS},
    {PE, "Setup", CREATE(3) "Type", "MSR", "[P]", SETTING_ALWAYS},
    {PE, "Setup", CREATE(3) "Size", "16", "[P]", SETTING_ALWAYS},
    {PE, "Setup", CREATE(4) "Order", "4", "[P]", SETTING_ALWAYS},
    {PE, "Setup", CREATE(4) "Type", "Primary", "Windows [P]", SETTING_ALWAYS},
    {PE, "Setup", CREATE(4) "Extend", "true", "the rest of the disk [P]", SETTING_ALWAYS},
    {PE, "Setup", MODIFY(1) "Order", "1", "[P]", SETTING_ALWAYS},
    {PE, "Setup", MODIFY(1) "PartitionID", "1", "[P]", SETTING_ALWAYS},
    {PE, "Setup", MODIFY(1) "Label", "WinRE", "[P]", SETTING_ALWAYS},
    {PE, "Setup", MODIFY(1) "Format", "NTFS", "[P]", SETTING_ALWAYS},
    {PE, "Setup", MODIFY(1) "TypeID", "DE94BBA4-06D1-4D40-A16A-BFD50179D6AC",
     "marks recovery tools; without it no recovery environment is set up [P]", SETTING_ALWAYS},
    {PE, "Setup", MODIFY(2) "Order", "2", "[P]", SETTING_ALWAYS},
    {PE, "Setup", MODIFY(2) "PartitionID", "2", "[P]", SETTING_ALWAYS},
    {PE, "Setup", MODIFY(2) "Label", "System", "[P]", SETTING_ALWAYS},
    {PE, "Setup", MODIFY(2) "Format", "FAT32", "[P]", SETTING_ALWAYS},
    {PE, "Setup", MODIFY(3) "Order", "3", "[P]", SETTING_ALWAYS},
    {PE, "Setup", MODIFY(3) "PartitionID", "3", "[P]", SETTING_ALWAYS},
    {PE, "Setup", MODIFY(4) "Order", "4", "[P]", SETTING_ALWAYS},
    {PE, "Setup", MODIFY(4) "PartitionID", "4", "[P]", SETTING_ALWAYS},
    {PE, "Setup", MODIFY(4) "Label", "Windows", "[P]", SETTING_ALWAYS},
    {PE, "Setup", MODIFY(4) "Letter", "C", "[P]", SETTING_ALWAYS},
    {PE, "Setup", MODIFY(4) "Format", "NTFS", "[P]", SETTING_ALWAYS},
    {PE, "Setup", "DiskConfiguration/WillShowUI", "OnError",
     "a disk that cannot be set up is shown, and found by the stage's deadline [U]",
     SETTING_ALWAYS},
    {PE, "Setup", IMAGE "InstallFrom/MetaData#1/Key", "/IMAGE/INDEX", "[U]", SETTING_INDEX},
    {PE, "Setup", IMAGE "InstallFrom/MetaData#1/Value", "{index}",
     "found on the medium, so names in other languages do not matter [U]", SETTING_INDEX},
    {PE, "Setup", IMAGE "InstallFrom/MetaData#1/Key", "/IMAGE/NAME", "[U]", SETTING_NAME},
    {PE, "Setup", IMAGE "InstallFrom/MetaData#1/Value", "{edition}", "[U]", SETTING_NAME},
    {PE, "Setup", IMAGE "InstallTo/DiskID", "0", "[U]", SETTING_ALWAYS},
    {PE, "Setup", IMAGE "InstallTo/PartitionID", "4", "[U]", SETTING_ALWAYS},
    {PE, "Setup", IMAGE "WillShowUI", "OnError", "[U]", SETTING_ALWAYS},
    {PE, "Setup", "UserData/ProductKey/Key", "{setup-key}",
     "says which edition, and activates nothing; an image that is no evaluation shows Setup's key "
     "page without one [U], an evaluation refuses it [K]",
     SETTING_SETUP_KEY},
    {PE, "Setup", "UserData/ProductKey/WillShowUI", "OnError", "[U]", SETTING_ALWAYS},
    {PE, "Setup", "UserData/AcceptEula", "true", "the user has accepted it by using the medium [U]",
     SETTING_ALWAYS},
    {PE, "Setup", "UserData/FullName", "Truce", "[U]", SETTING_ALWAYS},
    {PE, "Setup", "UserData/Organization", "Truce", "[U]", SETTING_ALWAYS},

    {SPECIALIZE, "Shell-Setup", "ComputerName", "TRUCE",
     "the same in every clone; the network leads nowhere [U]", SETTING_ALWAYS},
    {SPECIALIZE, "Shell-Setup", "TimeZone", "UTC", "logs of guest and lab agree [U]",
     SETTING_ALWAYS},
    {SPECIALIZE, "Shell-Setup", "ProductKey", "{key}",
     "from the user's file: what Windows is activated with; a volume licence's MAK works nowhere "
     "else [U]",
     SETTING_KEY},
    {SPECIALIZE, "Deployment", COMMAND(1) "Order", "1", "[U]", SETTING_CLIENT},
    {SPECIALIZE, "Deployment", COMMAND(1) "Path",
     "reg.exe add HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\OOBE /v BypassNRO /t "
     "REG_DWORD /d 1 /f",
     "no wait for a network that is not there", SETTING_CLIENT},
    {SPECIALIZE, "Deployment", COMMAND(2) "Order", "2", "[U]", SETTING_CLIENT},
    {SPECIALIZE, "Deployment", COMMAND(2) "Path",
     "reg.exe add HKLM\\SYSTEM\\CurrentControlSet\\Control\\BitLocker /v PreventDeviceEncryption "
     "/t "
     "REG_DWORD /d 1 /f",
     "no encryption behind the lab's back: a stopped disk must be readable", SETTING_CLIENT},
    {SPECIALIZE, "ServerManager-SvrMgrNc", "DoNotOpenServerManagerAtLogon", "true",
     "nothing in front of the screen that is photographed [U]", SETTING_SERVER},

    {OOBE, "International-Core", "InputLocale", "{locale}", "[U]", SETTING_ALWAYS},
    {OOBE, "International-Core", "SystemLocale", "{locale}", "[U]", SETTING_ALWAYS},
    {OOBE, "International-Core", "UILanguage", "{locale}", "[U]", SETTING_ALWAYS},
    {OOBE, "International-Core", "UserLocale", "{locale}", "[U]", SETTING_ALWAYS},
    {OOBE, "Shell-Setup", "OOBE/HideEULAPage", "true", "[U]", SETTING_ALWAYS},
    {OOBE, "Shell-Setup", "OOBE/HideLocalAccountScreen", "true", "[U]", SETTING_ALWAYS},
    {OOBE, "Shell-Setup", "OOBE/HideOnlineAccountScreens", "true", "[U]", SETTING_CLIENT},
    {OOBE, "Shell-Setup", "OOBE/HideWirelessSetupInOOBE", "true", "[U]", SETTING_ALWAYS},
    {OOBE, "Shell-Setup", "OOBE/ProtectYourPC", "3",
     "express settings off: nothing is sent or fetched [U]", SETTING_ALWAYS},
    {OOBE, "Shell-Setup", "UserAccounts/AdministratorPassword/Value", "{password}",
     "the first logon's; generated for this guest [U]", SETTING_ALWAYS},
    {OOBE, "Shell-Setup", "UserAccounts/AdministratorPassword/PlainText", "true", "[U]",
     SETTING_ALWAYS},
    {OOBE, "Shell-Setup", "AutoLogon/Enabled", "true",
     "runs the first-logon script; with it a client asks for no new account [U]", SETTING_ALWAYS},
    {OOBE, "Shell-Setup", "AutoLogon/LogonCount", "1",
     "once: after the script's own restart a task of the system goes on, without a logon [U]",
     SETTING_ALWAYS},
    {OOBE, "Shell-Setup", "AutoLogon/Username", "Administrator",
     "the built-in account; the English word stands for it in every language [U]", SETTING_ALWAYS},
    {OOBE, "Shell-Setup", "AutoLogon/Password/Value", "{password}", "[U]", SETTING_ALWAYS},
    {OOBE, "Shell-Setup", "AutoLogon/Password/PlainText", "true", "[U]", SETTING_ALWAYS},
    {OOBE, "Shell-Setup", "FirstLogonCommands/SynchronousCommand#1/Order", "1", "[U]",
     SETTING_ALWAYS},
    {OOBE, "Shell-Setup", "FirstLogonCommands/SynchronousCommand#1/CommandLine",
     "cmd.exe /c for %d in (D E F G H) do if exist %d:\\truce\\first-logon.ps1 powershell.exe "
     "-NoProfile -ExecutionPolicy Bypass -File %d:\\truce\\first-logon.ps1",
     "the letter of the answer medium depends on the other disks [U]", SETTING_ALWAYS},
};
const guint answer_settings_count = G_N_ELEMENTS(answer_settings);

const AnswerDriver answer_drivers[] = {
    {"vioserial", "the agent's port [V]", DRIVER_ALWAYS},
    {"pvpanic", "tells the lab of a crash [V]", DRIVER_ALWAYS},
    {"fwcfg", "lets the host write a dump in Windows' format [V]", DRIVER_ALWAYS},
    {"viostor", "the data disk; the system disk is SATA and needs none [V]", DRIVER_DATA_DISK},
    {"NetKVM", "the virtio network card of this recipe [V]", DRIVER_VIRTIO_NETWORK},
};
const guint answer_drivers_count = G_N_ELEMENTS(answer_drivers);
