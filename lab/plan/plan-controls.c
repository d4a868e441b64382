/* SPDX-License-Identifier: GPL-2.0-or-later
 * Controls by rule.
 */
#include "plan/plan-controls.h"

#include "plan/feasible.h"
#include "plan/plan-case.h"

typedef struct {
    PlanModel *model; /* with the controls' vendor sets */
    Feasible *feasible;
    GHashTable *served; /* id → GUINT_TO_POINTER(cases that need it): of controls added here */
    GHashTable *known;  /* ids of the cases that were there */
    GPtrArray *cases;
    GPtrArray *controls;
} Controls;

static bool keeps(const Matrix *matrix, const char *key)
{
    return !matrix->keep || g_ptr_array_find_with_equal_func(matrix->keep, key, g_str_equal, NULL);
}

static guint find_set(const PlanModel *model, const char *vendor)
{
    guint s = 0;

    for (; s < model->sets->len; s++) {
        const GPtrArray *install = ((const PlanSet *)g_ptr_array_index(model->sets, s))->install;
        if (vendor ? install->len == 1 && g_str_equal(g_ptr_array_index(install, 0), vendor)
                   : install->len == 0)
            break;
    }
    return s;
}

/* The row of a case without the vendors but `vendor` (NULL: without any); false where constraints
 * do not allow it. */
static bool control_row(const Controls *controls, const guint16 *of, const char *vendor,
                        guint16 *row)
{
    const PlanModel *model = controls->model;
    const GPtrArray *parameters = model->test->parameters;
    guint n = model->cover->parameters->len;
    g_autofree guint16 *hint = g_new0(guint16, n);

    for (guint p = 0; p < n; p++)
        row[p] = COVER_ANY;
    row[PLAN_COLUMN_GUEST] = of[PLAN_COLUMN_GUEST];
    row[PLAN_COLUMN_VENDORS] = (guint16)find_set(model, vendor);
    for (guint i = 0; i < parameters->len; i++) {
        const Parameter *parameter = g_ptr_array_index(parameters, i);
        if (keeps(model->test->matrix, parameter->key))
            row[PLAN_COLUMN_PARAMETER + i] = of[PLAN_COLUMN_PARAMETER + i];
    }
    plan_model_follow(model, row);
    return feasible_complete(controls->feasible, row, hint);
}

static void need(Controls *controls, const PlanCase *by, const guint16 *of, const char *vendor)
{
    const PlanModel *model = controls->model;
    g_autofree guint16 *row = g_new(guint16, model->cover->parameters->len);

    if (!control_row(controls, of, vendor, row))
        return;
    g_autoptr(PlanCase) control = plan_case_from_row(model, row);
    if (g_hash_table_contains(controls->known, control->id) || g_str_equal(control->id, by->id))
        return;
    guint served = GPOINTER_TO_UINT(g_hash_table_lookup(controls->served, control->id));
    g_hash_table_insert(controls->served, g_strdup(control->id), GUINT_TO_POINTER(served + 1));
    if (served == 0)
        g_ptr_array_add(controls->controls, g_steal_pointer(&control));
}

static void say_why(const Controls *controls, PlanCase *control)
{
    guint served = GPOINTER_TO_UINT(g_hash_table_lookup(controls->served, control->id));
    g_autofree char *parameters = plan_case_parameters_text(controls->model->test, control, ", ");
    const char *vendor = control->vendors->len ? g_ptr_array_index(control->vendors, 0) : NULL;

    g_free(control->why);
    control->why = g_strdup_printf("control: %s%s%s%s; for %u %s", vendor ? vendor : "no vendor",
                                   vendor ? " alone" : "", *parameters ? "; with " : "", parameters,
                                   served, served == 1 ? "case" : "cases");
}

static void add_all(Controls *controls)
{
    const PlanModel *model = controls->model;
    g_autofree guint16 *of = g_new(guint16, model->cover->parameters->len);
    guint n = controls->cases->len;

    for (guint i = 0; i < n; i++) {
        const PlanCase *plan_case = g_ptr_array_index(controls->cases, i);
        if (plan_case->vendors->len == 0 || !plan_model_row(model, plan_case, of))
            continue;
        need(controls, plan_case, of, NULL);
        for (guint v = 0; plan_case->vendors->len > 1 && v < plan_case->vendors->len; v++)
            need(controls, plan_case, of, g_ptr_array_index(plan_case->vendors, v));
    }
    for (guint i = 0; i < controls->controls->len; i++)
        say_why(controls, g_ptr_array_index(controls->controls, i));
    g_ptr_array_extend_and_steal(controls->cases, g_ptr_array_ref(controls->controls));
}

bool plan_controls_add(const Scenario *scenario, const Test *test, GPtrArray *cases, GError **error)
{
    g_autoptr(PlanModel) model = NULL;
    g_autoptr(GHashTable) served = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GHashTable) known = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GPtrArray) controls = g_ptr_array_new();

    if (!plan_model_new(scenario, test, true, &model, error))
        return false;
    for (guint i = 0; i < cases->len; i++)
        g_hash_table_add(known, ((PlanCase *)g_ptr_array_index(cases, i))->id);
    guint64 **allowed = plan_model_everything(model);
    g_autoptr(Feasible) feasible = feasible_new(model->cover, allowed);
    add_all(&(Controls){model, feasible, served, known, cases, controls});
    g_clear_pointer(&feasible, feasible_free);
    g_strfreev((char **)allowed);
    return true;
}
