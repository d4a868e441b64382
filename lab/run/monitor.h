/* SPDX-License-Identifier: GPL-2.0-or-later
 * Shows a run while it goes on: the live table on a terminal, the stream of events for other tools.
 * Fed by the journal's records, refreshed by a thread of its own.
 */
#pragma once

#include "plan/plan.h"
#include "run/events.h"
#include "run/journal.h"
#include "util/progress.h"

typedef struct Monitor Monitor;

/* `events` may be NULL. What is given must outlive the monitor. */
Monitor *monitor_new(const Plan *plan, guint jobs, Progress *progress, Events *events);

/* Takes in the journal of a run that is about to go on, as far as it can be read. */
void monitor_replay(Monitor *monitor, const char *journal_path);

/* Stops showing, after a last `progress` event. NULL-safe. */
void monitor_free(Monitor *monitor);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Monitor, monitor_free)

/* A JournalObserver: `data` is the monitor. */
void monitor_observe(gpointer data, const cJSON *record);
