/* SPDX-License-Identifier: GPL-2.0-or-later
 * A deadline for calls that need an answer from QEMU's monitor.
 *
 * libvirt waits for that answer without end: a QEMU that stands still (stopped by a signal, stuck
 * in the host's storage) would hold up the thread that asks, and its run, for ever. While a
 * MonitorWatch lives, a thread of its own destroys the domain at the deadline, which ends the call;
 * the machine is then LOST with that reason.
 *
 *     g_auto(MonitorWatch) watch = {0};
 *     monitor_watch_begin(&watch, domain, MONITOR_ANSWER_S);
 */
#pragma once

#include <stdbool.h>

#include "host/cleanup.h"

/* QEMU answers in milliseconds; this is for a host that swaps. */
#define MONITOR_ANSWER_S 20u
/* For what writes a guest's memory. */
#define MONITOR_MEMORY_S 600u

typedef struct MonitorWatch MonitorWatch;
struct MonitorWatch {
    virDomainPtr domain; /* NULL: not begun */
    gint64 deadline;
    bool expired; /* its domain is being destroyed */
    MonitorWatch *next;
};

/* The watch must stay where it is until its end. */
void monitor_watch_begin(MonitorWatch *watch, virDomainPtr domain, guint seconds);
void monitor_watch_end(MonitorWatch *watch);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MonitorWatch, monitor_watch_end)

/* Whether this domain's end is the doing of a watch. Asked once a domain, by the event thread. */
bool monitor_watch_ended(const char *uuid);

#define MONITOR_STOOD_STILL "QEMU stood still: its monitor did not answer, and the lab ended it"
