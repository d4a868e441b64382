/* SPDX-License-Identifier: GPL-2.0-or-later
 * From a model to covering problems.
 */
#include "plan/problem.h"

#include <stdlib.h>
#include <string.h>

#include "util/error.h"

void problem_free(Problem *problem)
{
    if (!problem)
        return;
    space_free(problem->space);
    feasible_free(problem->feasible);
    g_clear_pointer(&problem->seeds, g_ptr_array_unref);
    for (guint p = 0; problem->allowed && problem->allowed[p]; p++)
        g_free(problem->allowed[p]);
    g_free(problem->allowed);
    g_free(problem);
}

bool problem_allows(const Problem *problem, guint parameter, guint value)
{
    return problem->allowed[parameter][value >> 6] >> (value & 63) & 1;
}

/* ---- sets ----------------------------------------------------------------------------------- */

static int compare_sets(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, sizeof(guint16[SPACE_SET_MAX]));
}

/* n over k, or G_MAXUINT64 where that is over SPACE_LINKS_MAX. */
static guint64 choose(guint n, guint k)
{
    guint64 product = 1;
    for (guint i = 1; i <= k; i++) {
        product = product * (n - k + i) / i;
        if (product > SPACE_LINKS_MAX)
            return G_MAXUINT64;
    }
    return product;
}

/* Adds all sets of `strength` of the columns. */
static bool add_sets(GArray *sets, const GArray *columns, guint strength, GError **error)
{
    guint size = MIN(strength, columns->len);
    if (choose(columns->len, size) > SPACE_LINKS_MAX / MAX(size, 1)) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "%u parameters have too many combinations of %u: use a lower strength",
                    columns->len, size);
        return false;
    }
    g_autoptr(GArray) chosen = space_sets_all(columns->len, size);
    for (guint s = 0; s < chosen->len; s++) {
        guint16 *set = (guint16 *)chosen->data + (gsize)s * SPACE_SET_MAX;
        for (guint i = 0; i < size; i++)
            set[i] = (guint16)g_array_index(columns, guint, set[i]);
    }
    g_array_append_vals(sets, chosen->data, chosen->len);
    return true;
}

static bool inside(const CoverGroup *group, const guint16 *set)
{
    for (guint i = 0; i < SPACE_SET_MAX && set[i] != SPACE_ANY; i++) {
        bool found = false;
        for (guint m = 0; m < group->members->len && !found; m++)
            found = g_array_index(group->members, guint, m) == set[i];
        if (!found)
            return false;
    }
    return true;
}

/* Drops the sets that lie within a group: there the group's strength counts. */
static void drop_grouped(const CoverModel *model, GArray *sets)
{
    guint kept = 0;
    for (guint s = 0; s < sets->len; s++) {
        const guint16 *set = (const guint16 *)sets->data + (gsize)s * SPACE_SET_MAX;
        bool grouped = false;
        for (guint g = 0; g < model->groups->len && !grouped; g++)
            grouped = inside(model->groups->pdata[g], set);
        if (!grouped)
            memmove(sets->data + (gsize)kept++ * sizeof(guint16[SPACE_SET_MAX]), set,
                    sizeof(guint16[SPACE_SET_MAX]));
    }
    g_array_set_size(sets, kept);
}

static void drop_doubles(GArray *sets)
{
    gsize size = sizeof(guint16[SPACE_SET_MAX]);
    guint kept = 0;
    g_array_sort(sets, compare_sets);
    for (guint s = 0; s < sets->len; s++) {
        const char *set = sets->data + s * size;
        if (kept == 0 || memcmp(set, sets->data + (kept - 1) * size, size) != 0)
            memmove(sets->data + kept++ * size, set, size);
    }
    g_array_set_size(sets, kept);
}

GArray *problem_sets(const CoverModel *model, guint strength, GError **error)
{
    g_autoptr(GArray) sets = g_array_new(FALSE, FALSE, sizeof(guint16[SPACE_SET_MAX]));
    g_autoptr(GArray) columns = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint p = 0; p < model->parameters->len; p++)
        if (!cover_model_parameter(model, p)->result)
            g_array_append_val(columns, p);
    if (columns->len == 0) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "the model has no parameters but results: nothing is to be combined");
        return NULL;
    }
    if (!add_sets(sets, columns, strength, error))
        return NULL;
    if (model->groups->len == 0)
        return g_steal_pointer(&sets);
    drop_grouped(model, sets);
    for (guint g = 0; g < model->groups->len; g++) {
        const CoverGroup *group = model->groups->pdata[g];
        if (!add_sets(sets, group->members, group->strength ? group->strength : strength, error))
            return NULL;
    }
    drop_doubles(sets);
    return g_steal_pointer(&sets);
}

/* The sets that hold the parameter. */
static GArray *sets_with(const GArray *sets, guint parameter)
{
    GArray *with = g_array_new(FALSE, FALSE, sizeof(guint16[SPACE_SET_MAX]));
    for (guint s = 0; s < sets->len; s++) {
        const guint16 *set = (const guint16 *)sets->data + (gsize)s * SPACE_SET_MAX;
        for (guint i = 0; i < SPACE_SET_MAX && set[i] != SPACE_ANY; i++)
            if (set[i] == parameter)
                g_array_append_vals(with, set, 1);
    }
    return with;
}

/* ---- problems ------------------------------------------------------------------------------- */

/* Valid values everywhere, but for `pinned` (or -1) only the given negative one. */
static guint64 **allow(const CoverModel *model, int pinned, guint value)
{
    guint n = model->parameters->len;
    guint64 **allowed = g_new0(guint64 *, n + 1);
    for (guint p = 0; p < n; p++) {
        guint values = cover_model_parameter(model, p)->values->len;
        allowed[p] = g_new0(guint64, values / 64 + 1);
        for (guint v = 0; v < values; v++)
            if ((int)p == pinned ? v == value : !cover_model_value(model, p, v)->negative)
                allowed[p][v >> 6] |= G_GUINT64_CONSTANT(1) << (v & 63);
    }
    return allowed;
}

/* Combinations with a value that is not allowed need not be covered. */
static void exclude_disallowed(Problem *problem)
{
    Space *space = problem->space;
    for (guint s = 0; s < space->n_sets; s++) {
        const SpaceSet *set = &space->sets[s];
        guint n = (s + 1 < space->n_sets ? space->sets[s + 1].base : space->n_slots) - set->base;
        for (guint i = 0; i < n; i++) {
            guint16 values[SPACE_SET_MAX];
            bool well = true;
            space_values(space, set, i, values);
            for (guint j = 0; j < set->size && well; j++)
                well = problem_allows(problem, set->column[j], values[j]);
            if (!well)
                space_bit_set(space->excluded, set->base + i);
        }
    }
}

static Problem *problem_new(const CoverModel *model, const GArray *sets, int pinned, guint value,
                            GError **error)
{
    g_autoptr(Problem) problem = g_new0(Problem, 1);
    guint n = model->parameters->len;
    g_autofree guint *levels = g_new(guint, n + 1);
    g_autoptr(GArray) with = pinned >= 0 ? sets_with(sets, (guint)pinned) : NULL;
    const GArray *own = with ? with : sets;
    bool negatives = false;

    for (guint p = 0; p < n; p++) {
        levels[p] = cover_model_parameter(model, p)->values->len;
        for (guint v = 0; v < levels[p]; v++)
            negatives |= cover_model_value(model, p, v)->negative;
    }
    problem->model = model;
    problem->seeds = g_ptr_array_new();
    problem->allowed = allow(model, pinned, value);
    problem->space = space_new(n, levels, own->len, (const guint16(*)[SPACE_SET_MAX])own->data);
    if (!problem->space) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "the model has over a thousand million combinations: use a lower strength");
        return NULL;
    }
    problem->feasible = problem_feasible_new(problem);
    problem->free = !negatives && model->constraints->len == 0;
    if (negatives)
        exclude_disallowed(problem);
    return g_steal_pointer(&problem);
}

static bool possible(const Problem *problem)
{
    guint n = problem->model->parameters->len;
    g_autofree guint16 *none = g_new(guint16, n + 1);
    for (guint p = 0; p < n; p++)
        none[p] = COVER_ANY;
    return feasible_partial(problem->feasible, none);
}

/* Names a smallest set of constraints that cannot hold together. */
static bool fail_conflict(const Problem *problem, GError **error)
{
    const CoverModel *model = problem->model;
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GArray) conflict = feasible_gave_up(problem->feasible)
                                     ? g_array_new(FALSE, FALSE, sizeof(guint))
                                     : feasible_conflict(problem->feasible);
    for (guint i = 0; i < conflict->len; i++) {
        const Expression *expression = model->constraints->pdata[g_array_index(conflict, guint, i)];
        g_string_append_printf(text, "%s'%s' (%s)", i > 0 ? ", " : "", expression->text,
                               expression->where);
    }
    if (feasible_gave_up(problem->feasible))
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "the constraints are too hard to solve: split or simplify them");
    else if (conflict->len == 0)
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "a parameter has no valid value: every row would hold a negative one");
    else
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "no row can obey %s: %s; change or remove one of them",
                    conflict->len > 1 ? "these constraints together" : "this constraint",
                    text->str);
    return false;
}

/* The negative value in a row, as parameter and value; false where it has none. */
static bool find_negative(const CoverModel *model, const guint16 *row, guint *ret_parameter)
{
    for (guint p = 0; p < model->parameters->len; p++) {
        if (row[p] != COVER_ANY && cover_model_value(model, p, row[p])->negative) {
            *ret_parameter = p;
            return true;
        }
    }
    return false;
}

static bool place_seeds(const CoverModel *model, GPtrArray *problems, GError **error)
{
    for (guint s = 0; s < model->seeds->len; s++) {
        const guint16 *row = model->seeds->pdata[s];
        bool placed = false;
        guint negative = 0;
        bool has_negative = find_negative(model, row, &negative);
        for (guint i = 0; i < problems->len && !placed; i++) {
            Problem *problem = problems->pdata[i];
            if (has_negative && !problem_allows(problem, negative, row[negative]))
                continue;
            if (!feasible_partial(problem->feasible, row))
                continue;
            g_ptr_array_add(problem->seeds, (gpointer)row);
            problem->free = false;
            placed = true;
        }
        if (!placed) {
            g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                        "seed row %u breaks the constraints, or has two negative values", s + 1);
            return false;
        }
    }
    return true;
}

/* A problem for each negative value that some row can have. */
static bool add_negatives(const CoverModel *model, const GArray *sets, GPtrArray *problems,
                          GError **error)
{
    for (guint p = 0; p < model->parameters->len; p++) {
        for (guint v = 0; v < cover_model_parameter(model, p)->values->len; v++) {
            if (!cover_model_value(model, p, v)->negative)
                continue;
            g_autoptr(Problem) problem = problem_new(model, sets, (int)p, v, error);
            if (!problem)
                return false;
            if (possible(problem))
                g_ptr_array_add(problems, g_steal_pointer(&problem));
        }
    }
    return true;
}

GPtrArray *problems_of(const CoverModel *model, guint strength, GError **error)
{
    g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func((GDestroyNotify)problem_free);
    g_autoptr(GArray) sets = problem_sets(model, strength, error);
    Problem *valid = sets ? problem_new(model, sets, -1, 0, error) : NULL;
    if (!valid)
        return NULL;
    g_ptr_array_add(problems, valid);
    if (!possible(valid)) {
        fail_conflict(valid, error);
        return NULL;
    }
    if (!add_negatives(model, sets, problems, error) || !place_seeds(model, problems, error))
        return NULL;
    return g_steal_pointer(&problems);
}

/* ---- for the search ------------------------------------------------------------------------- */

Feasible *problem_feasible_new(const Problem *problem)
{
    return feasible_new(problem->model, problem->allowed);
}

static bool rule_holds(gpointer data, const guint16 *row, guint column)
{
    return feasible_holds(data, row, column);
}

static bool rule_repair(gpointer data, guint16 *row, const bool *keep)
{
    Feasible *feasible = data;
    guint n = feasible_parameters(feasible);
    g_autofree guint16 *part = g_new(guint16, n + 1);
    for (guint p = 0; p < n; p++)
        part[p] = keep[p] ? row[p] : COVER_ANY;
    if (!feasible_complete(feasible, part, row))
        return false;
    memcpy(row, part, n * sizeof *row);
    return true;
}

SearchRules problem_rules(Feasible *feasible)
{
    return (SearchRules){rule_holds, rule_repair, feasible};
}
