/* SPDX-License-Identifier: GPL-2.0-or-later
 * A test's matrix as a covering model.
 */
#include "plan/plan-model.h"

#include <math.h>
#include <string.h>

#include "plan/plan-orders.h"
#include "util/error.h"

static void plan_set_free(gpointer data)
{
    PlanSet *set = data;

    g_ptr_array_unref(set->install);
    g_free(set);
}

void plan_model_free(PlanModel *model)
{
    if (!model)
        return;
    cover_model_free(model->cover);
    g_ptr_array_unref(model->sets);
    g_ptr_array_unref(model->values);
    g_free(model);
}

bool plan_model_fail(const PlanModel *model, guint line, guint column, GError **error,
                     const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "%s:%u:%u: %s", model->test->file, line,
                column, message);
    return false;
}

/* Vendor sets */

static bool same_names(const GPtrArray *one, const GPtrArray *other)
{
    bool same = one->len == other->len;

    for (guint i = 0; same && i < one->len; i++)
        same = g_str_equal(g_ptr_array_index(one, i), g_ptr_array_index(other, i));
    return same;
}

static int find_set(const PlanModel *model, const GPtrArray *install)
{
    for (guint i = 0; i < model->sets->len; i++)
        if (same_names(((const PlanSet *)g_ptr_array_index(model->sets, i))->install, install))
            return (int)i;
    return -1;
}

/* Takes the array of names. */
static void add_set(PlanModel *model, const VendorSet *from, GPtrArray *install, bool added)
{
    if (find_set(model, install) >= 0) {
        g_ptr_array_unref(install);
        return;
    }
    PlanSet *set = g_new0(PlanSet, 1);
    set->install = install;
    set->from = from;
    set->added = added;
    g_ptr_array_add(model->sets, set);
}

static bool add_sets(PlanModel *model, GError **error)
{
    const GPtrArray *sets = model->test->vendor_sets;

    for (guint i = 0; i < sets->len; i++) {
        const VendorSet *set = g_ptr_array_index(sets, i);
        g_autoptr(GPtrArray) orders = NULL;
        if (!plan_orders_of_set(set, &orders, error))
            return false;
        for (guint o = 0; o < orders->len; o++)
            add_set(model, set, g_ptr_array_ref(g_ptr_array_index(orders, o)), false);
    }
    return true;
}

/* No vendor, and each one alone. */
static void add_control_sets(PlanModel *model)
{
    const GPtrArray *sets = model->test->vendor_sets;

    add_set(model, g_ptr_array_index(sets, 0), g_ptr_array_new(), true);
    for (guint i = 0; i < sets->len; i++) {
        const VendorSet *set = g_ptr_array_index(sets, i);
        for (guint j = 0; j < set->install->len; j++) {
            GPtrArray *alone = g_ptr_array_new();
            g_ptr_array_add(alone, g_ptr_array_index(set->install, j));
            add_set(model, set, alone, true);
        }
    }
}

/* Columns */

static char *set_name(const PlanSet *set)
{
    const VendorSet as_set = {.install = set->install};

    return set->install->len ? vendor_set_text(&as_set) : g_strdup("none");
}

static bool add_column(PlanModel *model, const char *name, GPtrArray *values, GError **error)
{
    bool counts = values->len > 1;

    if (!cover_model_add(model->cover, name, values, error))
        return false;
    cover_model_parameter(model->cover, model->cover->parameters->len - 1)->result = !counts;
    return true;
}

static GPtrArray *value_list(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)cover_value_free);
}

static bool add_guests_and_sets(PlanModel *model, GError **error)
{
    GPtrArray *guests = value_list(), *sets = value_list();

    for (guint i = 0; i < model->scenario->guests->len; i++)
        g_ptr_array_add(guests, cover_value_new(g_ptr_array_index(model->scenario->guests, i)));
    for (guint i = 0; i < model->sets->len; i++) {
        g_autofree char *name = set_name(g_ptr_array_index(model->sets, i));
        g_ptr_array_add(sets, cover_value_new(name));
    }
    if (!add_column(model, "guest", guests, error)) {
        g_ptr_array_unref(sets);
        return false;
    }
    return add_column(model, "vendors", sets, error);
}

/* "-" must not make texts of numbers, so that constraints go on to compare them. */
static void add_absent(PlanModel *model)
{
    CoverParameter *column = cover_model_parameter(model->cover, model->cover->parameters->len - 1);
    CoverValue *absent = cover_value_new("-");

    absent->number = -HUGE_VAL;
    g_ptr_array_add(column->values, absent);
    column->result = false;
}

static bool add_parameter(PlanModel *model, const Parameter *parameter, GError **error)
{
    GPtrArray *values = g_ptr_array_ref(parameter->values), *list = value_list();

    for (guint i = 0; i < model->test->matrix->events->len; i++) {
        const MatrixEvents *events = g_ptr_array_index(model->test->matrix->events, i);
        if (!g_str_equal(events->name, parameter->key))
            continue;
        g_ptr_array_unref(values);
        if (!plan_orders_of_events(events, &values, error)) {
            g_ptr_array_unref(list);
            return false;
        }
    }
    g_ptr_array_add(model->values, values);
    for (guint v = 0; v < values->len; v++) {
        CoverValue *value = cover_value_new(g_ptr_array_index(values, v));
        if (v < parameter->traits->len) {
            value->weight = g_array_index(parameter->traits, ValueTraits, v).weight;
            value->negative = g_array_index(parameter->traits, ValueTraits, v).negative;
        }
        g_ptr_array_add(list, value);
    }
    if (!add_column(model, parameter->key, list, error))
        return false;
    if (parameter->vendor)
        add_absent(model);
    return true;
}

static guint place_in(const PlanSet *set, const char *vendor)
{
    guint index;

    return g_ptr_array_find_with_equal_func(set->install, vendor, g_str_equal, &index) ? index + 1
                                                                                       : 0;
}

/* What a set has in a column that follows from it: `vendor` NULL: how many vendors. */
static guint number_in(const PlanSet *set, const char *vendor)
{
    return vendor ? place_in(set, vendor) : set->install->len;
}

/* A constraint "these two columns have equal ranks" that the matrix implies. Takes the ranks. */
static void link_columns(PlanModel *model, guint other, guint32 *rank, guint32 *other_rank)
{
    Expression *expression = expression_new(EXPRESSION_RELATION);

    expression->parameter = PLAN_COLUMN_VENDORS;
    expression->relation = RELATION_EQ;
    expression->other = other;
    expression->rank = rank;
    expression->other_rank = other_rank;
    expression->text = g_strdup_printf("'%s' goes with the vendors",
                                       cover_model_parameter(model->cover, other)->name);
    expression->where =
        g_strdup_printf("%s:%u:%u", model->test->file, model->test->line, model->test->column);
    g_ptr_array_add(model->cover->constraints, expression);
}

static void link_parameter(PlanModel *model, const Parameter *parameter, guint column)
{
    guint n = cover_model_parameter(model->cover, column)->values->len;
    guint32 *rank = g_new0(guint32, model->sets->len), *other_rank = g_new0(guint32, n);

    for (guint s = 0; s < model->sets->len; s++)
        rank[s] = place_in(g_ptr_array_index(model->sets, s), parameter->vendor) > 0;
    for (guint v = 0; v + 1 < n; v++)
        other_rank[v] = 1;
    link_columns(model, column, rank, other_rank);
}

/* A column of numbers that follows from the vendor set. */
static bool add_following(PlanModel *model, const char *name, const char *vendor, GError **error)
{
    GPtrArray *values = value_list();
    g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(guint32));
    guint32 *rank = g_new0(guint32, model->sets->len);

    for (guint32 number = 0; number <= G_MAXUINT8; number++) {
        bool found = false;
        for (guint s = 0; s < model->sets->len && !found; s++)
            found = number_in(g_ptr_array_index(model->sets, s), vendor) == number;
        if (!found)
            continue;
        g_autofree char *text = g_strdup_printf("%u", number);
        g_ptr_array_add(values, cover_value_new(text));
        g_array_append_val(numbers, number);
    }
    for (guint s = 0; s < model->sets->len; s++)
        rank[s] = number_in(g_ptr_array_index(model->sets, s), vendor);
    if (!add_column(model, name, values, error)) {
        g_free(rank);
        return false;
    }
    guint column = model->cover->parameters->len - 1;
    if (!vendor || !model->test->matrix->by_vendor)
        cover_model_parameter(model->cover, column)->result = true;
    link_columns(model, column, rank, (guint32 *)g_array_free(g_steal_pointer(&numbers), FALSE));
    return true;
}

/* The test's vendors, of char* that belong to the scenario, in order of appearance. */
static GPtrArray *vendors_of(const Test *test)
{
    GPtrArray *vendors = g_ptr_array_new();

    for (guint i = 0; i < test->vendor_sets->len; i++) {
        const VendorSet *set = g_ptr_array_index(test->vendor_sets, i);
        for (guint j = 0; j < set->install->len; j++) {
            char *name = g_ptr_array_index(set->install, j);
            if (!g_ptr_array_find_with_equal_func(vendors, name, g_str_equal, NULL))
                g_ptr_array_add(vendors, name);
        }
    }
    return vendors;
}

static bool add_places(PlanModel *model, GError **error)
{
    const Matrix *matrix = model->test->matrix;
    g_autoptr(GPtrArray) vendors = vendors_of(model->test);

    if (matrix->constraints->len == 0 && !matrix->by_vendor)
        return true;
    for (guint i = 0; i < vendors->len; i++) {
        const char *vendor = g_ptr_array_index(vendors, i);
        if (!add_following(model, vendor, vendor, error))
            return false;
    }
    cover_model_parameter(model->cover, PLAN_COLUMN_VENDORS)->result |= matrix->by_vendor;
    return add_following(model, "together", NULL, error);
}

static bool add_columns(PlanModel *model, GError **error)
{
    const GPtrArray *parameters = model->test->parameters;

    if (!add_guests_and_sets(model, error))
        return false;
    for (guint i = 0; i < parameters->len; i++) {
        const Parameter *parameter = g_ptr_array_index(parameters, i);
        if (!add_parameter(model, parameter, error))
            return false;
        if (parameter->vendor)
            link_parameter(model, parameter, PLAN_COLUMN_PARAMETER + i);
    }
    return add_places(model, error);
}

/* Rules */

static bool add_constraints(PlanModel *model, GError **error)
{
    const GPtrArray *constraints = model->test->matrix->constraints;

    for (guint i = 0; i < constraints->len; i++) {
        const MatrixConstraint *constraint = g_ptr_array_index(constraints, i);
        /* Blanks in front, so that columns of messages are those of the file. */
        g_autofree char *margin = g_strnfill(constraint->column - 1, ' ');
        g_autofree char *own = g_strchomp(g_strdup(constraint->text));
        g_autofree char *text =
            g_strconcat(margin, own, g_str_has_suffix(own, ";") ? "" : ";", NULL);
        if (!cover_model_constrain(model->cover, text, model->test->file, constraint->line, error))
            return false;
    }
    if (model->cover->doubts->len == 0)
        return true;
    g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                        g_ptr_array_index(model->cover->doubts, 0));
    return false;
}

/* The columns that a key of a group means, as far as they count. */
static void append_columns(const PlanModel *model, const char *key, GArray *members)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();

    if (g_str_equal(key, "vendors") && model->test->matrix->by_vendor) {
        g_ptr_array_unref(g_steal_pointer(&names));
        names = vendors_of(model->test);
    } else {
        g_ptr_array_add(names, (gpointer)key);
    }
    for (guint i = 0; i < names->len; i++) {
        guint column = (guint)cover_model_find(model->cover, g_ptr_array_index(names, i));
        if (!cover_model_parameter(model->cover, column)->result)
            g_array_append_val(members, column);
    }
}

static bool add_groups(PlanModel *model, GError **error)
{
    const GPtrArray *groups = model->test->matrix->groups;

    for (guint i = 0; i < groups->len; i++) {
        const MatrixGroup *group = g_ptr_array_index(groups, i);
        GArray *members = g_array_new(FALSE, FALSE, sizeof(guint));
        for (guint k = 0; k < group->of->len; k++)
            append_columns(model, g_ptr_array_index(group->of, k), members);
        guint strength = MIN(group->strength, members->len);
        if (members->len == 0)
            g_array_unref(members);
        else if (!cover_model_add_group(model->cover, members, strength, error))
            return false;
    }
    return true;
}

static bool add_seed(PlanModel *model, const MatrixSeed *seed, GError **error)
{
    guint n = model->cover->parameters->len;
    g_autofree guint16 *row = g_new(guint16, n);
    GHashTableIter iter;
    gpointer key, value;

    for (guint p = 0; p < n; p++)
        row[p] = COVER_ANY;
    if (seed->guest) {
        int guest = cover_model_find_value(model->cover, PLAN_COLUMN_GUEST, seed->guest);
        if (guest < 0)
            return plan_model_fail(model, seed->line, seed->column, error,
                                   "the scenario has no guest '%s'", seed->guest);
        row[PLAN_COLUMN_GUEST] = (guint16)guest;
    }
    if (seed->vendors) {
        int set = find_set(model, seed->vendors);
        const VendorSet as_set = {.install = seed->vendors};
        g_autofree char *text = vendor_set_text(&as_set);
        if (set < 0)
            return plan_model_fail(model, seed->line, seed->column, error,
                                   "no vendor set of the matrix is '%s'", text);
        row[PLAN_COLUMN_VENDORS] = (guint16)set;
    }
    g_hash_table_iter_init(&iter, seed->values);
    while (g_hash_table_iter_next(&iter, &key, &value)) {
        guint column = (guint)cover_model_find(model->cover, key);
        row[column] = (guint16)cover_model_find_value(model->cover, column, value);
    }
    if (seed->vendors)
        plan_model_follow(model, row);
    cover_model_add_seed(model->cover, row);
    return true;
}

static bool add_seeds(PlanModel *model, GError **error)
{
    const GPtrArray *seeds = model->test->matrix->seeds;

    for (guint i = 0; i < seeds->len; i++)
        if (!add_seed(model, g_ptr_array_index(seeds, i), error))
            return false;
    return true;
}

guint plan_model_strength(const PlanModel *model, guint wanted)
{
    guint strength = wanted ? wanted : model->test->matrix->strength;

    return MIN(strength ? strength : 2, cover_model_counting(model->cover));
}

bool plan_model_new(const Scenario *scenario, const Test *test, bool controls,
                    PlanModel **ret_model, GError **error)
{
    g_autoptr(PlanModel) model = g_new0(PlanModel, 1);

    model->scenario = scenario;
    model->test = test;
    model->cover = cover_model_new();
    model->cover->case_sensitive = true;
    model->sets = g_ptr_array_new_with_free_func(plan_set_free);
    model->values = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
    if (!add_sets(model, error))
        return false;
    if (controls)
        add_control_sets(model);
    if (!add_columns(model, error) || !add_constraints(model, error) || !add_groups(model, error) ||
        !add_seeds(model, error))
        return false;
    model->strength = MIN(test->matrix->strength, cover_model_counting(model->cover));
    *ret_model = g_steal_pointer(&model);
    return true;
}

/* Rows */

guint16 plan_model_absent(const PlanModel *model, guint parameter)
{
    return (guint16)((const GPtrArray *)g_ptr_array_index(model->values, parameter))->len;
}

void plan_model_follow(const PlanModel *model, guint16 *row)
{
    const PlanSet *set = g_ptr_array_index(model->sets, row[PLAN_COLUMN_VENDORS]);
    const GPtrArray *parameters = model->test->parameters;

    for (guint i = 0; i < parameters->len; i++) {
        const Parameter *parameter = g_ptr_array_index(parameters, i);
        if (parameter->vendor && place_in(set, parameter->vendor) == 0)
            row[PLAN_COLUMN_PARAMETER + i] = plan_model_absent(model, i);
    }
    for (guint p = PLAN_COLUMN_PARAMETER + parameters->len; p < model->cover->parameters->len;
         p++) {
        const char *name = cover_model_parameter(model->cover, p)->name;
        bool together = p + 1 == model->cover->parameters->len;
        g_autofree char *text = g_strdup_printf("%u", number_in(set, together ? NULL : name));
        row[p] = (guint16)cover_model_find_value(model->cover, p, text);
    }
}

bool plan_model_row(const PlanModel *model, const PlanCase *plan_case, guint16 *ret_row)
{
    const GPtrArray *parameters = model->test->parameters;
    int guest = cover_model_find_value(model->cover, PLAN_COLUMN_GUEST, plan_case->guest);
    int set = find_set(model, plan_case->vendors);

    if (guest < 0 || set < 0)
        return false;
    ret_row[PLAN_COLUMN_GUEST] = (guint16)guest;
    ret_row[PLAN_COLUMN_VENDORS] = (guint16)set;
    for (guint i = 0; i < parameters->len; i++) {
        const Parameter *parameter = g_ptr_array_index(parameters, i);
        const char *value = g_hash_table_lookup(plan_case->parameters, parameter->key);
        int number = value ? cover_model_find_value(model->cover, PLAN_COLUMN_PARAMETER + i, value)
                           : (int)COVER_ANY;
        if (number < 0)
            return false;
        ret_row[PLAN_COLUMN_PARAMETER + i] = (guint16)number;
    }
    plan_model_follow(model, ret_row);
    return true;
}

guint64 **plan_model_everything(const PlanModel *model)
{
    guint64 **allowed = g_new0(guint64 *, model->cover->parameters->len + 1);

    for (guint p = 0; p < model->cover->parameters->len; p++) {
        guint n = cover_model_parameter(model->cover, p)->values->len;
        allowed[p] = g_new0(guint64, n / 64 + 1);
        for (guint v = 0; v < n; v++)
            allowed[p][v >> 6] |= G_GUINT64_CONSTANT(1) << (v & 63);
    }
    return allowed;
}
