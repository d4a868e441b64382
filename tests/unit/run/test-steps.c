/* SPDX-License-Identifier: GPL-2.0-or-later
 * Steps that hold others, steps that always come, and what is expected of a step, against a
 * scripted guest; and the parsers of what the guest's program says.
 */
#include <string.h>

#include "engine-inputs.h"
#include "fake-fault.h"
#include "fake-machine.h"
#include "report/result.h"
#include "run/look.h"
#include "run/residue.h"
#include "run/run.h"
#include "util/error.h"

typedef struct {
    EngineInputs made;
    Run *run;
    Result *result;
    const ResultAttempt *attempt; /* the first of the test's case */
    const ResultCase *case_;
} Fixture;

#define SCENARIO(steps)                                                                            \
    "<scenario name='s' format='1'><title>T</title><guest name='reference'/>"                      \
    "<test name='main'><title>M</title><matrix><vendors install='alpha'/></matrix>" steps          \
    "</test></scenario>"

static const FakeRule healthy[] = {{.match = "msiexec.exe /i", .effect = FAKE_QUARANTINE},
                                   {.match = NULL}};

static void execute(Fixture *fixture, const char *scenario, const FakeRule *rules)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Progress) progress = progress_new(true);

    fake_reset();
    fake.rules = rules;
    engine_inputs_make(&fixture->made, scenario);
    RunOptions options = {.lab = fixture->made.lab,
                          .inputs = fixture->made.inputs,
                          .plan = fixture->made.plan,
                          .progress = progress,
                          .folder = fixture->made.run,
                          .jobs = 1,
                          .attempts = 1};
    fixture->run = run_new(&options);
    run_execute(fixture->run, &error);
    g_assert_no_error(error);
    result_read(fixture->made.run, &fixture->result, &error);
    g_assert_no_error(error);
    fixture->case_ = fixture->result->cases->pdata[0];
    result_load(fixture->result, fixture->result->cases->pdata[0], &error);
    g_assert_no_error(error);
    fixture->attempt = fixture->case_->attempts->pdata[0];
}

static void tear_down(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    g_assert_cmpuint(fake.alive, ==, 0);
    run_free(fixture->run);
    result_free(fixture->result);
    engine_inputs_clear(&fixture->made);
}

static const ResultFinding *finding(const Fixture *fixture, guint index)
{
    g_assert_cmpuint(fixture->attempt->findings->len, >, index);
    return fixture->attempt->findings->pdata[index];
}

static const char *outcome_of(const Fixture *fixture, const char *path)
{
    for (guint i = 0; i < fixture->attempt->steps->len; i++) {
        const ResultStep *step = fixture->attempt->steps->pdata[i];
        if (g_str_equal(step->step, path))
            return step->outcome;
    }
    return NULL;
}

/* Parallel branches */

#define BRANCHES                                                                                   \
    "<steps><install vendor='alpha'/><parallel>"                                                   \
    "<branch><probe vendor='alpha'/><soak seconds='1'/></branch>"                                  \
    "<branch><update vendor='alpha' content='3'/></branch></parallel>"                             \
    "<probe vendor='alpha'/></steps>"

static void test_branches(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    execute(fixture, SCENARIO(BRANCHES), healthy);
    g_assert_cmpstr(case_state_name(fixture->case_->state), ==, "passed");
    g_assert_cmpstr(outcome_of(fixture, "2.1.2"), ==, "ok");
    g_assert_cmpstr(outcome_of(fixture, "2.2.1"), ==, "ok");
    g_assert_cmpstr(outcome_of(fixture, "2"), ==, "ok");
}

static void test_branch_fails(Fixture *fixture, gconstpointer unused)
{
    const FakeRule rules[] = {{.match = "update", .exit_code = 1}, healthy[0], {.match = NULL}};
    (void)unused;

    execute(fixture, SCENARIO(BRANCHES), rules);
    g_assert_cmpstr(finding(fixture, 0)->kind, ==, "update-failed");
    g_assert_cmpstr(finding(fixture, 0)->step, ==, "2.2.1");
    g_assert_cmpstr(outcome_of(fixture, "2.1.2"), ==, "ok");
    g_assert_cmpstr(outcome_of(fixture, "3"), ==, "skipped");
}

static void test_branch_crashes(Fixture *fixture, gconstpointer unused)
{
    const FakeRule rules[] = {
        {.match = "update", .effect = FAKE_BUGCHECK}, healthy[0], {.match = NULL}};
    (void)unused;

    execute(fixture, SCENARIO(BRANCHES), rules);
    g_assert_cmpstr(finding(fixture, 0)->kind, ==, "bugcheck");
}

/* Steps that always come */

#define ALWAYS                                                                                     \
    "<steps><install vendor='alpha'/><probe vendor='alpha'/></steps>"                              \
    "<always><run>collect.exe</run><uninstall vendor='alpha'/></always>"

static void test_always(Fixture *fixture, gconstpointer unused)
{
    const FakeRule rules[] = {{.match = "status", .exit_code = 1}, healthy[0], {.match = NULL}};
    (void)unused;

    execute(fixture, SCENARIO(ALWAYS), rules);
    g_assert_cmpstr(finding(fixture, 0)->kind, ==, "sensor-dead");
    g_assert_cmpstr(outcome_of(fixture, "always.1"), ==, "ok");
    g_assert_cmpstr(outcome_of(fixture, "always.2"), ==, "ok");
}

static void test_always_fails(Fixture *fixture, gconstpointer unused)
{
    const FakeRule rules[] = {
        {.match = "msiexec.exe /x", .exit_code = 1603}, healthy[0], {.match = NULL}};
    (void)unused;

    execute(fixture, SCENARIO(ALWAYS), rules);
    g_assert_cmpstr(case_state_name(fixture->case_->state), ==, "failed");
    g_assert_cmpstr(finding(fixture, 0)->kind, ==, "uninstall-failed");
}

static void test_always_not_installed(Fixture *fixture, gconstpointer unused)
{
    const FakeRule rules[] = {{.match = "msiexec.exe /i", .exit_code = 1603}, {.match = NULL}};
    (void)unused;

    execute(fixture, SCENARIO(ALWAYS), rules);
    g_assert_cmpstr(outcome_of(fixture, "always.1"), ==, "ok");
    g_assert_cmpstr(outcome_of(fixture, "always.2"), ==, "skipped");
}

/* Expectations */

#define GREEN                                                                                      \
    "<steps><install vendor='alpha'/>"                                                             \
    "<update vendor='alpha' content='3'><expect probes-green='yes'/></update></steps>"

static void test_probes_green(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    execute(fixture, SCENARIO(GREEN), healthy);
    g_assert_cmpstr(case_state_name(fixture->case_->state), ==, "passed");
}

static void test_probes_not_green(Fixture *fixture, gconstpointer unused)
{
    const FakeRule rules[] = {{.match = "status", .exit_code = 1}, healthy[0], {.match = NULL}};
    (void)unused;

    execute(fixture, SCENARIO(GREEN), rules);
    g_assert_cmpstr(finding(fixture, 0)->kind, ==, "sensor-dead");
    g_assert_cmpstr(finding(fixture, 0)->step, ==, "2");
}

static void test_update_may_fail(Fixture *fixture, gconstpointer unused)
{
    const FakeRule rules[] = {{.match = "update", .exit_code = 1}, healthy[0], {.match = NULL}};
    (void)unused;

    execute(fixture,
            SCENARIO("<steps><install vendor='alpha'/>"
                     "<update vendor='alpha' content='3' expect='any'/></steps>"),
            rules);
    g_assert_cmpstr(case_state_name(fixture->case_->state), ==, "passed");
}

static void test_service_of_vendor(Fixture *fixture, gconstpointer unused)
{
    const FakeRule rules[] = {{.match = "sc.exe", .exit_code = 1060}, healthy[0], {.match = NULL}};
    (void)unused;

    execute(fixture,
            SCENARIO("<steps><install vendor='alpha'/>"
                     "<wait-for service='alpha' timeout-s='1'/></steps>"),
            rules);
    g_assert_cmpstr(finding(fixture, 0)->kind, ==, "sensor-dead");
    g_assert_cmpstr(finding(fixture, 0)->vendors->pdata[0], ==, "alpha");
}

/* What the guest's program says */

static bool has_event(const Fixture *fixture, const char *kind, const char *begin)
{
    for (guint i = 0; i < fixture->attempt->events->len; i++) {
        const ResultEvent *event = fixture->attempt->events->pdata[i];
        if (g_str_equal(event->kind, kind) && g_str_has_prefix(event->text, begin))
            return true;
    }
    return false;
}

#define INJECT(trigger, inside)                                                                    \
    SCENARIO("<steps><install vendor='each'/><inject fault='disk-slow'" trigger                    \
             "><with name='iops' value='9'/>" inside "</inject></steps>")

static void test_fault(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    fake_faults_reset(NULL);
    execute(fixture, INJECT("", "<probe vendor='each'/>"), healthy);
    g_assert_cmpstr(case_state_name(fixture->case_->state), ==, "passed");
    g_assert_cmpstr(fake_faults->str, ==, "limit 9 0; limit 0 0; ");
    g_assert_true(has_event(fixture, "fault", "disk-slow struck"));
    g_assert_true(has_event(fixture, "fault", "disk-slow is undone"));
}

static void test_fault_meanwhile(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    fake_faults_reset(NULL);
    execute(fixture, INJECT(" after-s='1'", "<soak seconds='2'/>"), healthy);
    g_assert_cmpstr(case_state_name(fixture->case_->state), ==, "passed");
    g_assert_cmpstr(fake_faults->str, ==, "limit 9 0; limit 0 0; ");
    g_assert_true(has_event(fixture, "fault", "disk-slow struck, 1"));
    g_assert_cmpstr(outcome_of(fixture, "2.1"), ==, "ok");
}

/* A fault that never struck, or could not, is the lab's error: nothing was tested. */
static void test_fault_too_late(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    fake_faults_reset(NULL);
    execute(fixture, INJECT(" after-s='100'", "<probe vendor='each'/>"), healthy);
    g_assert_cmpstr(case_state_name(fixture->case_->state), ==, "error");
    g_assert_cmpstr(fake_faults->str, ==, "");
    g_assert_cmpuint(fixture->attempt->findings->len, ==, 0);
    g_assert_nonnull(strstr(fixture->case_->reason, "it never struck"));
}

static void test_fault_broken(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    fake_faults_reset("limit");
    execute(fixture, INJECT("", "<probe vendor='each'/>"), healthy);
    g_assert_cmpstr(case_state_name(fixture->case_->state), ==, "error");
    g_assert_cmpstr(outcome_of(fixture, "2.1"), ==, "skipped");
    g_assert_false(has_event(fixture, "fault", "disk-slow struck"));
    g_assert_cmpuint(fixture->attempt->findings->len, ==, 0);
}

static void test_inventory(void)
{
    static const char before[] = "file\tC:\\a\nservice\tx\nend\t2\n";
    static const char after[] = "file\tC:\\a\r\nfile\tC:\\b\nfile\tC:\\Truce\\t.exe\nkey\tHKLM\\K\n"
                                "end\t4\n";
    static const char *const wrong[] = {"", "file\tC:\\a\n", "file C:\\a\nend\t1\n", "end\t0"};
    g_autoptr(GHashTable) old = NULL;
    g_autoptr(GHashTable) new = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_true(look_inventory_parse(before, strlen(before), &old, &error));
    g_assert_true(look_inventory_parse(after, strlen(after), &new, &error));
    g_autoptr(GPtrArray) left = residue_compare(old, new);
    g_assert_cmpuint(left->len, ==, 2);
    g_autoptr(GPtrArray) none = residue_compare(old, old);
    g_assert_cmpuint(none->len, ==, 0);
    for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
        GHashTable *items = NULL;
        g_assert_false(look_inventory_parse(wrong[i], strlen(wrong[i]), &items, &error));
        g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_AGENT);
        g_clear_error(&error);
    }
}

static void test_resources(void)
{
    static const char good[] =
        "{\"processes\":2,\"handles\":30,\"private_kib\":2048,\"cpu_ms\":1500,\"list\":["
        "{\"name\":\"A.exe\",\"pid\":1,\"handles\":10,\"private_kib\":1,\"cpu_ms\":500},"
        "{\"name\":\"a.EXE\",\"pid\":2,\"handles\":20,\"private_kib\":1,\"cpu_ms\":1000}]}";
    static const char *const wrong[] = {
        "",
        "[]",
        "{\"processes\":0,\"handles\":1,\"private_kib\":1,\"cpu_ms\":1}",
        "{\"processes\":1,\"handles\":-1,\"private_kib\":1,\"cpu_ms\":1}",
        "{\"processes\":1,\"handles\":1,\"private_kib\":1}",
        "{\"processes\":1,\"handles\":1,\"private_kib\":1,\"cpu_ms\":1,\"list\":[{\"name\":\"a\"}]"
        "}",
    };
    g_auto(LookResources) resources = {0};
    g_autoptr(GError) error = NULL;

    g_assert_true(look_resources_parse(good, &resources, &error));
    g_assert_cmpfloat(resources.all.private_mib, ==, 2);
    const LookUse *use = g_hash_table_lookup(resources.by_image, "a.exe");
    g_assert_cmpfloat(use->handles, ==, 30);
    g_assert_cmpfloat(use->processor_s, ==, 1.5);
    for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
        LookResources other;
        g_assert_false(look_resources_parse(wrong[i], &other, &error));
        g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_AGENT);
        g_clear_error(&error);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, function) g_test_add("/steps/" name, Fixture, NULL, NULL, function, tear_down)
    ADD("branches", test_branches);
    ADD("branch-fails", test_branch_fails);
    ADD("branch-crashes", test_branch_crashes);
    ADD("always", test_always);
    ADD("always-fails", test_always_fails);
    ADD("always-not-installed", test_always_not_installed);
    ADD("probes-green", test_probes_green);
    ADD("probes-not-green", test_probes_not_green);
    ADD("update-may-fail", test_update_may_fail);
    ADD("service-of-vendor", test_service_of_vendor);
    ADD("fault", test_fault);
    ADD("fault/meanwhile", test_fault_meanwhile);
    ADD("fault/too-late", test_fault_too_late);
    ADD("fault/broken", test_fault_broken);
    g_test_add_func("/steps/inventory", test_inventory);
    g_test_add_func("/steps/resources", test_resources);
    return g_test_run();
}
