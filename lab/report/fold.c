/* SPDX-License-Identifier: GPL-2.0-or-later
 * Folds a run folder's plan and journal into a Result: the plan gives the cases, then each record
 * of the journal, in order, changes one of them.
 */
#include "report/result.h"

#include <string.h>

#include "report/record.h"
#include "report/clean.h"
#include "util/error.h"
#include "util/files.h"

#define PLAN_BYTES_MAX (64u << 20)
#define LINE_BYTES_MAX (1u << 20)
#define RUN_FORMAT 1
#define CASES_MAX 100000 /* planned and added */

typedef struct {
    Source source;
    Result *result;
    GHashTable *cases; /* id → ResultCase* */
    GHashTable *ended; /* set of ids with a case-end */
    char *time;        /* of the record under way */
    gint64 ms;         /* the same on the journal's own clock */
    gint64 earlier_ms; /* what the processes before this one took */
    gint64 latest_ms;
    bool began;
} Fold;

static void vendor_free(gpointer data)
{
    ResultVendor *vendor = data;
    g_ptr_array_unref(vendor->files);
    g_free(vendor);
}

static void attempt_free(gpointer data)
{
    ResultAttempt *attempt = data;
    g_ptr_array_unref(attempt->steps);
    g_ptr_array_unref(attempt->events);
    g_ptr_array_unref(attempt->findings);
    g_ptr_array_unref(attempt->evidence);
    g_free(attempt);
}

static void case_free(gpointer data)
{
    ResultCase *result_case = data;
    g_ptr_array_unref(result_case->vendors);
    g_ptr_array_unref(result_case->parameters);
    g_ptr_array_unref(result_case->attempts);
    g_free(result_case);
}

static Result *result_new(void)
{
    Result *result = g_new0(Result, 1);
    result->strings = g_string_chunk_new(4096);
    result->guests = g_ptr_array_new_with_free_func(g_free);
    result->vendors = g_ptr_array_new_with_free_func(vendor_free);
    result->cases = g_ptr_array_new_with_free_func(case_free);
    return result;
}

/* --- the plan --- */

static gint compare_texts(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void read_parameters(const Fold *fold, const cJSON *object, GPtrArray *parameters)
{
    const cJSON *item;

    cJSON_ArrayForEach (item, cJSON_GetObjectItemCaseSensitive(object, "parameters")) {
        g_autoptr(cJSON) pair = cJSON_CreateObject();
        g_autofree char *text =
            g_strdup_printf("%s=%s", item->string, cJSON_IsString(item) ? item->valuestring : "");
        cJSON_AddStringToObject(pair, "pair", text);
        g_ptr_array_add(parameters, record_text(&fold->source, pair, "pair"));
    }
    g_ptr_array_sort(parameters, compare_texts);
}

static bool read_planned_case(Fold *fold, const cJSON *object, GError **error)
{
    ResultCase *planned = g_new0(ResultCase, 1);

    planned->vendors = g_ptr_array_new();
    planned->parameters = g_ptr_array_new();
    planned->attempts = g_ptr_array_new_with_free_func(attempt_free);
    planned->state = CASE_NOT_RUN;
    g_ptr_array_add(fold->result->cases, planned);
    if (!record_required(&fold->source, object, "id", &planned->id, error) ||
        !record_required(&fold->source, object, "test", &planned->test, error) ||
        !record_required(&fold->source, object, "guest", &planned->guest, error))
        return false;
    planned->title = record_text_or_empty(&fold->source, object, "title");
    planned->why = record_text_or_empty(&fold->source, object, "why");
    planned->control = json_bool(object, "control", false);
    record_texts(&fold->source, object, "vendors", planned->vendors);
    read_parameters(fold, object, planned->parameters);
    if (!g_hash_table_insert(fold->cases, planned->id, planned))
        return source_fail(&fold->source, error, "the case '%s' stands there twice", planned->id);
    return true;
}

static bool read_plan(Fold *fold, const char *text, gsize length, GError **error)
{
    g_autoptr(cJSON) plan = NULL;
    const cJSON *item;

    if (!json_parse(text, length, PLAN_BYTES_MAX, fold->source.file, &plan, error))
        return false;
    if (json_int(plan, "format", 0) != RUN_FORMAT)
        return source_fail(&fold->source, error, "this is no plan of format %d", RUN_FORMAT);
    if (!cJSON_IsArray(cJSON_GetObjectItemCaseSensitive(plan, "cases")))
        return source_fail(&fold->source, error, "there is no list 'cases'");
    fold->result->scenario = record_text_or_empty(&fold->source, plan, "scenario");
    cJSON_ArrayForEach (item, cJSON_GetObjectItemCaseSensitive(plan, "cases")) {
        if (!read_planned_case(fold, item, error))
            return false;
    }
    return true;
}

/* --- the journal's records --- */

static bool find_case(const Fold *fold, const cJSON *record, ResultCase **ret_case, GError **error)
{
    const char *id = json_string(record, "case", "");
    ResultCase *found = g_hash_table_lookup(fold->cases, id);

    if (!found)
        return source_fail(&fold->source, error, "the plan has no case '%s'", id);
    *ret_case = found;
    return true;
}

static bool find_attempt(const Fold *fold, const cJSON *record, ResultAttempt **ret_attempt,
                         GError **error)
{
    ResultCase *result_case = NULL;
    gint64 number = json_int(record, "attempt", 0);

    if (!find_case(fold, record, &result_case, error))
        return false;
    if (number < 1 || number > result_case->attempts->len)
        return source_fail(&fold->source, error, "attempt %" G_GINT64_FORMAT " of '%s' never began",
                           number, result_case->id);
    ResultAttempt *attempt = result_case->attempts->pdata[number - 1];
    if (!attempt->ended)
        attempt->duration_ms = MAX(fold->ms - attempt->began_ms, 0);
    *ret_attempt = attempt;
    return true;
}

static bool fail_if_ended(const Fold *fold, const cJSON *record, GError **error)
{
    const char *id = json_string(record, "case", "");
    return !g_hash_table_contains(fold->ended, id) ||
           source_fail(&fold->source, error, "the case '%s' has ended before", id);
}

static bool read_files(const Fold *fold, const cJSON *object, GPtrArray *files, GError **error)
{
    const cJSON *item;

    cJSON_ArrayForEach (item, cJSON_GetObjectItemCaseSensitive(object, "files")) {
        ResultFile *file = g_new0(ResultFile, 1);
        g_ptr_array_add(files, file);
        file->file = record_text_or_empty(&fold->source, item, "file");
        if (!record_sha256(&fold->source, item, "sha256", &file->sha256, error))
            return false;
    }
    return true;
}

static bool read_guests_and_vendors(Fold *fold, const cJSON *record, GError **error)
{
    const Source *source = &fold->source;
    const cJSON *item;

    cJSON_ArrayForEach (item, cJSON_GetObjectItemCaseSensitive(record, "guests")) {
        ResultGuest *guest = g_new0(ResultGuest, 1);
        g_ptr_array_add(fold->result->guests, guest);
        guest->kind = record_text_or_empty(source, item, "kind");
        guest->title = record_text_or_empty(source, item, "title");
        guest->limits = record_text_or_empty(source, item, "limits");
        if (!record_required(source, item, "name", &guest->name, error) ||
            !record_sha256(source, item, "image_sha256", &guest->image_sha256, error))
            return false;
    }
    cJSON_ArrayForEach (item, cJSON_GetObjectItemCaseSensitive(record, "vendors")) {
        ResultVendor *vendor = g_new0(ResultVendor, 1);
        vendor->files = g_ptr_array_new_with_free_func(g_free);
        g_ptr_array_add(fold->result->vendors, vendor);
        vendor->title = record_text_or_empty(source, item, "title");
        if (!record_required(source, item, "name", &vendor->name, error) ||
            !read_files(fold, item, vendor->files, error))
            return false;
    }
    return true;
}

/* A resumed run begins again: the first record tells what was run, the later ones only go on. */
static bool fold_run_begin(Fold *fold, const cJSON *record, GError **error)
{
    Result *result = fold->result;
    const Source *source = &fold->source;

    if (json_int(record, "format", 0) != RUN_FORMAT)
        return source_fail(source, error, "this is no journal of format %d", RUN_FORMAT);
    if (fold->began) {
        result->ended = NULL;
        result->reason = NULL;
        result->outcome = g_string_chunk_insert(result->strings, "killed");
        return true;
    }
    fold->began = true;
    result->began = fold->time;
    result->truce = record_text_or_empty(source, record, "truce");

    const cJSON *scenario = cJSON_GetObjectItemCaseSensitive(record, "scenario");
    result->scenario_title = record_text_or_empty(source, scenario, "title");
    result->scenario_file = record_text_or_empty(source, scenario, "file");

    const cJSON *host = cJSON_GetObjectItemCaseSensitive(record, "host");
    result->host = (ResultHost){
        .libvirt = record_text_or_empty(source, host, "libvirt"),
        .qemu = record_text_or_empty(source, host, "qemu"),
        .accelerator = record_text_or_empty(source, host, "accelerator"),
        .kernel = record_text_or_empty(source, host, "kernel"),
        .cpus = record_count(host, "cpus", 0),
        .memory_mib = record_count(host, "memory_mib", 0),
    };
    return record_required(source, record, "run", &result->run, error) &&
           record_sha256(source, scenario, "sha256", &result->scenario_sha256, error) &&
           read_guests_and_vendors(fold, record, error);
}

/* A case that the run added by itself stands in every report as a planned one does. */
static bool fold_case_added(Fold *fold, const cJSON *record, GError **error)
{
    const cJSON *plan = cJSON_GetObjectItemCaseSensitive(record, "plan");
    const char *id = json_string(record, "case", "");
    const ResultCase *parent = g_hash_table_lookup(fold->cases, json_string(record, "parent", ""));

    if (!parent)
        return source_fail(&fold->source, error, "the plan has no case '%s'",
                           json_string(record, "parent", ""));
    if (!g_str_equal(id, json_string(plan, "id", "")))
        return source_fail(&fold->source, error, "the case '%s' is added as another", id);
    if (fold->result->cases->len >= CASES_MAX)
        return source_fail(&fold->source, error, "more than %d cases", CASES_MAX);
    if (!read_planned_case(fold, plan, error))
        return false;
    ResultCase *added = fold->result->cases->pdata[fold->result->cases->len - 1];
    added->parent = parent->id;
    added->why = record_text_or_empty(&fold->source, record, "reason");
    return true;
}

static bool fold_case_begin(Fold *fold, const cJSON *record, GError **error)
{
    ResultCase *result_case = NULL;
    return find_case(fold, record, &result_case, error) && fail_if_ended(fold, record, error);
}

static bool fold_attempt_begin(Fold *fold, const cJSON *record, GError **error)
{
    ResultCase *result_case = NULL;

    if (!fold_case_begin(fold, record, error) || !find_case(fold, record, &result_case, error))
        return false;
    if (json_int(record, "attempt", 0) != (gint64)result_case->attempts->len + 1)
        return source_fail(&fold->source, error, "the next attempt of '%s' is %u", result_case->id,
                           result_case->attempts->len + 1);
    ResultAttempt *attempt = g_new0(ResultAttempt, 1);
    attempt->number = result_case->attempts->len + 1;
    attempt->began = fold->time;
    attempt->began_ms = fold->ms;
    attempt->state = CASE_NOT_RUN;
    attempt->clone_ms = attempt->ready_ms = attempt->steps_ms = -1;
    attempt->evidence_ms = attempt->end_ms = -1;
    attempt->steps = g_ptr_array_new_with_free_func(g_free);
    attempt->events = g_ptr_array_new_with_free_func(g_free);
    attempt->findings = g_ptr_array_new_with_free_func(result_finding_free);
    attempt->evidence = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(result_case->attempts, attempt);
    return true;
}

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
    return find_attempt(fold, record, &attempt, error) &&
           add_step(fold, record, attempt, &step, error) &&
           record_time(&fold->source, record, "t", &step->began, error);
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

    if (!find_attempt(fold, record, &attempt, error))
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

    if (!find_attempt(fold, record, &attempt, error))
        return false;
    ResultEvent *event = g_new0(ResultEvent, 1);
    g_ptr_array_add(attempt->events, event);
    event->time = fold->time;
    event->text = record_text_or_empty(&fold->source, record, "text");
    return record_required(&fold->source, record, "kind", &event->kind, error);
}

static bool fold_evidence(Fold *fold, const cJSON *record, GError **error)
{
    static const char *const outcomes[] = {"collected", "unavailable", "failed", NULL};
    ResultAttempt *attempt = NULL;

    if (!find_attempt(fold, record, &attempt, error))
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

static bool fold_finding(Fold *fold, const cJSON *record, GError **error)
{
    ResultAttempt *attempt = NULL;
    ResultFinding *finding = NULL;

    if (!find_attempt(fold, record, &attempt, error) || !fail_if_ended(fold, record, error) ||
        !record_finding(&fold->source, cJSON_GetObjectItemCaseSensitive(record, "finding"),
                        &finding, error))
        return false;
    g_ptr_array_add(attempt->findings, finding);
    return true;
}

static bool read_state(const Fold *fold, const cJSON *record, const char *const *allowed,
                       CaseState *ret_state, GError **error)
{
    char *name = NULL;
    return record_one_of(&fold->source, record, "state", allowed, &name, error) &&
           case_state_from_name(name, ret_state);
}

static bool fold_attempt_end(Fold *fold, const cJSON *record, GError **error)
{
    static const char *const states[] = {"passed", "failed", "error", "not-run", NULL};
    const cJSON *timings = cJSON_GetObjectItemCaseSensitive(record, "timings");
    ResultAttempt *attempt = NULL;

    if (!find_attempt(fold, record, &attempt, error))
        return false;
    if (attempt->ended)
        return source_fail(&fold->source, error, "attempt %u of '%s' ends twice", attempt->number,
                           json_string(record, "case", ""));
    attempt->ended = fold->time;
    attempt->reason = record_text(&fold->source, record, "reason");
    attempt->clone_ms = record_count(timings, "clone_ms", -1);
    attempt->ready_ms = record_count(timings, "ready_ms", -1);
    attempt->steps_ms = record_count(timings, "steps_ms", -1);
    attempt->evidence_ms = record_count(timings, "evidence_ms", -1);
    attempt->end_ms = record_count(timings, "end_ms", -1);
    return read_state(fold, record, states, &attempt->state, error);
}

/* A verdict that its attempts do not bear out would be a lie in every report. */
static bool check_case_end(const Fold *fold, const ResultCase *result_case, GError **error)
{
    const ResultAttempt *deciding = result_deciding_attempt(result_case);
    const char *state = case_state_name(result_case->state);

    if (result_case->state == CASE_SKIPPED)
        return result_case->reason ||
               source_fail(&fold->source, error, "'%s' was skipped without a reason",
                           result_case->id);
    if (result_case->state == CASE_ERROR)
        return true;
    if (!deciding)
        return source_fail(&fold->source, error, "'%s' is %s, but no attempt of it ran to its end",
                           result_case->id, state);
    if (result_case->state != CASE_FLAKY && deciding->state != result_case->state)
        return source_fail(&fold->source, error, "'%s' is %s, but its attempt %u is %s",
                           result_case->id, state, deciding->number,
                           case_state_name(deciding->state));
    if (result_case->state == CASE_PASSED && deciding->findings->len > 0)
        return source_fail(&fold->source, error, "'%s' passed, but its attempt %u has findings",
                           result_case->id, deciding->number);
    return true;
}

static bool fold_case_end(Fold *fold, const cJSON *record, GError **error)
{
    static const char *const states[] = {"passed", "failed", "error", "flaky", "skipped", NULL};
    ResultCase *result_case = NULL;

    if (!find_case(fold, record, &result_case, error) || !fail_if_ended(fold, record, error))
        return false;
    g_hash_table_add(fold->ended, result_case->id);
    result_case->reason = record_text(&fold->source, record, "reason");
    return read_state(fold, record, states, &result_case->state, error) &&
           check_case_end(fold, result_case, error);
}

static bool fold_run_end(Fold *fold, const cJSON *record, GError **error)
{
    static const char *const outcomes[] = {"finished", "interrupted", "stopped", NULL};

    fold->result->ended = fold->time;
    fold->result->reason = record_text(&fold->source, record, "reason");
    return record_one_of(&fold->source, record, "outcome", outcomes, &fold->result->outcome, error);
}

/* --- the journal --- */

static const struct {
    const char *type;
    bool (*fold)(Fold *fold, const cJSON *record, GError **error);
} record_types[] = {
    {"run-begin", fold_run_begin},   {"case-added", fold_case_added},
    {"case-begin", fold_case_begin}, {"attempt-begin", fold_attempt_begin},
    {"step-begin", fold_step_begin}, {"step-end", fold_step_end},
    {"event", fold_event},           {"evidence", fold_evidence},
    {"finding", fold_finding},       {"attempt-end", fold_attempt_end},
    {"case-end", fold_case_end},     {"run-end", fold_run_end},
};

static bool fold_record(Fold *fold, const cJSON *record, GError **error)
{
    const char *type = json_string(record, "type", "");
    bool begins = g_str_equal(type, "run-begin");

    fold->ms = record_count(record, "ms", -1);
    if (fold->ms < 0 || *type == '\0')
        return source_fail(&fold->source, error, "a record has a 'type' and a number 'ms'");
    if (!record_time(&fold->source, record, "t", &fold->time, error))
        return false;
    if (!fold->began && !begins)
        return source_fail(&fold->source, error, "the first record is '%s', not 'run-begin'", type);
    if (begins) {
        fold->earlier_ms += fold->latest_ms;
        fold->latest_ms = 0;
    }
    fold->latest_ms = MAX(fold->latest_ms, fold->ms);

    for (guint i = 0; i < G_N_ELEMENTS(record_types); i++)
        if (g_str_equal(type, record_types[i].type))
            return record_types[i].fold(fold, record, error);
    return true;
}

static bool fold_line(Fold *fold, const char *line, gsize length, GError **error)
{
    g_autoptr(cJSON) record = NULL;

    if (length > LINE_BYTES_MAX)
        return source_fail(&fold->source, error, "the line is longer than %u bytes",
                           LINE_BYTES_MAX);
    if (!json_parse(line, length, LINE_BYTES_MAX, fold->source.file, &record, NULL) ||
        !cJSON_IsObject(record))
        return source_fail(&fold->source, error, "this line is no JSON object");
    return fold_record(fold, record, error);
}

/* What follows the last newline was torn off when the run was killed. */
static bool fold_journal(Fold *fold, const char *text, gsize length, GError **error)
{
    const char *end = text + length;
    const char *newline;

    for (; text < end && (newline = memchr(text, '\n', (gsize)(end - text))); text = newline + 1) {
        fold->source.line++;
        if (!fold_line(fold, text, (gsize)(newline - text), error))
            return false;
    }
    return true;
}

static char *not_run_reason(const Result *result, const ResultCase *result_case)
{
    const char *when =
        result_case->attempts->len > 0 ? "while this case was under way" : "before this case began";

    if (g_str_equal(result->outcome, "finished"))
        return g_strdup("the run finished without an end of this case");
    return g_strdup_printf("the run was %s %s%s%s", result->outcome, when,
                           result->reason ? ": " : "", result->reason ? result->reason : "");
}

static void conclude(Fold *fold)
{
    Result *result = fold->result;

    result->duration_ms = fold->earlier_ms + fold->latest_ms;
    for (guint i = 0; i < result->cases->len; i++) {
        ResultCase *result_case = result->cases->pdata[i];
        const ResultAttempt *deciding = result_deciding_attempt(result_case);
        if (result_case->state == CASE_NOT_RUN) {
            g_autofree char *reason = not_run_reason(result, result_case);
            result_case->reason = g_string_chunk_insert(result->strings, reason);
        }
        result->counts[result_case->state]++;
        result->findings += deciding ? deciding->findings->len : 0;
    }
}

static Result *result_empty(void)
{
    Result *result = result_new();
    char *none = g_string_chunk_insert(result->strings, "");

    result->run = result->truce = none;
    result->scenario = result->scenario_title = result->scenario_file = none;
    result->host.libvirt = result->host.qemu = none;
    result->host.accelerator = result->host.kernel = none;
    result->outcome = g_string_chunk_insert(result->strings, "killed");
    return result;
}

static bool parse(const char *plan, gsize plan_length, const char *plan_name, const char *journal,
                  gsize journal_length, const char *journal_name, Result **ret_result,
                  GError **error)
{
    g_autoptr(Result) result = result_empty();
    g_autoptr(GHashTable) cases = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) ended = g_hash_table_new(g_str_hash, g_str_equal);
    Fold fold = {
        .source = {.result = result, .file = plan_name},
        .result = result,
        .cases = cases,
        .ended = ended,
    };

    if (!read_plan(&fold, plan, plan_length, error))
        return false;
    fold.source.file = journal_name;
    if (!fold_journal(&fold, journal, journal_length, error))
        return false;
    conclude(&fold);
    *ret_result = g_steal_pointer(&result);
    return true;
}

bool result_parse(const char *plan, gsize plan_length, const char *journal, gsize journal_length,
                  Result **ret_result, GError **error)
{
    return parse(plan, plan_length, "plan.json", journal, journal_length, "journal.ndjson",
                 ret_result, error);
}

bool result_read(const char *run_folder, Result **ret_result, GError **error)
{
    g_autofree char *plan_path = g_build_filename(run_folder, "plan.json", NULL);
    g_autofree char *journal_path = g_build_filename(run_folder, "journal.ndjson", NULL);
    g_autofree char *plan = NULL;
    gsize plan_length;
    g_autoptr(GError) cause = NULL;
    g_autoptr(Result) result = NULL;

    if (!files_read(plan_path, PLAN_BYTES_MAX, &plan, &plan_length, error))
        return false;
    g_autoptr(GMappedFile) journal = g_mapped_file_new(journal_path, FALSE, &cause);
    if (!journal) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "cannot read '%s': %s", journal_path,
                    cause->message);
        return false;
    }
    const char *text = g_mapped_file_get_contents(journal);
    if (!parse(plan, plan_length, plan_path, text ? text : "", g_mapped_file_get_length(journal),
               journal_path, &result, error))
        return false;
    result->folder = g_string_chunk_insert(result->strings, run_folder);
    if (*result->run == '\0') {
        g_autofree char *folder = g_path_get_basename(run_folder);
        g_autofree char *name = clean_text(folder);
        result->run = g_string_chunk_insert(result->strings, name);
    }
    *ret_result = g_steal_pointer(&result);
    return true;
}
