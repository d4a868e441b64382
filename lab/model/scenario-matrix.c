/* SPDX-License-Identifier: GPL-2.0-or-later
 * The matrix of a test; see scenario-matrix.h.
 */
#include "model/scenario-matrix.h"

#include <string.h>

#include "model/damage.h"
#include "util/error.h"

typedef struct {
    const XmlFile *file;
    const xmlNode *element; /* the <vendors> under way */
    const GPtrArray *names; /* that it chooses from */
    guint together;
    bool all_orders;
    guint orders;    /* VendorSet.orders */
    GPtrArray *sets; /* filled */
} Expansion;

static bool same_names(const GPtrArray *one, const GPtrArray *other)
{
    bool same = one->len == other->len;

    for (guint i = 0; same && i < one->len; i++)
        same = g_str_equal(g_ptr_array_index(one, i), g_ptr_array_index(other, i));
    return same;
}

static bool add_set(const Expansion *expansion, const GPtrArray *picked, GError **error)
{
    guint orders = picked->len > 1 ? MIN(expansion->orders, picked->len) : 0;

    for (guint i = 0; i < expansion->sets->len; i++) {
        const VendorSet *set = g_ptr_array_index(expansion->sets, i);
        if (set->orders == orders && same_names(set->install, picked))
            return true;
    }
    if (expansion->sets->len == SCENARIO_VENDOR_SETS_MAX)
        return xml_fail(expansion->file, expansion->element, NULL, error,
                        "this test has more than %d vendor sets", SCENARIO_VENDOR_SETS_MAX);
    VendorSet *set = g_new0(VendorSet, 1);
    set->orders = orders;
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
        .all_orders = of && (!orders || g_str_equal(orders, "all")),
        .orders = g_strcmp0(orders, "pairs") == 0     ? 2
                  : g_strcmp0(orders, "triples") == 0 ? 3
                                                      : 0,
        .sets = sets,
    };
    if (!check_names(file, element, attribute, names, error))
        return false;
    if (expansion.together > names->len)
        return xml_fail(file, element, "together", error,
                        "there are only %u vendors to choose from", names->len);
    return choose(&expansion, picked, 0, error);
}

/* Values, from the attribute or from elements. */
static bool read_values(const XmlFile *file, const xmlNode *element, Parameter *parameter,
                        GError **error)
{
    g_autoptr(GPtrArray) words = xml_attr_words(element, "values");
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    bool attribute = xmlHasProp(element, (const xmlChar *)"values");

    if (attribute == (xml_child(element, "value") != NULL))
        return xml_fail(file, element, attribute ? "values" : NULL, error,
                        attribute ? "values stand in 'values' or in elements 'value', not in both"
                                  : "'parameter' needs 'values' or elements 'value'");
    for (guint i = 0; i < words->len; i++) {
        const ValueTraits traits = {.weight = 1};
        char *value = g_ptr_array_index(words, i);
        if (!g_hash_table_add(seen, value))
            return xml_fail(file, element, "values", error, "value '%s' is there twice", value);
        g_ptr_array_add(parameter->values, g_strdup(value));
        g_array_append_val(parameter->traits, traits);
    }
    XML_FOREACH(child, element, "value")
    {
        const ValueTraits traits = {(guint)xml_attr_int(child, "weight", 1),
                                    xmlHasProp(child, (const xmlChar *)"negative")};
        g_ptr_array_add(parameter->values, xml_text_stripped(child));
        char *value = g_ptr_array_index(parameter->values, parameter->values->len - 1);
        g_array_append_val(parameter->traits, traits);
        if (!g_hash_table_add(seen, value))
            return xml_fail(file, child, NULL, error, "value '%s' is there twice", value);
    }
    for (guint i = 0; i < parameter->traits->len; i++)
        if (!g_array_index(parameter->traits, ValueTraits, i).negative)
            return true;
    return xml_fail(file, element, NULL, error,
                    "every value of parameter '%s' is negative: it needs a valid one",
                    parameter->key);
}

static Parameter *parameter_new(const xmlNode *element)
{
    Parameter *parameter = g_new0(Parameter, 1);

    parameter->name = xml_attr(element, "name");
    parameter->vendor = xml_attr(element, "vendor");
    parameter->key = parameter->vendor
                         ? g_strdup_printf("%s.%s", parameter->vendor, parameter->name)
                         : g_strdup(parameter->name);
    parameter->values = g_ptr_array_new_with_free_func(g_free);
    parameter->traits = g_array_new(FALSE, FALSE, sizeof(ValueTraits));
    xml_place(element, &parameter->line, &parameter->column);
    return parameter;
}

static bool test_has_vendor(const Test *test, const char *name)
{
    for (guint i = 0; i < test->vendor_sets->len; i++) {
        const VendorSet *set = g_ptr_array_index(test->vendor_sets, i);
        if (g_ptr_array_find_with_equal_func(set->install, name, g_str_equal, NULL))
            return true;
    }
    return false;
}

/* Constraints know a parameter by its key, each vendor's place by the vendor's name, and these. */
static bool check_parameter_name(const XmlFile *file, const xmlNode *element, const Test *test,
                                 const Parameter *parameter, GError **error)
{
    static const char *const taken[] = {"guest", "vendors", "together", NULL};

    if (matrix_parameter(test, parameter->key))
        return xml_fail(file, element, "name", error, "parameter '%s' is there a second time",
                        parameter->key);
    if (!parameter->vendor &&
        (g_strv_contains(taken, parameter->name) || test_has_vendor(test, parameter->name)))
        return xml_fail(file, element, "name", error,
                        "a parameter cannot be called '%s': the matrix has something of that name",
                        parameter->name);
    if (parameter->vendor && !test_has_vendor(test, parameter->vendor))
        return xml_fail(file, element, "vendor", error, "vendor '%s' is in no vendor set",
                        parameter->vendor);
    return true;
}

static bool read_parameter(const XmlFile *file, const xmlNode *element, Test *test, GError **error)
{
    Parameter *parameter = parameter_new(element);
    bool free_name = check_parameter_name(file, element, test, parameter, error);

    g_ptr_array_add(test->parameters, parameter);
    return free_name && read_values(file, element, parameter, error);
}

/* Mutations: the parameter's values are words for damage */

static bool read_words(const XmlFile *file, const xmlNode *element, Parameter *parameter,
                       GError **error)
{
    g_autoptr(GPtrArray) names = xml_attr_words(element, "of");
    bool sealed = xmlHasProp(element, (const xmlChar *)"sealed");
    const ValueTraits traits = {.weight = 1};
    guint named = names->len, index;

    for (guint i = 0; i < named; i++)
        if (g_ptr_array_find_with_equal_func(names, names->pdata[i], g_str_equal, &index) &&
            index < i)
            return xml_fail(file, element, "of", error, "mutation '%s' is there twice",
                            (char *)names->pdata[i]);
    for (const char *const *name = damage_mutations(); named == 0 && *name; name++)
        g_ptr_array_add(names, g_strdup(*name));
    g_ptr_array_unref(parameter->values);
    parameter->values = damage_sweep(names, (guint)xml_attr_int(element, "count", 0),
                                     (guint)xml_attr_int(element, "seed", 1), sealed);
    for (guint i = 0; i < parameter->values->len; i++)
        g_array_append_val(parameter->traits, traits);
    return true;
}

static bool read_mutations(const XmlFile *file, const xmlNode *element, Test *test, GError **error)
{
    Parameter *parameter = parameter_new(element);
    bool free_name = check_parameter_name(file, element, test, parameter, error);

    g_ptr_array_add(test->parameters, parameter);
    return free_name && read_words(file, element, parameter, error);
}

/* Events: the parameter has no values, the plan makes its orders */

static bool read_events(const XmlFile *file, const xmlNode *element, Test *test, GError **error)
{
    Parameter *parameter = parameter_new(element);
    MatrixEvents *events = NULL;
    bool free_name = check_parameter_name(file, element, test, parameter, error);

    g_ptr_array_add(test->parameters, parameter);
    if (!free_name || !matrix_read_events(file, element, &events, error))
        return false;
    g_ptr_array_add(test->matrix->events, events);
    return true;
}

bool scenario_read_matrix(const XmlFile *file, const xmlNode *matrix, Test *test, GError **error)
{
    XML_FOREACH(vendors, matrix, "vendors")
    {
        if (!read_vendors(file, vendors, test->vendor_sets, error))
            return false;
    }
    XML_FOREACH(child, matrix, NULL)
    {
        if (xml_is(child, "parameter") && !read_parameter(file, child, test, error))
            return false;
        if (xml_is(child, "mutations") && !read_mutations(file, child, test, error))
            return false;
        if (xml_is(child, "events") && !read_events(file, child, test, error))
            return false;
    }
    return matrix_read_rules(file, matrix, test, error);
}
