/* SPDX-License-Identifier: GPL-2.0-or-later
 * Folds a run folder's plan and journal into a Result: the plan gives the cases, then each record
 * of the journal, in order, changes one of them.
 */
#include "report/fold.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "report/clean.h"
#include "util/error.h"
#include "util/files.h"
#include "util/redact.h"

#define PLAN_BYTES_MAX (64u << 20)
#define RUN_FORMAT 1
#define HOSTS_OUT_MAX 1000
#define CASES_MAX 100000 /* planned and added */
#define PIECE_BYTES (1u << 20)
#define SPARED_MS_MAX (G_GINT64_CONSTANT(1) << 40) /* by one state: sums do not overflow */

static void guest_free(gpointer data)
{
    ResultGuest *guest = data;
    g_ptr_array_unref(guest->deviations);
    g_ptr_array_unref(guest->environment);
    g_free(guest->selftest);
    g_free(guest);
}

static void requirement_free(gpointer data)
{
    ResultRequirement *requirement = data;
    g_ptr_array_unref(requirement->cases);
    g_free(requirement);
}

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
    g_ptr_array_unref(attempt->mutations);
    g_ptr_array_unref(attempt->evidence);
    g_ptr_array_unref(attempt->measures);
    g_ptr_array_unref(attempt->comparisons);
    g_free(attempt);
}

static void case_free(gpointer data)
{
    ResultCase *result_case = data;
    g_ptr_array_unref(result_case->vendors);
    g_ptr_array_unref(result_case->parameters);
    g_ptr_array_unref(result_case->requirements);
    g_ptr_array_unref(result_case->faults);
    g_ptr_array_unref(result_case->attempts);
    if (result_case->lines)
        g_array_unref(result_case->lines);
    if (result_case->details)
        g_string_chunk_free(result_case->details);
    g_free(result_case);
}

static Result *result_new(void)
{
    Result *result = g_new0(Result, 1);
    result->strings = g_string_chunk_new(4096);
    result->guests = g_ptr_array_new_with_free_func(guest_free);
    result->vendors = g_ptr_array_new_with_free_func(vendor_free);
    result->cases = g_ptr_array_new_with_free_func(case_free);
    result->requirements = g_ptr_array_new_with_free_func(requirement_free);
    result->host.out = g_ptr_array_new();
    result->journal = -1;
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
        g_autofree char *text =
            g_strdup_printf("%s=%s", item->string, cJSON_IsString(item) ? item->valuestring : "");
        g_ptr_array_add(parameters, source_keep(&fold->source, text));
    }
    g_ptr_array_sort(parameters, compare_texts);
}

static bool read_planned_case(Fold *fold, const cJSON *object, GError **error)
{
    ResultCase *planned = g_new0(ResultCase, 1);

    planned->vendors = g_ptr_array_new();
    planned->requirements = g_ptr_array_new();
    planned->faults = g_ptr_array_new();
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
    record_texts(&fold->source, object, "requirements", planned->requirements);
    record_texts(&fold->source, object, "faults", planned->faults);
    read_parameters(fold, object, planned->parameters);
    if (!g_hash_table_insert(fold->cases, planned->id, planned))
        return source_fail(&fold->source, error, "the case '%s' stands there twice", planned->id);
    return true;
}

static bool read_plan_element(const cJSON *element, gpointer data, GError **error)
{
    return read_planned_case(data, element, error);
}

static ResultRequirement *add_requirement(Result *result, char *id, char *title)
{
    ResultRequirement *requirement = g_new0(ResultRequirement, 1);

    requirement->id = id;
    requirement->title = title;
    requirement->cases = g_ptr_array_new();
    g_ptr_array_add(result->requirements, requirement);
    return requirement;
}

/* `[{"id": "R1", "title": "…"}, …]` */
static bool read_requirements(Fold *fold, const cJSON *catalogue, GError **error)
{
    const cJSON *item;

    cJSON_ArrayForEach (item, catalogue) {
        char *id = NULL, *title = record_text_or_empty(&fold->source, item, "title");
        if (!record_required(&fold->source, item, "id", &id, error))
            return false;
        add_requirement(fold->result, id, title);
    }
    return true;
}

static bool read_plan(Fold *fold, const char *text, gsize length, GError **error)
{
    g_autoptr(cJSON) plan = NULL;

    if (!json_parse_elements(text, length, fold->source.file, "cases", read_plan_element, fold,
                             &plan, error))
        return false;
    if (json_int(plan, "format", 0) != RUN_FORMAT)
        return source_fail(&fold->source, error, "this is no plan of format %d", RUN_FORMAT);
    fold->result->scenario = record_text_or_empty(&fold->source, plan, "scenario");
    fold->result->planned = record_count(plan, "planned", 0);
    return read_requirements(fold, cJSON_GetObjectItemCaseSensitive(plan, "requirements"), error);
}

/* --- the journal's records --- */

/* A case by its id as the journal has it: cases are known by what reports say of it. */
static ResultCase *look_up(const Fold *fold, const char *id)
{
    g_autofree char *said = redact_text(id);
    return g_hash_table_lookup(fold->cases, said);
}

bool fold_find_case(const Fold *fold, const cJSON *record, ResultCase **ret_case, GError **error)
{
    const char *id = json_string(record, "case", "");
    ResultCase *found = look_up(fold, id);

    if (!found)
        return source_fail(&fold->source, error, "the plan has no case '%s'", id);
    *ret_case = found;
    return true;
}

bool fold_find_attempt(const Fold *fold, const cJSON *record, ResultAttempt **ret_attempt,
                       GError **error)
{
    ResultCase *result_case = NULL;
    gint64 number = json_int(record, "attempt", 0);

    if (!fold_find_case(fold, record, &result_case, error))
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
    const ResultCase *result_case = look_up(fold, json_string(record, "case", ""));
    return !result_case || !g_hash_table_contains(fold->ended, result_case->id) ||
           source_fail(&fold->source, error, "the case '%s' has ended before", result_case->id);
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

static bool is_other(const char *one, const char *other)
{
    return one && *one && other && *other && !g_str_equal(one, other);
}

/* `record` is the run's. */
static ResultSelftest *read_selftest(const Source *source, const cJSON *record, const cJSON *guest)
{
    const cJSON *object = cJSON_GetObjectItemCaseSensitive(guest, "selftest");

    if (!cJSON_IsObject(object))
        return NULL;
    ResultSelftest *selftest = g_new0(ResultSelftest, 1);
    selftest->time = record_text_or_empty(source, object, "time");
    selftest->truce = record_text_or_empty(source, object, "truce");
    selftest->other_image = is_other(json_string(object, "image_sha256", NULL),
                                     json_string(guest, "image_sha256", NULL));
    selftest->other_truce = is_other(selftest->truce, json_string(record, "truce", NULL));
    selftest->quick = json_bool(object, "quick", false);
    selftest->passed = json_bool(object, "passed", false);
    selftest->faults = record_count(object, "faults", 0);
    selftest->found = record_count(object, "found", 0);
    selftest->healthy = record_count(object, "healthy", 0);
    selftest->quiet = record_count(object, "quiet", 0);
    return selftest;
}

static void read_environment(const Source *source, const cJSON *guest, GPtrArray *facts)
{
    const cJSON *item;

    cJSON_ArrayForEach (item, cJSON_GetObjectItemCaseSensitive(guest, "environment")) {
        ResultFact *fact = g_new0(ResultFact, 1);
        fact->name = record_text_or_empty(source, item, "name");
        fact->value = record_text_or_empty(source, item, "value");
        g_ptr_array_add(facts, fact);
    }
}

static bool read_guests_and_vendors(const Fold *fold, const cJSON *record, GPtrArray *guests,
                                    GPtrArray *vendors, GError **error)
{
    const Source *source = &fold->source;
    const cJSON *item;

    cJSON_ArrayForEach (item, cJSON_GetObjectItemCaseSensitive(record, "guests")) {
        ResultGuest *guest = g_new0(ResultGuest, 1);
        guest->deviations = g_ptr_array_new();
        guest->environment = g_ptr_array_new_with_free_func(g_free);
        g_ptr_array_add(guests, guest);
        record_texts(source, item, "deviations", guest->deviations);
        read_environment(source, item, guest->environment);
        guest->selftest = read_selftest(source, record, item);
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
        g_ptr_array_add(vendors, vendor);
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
        g_autoptr(GPtrArray) guests = g_ptr_array_new_with_free_func(guest_free);
        g_autoptr(GPtrArray) vendors = g_ptr_array_new_with_free_func(vendor_free);
        result->ended = NULL;
        result->reason = NULL;
        result->outcome = g_string_chunk_insert(result->strings, "killed");
        return read_guests_and_vendors(fold, record, guests, vendors, error);
    }
    fold->began = true;
    result->began = source_keep(source, fold->time);
    result->truce = record_text_or_empty(source, record, "truce");

    const cJSON *scenario = cJSON_GetObjectItemCaseSensitive(record, "scenario");
    result->scenario_title = record_text_or_empty(source, scenario, "title");
    result->scenario_file = record_text_or_empty(source, scenario, "file");
    result->scenario_path = record_text(source, scenario, "path");
    result->lab_path = record_text(source, scenario, "lab");

    const cJSON *host = cJSON_GetObjectItemCaseSensitive(record, "host");
    result->host = (ResultHost){
        .out = result->host.out,
        .libvirt = record_text_or_empty(source, host, "libvirt"),
        .qemu = record_text_or_empty(source, host, "qemu"),
        .accelerator = record_text_or_empty(source, host, "accelerator"),
        .kernel = record_text_or_empty(source, host, "kernel"),
        .cpus = record_count(host, "cpus", 0),
        .memory_mib = record_count(host, "memory_mib", 0),
    };
    return record_required(source, record, "run", &result->run, error) &&
           record_sha256(source, scenario, "sha256", &result->scenario_sha256, error) &&
           read_guests_and_vendors(fold, record, result->guests, result->vendors, error);
}

/* A case that the run added by itself stands in every report as a planned one does. */
static bool fold_case_added(Fold *fold, const cJSON *record, GError **error)
{
    const cJSON *plan = cJSON_GetObjectItemCaseSensitive(record, "plan");
    const char *id = json_string(record, "case", "");
    const ResultCase *parent = look_up(fold, json_string(record, "parent", ""));

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
    return fold_find_case(fold, record, &result_case, error) && fail_if_ended(fold, record, error);
}

static bool fold_attempt_begin(Fold *fold, const cJSON *record, GError **error)
{
    ResultCase *result_case = NULL;

    if (!fold_case_begin(fold, record, error) || !fold_find_case(fold, record, &result_case, error))
        return false;
    if (json_int(record, "attempt", 0) != (gint64)result_case->attempts->len + 1)
        return source_fail(&fold->source, error, "the next attempt of '%s' is %u", result_case->id,
                           result_case->attempts->len + 1);
    ResultAttempt *attempt = g_new0(ResultAttempt, 1);
    attempt->number = result_case->attempts->len + 1;
    attempt->began = source_keep(&fold->source, fold->time);
    attempt->began_ms = fold->ms;
    attempt->state = CASE_NOT_RUN;
    attempt->clone_ms = attempt->ready_ms = attempt->steps_ms = -1;
    attempt->evidence_ms = attempt->end_ms = -1;
    fold_new_details(attempt);
    attempt->findings = g_ptr_array_new_with_free_func(result_finding_free);
    attempt->mutations = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(result_case->attempts, attempt);
    return true;
}

bool fold_reuse(Fold *fold, const cJSON *record, GError **error)
{
    const char *kind = json_string(record, "kind", "");
    ResultAttempt *attempt = NULL;

    if (!fold_find_attempt(fold, record, &attempt, error))
        return false;
    /* Journals of before do not say which state, nor by whom: then nothing is said of it. */
    attempt->saved += g_str_equal(kind, "saved") && cJSON_HasObjectItem(record, "state");
    if (!g_str_equal(kind, "shared") || !cJSON_HasObjectItem(record, "by"))
        return true;
    const ResultCase *by = look_up(fold, json_string(record, "by", ""));
    if (!by)
        return source_fail(&fold->source, error, "a shared state is by a case of the plan");
    attempt->began_with = record_text_or_empty(&fold->source, record, "state");
    attempt->saved_by = by->id;
    attempt->spared_ms = MIN(record_count(record, "spared_ms", 0), SPARED_MS_MAX);
    return true;
}

static bool fold_finding(Fold *fold, const cJSON *record, GError **error)
{
    ResultAttempt *attempt = NULL;
    ResultFinding *finding = NULL;

    if (!fold_find_attempt(fold, record, &attempt, error) || !fail_if_ended(fold, record, error) ||
        !record_finding(&fold->source, cJSON_GetObjectItemCaseSensitive(record, "finding"),
                        &finding, error))
        return false;
    g_ptr_array_add(attempt->findings, finding);
    return true;
}

static bool fold_mutation(Fold *fold, const cJSON *record, GError **error)
{
    static const char *const answers[] = {"applied", "refused", "failed", NULL};
    const Source *source = &fold->source;
    ResultAttempt *attempt = NULL;

    if (!fold_find_attempt(fold, record, &attempt, error) || !fail_if_ended(fold, record, error))
        return false;
    ResultMutation *mutation = g_new0(ResultMutation, 1);
    g_ptr_array_add(attempt->mutations, mutation);
    mutation->step = record_text_or_empty(source, record, "step");
    mutation->text = record_text_or_empty(source, record, "text");
    return record_required(source, record, "target", &mutation->target, error) &&
           record_required(source, record, "damage", &mutation->damage, error) &&
           (!record_text(source, record, "answer") ||
            record_one_of(source, record, "answer", answers, &mutation->answer, error));
}

/* What experiments found out about a finding that stands already; it replaces the first judgement.
 */
static bool fold_blame(Fold *fold, const cJSON *record, GError **error)
{
    static const char *const confidences[] = {"unknown", "low", "medium", "high", NULL};
    const char *id = json_string(record, "finding", "");
    ResultAttempt *attempt = NULL;
    ResultFinding *finding = NULL;

    if (!fold_find_attempt(fold, record, &attempt, error))
        return false;
    for (guint i = 0; i < attempt->findings->len; i++) {
        ResultFinding *candidate = attempt->findings->pdata[i];
        if (g_str_equal(candidate->id, id))
            finding = candidate;
    }
    if (!finding)
        return source_fail(&fold->source, error, "there is no finding '%s' to blame anybody for",
                           id);
    g_ptr_array_set_size(finding->vendors, 0);
    g_ptr_array_set_size(finding->reasons, 0);
    record_texts(&fold->source, record, "vendors", finding->vendors);
    record_texts(&fold->source, record, "reasons", finding->reasons);
    return record_one_of(&fold->source, record, "confidence", confidences, &finding->confidence,
                         error);
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

    if (!fold_find_attempt(fold, record, &attempt, error))
        return false;
    if (attempt->ended)
        return source_fail(&fold->source, error, "attempt %u of '%s' ends twice", attempt->number,
                           json_string(record, "case", ""));
    attempt->ended = source_keep(&fold->source, fold->time);
    attempt->reason = record_text(&fold->source, record, "reason");
    attempt->inconclusive = json_bool(record, "inconclusive", false);
    attempt->clone_ms = record_count(timings, "clone_ms", -1);
    attempt->ready_ms = record_count(timings, "ready_ms", -1);
    attempt->steps_ms = record_count(timings, "steps_ms", -1);
    attempt->evidence_ms = record_count(timings, "evidence_ms", -1);
    attempt->end_ms = record_count(timings, "end_ms", -1);
    return read_state(fold, record, states, &attempt->state, error);
}

/* Of one that did not end: the process that made it knew nothing of that. */
static bool fold_attempt_cut(Fold *fold, const cJSON *record, GError **error)
{
    ResultAttempt *attempt = NULL;

    if (!fold_find_attempt(fold, record, &attempt, error))
        return false;
    if (attempt->ended)
        return source_fail(&fold->source, error, "attempt %u of '%s' has ended", attempt->number,
                           json_string(record, "case", ""));
    attempt->reason = record_text(&fold->source, record, "reason");
    return true;
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

    if (!fold_find_case(fold, record, &result_case, error) || !fail_if_ended(fold, record, error))
        return false;
    g_hash_table_add(fold->ended, result_case->id);
    result_case->reason = record_text(&fold->source, record, "reason");
    result_unload(result_case);
    return read_state(fold, record, states, &result_case->state, error) &&
           check_case_end(fold, result_case, error);
}

static bool fold_run_end(Fold *fold, const cJSON *record, GError **error)
{
    static const char *const outcomes[] = {"finished", "interrupted", "stopped", NULL};

    fold->result->ended = source_keep(&fold->source, fold->time);
    fold->result->reason = record_text(&fold->source, record, "reason");
    return record_one_of(&fold->source, record, "outcome", outcomes, &fold->result->outcome, error);
}

static bool fold_host_out(Fold *fold, const cJSON *record, GError **error)
{
    const Source *source = &fold->source;
    g_autofree char *text = g_strdup_printf("%s: %s", record_text_or_empty(source, record, "name"),
                                            record_text_or_empty(source, record, "reason"));
    (void)error;

    if (fold->result->host.out->len < HOSTS_OUT_MAX)
        g_ptr_array_add(fold->result->host.out, g_string_chunk_insert(fold->result->strings, text));
    return true;
}

/* --- the journal --- */

static const FoldType record_types[] = {
    {"run-begin", fold_run_begin},
    {"case-added", fold_case_added},
    {"case-begin", fold_case_begin},
    {"attempt-begin", fold_attempt_begin},
    {"finding", fold_finding},
    {"blame", fold_blame},
    {"attempt-end", fold_attempt_end},
    {"case-end", fold_case_end},
    {"run-end", fold_run_end},
    {"mutation", fold_mutation},
    {"attempt-cut", fold_attempt_cut},
    {"host-out", fold_host_out},
    {NULL, NULL},
};

static bool fold_record(Fold *fold, const cJSON *record, guint64 offset, GError **error)
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
        fold->earlier_ms = MIN(fold->earlier_ms + fold->latest_ms, JSON_INT_MAX);
        fold->latest_ms = 0;
    }
    fold->latest_ms = MAX(fold->latest_ms, fold->ms);

    for (const FoldType *known = record_types; known->type; known++)
        if (g_str_equal(type, known->type))
            return known->fold(fold, record, error);
    for (const FoldType *known = fold_detail_types; known->type; known++)
        if (g_str_equal(type, known->type))
            return fold_detail(fold, known, record, offset, error);
    return true;
}

static bool fold_line(Fold *fold, const char *line, gsize length, guint64 offset, GError **error)
{
    g_autoptr(cJSON) record = NULL;

    fold->source.line++;
    if (length > LINE_BYTES_MAX)
        return source_fail(&fold->source, error, "the line is longer than %u bytes",
                           LINE_BYTES_MAX);
    if (!json_parse(line, length, LINE_BYTES_MAX, fold->source.file, &record, NULL) ||
        !cJSON_IsObject(record))
        return source_fail(&fold->source, error, "this line is no JSON object");
    return fold_record(fold, record, offset, error);
}

/* Folds the whole lines of a piece that begins at `offset`; returns how many bytes they take. */
static bool fold_piece(Fold *fold, const char *piece, gsize length, guint64 offset, gsize *ret_used,
                       GError **error)
{
    const char *at = piece, *end = piece + length, *newline;

    for (; at < end && (newline = memchr(at, '\n', (gsize)(end - at))); at = newline + 1)
        if (!fold_line(fold, at, (gsize)(newline - at), offset + (guint64)(at - piece), error))
            return false;
    *ret_used = (gsize)(at - piece);
    return true;
}

/* What follows the last newline was torn off when the run was killed. */
static bool fold_journal(Fold *fold, GError **error)
{
    const gsize size = LINE_BYTES_MAX + PIECE_BYTES;
    g_autofree char *piece = g_malloc(size);
    guint64 offset = 0;
    gsize kept = 0;
    gssize n;

    while ((n = fold_read_journal(fold->result, offset + kept, piece + kept, size - kept)) > 0) {
        gsize used = 0;
        kept += (gsize)n;
        if (!fold_piece(fold, piece, kept, offset, &used, error))
            return false;
        kept -= used;
        offset += used;
        memmove(piece, piece + used, kept);
        if (kept > LINE_BYTES_MAX) {
            fold->source.line++;
            return source_fail(&fold->source, error, "the line is longer than %u bytes",
                               LINE_BYTES_MAX);
        }
    }
    return n == 0 || source_fail(&fold->source, error, "cannot be read: %s", g_strerror(errno));
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

/* A part of a plan meets none: what else there is evidence for or against is in another part. */
static RequirementState judge_requirement(const Result *result,
                                          const ResultRequirement *requirement)
{
    guint counts[CASE_STATES] = {0};

    for (guint i = 0; i < requirement->cases->len; i++)
        counts[((const ResultCase *)requirement->cases->pdata[i])->state]++;
    if (counts[CASE_FAILED] + counts[CASE_FLAKY] > 0)
        return REQUIREMENT_NOT_MET;
    if (counts[CASE_PASSED] == 0 || counts[CASE_ERROR] + counts[CASE_NOT_RUN] > 0 ||
        result_elsewhere(result) > 0)
        return REQUIREMENT_NOT_TESTED;
    return REQUIREMENT_MET;
}

static void judge_requirements(Result *result)
{
    g_autoptr(GHashTable) by_id = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < result->requirements->len; i++) {
        ResultRequirement *requirement = result->requirements->pdata[i];
        g_hash_table_insert(by_id, requirement->id, requirement);
    }
    for (guint i = 0; i < result->cases->len; i++) {
        ResultCase *result_case = result->cases->pdata[i];
        for (guint j = 0; j < result_case->requirements->len; j++) {
            char *id = result_case->requirements->pdata[j];
            ResultRequirement *requirement = g_hash_table_lookup(by_id, id);
            if (!requirement) {
                requirement =
                    add_requirement(result, id, g_string_chunk_insert(result->strings, ""));
                g_hash_table_insert(by_id, requirement->id, requirement);
            }
            g_ptr_array_add(requirement->cases, result_case);
        }
    }
    for (guint i = 0; i < result->requirements->len; i++) {
        ResultRequirement *requirement = result->requirements->pdata[i];
        requirement->state = judge_requirement(result, requirement);
    }
}

static void add_reuse(const ResultCase *result_case, ResultReuse *sums)
{
    for (guint i = 0; i < result_case->attempts->len; i++) {
        const ResultAttempt *attempt = result_case->attempts->pdata[i];
        sums->saved += attempt->saved;
        sums->used += attempt->began_with != NULL;
        sums->spared_ms += attempt->spared_ms;
    }
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
        result_unload(result_case);
        result->counts[result_case->state]++;
        add_reuse(result_case, &result->reuse);
        result->findings += deciding ? deciding->findings->len : 0;
    }
    judge_requirements(result);
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

/* The plan, then the journal that `result` already has open; a result that fails half-way is
 * thrown away. */
static bool fold_all(Result *result, const char *plan, gsize plan_length, const char *plan_name,
                     const char *journal_name, GError **error)
{
    g_autoptr(GHashTable) cases = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) ended = g_hash_table_new(g_str_hash, g_str_equal);
    Fold fold = {
        .source = {.strings = result->strings, .file = plan_name},
        .result = result,
        .cases = cases,
        .ended = ended,
    };

    if (!read_plan(&fold, plan, plan_length, error))
        return false;
    fold.source.file = journal_name;
    if (!fold_journal(&fold, error))
        return false;
    conclude(&fold);
    return true;
}

bool result_parse(const char *plan, gsize plan_length, const char *journal, gsize journal_length,
                  Result **ret_result, GError **error)
{
    g_autoptr(Result) result = result_empty();

    result->memory = g_bytes_new(journal, journal_length);
    if (!fold_all(result, plan, plan_length, "plan.json", "journal.ndjson", error))
        return false;
    *ret_result = g_steal_pointer(&result);
    return true;
}

bool result_read(const char *run_folder, Result **ret_result, GError **error)
{
    g_autofree char *plan_path = g_build_filename(run_folder, "plan.json", NULL);
    g_autofree char *journal_path = g_build_filename(run_folder, "journal.ndjson", NULL);
    g_autofree char *plan = NULL;
    gsize plan_length;
    g_autoptr(Result) result = result_empty();

    if (!files_read(plan_path, PLAN_BYTES_MAX, &plan, &plan_length, error))
        return false;
    result->journal = open(journal_path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (result->journal < 0) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "cannot read '%s': %s", journal_path,
                    g_strerror(errno));
        return false;
    }
    if (!fold_all(result, plan, plan_length, plan_path, journal_path, error))
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
