/* SPDX-License-Identifier: GPL-2.0-or-later
 * The past of a run that is resumed.
 */
#include "run/past.h"

#include <string.h>

#include "plan/plan-case.h"
#include "report/result.h"
#include "util/error.h"
#include "util/json.h"

#define LINE_BYTES_MAX (1u << 20)

typedef struct {
    const Scenario *scenario;
    Measures *measures;
    GHashTable *plan; /* id → const PlanCase*: planned and added */
    Past *past;
} Reader;

static void past_case_free(gpointer data)
{
    PastCase *past_case = data;
    g_free(past_case->reason);
    g_free(past_case);
}

void past_free(Past *past)
{
    if (!past)
        return;
    cJSON_Delete(past->began);
    g_free(past->node);
    g_hash_table_unref(past->cases);
    g_ptr_array_unref(past->added);
    g_free(past);
}

const PastCase *past_case(const Past *past, const char *id)
{
    return g_hash_table_lookup(past->cases, id);
}

static const Test *find_test(const Scenario *scenario, const char *name)
{
    for (guint i = 0; i < scenario->tests->len; i++) {
        const Test *test = scenario->tests->pdata[i];
        if (g_str_equal(test->name, name))
            return test;
    }
    return NULL;
}

static bool read_added(Reader *reader, const cJSON *record, GError **error)
{
    const cJSON *plan = cJSON_GetObjectItemCaseSensitive(record, "plan");
    const char *wrong = NULL;
    g_autoptr(PlanCase) plan_case = NULL;

    if (plan_case_from_json(plan, &plan_case, &wrong)) {
        plan_case->test = find_test(reader->scenario, plan_case->test_name);
        if (!plan_case->test)
            wrong = "the scenario has no such test";
    }
    if (wrong) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "the case '%s', which the run added, cannot be run again: %s",
                    json_string(record, "case", ""), wrong);
        return false;
    }
    g_hash_table_insert(reader->plan, plan_case->id, plan_case);
    g_ptr_array_add(reader->past->added, g_steal_pointer(&plan_case));
    return true;
}

static PastCase *get_case(Past *past, const char *id)
{
    PastCase *past_case = g_hash_table_lookup(past->cases, id);

    if (!past_case) {
        past_case = g_new0(PastCase, 1);
        g_hash_table_insert(past->cases, g_strdup(id), past_case);
    }
    return past_case;
}

static void read_attempt_end(PastCase *past_case, const cJSON *record)
{
    CaseState state = CASE_NOT_RUN;

    past_case->cut = 0;
    case_state_from_name(json_string(record, "state", ""), &state);
    verdict_add(&past_case->verdict, state, json_bool(record, "inconclusive", false));
    if (state == CASE_NOT_RUN)
        return;
    g_free(past_case->reason);
    past_case->reason = g_strdup(json_string(record, "reason", NULL));
}

/* The journal was found right before: whatever a record names is there. */
static bool read_record(Reader *reader, const cJSON *record, GError **error)
{
    const char *type = json_string(record, "type", "");
    const char *id = json_string(record, "case", "");
    PastCase *past_case;

    if (g_str_equal(type, "case-added"))
        return read_added(reader, record, error);
    if (g_str_equal(type, "run-begin")) {
        if (!reader->past->began)
            reader->past->began = cJSON_Duplicate(record, true);
        const cJSON *host = cJSON_GetObjectItemCaseSensitive(record, "host");
        g_free(reader->past->node);
        reader->past->node = g_strdup(json_string(host, "node", NULL));
        return true;
    }
    const PlanCase *plan_case = g_hash_table_lookup(reader->plan, id);
    if (!plan_case)
        return true;
    past_case = get_case(reader->past, plan_case->id);
    if (g_str_equal(type, "attempt-begin")) {
        past_case->verdict.begun++;
        past_case->cut = past_case->verdict.begun;
    } else if (g_str_equal(type, "attempt-end")) {
        read_attempt_end(past_case, record);
    } else if (g_str_equal(type, "measure")) {
        measures_replay(reader->measures, plan_case, record);
    } else if (g_str_equal(type, "case-end")) {
        past_case->ended =
            case_state_from_name(json_string(record, "state", ""), &past_case->state);
    }
    return true;
}

static bool read_lines(Reader *reader, const char *text, gsize length, const char *path,
                       GError **error)
{
    const char *end = text + length, *newline;

    for (; text < end && (newline = memchr(text, '\n', (gsize)(end - text))); text = newline + 1) {
        g_autoptr(cJSON) record = NULL;
        if (!json_parse(text, (gsize)(newline - text), LINE_BYTES_MAX, path, &record, error) ||
            !read_record(reader, record, error))
            return false;
    }
    return true;
}

bool past_read(const char *run_folder, const Plan *plan, const Scenario *scenario,
               Measures *measures, Past **ret_past, GError **error)
{
    g_autofree char *path = g_build_filename(run_folder, "journal.ndjson", NULL);
    g_autoptr(GHashTable) by_id = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(Past) past = g_new0(Past, 1);
    g_autoptr(Result) result = NULL;
    Reader reader = {.scenario = scenario, .measures = measures, .plan = by_id, .past = past};

    past->cases = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, past_case_free);
    past->added = g_ptr_array_new_with_free_func((GDestroyNotify)plan_case_free);
    for (guint i = 0; i < plan->cases->len; i++) {
        PlanCase *plan_case = plan->cases->pdata[i];
        g_hash_table_insert(by_id, plan_case->id, plan_case);
    }
    if (!result_read(run_folder, &result, error))
        return false;
    g_autoptr(GMappedFile) journal = g_mapped_file_new(path, FALSE, error);
    if (!journal)
        return false;
    const char *text = g_mapped_file_get_contents(journal);
    if (!read_lines(&reader, text ? text : "", g_mapped_file_get_length(journal), path, error))
        return false;
    *ret_past = g_steal_pointer(&past);
    return true;
}
