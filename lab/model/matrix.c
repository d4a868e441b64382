/* SPDX-License-Identifier: GPL-2.0-or-later
 * The parts of a matrix: freeing, and what a step's placeholders can become.
 */
#include "model/matrix.h"

#include <string.h>

#include "model/placeholder.h"
#include "model/scenario.h"

void vendor_set_free(gpointer vendor_set)
{
    VendorSet *set = vendor_set;

    g_ptr_array_unref(set->install);
    g_free(set);
}

void parameter_free(gpointer data)
{
    Parameter *parameter = data;

    g_free(parameter->name);
    g_free(parameter->vendor);
    g_free(parameter->key);
    g_ptr_array_unref(parameter->values);
    g_array_unref(parameter->traits);
    g_free(parameter);
}

static void event_free(gpointer data)
{
    MatrixEvent *event = data;

    g_free(event->name);
    g_ptr_array_unref(event->after);
    g_ptr_array_unref(event->needs);
    g_free(event);
}

void matrix_events_free(gpointer data)
{
    MatrixEvents *events = data;

    g_free(events->name);
    g_ptr_array_unref(events->events);
    g_free(events);
}

static void group_free(gpointer data)
{
    MatrixGroup *group = data;

    g_ptr_array_unref(group->of);
    g_free(group);
}

static void constraint_free(gpointer data)
{
    MatrixConstraint *constraint = data;

    g_free(constraint->text);
    g_free(constraint);
}

static void seed_free(gpointer data)
{
    MatrixSeed *seed = data;

    g_free(seed->guest);
    g_clear_pointer(&seed->vendors, g_ptr_array_unref);
    g_hash_table_unref(seed->values);
    g_free(seed);
}

Matrix *matrix_new(void)
{
    Matrix *matrix = g_new0(Matrix, 1);

    matrix->events = g_ptr_array_new_with_free_func(matrix_events_free);
    matrix->groups = g_ptr_array_new_with_free_func(group_free);
    matrix->constraints = g_ptr_array_new_with_free_func(constraint_free);
    matrix->seeds = g_ptr_array_new_with_free_func(seed_free);
    return matrix;
}

void matrix_free(Matrix *matrix)
{
    if (!matrix)
        return;
    g_ptr_array_unref(matrix->events);
    g_ptr_array_unref(matrix->groups);
    g_ptr_array_unref(matrix->constraints);
    g_ptr_array_unref(matrix->seeds);
    g_clear_pointer(&matrix->keep, g_ptr_array_unref);
    g_free(matrix);
}

MatrixEvent *matrix_event_new(void)
{
    MatrixEvent *event = g_new0(MatrixEvent, 1);

    event->after = g_ptr_array_new_with_free_func(g_free);
    event->needs = g_ptr_array_new_with_free_func(g_free);
    return event;
}

MatrixEvents *matrix_events_new(void)
{
    MatrixEvents *events = g_new0(MatrixEvents, 1);

    events->events = g_ptr_array_new_with_free_func(event_free);
    return events;
}

char *vendor_set_text(const VendorSet *set)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < set->install->len; i++)
        g_string_append_printf(text, "%s%s", i ? " " : "",
                               (char *)g_ptr_array_index(set->install, i));
    return g_string_free(text, FALSE);
}

/* What a step can become */

const Parameter *test_parameter(const Test *test, const char *vendor, const char *name)
{
    const Parameter *found = NULL;

    for (guint i = 0; i < test->parameters->len; i++) {
        const Parameter *parameter = g_ptr_array_index(test->parameters, i);
        if (!g_str_equal(parameter->name, name))
            continue;
        if (parameter->vendor ? g_strcmp0(parameter->vendor, vendor) == 0 : !found)
            found = parameter;
    }
    return found;
}

/* Fills in the parameters `names` from number `at` on in every way. */
static void expand(const Test *test, const char *vendor, const GPtrArray *names, guint at,
                   const char *text, GHashTable *values, GPtrArray *texts)
{
    if (texts->len == TEST_EXPANSIONS_MAX)
        return;
    if (at == names->len) {
        g_autofree char *filled = placeholder_expand(text, values);
        if (!g_ptr_array_find_with_equal_func(texts, filled, g_str_equal, NULL))
            g_ptr_array_add(texts, g_steal_pointer(&filled));
        return;
    }
    char *name = g_ptr_array_index(names, at);
    const Parameter *parameter = test_parameter(test, vendor, name);
    if (!parameter || parameter->values->len == 0) {
        expand(test, vendor, names, at + 1, text, values, texts);
        return;
    }
    for (guint v = 0; v < parameter->values->len; v++) {
        g_hash_table_insert(values, name, g_ptr_array_index(parameter->values, v));
        expand(test, vendor, names, at + 1, text, values, texts);
    }
}

GPtrArray *test_expansions(const Test *test, const char *vendor, const char *text)
{
    g_autoptr(GPtrArray) all = placeholder_names(text);
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    g_autoptr(GHashTable) values = g_hash_table_new(g_str_hash, g_str_equal);
    GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < all->len; i++) {
        char *name = g_ptr_array_index(all, i);
        if (!g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
            g_ptr_array_add(names, name);
    }
    expand(test, vendor, names, 0, text, values, texts);
    return texts;
}

/* Counting */

static bool is_counted_by_plan(const Test *test)
{
    const Matrix *matrix = test->matrix;

    for (guint i = 0; i < test->vendor_sets->len; i++)
        if (((const VendorSet *)g_ptr_array_index(test->vendor_sets, i))->orders > 0)
            return true;
    for (guint i = 0; i < test->parameters->len; i++) {
        const Parameter *parameter = g_ptr_array_index(test->parameters, i);
        for (guint v = 0; v < parameter->traits->len; v++)
            if (g_array_index(parameter->traits, ValueTraits, v).negative)
                return true;
        if (parameter->vendor)
            return true;
    }
    return matrix->strength > 0 || matrix->controls || matrix->events->len > 0 ||
           matrix->constraints->len > 0;
}

guint64 test_cases(const Test *test, guint guests)
{
    guint64 cases = (guint64)guests * test->vendor_sets->len;

    if (is_counted_by_plan(test))
        return 0;
    /* Eight parameters of 500 values each overflow a guint. */
    for (guint p = 0; p < test->parameters->len && cases <= SCENARIO_CASES_MAX; p++)
        cases *= ((const Parameter *)g_ptr_array_index(test->parameters, p))->values->len;
    return cases;
}

guint scenario_cases(const Scenario *scenario)
{
    guint64 total = 0;

    for (guint i = 0; i < scenario->tests->len; i++) {
        guint64 cases = test_cases(g_ptr_array_index(scenario->tests, i), scenario->guests->len);
        if (cases == 0)
            return 0;
        total += cases;
    }
    return (guint)MIN(total, G_MAXUINT);
}
