/* SPDX-License-Identifier: GPL-2.0-or-later
 * The rows of a test: all combinations, or a covering array.
 */
#include "plan/plan-model.h"

#include <string.h>

#include "plan/feasible.h"
#include "plan/problem.h"
#include "util/error.h"

#define LOOKS_MAX 20000000 /* combinations looked at, most of which constraints rule out */

/* All combinations, the last parameter fastest */

typedef struct {
    const PlanModel *model;
    GArray *cells; /* of guint16 */
    guint16 *row;
    guint n;
    guint looks;
} Walk;

static bool obeys(const PlanModel *model, const guint16 *row)
{
    for (guint c = 0; c < model->cover->constraints->len; c++)
        if (expression_truth(model->cover->constraints->pdata[c], row) == TRUTH_FALSE)
            return false;
    return true;
}

static bool too_many(const PlanModel *model, GError **error)
{
    return plan_model_fail(model, model->test->line, model->test->column, error,
                           "test '%s' has more than %d cases; give its matrix a strength",
                           model->test->name, SCENARIO_CASES_MAX);
}

/* Goes on with column `at`; columns before it are filled, `negative` says that one of them is. */
static bool walk(Walk *walker, guint at, bool negative, GError **error)
{
    const PlanModel *model = walker->model;
    guint end = PLAN_COLUMN_PARAMETER + model->test->parameters->len;

    if (at == PLAN_COLUMN_PARAMETER) {
        /* The vendor set before this one may have been without a vendor that is there now. */
        memset(walker->row + at, 0, (end - at) * sizeof *walker->row);
        plan_model_follow(model, walker->row);
    }
    if (at == end) {
        if (++walker->looks > LOOKS_MAX)
            return too_many(model, error);
        if (!obeys(model, walker->row))
            return true;
        if (walker->cells->len / walker->n == SCENARIO_CASES_MAX)
            return too_many(model, error);
        g_array_append_vals(walker->cells, walker->row, walker->n);
        return true;
    }
    const GPtrArray *values = cover_model_parameter(model->cover, at)->values;
    const Parameter *parameter =
        at < PLAN_COLUMN_PARAMETER
            ? NULL
            : g_ptr_array_index(model->test->parameters, at - PLAN_COLUMN_PARAMETER);
    guint n = values->len;
    if (parameter && parameter->vendor) {
        if (walker->row[at] == plan_model_absent(model, at - PLAN_COLUMN_PARAMETER))
            return walk(walker, at + 1, negative, error);
        n--;
    }
    for (guint v = 0; v < n; v++) {
        bool invalid = ((const CoverValue *)values->pdata[v])->negative;
        if (negative && invalid)
            continue;
        walker->row[at] = (guint16)v;
        if (!walk(walker, at + 1, negative || invalid, error))
            return false;
    }
    walker->row[at] = 0;
    return true;
}

static bool all_rows(const PlanModel *model, CoverArray **ret_rows, GError **error)
{
    guint n = model->cover->parameters->len;
    g_autoptr(GArray) cells = g_array_new(FALSE, FALSE, sizeof(guint16));
    g_autofree guint16 *row = g_new0(guint16, n);
    Walk walker = {model, cells, row, n, 0};

    if (!walk(&walker, 0, false, error))
        return false;
    if (cells->len == 0)
        return plan_model_fail(model, model->test->line, model->test->column, error,
                               "the constraints of test '%s' leave no case", model->test->name);
    CoverArray *rows = g_new0(CoverArray, 1);
    rows->n_parameters = n;
    rows->n_rows = cells->len / n;
    rows->seeded = g_new0(bool, rows->n_rows);
    rows->cells = (guint16 *)g_array_free(g_steal_pointer(&cells), FALSE);
    *ret_rows = rows;
    return true;
}

/* A covering array */

static int compare_rows(gconstpointer a, gconstpointer b, gpointer data)
{
    const guint16 *one = *(const guint16 *const *)a, *other = *(const guint16 *const *)b;
    guint n = *(const guint *)data;

    for (guint p = 0; p < n; p++)
        if (one[p] != other[p])
            return one[p] < other[p] ? -1 : 1;
    return 0;
}

/* Sorts the rows and drops doubles, which seeds can make. */
static void sort_rows(CoverArray *array)
{
    guint n = array->n_parameters, kept = 0;
    g_autofree const guint16 **order = g_new(const guint16 *, array->n_rows + 1);
    guint16 *cells = g_new(guint16, (gsize)array->n_rows * n + 1);
    bool *seeded = g_new0(bool, array->n_rows + 1);

    for (guint r = 0; r < array->n_rows; r++)
        order[r] = cover_array_row(array, r);
    g_qsort_with_data(order, (int)array->n_rows, sizeof *order, compare_rows, &n);
    for (guint r = 0; r < array->n_rows; r++) {
        bool same =
            kept > 0 && memcmp(cells + (gsize)(kept - 1) * n, order[r], n * sizeof *cells) == 0;
        kept += !same;
        memcpy(cells + (gsize)(kept - 1) * n, order[r], n * sizeof *cells);
        seeded[kept - 1] |= array->seeded[(gsize)(order[r] - array->cells) / n];
    }
    g_free(array->cells);
    g_free(array->seeded);
    array->cells = cells;
    array->seeded = seeded;
    array->n_rows = kept;
}

static void prefix_test(const PlanModel *model, GError **error)
{
    g_prefix_error(error, "%s:%u:%u: test '%s': ", model->test->file, model->test->line,
                   model->test->column, model->test->name);
}

/* The library knows a seed by its number only; here it has a place. */
static bool seed_is_possible(const PlanModel *model, Feasible *feasible, guint seed)
{
    const guint16 *row = model->cover->seeds->pdata[seed];
    guint negative = 0;

    for (guint p = 0; p < model->cover->parameters->len; p++)
        negative += row[p] != COVER_ANY && cover_model_value(model->cover, p, row[p])->negative;
    return negative < 2 && feasible_partial(feasible, row);
}

static bool check_possible(const PlanModel *model, Feasible *feasible, GError **error)
{
    const MatrixSeed *seed;
    g_autofree guint16 *none = g_new(guint16, model->cover->parameters->len);

    for (guint p = 0; p < model->cover->parameters->len; p++)
        none[p] = COVER_ANY;
    if (!feasible_partial(feasible, none)) {
        /* The library says which constraints contradict each other. */
        g_autoptr(GPtrArray) problems = problems_of(model->cover, 1, error);
        prefix_test(model, error);
        return problems != NULL;
    }
    for (guint s = 0; s < model->cover->seeds->len; s++) {
        seed = g_ptr_array_index(model->test->matrix->seeds, s);
        if (!seed_is_possible(model, feasible, s))
            return plan_model_fail(model, seed->line, seed->column, error,
                                   "this case breaks the constraints, or has two negative values");
    }
    return true;
}

bool plan_model_possible(const PlanModel *model, GError **error)
{
    guint64 **allowed = plan_model_everything(model);
    Feasible *feasible = feasible_new(model->cover, allowed);
    bool possible = check_possible(model, feasible, error);

    feasible_free(feasible);
    g_strfreev((char **)allowed);
    return possible;
}

static bool cover_rows(const PlanModel *model, CoverArray **ret_rows, GError **error)
{
    const CoverOptions options = {.strength = model->strength, .seed = 1, .work = PLAN_WORK};
    g_autoptr(CoverArray) rows = NULL;

    if (!cover_generate(model->cover, &options, &rows, error)) {
        prefix_test(model, error);
        return false;
    }
    if (rows->n_rows > SCENARIO_CASES_MAX)
        return plan_model_fail(model, model->test->line, model->test->column, error,
                               "test '%s' needs more than %d cases; lower its strength",
                               model->test->name, SCENARIO_CASES_MAX);
    sort_rows(rows);
    *ret_rows = g_steal_pointer(&rows);
    return true;
}

bool plan_model_rows(const PlanModel *model, CoverArray **ret_rows, GError **error)
{
    return plan_model_possible(model, error) &&
           (model->strength > 0 ? cover_rows(model, ret_rows, error)
                                : all_rows(model, ret_rows, error));
}
