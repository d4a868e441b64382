/* SPDX-License-Identifier: GPL-2.0-or-later
 * In which mode a guest starts next, where the guest itself decides that.
 *
 * The reference guest is told by the machine (its kernel's command line). A Windows is told by
 * bcdedit, while it still answers; in safe mode its agent starts because the first logon has put it
 * on Windows' list of what starts there. ReactOS cannot be told.
 */
#pragma once

#include "run/attempt.h"

/* Whether a guest that does not answer can be started in this mode all the same. */
bool boot_mode_from_outside(const Guest *guest, BootMode mode);

/* Before the first step: makes the starts of the guest repeat, where the scenario says so. */
bool boot_mode_prepare(Attempt *attempt, GError **error);

/* Tells the guest, which answers, before it is powered off. TRUCE_ERROR_LAB where it cannot be done
 * on this kind of guest. */
bool boot_mode_choose(Attempt *attempt, BootMode mode, GError **error);

/* After the start: whether the guest is in the mode that it was told. TRUCE_ERROR_LAB. */
bool boot_mode_check(Attempt *attempt, BootMode mode, GError **error);
