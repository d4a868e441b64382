/* SPDX-License-Identifier: GPL-2.0-or-later
 * Checks of a scenario beyond its schema; see scenario-check.h.
 */
#include "model/scenario-check.h"

#include "util/error.h"

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

static bool check_size(const Scenario *scenario, GError **error)
{
    guint64 total = 0;

    for (guint i = 0; i < scenario->tests->len; i++) {
        const Test *test = g_ptr_array_index(scenario->tests, i);
        total += test_cases(test, scenario->guests->len);
        if (total > SCENARIO_CASES_MAX) {
            g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                        "%s:%u:%u: with this test the scenario has more than %d cases", test->file,
                        test->line, test->column, SCENARIO_CASES_MAX);
            return false;
        }
    }
    return true;
}

bool scenario_check(const Scenario *scenario, const XmlFile *file, GError **error)
{
    guint i = 0;

    if (!check_unique(file, "guest", error) || !check_unique(file, "test", error) ||
        !check_size(scenario, error))
        return false;
    XML_FOREACH(element, xml_root(file), "test")
    {
        const Test *test = g_ptr_array_index(scenario->tests, i++);
        if (!expect_check(file, element, error) ||
            !scenario_check_steps(test, file, element, error))
            return false;
    }
    return true;
}

bool scenario_check_whole(const Scenario *scenario, const XmlFile *file, GError **error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    if (scenario->tests->len == 0)
        return xml_fail(file, xml_root(file), NULL, error,
                        "a scenario needs at least one 'test' or 'include'");
    for (guint i = 0; i < scenario->tests->len; i++) {
        const Test *test = g_ptr_array_index(scenario->tests, i);
        if (!g_hash_table_add(seen, test->name))
            return xml_fail(file, xml_root(file), NULL, error,
                            "test '%s' is there twice: two files that are included have one name",
                            test->name);
    }
    return check_size(scenario, error);
}
