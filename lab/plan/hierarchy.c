/* SPDX-License-Identifier: GPL-2.0-or-later
 * Groups as units: arrays of the groups, and the model over them.
 */
#include "plan/hierarchy.h"

#include <string.h>

#include "plan/feasible.h"
#include "util/error.h"

#define GROUPS_SHARE 0.3 /* of the budget, for the groups' own arrays */

typedef struct {
    const CoverGroup *group;
    GArray *rows; /* of guint16: different combinations, members.len cells each */
    guint n;
} Unit;

typedef struct {
    const CoverModel *model;
    GPtrArray *seeds; /* of guint16*: the model's, completed */
    GPtrArray *units; /* of Unit* */
    GArray *outside;  /* of guint: the parameters in no group */
    CoverModel *derived;
    guint *column_of; /* a parameter: its column in the derived model */
    double first_s, total_s;
    guint64 work;
    bool clock_ended;
} Hierarchy;

static void unit_free(gpointer data)
{
    Unit *unit = data;
    g_array_unref(unit->rows);
    g_free(unit);
}

static void hierarchy_clear(Hierarchy *hierarchy)
{
    g_clear_pointer(&hierarchy->seeds, g_ptr_array_unref);
    g_clear_pointer(&hierarchy->units, g_ptr_array_unref);
    g_clear_pointer(&hierarchy->outside, g_array_unref);
    cover_model_free(hierarchy->derived);
    g_free(hierarchy->column_of);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Hierarchy, hierarchy_clear)

/* The member's place in the group, or -1. */
static int member_at(const CoverGroup *group, guint parameter)
{
    for (guint m = 0; m < group->members->len; m++)
        if (g_array_index(group->members, guint, m) == parameter)
            return (int)m;
    return -1;
}

static guint unit_value(const Unit *unit, guint row, guint member)
{
    return g_array_index(unit->rows, guint16, row * unit->group->members->len + member);
}

/* ---- seeds ---------------------------------------------------------------------------------- */

/* Which values a completion may use: the valid ones, and the negative one that the row has. */
static guint64 **allowed_beside(const CoverModel *model, const guint16 *row)
{
    guint64 **allowed = g_new0(guint64 *, model->parameters->len + 1);
    for (guint p = 0; p < model->parameters->len; p++) {
        guint n = cover_model_parameter(model, p)->values->len;
        allowed[p] = g_new0(guint64, n / 64 + 1);
        for (guint v = 0; v < n; v++)
            if (!cover_model_value(model, p, v)->negative || row[p] == v)
                allowed[p][v >> 6] |= G_GUINT64_CONSTANT(1) << (v & 63);
    }
    return allowed;
}

static guint negatives_in(const CoverModel *model, const guint16 *row)
{
    guint n = 0;
    for (guint p = 0; p < model->parameters->len; p++)
        n += row[p] != COVER_ANY && cover_model_value(model, p, row[p])->negative;
    return n;
}

static bool complete_seeds(Hierarchy *hierarchy, GError **error)
{
    const CoverModel *model = hierarchy->model;
    hierarchy->seeds = g_ptr_array_new_with_free_func(g_free);
    for (guint s = 0; s < model->seeds->len; s++) {
        guint16 *row = g_memdup2(model->seeds->pdata[s], model->parameters->len * sizeof(guint16));
        g_ptr_array_add(hierarchy->seeds, row);
        guint64 **allowed = allowed_beside(model, row);
        g_autoptr(Feasible) feasible = feasible_new(model, allowed);
        bool well = negatives_in(model, row) < 2 && feasible_complete(feasible, row, NULL);
        g_strfreev((char **)allowed);
        if (!well) {
            g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                        "seed row %u breaks the constraints, or has two negative values", s + 1);
            return false;
        }
    }
    return true;
}

/* ---- the groups' own arrays ----------------------------------------------------------------- */

/* The model with only the group's combinations asked for. It shares all but the parameters'
 * heads with the model. */
static CoverModel *group_model(const Hierarchy *hierarchy, const CoverGroup *group)
{
    const CoverModel *model = hierarchy->model;
    CoverModel *own = cover_model_new();
    g_ptr_array_set_free_func(own->constraints, NULL);
    for (guint p = 0; p < model->parameters->len; p++) {
        const CoverParameter *from = cover_model_parameter(model, p);
        CoverParameter *to = g_memdup2(from, sizeof *from);
        to->name = g_strdup(from->name);
        to->key = g_strdup(from->key);
        to->values = g_ptr_array_ref(from->values);
        to->result = member_at(group, p) < 0;
        g_ptr_array_add(own->parameters, to);
    }
    for (guint c = 0; c < model->constraints->len; c++)
        g_ptr_array_add(own->constraints, model->constraints->pdata[c]);
    for (guint s = 0; s < hierarchy->seeds->len; s++)
        cover_model_add_seed(own, hierarchy->seeds->pdata[s]);
    return own;
}

static void add_unit_row(Unit *unit, const guint16 *row)
{
    guint n = unit->group->members->len;
    for (guint r = 0; r < unit->n; r++) {
        guint same = 0;
        while (same < n &&
               unit_value(unit, r, same) == row[g_array_index(unit->group->members, guint, same)])
            same++;
        if (same == n)
            return;
    }
    for (guint m = 0; m < n; m++)
        g_array_append_val(unit->rows, row[g_array_index(unit->group->members, guint, m)]);
    unit->n++;
}

static bool make_unit(Hierarchy *hierarchy, const CoverGroup *group, const CoverOptions *options,
                      CoverGenerate generate, GError **error)
{
    g_autoptr(CoverModel) own = group_model(hierarchy, group);
    g_autoptr(CoverArray) array = NULL;
    guint n_groups = hierarchy->model->groups->len;
    CoverOptions mine = *options;
    mine.strength = group->strength ? group->strength : options->strength;
    mine.budget_s = options->budget_s * GROUPS_SHARE / n_groups;
    mine.work = (guint64)((double)options->work * GROUPS_SHARE / n_groups);
    if (options->work > 0 && mine.work == 0)
        mine.work = 1;
    if (!generate(own, &mine, &array, error))
        return false;
    Unit *unit = g_new0(Unit, 1);
    unit->group = group;
    unit->rows = g_array_new(FALSE, FALSE, sizeof(guint16));
    g_ptr_array_add(hierarchy->units, unit);
    for (guint r = 0; r < array->n_rows; r++)
        add_unit_row(unit, cover_array_row(array, r));
    hierarchy->first_s += array->first_s;
    hierarchy->total_s += array->total_s;
    hierarchy->clock_ended = hierarchy->clock_ended || array->clock_ended;
    if (unit->n <= COVER_VALUES_MAX)
        return true;
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                "a sub-model has %u combinations: use a lower strength for it", unit->n);
    return false;
}

/* ---- the derived model ---------------------------------------------------------------------- */

static bool add_unit_parameter(Hierarchy *hierarchy, guint u, GError **error)
{
    const Unit *unit = hierarchy->units->pdata[u];
    GPtrArray *values = g_ptr_array_new_with_free_func((GDestroyNotify)cover_value_free);
    g_autofree char *name = g_strdup_printf("unit %u", u);
    for (guint r = 0; r < unit->n; r++) {
        g_autofree char *number = g_strdup_printf("%u", r);
        CoverValue *value = cover_value_new(number);
        for (guint m = 0; m < unit->group->members->len; m++) {
            guint p = g_array_index(unit->group->members, guint, m);
            const CoverValue *from = cover_model_value(hierarchy->model, p, unit_value(unit, r, m));
            value->negative = value->negative || from->negative;
            value->weight = MAX(value->weight, from->weight);
        }
        g_ptr_array_add(values, value);
    }
    return cover_model_add(hierarchy->derived, name, values, error);
}

/* The parameters outside groups, with numbers for names: no constraint is parsed any more. */
static bool add_outside_parameter(Hierarchy *hierarchy, guint p, GError **error)
{
    const CoverParameter *from = cover_model_parameter(hierarchy->model, p);
    GPtrArray *values = g_ptr_array_new_with_free_func((GDestroyNotify)cover_value_free);
    g_autofree char *name = g_strdup_printf("parameter %u", p);
    for (guint v = 0; v < from->values->len; v++) {
        const CoverValue *old = from->values->pdata[v];
        CoverValue *value = cover_value_new(old->names->pdata[0]);
        value->negative = old->negative;
        value->weight = old->weight;
        g_ptr_array_add(values, value);
    }
    if (!cover_model_add(hierarchy->derived, name, values, error))
        return false;
    guint last = hierarchy->derived->parameters->len - 1;
    cover_model_parameter(hierarchy->derived, last)->result = from->result;
    return true;
}

static bool derive_parameters(Hierarchy *hierarchy, GError **error)
{
    const CoverModel *model = hierarchy->model;
    hierarchy->derived = cover_model_new();
    hierarchy->column_of = g_new(guint, model->parameters->len);
    hierarchy->outside = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint p = 0; p < model->parameters->len; p++)
        hierarchy->column_of[p] = G_MAXUINT;
    for (guint u = 0; u < hierarchy->units->len; u++) {
        const Unit *unit = hierarchy->units->pdata[u];
        for (guint m = 0; m < unit->group->members->len; m++) {
            guint *column = &hierarchy->column_of[g_array_index(unit->group->members, guint, m)];
            *column = MIN(*column, u);
        }
        if (!add_unit_parameter(hierarchy, u, error))
            return false;
    }
    for (guint p = 0; p < model->parameters->len; p++) {
        if (hierarchy->column_of[p] != G_MAXUINT)
            continue;
        hierarchy->column_of[p] = hierarchy->derived->parameters->len;
        g_array_append_val(hierarchy->outside, p);
        if (!add_outside_parameter(hierarchy, p, error))
            return false;
    }
    return true;
}

/* The parameter's value where its column has the value `v`. */
static guint old_value(const Hierarchy *hierarchy, guint parameter, guint v)
{
    guint column = hierarchy->column_of[parameter];
    if (column >= hierarchy->units->len)
        return v;
    const Unit *unit = hierarchy->units->pdata[column];
    return unit_value(unit, v, (guint)member_at(unit->group, parameter));
}

static guint column_values(const Hierarchy *hierarchy, guint column)
{
    return cover_model_parameter(hierarchy->derived, column)->values->len;
}

static guint32 *derive_ranks(const Hierarchy *hierarchy, guint parameter, const guint32 *rank)
{
    guint n = column_values(hierarchy, hierarchy->column_of[parameter]);
    guint32 *ranks = g_new(guint32, n);
    for (guint v = 0; v < n; v++)
        ranks[v] = rank[old_value(hierarchy, parameter, v)];
    return ranks;
}

/* A relation between two parameters of one unit is a set of the unit's values. */
static Expression *derive_relation(const Hierarchy *hierarchy, const Expression *from)
{
    guint a = hierarchy->column_of[from->parameter], b = hierarchy->column_of[from->other];
    guint n = column_values(hierarchy, a);
    Expression *to = expression_new(a == b ? EXPRESSION_MEMBER : EXPRESSION_RELATION);
    g_autofree guint32 *rank = derive_ranks(hierarchy, from->parameter, from->rank);
    g_autofree guint32 *other_rank = derive_ranks(hierarchy, from->other, from->other_rank);
    to->parameter = a;
    if (a != b) {
        to->relation = from->relation;
        to->other = b;
        to->rank = g_steal_pointer(&rank);
        to->other_rank = g_steal_pointer(&other_rank);
        return to;
    }
    to->allowed = g_new0(guint64, n / 64 + 1);
    for (guint v = 0; v < n; v++)
        if (relation_holds(from->relation, rank[v], other_rank[v]))
            to->allowed[v >> 6] |= G_GUINT64_CONSTANT(1) << (v & 63);
    return to;
}

static Expression *derive_expression(const Hierarchy *hierarchy, const Expression *from)
{
    if (from->kind == EXPRESSION_RELATION)
        return derive_relation(hierarchy, from);
    Expression *to = expression_new(from->kind);
    if (from->kind == EXPRESSION_MEMBER) {
        to->parameter = hierarchy->column_of[from->parameter];
        guint n = column_values(hierarchy, to->parameter);
        to->allowed = g_new0(guint64, n / 64 + 1);
        for (guint v = 0; v < n; v++) {
            guint old = old_value(hierarchy, from->parameter, v);
            if (from->allowed[old >> 6] >> (old & 63) & 1)
                to->allowed[v >> 6] |= G_GUINT64_CONSTANT(1) << (v & 63);
        }
        return to;
    }
    for (guint i = 0; i < from->children->len; i++)
        g_ptr_array_add(to->children, derive_expression(hierarchy, from->children->pdata[i]));
    return to;
}

/* A parameter in several units has the same value in all of them. */
static void link_units(const Hierarchy *hierarchy, guint u, guint member)
{
    const Unit *unit = hierarchy->units->pdata[u];
    guint p = g_array_index(unit->group->members, guint, member);
    guint first = hierarchy->column_of[p];
    if (first == u)
        return;
    Expression *same = expression_new(EXPRESSION_RELATION);
    same->parameter = u;
    same->relation = RELATION_EQ;
    same->other = first;
    same->rank = g_new(guint32, unit->n);
    same->other_rank = g_new(guint32, column_values(hierarchy, first));
    for (guint v = 0; v < unit->n; v++)
        same->rank[v] = unit_value(unit, v, member);
    for (guint v = 0; v < column_values(hierarchy, first); v++)
        same->other_rank[v] = old_value(hierarchy, p, v);
    same->text = g_strdup_printf("one value for [%s] in all sub-models",
                                 cover_model_parameter(hierarchy->model, p)->name);
    same->where = g_strdup("sub-models");
    g_ptr_array_add(hierarchy->derived->constraints, same);
}

static void derive_constraints(Hierarchy *hierarchy)
{
    const GPtrArray *constraints = hierarchy->model->constraints;
    for (guint c = 0; c < constraints->len; c++) {
        const Expression *from = constraints->pdata[c];
        Expression *to = derive_expression(hierarchy, from);
        to->text = g_strdup(from->text);
        to->where = g_strdup(from->where);
        g_ptr_array_add(hierarchy->derived->constraints, to);
    }
    for (guint u = 0; u < hierarchy->units->len; u++) {
        const Unit *unit = hierarchy->units->pdata[u];
        for (guint m = 0; m < unit->group->members->len; m++)
            link_units(hierarchy, u, m);
    }
}

static void derive_seeds(Hierarchy *hierarchy)
{
    guint n = hierarchy->derived->parameters->len;
    for (guint s = 0; s < hierarchy->seeds->len; s++) {
        const guint16 *from = hierarchy->seeds->pdata[s];
        g_autofree guint16 *to = g_new(guint16, n);
        for (guint u = 0; u < hierarchy->units->len; u++) {
            Unit *unit = hierarchy->units->pdata[u];
            guint r = 0, members = unit->group->members->len, same = 0;
            for (r = 0; r < unit->n; r++) {
                for (same = 0; same < members; same++)
                    if (unit_value(unit, r, same) !=
                        from[g_array_index(unit->group->members, guint, same)])
                        break;
                if (same == members)
                    break;
            }
            to[u] = r < unit->n ? (guint16)r : COVER_ANY;
        }
        for (guint i = 0; i < hierarchy->outside->len; i++)
            to[hierarchy->units->len + i] = from[g_array_index(hierarchy->outside, guint, i)];
        cover_model_add_seed(hierarchy->derived, to);
    }
}

static void expand_rows(const Hierarchy *hierarchy, CoverArray *array)
{
    guint n = hierarchy->model->parameters->len;
    g_autofree guint16 *old = g_steal_pointer(&array->cells);
    array->cells = g_new(guint16, (gsize)array->n_rows * n + 1);
    for (guint r = 0; r < array->n_rows; r++)
        for (guint p = 0; p < n; p++)
            array->cells[(gsize)r * n + p] = (guint16)old_value(
                hierarchy, p, old[(gsize)r * array->n_parameters + hierarchy->column_of[p]]);
    array->n_parameters = n;
}

bool hierarchy_generate(const CoverModel *model, const CoverOptions *options,
                        CoverGenerate generate, CoverArray **ret_array, GError **error)
{
    g_auto(Hierarchy) hierarchy = {.model = model};
    CoverOptions rest = *options;
    hierarchy.units = g_ptr_array_new_with_free_func(unit_free);
    if (!complete_seeds(&hierarchy, error))
        return false;
    for (guint g = 0; g < model->groups->len; g++)
        if (!make_unit(&hierarchy, model->groups->pdata[g], options, generate, error))
            return false;
    if (!derive_parameters(&hierarchy, error))
        return false;
    derive_constraints(&hierarchy);
    derive_seeds(&hierarchy);
    rest.budget_s = options->budget_s * (1 - GROUPS_SHARE);
    rest.work = (guint64)((double)options->work * (1 - GROUPS_SHARE));
    if (!generate(hierarchy.derived, &rest, ret_array, error))
        return false;
    expand_rows(&hierarchy, *ret_array);
    (*ret_array)->first_s += hierarchy.first_s;
    (*ret_array)->total_s += hierarchy.total_s;
    (*ret_array)->clock_ended = (*ret_array)->clock_ended || hierarchy.clock_ended;
    (*ret_array)->optimal = false;
    return true;
}
