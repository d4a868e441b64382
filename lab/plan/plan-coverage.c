/* SPDX-License-Identifier: GPL-2.0-or-later
 * Coverage of a scenario by a plan.
 */
#include "plan/plan-coverage.h"

#include "plan/plan-case.h"
#include "util/cleanup.h"
#include "util/json.h"

static void plan_test_free(gpointer data)
{
    PlanTest *test = data;

    plan_model_free(test->model);
    g_ptr_array_unref(test->cases);
    g_clear_pointer(&test->levels, g_ptr_array_unref);
    g_clear_pointer(&test->rows, g_ptr_array_unref);
    g_free(test);
}

static guint16 *rows_of(const PlanTest *test)
{
    guint n = test->model->cover->parameters->len;
    guint16 *cells = g_new(guint16, (gsize)test->cases->len * n + 1);

    for (guint i = 0; i < test->cases->len; i++)
        plan_model_row(test->model, g_ptr_array_index(test->cases, i), cells + (gsize)i * n);
    return cells;
}

static void take_cases(PlanTest *test, const Plan *plan)
{
    g_autofree guint16 *row = g_new(guint16, test->model->cover->parameters->len);

    for (guint i = 0; i < plan->cases->len; i++) {
        PlanCase *plan_case = g_ptr_array_index(plan->cases, i);
        if (!g_str_equal(plan_case->test_name, test->model->test->name))
            continue;
        if (plan_model_row(test->model, plan_case, row))
            g_ptr_array_add(test->cases, plan_case);
        else
            test->outside++;
    }
}

bool plan_tests_new(const Inputs *inputs, const Plan *plan, guint wanted, GPtrArray **ret_tests,
                    GError **error)
{
    g_autoptr(GPtrArray) tests = g_ptr_array_new_with_free_func(plan_test_free);
    const Scenario *scenario = inputs->scenario;

    for (guint i = 0; i < scenario->tests->len; i++) {
        g_autoptr(PlanModel) model = NULL;
        if (!plan_model_new(scenario, g_ptr_array_index(scenario->tests, i), false, &model, error))
            return false;
        PlanTest *test = g_new0(PlanTest, 1);
        test->model = g_steal_pointer(&model);
        test->strength = plan_model_strength(test->model, wanted);
        test->cases = g_ptr_array_new();
        g_ptr_array_add(tests, test);
        take_cases(test, plan);
    }
    *ret_tests = g_steal_pointer(&tests);
    return true;
}

/* The state of every case that a past run has; of several runs the last in which it ended. */
static GHashTable *states_of(const PlanPast *past)
{
    GHashTable *states = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < past->cases->len; i++) {
        const PlanPastCase *past_case = g_ptr_array_index(past->cases, i);
        if (past_case->state == PAST_PASSED || past_case->state == PAST_FAILED)
            g_hash_table_insert(states, past_case->plan_case->id,
                                GINT_TO_POINTER(past_case->state));
    }
    return states;
}

/* Empties the rows of cases that did not end. */
static void keep_ended(const PlanTest *test, GHashTable *states, guint16 *cells, bool *passed)
{
    guint n = test->model->cover->parameters->len;

    for (guint i = 0; i < test->cases->len; i++) {
        const PlanCase *plan_case = g_ptr_array_index(test->cases, i);
        PlanPastState state = GPOINTER_TO_INT(g_hash_table_lookup(states, plan_case->id));
        passed[i] = state == PAST_PASSED;
        for (guint p = 0; state == PAST_NOT_RUN && p < n; p++)
            cells[(gsize)i * n + p] = COVER_ANY;
    }
}

bool plan_tests_cover(GPtrArray *tests, const PlanPast *past, guint missing_max, GError **error)
{
    g_autoptr(GHashTable) states = past ? states_of(past) : NULL;

    for (guint i = 0; i < tests->len; i++) {
        PlanTest *test = g_ptr_array_index(tests, i);
        g_autofree guint16 *cells = rows_of(test);
        g_autofree bool *passed = g_new0(bool, test->cases->len + 1);
        if (states)
            keep_ended(test, states, cells, passed);
        if (!coverage_levels(test->model->cover, cells, test->cases->len, states ? passed : NULL,
                             test->strength, missing_max, &test->levels, error))
            return false;
    }
    return true;
}

bool plan_tests_explain(GPtrArray *tests, guint tuples_max, GError **error)
{
    for (guint i = 0; i < tests->len; i++) {
        PlanTest *test = g_ptr_array_index(tests, i);
        g_autofree guint16 *cells = rows_of(test);
        if (test->strength > 0 && !coverage_explain(test->model->cover, cells, test->cases->len,
                                                    test->strength, tuples_max, &test->rows, error))
            return false;
    }
    return true;
}

/* Showing */

char *plan_coverage_text(const GPtrArray *tests)
{
    GString *out = g_string_new(NULL);

    for (guint i = 0; i < tests->len; i++) {
        const PlanTest *test = g_ptr_array_index(tests, i);
        g_string_append_printf(out, "%s: %u %s", test->model->test->name, test->cases->len,
                               test->cases->len == 1 ? "case" : "cases");
        if (test->outside > 0)
            g_string_append_printf(out, ", and %u outside its matrix", test->outside);
        g_string_append(out, test->strength > 0 ? "\n" : "; nothing varies\n");
        coverage_levels_text(out, test->model->cover, test->levels);
    }
    return g_string_free(out, FALSE);
}

char *plan_coverage_json(const GPtrArray *tests)
{
    g_autoptr(cJSON) root = cJSON_CreateObject();

    cJSON_AddNumberToObject(root, "format", 1);
    cJSON *list = cJSON_AddArrayToObject(root, "tests");
    for (guint i = 0; i < tests->len; i++) {
        const PlanTest *test = g_ptr_array_index(tests, i);
        cJSON *object = cJSON_CreateObject();
        json_add_text(object, "test", test->model->test->name);
        cJSON_AddNumberToObject(object, "cases", test->cases->len);
        cJSON_AddNumberToObject(object, "outside", test->outside);
        cJSON_AddItemToObject(object, "levels",
                              coverage_levels_json(test->model->cover, test->levels));
        cJSON_AddItemToArray(list, object);
    }
    return json_line(root);
}

/* The case's row and its test; NULL for a case that is no point of a matrix. */
static const CoverageRow *row_of(const GPtrArray *tests, const PlanCase *plan_case,
                                 const PlanTest **ret_test)
{
    guint index;

    for (guint i = 0; i < tests->len; i++) {
        const PlanTest *test = g_ptr_array_index(tests, i);
        if (test->rows && g_ptr_array_find(test->cases, plan_case, &index)) {
            *ret_test = test;
            return g_ptr_array_index(test->rows, index);
        }
    }
    return NULL;
}

char *plan_explain_text(const Plan *plan, const GPtrArray *tests)
{
    GString *out = g_string_new(NULL);

    for (guint i = 0; i < plan->cases->len; i++) {
        const PlanCase *plan_case = g_ptr_array_index(plan->cases, i);
        const PlanTest *test = NULL;
        const CoverageRow *row = row_of(tests, plan_case, &test);
        g_string_append_printf(out, "%3u  %s\n      %s\n", i + 1, plan_case->id, plan_case->why);
        if (row)
            coverage_row_text(out, test->model->cover, row, test->strength);
    }
    return g_string_free(out, FALSE);
}

char *plan_explain_json(const Plan *plan, const GPtrArray *tests)
{
    g_autoptr(cJSON) root = cJSON_CreateObject();

    cJSON_AddNumberToObject(root, "format", 1);
    json_add_text(root, "scenario", plan->scenario);
    cJSON *list = cJSON_AddArrayToObject(root, "cases");
    for (guint i = 0; i < plan->cases->len; i++) {
        const PlanCase *plan_case = g_ptr_array_index(plan->cases, i);
        const PlanTest *test = NULL;
        const CoverageRow *row = row_of(tests, plan_case, &test);
        cJSON *object = plan_case_to_json(plan_case);
        cJSON_AddItemToObject(object, "only_here",
                              row ? coverage_row_json(test->model->cover, row, test->strength)
                                  : cJSON_CreateNull());
        cJSON_AddItemToArray(list, object);
    }
    return json_line(root);
}
