/* SPDX-License-Identifier: GPL-2.0-or-later
 * A scenario file into a Scenario.
 */
#include "model/scenario.h"

#include "model/scenario-check.h"
#include "model/scenario-matrix.h"
#include "util/xml.h"

#define RUN_TIMEOUT_S 60 /* where a <run> names none */

static const char *const step_names[] = {
    [STEP_INSTALL] = "install", [STEP_UNINSTALL] = "uninstall", [STEP_UPDATE] = "update",
    [STEP_PROBE] = "probe",     [STEP_DETECT] = "detect",       [STEP_REBOOT] = "reboot",
    [STEP_RUN] = "run",         [STEP_LOAD] = "load",           [STEP_SOAK] = "soak",
};

const char *step_kind_name(StepKind kind)
{
    return step_names[kind];
}

/* Freeing */

static void step_free(void *data)
{
    Step *step = data;
    g_free(step->vendor);
    g_free(step->product);
    g_free(step->content);
    g_free(step->run);
    g_free(step->folder);
    g_clear_pointer(&step->steps, g_ptr_array_unref);
    g_free(step);
}

static void test_free(void *data)
{
    Test *test = data;
    g_free(test->name);
    g_free(test->title);
    g_ptr_array_unref(test->vendor_sets);
    g_ptr_array_unref(test->parameters);
    matrix_free(test->matrix);
    g_ptr_array_unref(test->steps);
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
    g_ptr_array_unref(scenario->tests);
    g_ptr_array_unref(scenario->vendors);
    g_free(scenario->file);
    g_free(scenario);
}

/* Reading: the schema has been checked */

static StepKind step_kind(const xmlNode *element)
{
    StepKind kind = STEP_INSTALL;

    for (guint i = 0; i < G_N_ELEMENTS(step_names); i++)
        if (xml_is(element, step_names[i]))
            kind = i;
    return kind;
}

static GPtrArray *read_steps(const xmlNode *parent);

static Step *read_step(const xmlNode *element)
{
    Step *step = g_new0(Step, 1);
    g_autofree char *expect = xml_attr(element, "expect");

    step->kind = step_kind(element);
    step->vendor = xml_attr(element, "vendor");
    step->product = xml_attr(element, "product");
    step->content = xml_attr(element, "content");
    step->expect = g_strcmp0(expect, "refused") == 0 ? EXPECT_REFUSED : EXPECT_APPLIED;
    step->run = step->kind == STEP_RUN ? xml_text_stripped(element) : NULL;
    step->exit_code = (int)xml_attr_int(element, "exit", 0);
    step->timeout_s = xml_attr_int(element, "timeout-s", RUN_TIMEOUT_S);
    step->seconds = xml_attr_int(element, "seconds", 0);
    step->rate = xml_attr_int(element, "rate", 0);
    step->folder = xml_attr(element, "folder");
    step->steps = step->kind == STEP_LOAD ? read_steps(element) : NULL;
    xml_place(element, &step->line, &step->column);
    return step;
}

static GPtrArray *read_steps(const xmlNode *parent)
{
    GPtrArray *steps = g_ptr_array_new_with_free_func(step_free);

    XML_FOREACH(element, parent, NULL)
    {
        g_ptr_array_add(steps, read_step(element));
    }
    return steps;
}

static bool read_test(const XmlFile *file, const xmlNode *element, Test *test, GError **error)
{
    test->name = xml_attr(element, "name");
    test->title = xml_text_paragraph(xml_child(element, "title"));
    test->vendor_sets = g_ptr_array_new_with_free_func(vendor_set_free);
    test->parameters = g_ptr_array_new_with_free_func(parameter_free);
    test->matrix = matrix_new();
    test->steps = read_steps(xml_child(element, "steps"));
    test->recover = xml_child(element, "recover");
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

static bool scenario_from_xml(const XmlFile *file, Scenario **ret_scenario, GError **error)
{
    g_autoptr(Scenario) scenario = g_new0(Scenario, 1);
    const xmlNode *root = xml_root(file);

    scenario->guests = g_ptr_array_new_with_free_func(g_free);
    scenario->guest_places = g_array_new(FALSE, FALSE, sizeof(Place));
    scenario->tests = g_ptr_array_new_with_free_func(test_free);
    scenario->vendors = g_ptr_array_new_with_free_func(g_free);
    scenario->name = xml_attr(root, "name");
    scenario->title = xml_text_paragraph(xml_child(root, "title"));
    scenario->description = xml_text_paragraph(xml_child(root, "description"));
    scenario->file = g_strdup(xml_name(file));
    read_guests(file, scenario);
    XML_FOREACH(element, root, "test")
    {
        Test *test = g_new0(Test, 1);
        g_ptr_array_add(scenario->tests, test);
        if (!read_test(file, element, test, error))
            return false;
        collect_vendors(test, scenario->vendors);
    }
    if (!scenario_check(scenario, file, error))
        return false;
    *ret_scenario = g_steal_pointer(&scenario);
    return true;
}

bool scenario_read(const char *path, Scenario **ret_scenario, GError **error)
{
    g_autoptr(XmlFile) file = NULL;

    return xml_read(path, "scenario", &file, error) && scenario_from_xml(file, ret_scenario, error);
}

bool scenario_parse(const char *text, gsize length, const char *path, Scenario **ret_scenario,
                    GError **error)
{
    g_autoptr(XmlFile) file = NULL;

    return xml_parse(text, length, path, "scenario", &file, error) &&
           scenario_from_xml(file, ret_scenario, error);
}
