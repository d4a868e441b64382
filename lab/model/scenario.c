/* SPDX-License-Identifier: GPL-2.0-or-later
 * A scenario file into a Scenario.
 */
#include "model/scenario.h"

#include "model/scenario-check.h"
#include "model/scenario-matrix.h"
#include "util/xml.h"

/* Freeing */

static void test_free(void *data)
{
    Test *test = data;
    g_free(test->name);
    g_free(test->title);
    g_ptr_array_unref(test->vendor_sets);
    g_ptr_array_unref(test->parameters);
    matrix_free(test->matrix);
    g_ptr_array_unref(test->steps);
    g_ptr_array_unref(test->always);
    g_ptr_array_unref(test->requirements);
    g_array_unref(test->requirement_places);
    g_free(test->file);
    g_free(test);
}

void scenario_free(Scenario *scenario)
{
    if (!scenario)
        return;
    g_free(scenario->name);
    g_free(scenario->title);
    g_free(scenario->description);
    g_ptr_array_unref(scenario->guests);
    g_array_unref(scenario->guest_places);
    g_array_unref(scenario->guest_loops);
    g_ptr_array_unref(scenario->tests);
    g_ptr_array_unref(scenario->vendors);
    g_ptr_array_unref(scenario->includes);
    g_free(scenario->file);
    g_free(scenario);
}

/* Reading: the schema has been checked */

static bool steps_expect(const GPtrArray *steps, bool (*asks)(const Expect *expect))
{
    for (guint i = 0; i < steps->len; i++) {
        const Step *step = g_ptr_array_index(steps, i);
        if (asks(&step->expects) || (step->steps && steps_expect(step->steps, asks)))
            return true;
    }
    return false;
}

bool test_expects(const Test *test, bool (*asks)(const Expect *expect))
{
    return asks(&test->expects) || steps_expect(test->steps, asks) ||
           steps_expect(test->always, asks);
}

static void read_requirements(const xmlNode *element, Test *test)
{
    test->requirements = g_ptr_array_new_with_free_func(g_free);
    test->requirement_places = g_array_new(FALSE, FALSE, sizeof(Place));
    XML_FOREACH(requirement, element, "requirement")
    {
        Place place;
        xml_place(requirement, &place.line, &place.column);
        g_ptr_array_add(test->requirements, xml_attr(requirement, "id"));
        g_array_append_val(test->requirement_places, place);
    }
}

static bool read_test(const XmlFile *file, const xmlNode *element, Test *test, GError **error)
{
    test->name = xml_attr(element, "name");
    test->title = xml_text_paragraph(xml_child(element, "title"));
    test->vendor_sets = g_ptr_array_new_with_free_func(vendor_set_free);
    test->parameters = g_ptr_array_new_with_free_func(parameter_free);
    test->matrix = matrix_new();
    test->steps = steps_read(file, xml_child(element, "steps"));
    test->always = steps_read(file, xml_child(element, "always"));
    read_requirements(element, test);
    test->expects = expect_read(element);
    test->measures = test_expects(test, expect_measures);
    test->file = g_strdup(xml_name(file));
    const xmlNode *recover = xml_child(element, "recover");
    g_autofree char *disk = xml_attr(recover, "disk");
    test->recover = recover;
    test->recover_disk = g_strcmp0(disk, "yes") == 0;
    xml_place(element, &test->line, &test->column);
    return scenario_read_matrix(file, xml_child(element, "matrix"), test, error);
}

static void read_guests(const XmlFile *file, Scenario *scenario)
{
    XML_FOREACH(element, xml_root(file), "guest")
    {
        Place place;
        xml_place(element, &place.line, &place.column);
        g_ptr_array_add(scenario->guests, xml_attr(element, "name"));
        g_array_append_val(scenario->guest_places, place);
        g_autofree char *mode = xml_attr(element, "boot-mode");
        bool loops = g_strcmp0(mode, "loop") == 0;
        g_array_append_val(scenario->guest_loops, loops);
    }
}

/* Every vendor stands in a set: the check sees to it that steps name no other. */
static void collect_vendors(const Test *test, GPtrArray *vendors)
{
    for (guint i = 0; i < test->vendor_sets->len; i++) {
        const VendorSet *set = g_ptr_array_index(test->vendor_sets, i);
        for (guint j = 0; j < set->install->len; j++) {
            const char *name = g_ptr_array_index(set->install, j);
            if (!g_ptr_array_find_with_equal_func(vendors, name, g_str_equal, NULL))
                g_ptr_array_add(vendors, g_strdup(name));
        }
    }
}

static bool read_tests(const XmlFile *file, Scenario *scenario, GError **error)
{
    XML_FOREACH(element, xml_root(file), "test")
    {
        Test *test = g_new0(Test, 1);
        g_ptr_array_add(scenario->tests, test);
        if (!read_test(file, element, test, error))
            return false;
        collect_vendors(test, scenario->vendors);
    }
    return true;
}

/* Takes over the tests of another file, under names that say where they are from. */
static void take_tests(Scenario *scenario, Scenario *included)
{
    for (guint i = 0; i < included->tests->len; i++) {
        Test *test = g_ptr_array_index(included->tests, i);
        g_autofree char *name = test->name;
        test->name = g_strdup_printf("%s.%s", included->name, name);
        collect_vendors(test, scenario->vendors);
        g_ptr_array_add(scenario->tests, test);
    }
    g_ptr_array_set_free_func(included->tests, NULL);
}

static bool scenario_from_xml(const XmlFile *file, bool may_include, Scenario **ret_scenario,
                              GError **error);

static bool read_include(const XmlFile *file, const xmlNode *element, Scenario *scenario,
                         GError **error)
{
    g_autofree char *folder = g_path_get_dirname(xml_name(file));
    g_autofree char *name = xml_attr(element, "file");
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autoptr(XmlFile) other = NULL;
    g_autoptr(Scenario) included = NULL;

    if (!g_file_test(path, G_FILE_TEST_IS_REGULAR))
        return xml_fail(file, element, "file", error, "there is no file '%s'", path);
    if (scenario->includes->len == SCENARIO_INCLUDES_MAX)
        return xml_fail(file, element, NULL, error, "more than %d files are included",
                        SCENARIO_INCLUDES_MAX);
    if (!xml_read(path, "scenario", &other, error) ||
        !scenario_from_xml(other, false, &included, error))
        return false;
    take_tests(scenario, included);
    g_ptr_array_add(scenario->includes, g_steal_pointer(&path));
    return true;
}

static Scenario *scenario_new(const XmlFile *file)
{
    Scenario *scenario = g_new0(Scenario, 1);
    const xmlNode *root = xml_root(file);

    scenario->guests = g_ptr_array_new_with_free_func(g_free);
    scenario->guest_places = g_array_new(FALSE, FALSE, sizeof(Place));
    scenario->guest_loops = g_array_new(FALSE, FALSE, sizeof(bool));
    scenario->tests = g_ptr_array_new_with_free_func(test_free);
    scenario->vendors = g_ptr_array_new_with_free_func(g_free);
    scenario->includes = g_ptr_array_new_with_free_func(g_free);
    scenario->name = xml_attr(root, "name");
    scenario->title = xml_text_paragraph(xml_child(root, "title"));
    scenario->description = xml_text_paragraph(xml_child(root, "description"));
    scenario->experiments = (int)xml_attr_int(root, "experiments", -1);
    g_autofree char *packs = xml_attr(root, "packs");
    scenario->shipped_packs = g_strcmp0(packs, "shipped") == 0;
    scenario->file = g_strdup(xml_name(file));
    read_guests(file, scenario);
    return scenario;
}

static bool scenario_from_xml(const XmlFile *file, bool may_include, Scenario **ret_scenario,
                              GError **error)
{
    g_autoptr(Scenario) scenario = scenario_new(file);

    if (!read_tests(file, scenario, error) || !scenario_check(scenario, file, error))
        return false;
    XML_FOREACH(element, xml_root(file), "include")
    {
        if (!may_include)
            return xml_fail(file, element, NULL, error,
                            "a scenario that is included cannot include others");
        if (!read_include(file, element, scenario, error))
            return false;
    }
    if (!scenario_check_whole(scenario, file, error))
        return false;
    *ret_scenario = g_steal_pointer(&scenario);
    return true;
}

bool scenario_read(const char *path, Scenario **ret_scenario, GError **error)
{
    g_autoptr(XmlFile) file = NULL;

    return xml_read(path, "scenario", &file, error) &&
           scenario_from_xml(file, true, ret_scenario, error);
}

bool scenario_parse(const char *text, gsize length, const char *path, Scenario **ret_scenario,
                    GError **error)
{
    g_autoptr(XmlFile) file = NULL;

    return xml_parse(text, length, path, "scenario", &file, error) &&
           scenario_from_xml(file, true, ret_scenario, error);
}
