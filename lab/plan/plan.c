/* SPDX-License-Identifier: GPL-2.0-or-later
 * From a scenario to the cases of a run.
 */
#include "plan/plan.h"

#include <string.h>

#include "model/placeholder.h"
#include "plan/plan-case.h"
#include "plan/plan-controls.h"
#include "util/error.h"
#include "util/files.h"

#define ID_LENGTH_MAX 100 /* what files_safe_name() keeps of it */
#define HASH_LENGTH 12

PlanCase *plan_case_new(void)
{
    PlanCase *plan_case = g_new0(PlanCase, 1);

    plan_case->vendors = g_ptr_array_new_with_free_func(g_free);
    plan_case->parameters = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return plan_case;
}

void plan_case_free(PlanCase *plan_case)
{
    if (!plan_case)
        return;
    g_free(plan_case->id);
    g_free(plan_case->guest);
    g_free(plan_case->test_name);
    g_free(plan_case->title);
    g_ptr_array_unref(plan_case->vendors);
    g_hash_table_unref(plan_case->parameters);
    g_free(plan_case->why);
    g_clear_pointer(&plan_case->omits, g_ptr_array_unref);
    g_clear_pointer(&plan_case->instead, g_hash_table_unref);
    g_clear_pointer(&plan_case->reversed, g_ptr_array_unref);
    g_free(plan_case);
}

Plan *plan_new(const char *scenario)
{
    Plan *plan = g_new0(Plan, 1);

    plan->scenario = g_strdup(scenario);
    plan->cases = g_ptr_array_new_with_free_func((GDestroyNotify)plan_case_free);
    return plan;
}

void plan_free(Plan *plan)
{
    if (!plan)
        return;
    g_free(plan->scenario);
    g_ptr_array_unref(plan->cases);
    g_free(plan);
}

char *plan_case_expand_for(const PlanCase *plan_case, const char *vendor, const char *text)
{
    g_autoptr(GHashTable) values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    GHashTableIter iter;
    gpointer key, value;

    g_hash_table_iter_init(&iter, plan_case->parameters);
    while (g_hash_table_iter_next(&iter, &key, &value)) {
        const char *dot = strchr(key, '.');
        bool own = dot && vendor && strlen(vendor) == (gsize)(dot - (char *)key) &&
                   g_str_has_prefix(key, vendor);
        if (own)
            g_hash_table_replace(values, g_strdup(dot + 1), value);
        else if (!dot && !g_hash_table_contains(values, key))
            g_hash_table_insert(values, g_strdup(key), value);
    }
    return placeholder_expand(text, values);
}

double plan_case_seconds(const PlanCase *plan_case)
{
    return plan_case->expected_s > 0 ? plan_case->expected_s : PLAN_CASE_S;
}

char *plan_case_expand(const PlanCase *plan_case, const char *text)
{
    return placeholder_expand(text, plan_case->parameters);
}

/* Making */

char *plan_names_text(const GPtrArray *names, const char *separator)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < names->len; i++)
        g_string_append_printf(text, "%s%s", i ? separator : "",
                               (char *)g_ptr_array_index(names, i));
    return g_string_free(text, FALSE);
}

char *plan_case_parameters_text(const Test *test, const PlanCase *plan_case, const char *separator)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < test->parameters->len; i++) {
        const char *key = ((const Parameter *)g_ptr_array_index(test->parameters, i))->key;
        const char *value = g_hash_table_lookup(plan_case->parameters, key);
        if (value)
            g_string_append_printf(text, "%s%s=%s", text->len ? separator : "", key, value);
    }
    return g_string_free(text, FALSE);
}

/* `/without=3+4.1/instead=cedar-1.2+dogwood-1.0/reversed=1+2`, as far as it is so. */
static char *variation_text(const PlanCase *plan_case)
{
    GString *text = g_string_new(NULL);

    if (plan_case->omits) {
        g_autofree char *omits = plan_names_text(plan_case->omits, "+");
        g_string_append_printf(text, "/without=%s", omits);
    }
    if (plan_case->instead) {
        g_autoptr(GList) keys = g_hash_table_get_keys(plan_case->instead);
        keys = g_list_sort(keys, (GCompareFunc)strcmp);
        for (const GList *key = keys; key; key = key->next)
            g_string_append_printf(text, "%s%.*s-%s", key == keys ? "/instead=" : "+",
                                   (int)strcspn(key->data, " "), (const char *)key->data,
                                   (char *)g_hash_table_lookup(plan_case->instead, key->data));
    }
    if (plan_case->reversed) {
        g_autofree char *paths = plan_names_text(plan_case->reversed, "+");
        g_string_append_printf(text, "/reversed=%s", paths);
    }
    return g_string_free(text, FALSE);
}

/* What makes the case is in its id, so that it stays the same when others come and go; where that
 * would be too long for the name of a folder, a hash stands for it. */
char *plan_case_make_id(const Test *test, const PlanCase *plan_case)
{
    g_autofree char *vendors = plan_names_text(plan_case->vendors, "+");
    g_autofree char *parameters = plan_case_parameters_text(test, plan_case, ",");
    const char *who = *vendors ? vendors : "none";
    g_autofree char *variation = variation_text(plan_case);
    g_autofree char *id = g_strdup_printf("%s/%s/%s%s%s%s", test->name, plan_case->guest, who,
                                          *parameters ? "/" : "", parameters, variation);

    if (strlen(id) <= ID_LENGTH_MAX)
        return g_steal_pointer(&id);
    g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, id, -1);
    hash[HASH_LENGTH] = '\0';
    g_autofree char *shorter =
        g_strdup_printf("%s/%s/%s/%s", test->name, plan_case->guest, who, hash);
    if (strlen(shorter) <= ID_LENGTH_MAX)
        return g_steal_pointer(&shorter);
    return g_strdup_printf("%s/%s/%s", test->name, plan_case->guest, hash);
}

PlanCase *plan_case_from_row(const PlanModel *model, const guint16 *row)
{
    PlanCase *plan_case = plan_case_new();
    const Test *test = model->test;
    const PlanSet *set = g_ptr_array_index(model->sets, row[PLAN_COLUMN_VENDORS]);

    plan_case->guest = g_strdup(g_ptr_array_index(model->scenario->guests, row[PLAN_COLUMN_GUEST]));
    plan_case->test = test;
    plan_case->test_name = g_strdup(test->name);
    plan_case->title = g_strdup(test->title);
    for (guint i = 0; i < set->install->len; i++)
        g_ptr_array_add(plan_case->vendors, g_strdup(g_ptr_array_index(set->install, i)));
    for (guint i = 0; i < test->parameters->len; i++) {
        const Parameter *parameter = g_ptr_array_index(test->parameters, i);
        const GPtrArray *values = g_ptr_array_index(model->values, i);
        guint16 value = row[PLAN_COLUMN_PARAMETER + i];
        if (value < values->len)
            g_hash_table_insert(plan_case->parameters, g_strdup(parameter->key),
                                g_strdup(g_ptr_array_index(values, value)));
    }
    plan_case->control = set->install->len < 2;
    plan_case->id = plan_case_make_id(test, plan_case);
    return plan_case;
}

/* The cases of one test, controls by rule last. */
static bool test_cases_new(const Scenario *scenario, const Test *test, GPtrArray **ret_cases,
                           GError **error)
{
    g_autoptr(PlanModel) model = NULL;
    g_autoptr(CoverArray) rows = NULL;
    g_autoptr(GPtrArray) cases = g_ptr_array_new_with_free_func((GDestroyNotify)plan_case_free);

    if (!plan_model_new(scenario, test, false, &model, error) ||
        !plan_model_rows(model, &rows, error))
        return false;
    for (guint r = 0; r < rows->n_rows; r++)
        g_ptr_array_add(cases, plan_case_from_row(model, cover_array_row(rows, r)));
    if ((test->matrix->controls && !plan_controls_add(scenario, test, cases, error)) ||
        !plan_say_why(model, rows, cases, error))
        return false;
    *ret_cases = g_steal_pointer(&cases);
    return true;
}

/* 0: no vendor, 1: one alone, 2: several. */
static guint rank_of(const PlanCase *plan_case)
{
    return MIN(plan_case->vendors->len, 2);
}

static void move_cases(GPtrArray *from, guint rank, GPtrArray *to)
{
    for (guint i = 0; i < from->len; i++) {
        PlanCase *plan_case = g_ptr_array_index(from, i);
        if (plan_case && rank_of(plan_case) == rank)
            g_ptr_array_add(to, g_steal_pointer(&from->pdata[i]));
    }
}

static bool check_size(const Scenario *scenario, const Plan *plan, GError **error)
{
    if (plan->cases->len <= SCENARIO_CASES_MAX)
        return true;
    g_set_error(
        error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
        "%s: the plan has %u cases; at most %d are possible: give a matrix a lower strength",
        scenario->file, plan->cases->len, SCENARIO_CASES_MAX);
    return false;
}

/* Each case has a folder of its own in the run folder. */
static bool check_folders(const Plan *plan, GError **error)
{
    g_autoptr(GHashTable) folders = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (guint i = 0; i < plan->cases->len; i++) {
        PlanCase *plan_case = g_ptr_array_index(plan->cases, i);
        g_autofree char *folder = files_safe_name(plan_case->id);
        const PlanCase *other = g_hash_table_lookup(folders, folder);
        if (other) {
            g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                        "%s:%u:%u: the cases '%s' and '%s' would share the folder '%s'; rename or "
                        "shorten the name of this test",
                        plan_case->test->file, plan_case->test->line, plan_case->test->column,
                        other->id, plan_case->id, folder);
            return false;
        }
        g_hash_table_insert(folders, g_steal_pointer(&folder), plan_case);
    }
    return true;
}

bool plan_check(const Inputs *inputs, GError **error)
{
    const GPtrArray *tests = inputs->scenario->tests;

    for (guint i = 0; i < tests->len; i++) {
        g_autoptr(PlanModel) model = NULL;
        if (!plan_model_new(inputs->scenario, g_ptr_array_index(tests, i), false, &model, error) ||
            !plan_model_possible(model, error))
            return false;
    }
    return true;
}

bool plan_make(const Inputs *inputs, Plan **ret_plan, GError **error)
{
    const Scenario *scenario = inputs->scenario;
    g_autoptr(Plan) plan = plan_new(scenario->name);
    plan->requirements = inputs->requirements;
    g_autoptr(GPtrArray) tests = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);

    for (guint i = 0; i < scenario->tests->len; i++) {
        GPtrArray *cases = NULL;
        if (!test_cases_new(scenario, g_ptr_array_index(scenario->tests, i), &cases, error))
            return false;
        g_ptr_array_add(tests, cases);
    }
    for (guint rank = 0; rank <= 2; rank++)
        for (guint i = 0; i < tests->len; i++)
            move_cases(g_ptr_array_index(tests, i), rank, plan->cases);
    if (!check_size(scenario, plan, error) || !check_folders(plan, error))
        return false;
    *ret_plan = g_steal_pointer(&plan);
    return true;
}
