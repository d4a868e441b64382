/* SPDX-License-Identifier: GPL-2.0-or-later
 * Looking at a machine from outside: its memory, its processors, its agent's port.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libvirt/libvirt-qemu.h>

#include "host/machine-fault-private.h"
#include "host/machine-private.h"
#include "host/monitor-watch.h"
#include "host/qmp.h"
#include "host/registers.h"

static bool dump_memory(Machine *machine, const char *path, unsigned int format, GError **error)
{
    g_auto(MonitorWatch) watch = {0};

    if (!machine_need_domain(machine, "dump its memory", error))
        return false;
    monitor_watch_begin(&watch, machine->domain, MONITOR_MEMORY_S);
    if (machine->host->remote)
        return machine_remote_dump(machine, path, format, error);
    if (virDomainCoreDumpWithFormat(machine->domain, path, format, VIR_DUMP_MEMORY_ONLY) != 0)
        return host_fail(error, "cannot dump the memory of '%s'", machine->name);
    return true;
}

bool machine_core_dump(Machine *machine, const char *path, GError **error)
{
    return dump_memory(machine, path, VIR_DOMAIN_CORE_DUMP_FORMAT_RAW, error);
}

bool machine_windows_dump(Machine *machine, const char *path, GError **error)
{
    return dump_memory(machine, path, VIR_DOMAIN_CORE_DUMP_FORMAT_WIN_DMP, error);
}

bool machine_nmi(Machine *machine, GError **error)
{
    g_auto(MonitorWatch) watch = {0};

    if (!machine_need_domain(machine, "interrupt it", error))
        return false;
    monitor_watch_begin(&watch, machine->domain, MONITOR_ANSWER_S);
    if (virDomainInjectNMI(machine->domain, 0) != 0)
        return host_fail(error, "cannot send '%s' an NMI", machine->name);
    return true;
}

bool machine_suspend(Machine *machine, GError **error)
{
    g_auto(MonitorWatch) watch = {0};

    if (!machine_need_domain(machine, "stop it", error))
        return false;
    monitor_watch_begin(&watch, machine->domain, MONITOR_ANSWER_S);
    return virDomainSuspend(machine->domain) == 0 ||
           host_fail(error, "cannot suspend the machine '%s'", machine->name);
}

bool machine_resume(Machine *machine, GError **error)
{
    g_auto(MonitorWatch) watch = {0};
    int state = VIR_DOMAIN_NOSTATE;

    if (!machine_need_domain(machine, "let it run on", error))
        return false;
    monitor_watch_begin(&watch, machine->domain, MONITOR_ANSWER_S);
    if (virDomainGetState(machine->domain, &state, NULL, 0) != 0 ||
        (state != VIR_DOMAIN_RUNNING && virDomainResume(machine->domain) != 0))
        return host_fail(error, "cannot resume the machine '%s'", machine->name);
    inbox_tell_resumed(&machine->inbox);
    return true;
}

bool machine_cpus(Machine *machine, GArray **ret_cpus, GError **error)
{
    g_auto(MonitorWatch) watch = {0};
    char *text = NULL;

    if (!machine_need_domain(machine, "look at its processors", error))
        return false;
    monitor_watch_begin(&watch, machine->domain, MONITOR_ANSWER_S);
    if (virDomainQemuMonitorCommand(machine->domain, "info registers -a", &text,
                                    VIR_DOMAIN_QEMU_MONITOR_COMMAND_HMP) != 0)
        return host_fail(error, "cannot read the registers of '%s'", machine->name);
    *ret_cpus = registers_parse(text);
    free(text);
    return true;
}

/* `<running> <waiting> <turns>`, the first two in nanoseconds. */
static bool thread_times(gint64 thread, guint64 *ret_ran_ns, guint64 *ret_waited_ns)
{
    g_autofree char *path = g_strdup_printf("/proc/%" G_GINT64_FORMAT "/schedstat", thread);
    g_autofree char *text = NULL;
    char *end;

    if (!g_file_get_contents(path, &text, NULL, NULL))
        return false;
    *ret_ran_ns = g_ascii_strtoull(text, &end, 10);
    *ret_waited_ns = g_ascii_strtoull(end, NULL, 10);
    return *end == ' ';
}

/* The line `cpu  <user> <nice> <system> <idle> <iowait> <irq> <softirq> <steal> …`, in ticks: all
 * but the two that are idle. Time that a hypervisor below took away was used by others. */
static bool host_ran(guint64 *ret_us)
{
    g_autofree char *text = NULL;
    guint64 ticks = 0;

    if (!g_file_get_contents("/proc/stat", &text, NULL, NULL) || !g_str_has_prefix(text, "cpu "))
        return false;
    char *at = text + strlen("cpu ");
    for (guint field = 0; field < 8; field++) {
        guint64 value = g_ascii_strtoull(at, &at, 10);
        if (field != 3 && field != 4)
            ticks += value;
    }
    *ret_us = ticks * G_USEC_PER_SEC / (guint64)sysconf(_SC_CLK_TCK);
    return true;
}

bool machine_waited(Machine *machine, guint64 *ret_us, guint64 *ret_others_us)
{
    g_autoptr(cJSON) cpus = NULL;
    guint64 waited = 0, ran = 0, host, ran_ns, waited_ns;
    guint count = 0;
    const cJSON *cpu;

    if (!machine->domain || !qmp_query(machine->domain, "query-cpus-fast", NULL, &cpus, NULL))
        return false;
    cJSON_ArrayForEach (cpu, cpus) {
        gint64 thread = json_int(cpu, "thread-id", 0);
        if (!machine_has_thread(machine, thread) || !thread_times(thread, &ran_ns, &waited_ns))
            return false;
        waited += waited_ns / 1000;
        ran += ran_ns / 1000;
        count++;
    }
    if (count == 0 || !host_ran(&host))
        return false;
    *ret_us = waited / count;
    *ret_others_us = (host - MIN(ran, host)) / g_get_num_processors();
    return true;
}

bool machine_agent_open(Machine *machine)
{
    g_mutex_lock(&machine->inbox.lock);
    bool open = machine->guest->channel == GUEST_CHANNEL_SERIAL || machine->inbox.agent_connected;
    g_mutex_unlock(&machine->inbox.lock);
    return open;
}
