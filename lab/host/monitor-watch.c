/* SPDX-License-Identifier: GPL-2.0-or-later
 * The thread that ends what does not answer.
 */
#include "host/monitor-watch.h"

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

/* The call under way ends as soon as QEMU is dead, and may free its own reference then. */
static void destroy(MonitorWatch *late)
{
    g_autoptr(virDomain) domain = late->domain;
    char *uuid = g_malloc(VIR_UUID_STRING_BUFLEN);

    late->expired = true;
    virDomainRef(domain);
    if (virDomainGetUUIDString(domain, uuid) == 0)
        g_hash_table_add(ended, uuid);
    else
        g_free(uuid);
    g_mutex_unlock(&lock);
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
            destroy(late);
        else if (next == G_MAXINT64)
            g_cond_wait(&changed, &lock);
        else
            g_cond_wait_until(&changed, &lock, next);
    }
    return NULL;
}

void monitor_watch_begin(MonitorWatch *watch, virDomainPtr domain, guint seconds)
{
    static bool begun;

    g_mutex_lock(&lock);
    if (!begun) {
        ended = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        g_thread_unref(g_thread_new("monitor-watch", look_on, NULL));
        begun = true;
    }
    *watch =
        (MonitorWatch){.domain = domain, .deadline = clock_deadline_s(seconds), .next = watches};
    watches = watch;
    g_cond_signal(&changed);
    g_mutex_unlock(&lock);
}

void monitor_watch_end(MonitorWatch *watch)
{
    if (!watch->domain)
        return;
    g_mutex_lock(&lock);
    for (MonitorWatch **at = &watches; *at; at = &(*at)->next)
        if (*at == watch) {
            *at = watch->next;
            break;
        }
    watch->domain = NULL;
    g_mutex_unlock(&lock);
}

bool monitor_watch_ended(const char *uuid)
{
    g_mutex_lock(&lock);
    bool did = ended && g_hash_table_remove(ended, uuid);
    g_mutex_unlock(&lock);
    return did;
}
