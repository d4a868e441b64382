/* SPDX-License-Identifier: GPL-2.0-or-later
 * What the exit codes of Windows' installers mean, where a pack does not say.
 *
 * msiexec.exe ends with Windows Installer's own codes, and most EXE installers hand them on.
 * Source: Microsoft Learn, "Windows Installer error messages" and "System error codes (1300 to
 * 1699, 3000 to 3999)".
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum {
    INSTALLER_OTHER,     /* none of the list: the pack decides */
    INSTALLER_DONE,      /* 0 */
    INSTALLER_REBOOT,    /* done; a restart is wanted: 3010, 3011 */
    INSTALLER_REBOOTING, /* done; the installer restarts the guest by itself: 1641 */
    INSTALLER_BUSY,      /* another installation is under way, ask again: 1618, 1500 */
    INSTALLER_NOT_THERE, /* nothing to remove: 1605, 1614 */
    INSTALLER_FAILED,    /* anything else of the list */
} InstallerMeaning;

#define INSTALLER_CODE_REBOOTING 1641

InstallerMeaning installer_meaning(int exit_code);

/* Windows' name of the code, `ERROR_INSTALL_FAILURE`, or NULL. */
const char *installer_code_name(int exit_code);
