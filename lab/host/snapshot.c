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

/* QEMU closes the guest's port and opens it, and tells of that up to a second later (monitor.c,
 * monitor_qapi_event_conf): until the opening is told, the agent is not asked. */
bool machine_revert(Machine *machine, const char *name, GError **error)
{
    g_autofree char *line = g_strdup_printf("loadvm %s", name);
    bool open = machine_agent_open(machine);

    if (!machine_need_domain(machine, "revert to a snapshot", error))
        return false;
    inbox_tell_agent(&machine->inbox, false);
    if (qmp_run_human(machine->domain, line, error))
        return true;
    inbox_tell_agent(&machine->inbox, open);
    return false;
}
