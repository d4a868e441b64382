/* SPDX-License-Identifier: GPL-2.0-or-later
 * The thread that runs libvirt's event loop, and what libvirt tells there.
 *
 * What becomes a machine's event:
 *   CRASHED lifecycle event             PANIC; GUEST_PANICKED's details are kept for it
 *   RESET of QEMU's monitor             RESET where the guest asked for it; else the echo of
 *                                       machine_reset(), which waits for it, or the firmware's own
 *   STOPPED, reason shutdown            SHUTDOWN, unless QEMU's own SHUTDOWN says a signal ended it
 *   STOPPED, any other reason           LOST; the lab detaches a machine before it destroys one
 *   I/O error that nobody asked for     LOST: the host's trouble, not the guest's
 *   closed connection                   LOST for all
 */
#include <string.h>

#include <libvirt/libvirt-qemu.h>
#include <libvirt/virterror.h>

#include "host/host-private.h"
#include "host/inbox.h"
#include "host/monitor-watch.h"
#include "util/error.h"
#include "util/json.h"
#include "util/text.h"

#define EVENT_DETAILS_MAX (64u << 10)
#define EVENT_S_MAX (G_GINT64_CONSTANT(1) << 40) /* since 1970, or it is no time */
#define PATH_MAX_BYTES 1024u

/* Takes the host's lock, which keeps the inbox alive, and finds a domain's inbox: NULL for a domain
 * that is no machine's of ours. */
static Inbox *find_locked(Host *host, virDomainPtr domain)
{
    char uuid[VIR_UUID_STRING_BUFLEN];

    g_mutex_lock(&host->lock);
    if (virDomainGetUUIDString(domain, uuid) != 0)
        return NULL;
    return g_hash_table_lookup(host->inboxes, uuid);
}

void events_attach(Host *host, const char *uuid, Inbox *inbox)
{
    g_mutex_lock(&host->lock);
    g_hash_table_replace(host->inboxes, g_strdup(uuid), inbox);
    g_mutex_unlock(&host->lock);
}

void events_detach(Host *host, const char *uuid)
{
    g_mutex_lock(&host->lock);
    g_hash_table_remove(host->inboxes, uuid);
    g_mutex_unlock(&host->lock);
}

/* Why QEMU stopped; NULL: in order. */
static const char *stop_reason(virDomainPtr domain, int detail)
{
    char uuid[VIR_UUID_STRING_BUFLEN];

    switch (detail) {
    case VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN:
        return NULL;
    case VIR_DOMAIN_EVENT_STOPPED_DESTROYED:
        return virDomainGetUUIDString(domain, uuid) == 0 && monitor_watch_ended(uuid)
                   ? MONITOR_STOOD_STILL
                   : "somebody else destroyed the domain";
    case VIR_DOMAIN_EVENT_STOPPED_CRASHED:
    case VIR_DOMAIN_EVENT_STOPPED_FAILED:
        return "QEMU died: killed by a signal, or by a fault of its own";
    default:
        return "libvirt stopped QEMU";
    }
}

static int on_lifecycle(virConnectPtr connection, virDomainPtr domain, int event, int detail,
                        void *data)
{
    Host *host = data;
    Inbox *inbox = find_locked(host, domain);

    (void)connection;
    if (inbox && event == VIR_DOMAIN_EVENT_CRASHED)
        inbox_tell(inbox, MACHINE_EVENT_PANIC);
    if (inbox && event == VIR_DOMAIN_EVENT_STOPPED)
        inbox_tell_stopped(inbox, stop_reason(domain, detail));
    g_mutex_unlock(&host->lock);
    return 0;
}

/* Only the system disk has a file of the host behind it. Its error policy pauses the guest, but for
 * a machine whose disk is to fail: then errors that nobody asked for are the host's. */
static void on_io_error(virConnectPtr connection, virDomainPtr domain, const char *path,
                        const char *device, int action, const char *reason, void *data)
{
    Host *host = data;
    Inbox *inbox = find_locked(host, domain);

    (void)connection;
    (void)device;
    if (inbox && (action == VIR_DOMAIN_EVENT_IO_ERROR_PAUSE ||
                  (action == VIR_DOMAIN_EVENT_IO_ERROR_REPORT &&
                   !g_atomic_int_get(&inbox->disk_errors_wanted)))) {
        g_autofree char *shown =
            path ? text_printable(path, strlen(path), PATH_MAX_BYTES) : g_strdup("no path told");
        const char *what =
            action == VIR_DOMAIN_EVENT_IO_ERROR_PAUSE ? "paused the guest" : "told the guest";
        g_autofree char *text =
            g_strcmp0(reason, "enospc") == 0
                ? g_strdup_printf("the host's disk is full: QEMU %s (enospc)", what)
                : g_strdup_printf("the host's disk failed: QEMU %s (I/O error, %s)", what, shown);
        inbox_tell_lost(inbox, text);
    }
    g_mutex_unlock(&host->lock);
}

static void on_agent(virConnectPtr connection, virDomainPtr domain, int state, int reason,
                     void *data)
{
    Host *host = data;
    Inbox *inbox = find_locked(host, domain);

    (void)connection;
    (void)reason;
    if (inbox)
        inbox_tell_agent(inbox, state == VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_STATE_CONNECTED);
    g_mutex_unlock(&host->lock);
}

static void tell_migration(Inbox *inbox, const char *status)
{
    if (g_str_equal(status, "completed"))
        inbox_tell_migration(inbox, MIGRATION_COMPLETED);
    else if (g_str_equal(status, "failed"))
        inbox_tell_migration(inbox, MIGRATION_FAILED);
}

static void on_monitor(virConnectPtr connection, virDomainPtr domain, const char *event,
                       long long seconds, unsigned int micros, const char *details, void *data)
{
    Host *host = data;
    g_autoptr(cJSON) values = NULL;

    (void)connection;
    if (details)
        json_parse(details, strlen(details), EVENT_DETAILS_MAX, event, &values, NULL);

    Inbox *inbox = find_locked(host, domain);
    if (inbox && g_str_equal(event, "RESET"))
        inbox_tell_reset(inbox, json_bool(values, "guest", false),
                         CLAMP(seconds, 0, EVENT_S_MAX) * G_USEC_PER_SEC + micros);
    else if (inbox && g_str_equal(event, "SHUTDOWN"))
        inbox_tell_shutdown(inbox, json_bool(values, "guest", true));
    else if (inbox && g_str_equal(event, "GUEST_PANICKED"))
        inbox_tell_panic_info(inbox, values ? details : NULL);
    else if (inbox && g_str_equal(event, "MIGRATION"))
        tell_migration(inbox, json_string(values, "status", ""));
    g_mutex_unlock(&host->lock);
}

static void on_close(virConnectPtr connection, int reason, void *data)
{
    Host *host = data;
    GHashTableIter iter;
    gpointer inbox;

    (void)connection;
    (void)reason;
    g_mutex_lock(&host->lock);
    host->closed = true;
    g_hash_table_iter_init(&iter, host->inboxes);
    while (g_hash_table_iter_next(&iter, NULL, &inbox))
        inbox_tell_lost(inbox, "the connection to libvirt closed");
    g_mutex_unlock(&host->lock);
}

bool events_register(Host *host, GError **error)
{
    static const char names[] = "^(RESET|SHUTDOWN|GUEST_PANICKED|MIGRATION)$";
    virConnectPtr connection = host->connection;

    host->lifecycle_callback =
        virConnectDomainEventRegisterAny(connection, NULL, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
                                         VIR_DOMAIN_EVENT_CALLBACK(on_lifecycle), host, NULL);
    host->agent_callback =
        virConnectDomainEventRegisterAny(connection, NULL, VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE,
                                         VIR_DOMAIN_EVENT_CALLBACK(on_agent), host, NULL);
    host->io_error_callback =
        virConnectDomainEventRegisterAny(connection, NULL, VIR_DOMAIN_EVENT_ID_IO_ERROR_REASON,
                                         VIR_DOMAIN_EVENT_CALLBACK(on_io_error), host, NULL);
    host->monitor_callback = virConnectDomainQemuMonitorEventRegister(
        connection, NULL, names, on_monitor, host, NULL,
        VIR_CONNECT_DOMAIN_QEMU_MONITOR_EVENT_REGISTER_REGEX);
    if (host->lifecycle_callback < 0 || host->agent_callback < 0 || host->io_error_callback < 0 ||
        host->monitor_callback < 0 ||
        virConnectRegisterCloseCallback(connection, on_close, host, NULL) != 0)
        return host_fail(error, "libvirt at '%s' gives no events", host->info.uri);
    host->close_callback = true;
    return true;
}

void events_unregister(Host *host)
{
    if (host->close_callback)
        virConnectUnregisterCloseCallback(host->connection, on_close);
    if (host->monitor_callback >= 0)
        virConnectDomainQemuMonitorEventDeregister(host->connection, host->monitor_callback);
    if (host->io_error_callback >= 0)
        virConnectDomainEventDeregisterAny(host->connection, host->io_error_callback);
    if (host->agent_callback >= 0)
        virConnectDomainEventDeregisterAny(host->connection, host->agent_callback);
    if (host->lifecycle_callback >= 0)
        virConnectDomainEventDeregisterAny(host->connection, host->lifecycle_callback);
}

static void on_wake(int timer, void *data)
{
    (void)data;
    virEventUpdateTimeout(timer, -1);
}

static gpointer run_loop(gpointer data)
{
    Host *host = data;

    while (!g_atomic_int_get(&host->quit))
        if (virEventRunDefaultImpl() != 0)
            break;
    /* libvirt frees what was removed in idle callbacks of this same loop. */
    while (g_main_context_iteration(NULL, /* may_block */ FALSE))
        continue;
    return NULL;
}

bool events_start(Host *host, GError **error)
{
    static gsize registered = 0;

    if (g_once_init_enter(&registered))
        g_once_init_leave(&registered, virEventRegisterDefaultImpl() == 0 ? 1 : 2);
    if (registered != 1)
        return host_fail(error, "libvirt has no event loop");
    host->wake_timer = virEventAddTimeout(-1, on_wake, NULL, NULL);
    if (host->wake_timer < 0)
        return host_fail(error, "libvirt's event loop has no timers");
    host->loop = g_thread_new("libvirt-events", run_loop, host);
    return true;
}

void events_stop(Host *host)
{
    if (!host->loop)
        return;
    g_atomic_int_set(&host->quit, 1);
    virEventUpdateTimeout(host->wake_timer, 0);
    g_thread_join(g_steal_pointer(&host->loop));
    virEventRemoveTimeout(host->wake_timer);
    while (g_main_context_iteration(NULL, /* may_block */ FALSE))
        continue;
}
