/* SPDX-License-Identifier: GPL-2.0-or-later
 * The engine against a scripted guest: what each kind of trouble ends as, and that the healthy twin
 * of each passes.
 */
#include <string.h>

#include "engine-inputs.h"
#include "fake-machine.h"
#include "plan/plan-case.h"
#include "report/report.h"
#include "report/sweep.h"
#include "run/run.h"
#include "util/error.h"
#include "util/files.h"
#include "util/redact.h"

typedef struct {
    EngineInputs made;
    Run *run;
    Result *result;
    guint attempts;
    RunVerdictHook on_verdict;
    guint verdicts; /* counted */
} Fixture;

static const char scenario_xml[] =
    "<scenario name='s' format='1'><title>T</title><description>D</description>"
    "<guest name='reference'/>"
    "<test name='control'><title>C</title><matrix><vendors install=''/></matrix>"
    "<steps><run timeout-s='5' exit='0'>control.exe</run></steps></test>"
    "<test name='main'><title>M</title><matrix><vendors install='alpha'/></matrix>"
    "<steps><install vendor='each'/><probe vendor='each'/><detect vendor='each'/>"
    "<update vendor='alpha' content='3'/><probe vendor='each'/><reboot/></steps>"
    "<recover/></test></scenario>";

static void set_up(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    fake_reset();
    engine_inputs_make(&fixture->made, scenario_xml);
}

static void tear_down(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    g_assert_cmpuint(fake.alive, ==, 0);
    run_free(fixture->run);
    result_free(fixture->result);
    engine_inputs_clear(&fixture->made);
}

static void set_up_windows(Fixture *fixture, gconstpointer unused)
{
    engine_inputs_kind("windows");
    set_up(fixture, unused);
}

/* Runs the script and gives the case of the test 'main'. */
static const ResultCase *execute(Fixture *fixture, const FakeRule *rules)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Progress) progress = progress_new(true);
    RunOptions options = {.lab = fixture->made.lab,
                          .inputs = fixture->made.inputs,
                          .plan = fixture->made.plan,
                          .progress = progress,
                          .folder = fixture->made.run,
                          .jobs = 1,
                          .attempts = fixture->attempts,
                          .on_verdict = fixture->on_verdict,
                          .on_verdict_data = fixture};

    fake.rules = rules;
    if (!fixture->run)
        fixture->run = run_new(&options);
    run_execute(fixture->run, &error);
    g_assert_no_error(error);
    result_read(fixture->made.run, &fixture->result, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(fixture->result->cases->len, >=, 2);
    result_load(fixture->result, fixture->result->cases->pdata[1], &error);
    g_assert_no_error(error);
    return fixture->result->cases->pdata[1];
}

static const ResultFinding *only_finding(const ResultCase *result)
{
    const ResultAttempt *attempt = result->attempts->pdata[0];
    g_assert_cmpuint(attempt->findings->len, ==, 1);
    return attempt->findings->pdata[0];
}

#define HEALTHY                                                                                    \
    {"msiexec.exe /i", 0, FAKE_QUARANTINE, NULL, 0, {NULL}, NULL},                                 \
    {                                                                                              \
        NULL, 0, FAKE_NOTHING, NULL, 0, {NULL}, NULL                                               \
    }

static void test_healthy(Fixture *fixture, gconstpointer unused)
{
    const FakeRule rules[] = {HEALTHY};
    const ResultCase *result = execute(fixture, rules);
    const ResultAttempt *attempt = result->attempts->pdata[0];
    (void)unused;

    g_assert_cmpstr(case_state_name(result->state), ==, "passed");
    g_assert_cmpuint(attempt->findings->len, ==, 0);
    g_assert_cmpuint(attempt->steps->len, ==, 6);
    g_assert_cmpint(result_exit_status(fixture->result), ==, TRUCE_EXIT_PASSED);
    const ResultGuest *guest = fixture->result->guests->pdata[0];
    g_assert_cmpuint(guest->deviations->len, ==, 1);
    g_assert_cmpstr(guest->deviations->pdata[0], ==, "hvci is off");
}

static void assert_no_secret(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    if (redact_in_file(path))
        g_error("'%s' holds the secret", path);
    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *inside = g_build_filename(path, name, NULL);
        assert_no_secret(inside);
    }
}

/* The installer's command is in the agent's transcript and in what it fails with. */
static void test_secret(Fixture *fixture, gconstpointer unused)
{
    const FakeRule rules[] = {{"msiexec.exe /i", 1603, FAKE_NOTHING, NULL, 0, {NULL}, NULL},
                              HEALTHY};
    g_autofree char *run = g_build_filename(fixture->made.folder, "run", NULL);
    g_autofree char *json = g_build_filename(run, "report.json", NULL);
    (void)unused;

    g_assert_true(redact_add("msiexec.exe", NULL));
    execute(fixture, rules);
    g_assert_true(report_write_json(fixture->result, json, NULL));
    assert_no_secret(run);
    redact_clear();
    g_assert_true(redact_add(REDACT_MARK, NULL)); /* the twin: it was there, and was hidden */
    g_autofree char *transcript =
        g_build_filename(run, "cases", "main-reference-alpha", "attempt-1", "agent.ndjson", NULL);
    g_assert_true(redact_in_file(transcript));
    redact_clear();
}

/* A licence that a pack asks for: the guest is told it, by commands and a file; nobody else is. */
static void set_up_licence(Fixture *fixture, gconstpointer licence)
{
    fake_reset();
    fake.secret = licence;
    engine_inputs_licence(licence);
    engine_inputs_make(&fixture->made, scenario_xml);
}

static void test_licence(Fixture *fixture, gconstpointer unused)
{
    const FakeRule rules[] = {{"alpha-ctl.exe update", 1, FAKE_NOTHING, NULL, 0, {NULL}, NULL},
                              HEALTHY};
    const char *const names[] = {"report.json", "report.xml", "report.html"};
    bool (*const writers[])(const Result *, const char *,
                            GError **) = {report_write_json, report_write_xml, report_write_html};
    const ResultFinding *finding = only_finding(execute(fixture, rules));
    (void)unused;

    g_assert_cmpuint(fake.commands, ==, 2); /* install and update */
    g_assert_cmpuint(fake.texts, ==, 1);
    g_assert_cmpstr(finding->kind, ==, "update-failed");
    g_assert_nonnull(strstr(finding->summary, "content-3.bin {secret:licence}'"));
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(fixture->made.run, names[i], NULL);
        g_assert_true(writers[i](fixture->result, path, NULL));
    }
    assert_no_secret(fixture->made.run);
    redact_clear();
}

static void test_install_failed(Fixture *fixture, gconstpointer unused)
{
    const FakeRule rules[] = {{"msiexec.exe /i", 1603, FAKE_NOTHING, NULL, 0, {NULL}, NULL},
                              HEALTHY};
    const ResultCase *result = execute(fixture, rules);
    const ResultFinding *finding = only_finding(result);
    const ResultAttempt *attempt = result->attempts->pdata[0];
    const ResultStep *last = attempt->steps->pdata[attempt->steps->len - 1];
    (void)unused;

    g_assert_cmpstr(case_state_name(result->state), ==, "failed");
    g_assert_cmpstr(finding->kind, ==, "install-failed");
    g_assert_cmpstr(finding->vendors->pdata[0], ==, "alpha");
    g_assert_nonnull(strstr(finding->summary, "1603"));
    g_assert_cmpstr(last->outcome, ==, "skipped");
    g_assert_cmpint(result_exit_status(fixture->result), ==, TRUCE_EXIT_FAILED);
}

/* Another installation under way is waited for, and a restart that the installer makes by itself is
 * no surprise. */
static void test_installer_busy(Fixture *fixture, gconstpointer unused)
{
    const FakeRule rules[] = {
        {"msiexec.exe /i", 0, FAKE_QUARANTINE, NULL, 0, {"msiexec.exe /i"}, NULL},
        {"msiexec.exe /i", 1618, FAKE_NOTHING, NULL, 0, {NULL}, NULL},
        HEALTHY};
    (void)unused;
    g_assert_cmpstr(case_state_name(execute(fixture, rules)->state), ==, "passed");
}

static void test_installer_restarts(Fixture *fixture, gconstpointer unused)
{
    const FakeRule rules[] = {{"msiexec.exe /i", 1641, FAKE_RESET, NULL, 0, {NULL}, NULL}, HEALTHY};
    const ResultCase *result = execute(fixture, rules);
    const ResultAttempt *attempt = result->attempts->pdata[0];
    const ResultStep *install = attempt->steps->pdata[0];
    (void)unused;

    g_assert_cmpstr(install->outcome, ==, "ok");
    g_assert_cmpstr(only_finding(result)->kind, ==, "detection-lost");
}

/* A Windows tells of its crash before it has written its dump, once a panic device. */
static void test_own_dump(Fixture *fixture, gconstpointer unused)
{
    const FakeRule rules[] = {{"update", 0, FAKE_BUGCHECK, NULL, 0, {NULL}, NULL}, HEALTHY};
    (void)unused;

    fake.resume_events[0] = MACHINE_EVENT_PANIC;
    fake.resume_events[1] = MACHINE_EVENT_RESET;
    const ResultFinding *finding = only_finding(execute(fixture, rules));
    g_assert_cmpstr(finding->kind, ==, "bugcheck");
    g_assert_cmpstr(finding->recovery->grade, ==, "self");
    g_assert_cmpuint(fake.resumes, ==, 2);
}

static void test_healthy_windows(Fixture *fixture, gconstpointer unused)
{
    const FakeRule rules[] = {HEALTHY};
    (void)unused;

    g_assert_cmpstr(case_state_name(execute(fixture, rules)->state), ==, "passed");
    g_assert_cmpuint(fake.resumes, ==, 0);
}

/* A Windows whose failed starts are to repeat is told so before the first step of each attempt, and
 * the report tells it. */
static void set_up_loop(Fixture *fixture, gconstpointer unused)
{
    g_autoptr(GString) xml = g_string_new(scenario_xml);

    (void)unused;
    fake_reset();
    g_string_replace(xml, "<guest name='reference'/>", "<guest name='reference' boot-mode='loop'/>",
                     1);
    engine_inputs_kind("windows");
    engine_inputs_make(&fixture->made, xml->str);
}

static void test_loop(Fixture *fixture, gconstpointer unused)
{
    const FakeRule rules[] = {HEALTHY};
    (void)unused;

    g_assert_cmpstr(case_state_name(execute(fixture, rules)->state), ==, "passed");
    const ResultGuest *guest = fixture->result->guests->pdata[0];
    g_assert_cmpstr(guest->deviations->pdata[guest->deviations->len - 1], ==,
                    "automatic recovery is off: boot mode loop (scenario)");
}

static void test_loop_refused(Fixture *fixture, gconstpointer unused)
{
    const FakeRule rules[] = {{"recoveryenabled no", 1, FAKE_NOTHING, NULL, 0, {NULL}, NULL},
                              HEALTHY};
    (void)unused;

    execute(fixture, rules);
    const ResultCase *control = fixture->result->cases->pdata[0];
    g_assert_cmpstr(case_state_name(control->state), ==, "error");
    g_assert_nonnull(strstr(control->reason, "recoveryenabled no"));
}

static void test_dead_sensor(Fixture *fixture, gconstpointer unused)
{
    const FakeRule rules[] = {{"status", 1, FAKE_NOTHING, NULL, 0, {NULL}, NULL}, HEALTHY};
    const ResultFinding *finding = only_finding(execute(fixture, rules));
    (void)unused;

    g_assert_cmpstr(finding->kind, ==, "sensor-dead");
    g_assert_cmpstr(finding->subject, ==, "alpha");
    g_assert_cmpstr(finding->about, ==, "alive");
}

static void test_lost_detection(Fixture *fixture, gconstpointer unused)
{
    const FakeRule rules[] = {{NULL, 0, FAKE_NOTHING, NULL, 0, {NULL}, NULL}};
    (void)unused;
    g_assert_cmpstr(only_finding(execute(fixture, rules))->kind, ==, "detection-lost");
}

static void test_refused_update(Fixture *fixture, gconstpointer unused)
{
    const FakeRule rules[] = {{"update", 5, FAKE_NOTHING, NULL, 0, {NULL}, NULL}, HEALTHY};
    (void)unused;
    g_assert_cmpstr(only_finding(execute(fixture, rules))->kind, ==, "update-failed");
}

static void test_one_bugcheck(Fixture *fixture, gconstpointer unused)
{
    const FakeRule rules[] = {{"update", 0, FAKE_BUGCHECK, NULL, 0, {NULL}, NULL}, HEALTHY};
    const ResultFinding *finding = only_finding(execute(fixture, rules));
    (void)unused;

    g_assert_cmpstr(finding->kind, ==, "bugcheck");
    g_assert_cmpstr(finding->bugcheck->code, ==, "0x0000007E");
    g_assert_cmpstr(finding->bugcheck->module, ==, "alpha.sys");
    g_assert_cmpstr(finding->bugcheck->offset, ==, "0x1234");
    g_assert_cmpstr(finding->vendors->pdata[0], ==, "alpha");
    g_assert_cmpstr(finding->recovery->grade, ==, "self");
}

static void test_boot_loop(Fixture *fixture, gconstpointer unused)
{
    const FakeRule rules[] = {{"update", 0, FAKE_BUGCHECK, NULL, 0, {NULL}, NULL}, HEALTHY};
    fake.loop_file = "C:\\Truce\\alpha\\content-3.bin"; /* never deleted: nothing helps */
    fake.loop_effect = FAKE_BUGCHECK;
    const ResultFinding *finding = only_finding(execute(fixture, rules));
    (void)unused;

    g_assert_cmpstr(finding->kind, ==, "boot-loop");
    g_assert_cmpuint(finding->boots, ==, 3);
    g_assert_cmpstr(finding->recovery->grade, ==, "lost");
}

static void test_boot_loop_recovered(Fixture *fixture, gconstpointer unused)
{
    const FakeRule rules[] = {
        {"status", 0, FAKE_NOTHING, NULL, 0, {NULL}, NULL},
        {"update", 0, FAKE_ADD_FILE, "C:\\Alpha\\content-3.bin", 0, {NULL}, NULL},
        HEALTHY};
    fake.loop_file = "C:\\Alpha\\content-3.bin"; /* what the vendor's procedure deletes */
    fake.loop_effect = FAKE_BUGCHECK;
    const ResultFinding *finding = only_finding(execute(fixture, rules));
    (void)unused;

    g_assert_cmpstr(finding->kind, ==, "boot-loop");
    g_assert_cmpstr(finding->recovery->grade, ==, "hands");
    g_assert_cmpstr(finding->confidence, ==, "high");
    g_assert_cmpuint(finding->recovery->reboots, ==, 2);
}

/* The procedure names the file by a pattern, because its name differs from machine to machine. */
static const ResultFinding *loop_by_pattern(Fixture *fixture)
{
    static const FakeRule rules[] = {
        {"status", 0, FAKE_NOTHING, NULL, 0, {NULL}, NULL},
        {"update", 0, FAKE_ADD_FILE, "C:\\Alpha\\c-0291-17.sys", 0, {NULL}, NULL},
        HEALTHY};
    fake.loop_file = "C:\\Alpha\\c-0291-17.sys";
    fake.loop_effect = FAKE_BUGCHECK;
    return only_finding(execute(fixture, rules));
}

static void test_recovery_pattern(Fixture *fixture, gconstpointer unused)
{
    const ResultFinding *finding = loop_by_pattern(fixture);
    (void)unused;

    g_assert_cmpstr(finding->kind, ==, "boot-loop");
    g_assert_cmpstr(finding->recovery->grade, ==, "hands");
    g_assert_nonnull(strstr(finding->recovery->text, "did not find C:\\Alpha\\content-3.bin, "
                                                     "deleted C:\\Alpha\\c-0291-17.sys"));
}

static void test_recovery_pattern_remote(Fixture *fixture, gconstpointer unused)
{
    fake.locked = true;
    const ResultFinding *finding = loop_by_pattern(fixture);
    (void)unused;

    g_assert_cmpstr(finding->recovery->grade, ==, "remote");
    g_assert_nonnull(strstr(finding->recovery->text, "deleted C:\\Alpha\\c-0291-17.sys"));
}

/* Whatever comes after a crash, its finding is written. */
static void test_hang_after_crash(Fixture *fixture, gconstpointer unused)
{
    const FakeRule rules[] = {{"update", 0, FAKE_BUGCHECK, NULL, 0, {NULL}, NULL}, HEALTHY};
    fake.loop_file = "C:\\Truce\\alpha\\content-3.bin";
    fake.loop_effect = FAKE_SILENCE;
    const ResultFinding *finding = only_finding(execute(fixture, rules));
    (void)unused;

    g_assert_cmpstr(finding->kind, ==, "boot-loop");
    g_assert_cmpstr(finding->bugcheck->module, ==, "alpha.sys");
    g_assert_cmpstr(finding->recovery->grade, ==, "lost");
}

/* Where nothing can be deleted at the machine, its disk is mended from outside, if it can be. */
static const ResultFinding *loop_that_is_locked(Fixture *fixture)
{
    static const FakeRule rules[] = {
        {"status", 0, FAKE_NOTHING, NULL, 0, {NULL}, NULL},
        {"update", 0, FAKE_ADD_FILE, "C:\\Alpha\\content-3.bin", 0, {NULL}, NULL},
        HEALTHY};
    fake.loop_file = "C:\\Alpha\\content-3.bin";
    fake.loop_effect = FAKE_BUGCHECK;
    fake.locked = true;
    return only_finding(execute(fixture, rules));
}

static void test_remote(Fixture *fixture, gconstpointer unused)
{
    const ResultFinding *finding = loop_that_is_locked(fixture);
    (void)unused;

    g_assert_cmpstr(finding->kind, ==, "boot-loop");
    g_assert_cmpstr(finding->recovery->grade, ==, "remote");
    g_assert_nonnull(strstr(finding->recovery->text, "deleted C:\\Alpha\\content-3.bin"));
    g_assert_cmpstr(finding->confidence, ==, "high");
}

/* Two starts, then the recovery environment, which is no normal start: the drill goes on there. */
static void test_recovery_environment(Fixture *fixture, gconstpointer unused)
{
    const FakeRule rules[] = {
        {"status", 0, FAKE_NOTHING, NULL, 0, {NULL}, NULL},
        {"update", 0, FAKE_ADD_FILE, "C:\\Alpha\\content-3.bin", 0, {NULL}, NULL},
        HEALTHY};
    fake.loop_file = "C:\\Alpha\\content-3.bin";
    fake.loop_effect = FAKE_RECOVERY;
    const ResultFinding *finding = only_finding(execute(fixture, rules));
    (void)unused;

    g_assert_cmpstr(finding->kind, ==, "recovery-environment");
    g_assert_cmpstr(finding->recovery->grade, ==, "hands");
    g_assert_cmpuint(finding->recovery->reboots, ==, 2);
}

static void test_failed_procedure(Fixture *fixture, gconstpointer unused)
{
    const FakeRule rules[] = {
        {"status", 0, FAKE_NOTHING, NULL, 0, {NULL}, NULL},
        {"update", 0, FAKE_ADD_FILE, "C:\\Alpha\\content-3.bin", 0, {NULL}, NULL},
        HEALTHY};
    fake.loop_file = "C:\\Alpha\\content-3.bin";
    fake.loop_effect = FAKE_BUGCHECK;
    fake.locked = fake.no_disk = true;
    const ResultFinding *finding = only_finding(execute(fixture, rules));
    (void)unused;

    g_assert_cmpstr(finding->kind, ==, "boot-loop");
    g_assert_cmpstr(finding->recovery->grade, ==, "lost");
    g_assert_cmpstr(finding->confidence, !=, "high");
}

/* The lab's own fault after a crash: an error, but what was seen stands. */
static void test_lost_after_crash(Fixture *fixture, gconstpointer unused)
{
    const FakeRule rules[] = {{"update", 0, FAKE_BUGCHECK, NULL, 0, {NULL}, NULL}, HEALTHY};
    fake.loop_file = "C:\\Truce\\alpha\\content-3.bin";
    fake.loop_effect = FAKE_LOST;
    const ResultCase *result = execute(fixture, rules);
    (void)unused;

    g_assert_cmpstr(case_state_name(result->state), ==, "error");
    g_assert_cmpstr(only_finding(result)->bugcheck->module, ==, "alpha.sys");
}

/* libvirt's words tell that QEMU ended, not why; the event does. */
static void test_lost_at_reset(Fixture *fixture, gconstpointer unused)
{
    const FakeRule rules[] = {{"update", 0, FAKE_BUGCHECK, NULL, 0, {NULL}, NULL}, HEALTHY};
    fake.reset_loses = "the host's disk is full";
    const ResultCase *result = execute(fixture, rules);
    (void)unused;

    g_assert_cmpstr(case_state_name(result->state), ==, "error");
    g_assert_nonnull(strstr(result->reason, "End of file from qemu monitor: the host's disk is"));
    g_assert_cmpstr(only_finding(result)->bugcheck->module, ==, "alpha.sys");
}

/* A clone that stays the machine that it is a clone of. */
static void test_not_renamed(Fixture *fixture, gconstpointer unused)
{
    const FakeRule rules[] = {HEALTHY};
    (void)unused;

    fake.keeps_name = true;
    execute(fixture, rules);
    const ResultCase *control = fixture->result->cases->pdata[0];
    g_assert_cmpstr(case_state_name(control->state), ==, "error");
    g_assert_nonnull(strstr(control->reason, "tells 'TRUCE-REF'"));
    g_assert_cmpuint(fixture->result->findings, ==, 0);
}

/* A clone without what was in the memory of its state: an error of the lab before any step. */
static void test_not_restored(Fixture *fixture, gconstpointer unused)
{
    const FakeRule rules[] = {HEALTHY};
    (void)unused;

    fake.warm_forgets = true;
    execute(fixture, rules);
    const ResultCase *control = fixture->result->cases->pdata[0];
    g_assert_cmpstr(case_state_name(control->state), ==, "error");
    g_assert_nonnull(strstr(control->reason, "is not the guest that was saved"));
    g_assert_cmpuint(fixture->result->findings, ==, 0);
}

static void test_silent_restart(Fixture *fixture, gconstpointer unused)
{
    const FakeRule rules[] = {{"update", 0, FAKE_RESET, NULL, 0, {NULL}, NULL}, HEALTHY};
    const ResultFinding *finding = only_finding(execute(fixture, rules));
    (void)unused;

    g_assert_cmpstr(finding->kind, ==, "bugcheck");
    g_assert_null(finding->bugcheck);
}

/* The crash comes with the last step, or nothing but its dump tells of it. */
static void test_late_crash(Fixture *fixture, gconstpointer unused)
{
    const FakeRule rules[] = {HEALTHY};
    fake.late_effect = FAKE_BUGCHECK;
    (void)unused;
    g_assert_cmpstr(only_finding(execute(fixture, rules))->kind, ==, "bugcheck");
}

static void test_dump_left(Fixture *fixture, gconstpointer unused)
{
    const FakeRule rules[] = {HEALTHY};
    fake.dump = "112226-00001-01.dmp";
    const ResultCase *result = execute(fixture, rules);
    (void)unused;

    g_assert_cmpstr(case_state_name(result->state), ==, "failed");
    g_assert_cmpstr(only_finding(result)->kind, ==, "bugcheck");
}

/* A service that ended and was restarted, or a restart that nobody saw: only the log tells. */
static const ResultFinding *finding_of_event(Fixture *fixture, guint id, gint64 seconds_ago)
{
    static const FakeRule rules[] = {HEALTHY};
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autoptr(GDateTime) time = g_date_time_add_seconds(now, -(double)seconds_ago);
    g_autofree char *text = g_date_time_format_iso8601(time);
    g_autofree char *events =
        g_strdup_printf("<Event><System><EventID>%u</EventID><TimeCreated SystemTime='%s'/>"
                        "</System><EventData><Data>Alpha Service</Data></EventData></Event>",
                        id, text);
    fake.events = events;
    const ResultCase *result = execute(fixture, rules);
    const ResultAttempt *attempt = result->attempts->pdata[0];
    fake.events = NULL;
    return attempt->findings->len ? attempt->findings->pdata[0] : NULL;
}

static void test_event_service(Fixture *fixture, gconstpointer unused)
{
    const ResultFinding *finding = finding_of_event(fixture, 7031, -1);
    (void)unused;

    g_assert_cmpstr(finding->kind, ==, "service-crash");
    g_assert_nonnull(strstr(finding->summary, "'Alpha Service' ended unexpectedly"));
    g_assert_cmpuint(finding->vendors->len, ==, 0);
    g_assert_cmpstr(finding->about, ==, "Alpha Service");
}

static void test_event_restart(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    g_assert_cmpstr(finding_of_event(fixture, 41, -1)->kind, ==, "bugcheck");
}

/* What was there before the attempt is none of its. */
static void test_event_old(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    g_assert_null(finding_of_event(fixture, 41, 60));
}

#define HOUR_US (G_GINT64_CONSTANT(3600) * G_USEC_PER_SEC)

/* By how much the host's clock is wrong until the case with a vendor has its machine. */
static gint64 clock_off_us;

gint64 __real_g_get_real_time(void);
gint64 __wrap_g_get_real_time(void);

gint64 __wrap_g_get_real_time(void)
{
    return __real_g_get_real_time() + (fake.clones < 2 ? clock_off_us : 0);
}

/* What came since the attempt began would be taken for older. */
static void test_event_clock_back(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    clock_off_us = HOUR_US;
    g_assert_null(finding_of_event(fixture, 7031, -1));
    const ResultCase *result = fixture->result->cases->pdata[1];
    clock_off_us = 0;

    g_assert_cmpstr(case_state_name(result->state), ==, "error");
    g_assert_nonnull(strstr(result->reason, "the host's clock was set back by 3600 s"));
}

static void test_event_clock_forward(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    clock_off_us = -HOUR_US;
    const ResultFinding *finding = finding_of_event(fixture, 7031, -1);
    clock_off_us = 0;
    g_assert_cmpstr(finding->kind, ==, "service-crash");
}

/* What is the lab's own fault is never a vendor's. */
static void assert_error(Fixture *fixture, const FakeRule *rules, const char *reason)
{
    const ResultCase *result = execute(fixture, rules);
    const ResultAttempt *attempt = result->attempts->pdata[0];

    g_assert_cmpstr(case_state_name(result->state), ==, "error");
    g_assert_nonnull(strstr(result->reason, reason));
    g_assert_cmpuint(attempt->findings->len, ==, 0);
    g_assert_cmpint(result_exit_status(fixture->result), ==, TRUCE_EXIT_LAB);
}

static void test_lost_machine(Fixture *fixture, gconstpointer unused)
{
    const FakeRule rules[] = {{"update", 0, FAKE_LOST, NULL, 0, {NULL}, NULL}, HEALTHY};
    (void)unused;
    assert_error(fixture, rules, "lost");
}

/* Where the host went away the case has not ended: it can be gone on with, here or elsewhere. */
static void test_host_gone(Fixture *fixture, gconstpointer unused)
{
    const FakeRule rules[] = {{"update", 0, FAKE_HOST_GONE, NULL, 0, {NULL}, NULL}, HEALTHY};
    const FakeRule healthy[] = {HEALTHY};
    g_autoptr(Progress) progress = progress_new(true);
    RunOptions options = {.lab = fixture->made.lab,
                          .inputs = fixture->made.inputs,
                          .plan = fixture->made.plan,
                          .progress = progress,
                          .folder = fixture->made.run,
                          .jobs = 1};
    g_autoptr(GError) error = NULL;
    (void)unused;

    fake.rules = rules;
    fake.remote = true;
    fixture->run = run_new(&options);
    g_assert_false(run_execute(fixture->run, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB);
    g_clear_pointer(&fixture->run, run_free);
    g_assert_true(result_read(fixture->made.run, &fixture->result, NULL));
    g_assert_cmpuint(fixture->result->counts[CASE_NOT_RUN], ==, 1);
    g_assert_cmpuint(fixture->result->counts[CASE_PASSED], ==, 1);
    g_assert_cmpuint(fixture->result->counts[CASE_ERROR], ==, 0);
    g_clear_pointer(&fixture->result, result_free);

    fake.rules = healthy;
    fake.host_gone = false;
    options.resume = true;
    fixture->run = run_new(&options);
    const ResultCase *result = execute(fixture, healthy);
    g_assert_cmpstr(case_state_name(result->state), ==, "passed");
    g_assert_cmpuint(result->attempts->len, ==, 2);
}

/* The journal as it is where truce is killed before the last attempt's end. */
static void cut_journal(const char *folder)
{
    g_autofree char *path = g_build_filename(folder, "journal.ndjson", NULL);
    g_autofree char *text = NULL;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    char *end = g_strrstr(text, "\"type\":\"attempt-end\"");
    g_assert_nonnull(end);
    while (end[-1] != '\n')
        end--;
    g_assert_true(g_file_set_contents(path, text, end - text, NULL));
}

/* An attempt that was cut off stands beside the one that is made again, and says what became of it
 * and where. */
static void test_cut_off(Fixture *fixture, gconstpointer unused)
{
    const FakeRule healthy[] = {HEALTHY};
    g_autoptr(Progress) progress = progress_new(true);
    RunOptions options = {.lab = fixture->made.lab,
                          .inputs = fixture->made.inputs,
                          .plan = fixture->made.plan,
                          .progress = progress,
                          .folder = fixture->made.run,
                          .jobs = 1,
                          .resume = true};
    (void)unused;

    g_setenv("TRUCE_NODE", "n1", TRUE);
    execute(fixture, healthy);
    g_clear_pointer(&fixture->run, run_free);
    g_clear_pointer(&fixture->result, result_free);
    cut_journal(fixture->made.run);
    g_setenv("TRUCE_NODE", "n2", TRUE);
    fixture->run = run_new(&options);
    const ResultCase *result = execute(fixture, healthy);
    g_unsetenv("TRUCE_NODE");
    const ResultAttempt *cut = result->attempts->pdata[0], *again = result->attempts->pdata[1];
    g_assert_cmpuint(result->attempts->len, ==, 2);
    g_assert_cmpint(cut->state, ==, CASE_NOT_RUN);
    g_assert_cmpstr(cut->reason, ==, "cut off: truce was killed, or its host died, on n1");
    g_assert_cmpint(again->state, ==, CASE_PASSED);
    g_assert_null(again->reason);
}

/* On another host guests have no warm state; all else is the same. */
static void test_other_host(Fixture *fixture, gconstpointer unused)
{
    const FakeRule rules[] = {HEALTHY};
    (void)unused;

    fake.remote = true;
    const ResultCase *result = execute(fixture, rules);
    g_assert_cmpstr(case_state_name(result->state), ==, "passed");
    g_assert_cmpuint(fake.clones, ==, 0);
}

/* A guest that hangs after a vendor's change is the vendor's; it is told apart from one that is
 * slow, from an agent that ended, and from a guest that nobody had changed. */
static void assert_hang(Fixture *fixture, FakeEffect effect, const char *words)
{
    const FakeRule rules[] = {{"update", 0, effect, NULL, 0, {NULL}, NULL}, HEALTHY};
    const ResultCase *result = execute(fixture, rules);
    const ResultFinding *finding = only_finding(result);

    g_assert_cmpstr(case_state_name(result->state), ==, "failed");
    g_assert_cmpstr(finding->kind, ==, "hang");
    g_assert_cmpstr(finding->vendors->pdata[0], ==, "alpha");
    g_assert_nonnull(strstr(finding->summary, words));
    g_assert_cmpstr(finding->recovery->grade, ==, "self");
    g_assert_null(finding->bugcheck);
}

static void test_spinning(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    assert_hang(fixture, FAKE_SILENCE, "spin in user mode");
}

static void test_halted(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    assert_hang(fixture, FAKE_HALT, "halted");
}

/* A kernel that halts for good may have closed the agent's port before. */
static void test_dead(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    fake.cpus_dead = true;
    assert_hang(fixture, FAKE_AGENT_END, "halted, with interrupts off");
}

/* An NMI makes the guest crash: evidence of the hang, no second finding. */
static void test_nmi(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    fake.nmi_event = MACHINE_EVENT_PANIC;
    assert_hang(fixture, FAKE_SILENCE, "spin in user mode");
    const ResultCase *result = fixture->result->cases->pdata[1];
    const ResultAttempt *attempt = result->attempts->pdata[0];
    bool collected = false;
    for (guint i = 0; i < attempt->evidence->len; i++) {
        const ResultEvidence *evidence = attempt->evidence->pdata[i];
        if (g_str_equal(evidence->kind, "nmi"))
            collected = g_str_equal(evidence->outcome, "collected");
    }
    g_assert_true(collected);
}

static void test_boot_never_ready(Fixture *fixture, gconstpointer unused)
{
    const FakeRule rules[] = {
        {"update", 0, FAKE_ADD_FILE, "C:\\Alpha\\content-3.bin", 0, {NULL}, NULL}, HEALTHY};
    fake.loop_file = "C:\\Alpha\\content-3.bin";
    fake.loop_effect = FAKE_SILENCE;
    const ResultFinding *finding = only_finding(execute(fixture, rules));
    (void)unused;

    g_assert_cmpstr(finding->kind, ==, "boot-loop");
    g_assert_nonnull(strstr(finding->summary, "hangs"));
    g_assert_cmpstr(finding->recovery->grade, ==, "hands");
    g_assert_cmpstr(finding->vendors->pdata[0], ==, "alpha");
}

static void test_silent_boot(Fixture *fixture, gconstpointer unused)
{
    const FakeRule rules[] = {HEALTHY};
    (void)unused;
    fake.boot_effect = FAKE_SILENCE;
    execute(fixture, rules);
    for (guint i = 0; i < 2; i++) {
        const ResultCase *result = fixture->result->cases->pdata[i];
        g_assert_cmpint(result->state, !=, CASE_FAILED);
    }
    g_assert_cmpint(result_exit_status(fixture->result), ==, TRUCE_EXIT_LAB);
}

/* Its boot takes longer than it may, and then it is there. */
static void test_slow_guest(Fixture *fixture, gconstpointer unused)
{
    const FakeRule rules[] = {{"update", 0, FAKE_ADD_FILE, "C:\\slow", 0, {NULL}, NULL}, HEALTHY};
    (void)unused;
    fake.loop_file = "C:\\slow";
    fake.loop_effect = FAKE_SLOW;
    assert_error(fixture, rules, "answers again");
}

/* After a crash that is a vendor's: the boot is slow, or the guest never comes up again. */
static void execute_crash_then(Fixture *fixture, FakeEffect at_boot)
{
    const FakeRule rules[] = {{"status", 0, FAKE_ADD_FILE, "C:\\marked", 0, {NULL}, NULL},
                              {"update", 0, FAKE_BUGCHECK, NULL, 0, {NULL}, NULL},
                              HEALTHY};
    fake.loop_file = "C:\\marked";
    fake.loop_effect = at_boot;
    execute(fixture, rules);
}

static void test_slow_after_crash(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    execute_crash_then(fixture, FAKE_SLOW);
    const ResultCase *result = fixture->result->cases->pdata[1];
    const ResultFinding *finding = only_finding(result);
    g_assert_cmpstr(case_state_name(result->state), ==, "failed");
    g_assert_cmpstr(finding->kind, ==, "bugcheck");
    g_assert_cmpstr(finding->recovery->grade, ==, "self");
    g_assert_cmpuint(finding->recovery->reboots, ==, 1);
}

static void test_silent_after_crash(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    execute_crash_then(fixture, FAKE_SILENCE);
    const ResultFinding *finding = only_finding(fixture->result->cases->pdata[1]);
    g_assert_cmpstr(finding->kind, ==, "boot-loop");
    g_assert_nonnull(strstr(finding->summary, "none of the 3 boots after it became ready"));
}

/* Each boot becomes ready, and then the agent ends. */
static void test_agent_ended_after_crash(Fixture *fixture, gconstpointer unused)
{
    const FakeRule rules[] = {{"status", 0, FAKE_AGENT_END, NULL, 0, {"update"}, NULL},
                              {"update", 0, FAKE_BUGCHECK, NULL, 0, {NULL}, NULL},
                              HEALTHY};
    const ResultCase *result = execute(fixture, rules);
    (void)unused;
    g_assert_cmpstr(case_state_name(result->state), ==, "failed");
    g_assert_cmpstr(only_finding(result)->kind, ==, "boot-loop");
}

/* The vendor's procedure helps, though the host is slow. */
static void test_slow_safe_mode(Fixture *fixture, gconstpointer unused)
{
    fake.safe_effect = FAKE_SLOW;
    test_boot_loop_recovered(fixture, unused);
}

static void set_up_bugcheck(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    fake_reset();
    engine_inputs_make(
        &fixture->made,
        "<scenario name='s' format='1'><title>T</title><description>D</description>"
        "<guest name='reference'/>"
        "<test name='control'><title>C</title><matrix><vendors install=''/></matrix>"
        "<steps><run timeout-s='5' exit='0'>control.exe</run></steps></test>"
        "<test name='main'><title>M</title><matrix><vendors install='alpha'/></matrix>"
        "<steps><install vendor='each'/><probe vendor='each'/><inject fault='bugcheck'/>"
        "<probe vendor='each'/></steps>"
        "</test></scenario>");
}

/* A crash that was asked for is no vendor's, also where the guest is down before it answered. */
static void test_asked_crash(Fixture *fixture, gconstpointer effect)
{
    const FakeRule crash = {.match = "start TruceFaulty",
                            .effect = (FakeEffect)GPOINTER_TO_INT(effect),
                            .module = "faulty.sys"};
    const FakeRule rules[] = {
        {"status", 0, FAKE_ADD_FILE, "C:\\Truce\\faulty.sys", 0, {NULL}, NULL}, crash, HEALTHY};
    const ResultCase *result = execute(fixture, rules);
    g_assert_cmpstr(case_state_name(result->state), ==, "passed");
}

static void set_up_restart(Fixture *fixture, gconstpointer step)
{
    g_autofree char *scenario = g_strdup_printf(
        "<scenario name='s' format='1'><title>T</title><description>D</description>"
        "<guest name='reference'/>"
        "<test name='control'><title>C</title><matrix><vendors install=''/></matrix>"
        "<steps><run timeout-s='5' exit='0'>control.exe</run></steps></test>"
        "<test name='main'><title>M</title><matrix><vendors install='alpha'/></matrix>"
        "<steps><install vendor='each'/><update vendor='alpha' content='3'/>%s"
        "<probe vendor='each'/></steps></test></scenario>",
        (const char *)step);
    fake_reset();
    engine_inputs_make(&fixture->made, scenario);
}

/* A crash that comes with a restart on purpose is not lost with it; its twin passes. */
static void test_restart_panics(Fixture *fixture, gconstpointer step)
{
    const FakeRule rules[] = {{"update", 0, FAKE_BUGCHECK_LATE, NULL, 0, {NULL}, NULL}, HEALTHY};
    const ResultCase *result = execute(fixture, rules);
    const ResultFinding *finding = only_finding(result);
    (void)step;
    g_assert_cmpstr(case_state_name(result->state), ==, "failed");
    g_assert_cmpstr(finding->kind, ==, "bugcheck");
    g_assert_cmpstr(finding->bugcheck->module, ==, "alpha.sys");
    g_assert_cmpstr(finding->vendors->pdata[0], ==, "alpha");
}

static void test_restarts(Fixture *fixture, gconstpointer step)
{
    const FakeRule rules[] = {HEALTHY};
    const ResultCase *result = execute(fixture, rules);
    (void)step;
    g_assert_cmpstr(case_state_name(result->state), ==, "passed");
}

static void add_restart(const char *name, const char *step)
{
    g_autofree char *panics = g_strdup_printf("/engine/restart/%s/panics", name);
    g_autofree char *well = g_strdup_printf("/engine/restart/%s/well", name);

    g_test_add(panics, Fixture, step, set_up_restart, test_restart_panics, tear_down);
    g_test_add(well, Fixture, step, set_up_restart, test_restarts, tear_down);
}

static void test_agent_ended(Fixture *fixture, gconstpointer unused)
{
    const FakeRule rules[] = {{"update", 0, FAKE_AGENT_END, NULL, 0, {NULL}, NULL}, HEALTHY};
    (void)unused;
    assert_error(fixture, rules, "agent ended");
}

/* A bug of the agent. */
static void test_agent_nonsense(Fixture *fixture, gconstpointer unused)
{
    const FakeRule rules[] = {{"update", 0, FAKE_NONSENSE, NULL, 0, {NULL}, NULL}, HEALTHY};
    (void)unused;
    assert_error(fixture, rules, "guest-exec");
}

static void test_hang_of_nobody(Fixture *fixture, gconstpointer unused)
{
    const FakeRule rules[] = {{"control.exe", 0, FAKE_SILENCE, NULL, 0, {NULL}, NULL}, HEALTHY};
    const ResultCase *result = execute(fixture, rules);
    const ResultCase *control = fixture->result->cases->pdata[0];
    (void)unused;

    g_assert_cmpstr(case_state_name(control->state), ==, "error");
    g_assert_nonnull(strstr(control->reason, "no vendor had changed anything"));
    g_assert_cmpstr(case_state_name(result->state), ==, "skipped");
}

static void test_own_panic(Fixture *fixture, gconstpointer unused)
{
    const FakeRule rules[] = {{"update", 0, FAKE_PANIC, NULL, 0, {NULL}, NULL}, HEALTHY};
    (void)unused;
    assert_error(fixture, rules, "own kernel");
}

static void test_failed_control(Fixture *fixture, gconstpointer unused)
{
    const FakeRule rules[] = {{"control.exe", 0, FAKE_BUGCHECK, NULL, 0, {NULL}, NULL}, HEALTHY};
    const ResultCase *result = execute(fixture, rules);
    const ResultCase *control = fixture->result->cases->pdata[0];
    (void)unused;

    g_assert_cmpstr(case_state_name(control->state), ==, "error");
    g_assert_cmpstr(case_state_name(result->state), ==, "skipped");
    g_assert_cmpint(result_exit_status(fixture->result), ==, TRUCE_EXIT_LAB);
}

static void test_interrupted(Fixture *fixture, gconstpointer unused)
{
    const FakeRule rules[] = {HEALTHY};
    g_autoptr(Progress) progress = progress_new(true);
    RunOptions options = {.lab = fixture->made.lab,
                          .inputs = fixture->made.inputs,
                          .plan = fixture->made.plan,
                          .progress = progress,
                          .folder = fixture->made.run,
                          .jobs = 2};
    (void)unused;

    fixture->run = run_new(&options);
    g_autofree char *warm =
        g_build_filename(fixture->made.folder, "guests/reference/warm/warm", NULL);
    g_assert_cmpint(g_mkdir_with_parents(warm, 0700), ==, 0);
    run_cancel(fixture->run);
    const ResultCase *result = execute(fixture, rules);
    g_assert_cmpstr(case_state_name(result->state), ==, "not-run");
    g_assert_nonnull(result->reason);
    g_assert_cmpint(result_exit_status(fixture->result), ==, TRUCE_EXIT_INTERRUPTED);
}

static void test_attempts_disagree(Fixture *fixture, gconstpointer unused)
{
    /* The second clone is the first with a vendor: only there the installer fails. */
    const FakeRule rules[] = {{"msiexec.exe /i", 1603, FAKE_NOTHING, NULL, 2, {NULL}, NULL},
                              HEALTHY};
    (void)unused;

    fixture->attempts = 5;
    const ResultCase *result = execute(fixture, rules);
    g_assert_cmpstr(case_state_name(result->state), ==, "flaky");
    g_assert_cmpstr(result->reason, ==, "attempts disagree: 1 failed, 1 passed");
    g_assert_cmpuint(result->attempts->len, ==, 2);
    g_assert_cmpuint(result_deciding_attempt(result)->number, ==, 1);
    g_assert_cmpint(result_exit_status(fixture->result), ==, TRUCE_EXIT_INCONCLUSIVE);
    for (guint i = 1; i <= 2; i++) {
        g_autofree char *log =
            g_strdup_printf("%s/run/cases/main-reference-alpha/attempt-%u/timeline.ndjson",
                            fixture->made.folder, i);
        g_assert_true(g_file_test(log, G_FILE_TEST_IS_REGULAR));
    }
}

static void test_attempts_agree(Fixture *fixture, gconstpointer unused)
{
    const FakeRule rules[] = {{"msiexec.exe /i", 1603, FAKE_NOTHING, NULL, 0, {NULL}, NULL},
                              HEALTHY};
    (void)unused;

    fixture->attempts = 5;
    const ResultCase *result = execute(fixture, rules);
    g_assert_cmpstr(case_state_name(result->state), ==, "failed");
    g_assert_cmpuint(result->attempts->len, ==, 2);
    g_assert_cmpuint(fixture->result->findings, ==, 1);
}

static void test_one_attempt_passes(Fixture *fixture, gconstpointer unused)
{
    const FakeRule rules[] = {HEALTHY};
    (void)unused;

    fixture->attempts = 5;
    const ResultCase *result = execute(fixture, rules);
    g_assert_cmpstr(case_state_name(result->state), ==, "passed");
    g_assert_cmpuint(result->attempts->len, ==, 1);
}

/* An experiment: the failed case's twin, tried twice over by one who forgot the first time. */
static void add_twin(gpointer data, Run *run, const PlanCase *plan_case, CaseState state)
{
    Fixture *fixture = data;
    CaseState twin;

    fixture->verdicts++;
    g_assert_false(run_case_state(run, plan_case->id, &twin));
    for (guint i = 0; state == CASE_FAILED && i < 2; i++) {
        PlanCase *added = plan_case_new();
        added->id = g_strdup("main/reference/alpha/again");
        added->test = plan_case->test;
        added->test_name = g_strdup(plan_case->test_name);
        added->title = g_strdup(plan_case->title);
        added->guest = g_strdup(plan_case->guest);
        added->why = g_strdup("an experiment");
        g_ptr_array_add(added->vendors, g_strdup("alpha"));
        g_assert_true(run_add_case(run, added, plan_case, "does it happen again?") == (i == 0));
    }
}

static void test_added_case(Fixture *fixture, gconstpointer unused)
{
    const FakeRule rules[] = {{"msiexec.exe /i", 1603, FAKE_NOTHING, NULL, 2, {NULL}, NULL},
                              HEALTHY};
    (void)unused;

    fixture->on_verdict = add_twin;
    g_assert_cmpstr(case_state_name(execute(fixture, rules)->state), ==, "failed");
    const ResultCase *added = fixture->result->cases->pdata[2];
    g_assert_cmpuint(fixture->result->cases->len, ==, 3);
    g_assert_cmpstr(case_state_name(added->state), ==, "passed");
    g_assert_cmpstr(added->parent, ==, "main/reference/alpha");
    g_assert_cmpstr(added->why, ==, "does it happen again?");
    g_assert_cmpuint(fixture->verdicts, ==, 3);
}

static const char sweep_xml[] =
    "<scenario name='s' format='1'><title>T</title><description>D</description>"
    "<guest name='reference'/>"
    "<test name='control'><title>C</title><matrix><vendors install=''/></matrix>"
    "<steps><run timeout-s='5' exit='0'>control.exe</run></steps></test>"
    "<test name='main'><title>M</title><matrix><vendors install='alpha'/>"
    "<mutations name='damage' count='3' of='bit-flip truncate oversize'/></matrix>"
    "<steps><install vendor='each'/>"
    "<update vendor='alpha' content='3' damage='{damage}' expect='any'/><probe vendor='each'/>"
    "</steps></test></scenario>";

static void set_up_sweep(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    fake_reset();
    engine_inputs_make(&fixture->made, sweep_xml);
}

/* The first file is refused, the second takes the guest down, the third is taken; each is kept. */
static void test_sweep(Fixture *fixture, gconstpointer unused)
{
    static const struct {
        const char *damage, *answer, *outcome;
    } expected[] = {{"bit-flip-1", "refused", "refused"},
                    {"truncate-1", NULL, "died"},
                    {"oversize-1", "applied", "survived"}};
    const FakeRule rules[] = {{"update", 5, FAKE_NOTHING, NULL, 2, {NULL}, NULL},
                              {"update", 0, FAKE_BUGCHECK, NULL, 3, {NULL}, NULL},
                              HEALTHY};
    (void)unused;
    execute(fixture, rules);
    g_autoptr(GPtrArray) sweeps = sweeps_of(fixture->result);
    g_assert_cmpuint(sweeps->len, ==, 1);
    const Sweep *sweep = sweeps->pdata[0];
    g_assert_cmpstr(sweep->target, ==, "alpha content 3");
    g_assert_cmpuint(sweep->items->len, ==, G_N_ELEMENTS(expected));
    for (guint i = 0; i < sweep->items->len; i++) {
        const SweepItem *item = &g_array_index(sweep->items, SweepItem, i);
        ResultCase *result_case = fixture->result->cases->pdata[i + 1];
        g_assert_true(item->result_case == result_case);
        result_load(fixture->result, result_case, NULL);
        const ResultAttempt *attempt = result_case->attempts->pdata[0];
        const ResultEvidence *file = attempt->evidence->pdata[0];
        g_autofree char *path = g_build_filename(fixture->made.run, file->file, NULL);
        g_autofree char *bytes = NULL;
        g_assert_cmpstr(item->mutation->damage, ==, expected[i].damage);
        g_assert_cmpstr(item->mutation->answer, ==, expected[i].answer);
        g_assert_cmpstr(mutation_outcome_name(item->outcome), ==, expected[i].outcome);
        g_assert_true(g_file_get_contents(path, &bytes, NULL, NULL));
        g_assert_cmpstr(bytes, !=, "content");
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, function) g_test_add("/engine/" name, Fixture, NULL, set_up, function, tear_down)
    ADD("host-gone", test_host_gone);
    ADD("cut-off", test_cut_off);
    ADD("other-host", test_other_host);
    ADD("installer-busy", test_installer_busy);
    ADD("installer-restarts", test_installer_restarts);
    g_test_add("/engine/own-dump", Fixture, NULL, set_up_windows, test_own_dump, tear_down);
    g_test_add("/engine/healthy-windows", Fixture, NULL, set_up_windows, test_healthy_windows,
               tear_down);
    g_test_add("/engine/loop", Fixture, NULL, set_up_loop, test_loop, tear_down);
    g_test_add("/engine/loop-refused", Fixture, NULL, set_up_loop, test_loop_refused, tear_down);
    ADD("healthy", test_healthy);
    ADD("install-failed", test_install_failed);
    ADD("secret", test_secret);
    g_test_add("/engine/licence", Fixture, "AB12-CD34 EF56+/=", set_up_licence, test_licence,
               tear_down);
    ADD("dead-sensor", test_dead_sensor);
    ADD("lost-detection", test_lost_detection);
    ADD("refused-update", test_refused_update);
    ADD("one-bugcheck", test_one_bugcheck);
    ADD("boot-loop", test_boot_loop);
    ADD("boot-loop-recovered", test_boot_loop_recovered);
    ADD("hang-after-crash", test_hang_after_crash);
    ADD("recovery-pattern", test_recovery_pattern);
    ADD("recovery-pattern-remote", test_recovery_pattern_remote);
    ADD("remote", test_remote);
    ADD("recovery-environment", test_recovery_environment);
    ADD("failed-procedure", test_failed_procedure);
    ADD("lost-after-crash", test_lost_after_crash);
    ADD("lost-at-reset", test_lost_at_reset);
    ADD("not-restored", test_not_restored);
    ADD("not-renamed", test_not_renamed);
    ADD("silent-restart", test_silent_restart);
    ADD("late-crash", test_late_crash);
    ADD("dump-left", test_dump_left);
    ADD("event-service", test_event_service);
    ADD("event-restart", test_event_restart);
    ADD("event-old", test_event_old);
    ADD("event-clock-back", test_event_clock_back);
    ADD("event-clock-forward", test_event_clock_forward);
    ADD("lost-machine", test_lost_machine);
    ADD("spinning", test_spinning);
    ADD("halted", test_halted);
    ADD("dead", test_dead);
    ADD("nmi", test_nmi);
    ADD("boot-never-ready", test_boot_never_ready);
    ADD("silent-boot", test_silent_boot);
    ADD("slow-after-crash", test_slow_after_crash);
    ADD("silent-after-crash", test_silent_after_crash);
    ADD("agent-ended-after-crash", test_agent_ended_after_crash);
    ADD("slow-safe-mode", test_slow_safe_mode);
    add_restart("button", "<reboot how='hard'/>");
    add_restart("reset", "<inject fault='reset'/>");
    add_restart("power-cut", "<inject fault='power-cut'/>");
    g_test_add("/engine/asked-crash", Fixture, GINT_TO_POINTER(FAKE_BUGCHECK), set_up_bugcheck,
               test_asked_crash, tear_down);
    g_test_add("/engine/asked-crash/unanswered", Fixture, GINT_TO_POINTER(FAKE_BUGCHECK_UNANSWERED),
               set_up_bugcheck, test_asked_crash, tear_down);
    ADD("slow-guest", test_slow_guest);
    ADD("agent-ended", test_agent_ended);
    ADD("agent-nonsense", test_agent_nonsense);
    ADD("hang-of-nobody", test_hang_of_nobody);
    ADD("own-panic", test_own_panic);
    ADD("failed-control", test_failed_control);
    ADD("interrupted", test_interrupted);
    ADD("attempts-disagree", test_attempts_disagree);
    ADD("attempts-agree", test_attempts_agree);
    ADD("one-attempt-passes", test_one_attempt_passes);
    ADD("added-case", test_added_case);
    g_test_add("/engine/sweep", Fixture, NULL, set_up_sweep, test_sweep, tear_down);
    return g_test_run();
}
