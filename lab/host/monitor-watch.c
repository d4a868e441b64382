/* SPDX-License-Identifier: GPL-2.0-or-later
 * The thread that ends what does not answer.
 */
#include "host/monitor-watch.h"

#include <signal.h>
#include <string.h>

#include <libvirt/virterror.h>

#include "util/clock.h"

static GMutex lock; /* guards what follows */
static GCond changed;
static MonitorWatch *watches;
static GHashTable *ended; /* set of uuids */

static MonitorWatch *find_late(gint64 now, gint64 *ret_next)
{
    *ret_next = G_MAXINT64;
    for (MonitorWatch *watch = watches; watch; watch = watch->next) {
        if (watch->expired)
            continue;
        if (watch->deadline <= now)
            return watch;
        *ret_next = MIN(*ret_next, watch->deadline);
    }
    return NULL;
}

/* libvirt's own file, of a domain whose name nobody else has. */
static void kill_process(const char *pid_file)
{
    g_autofree char *text = NULL;
    gint64 pid =
        g_file_get_contents(pid_file, &text, NULL, NULL) ? g_ascii_strtoll(text, NULL, 10) : 0;
    if (pid > 1 && pid <= G_MAXINT)
        kill((pid_t)pid, SIGKILL);
}

/* The call under way ends as soon as QEMU is dead, and may free its own reference then. */
static void end_late(MonitorWatch *late)
{
    g_autoptr(virDomain) domain = late->domain;
    g_autoptr(virConnect) connection = late->connection;
    g_autofree char *uuid = g_strdup(late->uuid), *pid_file = g_strdup(late->pid_file);

    late->expired = true;
    if (domain)
        virDomainRef(domain);
    if (connection)
        virConnectRef(connection);
    g_hash_table_add(ended, g_strdup(uuid));
    g_mutex_unlock(&lock);
    if (pid_file)
        kill_process(pid_file);
    else if (!domain)
        domain = virDomainLookupByUUIDString(connection, uuid);
    if (domain)
        virDomainDestroy(domain);
    virResetLastError();
    g_mutex_lock(&lock);
}

static gpointer look_on(gpointer unused)
{
    gint64 next;
    (void)unused;

    g_mutex_lock(&lock);
    for (;;) {
        MonitorWatch *late = find_late(g_get_monotonic_time(), &next);
        if (late)
            end_late(late);
        else if (next == G_MAXINT64)
            g_cond_wait(&changed, &lock);
        else
            g_cond_wait_until(&changed, &lock, next);
    }
    return NULL;
}

static void begin(MonitorWatch *watch, guint seconds)
{
    static bool begun;

    g_mutex_lock(&lock);
    if (!begun) {
        ended = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        g_thread_unref(g_thread_new("monitor-watch", look_on, NULL));
        begun = true;
    }
    watch->deadline = clock_deadline_s(seconds);
    watch->next = watches;
    watches = watch;
    g_cond_signal(&changed);
    g_mutex_unlock(&lock);
}

void monitor_watch_begin(MonitorWatch *watch, virDomainPtr domain, guint seconds)
{
    *watch = (MonitorWatch){.domain = domain};
    if (virDomainGetUUIDString(domain, watch->uuid) == 0)
        begin(watch, seconds);
    virResetLastError();
}

void monitor_watch_begin_start(MonitorWatch *watch, virConnectPtr connection, const char *uuid,
                               const char *pid_file, guint seconds)
{
    *watch = (MonitorWatch){.connection = connection, .pid_file = pid_file};
    g_strlcpy(watch->uuid, uuid, sizeof watch->uuid);
    begin(watch, seconds);
}

void monitor_watch_end(MonitorWatch *watch)
{
    if (!*watch->uuid)
        return;
    g_mutex_lock(&lock);
    for (MonitorWatch **at = &watches; *at; at = &(*at)->next)
        if (*at == watch) {
            *at = watch->next;
            break;
        }
    *watch->uuid = '\0';
    g_mutex_unlock(&lock);
}

bool monitor_watch_ended(const char *uuid)
{
    g_mutex_lock(&lock);
    bool did = ended && g_hash_table_remove(ended, uuid);
    g_mutex_unlock(&lock);
    return did;
}
