/* SPDX-License-Identifier: GPL-2.0-or-later
 * Faults of a machine's processors, clock and network card; its QEMU process.
 */
#include "host/machine-fault.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>

#include "host/domain-xml.h"
#include "host/machine-fault-private.h"
#include "host/qmp.h"
#include "util/error.h"

#define CMDLINE_MAX (1u << 20)

struct MachineFaults *machine_faults(Machine *machine)
{
    if (!machine->faults)
        machine->faults = g_new0(struct MachineFaults, 1);
    return machine->faults;
}

void machine_faults_end(Machine *machine)
{
    struct MachineFaults *faults = g_steal_pointer(&machine->faults);

    g_atomic_int_set(&machine->inbox.disk_errors_wanted, 0);
    if (!faults)
        return;
    cpu_thief_free(faults->thief);
    g_clear_pointer(&faults->switches, g_ptr_array_unref);
    g_free(faults->log);
    g_free(faults->before);
    g_free(faults);
}

/* A thread of QEMU's, by which its process is found: libvirt tells no process. */
static bool qemu_thread(Machine *machine, gint64 *ret_thread, GError **error)
{
    g_autoptr(cJSON) cpus = NULL;

    if (!qmp_query(machine->domain, "query-cpus-fast", NULL, &cpus, error))
        return false;
    *ret_thread = json_int(cJSON_GetArrayItem(cpus, 0), "thread-id", 0);
    if (*ret_thread > 1)
        return true;
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "QEMU names no thread of its processors");
    return false;
}

static pid_t process_of(gint64 thread)
{
    g_autofree char *path = g_strdup_printf("/proc/%" G_GINT64_FORMAT "/status", thread);
    g_autofree char *text = NULL;

    if (!g_file_get_contents(path, &text, NULL, NULL))
        return 0;
    const char *line = strstr(text, "\nTgid:");
    return line ? (pid_t)atoi(line + strlen("\nTgid:")) : 0;
}

/* Whether the process' command line holds the machine's uuid. */
static bool is_machine(const Machine *machine, pid_t pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/cmdline", (int)pid);
    g_autofree char *text = NULL;
    gsize length = 0;

    return g_file_get_contents(path, &text, &length, NULL) && length < CMDLINE_MAX &&
           memmem(text, length, machine->uuid, strlen(machine->uuid));
}

bool machine_has_thread(const Machine *machine, gint64 thread)
{
    pid_t pid = process_of(thread);

    return pid > 1 && is_machine(machine, pid);
}

bool machine_qemu(Machine *machine, int *ret_pidfd, GError **error)
{
    gint64 thread;

    if (!machine_need_here(machine, "signal its QEMU", error) ||
        !qemu_thread(machine, &thread, error))
        return false;
    pid_t pid = process_of(thread);
    auto_fd fd = pid > 1 ? pidfd_open(pid, 0) : -1;
    if (fd < 0 || !is_machine(machine, pid)) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB,
                    "the QEMU of '%s' is no process of this host, so it cannot be signalled: use "
                    "a libvirt of this host",
                    machine->name);
        return false;
    }
    *ret_pidfd = fd;
    fd = -1;
    return true;
}

bool machine_steal_cpu(Machine *machine, guint percent, GError **error)
{
    auto_fd pidfd = -1;

    if (machine->faults)
        g_clear_pointer(&machine->faults->thief, cpu_thief_free);
    if (percent == 0)
        return true;
    if (!machine_need_domain(machine, "take its processors away", error) ||
        !machine_qemu(machine, &pidfd, error))
        return false;
    machine_faults(machine)->thief = cpu_thief_new(pidfd, percent);
    return true;
}

bool machine_set_link(Machine *machine, bool up, GError **error)
{
    if (!machine_need_domain(machine, "change its network link", error))
        return false;
    if (!machine->guest->network) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB,
                    "the guest '%s' has no network card: its recipe needs a <network/>",
                    machine->guest->name);
        return false;
    }
    cJSON *arguments = cJSON_CreateObject();
    cJSON_AddStringToObject(arguments, "name", DOMAIN_XML_NETWORK_CARD);
    cJSON_AddBoolToObject(arguments, "up", up);
    return qmp_run(machine->domain, "set_link", arguments, error);
}

void machine_set_clock_offset(Machine *machine, gint64 seconds)
{
    machine->clock_offset_s = seconds;
}
