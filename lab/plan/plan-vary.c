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

guint plan_case_step_at(const PlanCase *plan_case, guint index)
{
    const GPtrArray *paths = plan_case->reversed;
    g_autofree char *path = g_strdup_printf("%u", index + 1);

    for (guint i = 0; paths && i < paths->len; i++)
        if (g_str_equal(paths->pdata[i], path)) {
            const char *other = paths->pdata[paths->len - 1 - i];
            guint64 number = g_ascii_strtoull(other, NULL, 10);
            return number >= 1 && number <= plan_case->test->steps->len ? (guint)number - 1 : index;
        }
    return index;
}

char *plan_case_product(const PlanCase *plan_case, const char *vendor, const char *text)
{
    char *version = text ? plan_case_expand_for(plan_case, vendor, text) : NULL;

    if (!plan_case->instead || !vendor || !version)
        return version;
    g_autofree char *key = g_strdup_printf("%s %s", vendor, version);
    const char *other = g_hash_table_lookup(plan_case->instead, key);
    if (!other)
        return version;
    g_free(version);
    return g_strdup(other);
}

static GPtrArray *copy_texts(const GPtrArray *texts)
{
    if (!texts || texts->len == 0)
        return NULL;
    GPtrArray *copy = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < texts->len; i++)
        g_ptr_array_add(copy, g_strdup(texts->pdata[i]));
    return copy;
}

static GHashTable *copy_table(GHashTable *table)
{
    GHashTableIter iter;
    gpointer key, value;

    if (!table || g_hash_table_size(table) == 0)
        return NULL;
    GHashTable *copy = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_hash_table_iter_init(&iter, table);
    while (g_hash_table_iter_next(&iter, &key, &value))
        g_hash_table_insert(copy, g_strdup(key), g_strdup(value));
    return copy;
}

PlanCase *plan_case_vary(const PlanCase *plan_case, const PlanVariation *variation)
{
    PlanCase *other = plan_case_new();
    const GPtrArray *vendors = variation->vendors;

    other->guest = g_strdup(plan_case->guest);
    other->test = plan_case->test;
    other->test_name = g_strdup(plan_case->test_name);
    other->title = g_strdup(plan_case->title);
    for (guint i = 0; i < vendors->len; i++)
        g_ptr_array_add(other->vendors, g_strdup(vendors->pdata[i]));
    copy_parameters(plan_case, other);
    if (variation->key)
        g_hash_table_replace(other->parameters, g_strdup(variation->key),
                             g_strdup(variation->value));
    other->omits = copy_texts(variation->omits);
    other->instead = copy_table(variation->instead);
    other->reversed = copy_texts(variation->reversed);
    other->control = vendors->len < 2;
    other->id = plan_case_make_id(plan_case->test, other);
    return other;
}
