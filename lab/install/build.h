/* SPDX-License-Identifier: GPL-2.0-or-later
 * Installing a guest from the user's media, unattended, into a sealed base image.
 *
 *   media → machine with blank disk, firmware's variables and TPM → 'Press any key' answered →
 *   Setup, with its restarts → first logon → the guest powers itself off → image
 *
 * The administrator's password is kept in <state>/guests/<name>.administrator, for its owner only.
 *
 * While it goes on, a screenshot a minute and the serial log lie in <state>/builds/<guest>/, where
 * they stay until the next build; of one that failed, together with what the stopped disk tells.
 */
#pragma once

#include "host/host.h"
#include "install/dry-run.h"
#include "util/progress.h"

/* Builds and seals <state>/guests/<name>/. `request` names both media. TRUCE_ERROR_INPUT for wrong
 * media, TRUCE_ERROR_LAB where the installation fails or stalls: the message has stage, cause and
 * the build's folder. TRUCE_ERROR_CANCELLED. */
bool install_build(Host *host, const char *state_folder, const InstallRequest *request,
                   Progress *progress, const bool *cancelled, GError **error);
