/* SPDX-License-Identifier: GPL-2.0-or-later
 * The matrix of a test; see scenario-matrix.h.
 */
#include "model/scenario-matrix.h"

#include <string.h>

#include "util/error.h"

typedef struct {
    const XmlFile *file;
    const xmlNode *element; /* the <vendors> under way */
    const GPtrArray *names; /* that it chooses from */
    guint together;
    bool all_orders;
    GPtrArray *sets; /* filled */
} Expansion;

char *vendor_set_text(const VendorSet *set)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < set->install->len; i++)
        g_string_append_printf(text, "%s%s", i ? " " : "",
                               (char *)g_ptr_array_index(set->install, i));
    return g_string_free(text, FALSE);
}

static bool same_names(const GPtrArray *one, const GPtrArray *other)
{
    bool same = one->len == other->len;

    for (guint i = 0; same && i < one->len; i++)
        same = g_str_equal(g_ptr_array_index(one, i), g_ptr_array_index(other, i));
    return same;
}

static bool add_set(const Expansion *expansion, const GPtrArray *picked, GError **error)
{
    for (guint i = 0; i < expansion->sets->len; i++) {
        const VendorSet *set = g_ptr_array_index(expansion->sets, i);
        if (same_names(set->install, picked))
            return true;
    }
    if (expansion->sets->len == SCENARIO_VENDOR_SETS_MAX)
        return xml_fail(expansion->file, expansion->element, NULL, error,
                        "this test has more than %d vendor sets", SCENARIO_VENDOR_SETS_MAX);
    VendorSet *set = g_new0(VendorSet, 1);
    set->install = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < picked->len; i++)
        g_ptr_array_add(set->install, g_strdup(g_ptr_array_index(picked, i)));
    xml_place(expansion->element, &set->line, &set->column);
    g_ptr_array_add(expansion->sets, set);
    return true;
}

/* Adds every choice of `together` names that begins with `picked`; `after` is the index behind the
 * last one picked. */
static bool choose(const Expansion *expansion, GPtrArray *picked, guint after, GError **error)
{
    if (picked->len == expansion->together)
        return add_set(expansion, picked, error);
    for (guint i = expansion->all_orders ? 0 : after; i < expansion->names->len; i++) {
        char *name = g_ptr_array_index(expansion->names, i);
        if (g_ptr_array_find(picked, name, NULL))
            continue;
        g_ptr_array_add(picked, name);
        bool chosen = choose(expansion, picked, i + 1, error);
        g_ptr_array_set_size(picked, picked->len - 1);
        if (!chosen)
            return false;
    }
    return true;
}

static bool check_names(const XmlFile *file, const xmlNode *element, const char *attribute,
                        const GPtrArray *names, GError **error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < names->len; i++) {
        char *name = g_ptr_array_index(names, i);
        if (g_str_equal(name, "each") || g_str_equal(name, "none"))
            return xml_fail(file, element, attribute, error, "'%s' cannot be the name of a vendor",
                            name);
        if (!g_hash_table_add(seen, name))
            return xml_fail(file, element, attribute, error, "vendor '%s' is named twice", name);
    }
    return true;
}

/* Either `install`, or `of` with `together` and perhaps `orders`. */
static bool check_vendors(const XmlFile *file, const xmlNode *element, GError **error)
{
    static const char *const only_with_of[] = {"together", "orders"};
    bool install = xmlHasProp(element, (const xmlChar *)"install");
    bool of = xmlHasProp(element, (const xmlChar *)"of");

    if (install == of)
        return xml_fail(file, element, install ? "of" : NULL, error,
                        "'vendors' needs either 'install' or 'of'%s", install ? ", not both" : "");
    for (guint i = 0; install && i < G_N_ELEMENTS(only_with_of); i++)
        if (xmlHasProp(element, (const xmlChar *)only_with_of[i]))
            return xml_fail(file, element, only_with_of[i], error,
                            "attribute '%s' belongs to 'of', not to 'install'", only_with_of[i]);
    if (of && !xmlHasProp(element, (const xmlChar *)"together"))
        return xml_fail(file, element, NULL, error,
                        "attribute 'together' is missing: how many of them at a time");
    return true;
}

static bool read_vendors(const XmlFile *file, const xmlNode *element, GPtrArray *sets,
                         GError **error)
{
    bool of = xmlHasProp(element, (const xmlChar *)"of");
    const char *attribute = of ? "of" : "install";

    if (!check_vendors(file, element, error))
        return false;
    g_autoptr(GPtrArray) names = xml_attr_words(element, attribute);
    g_autoptr(GPtrArray) picked = g_ptr_array_new();
    g_autofree char *orders = xml_attr(element, "orders");
    Expansion expansion = {
        .file = file,
        .element = element,
        .names = names,
        .together = xml_attr_int(element, "together", names->len),
        .all_orders = of && g_strcmp0(orders, "one") != 0,
        .sets = sets,
    };
    if (!check_names(file, element, attribute, names, error))
        return false;
    if (expansion.together > names->len)
        return xml_fail(file, element, "together", error,
                        "there are only %u vendors to choose from", names->len);
    return choose(&expansion, picked, 0, error);
}

static bool read_parameter(const XmlFile *file, const xmlNode *element, GPtrArray *parameters,
                           GError **error)
{
    g_autofree char *name = xml_attr(element, "name");
    g_autoptr(GPtrArray) values = xml_attr_words(element, "values");
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < parameters->len; i++) {
        const Parameter *other = g_ptr_array_index(parameters, i);
        if (g_str_equal(other->name, name))
            return xml_fail(file, element, "name", error, "parameter '%s' is there a second time",
                            name);
    }
    for (guint i = 0; i < values->len; i++) {
        char *value = g_ptr_array_index(values, i);
        if (!g_hash_table_add(seen, value))
            return xml_fail(file, element, "values", error, "value '%s' is there twice", value);
    }
    Parameter *parameter = g_new0(Parameter, 1);
    parameter->name = g_steal_pointer(&name);
    parameter->values = g_steal_pointer(&values);
    g_ptr_array_add(parameters, parameter);
    return true;
}

bool scenario_read_matrix(const XmlFile *file, const xmlNode *matrix, Test *test, GError **error)
{
    XML_FOREACH(vendors, matrix, "vendors")
    {
        if (!read_vendors(file, vendors, test->vendor_sets, error))
            return false;
    }
    XML_FOREACH(parameter, matrix, "parameter")
    {
        if (!read_parameter(file, parameter, test->parameters, error))
            return false;
    }
    return true;
}
