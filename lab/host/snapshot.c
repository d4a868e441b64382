/* SPDX-License-Identifier: GPL-2.0-or-later
 * Snapshots of a running machine, memory and disk, inside its own overlay (QEMU's savevm and
 * loadvm; libvirt's own would restart the domain, which a clone's memory does not survive).
 */
#include "host/machine-private.h"
#include "host/qmp.h"
#include "util/clock.h"
#include "util/error.h"

/* QEMU tells of a port at most once a second (monitor.c, monitor_qapi_event_conf), and may have
 * told of this one just before. */
#define REOPEN_TIMEOUT_MS 5000

bool machine_snapshot(Machine *machine, const char *name, GError **error)
{
    g_autofree char *line = g_strdup_printf("savevm %s", name);

    return machine_need_domain(machine, "take a snapshot", error) &&
           qmp_run_human(machine->domain, line, error);
}

bool machine_revert(Machine *machine, const char *name, GError **error)
{
    g_autofree char *line = g_strdup_printf("loadvm %s", name);
    Inbox *inbox = &machine->inbox;

    g_mutex_lock(&inbox->lock);
    bool open = inbox->agent_connected;
    guint openings = inbox->agent_openings;
    g_mutex_unlock(&inbox->lock);
    if (!machine_need_domain(machine, "revert to a snapshot", error) ||
        !qmp_run_human(machine->domain, line, error))
        return false;
    if (open)
        inbox_wait_agent_opened(inbox, openings, clock_deadline_ms(REOPEN_TIMEOUT_MS));
    return true;
}
