/* SPDX-License-Identifier: GPL-2.0-or-later
 * What a run is doing now.
 */
#include "run/live-table.h"

#include <string.h>

#include "run/estimate.h"
#include "util/json.h"

#define TIME_WIDTH 9 /* of a row: `1:02:03`, and two blanks behind it */
#define WIDTH_MIN 20u
#define STEP_MIN 7u
#define NARROW 60u /* from there down the number of the attempt has no room */

typedef struct {
    char *id;
    char *like; /* its test; a case without vendors is like others without */
    bool has_vendors;
    bool running;
    gint64 began; /* where it runs */
    guint attempt;
    char *step;      /* name of the one under way, or NULL */
    char *last_step; /* of the attempt that ended, or NULL */
    guint findings;
    bool ended;
} Row;

struct LiveTable {
    GPtrArray *rows; /* of Row*, in the plan's order */
    GHashTable *by_id;
    guint jobs;
    gint64 began;
    guint counts[CASE_STATES]; /* of cases that ended */
    guint findings;            /* of all attempts */
    Estimate *estimate;
    bool vendors_known; /* how long a case with vendors took */
};

static void row_free(gpointer data)
{
    Row *row = data;
    g_free(row->id);
    g_free(row->like);
    g_free(row->step);
    g_free(row->last_step);
    g_free(row);
}

static Row *add_row(LiveTable *table, const char *id, const char *test, bool has_vendors)
{
    Row *row = g_new0(Row, 1);
    row->id = g_strdup(id);
    row->like = g_strconcat(test, has_vendors ? "" : " without vendors", NULL);
    row->has_vendors = has_vendors;
    g_ptr_array_add(table->rows, row);
    g_hash_table_insert(table->by_id, row->id, row);
    return row;
}

LiveTable *live_table_new(const Plan *plan, guint jobs, gint64 now)
{
    LiveTable *table = g_new0(LiveTable, 1);

    table->rows = g_ptr_array_new_with_free_func(row_free);
    table->by_id = g_hash_table_new(g_str_hash, g_str_equal);
    table->estimate = estimate_new();
    table->jobs = MAX(jobs, 1);
    table->began = now;
    for (guint i = 0; i < plan->cases->len; i++) {
        const PlanCase *plan_case = plan->cases->pdata[i];
        add_row(table, plan_case->id, plan_case->test_name, plan_case->vendors->len > 0);
    }
    return table;
}

void live_table_free(LiveTable *table)
{
    if (!table)
        return;
    g_ptr_array_unref(table->rows);
    g_hash_table_unref(table->by_id);
    estimate_free(table->estimate);
    g_free(table);
}

static double seconds(gint64 since, gint64 now)
{
    return (double)(now - since) / G_USEC_PER_SEC;
}

static void end_case(LiveTable *table, Row *row, const cJSON *record, gint64 now)
{
    CaseState state = CASE_ERROR;

    if (row->ended)
        return;
    case_state_from_name(json_string(record, "state", ""), &state);
    table->counts[state]++;
    if (row->running && state != CASE_SKIPPED) {
        estimate_add(table->estimate, row->like, seconds(row->began, now));
        table->vendors_known |= row->has_vendors;
    }
    row->ended = true;
    row->running = false;
}

static void add_case(LiveTable *table, const char *id, const cJSON *plan_case)
{
    const cJSON *vendors = cJSON_GetObjectItemCaseSensitive(plan_case, "vendors");
    add_row(table, id, json_string(plan_case, "test", ""), cJSON_GetArraySize(vendors) > 0);
}

/* One that was skipped never began; of branches the step shown may be another's. */
static void end_step(Row *row, const cJSON *record)
{
    const char *name = json_string(record, "name", "");

    if (g_str_equal(json_string(record, "outcome", ""), "skipped"))
        return;
    if (g_strcmp0(row->step, name) == 0)
        g_clear_pointer(&row->step, g_free);
    g_free(row->last_step);
    row->last_step = g_strdup(name);
}

void live_table_record(LiveTable *table, const cJSON *record, gint64 now, bool replay)
{
    const char *type = json_string(record, "type", "");
    const char *id = json_string(record, "case", "");
    Row *row = g_hash_table_lookup(table->by_id, id);

    if (g_str_equal(type, "case-added") && !row)
        add_case(table, id, cJSON_GetObjectItemCaseSensitive(record, "plan"));
    if (!row)
        return;
    if (g_str_equal(type, "case-begin") && !replay) {
        row->running = true;
        row->began = now;
    } else if (g_str_equal(type, "attempt-begin")) {
        row->attempt = (guint)json_int(record, "attempt", 0);
        g_clear_pointer(&row->step, g_free);
        g_clear_pointer(&row->last_step, g_free);
    } else if (g_str_equal(type, "step-begin") && !replay) {
        g_free(row->step);
        row->step = g_strdup(json_string(record, "name", ""));
    } else if (g_str_equal(type, "step-end")) {
        end_step(row, record);
    } else if (g_str_equal(type, "finding")) {
        row->findings++;
        table->findings++;
    } else if (g_str_equal(type, "case-end")) {
        end_case(table, row, record, now);
    }
}

static guint count_ended(const LiveTable *table)
{
    guint ended = 0;
    for (guint i = 0; i < CASE_STATES; i++)
        ended += table->counts[i];
    return ended;
}

/* What cases without vendors took tells nothing of those with. */
static bool estimate_left(const LiveTable *table, gint64 now, double *ret_low, double *ret_high)
{
    double sum = 0, longest = 0;
    bool known = true;

    for (guint i = 0; i < table->rows->len; i++) {
        const Row *row = table->rows->pdata[i];
        if (row->ended)
            continue;
        double left =
            estimate_case(table->estimate, row->like, row->running ? seconds(row->began, now) : 0);
        known &= table->vendors_known || !row->has_vendors;
        sum += left;
        longest = MAX(longest, left);
    }
    return known && estimate_range(table->estimate, sum, longest, table->jobs, ret_low, ret_high);
}

static char *clock_text(double elapsed_s)
{
    guint s = (guint)MAX(elapsed_s, 0);
    return s < 3600 ? g_strdup_printf("%u:%02u", s / 60, s % 60)
                    : g_strdup_printf("%u:%02u:%02u", s / 3600, s / 60 % 60, s % 60);
}

/* What is told of the whole, piece by piece. */
static char **whole_pieces(const LiveTable *table, gint64 now)
{
    g_autoptr(GPtrArray) pieces = g_ptr_array_new();
    char *left = NULL;
    double low, high;

    if (estimate_left(table, now, &low, &high))
        left = estimate_text(low, high);
    g_ptr_array_add(pieces,
                    g_strdup_printf("%u of %u cases", count_ended(table), table->rows->len));
    for (guint i = CASE_FAILED; i < CASE_STATES; i++)
        if (table->counts[i] > 0)
            g_ptr_array_add(
                pieces, g_strdup_printf("%u %s", table->counts[i], case_state_name((CaseState)i)));
    g_ptr_array_add(
        pieces, g_strdup_printf("%u finding%s", table->findings, table->findings == 1 ? "" : "s"));
    g_ptr_array_add(pieces, clock_text(seconds(table->began, now)));
    g_ptr_array_add(pieces, left ? left : g_strdup("time left not known yet"));
    g_ptr_array_add(pieces, NULL);
    return (char **)g_ptr_array_steal(pieces, NULL);
}

static void add_whole(const LiveTable *table, gint64 now, guint columns, GStrvBuilder *lines)
{
    g_auto(GStrv) pieces = whole_pieces(table, now);
    g_autoptr(GString) line = g_string_new(pieces[0]);

    for (guint i = 1; pieces[i]; i++) {
        g_string_append_c(line, ',');
        if (line->len + 1 + strlen(pieces[i]) + (pieces[i + 1] ? 1 : 0) > columns) {
            g_strv_builder_add(lines, line->str);
            g_string_assign(line, " ");
        }
        g_string_append_printf(line, " %s", pieces[i]);
    }
    g_strv_builder_add(lines, line->str);
}

/* An id takes at most half of the room behind the time, a third where that is narrow. */
static guint id_width(const LiveTable *table, guint columns)
{
    glong width = 0;
    for (guint i = 0; i < table->rows->len; i++) {
        const Row *row = table->rows->pdata[i];
        if (row->running)
            width = MAX(width, g_utf8_strlen(row->id, -1));
    }
    return MIN((guint)width, (MAX(columns, WIDTH_MIN) - TIME_WIDTH) / (columns > NARROW ? 2 : 3));
}

/* A long id is cut at its front, because its end tells it from others. */
static char *cut_id(const char *id, guint width)
{
    glong length = g_utf8_strlen(id, -1);

    return length <= (glong)width
               ? g_strdup_printf("%s%*s", id, (int)(width - length), "")
               : g_strconcat("…", g_utf8_offset_to_pointer(id, length - width + 1), NULL);
}

static char *cut_step(const char *step, guint width)
{
    g_autofree char *cut = NULL;

    if (g_utf8_strlen(step, -1) <= (glong)width)
        return g_strdup(step);
    cut = g_utf8_substring(step, 0, width - 1);
    return g_strconcat(cut, "…", NULL);
}

static char *doing(const Row *row)
{
    return row->step        ? g_strdup(row->step)
           : row->last_step ? g_strconcat("after ", row->last_step, NULL)
                            : g_strdup("starting");
}

/* `  0:42  main/reference/alder  update alder content 3  attempt 2  1 finding` */
static char *row_line(const Row *row, guint width, guint columns, gint64 now)
{
    g_autofree char *elapsed = clock_text(seconds(row->began, now));
    g_autofree char *id = cut_id(row->id, width), *step = doing(row);
    g_autoptr(GString) tail = g_string_new(NULL);
    guint before = TIME_WIDTH + width + 2;

    if (row->attempt > 1 && columns > NARROW)
        g_string_append_printf(tail, "  attempt %u", row->attempt);
    if (row->findings > 0)
        g_string_append_printf(tail, "  %u finding%s", row->findings,
                               row->findings == 1 ? "" : "s");
    guint room = columns > before + tail->len ? columns - before - (guint)tail->len : 0;
    g_autofree char *shown = cut_step(step, MAX(room, STEP_MIN));
    return g_strdup_printf("%*s  %s  %s%s", TIME_WIDTH - 2, elapsed, id, shown, tail->str);
}

char **live_table_lines(const LiveTable *table, gint64 now, guint columns)
{
    g_autoptr(GStrvBuilder) lines = g_strv_builder_new();
    guint width = id_width(table, columns);

    add_whole(table, now, columns, lines);
    for (guint i = 0; i < table->rows->len; i++) {
        const Row *row = table->rows->pdata[i];
        if (!row->running)
            continue;
        g_autofree char *line = row_line(row, width, columns, now);
        g_strv_builder_add(lines, line);
    }
    return g_strv_builder_end(lines);
}

static void add_running(cJSON *list, const Row *row, gint64 now)
{
    cJSON *object = cJSON_CreateObject();
    json_add_text(object, "case", row->id);
    cJSON_AddNumberToObject(object, "attempt", row->attempt);
    json_add_text(object, "step_name", row->step);
    cJSON_AddNumberToObject(object, "elapsed_ms", (double)((now - row->began) / 1000));
    cJSON_AddNumberToObject(object, "findings", row->findings);
    cJSON_AddItemToArray(list, object);
}

cJSON *live_table_json(const LiveTable *table, gint64 now)
{
    cJSON *record = cJSON_CreateObject();
    double low, high;

    json_add_text(record, "type", "progress");
    cJSON_AddNumberToObject(record, "cases", table->rows->len);
    cJSON_AddNumberToObject(record, "ended", count_ended(table));
    cJSON *counts = cJSON_AddObjectToObject(record, "counts");
    for (guint i = 0; i < CASE_NOT_RUN; i++)
        cJSON_AddNumberToObject(counts, case_state_name((CaseState)i), table->counts[i]);
    cJSON_AddNumberToObject(record, "findings", table->findings);
    cJSON_AddNumberToObject(record, "elapsed_ms", (double)((now - table->began) / 1000));
    if (estimate_left(table, now, &low, &high)) {
        cJSON *left = cJSON_AddObjectToObject(record, "left_ms");
        cJSON_AddNumberToObject(left, "low", (double)(gint64)(low * 1000));
        cJSON_AddNumberToObject(left, "high", (double)(gint64)(high * 1000));
        cJSON_AddNumberToObject(left, "from_cases", estimate_count(table->estimate));
    } else {
        cJSON_AddNullToObject(record, "left_ms");
    }
    cJSON *running = cJSON_AddArrayToObject(record, "running");
    for (guint i = 0; i < table->rows->len; i++) {
        const Row *row = table->rows->pdata[i];
        if (row->running)
            add_running(running, row, now);
    }
    return record;
}
