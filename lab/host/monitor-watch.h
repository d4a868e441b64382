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
 *
 * While a domain starts there is none to destroy yet, and libvirt may hold its lock: its QEMU is
 * killed by the file that libvirt keeps its process id in, or, on another libvirt than the embedded
 * one, by destroying what has the UUID.
 */
#pragma once

#include <stdbool.h>

#include "host/cleanup.h"

/* QEMU answers in milliseconds; this is for a host that swaps. */
#define MONITOR_ANSWER_S 20u
/* A start asks QEMU dozens of questions. */
#define MONITOR_START_S 60u
/* For what writes a guest's memory. */
#define MONITOR_MEMORY_S 600u

typedef struct MonitorWatch MonitorWatch;
struct MonitorWatch {
    virDomainPtr domain;               /* or, of one that starts … */
    virConnectPtr connection;          /* … who starts it */
    const char *pid_file;              /* … where its process id is, or NULL */
    char uuid[VIR_UUID_STRING_BUFLEN]; /* empty: not begun */
    gint64 deadline;
    bool expired; /* its QEMU is being ended */
    MonitorWatch *next;
};

/* The watch must stay where it is until its end. */
void monitor_watch_begin(MonitorWatch *watch, virDomainPtr domain, guint seconds);
/* For virDomainCreateXML(); what it points to must stay until its end too. */
void monitor_watch_begin_start(MonitorWatch *watch, virConnectPtr connection, const char *uuid,
                               const char *pid_file, guint seconds);
void monitor_watch_end(MonitorWatch *watch);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(MonitorWatch, monitor_watch_end)

/* Whether this domain's end is the doing of a watch. Asked once a domain, by the event thread. */
bool monitor_watch_ended(const char *uuid);

#define MONITOR_STOOD_STILL "QEMU stood still: its monitor did not answer, and the lab ended it"
