/* SPDX-License-Identifier: GPL-2.0-or-later
 * Shows a run while it goes on.
 */
#include "run/monitor.h"

#include <string.h>

#include "run/live-table.h"
#include "util/clock.h"
#include "util/json.h"

#define LINE_BYTES_MAX (1u << 20)
#define TABLE_MS 500u   /* how often the table is drawn */
#define EVENTS_EVERY 4u /* … and a progress record follows each so many times */

struct Monitor {
    Progress *progress;
    Events *events;
    GThread *thread;

    GMutex mutex; /* guards what follows */
    GCond changed;
    LiveTable *table;
    bool ends;
};

static void put_progress(Monitor *monitor, gint64 now)
{
    g_autoptr(cJSON) record = live_table_json(monitor->table, now);
    g_autofree char *time = clock_now_utc();

    cJSON_AddStringToObject(record, "t", time);
    g_autofree char *line = json_line(record);
    events_put(monitor->events, line);
}

static gpointer refresh(gpointer data)
{
    Monitor *monitor = data;
    guint round = 0;

    g_mutex_lock(&monitor->mutex);
    while (!monitor->ends) {
        gint64 now = g_get_monotonic_time();
        g_auto(GStrv) lines = live_table_lines(monitor->table, now, progress_columns());
        if (monitor->events && round++ % EVENTS_EVERY == 0)
            put_progress(monitor, now);
        g_mutex_unlock(&monitor->mutex);
        progress_table(monitor->progress, (const char *const *)lines);
        g_mutex_lock(&monitor->mutex);
        gint64 next = clock_deadline_ms(TABLE_MS);
        while (!monitor->ends && g_cond_wait_until(&monitor->changed, &monitor->mutex, next))
            ;
    }
    g_mutex_unlock(&monitor->mutex);
    return NULL;
}

Monitor *monitor_new(const Plan *plan, guint jobs, Progress *progress, Events *events)
{
    Monitor *monitor = g_new0(Monitor, 1);

    monitor->progress = progress;
    monitor->events = events;
    monitor->table = live_table_new(plan, jobs, g_get_monotonic_time());
    g_mutex_init(&monitor->mutex);
    g_cond_init(&monitor->changed);
    return monitor;
}

void monitor_free(Monitor *monitor)
{
    if (!monitor)
        return;
    g_mutex_lock(&monitor->mutex);
    monitor->ends = true;
    g_cond_signal(&monitor->changed);
    g_mutex_unlock(&monitor->mutex);
    if (monitor->thread)
        g_thread_join(monitor->thread);
    if (monitor->events)
        put_progress(monitor, g_get_monotonic_time());
    progress_table(monitor->progress, NULL);
    live_table_free(monitor->table);
    g_mutex_clear(&monitor->mutex);
    g_cond_clear(&monitor->changed);
    g_free(monitor);
}

void monitor_replay(Monitor *monitor, const char *journal_path)
{
    g_autoptr(GMappedFile) journal = g_mapped_file_new(journal_path, FALSE, NULL);
    const char *text = journal ? g_mapped_file_get_contents(journal) : NULL;
    const char *end = text ? text + g_mapped_file_get_length(journal) : NULL, *newline;
    gint64 now = g_get_monotonic_time();

    for (; text && text < end && (newline = memchr(text, '\n', (gsize)(end - text)));
         text = newline + 1) {
        g_autoptr(cJSON) record = NULL;
        if (json_parse(text, (gsize)(newline - text), LINE_BYTES_MAX, journal_path, &record, NULL))
            live_table_record(monitor->table, record, now, true);
    }
}

/* The table appears with the run's first record: before that other things are told. */
void monitor_observe(gpointer data, const cJSON *record)
{
    Monitor *monitor = data;

    g_mutex_lock(&monitor->mutex);
    live_table_record(monitor->table, record, g_get_monotonic_time(), false);
    if (monitor->events) {
        g_autofree char *line = json_line(record);
        events_put(monitor->events, line);
    }
    if (!monitor->thread)
        monitor->thread = g_thread_new("monitor", refresh, monitor);
    g_mutex_unlock(&monitor->mutex);
}
