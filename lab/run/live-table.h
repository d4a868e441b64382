/* SPDX-License-Identifier: GPL-2.0-or-later
 * What a run is doing now, kept up to date by its journal's records: shown as a table of the
 * guests that run, or as a record for other tools.
 *
 * Not for two threads at once. Times are g_get_monotonic_time(), given by the caller.
 */
#pragma once

#include <cjson/cJSON.h>

#include "plan/plan.h"
#include "report/result.h"

typedef struct LiveTable LiveTable;

/* `jobs`: guests at once at most. */
LiveTable *live_table_new(const Plan *plan, guint jobs, gint64 now);
void live_table_free(LiveTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LiveTable, live_table_free)

/* Takes in a record (docs/run-folder.md). A run that is resumed gives its earlier records first,
 * with `replay`: they count, but no time is taken from them. */
void live_table_record(LiveTable *table, const cJSON *record, gint64 now, bool replay);

/* The whole, broken into lines of so many characters, then a line for each guest that runs: how
 * long, case, step, findings; the case's id and the step are cut so that all has room, if `columns`
 * is 40 or more. Lines may hold what a guest sent. Free with g_strfreev(). */
char **live_table_lines(const LiveTable *table, gint64 now, guint columns);

/* The same as a `progress` record (docs/events.md), without its time. */
cJSON *live_table_json(const LiveTable *table, gint64 now);
