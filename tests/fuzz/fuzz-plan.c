/* SPDX-License-Identifier: GPL-2.0-or-later
 * Fuzz target: what a plan is made or measured from. A scenario ('<'), whose models give rows that
 * are cases again; the journal of an earlier run ('{'); else a plan as CSV.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <glib/gstdio.h>

#include "plan/plan-coverage.h"
#include "plan/plan-csv.h"
#include "plan/plan-past.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char scenario_xml[] =
    "<scenario name='s' format='1'><title>T</title><guest name='g'/><test name='t'><title>T</title>"
    "<matrix strength='2'><vendors of='a b' together='2'/><parameter name='x' values='1 2 3'/>"
    "<parameter name='y' vendor='a' values='1 2'/></matrix>"
    "<steps><install vendor='a' product='{y}'/><run>{x}</run></steps></test></scenario>";

static const char plan_json[] =
    "{\"format\":1,\"scenario\":\"s\",\"cases\":[{\"id\":\"1\",\"test\":\"t\",\"title\":\"T\","
    "\"guest\":\"g\",\"vendors\":[\"a\",\"b\"],\"parameters\":{\"x\":\"1\"},\"control\":false,"
    "\"why\":\"w\"},{\"id\":\"2\",\"test\":\"t\",\"title\":\"T\",\"guest\":\"g\",\"vendors\":[],"
    "\"parameters\":{},\"control\":true,\"why\":\"w\"}]}";

static char *folder, *plan_path, *journal_path;

static void clean_up(void)
{
    g_unlink(plan_path);
    g_unlink(journal_path);
    g_rmdir(folder);
}

static void set_up(void)
{
    g_setenv("TRUCE_SHARE", TRUCE_SHARE_FOLDER, TRUE);
    folder = g_dir_make_tmp("truce-fuzz-XXXXXX", NULL);
    plan_path = g_build_filename(folder, "plan.json", NULL);
    journal_path = g_build_filename(folder, "journal.ndjson", NULL);
    g_assert_true(g_file_set_contents(plan_path, plan_json, -1, NULL));
    atexit(clean_up);
}

static Scenario *sample(void)
{
    Scenario *scenario = NULL;

    g_assert_true(scenario_parse(scenario_xml, strlen(scenario_xml), "sample", &scenario, NULL));
    return scenario;
}

/* Measures the plan, which must not cover more than there is. */
static void cover(const Scenario *scenario, const Plan *plan, const PlanPast *past)
{
    const Inputs inputs = {.scenario = (Scenario *)scenario};
    g_autoptr(GPtrArray) tests = NULL;

    g_assert_true(plan_tests_new(&inputs, plan, 2, &tests, NULL));
    g_assert_true(plan_tests_cover(tests, past, 3, NULL));
    const PlanTest *test = g_ptr_array_index(tests, 0);
    for (guint i = 0; i < test->levels->len; i++) {
        const CoverageLevel *level = g_ptr_array_index(test->levels, i);
        g_assert_cmpuint(level->tried->covered, <=, level->tried->possible);
        g_assert_true(!level->proven || level->proven->covered <= level->tried->covered);
    }
    g_autofree char *text = plan_coverage_text(tests);
    g_assert_true(g_utf8_validate(text, -1, NULL));
}

static void read_journal(const char *text, size_t size)
{
    g_autoptr(Scenario) scenario = sample();
    g_autoptr(PlanPast) past = plan_past_new();
    g_autoptr(Plan) plan = NULL;

    g_assert_true(g_file_set_contents(journal_path, text, (gssize)size, NULL));
    if (!plan_past_add(past, folder, NULL))
        return;
    g_assert_true(plan_read(plan_path, &plan, NULL));
    plan_past_expect(past, plan);
    for (guint i = 0; i < plan->cases->len; i++)
        g_assert_cmpfloat(((PlanCase *)g_ptr_array_index(plan->cases, i))->expected_s, >=, 0);
    cover(scenario, plan, past);
}

static void read_csv(const char *text, size_t size)
{
    g_autoptr(Scenario) scenario = sample();
    g_autoptr(Plan) plan = NULL;

    g_assert_true(g_file_set_contents(journal_path, text, (gssize)size, NULL));
    if (plan_from_csv(scenario, journal_path, &plan, NULL))
        cover(scenario, plan, NULL);
}

static void read_scenario(const char *text, size_t size)
{
    g_autoptr(Scenario) scenario = NULL;

    if (!scenario_parse(text, size, "scenario.xml", &scenario, NULL))
        return;
    const Inputs inputs = {.scenario = scenario};
    g_autoptr(GError) error = NULL;
    g_assert_true(plan_check(&inputs, &error) == (error == NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;

    if (!folder)
        set_up();
    if (size > 0 && *text == '<')
        read_scenario(text, size);
    else if (size > 0 && *text == '{')
        read_journal(text, size);
    else
        read_csv(text, size);
    return 0;
}
