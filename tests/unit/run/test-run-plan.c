/* SPDX-License-Identifier: GPL-2.0-or-later
 * What the plan means to a run, on a scripted guest: the order of events that a case has, a
 * vendor's own parameters, and a budget of time.
 */
#include <string.h>

#include "engine-inputs.h"
#include "fake-machine.h"
#include "report/result.h"
#include "run/run.h"

static const char scenario_xml[] =
    "<scenario name='s' format='1'><title>T</title><guest name='reference'/>"
    "<test name='main'><title>M</title><matrix><vendors install='alpha'/>"
    "<parameter name='product' vendor='alpha' values='1.0'/>"
    "<events name='order' strength='2'><event name='a'/><event name='b' optional='yes'/></events>"
    "</matrix><steps><install vendor='each' product='{product}'/>"
    "<in-order events='order'><event name='a'><run>a.exe</run></event>"
    "<event name='b'><run>b.exe</run></event></in-order></steps></test></scenario>";

static const FakeRule healthy[] = {{NULL, 0, FAKE_NOTHING, NULL, 0, {NULL}, NULL}};

static Result *execute(EngineInputs *made, const FakeRule *rules, double budget_s)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Progress) progress = progress_new(true);
    RunOptions options = {.lab = made->lab,
                          .inputs = made->inputs,
                          .plan = made->plan,
                          .progress = progress,
                          .folder = made->run,
                          .jobs = 1,
                          .budget_s = budget_s};
    g_autoptr(Run) run = NULL;
    Result *result = NULL;

    fake_reset();
    fake.rules = rules;
    run = run_new(&options);
    run_execute(run, &error);
    g_assert_no_error(error);
    result_read(made->run, &result, &error);
    g_assert_no_error(error);
    for (guint i = 0; i < result->cases->len; i++) {
        result_load(result, result->cases->pdata[i], &error);
        g_assert_no_error(error);
    }
    return result;
}

/* The names of the commands in the order in which they ran, and what became of them: "a+b". */
static char *commands(const ResultCase *result)
{
    const ResultAttempt *attempt = result->attempts->pdata[0];
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < attempt->steps->len; i++) {
        const ResultStep *step = attempt->steps->pdata[i];
        if (g_str_has_prefix(step->name, "run "))
            g_string_append_printf(text, "%s%c%s", text->len ? "+" : "", step->name[4],
                                   strcmp(step->outcome, "skipped") == 0 ? " skipped" : "");
    }
    return g_string_free(text, FALSE);
}

static void test_orders(void)
{
    EngineInputs made;
    engine_inputs_make(&made, scenario_xml);
    g_autoptr(Result) result = execute(&made, healthy, 0);

    g_assert_cmpuint(result->cases->len, ==, 3); /* a before b, b before a, no b */
    for (guint i = 0; i < result->cases->len; i++) {
        const ResultCase *one = result->cases->pdata[i];
        const PlanCase *planned = made.plan->cases->pdata[i];
        g_autofree char *ran = commands(one);
        g_assert_cmpstr(case_state_name(one->state), ==, "passed");
        g_assert_cmpstr(ran, ==, g_hash_table_lookup(planned->parameters, "order"));
        const ResultAttempt *attempt = one->attempts->pdata[0];
        const ResultStep *install = attempt->steps->pdata[0];
        g_assert_cmpstr(install->name, ==, "install alpha 1.0");
    }
    engine_inputs_clear(&made);
}

/* An event that fails ends the case; those behind it, not those before it in the file, are left
 * out. */
static void test_failed_event(void)
{
    static const FakeRule rules[] = {{"b.exe", 1, FAKE_NOTHING, NULL, 0, {NULL}, NULL},
                                     {NULL, 0, FAKE_NOTHING, NULL, 0, {NULL}, NULL}};
    EngineInputs made;
    guint seen = 0;
    engine_inputs_make(&made, scenario_xml);
    g_autoptr(Result) result = execute(&made, rules, 0);

    for (guint i = 0; i < result->cases->len; i++) {
        const PlanCase *planned = made.plan->cases->pdata[i];
        const char *order = g_hash_table_lookup(planned->parameters, "order");
        g_autofree char *ran = commands(result->cases->pdata[i]);
        if (strcmp(order, "b+a") != 0)
            continue;
        g_assert_cmpstr(ran, ==, "b+a skipped");
        seen++;
    }
    g_assert_cmpuint(seen, ==, 1);
    engine_inputs_clear(&made);
}

static void test_budget(void)
{
    EngineInputs made;
    engine_inputs_make(&made, scenario_xml);
    g_autoptr(Result) result = execute(&made, healthy, 1e-6);

    for (guint i = 0; i < result->cases->len; i++) {
        const ResultCase *one = result->cases->pdata[i];
        g_assert_cmpstr(case_state_name(one->state), ==, "skipped");
        g_assert_cmpstr(one->reason, ==, "the run's budget was used up");
    }
    g_assert_cmpint(result_exit_status(result), !=, 0);
    engine_inputs_clear(&made);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/run-plan/orders", test_orders);
    g_test_add_func("/run-plan/failed-event", test_failed_event);
    g_test_add_func("/run-plan/budget", test_budget);
    return g_test_run();
}
