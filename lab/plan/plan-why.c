/* SPDX-License-Identifier: GPL-2.0-or-later
 * Why each case is there, in a sentence.
 */
#include "plan/plan-case.h"

#include <string.h>

#include "plan/coverage-show.h"

#define TUPLES_NAMED 2
#define WORK_MAX                                                                                   \
    100000000.0 /* rows × sets of columns: beyond, the reason names no combinations               \
                 */

static bool same_members(const GPtrArray *one, GPtrArray *other)
{
    bool same = one->len == other->len;

    for (guint i = 0; same && i < one->len; i++)
        same =
            g_ptr_array_find_with_equal_func(other, g_ptr_array_index(one, i), g_str_equal, NULL);
    return same;
}

/* How many of the test's vendor sets are these vendors in some order, and which of them, from 1,
 * this one is. */
static guint count_orders(const PlanModel *model, const PlanSet *set, guint *ret_which)
{
    guint count = 0, which = 0;

    for (guint i = 0; i < model->sets->len; i++) {
        const PlanSet *other = g_ptr_array_index(model->sets, i);
        count += same_members(set->install, other->install);
        if (other == set)
            which = count;
    }
    *ret_which = which;
    return count;
}

static char *who_text(const PlanModel *model, const PlanSet *set)
{
    guint which, orders = count_orders(model, set, &which);

    if (set->install->len == 0)
        return g_strdup("control: no vendor");
    if (set->install->len == 1)
        return g_strdup_printf("control: %s alone", (char *)g_ptr_array_index(set->install, 0));
    g_autofree char *names = plan_names_text(set->install, " then ");
    if (orders == 1)
        return g_strdup_printf("together: %s, in this install order only", names);
    return g_strdup_printf("together: %s, install order %u of %u", names, which, orders);
}

/* "; only here: 5 pairs, such as A=1, B=2 or …" */
static void append_tuples(GString *why, const PlanModel *model, const CoverageRow *row)
{
    g_autofree char *word = coverage_row_word(model->cover, model->strength, row->alone);

    if (row->alone == 0) {
        g_string_append(why, "; what it combines is in other cases too");
        return;
    }
    g_string_append_printf(why, "; only here: %" G_GUINT64_FORMAT " %s, such as ", row->alone,
                           word);
    for (guint t = 0; t < row->tuples->len; t++) {
        g_autofree char *text =
            coverage_tuple_text(model->cover, &g_array_index(row->tuples, CoverageTuple, t));
        g_string_append_printf(why, "%s%s", t ? " or " : "", text);
    }
}

static bool is_affordable(const PlanModel *model, guint rows)
{
    double work = rows;
    guint n = cover_model_counting(model->cover);

    for (guint i = 0; i < model->strength; i++)
        work = work * (n - i) / (i + 1);
    return model->strength > 0 && work <= WORK_MAX;
}

/* Controls by rule cover something too, where they are points of the matrix. */
static bool explain(const PlanModel *model, const GPtrArray *cases, GPtrArray **ret_explained,
                    GError **error)
{
    guint n = model->cover->parameters->len;
    g_autofree guint16 *cells = g_new(guint16, (gsize)cases->len * n + 1);

    for (guint i = 0; i < cases->len; i++) {
        guint16 *row = cells + (gsize)i * n;
        if (!plan_model_row(model, g_ptr_array_index(cases, i), row))
            for (guint p = 0; p < n; p++)
                row[p] = COVER_ANY;
    }
    return coverage_explain(model->cover, cells, cases->len, model->strength, TUPLES_NAMED,
                            ret_explained, error);
}

bool plan_say_why(const PlanModel *model, const CoverArray *rows, GPtrArray *cases, GError **error)
{
    g_autoptr(GPtrArray) explained = NULL;

    if (is_affordable(model, cases->len) && !explain(model, cases, &explained, error))
        return false;
    for (guint r = 0; r < rows->n_rows; r++) {
        PlanCase *plan_case = g_ptr_array_index(cases, r);
        guint16 set = cover_array_row(rows, r)[PLAN_COLUMN_VENDORS];
        g_autofree char *who = who_text(model, g_ptr_array_index(model->sets, set));
        g_autofree char *parameters = plan_case_parameters_text(model->test, plan_case, ", ");
        GString *why = g_string_new(who);
        if (*parameters)
            g_string_append_printf(why, "; with %s", parameters);
        if (rows->seeded[r])
            g_string_append(why, "; asked for by a 'case' of the matrix");
        if (explained)
            append_tuples(why, model, g_ptr_array_index(explained, r));
        plan_case->why = g_string_free(why, FALSE);
    }
    return true;
}
