/* SPDX-License-Identifier: GPL-2.0-or-later
 * Cases that differ from a planned one by what they leave out.
 */
#include <string.h>

#include "plan/plan-case.h"

static bool has_vendor(const GPtrArray *vendors, const char *name)
{
    return g_ptr_array_find_with_equal_func((GPtrArray *)vendors, name, g_str_equal, NULL);
}

bool plan_case_omits(const PlanCase *plan_case, const Step *step, const char *path)
{
    if (plan_case->omits &&
        g_ptr_array_find_with_equal_func(plan_case->omits, path, g_str_equal, NULL))
        return true;
    return step->vendor && !g_str_equal(step->vendor, "each") &&
           !has_vendor(plan_case->vendors, step->vendor);
}

/* Parameters of a vendor's own go with it. */
static void copy_parameters(const PlanCase *from, PlanCase *to)
{
    GHashTableIter iter;
    gpointer key, value;

    g_hash_table_iter_init(&iter, from->parameters);
    while (g_hash_table_iter_next(&iter, &key, &value)) {
        const char *dot = strchr(key, '.');
        g_autofree char *owner = dot ? g_strndup(key, (gsize)(dot - (char *)key)) : NULL;
        if (!owner || has_vendor(to->vendors, owner))
            g_hash_table_insert(to->parameters, g_strdup(key), g_strdup(value));
    }
}

PlanCase *plan_case_vary(const PlanCase *plan_case, const GPtrArray *vendors,
                         const GPtrArray *omits, const char *key, const char *value)
{
    PlanCase *other = plan_case_new();

    other->guest = g_strdup(plan_case->guest);
    other->test = plan_case->test;
    other->test_name = g_strdup(plan_case->test_name);
    other->title = g_strdup(plan_case->title);
    for (guint i = 0; i < vendors->len; i++)
        g_ptr_array_add(other->vendors, g_strdup(vendors->pdata[i]));
    copy_parameters(plan_case, other);
    if (key)
        g_hash_table_replace(other->parameters, g_strdup(key), g_strdup(value));
    if (omits && omits->len > 0) {
        other->omits = g_ptr_array_new_with_free_func(g_free);
        for (guint i = 0; i < omits->len; i++)
            g_ptr_array_add(other->omits, g_strdup(omits->pdata[i]));
    }
    other->control = vendors->len < 2;
    other->id = plan_case_make_id(plan_case->test, other);
    return other;
}
