/* SPDX-License-Identifier: GPL-2.0-or-later
 * Steps that hold others, steps that always come, and what is expected of a step, against a
 * scripted guest; and the parsers of what the guest's program says.
 */
#include <string.h>
#include <unistd.h>

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
    const char *loop_file; /* of the fake guest, as what follows */
    FakeEffect loop_effect;
    guint quarantine_ms;
    char *(*prints)(guint clone, const char *line);
    char *(*reads)(guint clone, const char *path);
} Fixture;

#define SCENARIO_BEGIN                                                                             \
    "<scenario name='s' format='1'><title>T</title><guest name='reference'/>"                      \
    "<test name='main'><title>M</title><matrix><vendors install='alpha'/></matrix>"
#define SCENARIO_END "</test></scenario>"
#define SCENARIO(steps) SCENARIO_BEGIN steps SCENARIO_END

static const FakeRule healthy[] = {{.match = "msiexec.exe /i", .effect = FAKE_QUARANTINE},
                                   {.match = NULL}};

static void execute(Fixture *fixture, const char *scenario, const FakeRule *rules)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Progress) progress = progress_new(true);

    fake_reset();
    fake.rules = rules;
    fake.loop_file = fixture->loop_file;
    fake.loop_effect = fixture->loop_effect;
    fake.quarantine_ms = fixture->quarantine_ms;
    fake.prints = fixture->prints;
    fake.reads = fixture->reads;
    fake.tells_waiting = true; /* the tests' own load does not count */
    engine_inputs_make(&fixture->made, scenario);
    if (fake.prints || fake.reads)
        engine_inputs_tools(&fixture->made);
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

/* What is waited for is no finding; a guest that was switched off boots again. */
static void test_wait_for_event(Fixture *fixture, gconstpointer event)
{
    bool off = g_str_equal(event, "shutdown");
    const FakeRule rules[] = {{.match = "off.exe", .effect = off ? FAKE_OFF_SOON : FAKE_PANIC_SOON},
                              {.match = NULL}};
    g_autofree char *steps =
        g_strdup_printf("<steps><run>off.exe</run>"
                        "<wait-for event='%s' timeout-s='5'/>%s"
                        "<run>cmd.exe /c ver</run></steps>",
                        (const char *)event, off ? "<boot mode='normal'/>" : "");
    g_autofree char *scenario = g_strconcat(SCENARIO_BEGIN, steps, SCENARIO_END, NULL);

    execute(fixture, scenario, rules);
    g_assert_cmpstr(outcome_of(fixture, "2"), ==, "ok");
    g_assert_cmpstr(outcome_of(fixture, off ? "4" : "3"), ==, "ok");
    g_assert_cmpuint(fixture->attempt->findings->len, ==, 0);
    g_assert_cmpstr(case_state_name(fixture->case_->state), ==, "passed");
}

static void test_event_too_late(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    execute(fixture, SCENARIO("<steps><wait-for event='shutdown' timeout-s='1'/></steps>"),
            healthy);
    g_assert_cmpstr(case_state_name(fixture->case_->state), ==, "error");
    g_assert_nonnull(strstr(fixture->case_->reason, "waited 1 s for 'the guest powered off'"));
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

static char *print_nothing(guint clone, const char *line)
{
    (void)clone;
    (void)line;
    return NULL;
}

static guint evidence_of(const Fixture *fixture, const char *kind)
{
    guint count = 0;

    for (guint i = 0; i < fixture->attempt->evidence->len; i++) {
        const ResultEvidence *evidence = fixture->attempt->evidence->pdata[i];
        count += g_str_equal(evidence->kind, kind) && g_str_equal(evidence->outcome, "collected");
    }
    return count;
}

/* Whether the service leaves a dump as it dies. */
static void test_program_dump(Fixture *fixture, gconstpointer dump)
{
    const FakeRule rules[] = {{.match = "status",
                               .exit_code = 1,
                               .effect = dump ? FAKE_ADD_FILE : FAKE_NOTHING,
                               .file = dump},
                              healthy[0],
                              {.match = NULL}};

    fixture->prints = print_nothing;
    execute(fixture, SCENARIO("<steps><install vendor='alpha'/><probe vendor='alpha'/></steps>"),
            rules);
    g_assert_cmpstr(finding(fixture, 0)->kind, ==, "sensor-dead");
    g_assert_cmpuint(evidence_of(fixture, "program-dump"), ==, dump ? 1 : 0);
    g_assert_true(has_event(fixture, "note", "") == (dump != NULL));
}

/* Two whose names differ in what no name of ours has. */
static void test_program_dumps(Fixture *fixture, gconstpointer unused)
{
    static const FakeRule rules[] = {
        {.match = "status",
         .exit_code = 1,
         .effect = FAKE_ADD_FILE,
         .file = "C:\\CrashDumps\\a b.dmp"},
        {.match = "msiexec.exe /i", .effect = FAKE_ADD_FILE, .file = "C:\\CrashDumps\\a-b.dmp"},
        {.match = NULL}};
    g_autoptr(GHashTable) files = g_hash_table_new(g_str_hash, g_str_equal);
    (void)unused;

    fixture->prints = print_nothing;
    execute(fixture, SCENARIO("<steps><install vendor='alpha'/><probe vendor='alpha'/></steps>"),
            rules);
    g_assert_cmpuint(evidence_of(fixture, "program-dump"), ==, 2);
    for (guint i = 0; i < fixture->attempt->evidence->len; i++) {
        const ResultEvidence *evidence = fixture->attempt->evidence->pdata[i];
        if (evidence->file)
            g_assert_true(g_hash_table_add(files, evidence->file));
    }
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

/* It strikes by the agent of its branch, which has gone when the steps inside ended: it is taken
 * back by the case's own (ASan tells). */
static void test_fault_meanwhile_by_agent(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    execute(fixture,
            SCENARIO("<steps><install vendor='each'/>"
                     "<inject fault='clock-jump' after-s='1'><with name='by' value='agent'/>"
                     "<with name='seconds' value='3600'/><soak seconds='2'/></inject></steps>"),
            healthy);
    g_assert_cmpstr(case_state_name(fixture->case_->state), ==, "passed");
    g_assert_true(has_event(fixture, "fault", "clock-jump struck, 1"));
    g_assert_true(has_event(fixture, "fault", "clock-jump is undone"));
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

static const FakeRule slow_boots[] = {
    {.match = "msiexec.exe /i", .effect = FAKE_ADD_FILE, .file = "C:\\slow"}, {.match = NULL}};

static void test_boots_late(Fixture *fixture, gconstpointer limit)
{
    static const char steps[] =
        "<steps><install vendor='each'/><reboot><expect boots-within-s='%s'/></reboot></steps>";
    g_autofree char *text = g_strdup_printf(steps, (const char *)limit);
    g_autofree char *scenario = g_strconcat(SCENARIO_BEGIN, text, SCENARIO_END, NULL);
    bool late = g_str_equal(limit, "1");

    engine_inputs_patient();
    fixture->loop_file = "C:\\slow";
    fixture->loop_effect = FAKE_SLOW;
    execute(fixture, scenario, slow_boots);
    g_assert_cmpuint(fixture->attempt->findings->len, ==, late ? 1 : 0);
    if (late)
        g_assert_true(g_str_equal(finding(fixture, 0)->kind, "hang") &&
                      strstr(finding(fixture, 0)->summary, "at most 1000 ms are expected"));
}

/* By the step, and by the test for all of its detections. */
static void test_detection_late(Fixture *fixture, gconstpointer limit)
{
    static const char steps[] =
        "<steps><install vendor='alpha'/><detect vendor='alpha'>%s</detect></steps>%s";
    g_autofree char *expect = g_strdup_printf("<expect detection-within-s='%c'/>", *(char *)limit);
    bool by_test = g_str_has_suffix(limit, "test"), late = g_str_has_prefix(limit, "1");
    g_autofree char *text = g_strdup_printf(steps, by_test ? "" : expect, by_test ? expect : "");
    g_autofree char *scenario = g_strconcat(SCENARIO_BEGIN, text, SCENARIO_END, NULL);

    engine_inputs_patient();
    fixture->quarantine_ms = 1300;
    execute(fixture, scenario, healthy);
    g_assert_cmpuint(fixture->attempt->findings->len, ==, late ? 1 : 0);
    if (!late)
        return;
    g_assert_cmpstr(finding(fixture, 0)->kind, ==, "detection-lost");
    g_assert_cmpstr(finding(fixture, 0)->step, ==, "2");
    g_assert_cmpstr(finding(fixture, 0)->vendors->pdata[0], ==, "alpha");
    g_assert_nonnull(strstr(finding(fixture, 0)->summary, "at most 1000 ms are expected"));
}

static guint inventories;
static const char *left_items;

static char *inventory(guint clone, const char *path)
{
    (void)clone;
    if (!g_str_has_suffix(path, "inventory.txt"))
        return NULL;
    return g_strdup_printf("file\tC:\\Windows\\a.dll\n%send\t1\n", inventories++ ? left_items : "");
}

/* A driver of its own is the vendor's; a system's log is nobody's. */
static void test_left(Fixture *fixture, gconstpointer what)
{
    bool ours = strstr(what, "alpha") != NULL;

    inventories = 0;
    left_items = what;
    fixture->reads = inventory;
    execute(fixture,
            SCENARIO("<steps><install vendor='each'/><uninstall vendor='each'/></steps>"
                     "<expect nothing-left='yes'/>"),
            healthy);
    g_assert_cmpuint(inventories, ==, 2);
    g_assert_cmpuint(fixture->attempt->findings->len, ==, ours ? 1 : 0);
    g_assert_cmpstr(case_state_name(fixture->case_->state), ==, ours ? "failed" : "passed");
    if (ours) {
        g_assert_cmpstr(finding(fixture, 0)->kind, ==, "uninstall-failed");
        g_assert_nonnull(strstr(finding(fixture, 0)->summary, "alpha.sys"));
    }
}

/* What truce-stress says of six seconds, without a vendor (the first clone) and with one. */
typedef struct {
    const char *control, *with; /* slices */
    const char *state, *words;
} Load;

static const Load *load;

static char *print_load(guint clone, const char *line)
{
    if (!strstr(line, "truce-stress.exe"))
        return NULL;
    return g_strdup_printf("{\"format\":1,\"kinds\":[{\"kind\":\"file\",\"rate\":0,"
                           "\"operations\":600,\"errors\":0,\"slices\":[%s]}]}",
                           clone == 1 ? load->control : load->with);
}

#define FAST "[100,10],[101,9],[99,10],[100,11],[102,10],[98,10]"
static const Load loads[] = {
    {FAST, FAST, "passed", NULL},
    {FAST, "[50,20],[49,21],[50,20],[51,20],[50,19],[48,20]", "failed",
     "file latency: costs 100 %"},
    /* As quick as ever, but most of them fail or never come. */
    {FAST, "[10,10],[9,9],[10,10],[11,11],[10,10],[9,10]", "failed", "file operations: costs"},
    {FAST, "[5,10],[0,0],[0,0],[0,0],[0,0],[0,0]", "failed", "file operations: costs"},
    {FAST, "[100,10],[50,20]", "flaky", "too few measurements"},
    {FAST, "[100,10],[60,17],[99,10],[50,20],[90,11],[50,19]", "flaky", "scatter"},
};

static void test_overhead(Fixture *fixture, gconstpointer data)
{
    load = data;
    fixture->prints = print_load;
    execute(fixture,
            "<scenario name='s' format='1'><title>T</title><guest name='reference'/>"
            "<test name='main'><title>M</title><matrix><vendors install=''/>"
            "<vendors install='alpha'/></matrix><steps><install vendor='each'/>"
            "<stress profile='measure' seconds='1'><expect overhead-percent='50'/></stress>"
            "</steps></test></scenario>",
            healthy);
    const ResultCase *with = fixture->result->cases->pdata[1];
    g_assert_cmpstr(case_state_name(fixture->case_->state), ==, "passed");
    g_assert_cmpstr(case_state_name(with->state), ==, load->state);
    if (load->words)
        g_assert_nonnull(strstr(with->reason, load->words));
}

/* A stand-in for what the user provides: `fails` in the place of its figures ends it with 1. */
static bool diskspd_fails;
static char *diskspd_line, *killed_line;

static char *print_diskspd(guint clone, const char *line)
{
    (void)clone;
    if (strstr(line, "truce-stress.exe"))
        return g_strdup("{\"format\":1,\"kinds\":[]}");
    if (!strstr(line, "diskspd.exe"))
        return NULL;
    bool kills = strstr(line, "taskkill.exe") != NULL;
    char **kept = kills ? &killed_line : &diskspd_line;
    g_free(*kept);
    *kept = g_strdup(line);
    if (kills)
        return NULL;
    return g_strdup("total: 7 MiB/s\nlatency: 3 ms\n");
}

#define DISKSPD_STRESS "<stress profile='disk' seconds='3'/>"
#define DISKSPD_LOAD "<load profile='disk'><run>cmd.exe /c ver</run></load>"

static void test_diskspd(Fixture *fixture, gconstpointer steps)
{
    bool around = g_str_equal(steps, DISKSPD_LOAD), fails = diskspd_fails;
    const FakeRule rules[] = {{.match = "diskspd.exe -d", .exit_code = fails}, {.match = NULL}};
    g_autofree char *scenario =
        g_strconcat(SCENARIO_BEGIN "<steps>", (const char *)steps, "</steps>", SCENARIO_END, NULL);
    g_autofree char *printed = NULL;

    engine_inputs_diskspd();
    fixture->prints = print_diskspd;
    execute(fixture, scenario, rules);
    g_assert_nonnull(strstr(diskspd_line, around ? "C:\\Truce\\diskspd.exe -d3600 -Rtext -b4K"
                                                 : "C:\\Truce\\diskspd.exe -d3 -Rtext -b4K"));
    g_assert_true(has_event(fixture, "note", "diskspd is '"));
    g_assert_cmpstr(case_state_name(fixture->case_->state), ==, fails ? "error" : "passed");
    g_assert_true((killed_line != NULL) == around);
    if (around)
        g_assert_true(has_event(fixture, "note", "diskspd was stopped with the load"));
    g_autofree char *path = g_strdup_printf("%s/cases/main-reference-alpha/attempt-1/files/"
                                            "diskspd-1.txt",
                                            fixture->made.run);
    g_assert_true(g_file_get_contents(path, &printed, NULL, NULL) == !around);
    if (!around)
        g_assert_cmpstr(printed, ==, "total: 7 MiB/s\nlatency: 3 ms\n");
    if (fails)
        g_assert_nonnull(strstr(fixture->case_->reason, "diskspd did not run: exit code 1"));
    g_clear_pointer(&diskspd_line, g_free);
    g_clear_pointer(&killed_line, g_free);
    diskspd_fails = false;
}

static void test_diskspd_fails(Fixture *fixture, gconstpointer steps)
{
    diskspd_fails = true;
    test_diskspd(fixture, steps);
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
#define TEST(name, data, function)                                                                 \
    g_test_add("/steps/" name, Fixture, data, NULL, function, tear_down)
#define ADD(name, function) TEST(name, NULL, function)
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
    TEST("program-dump", "C:\\CrashDumps\\alpha.exe.7.dmp", test_program_dump);
    ADD("program-dump/none", test_program_dump);
    ADD("program-dump/two", test_program_dumps);
    TEST("wait-for/shutdown", "shutdown", test_wait_for_event);
    TEST("wait-for/panic", "panic", test_wait_for_event);
    ADD("wait-for/too-late", test_event_too_late);
    ADD("fault", test_fault);
    ADD("fault/meanwhile", test_fault_meanwhile);
    ADD("fault/meanwhile-by-agent", test_fault_meanwhile_by_agent);
    ADD("fault/too-late", test_fault_too_late);
    ADD("fault/broken", test_fault_broken);
    TEST("boots-late", "1", test_boots_late);
    TEST("boots-late/in-time", "60", test_boots_late);
    TEST("detection-late", "1", test_detection_late);
    TEST("detection-late/by-test", "1, test", test_detection_late);
    TEST("detection-late/in-time", "9", test_detection_late);
    TEST("left", "file\tC:\\Windows\\System32\\drivers\\alpha.sys\n", test_left);
    TEST("left/nothing", "file\tC:\\Windows\\Logs\\x.log\n", test_left);
    for (guint i = 0; i < G_N_ELEMENTS(loads); i++) {
        g_autofree char *name = g_strdup_printf("/steps/overhead/%u", i + 1);
        g_test_add(name, Fixture, &loads[i], NULL, test_overhead, tear_down);
    }
    TEST("diskspd", DISKSPD_STRESS, test_diskspd);
    TEST("diskspd/load", DISKSPD_LOAD, test_diskspd);
    TEST("diskspd/fails", DISKSPD_STRESS, test_diskspd_fails);
    g_test_add_func("/steps/inventory", test_inventory);
    g_test_add_func("/steps/resources", test_resources);
    return g_test_run();
}
