/* SPDX-License-Identifier: GPL-2.0-or-later
 * Snapshots of a running machine, memory and disk, inside its own overlay (QEMU's savevm and
 * loadvm; libvirt's own would restart the domain, which a clone's memory does not survive).
 */
#include "host/machine-private.h"
#include "host/qmp.h"
#include "util/error.h"

bool machine_snapshot(Machine *machine, const char *name, GError **error)
{
    g_autofree char *line = g_strdup_printf("savevm %s", name);

    return machine_need_domain(machine, "take a snapshot", error) &&
           qmp_run_human(machine->domain, line, error);
}

bool machine_revert(Machine *machine, const char *name, GError **error)
{
    g_autofree char *line = g_strdup_printf("loadvm %s", name);

    return machine_need_domain(machine, "revert to a snapshot", error) &&
           qmp_run_human(machine->domain, line, error);
}
