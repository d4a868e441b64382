/* SPDX-License-Identifier: GPL-2.0-or-later
 * Checks of a scenario beyond its schema; see scenario-check.h.
 */
#include "model/scenario-check.h"

#include <string.h>

#include "model/placeholder.h"
#include "model/scenario-matrix.h"
#include "util/error.h"

typedef struct {
    const XmlFile *file;
    const Test *test;
    GHashTable *used; /* names of the parameters that some step uses */
    guint steps;      /* seen so far */
} Check;

static bool check_unique(const XmlFile *file, const char *element, GError **error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    XML_FOREACH(node, xml_root(file), element)
    {
        g_autofree char *name = xml_attr(node, "name");
        if (!g_hash_table_add(seen, g_strdup(name)))
            return xml_fail(file, node, "name", error, "%s '%s' is there a second time", element,
                            name);
    }
    return true;
}

/* Parameters */

/* Whether {name} is a parameter in a step on that vendor (NULL: in any other step), or on each. */
static bool check_placeholder(Check *check, const xmlNode *step, const char *attribute,
                              const char *vendor, const char *name, GError **error)
{
    const Parameter *parameter = test_parameter(check->test, vendor, name);
    bool others = false;

    for (guint i = 0; i < check->test->parameters->len; i++) {
        const Parameter *other = g_ptr_array_index(check->test->parameters, i);
        others = others || g_str_equal(other->name, name);
    }
    if (!parameter && vendor && others)
        return xml_fail(check->file, step, attribute, error,
                        "test '%s' has no parameter '%s' of vendor '%s' for {%s}",
                        check->test->name, name, vendor, name);
    if (!parameter)
        return xml_fail(check->file, step, attribute, error,
                        "test '%s' has no parameter '%s' for {%s}", check->test->name, name, name);
    g_hash_table_add(check->used, g_strdup(parameter->key));
    return true;
}

/* The vendors that a step is about, of char*; a single NULL where it is about none. */
static GPtrArray *vendors_of(const Check *check, const xmlNode *step)
{
    g_autofree char *vendor = xml_attr(step, "vendor");
    GPtrArray *vendors = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < check->test->vendor_sets->len; i++) {
        const VendorSet *set = g_ptr_array_index(check->test->vendor_sets, i);
        for (guint j = 0; g_strcmp0(vendor, "each") == 0 && j < set->install->len; j++) {
            const char *name = g_ptr_array_index(set->install, j);
            if (!g_ptr_array_find_with_equal_func(vendors, name, g_str_equal, NULL))
                g_ptr_array_add(vendors, g_strdup(name));
        }
    }
    if (g_strcmp0(vendor, "each") != 0)
        g_ptr_array_add(vendors, g_steal_pointer(&vendor));
    return vendors;
}

static bool check_text(Check *check, const xmlNode *step, const char *attribute, const char *text,
                       GError **error)
{
    g_autoptr(GPtrArray) names = placeholder_names(text);
    g_autoptr(GPtrArray) vendors = vendors_of(check, step);

    for (guint i = 0; i < names->len; i++)
        for (guint v = 0; v < vendors->len; v++)
            if (!check_placeholder(check, step, attribute, g_ptr_array_index(vendors, v),
                                   g_ptr_array_index(names, i), error))
                return false;
    return true;
}

static bool check_version(Check *check, const xmlNode *step, const char *attribute, GError **error)
{
    g_autofree char *version = xml_attr(step, attribute);
    g_autoptr(GPtrArray) vendors = vendors_of(check, step);

    if (!version)
        return true;
    if (!check_text(check, step, attribute, version, error))
        return false;
    const char *first = vendors->len ? g_ptr_array_index(vendors, 0) : NULL;
    g_autoptr(GPtrArray) expanded = test_expansions(check->test, first, version);
    if (strpbrk(g_ptr_array_index(expanded, 0), "{}"))
        return xml_fail(check->file, step, attribute, error,
                        "'%s' is no version: a brace does not belong to a parameter", version);
    return true;
}

static bool check_step(Check *check, const xmlNode *step, GError **error)
{
    if (xml_is(step, "run")) {
        g_autofree char *text = xml_text(step);
        return check_text(check, step, NULL, text, error);
    }
    if (xml_is(step, "update")) {
        bool product = xmlHasProp(step, (const xmlChar *)"product");
        bool content = xmlHasProp(step, (const xmlChar *)"content");
        g_autofree char *expect = xml_attr(step, "expect");
        if (product == content)
            return xml_fail(check->file, step, product ? "content" : NULL, error,
                            "'update' needs either 'product' or 'content'%s",
                            product ? ", not both" : "");
        if (product && g_strcmp0(expect, "refused") == 0)
            return xml_fail(check->file, step, "expect", error,
                            "only a content update can be refused");
    }
    return check_version(check, step, "product", error) &&
           check_version(check, step, "content", error);
}

static bool check_steps(Check *check, const xmlNode *steps, GError **error)
{
    XML_FOREACH(step, steps, NULL)
    {
        if (++check->steps > SCENARIO_STEPS_MAX)
            return xml_fail(check->file, step, NULL, error, "test '%s' has more than %d steps",
                            check->test->name, SCENARIO_STEPS_MAX);
        if (!check_step(check, step, error) || !check_steps(check, step, error))
            return false;
    }
    return true;
}

static bool check_parameters_used(const Check *check, const xmlNode *matrix, GError **error)
{
    XML_FOREACH(parameter, matrix, "parameter")
    {
        g_autofree char *name = xml_attr(parameter, "name");
        g_autofree char *vendor = xml_attr(parameter, "vendor");
        g_autofree char *key = vendor ? g_strdup_printf("%s.%s", vendor, name) : g_strdup(name);
        if (!g_hash_table_contains(check->used, key))
            return xml_fail(check->file, parameter, "name", error,
                            "parameter '%s' is not used in any step of test '%s'", name,
                            check->test->name);
    }
    return true;
}

/* Steps on vendors: each vendor must be in the set, and installed by an earlier step */

static bool set_has(const VendorSet *set, const char *name)
{
    return g_ptr_array_find_with_equal_func(set->install, name, g_str_equal, NULL);
}

static bool check_vendor_step(const Check *check, const VendorSet *set, const xmlNode *step,
                              const char *name, GHashTable *installed, GError **error)
{
    if (!set_has(set, name)) {
        g_autofree char *text = vendor_set_text(set);
        return xml_fail(
            check->file, step, "vendor", error,
            "vendor '%s' is not in the vendor set '%s' of line %u; use a test of its own", name,
            text, set->line);
    }
    if (xml_is(step, "install")) {
        g_hash_table_add(installed, g_strdup(name));
        return true;
    }
    if (!g_hash_table_contains(installed, name))
        return xml_fail(check->file, step, "vendor", error,
                        "no step before this one installs vendor '%s'", name);
    if (xml_is(step, "uninstall"))
        g_hash_table_remove(installed, name);
    return true;
}

static bool check_vendor_steps(const Check *check, const VendorSet *set, const xmlNode *steps,
                               GHashTable *installed, GError **error)
{
    XML_FOREACH(step, steps, NULL)
    {
        g_autofree char *vendor = xml_attr(step, "vendor");
        bool each = g_strcmp0(vendor, "each") == 0;
        if (vendor && !each && !check_vendor_step(check, set, step, vendor, installed, error))
            return false;
        for (guint i = 0; each && i < set->install->len; i++)
            if (!check_vendor_step(check, set, step, g_ptr_array_index(set->install, i), installed,
                                   error))
                return false;
        if (!check_vendor_steps(check, set, step, installed, error))
            return false;
    }
    return true;
}

static bool check_test(Check *check, const xmlNode *element, GError **error)
{
    const xmlNode *steps = xml_child(element, "steps");

    if (!check_steps(check, steps, error) ||
        !check_parameters_used(check, xml_child(element, "matrix"), error))
        return false;
    for (guint i = 0; i < check->test->vendor_sets->len; i++) {
        g_autoptr(GHashTable) installed =
            g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        const VendorSet *set = g_ptr_array_index(check->test->vendor_sets, i);
        if (!check_vendor_steps(check, set, steps, installed, error))
            return false;
    }
    return true;
}

static bool check_size(const Scenario *scenario, const XmlFile *file, GError **error)
{
    guint64 total = 0;
    guint i = 0;

    XML_FOREACH(element, xml_root(file), "test")
    {
        total += test_cases(g_ptr_array_index(scenario->tests, i++), scenario->guests->len);
        if (total > SCENARIO_CASES_MAX)
            return xml_fail(file, element, NULL, error,
                            "with this test the scenario has more than %d cases",
                            SCENARIO_CASES_MAX);
    }
    return true;
}

bool scenario_check(const Scenario *scenario, const XmlFile *file, GError **error)
{
    guint i = 0;

    if (!check_unique(file, "guest", error) || !check_unique(file, "test", error) ||
        !check_size(scenario, file, error))
        return false;
    XML_FOREACH(element, xml_root(file), "test")
    {
        g_autoptr(GHashTable) used = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        Check check = {file, g_ptr_array_index(scenario->tests, i++), used, 0};
        if (!check_test(&check, element, error))
            return false;
    }
    return true;
}
