/* SPDX-License-Identifier: GPL-2.0-or-later
 * Writes junit.xml for CI systems: a suite a test of the scenario, a testcase a case.
 *
 * JUnit knows fewer states than a case has, and nothing may look better in it than it was:
 *
 *   passed          no child
 *   failed          <failure>, its type the kind of the first finding, its text all of them
 *   flaky           <failure type="flaky">: a pass after a failure is no pass
 *   error           <error type="lab">
 *   skipped         <skipped message="why">
 *   not-run         <skipped message="not run: why">
 *
 * A reader that sees only skipped testcases calls the whole green. Therefore a run in which no case
 * ran has one suite and testcase more, `run`, with an <error>.
 *
 * Source of the order of children and of the counts: the JUnit schemas of Jenkins' plugins, which
 * differ from each other; this is what all of them accept.
 */
#include "report/finding-text.h"
#include "report/report.h"
#include "report/xml-out.h"

typedef struct {
    guint tests, failures, errors, skipped;
    gint64 duration_ms;
} Totals;

static void add_to_totals(Totals *totals, const ResultCase *result_case)
{
    CaseState state = result_case->state;

    totals->tests++;
    totals->failures += state == CASE_FAILED || state == CASE_FLAKY;
    totals->errors += state == CASE_ERROR;
    totals->skipped += state == CASE_SKIPPED || state == CASE_NOT_RUN;
    totals->duration_ms += result_case_duration_ms(result_case);
}

static Totals count(const GPtrArray *cases)
{
    Totals totals = {0};

    for (guint i = 0; i < cases->len; i++)
        add_to_totals(&totals, cases->pdata[i]);
    return totals;
}

static void write_totals(XmlOut *out, const Totals *totals)
{
    xml_out_number(out, "tests", totals->tests);
    xml_out_number(out, "failures", totals->failures);
    xml_out_number(out, "errors", totals->errors);
    xml_out_seconds(out, "time", totals->duration_ms);
}

static void write_property(XmlOut *out, const char *name, const char *value)
{
    xml_out_open(out, "property");
    xml_out_attribute(out, "name", name);
    xml_out_attribute(out, "value", value);
    xml_out_close(out);
}

static void write_properties(XmlOut *out, const Result *result)
{
    g_autofree char *verdict = result_verdict(result);
    g_autofree char *reuse = result_reuse_text(result);

    xml_out_open(out, "properties");
    write_property(out, "run", result->run);
    write_property(out, "truce", result->truce);
    write_property(out, "scenario", result->scenario);
    write_property(out, "verdict", verdict);
    write_property(out, "accelerator", result->host.accelerator);
    if (reuse)
        write_property(out, "reuse", reuse);
    for (guint i = 0; i < result->guests->len; i++) {
        const ResultGuest *guest = result->guests->pdata[i];
        g_autofree char *name = g_strdup_printf("guest.%s", guest->name);
        g_autofree char *selftest_name = g_strdup_printf("selftest.%s", guest->name);
        g_autofree char *selftest = result_selftest_text(guest);
        write_property(out, name, guest->title);
        write_property(out, selftest_name, selftest);
    }
    xml_out_close(out);
}

static void append_line(GString *text, const char *label, const char *value)
{
    if (value)
        g_string_append_printf(text, "  %s: %s\n", label, value);
}

static void append_finding(GString *text, const ResultFinding *finding)
{
    g_autofree char *blame = finding_blame(finding);
    g_autofree char *place = finding_place(finding);
    g_autofree char *recovery = finding_recovery(finding);

    g_string_append_printf(text, "%s %s: %s\n", finding->id, finding->kind, finding->summary);
    append_line(text, "blame", blame);
    for (guint i = 0; i < finding->reasons->len; i++)
        append_line(text, "because", finding->reasons->pdata[i]);
    append_line(text, "step", finding->step_name);
    if (finding->bugcheck) {
        const ResultBugcheck *bugcheck = finding->bugcheck;
        char *const *parameters = bugcheck->parameters;
        g_string_append_printf(text, "  stop code: %s %s", bugcheck->code,
                               bugcheck->name ? bugcheck->name : "");
        if (parameters[0])
            g_string_append_printf(text, " (%s, %s, %s, %s)", parameters[0], parameters[1],
                                   parameters[2], parameters[3]);
        g_string_append_c(text, '\n');
    }
    append_line(text, "module", place);
    append_line(text, "recovery", recovery);
    for (guint i = 0; i < finding->evidence->len; i++)
        append_line(text, "evidence", finding->evidence->pdata[i]);
}

static void append_began_with(GString *text, const ResultAttempt *attempt)
{
    if (!attempt->began_with)
        return;
    g_autofree char *spared = duration_text(attempt->spared_ms);
    g_string_append_printf(text, "  began with: state %s, saved by %s; %s not repeated\n",
                           attempt->began_with, attempt->saved_by, spared);
}

/* All attempts with their findings and evidence. */
static char *describe_attempts(const ResultCase *result_case)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < result_case->attempts->len; i++) {
        const ResultAttempt *attempt = result_case->attempts->pdata[i];
        g_autofree char *duration = duration_text(attempt->duration_ms);
        g_string_append_printf(text, "attempt %u: %s, %s%s%s\n", attempt->number,
                               attempt->ended ? case_state_name(attempt->state) : "never ended",
                               duration, attempt->reason ? ": " : "",
                               attempt->reason ? attempt->reason : "");
        append_began_with(text, attempt);
        for (guint j = 0; j < attempt->findings->len; j++)
            append_finding(text, attempt->findings->pdata[j]);
        for (guint j = 0; j < attempt->evidence->len; j++) {
            const ResultEvidence *evidence = attempt->evidence->pdata[j];
            append_line(text, evidence->kind, evidence->file ? evidence->file : evidence->outcome);
        }
    }
    return g_string_free(text, FALSE);
}

static void write_failure(XmlOut *out, const ResultCase *result_case)
{
    const ResultAttempt *deciding = result_deciding_attempt(result_case);
    guint count_findings = deciding ? deciding->findings->len : 0;
    const ResultFinding *first = count_findings > 0 ? deciding->findings->pdata[0] : NULL;
    const char *kind = first ? first->kind : "failed";
    const char *summary = first ? first->summary : result_case->reason;
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < count_findings; i++)
        append_finding(text, deciding->findings->pdata[i]);
    xml_out_open(out, "failure");
    if (result_case->state == CASE_FLAKY) {
        g_autofree char *message =
            g_strdup_printf("attempts disagree; a failed one: %s", summary ? summary : kind);
        xml_out_attribute(out, "type", "flaky");
        xml_out_attribute(out, "message", message);
    } else {
        xml_out_attribute(out, "type", kind);
        xml_out_attribute(out, "message", summary ? summary : kind);
    }
    xml_out_text(out, text->str);
    xml_out_close(out);
}

static void write_outcome(XmlOut *out, const ResultCase *result_case)
{
    const char *reason = result_case->reason ? result_case->reason : "";
    g_autofree char *not_run = g_strdup_printf("not run: %s", reason);

    switch (result_case->state) {
    case CASE_FAILED:
    case CASE_FLAKY:
        write_failure(out, result_case);
        break;
    case CASE_ERROR:
        xml_out_open(out, "error");
        xml_out_attribute(out, "type", "lab");
        xml_out_attribute(out, "message", *reason ? reason : "the lab could not do its work");
        xml_out_close(out);
        break;
    case CASE_SKIPPED:
    case CASE_NOT_RUN:
        xml_out_open(out, "skipped");
        xml_out_attribute(out, "message", result_case->state == CASE_SKIPPED ? reason : not_run);
        xml_out_close(out);
        break;
    case CASE_PASSED:
    case CASE_STATES:
        break;
    }
}

static void write_case(XmlOut *out, const Result *result, const ResultCase *result_case)
{
    g_autofree char *class = g_strdup_printf("%s.%s", result->scenario, result_case->test);
    g_autofree char *attempts = describe_attempts(result_case);

    xml_out_open(out, "testcase");
    xml_out_attribute(out, "classname", class);
    xml_out_attribute(out, "name", result_case->id);
    xml_out_seconds(out, "time", result_case_duration_ms(result_case));
    write_outcome(out, result_case);
    if (*attempts)
        xml_out_element(out, "system-out", attempts);
    xml_out_close(out);
}

static void open_suite(XmlOut *out, const Result *result, const char *test, const Totals *totals)
{
    g_autofree char *name = g_strdup_printf("%s.%s", result->scenario, test);
    /* JUnit's timestamps have no zone and no fraction. */
    g_autofree char *began = result->began ? g_strndup(result->began, 19) : NULL;

    xml_out_open(out, "testsuite");
    xml_out_attribute(out, "name", name);
    write_totals(out, totals);
    xml_out_number(out, "skipped", totals->skipped); /* Jenkins' schema: not of the root */
    xml_out_attribute(out, "timestamp", began);
    write_properties(out, result);
}

static bool write_suite(XmlOut *out, const Result *result, const char *test, const GPtrArray *cases,
                        GError **error)
{
    const Totals totals = count(cases);

    open_suite(out, result, test, &totals);
    for (guint i = 0; i < cases->len; i++) {
        ResultCase *result_case = cases->pdata[i];
        if (!result_load(result, result_case, error))
            return false;
        write_case(out, result, result_case);
        result_unload(result_case);
    }
    xml_out_close(out);
    return true;
}

/* What is wrong with the run as a whole, which no case tells. */
static void write_suite_of_run(XmlOut *out, const Result *result)
{
    const Totals totals = {.tests = 1, .errors = 1};
    g_autofree char *verdict = result_verdict(result);

    open_suite(out, result, "run", &totals);
    xml_out_open(out, "testcase");
    xml_out_attribute(out, "classname", result->scenario);
    xml_out_attribute(out, "name", "run");
    xml_out_seconds(out, "time", 0);
    xml_out_open(out, "error");
    xml_out_attribute(out, "type", "lab");
    xml_out_attribute(out, "message", verdict);
    xml_out_close(out);
    xml_out_close(out);
    xml_out_close(out);
}

bool report_write_junit(const Result *result, const char *path, GError **error)
{
    g_autoptr(XmlOut) out = NULL;
    g_autoptr(GPtrArray) tests = result_tests(result);
    bool broken = result_ran(result) == 0 || !g_str_equal(result->outcome, "finished");
    Totals totals = count(result->cases);

    if (!xml_out_new_file(path, &out, error))
        return false;
    totals.tests += broken;
    totals.errors += broken;
    xml_out_open(out, "testsuites");
    xml_out_attribute(out, "name", result->scenario);
    write_totals(out, &totals);
    if (broken)
        write_suite_of_run(out, result);
    for (guint i = 0; i < tests->len; i++) {
        const GPtrArray *cases = tests->pdata[i];
        const ResultCase *first = cases->pdata[0];
        if (!write_suite(out, result, first->test, cases, error))
            return false;
    }
    return xml_out_finish(out, error);
}
