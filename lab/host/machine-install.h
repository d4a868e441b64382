/* SPDX-License-Identifier: GPL-2.0-or-later
 * What installing a guest from media needs of a machine besides.
 */
#pragma once

#include "host/machine.h"

/* Presses and lets go of the Enter key. */
bool machine_press_enter(Machine *machine, GError **error);

/* Bytes that the guest read and wrote so far: of its system disk, or of the medium with that number
 * (from 0, in the order of MachineConfig). False where the machine is off. */
bool machine_disk_traffic(Machine *machine, guint64 *ret_read, guint64 *ret_written);
bool machine_medium_traffic(Machine *machine, guint number, guint64 *ret_read,
                            guint64 *ret_written);

/* Copies a machine that is off into `folder`: its disk as one image without a backing file, under
 * the name of the recipe, and what else belongs to it: data disk, firmware's variables, TPM
 * state. */
bool machine_export(Machine *machine, const char *folder, GError **error);
