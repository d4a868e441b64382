/* SPDX-License-Identifier: GPL-2.0-or-later
 * One guest machine.
 */
#include "host/machine.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <libvirt/virterror.h>

#include "host/domain-xml.h"
#include "host/machine-fault-private.h"
#include "host/machine-files.h"
#include "host/machine-private.h"
#include "host/monitor-watch.h"
#include "host/warm.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/files.h"

#define RESET_TIMEOUT_MS 20000

const char *machine_event_name(MachineEvent event)
{
    switch (event) {
    case MACHINE_EVENT_NONE:
        return "nothing happened";
    case MACHINE_EVENT_PANIC:
        return "the guest panicked";
    case MACHINE_EVENT_RESET:
        return "the guest restarted by itself";
    case MACHINE_EVENT_SHUTDOWN:
        return "the guest powered off";
    case MACHINE_EVENT_LOST:
        return "the machine was lost";
    case MACHINE_EVENT_WAKE:
        return "interrupted";
    }
    return "unknown event";
}

static char *in_folder(const char *folder, const char *name)
{
    return name ? g_build_filename(folder, name, NULL) : NULL;
}

/* QEMU's user must come through to the sealed image's files. */
static bool let_read_image(Machine *machine, GError **error)
{
    const Guest *guest = machine->guest;
    const char *const names[] = {guest->disk, guest->kernel, guest->initrd};

    if (!host_let_reach(machine->host, machine->image_folder, error))
        return false;
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = in_folder(machine->image_folder, names[i]);
        if (path && !host_let_read(machine->host, path, error))
            return false;
    }
    for (char **medium = machine->media; medium && *medium; medium++)
        if (!host_let_read(machine->host, *medium, error))
            return false;
    return true;
}

static bool take_here(Machine *machine, const char *from, const char *serial_log, GError **error)
{
    MachinePaths *paths = &machine->paths;
    const Guest *guest = machine->guest;

    machine->disk = in_folder(machine->work_folder, "disk.qcow2");
    *paths = (MachinePaths){.kernel = in_folder(machine->image_folder, guest->kernel),
                            .initrd = in_folder(machine->image_folder, guest->initrd),
                            .serial = in_folder(machine->work_folder, "serial"),
                            .agent = in_folder(machine->work_folder, "agent"),
                            .nvram = in_folder(machine->work_folder, "nvram.fd"),
                            .data = in_folder(machine->work_folder, "data.qcow2")};
    return host_give(machine->host, machine->work_folder, error) &&
           let_read_image(machine, error) &&
           machine_files_take(machine, from, machine->backing, error) &&
           serial_pump_new(machine->host, paths->serial, serial_log, MACHINE_SERIAL_MAX,
                           &machine->serial, error);
}

bool machine_prepare(Host *host, const MachineConfig *config, const char *backing,
                     Machine **ret_machine, GError **error)
{
    g_autoptr(Machine) machine = g_new0(Machine, 1);
    g_autofree char *folder = g_build_filename(host->work_folder, "XXXXXX", NULL);

    machine->host = host;
    machine->guest = config->guest;
    machine->image_folder = g_strdup(config->image_folder);
    machine->disk_errors = config->disk_errors;
    machine->computer_name = g_strdup(config->computer_name);
    machine->mac = g_strdup(config->mac);
    machine->media = g_strdupv((char **)config->media);
    inbox_init(&machine->inbox);

    if (!g_mkdtemp(folder)) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "cannot make a folder in '%s': %s",
                    host->work_folder, g_strerror(errno));
        return false;
    }
    machine->work_folder = g_steal_pointer(&folder);
    machine->inbox.folder = host->remote ? NULL : machine->work_folder;
    /* The folder's own name makes the domain's unique, also while one of this name still ends. */
    machine->name = g_strconcat(config->name, strrchr(machine->work_folder, '/'), NULL);
    g_strdelimit(machine->name, "/", '-');
    machine->backing = g_strdup(backing);
    g_autofree char *from = g_path_get_dirname(backing);
    if (!(host->remote ? machine_remote_take(machine, from, config->serial_log, error)
                       : take_here(machine, from, config->serial_log, error)))
        return false;
    machine->agent = agent_caller_new(
        &machine->inbox,
        config->guest->channel == GUEST_CHANNEL_SERIAL ? machine->paths.agent : NULL);
    *ret_machine = g_steal_pointer(&machine);
    return true;
}

static char *boot_cmdline(const Machine *machine, BootMode mode)
{
    const Guest *guest = machine->guest;
    const char *more = mode == BOOT_SAFE       ? guest->safe_mode
                       : mode == BOOT_RECOVERY ? guest->recovery
                                               : NULL;
    if (!guest->kernel)
        return NULL;
    /* Linux takes its name from there (kernel-parameters.txt). */
    g_autofree char *name =
        machine->computer_name ? g_strdup_printf(" hostname=%s", machine->computer_name) : NULL;
    return g_strconcat(guest->cmdline ? guest->cmdline : "", more ? " " : "", more ? more : "",
                       name ? name : "", NULL);
}

/* libvirt may still know the domain that just ended: each start has a name of its own. */
static char *start_name(const Machine *machine, const char *suffix)
{
    return g_strdup_printf("%s-%u%s", machine->name, machine->starts, suffix);
}

static bool build_xml(Machine *machine, BootMode mode, const MachineStart *start, char **ret_xml,
                      GError **error)
{
    g_autofree char *name = start_name(machine, "");
    const Guest *guest = machine->guest;
    const MachinePaths *paths = &machine->paths;
    g_autofree char *cmdline = boot_cmdline(machine, mode);
    const bool remote = machine->host->remote != NULL;
    const DomainSpec spec = {
        .guest = guest,
        .accelerator = machine->host->info.accelerator,
        .owner = machine->host->owner,
        .name = name,
        .uuid = machine->uuid,
        .disk = machine->disk,
        .disk_layers = (const char *const *)paths->disk_layers,
        .kernel = paths->kernel,
        .initrd = paths->initrd,
        .cmdline = cmdline,
        .nvram = paths->nvram,
        .data_disk = guest->data_disk_gib ? paths->data : NULL,
        .data_layers = (const char *const *)paths->data_layers,
        .mac = machine->mac,
        .media = (const char *const *)machine->media,
        .serial_pipe = remote ? NULL : paths->serial,
        .serial_file = remote ? paths->serial : NULL,
        .agent_socket = paths->agent,
        .memory_file = start->memory_file,
        .memory_shared = start->memory_shared,
        .uid = machine->host->qemu_uid,
        .gid = machine->host->qemu_gid,
        .security_models = (const char *const *)machine->host->security_models,
        .incoming = start->incoming,
        .disk_errors = machine->disk_errors,
        .clock_offset_s = machine->clock_offset_s,
    };
    return domain_xml_build(&spec, ret_xml, error);
}

static bool create_domain(Machine *machine, virConnectPtr connection, const char *xml, bool paused,
                          GError **error)
{
    const char *root = machine->host->embed_root;
    g_autofree char *file = start_name(machine, ".pid");
    g_autofree char *pid_file = root ? g_build_filename(root, "run", "qemu", file, NULL) : NULL;
    g_auto(MonitorWatch) watch = {0};

    monitor_watch_begin_start(&watch, connection, machine->uuid, pid_file, MONITOR_START_S);
    machine->domain = virDomainCreateXML(connection, xml, paused ? VIR_DOMAIN_START_PAUSED : 0);
    if (machine->domain)
        return true;
    if (!monitor_watch_ended(machine->uuid))
        return host_fail(error, "cannot start the machine '%s'", machine->name);
    virResetLastError();
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "cannot start the machine '%s': %s",
                machine->name, MONITOR_STOOD_STILL);
    return false;
}

bool machine_start(Machine *machine, BootMode mode, const MachineStart *start, GError **error)
{
    g_autofree char *uuid = g_uuid_string_random();
    g_autofree char *xml = NULL;

    g_strlcpy(machine->uuid, uuid, sizeof machine->uuid);
    machine->starts++;
    if (!machine_remote_before_start(machine, error) ||
        !machine_files_before_start(machine, error) ||
        !build_xml(machine, mode, start, &xml, error))
        return false;
    g_autoptr(virConnect) connection = connection_take(machine->host, error);
    if (!connection)
        return false;
    inbox_restart(&machine->inbox, /* from_power_off */ true);
    events_attach(machine->host, machine->uuid, &machine->inbox);
    if (!create_domain(machine, connection, xml, start->incoming, error)) {
        events_detach(machine->host, machine->uuid);
        return false;
    }
    machine->mode = mode;
    return true;
}

/* libvirt's account of a domain's QEMU; nothing else removes it. */
static void remove_log(Machine *machine)
{
    if (!machine->host->embed_root)
        return;
    g_autofree char *file = g_strconcat(virDomainGetName(machine->domain), ".log", NULL);
    g_autofree char *path = g_build_filename(machine->host->embed_root, "log", "qemu", file, NULL);
    unlink(path);
}

/* The guest may have ended by itself: then there is no domain to find, and all is well. */
static bool destroy(virDomainPtr domain)
{
    return virDomainDestroy(domain) == 0 || virGetLastErrorCode() == VIR_ERR_NO_DOMAIN ||
           virGetLastErrorCode() == VIR_ERR_OPERATION_INVALID;
}

/* Where libvirt's daemon restarted: its QEMU lives on, and has to be found anew. */
static bool destroy_anew(Machine *machine, GError **error)
{
    g_autoptr(virConnect) connection = connection_take(machine->host, error);
    g_autoptr(virDomain) domain =
        connection ? virDomainLookupByUUIDString(connection, machine->uuid) : NULL;

    return connection && ((domain && destroy(domain)) ||
                          (!domain && virGetLastErrorCode() == VIR_ERR_NO_DOMAIN) ||
                          host_fail(error, "cannot end the machine '%s'", machine->name));
}

bool machine_end(Machine *machine, GError **error)
{
    bool ok = true;

    if (!machine->domain)
        return true;
    events_detach(machine->host, machine->uuid);
    machine_faults_end(machine);
    if (!destroy(machine->domain))
        ok = destroy_anew(machine, error);
    virResetLastError();
    serial_pump_drain(machine->serial);
    remove_log(machine);
    g_clear_pointer(&machine->domain, virDomainFree);
    return machine_files_after_end(machine, ok ? error : NULL) && ok;
}

bool machine_boot(Host *host, const MachineConfig *config, BootMode mode, Machine **ret_machine,
                  GError **error)
{
    g_autoptr(Machine) machine = NULL;
    g_autofree char *backing = in_folder(config->image_folder, config->guest->disk);

    if (!machine_prepare(host, config, backing, &machine, error))
        return false;
    if (config->for_warm_state && !warm_make_memory(machine, error))
        return false;
    const MachineStart start = {.memory_file = machine->memory, .memory_shared = true};
    if (!machine_start(machine, mode, &start, error))
        return false;
    *ret_machine = g_steal_pointer(&machine);
    return true;
}

static void paths_clear(MachinePaths *paths)
{
    g_free(paths->kernel);
    g_free(paths->initrd);
    g_free(paths->serial);
    g_free(paths->agent);
    g_free(paths->nvram);
    g_free(paths->data);
    g_strfreev(paths->disk_layers);
    g_strfreev(paths->data_layers);
}

static void end_and_free(Machine *machine)
{
    if (machine->serial)
        machine_end(machine, NULL);
    agent_caller_free(machine->agent);
    serial_pump_free(machine->serial);
    machine_remote_free(machine);
    if (machine->work_folder)
        files_remove_tree(machine->work_folder, NULL);
    inbox_clear(&machine->inbox);
    g_free(machine->name);
    g_free(machine->image_folder);
    g_free(machine->work_folder);
    g_free(machine->disk);
    g_free(machine->backing);
    g_free(machine->brought);
    paths_clear(&machine->paths);
    g_free(machine->computer_name);
    g_free(machine->mac);
    g_strfreev(machine->media);
    g_free(machine->memory);
    g_free(machine);
}

static gpointer free_in_thread(gpointer data)
{
    Machine *machine = data;
    Host *host = machine->host;

    end_and_free(machine);
    g_mutex_lock(&host->lock);
    host->ending--;
    g_cond_broadcast(&host->ended);
    g_mutex_unlock(&host->lock);
    return NULL;
}

void machine_free(Machine *machine)
{
    if (!machine)
        return;
    if (!machine->domain) {
        end_and_free(machine);
        return;
    }
    /* libvirt waits until QEMU's process is gone for good, which takes a slow init a second: nobody
     * else needs to. */
    events_detach(machine->host, machine->uuid);
    g_mutex_lock(&machine->host->lock);
    machine->host->ending++;
    g_mutex_unlock(&machine->host->lock);
    g_thread_unref(g_thread_new("machine-end", free_in_thread, machine));
}

MachineEvent machine_next_event(Machine *machine, gint64 deadline)
{
    MachineEvent event = inbox_take(&machine->inbox, deadline);

    serial_pump_drain(machine->serial);
    return event;
}

char *machine_panic_info(Machine *machine)
{
    g_mutex_lock(&machine->inbox.lock);
    char *info = g_strdup(machine->inbox.panic_info);
    g_mutex_unlock(&machine->inbox.lock);
    return info;
}

const char *machine_lost_reason(Machine *machine)
{
    g_mutex_lock(&machine->inbox.lock);
    const char *reason = machine->inbox.lost_reason;
    g_mutex_unlock(&machine->inbox.lock);
    return reason;
}

void machine_wake(Machine *machine)
{
    inbox_tell(&machine->inbox, MACHINE_EVENT_WAKE);
}

bool machine_need_domain(const Machine *machine, const char *doing, GError **error)
{
    if (machine->domain && virDomainIsActive(machine->domain) == 1)
        return true;
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_GUEST, "cannot %s: the machine '%s' is off", doing,
                machine->name);
    return false;
}

bool machine_need_here(const Machine *machine, const char *doing, GError **error)
{
    if (!machine->host->remote)
        return true;
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB,
                "cannot %s: that needs a libvirt of this host, not '%s'", doing,
                machine->host->info.uri);
    return false;
}

bool machine_agent_call(Machine *machine, const char *request, guint timeout_ms, char **ret_reply,
                        GError **error)
{
    if (!machine->domain) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_GUEST,
                    "the guest agent was not reached: the machine '%s' is off", machine->name);
        return false;
    }
    return agent_caller_call(machine->agent, machine->domain, request, timeout_ms, ret_reply,
                             error);
}

static bool push_reset_button(Machine *machine, GError **error)
{
    g_auto(MonitorWatch) watch = {0};

    monitor_watch_begin(&watch, machine->domain, MONITOR_ANSWER_S);
    return virDomainReset(machine->domain, 0) == 0 ||
           host_fail(error, "cannot reset the machine '%s'", machine->name);
}

/* The reset button. The guest's own reset may be under way: QEMU's event for ours comes after it,
 * so all that came before that one is of the old start. */
static bool reset_in_place(Machine *machine, GError **error)
{
    g_mutex_lock(&machine->inbox.lock);
    guint echoes = machine->inbox.reset_echoes;
    g_mutex_unlock(&machine->inbox.lock);

    if (!push_reset_button(machine, error))
        return false;
    if (!inbox_wait_reset_echo(&machine->inbox, echoes, clock_deadline_ms(RESET_TIMEOUT_MS))) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "QEMU did not reset the machine '%s'",
                    machine->name);
        return false;
    }
    serial_pump_drain(machine->serial);
    inbox_restart(&machine->inbox, /* from_power_off */ false);

    return machine_resume(machine, error);
}

bool machine_reset(Machine *machine, BootMode mode, GError **error)
{
    if (machine->domain && mode == machine->mode && virDomainIsActive(machine->domain) == 1)
        return reset_in_place(machine, error);

    /* The new domain's memory is its own: a template that restarts like this is none any more. */
    const MachineStart start = {0};
    g_clear_pointer(&machine->memory, g_free);
    return machine_end(machine, error) && machine_start(machine, mode, &start, error);
}

static void keep_panic(Machine *machine, bool keeps)
{
    g_mutex_lock(&machine->inbox.lock);
    machine->inbox.keeps_panic = keeps;
    g_mutex_unlock(&machine->inbox.lock);
}

bool machine_restart(Machine *machine, GError **error)
{
    keep_panic(machine, true);
    bool restarted = machine_reset(machine, BOOT_NORMAL, error);
    keep_panic(machine, false);
    return restarted;
}

bool machine_power_off(Machine *machine, GError **error)
{
    return machine_end(machine, error);
}

const char *machine_disk(Machine *machine)
{
    return machine->disk;
}

bool machine_disk_here(Machine *machine, bool writable, const char **ret_path, GError **error)
{
    if (!machine->host->remote) {
        *ret_path = machine->disk;
        return true;
    }
    if (!machine->brought && !machine_remote_bring_disk(machine, error))
        return false;
    machine->changed = machine->changed || writable;
    *ret_path = machine->brought;
    return true;
}
