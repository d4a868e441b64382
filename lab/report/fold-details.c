/* SPDX-License-Identifier: GPL-2.0-or-later
 * The details of a case's attempts: folded, dropped, and read again from the journal.
 */
#include "report/fold.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "util/error.h"

#define NUMBER_MAX 1e15
#define NUMBERS_MAX 10000u /* of one measurement */

static bool add_step(Fold *fold, const cJSON *record, ResultAttempt *attempt, ResultStep **ret_step,
                     GError **error)
{
    ResultStep *step = g_new0(ResultStep, 1);

    g_ptr_array_add(attempt->steps, step);
    step->duration_ms = -1;
    step->name = record_text_or_empty(&fold->source, record, "name");
    *ret_step = step;
    return record_required(&fold->source, record, "step", &step->step, error);
}

static bool fold_step_begin(Fold *fold, const cJSON *record, GError **error)
{
    ResultAttempt *attempt = NULL;
    ResultStep *step = NULL;
    return fold_find_attempt(fold, record, &attempt, error) &&
           add_step(fold, record, attempt, &step, error) &&
           (step->began = source_keep(&fold->source, fold->time));
}

static ResultStep *find_open_step(const ResultAttempt *attempt, const char *id)
{
    for (guint i = attempt->steps->len; i > 0; i--) {
        ResultStep *step = attempt->steps->pdata[i - 1];
        if (!step->outcome && g_str_equal(step->step, id))
            return step;
    }
    return NULL;
}

/* A step that was skipped ends without having begun. */
static bool fold_step_end(Fold *fold, const cJSON *record, GError **error)
{
    static const char *const outcomes[] = {"ok", "failed", "error", "skipped", NULL};
    ResultAttempt *attempt = NULL;

    if (!fold_find_attempt(fold, record, &attempt, error))
        return false;
    ResultStep *step = find_open_step(attempt, json_string(record, "step", ""));
    if (!step && !add_step(fold, record, attempt, &step, error))
        return false;
    step->message = record_text(&fold->source, record, "message");
    step->duration_ms = record_count(record, "duration_ms", 0);
    return record_one_of(&fold->source, record, "outcome", outcomes, &step->outcome, error);
}

static bool fold_event(Fold *fold, const cJSON *record, GError **error)
{
    ResultAttempt *attempt = NULL;

    if (!fold_find_attempt(fold, record, &attempt, error))
        return false;
    ResultEvent *event = g_new0(ResultEvent, 1);
    g_ptr_array_add(attempt->events, event);
    event->time = source_keep(&fold->source, fold->time);
    event->text = record_text_or_empty(&fold->source, record, "text");
    return record_required(&fold->source, record, "kind", &event->kind, error);
}

static bool fold_evidence(Fold *fold, const cJSON *record, GError **error)
{
    static const char *const outcomes[] = {"collected", "unavailable", "failed", NULL};
    ResultAttempt *attempt = NULL;

    if (!fold_find_attempt(fold, record, &attempt, error))
        return false;
    ResultEvidence *evidence = g_new0(ResultEvidence, 1);
    g_ptr_array_add(attempt->evidence, evidence);
    evidence->bytes = record_count(record, "bytes", 0);
    evidence->reason = record_text(&fold->source, record, "reason");
    return record_required(&fold->source, record, "kind", &evidence->kind, error) &&
           record_one_of(&fold->source, record, "outcome", outcomes, &evidence->outcome, error) &&
           record_path(&fold->source, record, "file", &evidence->file, error) &&
           record_sha256(&fold->source, record, "sha256", &evidence->sha256, error);
}

static GArray *read_numbers(const cJSON *record, const char *name)
{
    GArray *numbers = g_array_new(FALSE, FALSE, sizeof(double));
    const cJSON *item;

    cJSON_ArrayForEach (item, cJSON_GetObjectItemCaseSensitive(record, name)) {
        if (cJSON_IsNumber(item) && fabs(item->valuedouble) <= NUMBER_MAX &&
            numbers->len < NUMBERS_MAX)
            g_array_append_val(numbers, item->valuedouble);
    }
    return numbers;
}

static bool fold_measure(Fold *fold, const cJSON *record, GError **error)
{
    static const char *const better[] = {"less", "more", NULL};
    ResultAttempt *attempt = NULL;

    if (!fold_find_attempt(fold, record, &attempt, error))
        return false;
    ResultMeasure *measure = g_new0(ResultMeasure, 1);
    g_ptr_array_add(attempt->measures, measure);
    measure->values = read_numbers(record, "values");
    measure->times_s = read_numbers(record, "times_s");
    measure->step = record_text_or_empty(&fold->source, record, "step");
    measure->unit = record_text_or_empty(&fold->source, record, "unit");
    if (measure->times_s->len > 0 && measure->times_s->len != measure->values->len)
        return source_fail(&fold->source, error, "a series has a time for each of its values");
    return record_required(&fold->source, record, "name", &measure->name, error) &&
           record_one_of(&fold->source, record, "better", better, &measure->better, error);
}

static double read_number(const cJSON *record, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(record, name);
    return cJSON_IsNumber(item) && fabs(item->valuedouble) <= NUMBER_MAX ? item->valuedouble : NAN;
}

static bool fold_comparison(Fold *fold, const cJSON *record, GError **error)
{
    static const char *const kinds[] = {"overhead", "growth", NULL};
    static const char *const verdicts[] = {"within", "exceeded", "inconclusive", NULL};
    const Source *source = &fold->source;
    ResultAttempt *attempt = NULL;

    if (!fold_find_attempt(fold, record, &attempt, error))
        return false;
    ResultComparison *comparison = g_new0(ResultComparison, 1);
    g_ptr_array_add(attempt->comparisons, comparison);
    comparison->step = record_text_or_empty(source, record, "step");
    comparison->unit = record_text_or_empty(source, record, "unit");
    comparison->reason = record_text(source, record, "reason");
    comparison->limit = read_number(record, "limit");
    comparison->estimate = read_number(record, "estimate");
    comparison->low = read_number(record, "low");
    comparison->high = read_number(record, "high");
    comparison->confidence = read_number(record, "confidence");
    comparison->control_count = record_count(record, "control_count", 0);
    comparison->count = record_count(record, "count", 0);
    return record_required(source, record, "name", &comparison->name, error) &&
           record_one_of(source, record, "kind", kinds, &comparison->kind, error) &&
           record_one_of(source, record, "verdict", verdicts, &comparison->verdict, error);
}

const FoldType fold_detail_types[] = {
    {"step-begin", fold_step_begin},
    {"step-end", fold_step_end},
    {"event", fold_event},
    {"evidence", fold_evidence},
    {"measure", fold_measure},
    {"comparison", fold_comparison},
    {NULL, NULL},
};

/* Attempts without details share one empty array: four each would be most of a long run's memory.
 */
static GPtrArray *no_details(void)
{
    static gsize made;
    static GPtrArray *none;

    if (g_once_init_enter(&made)) {
        none = g_ptr_array_new();
        g_once_init_leave(&made, 1);
    }
    return g_ptr_array_ref(none);
}

static void measure_free(gpointer data)
{
    ResultMeasure *measure = data;
    g_array_unref(measure->values);
    g_array_unref(measure->times_s);
    g_free(measure);
}

static void set_details(ResultAttempt *attempt, bool loaded)
{
    const struct {
        GPtrArray **array;
        GDestroyNotify free;
    } details[] = {
        {&attempt->steps, g_free},       {&attempt->events, g_free},
        {&attempt->evidence, g_free},    {&attempt->measures, measure_free},
        {&attempt->comparisons, g_free},
    };

    for (guint i = 0; i < G_N_ELEMENTS(details); i++) {
        if (*details[i].array)
            g_ptr_array_unref(*details[i].array);
        *details[i].array = loaded ? g_ptr_array_new_with_free_func(details[i].free) : no_details();
    }
}

void fold_new_details(ResultAttempt *attempt)
{
    set_details(attempt, true);
}

static void begin_details(ResultCase *result_case)
{
    result_case->details = g_string_chunk_new(1024);
    for (guint i = 0; i < result_case->attempts->len; i++)
        set_details(result_case->attempts->pdata[i], true);
}

bool fold_detail(Fold *fold, const FoldType *type, const cJSON *record, guint64 offset,
                 GError **error)
{
    GStringChunk *strings = fold->source.strings;
    ResultCase *result_case = NULL;

    if (!fold_find_case(fold, record, &result_case, error))
        return false;
    if (!result_case->details)
        begin_details(result_case);
    if (!result_case->lines)
        result_case->lines = g_array_new(FALSE, FALSE, sizeof offset);
    g_array_append_val(result_case->lines, offset);
    fold->source.strings = result_case->details;
    bool done = type->fold(fold, record, error);
    fold->source.strings = strings;
    return done && (type->fold != fold_event || fold_reuse(fold, record, error));
}

gssize fold_read_journal(const Result *result, guint64 offset, char *bytes, gsize length)
{
    if (result->memory) {
        gsize size = g_bytes_get_size(result->memory);
        gsize taken = offset < size ? MIN(length, size - offset) : 0;
        const char *from = g_bytes_get_data(result->memory, NULL);
        if (taken > 0)
            memcpy(bytes, from + offset, taken);
        return (gssize)taken;
    }
    gssize n;
    do
        n = pread(result->journal, bytes, length, (off_t)offset);
    while (n < 0 && errno == EINTR);
    return n;
}

/* --- reading them again --- */

static bool changed(const Result *result, GError **error)
{
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB,
                "the journal of run '%s' changed while its reports were being made", result->run);
    return false;
}

/* The line at `offset`, without its newline. */
static bool read_line(const Result *result, guint64 offset, GString *line, GError **error)
{
    g_string_set_size(line, 0);
    while (line->len <= LINE_BYTES_MAX) {
        gsize had = line->len, wanted = had ? had : 1024;
        g_string_set_size(line, had + wanted);
        gssize n = fold_read_journal(result, offset + had, line->str + had, wanted);
        if (n <= 0)
            return changed(result, error);
        const char *newline = memchr(line->str + had, '\n', (gsize)n);
        g_string_set_size(line, newline ? (gsize)(newline - line->str) : had + (gsize)n);
        if (newline)
            return true;
    }
    return changed(result, error);
}

static bool load_line(Fold *fold, const GString *line, GError **error)
{
    g_autoptr(cJSON) record = NULL;

    if (!json_parse(line->str, line->len, LINE_BYTES_MAX, fold->source.file, &record, NULL))
        return changed(fold->result, error);
    const char *type = json_string(record, "type", "");
    fold->time = json_string(record, "t", "");
    fold->ms = record_count(record, "ms", 0);
    for (const FoldType *known = fold_detail_types; known->type; known++)
        if (g_str_equal(type, known->type))
            return known->fold(fold, record, NULL) || changed(fold->result, error);
    return changed(fold->result, error);
}

bool result_load(const Result *result, ResultCase *result_case, GError **error)
{
    g_autoptr(GHashTable) cases = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GString) line = g_string_sized_new(4096);

    if (!result_case->lines)
        return true;
    result_unload(result_case);
    begin_details(result_case);
    g_hash_table_insert(cases, result_case->id, result_case);
    Fold fold = {
        .source = {.strings = result_case->details, .file = "journal.ndjson"},
        .result = (Result *)result,
        .cases = cases,
    };
    for (guint i = 0; i < result_case->lines->len; i++) {
        guint64 offset = g_array_index(result_case->lines, guint64, i);
        if (!read_line(result, offset, line, error) || !load_line(&fold, line, error))
            return false;
    }
    return true;
}

void result_unload(ResultCase *result_case)
{
    for (guint i = 0; i < result_case->attempts->len; i++)
        set_details(result_case->attempts->pdata[i], false);
    g_clear_pointer(&result_case->details, g_string_chunk_free);
}
