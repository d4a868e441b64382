/* SPDX-License-Identifier: GPL-2.0-or-later
 * What the hypervisor can do to a machine on purpose: the operations behind the faults of
 * model/fault-catalogue.h that do not go through the guest.
 *
 * Called from the machine's own thread while it runs. Failures are TRUCE_ERROR_LAB, or
 * TRUCE_ERROR_GUEST where the machine is off. All of it ends with the domain: a machine that is
 * started again from power-off (machine_power_cut(), another boot mode) has none of it any more,
 * but for its clock's offset.
 */
#pragma once

#include "host/machine.h"

/* Limits the disk's requests and bytes a second (reads and writes together); 0: no limit. */
bool machine_limit_disk(Machine *machine, guint iops, guint64 bytes_per_s, GError **error);

/* Makes the disk's reads or writes fail with an errno (EIO, ENOSPC); neither: none fails any more.
 * The guest sees the errors only where the machine was started with MachineConfig.disk_errors. */
typedef struct {
    bool reads, writes;
    int errno_value;
} MachineDiskErrors;
bool machine_fail_disk(Machine *machine, MachineDiskErrors errors, GError **error);

/* Takes the processors away for so many percent of the time, 1 to 95; 0: no more. Needs QEMU on
 * this host. */
bool machine_steal_cpu(Machine *machine, guint percent, GError **error);

/* Plugs and pulls the network cable. TRUCE_ERROR_LAB where the machine has no network card. */
bool machine_set_link(Machine *machine, bool up, GError **error);

/* The battery-backed clock of the machine is off by so much from its next start from power-off on.
 */
void machine_set_clock_offset(Machine *machine, gint64 seconds);

/* Kills QEMU, as a power cut would end a machine; machine_reset() starts it again. Needs QEMU on
 * this host. What the disk keeps: all that the guest flushed; of the rest, what QEMU had handed to
 * the host's kernel. Since machine_record_writes(), nothing that was not flushed. */
bool machine_power_cut(Machine *machine, GError **error);

/* From now on until the domain ends, what is written to the disk is recorded with its flushes
 * (which takes as much space again), so that machine_power_cut() can lose what was not flushed.
 * Stops the guest for a moment. Once a domain. */
bool machine_record_writes(Machine *machine, GError **error);
