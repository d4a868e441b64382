# SPDX-License-Identifier: GPL-2.0-or-later
# Runs at the first logon of a Windows that Setup has just installed, from the answer medium. Makes
# the guest one that the lab can use: agent, drivers, crash dumps, nothing that changes it behind the
# lab's back. Protections (firewall, UAC, Secure Boot, HVCI) stay as Windows sets them.
#
# In two parts with a restart between them, which drivers, page file and the removal of Defender want:
# the second one, a task of the system's that needs no logon, records the protections as they are then.
#
# Each step writes one line to the first serial port, where the builder waits for them, and to
# C:\Windows\Temp\truce-build.log, which it reads through the agent once that answers:
#   TRUCE-BUILD step NAME            a step begins
#   TRUCE-BUILD failed NAME: REASON  it failed; nothing after it runs
#   TRUCE-BUILD deviation TEXT       something differs from a stock Windows; goes into the report
#   TRUCE-BUILD done                 the machine is about to shut down, complete
# settings.json beside this file says what the recipe wants:
#   {"defender":"kept"|"removed","release":"Windows 11 25H2","build":26200}

param([ValidateSet('First', 'AfterRestart')] [string] $Part = 'First')

$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
Set-StrictMode -Version 2
$here = Split-Path -Parent $MyInvocation.MyCommand.Path
$settings = Get-Content -Raw (Join-Path $here 'settings.json') | ConvertFrom-Json

$buildLog = Join-Path $env:SystemRoot 'Temp\truce-build.log'
$serial = $null
try {
    $serial = New-Object System.IO.Ports.SerialPort 'COM1', 115200, 'None', 8, 'One'
    $serial.NewLine = "`r`n"
    $serial.WriteTimeout = 10000
    $serial.Open()
} catch { $serial = $null }

function Send-Beacon([string] $Text) {
    # One line, ASCII: what Windows says may be in any language and of any length.
    $line = ($Text -replace '[^\x20-\x7E]', '?')
    if ($line.Length -gt 300) { $line = $line.Substring(0, 300) }
    if ($serial) { try { $serial.WriteLine("TRUCE-BUILD $line") } catch { $script:serial = $null } }
    # While the agent reads the file for the builder, nobody may write to it (qemu-ga opens it with
    # FILE_SHARE_READ alone, qga/commands-win32.c): that is no failure of the step.
    for ($try = 0; $try -lt 50; $try++) {
        try {
            Add-Content -LiteralPath $buildLog -Value "TRUCE-BUILD $line" -Encoding ASCII
            return
        } catch { Start-Sleep -Milliseconds 200 }
    }
}

function Stop-Beacon {
    # Without the serial port the builder reads the last line through the agent, every ten seconds.
    if ($serial) { $serial.Close() } else { Start-Sleep -Seconds 30 }
}

$stepsOf = 'First'
function Invoke-Step([string] $Name, [scriptblock] $Body) {
    if ($stepsOf -ne $Part) { return }
    Send-Beacon "step $Name"
    try { & $Body } catch {
        Send-Beacon "failed ${Name}: $($_.Exception.Message)"
        Stop-Beacon
        exit 1
    }
}

# A program by its exit code: PowerShell takes any for success. Start-Process can wait too, but does so
# for what the program leaves running as well; the handle keeps the code of one that has ended.
function Invoke-Program([string] $Path, [string[]] $Arguments, [int[]] $Good = @(0)) {
    $process = Start-Process -FilePath $Path -ArgumentList $Arguments -PassThru -WindowStyle Hidden
    $null = $process.Handle
    $process.WaitForExit()
    if ($Good -notcontains $process.ExitCode) { throw "$Path ended with $($process.ExitCode)" }
}

function Set-Value([string] $Key, [string] $Name, $Value, [string] $Type = 'DWord') {
    if (-not (Test-Path $Key)) { New-Item -Path $Key -Force | Out-Null }
    New-ItemProperty -Path $Key -Name $Name -Value $Value -PropertyType $Type -Force | Out-Null
}

function Find-Medium([string] $File) {
    foreach ($drive in [System.IO.DriveInfo]::GetDrives()) {
        if ($drive.DriveType -eq 'CDRom' -and $drive.IsReady) {
            $path = Join-Path $drive.RootDirectory.FullName $File
            if (Test-Path $path) { return $path }
        }
    }
    throw "no medium holds $File"
}

$task = 'TruceFirstLogon'
$kept = Join-Path $env:SystemRoot 'Temp\truce-first-logon'

function Restart-IntoSecondPart {
    # From the disk: the answer medium may have another letter after the restart.
    New-Item -ItemType Directory -Path $kept -Force | Out-Null
    Copy-Item -Path (Join-Path $here '*') -Destination $kept -Force
    $script = Join-Path $kept 'first-logon.ps1'
    $action = New-ScheduledTaskAction -Execute 'powershell.exe' `
        -Argument "-NoProfile -ExecutionPolicy Bypass -File `"$script`" -Part AfterRestart"
    # The system's account by its number: its name is in Windows' language.
    $system = New-ScheduledTaskPrincipal -UserId 'S-1-5-18' -LogonType ServiceAccount -RunLevel Highest
    Register-ScheduledTask -TaskName $task -Action $action -Principal $system `
        -Trigger (New-ScheduledTaskTrigger -AtStartup) -Force | Out-Null
    if ($serial) { $serial.Close() }
    Restart-Computer -Force
    exit 0
}

Invoke-Step 'release' {
    # An enablement package makes a newer release of the same base, whose number the medium may have:
    # 19041 of Windows 10 2004 to 22H2, 22621 of 11 22H2 and 23H2, 26100 of 11 24H2 and what followed
    # it. What was installed says which it is.
    $version = Get-ItemProperty 'HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion'
    if ([int] $version.CurrentBuild -ne [int] $settings.build) {
        throw "the medium installed build $($version.CurrentBuild), and $($settings.release) is build $($settings.build): take a medium of that release"
    }
}

Invoke-Step 'drivers-and-agent' {
    # Drivers of the virtio devices and the guest agent; 3010: done, wants a restart. The installer of
    # all of it takes everything back where one driver fails that this machine may not even need
    # (virtio-win-guest-tools-installer, issues 33 and 64): Setup has brought the drivers already, so
    # the agent alone will do, and the second part looks whether each device has its driver.
    $tools = Find-Medium 'virtio-win-guest-tools.exe'
    try {
        Invoke-Program $tools @('/install', '/quiet', '/norestart') @(0, 3010)
    } catch {
        Send-Beacon "deviation the agent without the other guest tools: $($_.Exception.Message)"
        $agent = Find-Medium 'guest-agent\qemu-ga-x86_64.msi'
        Invoke-Program 'msiexec.exe' @('/i', "`"$agent`"", '/qn', '/norestart') @(0, 3010)
    }
    $agent = Get-Service -Name 'QEMU-GA'
    Set-Service -Name $agent.Name -StartupType Automatic
}

# Microsoft, "Overview of memory dump file options": 2 is a kernel dump, written together with a small
# one. Both parts go by this list: the first sets it, the second reads it back.
$control = 'HKLM:\SYSTEM\CurrentControlSet\Control\CrashControl'
$dumps = @(
    @{ Name = 'CrashDumpEnabled'; Value = 2; Type = 'DWord' },
    @{ Name = 'DumpFile'; Value = '%SystemRoot%\MEMORY.DMP'; Type = 'ExpandString' },
    @{ Name = 'MinidumpDir'; Value = '%SystemRoot%\Minidump'; Type = 'ExpandString' },
    @{ Name = 'AutoReboot'; Value = 1; Type = 'DWord' },
    @{ Name = 'LogEvent'; Value = 1; Type = 'DWord' },
    @{ Name = 'Overwrite'; Value = 1; Type = 'DWord' },
    @{ Name = 'AlwaysKeepMemoryDump'; Value = 1; Type = 'DWord' },
    @{ Name = 'NMICrashDump'; Value = 1; Type = 'DWord' }
)

function Get-MemoryMib { [int] ((Get-CimInstance Win32_ComputerSystem).TotalPhysicalMemory / 1MB) }

Invoke-Step 'crash-dumps' {
    foreach ($one in $dumps) { Set-Value $control $one.Name $one.Value $one.Type }
    # The page file on the system's disk must hold the dump, so its size is set instead of managed: a
    # line of path, smallest and largest size in MiB (Microsoft, "Memory Management" registry values).
    $mib = (Get-MemoryMib) + 512
    Set-Value 'HKLM:\SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management' `
        'PagingFiles' @("C:\pagefile.sys $mib $mib") 'MultiString'
    # Microsoft, "Collecting User-Mode Dumps": a small one of each program that dies.
    $programs = 'HKLM:\SOFTWARE\Microsoft\Windows\Windows Error Reporting\LocalDumps'
    Set-Value $programs 'DumpFolder' 'C:\CrashDumps' 'ExpandString'
    Set-Value $programs 'DumpType' 1
    Send-Beacon 'deviation page file of a fixed size on C:, kernel dumps, dumps of programs'
}

Invoke-Step 'boot' {
    # Automatic recovery stays as Windows has it; a scenario may choose otherwise for its run.
    Set-Value 'HKLM:\SYSTEM\CurrentControlSet\Control\Session Manager\Power' 'HiberbootEnabled' 0
    Send-Beacon 'deviation fast startup is off'
}

Invoke-Step 'safe-mode' {
    # Safe mode starts only what stands here (Microsoft Learn, "SafeBoot" registry keys): without the
    # agent and its port the lab could enter it and never leave.
    foreach ($mode in 'Minimal', 'Network') {
        $safe = "HKLM:\SYSTEM\CurrentControlSet\Control\SafeBoot\$mode"
        New-Item -Path "$safe\QEMU-GA" -Value 'Service' -Force | Out-Null
        New-Item -Path "$safe\VirtioSerial" -Value 'Driver' -Force | Out-Null
    }
    Send-Beacon 'deviation the agent and its port start in safe mode too'
}

Invoke-Step 'updates' {
    Set-Value 'HKLM:\SOFTWARE\Policies\Microsoft\Windows\WindowsUpdate\AU' 'NoAutoUpdate' 1
    Set-Service -Name 'wuauserv' -StartupType Disabled
    Send-Beacon 'deviation Windows Update is off'
}

Invoke-Step 'power' {
    foreach ($what in 'monitor-timeout-ac', 'standby-timeout-ac', 'disk-timeout-ac', 'hibernate-timeout-ac') {
        Invoke-Program 'powercfg.exe' @('/change', $what, '0')
    }
    Invoke-Program 'powercfg.exe' @('/hibernate', 'off') @(0, 1) # 1: the machine has none
    Set-Value 'HKLM:\SYSTEM\CurrentControlSet\Control\Power' 'PlatformAoAcOverride' 0
    Send-Beacon 'deviation sleep, hibernation and screen blanking are off'
}

Invoke-Step 'defender' {
    # A client always has it, and gives way to another product that registers. A server's is a feature
    # that works beside other products until it is removed (Microsoft Learn, "Microsoft Defender
    # Antivirus on Windows Server"); it is gone after the restart.
    if ($settings.defender -eq 'removed') {
        Uninstall-WindowsFeature -Name 'Windows-Defender' | Out-Null
        Send-Beacon 'deviation Microsoft Defender Antivirus is removed (the recipe says so)'
    } elseif (-not (Get-Service -Name 'WinDefend' -ErrorAction SilentlyContinue)) {
        throw 'Microsoft Defender Antivirus is not there, and the recipe keeps it'
    }
}

Invoke-Step 'restart' { Restart-IntoSecondPart }

$stepsOf = 'AfterRestart'

Invoke-Step 'second-part' {
    Unregister-ScheduledTask -TaskName $task -Confirm:$false
    if ($settings.defender -eq 'removed' -and (Get-Service -Name 'WinDefend' -ErrorAction SilentlyContinue)) {
        throw 'Microsoft Defender Antivirus is still there after the restart, and the recipe removes it'
    }
}

Invoke-Step 'agent' {
    # A guest whose agent cannot answer makes an error of every run: better no guest. Secure Boot may
    # refuse a driver for its signature (Microsoft Learn, "Driver Signing Policy"); its device then has
    # a problem code (Win32_PnPEntity, ConfigManagerErrorCode).
    $broken = @(Get-CimInstance -ClassName Win32_PnPEntity -Filter "DeviceID LIKE 'PCI\\VEN_1AF4%' AND ConfigManagerErrorCode <> 0")
    if ($broken.Count -gt 0) {
        $names = ($broken | ForEach-Object { "$($_.Name): problem code $($_.ConfigManagerErrorCode)" }) -join '; '
        throw "the driver of a virtio device did not start, perhaps for its signature: $names"
    }
    (Get-Service -Name 'QEMU-GA').WaitForStatus('Running', [TimeSpan]::FromMinutes(2))
}

Invoke-Step 'crash-dumps-in-force' {
    # A guest whose crash leaves no dump is found out at its first crash: better no guest.
    $is = Get-ItemProperty $control
    foreach ($one in $dumps) {
        $want = [Environment]::ExpandEnvironmentVariables([string] $one.Value)
        $have = if ($is.PSObject.Properties[$one.Name]) { [string] $is.($one.Name) } else { 'not there' }
        if ($have -ne $want) { throw "CrashControl has $($one.Name) $have, not $want" }
    }
    # A kernel dump needs the memory's size and 128 MiB at most (Microsoft, "Configure system failure
    # and recovery options").
    $need = (Get-MemoryMib) + 128
    $page = @(Get-CimInstance Win32_PageFileUsage | Where-Object { $_.Name -eq 'C:\pagefile.sys' })
    $size = if ($page.Count -gt 0) { [int] $page[0].AllocatedBaseSize } else { 0 }
    if ($size -lt $need) { throw "the page file on C: has $size MiB, and a kernel dump needs $need" }
    # volmgr's event 46: this start could not prepare for a dump (Microsoft, event 46).
    $started = (Get-CimInstance Win32_OperatingSystem).LastBootUpTime
    $refused = @(Get-WinEvent -FilterHashtable @{ LogName = 'System'; Id = 46; StartTime = $started } -ErrorAction SilentlyContinue |
            Where-Object { $_.ProviderName -eq 'volmgr' })
    if ($refused.Count -gt 0) { throw "Windows could not prepare for a crash dump (volmgr's event 46)" }
}

Invoke-Step 'protections' {
    # Recorded, not changed: what a pass on this guest was a pass with.
    $guard = Get-CimInstance -Namespace root\Microsoft\Windows\DeviceGuard -ClassName Win32_DeviceGuard
    $boot = 'unknown'
    try { $boot = [string] (Confirm-SecureBootUEFI) } catch { $boot = 'not supported' }
    $defender = 'absent'
    if (Get-Command Get-MpComputerStatus -ErrorAction SilentlyContinue) {
        # Older platforms have no AMRunningMode; what cannot be asked is not known, nor is it 'off'.
        $defender = 'unknown'
        try {
            $status = Get-MpComputerStatus
            if ($status.PSObject.Properties['AMRunningMode']) {
                $defender = [string] $status.AMRunningMode
            } elseif ($status.AntivirusEnabled) {
                $defender = 'Normal'
            } else {
                $defender = 'not running'
            }
        } catch { }
    }
    Send-Beacon ("protections " + (ConvertTo-Json -Compress @{
                secureBoot = $boot
                hvci = ($guard.SecurityServicesRunning -contains 2)
                defender = [string] $defender
                uac = [bool] (Get-ItemPropertyValue 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System' 'EnableLUA')
            }))
}

Invoke-Step 'event-logs' {
    # An empty log: what stands in it later is of a case.
    foreach ($log in 'System', 'Application', 'Microsoft-Windows-CodeIntegrity/Operational') {
        Invoke-Program 'wevtutil.exe' @('clear-log', $log)
    }
}

Invoke-Step 'finish' {
    Set-Value 'HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon' 'AutoAdminLogon' '0' 'String'
    Remove-ItemProperty -Path 'HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon' -Name 'DefaultPassword' -ErrorAction SilentlyContinue
    Remove-Item -Path $kept -Recurse -Force
    Remove-Item -Path 'C:\Windows\Panther\unattend.xml', 'C:\Windows\Panther\Unattend\unattend.xml' -ErrorAction SilentlyContinue
}

Send-Beacon 'done'
Stop-Beacon
Stop-Computer -Force
