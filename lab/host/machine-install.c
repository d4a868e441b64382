/* SPDX-License-Identifier: GPL-2.0-or-later
 * What installing a guest from media needs of a machine besides.
 */
#include "host/machine-install.h"

#include "host/domain-xml.h"
#include "host/machine-files.h"
#include "host/monitor-watch.h"
#include "util/proc.h"

#define KEY_ENTER 28 /* Linux' input event code; libvirt translates it */
#define KEY_HOLD_MS 100
#define EXPORT_TIMEOUT_S 3600

bool machine_press_enter(Machine *machine, GError **error)
{
    g_auto(MonitorWatch) watch = {0};
    unsigned int key = KEY_ENTER;

    if (!machine_need_domain(machine, "press a key", error))
        return false;
    monitor_watch_begin(&watch, machine->domain, MONITOR_ANSWER_S);
    return virDomainSendKey(machine->domain, VIR_KEYCODE_SET_LINUX, KEY_HOLD_MS, &key, 1, 0) == 0 ||
           host_fail(error, "cannot press a key of '%s'", machine->name);
}

static bool traffic(Machine *machine, const char *target, guint64 *ret_read, guint64 *ret_written)
{
    g_auto(MonitorWatch) watch = {0};
    virDomainBlockStatsStruct stats;

    if (!machine->domain)
        return false;
    monitor_watch_begin(&watch, machine->domain, MONITOR_ANSWER_S);
    if (virDomainBlockStats(machine->domain, target, &stats, sizeof stats) != 0)
        return false;
    *ret_read = stats.rd_bytes > 0 ? (guint64)stats.rd_bytes : 0;
    *ret_written = stats.wr_bytes > 0 ? (guint64)stats.wr_bytes : 0;
    return true;
}

bool machine_disk_traffic(Machine *machine, guint64 *ret_read, guint64 *ret_written)
{
    return traffic(machine, domain_disk_target(machine->guest), ret_read, ret_written);
}

bool machine_medium_traffic(Machine *machine, guint number, guint64 *ret_read, guint64 *ret_written)
{
    g_autofree char *target = domain_medium_target(machine->guest, number);
    return traffic(machine, target, ret_read, ret_written);
}

bool machine_export(Machine *machine, const char *folder, GError **error)
{
    g_autofree char *disk = g_build_filename(folder, machine->guest->disk, NULL);
    const char *const argv[] = {"qemu-img", "convert",     "-q", "-O",
                                "qcow2",    machine->disk, disk, NULL};
    const ProcOptions options = {.timeout_s = EXPORT_TIMEOUT_S};

    return proc_run(argv, &options, error) && machine_files_keep(machine, folder, error);
}
