/* SPDX-License-Identifier: GPL-2.0-or-later
 * The recovery drill: how a machine in a boot loop comes back, and how many hands that takes.
 *
 * Grades: `self` (it came back by itself), `remote` (its disk was mended from elsewhere, as that of
 * a virtual machine can be), `hands` (someone chooses safe mode or the recovery environment at each
 * machine), `lost`. Reverting to an earlier state of the disk is never a recovery.
 */
#pragma once

#include "run/findings.h"

/* Starts the guest in safe mode or, where that does not come up and the guest has one, in its
 * recovery environment. ret_up tells whether its agent answered there. */
bool recovery_enter_safe_mode(Attempt *attempt, bool *ret_up, GError **error);

/* From safe mode (`safe_mode`: whether that came up): follows the recovery procedures of the case's
 * vendors (the owner of `module` first, then whoever was changed last, then the others), each
 * followed by a normal boot with all probes, until the guest stays up. `began` is when the first
 * crash was seen; ret_unwell says which probe does not hold then. A vendor is credited with the
 * recovery only where its procedure really took something away. */
bool recovery_drill(Attempt *attempt, const char *module, bool safe_mode, gint64 began,
                    Recovery *ret_recovery, Unwell *ret_unwell, GError **error);

/* Mends the disk of the guest, switched off, from outside: each vendor's procedure as above, and a
 * normal boot. ret_recovery has the grade `remote`, or `lost` where nothing helped or the disk
 * cannot be opened. ret_dumps: paths of crash dumps that were read from it
 * (g_ptr_array_unref()). */
bool recovery_by_disk(Attempt *attempt, const char *module, gint64 began, GPtrArray **ret_dumps,
                      Recovery *ret_recovery, Unwell *ret_unwell, GError **error);
