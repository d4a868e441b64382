/* SPDX-License-Identifier: GPL-2.0-or-later
 * A thread that stops QEMU for a part of each period. By signals, because they work for emulated
 * and accelerated guests alike and need no control group.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "host/machine-fault-private.h"

#define PERIOD_US 50000

struct CpuThief {
    GThread *thread;
    GMutex lock;
    GCond changed;
    bool quit;
    int pidfd;
    guint percent;
};

/* False where the thief is to end. */
static bool pause_locked(CpuThief *thief, gint64 us)
{
    gint64 deadline = g_get_monotonic_time() + us;

    while (!thief->quit)
        if (!g_cond_wait_until(&thief->changed, &thief->lock, deadline))
            return true;
    return false;
}

static gpointer steal(gpointer data)
{
    CpuThief *thief = data;
    gint64 stolen = (gint64)PERIOD_US * thief->percent / 100;
    bool go_on = true;

    g_mutex_lock(&thief->lock);
    while (go_on) {
        go_on = pidfd_send_signal(thief->pidfd, SIGSTOP, NULL, 0) == 0;
        go_on = go_on && pause_locked(thief, stolen);
        go_on = pidfd_send_signal(thief->pidfd, SIGCONT, NULL, 0) == 0 && go_on;
        go_on = go_on && pause_locked(thief, PERIOD_US - stolen);
    }
    g_mutex_unlock(&thief->lock);
    return NULL;
}

CpuThief *cpu_thief_new(int pidfd, guint percent)
{
    CpuThief *thief = g_new0(CpuThief, 1);

    thief->pidfd = fcntl(pidfd, F_DUPFD_CLOEXEC, 0);
    thief->percent = percent;
    g_mutex_init(&thief->lock);
    g_cond_init(&thief->changed);
    thief->thread = g_thread_new("cpu-thief", steal, thief);
    return thief;
}

void cpu_thief_free(CpuThief *thief)
{
    if (!thief)
        return;
    g_mutex_lock(&thief->lock);
    thief->quit = true;
    g_cond_broadcast(&thief->changed);
    g_mutex_unlock(&thief->lock);
    g_thread_join(thief->thread);
    g_cond_clear(&thief->changed);
    g_mutex_clear(&thief->lock);
    close(thief->pidfd);
    g_free(thief);
}
