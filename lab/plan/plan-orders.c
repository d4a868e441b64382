/* SPDX-License-Identifier: GPL-2.0-or-later
 * Install orders and orders of events.
 */
#include "plan/plan-orders.h"

#include "plan/sequence.h"

#define ORDER_STEPS                                                                                \
    20000 /* of each search: a fixed amount of work, so that the orders are fixed                  \
           */

static bool generate(const SequenceModel *model, guint strength, SequenceArray **ret_array,
                     GError **error)
{
    SequenceOptions options = SEQUENCE_OPTIONS_DEFAULT;

    options.strength = strength;
    options.iterations = ORDER_STEPS;
    return sequence_generate(model, &options, ret_array, error);
}

/* Events are all alike here, so they are renamed to make the first order that of the file. */
static GPtrArray *names_in_order(const GPtrArray *names, const SequenceArray *array, guint row)
{
    GPtrArray *order = g_ptr_array_new();
    g_autofree guint *rename = g_new(guint, array->events);

    for (guint i = 0; i < array->events; i++)
        rename[array->cells[i]] = i;
    for (guint i = 0; i < array->events; i++)
        g_ptr_array_add(order,
                        g_ptr_array_index(names, rename[array->cells[row * array->events + i]]));
    return order;
}

bool plan_orders_of_set(const VendorSet *set, GPtrArray **ret_orders, GError **error)
{
    g_autoptr(GPtrArray) orders = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);

    if (set->orders == 0) {
        g_ptr_array_add(orders, g_ptr_array_ref(set->install));
    } else {
        g_autoptr(SequenceModel) model = sequence_model_new_numbered(set->install->len);
        g_autoptr(SequenceArray) array = NULL;
        if (!generate(model, set->orders, &array, error))
            return false;
        for (guint r = 0; r < array->rows; r++)
            g_ptr_array_add(orders, names_in_order(set->install, array, r));
    }
    *ret_orders = g_steal_pointer(&orders);
    return true;
}

static guint find_event(const MatrixEvents *events, const char *name)
{
    guint i = 0;

    while (!g_str_equal(((const MatrixEvent *)g_ptr_array_index(events->events, i))->name, name))
        i++;
    return i;
}

static void add_rules(SequenceModel *model, const MatrixEvents *events, guint second,
                      const GPtrArray *names, bool needed)
{
    for (guint i = 0; i < names->len; i++)
        sequence_model_add_rule(model, find_event(events, g_ptr_array_index(names, i)), second,
                                needed);
}

static SequenceModel *model_of(const MatrixEvents *events)
{
    static const SequencePlace places[] = {[EVENT_ANYWHERE] = SEQUENCE_ANYWHERE,
                                           [EVENT_FIRST] = SEQUENCE_FIRST,
                                           [EVENT_LAST] = SEQUENCE_LAST};
    SequenceModel *model = sequence_model_new();

    for (guint i = 0; i < events->events->len; i++) {
        const MatrixEvent *event = g_ptr_array_index(events->events, i);
        sequence_model_add_event(model, event->name, places[event->place], event->optional);
    }
    for (guint i = 0; i < events->events->len; i++) {
        const MatrixEvent *event = g_ptr_array_index(events->events, i);
        add_rules(model, events, i, event->after, false);
        add_rules(model, events, i, event->needs, true);
    }
    return model;
}

bool plan_orders_of_events(const MatrixEvents *events, GPtrArray **ret_orders, GError **error)
{
    g_autoptr(SequenceModel) model = model_of(events);
    g_autoptr(SequenceArray) array = NULL;

    if (!generate(model, events->strength, &array, error))
        return false;
    g_auto(GStrv) values = sequence_array_values(model, array);
    GPtrArray *orders = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; values[i]; i++) {
        g_auto(GStrv) names = g_strsplit(values[i], " > ", -1);
        char *order = g_strjoinv("+", names);
        g_ptr_array_add(orders, *order ? order : g_strdup("none"));
        if (*order == '\0')
            g_free(order);
    }
    *ret_orders = orders;
    return true;
}
