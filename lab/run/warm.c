/* SPDX-License-Identifier: GPL-2.0-or-later
 * Making the warm state of a guest.
 */
#include "run/warm.h"

#include "guest/agent.h"
#include "run/environment.h"
#include "run/restore.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/files.h"

typedef struct {
    Machine *machine;
    const volatile gint *cancelled;
} Booting;

static bool call(gpointer data, const char *request, guint timeout_ms, char **ret_reply,
                 GError **error)
{
    Booting *booting = data;
    return machine_agent_call(booting->machine, request, timeout_ms, ret_reply, error);
}

static bool wait_quietly(gpointer data, guint ms, GError **error)
{
    Booting *booting = data;
    MachineEvent event = machine_next_event(booting->machine, clock_deadline_ms(ms));

    if (g_atomic_int_get(booting->cancelled))
        g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_CANCELLED, "interrupted");
    else if (event == MACHINE_EVENT_LOST && machine_lost_reason(booting->machine))
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "the machine was lost: %s",
                    machine_lost_reason(booting->machine));
    else if (event != MACHINE_EVENT_NONE && event != MACHINE_EVENT_WAKE)
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB,
                    "the guest without any vendor did not start: %s", machine_event_name(event));
    else
        return true;
    return false;
}

static bool remove_older(const char *parent, GError **error)
{
    g_autoptr(GDir) folder = g_dir_open(parent, 0, NULL);
    const char *name;
    while (folder && (name = g_dir_read_name(folder))) {
        g_autofree char *old = g_build_filename(parent, name, NULL);
        if (!files_remove_tree(old, error))
            return false;
    }
    return files_make_folder(parent, error);
}

static bool boot_and_save(Host *host, const Guest *guest, const Image *image, const char *folder,
                          const volatile gint *cancelled, GError **error)
{
    g_autofree char *name = g_strdup_printf("truce-warm-%s", guest->name);
    g_autofree char *serial = g_strconcat(folder, ".serial.log", NULL);
    MachineConfig config = {.guest = guest,
                            .image_folder = image->folder,
                            .serial_log = serial,
                            .name = name,
                            .for_warm_state = true};
    g_autoptr(Machine) machine = NULL;

    if (!machine_boot(host, &config, BOOT_NORMAL, &machine, error))
        return false;
    Booting booting = {.machine = machine, .cancelled = cancelled};
    AgentTransport transport = {.call = call, .wait = wait_quietly, .data = &booting};
    g_autoptr(Agent) agent = agent_new(&transport);
    if (!agent_wait_ready(agent, clock_deadline_s(guest->ready_timeout_s), error))
        return false;
    g_autoptr(cJSON) environment = environment_ask(agent, guest);
    const AgentIdentity none = {0}; /* each clone gets its own */
    RestoreMark mark;
    if (!restore_mark(agent, &mark, error) || !machine_save_warm(machine, folder, error))
        return false;
    environment_keep(folder, environment);
    return restore_keep(&mark, &none, folder, error);
}

bool warm_ensure(Host *host, const Guest *guest, const Image *image, Progress *progress,
                 const volatile gint *cancelled, char **ret_folder, GError **error)
{
    g_autofree char *key = machine_warm_key(host, guest, image);
    g_autofree char *parent = g_build_filename(image->folder, "warm", NULL);
    g_autofree char *folder = g_build_filename(parent, key, NULL);

    if (!restore_is_kept(folder)) {
        progress_status(progress, "%s: booting once for the warm state", guest->name);
        if (!remove_older(parent, error))
            return false;
        if (!boot_and_save(host, guest, image, folder, cancelled, error)) {
            g_prefix_error(error, "the warm state of guest '%s': ", guest->name);
            return false;
        }
    }
    *ret_folder = g_steal_pointer(&folder);
    return true;
}
