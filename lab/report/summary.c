/* SPDX-License-Identifier: GPL-2.0-or-later
 * The summary for a terminal: a line a case, below it its findings; the counts; the verdict.
 */
#include "report/finding-text.h"
#include "report/report.h"
#include "report/clean.h"

#define ID_WIDTH_MAX 60

static void append_detail(GString *text, const char *label, const char *value)
{
    if (!value)
        return;
    g_autofree char *line = clean_line(value);
    g_string_append_printf(text, "             %-9s %s\n", label, line);
}

static void append_finding(GString *text, const ResultFinding *finding)
{
    g_autofree char *blame = finding_blame(finding);
    g_autofree char *place = finding_place(finding);
    g_autofree char *recovery = finding_recovery(finding);
    g_autofree char *summary = clean_line(finding->summary);

    g_string_append_printf(text, "           %s: %s\n", finding->kind, summary);
    append_detail(text, "blame", blame);
    append_detail(text, "module", place);
    append_detail(text, "recovery", recovery);
    for (guint i = 0; i < finding->evidence->len; i++)
        append_detail(text, "evidence", finding->evidence->pdata[i]);
}

static void append_padded(GString *text, const char *value, glong width)
{
    g_string_append(text, value);
    for (glong length = g_utf8_strlen(value, -1); length < width; length++)
        g_string_append_c(text, ' ');
}

static void append_case(GString *text, const ResultCase *result_case, glong width)
{
    const ResultAttempt *deciding = result_deciding_attempt(result_case);
    g_autofree char *id = clean_line(result_case->id);
    g_autofree char *duration = duration_text(result_case_duration_ms(result_case));

    g_string_append_printf(text, "  %-8s ", case_state_name(result_case->state));
    append_padded(text, id, width);
    g_string_append_printf(text, " %11s\n", result_case->attempts->len > 0 ? duration : "-");
    if (result_case->reason && result_case->state != CASE_PASSED)
        append_detail(text, "reason", result_case->reason);
    for (guint i = 0; deciding && i < deciding->findings->len; i++)
        append_finding(text, deciding->findings->pdata[i]);
}

static glong id_width(const Result *result)
{
    glong width = 0;

    for (guint i = 0; i < result->cases->len; i++) {
        const ResultCase *result_case = result->cases->pdata[i];
        width = MAX(width, g_utf8_strlen(result_case->id, -1));
    }
    return MIN(width, ID_WIDTH_MAX);
}

static void append_reuse(GString *text, const Result *result)
{
    g_autofree char *reuse = result_reuse_text(result);

    if (reuse)
        g_string_append_printf(text, "%s\n", reuse);
}

static void append_counts(GString *text, const Result *result)
{
    g_string_append_printf(text, "\n%u case%s:", result->cases->len,
                           result->cases->len == 1 ? "" : "s");
    for (guint i = 0; i < CASE_STATES; i++)
        g_string_append_printf(text, "%s %u %s", i ? "," : "", result->counts[i],
                               case_state_name((CaseState)i));
    g_string_append_printf(text, "; %u finding%s\n", result->findings,
                           result->findings == 1 ? "" : "s");
    for (guint i = 0; i < result->host.out->len; i++) {
        g_autofree char *line = clean_line(result->host.out->pdata[i]);
        g_string_append_printf(text, "host taken out: %s\n", line);
    }
}

char *report_summary_text(const Result *result)
{
    g_autofree char *duration = duration_text(result->duration_ms);
    g_autofree char *verdict = result_verdict(result);
    g_autofree char *title = g_strdup_printf(
        "%s%s%s", result->scenario, *result->scenario_title ? ": " : "", result->scenario_title);
    GString *text = g_string_new(NULL);

    glong width = id_width(result);

    g_autofree char *head = clean_line(title);
    g_autofree char *run = clean_line(result->run);
    g_string_append_printf(text, "%s\nrun %s, %s, %s\n\n", head, run, result->outcome, duration);
    for (guint i = 0; i < result->cases->len; i++)
        append_case(text, result->cases->pdata[i], width);
    append_counts(text, result);
    append_reuse(text, result);
    for (guint i = 0; i < result->guests->len; i++) {
        const ResultGuest *guest = result->guests->pdata[i];
        g_autofree char *selftest = result_selftest_text(guest);
        g_autofree char *line = g_strdup_printf("Last selftest on %s: %s", guest->name, selftest);
        g_autofree char *clean = clean_line(line);
        g_string_append_printf(text, "%s\n", clean);
    }
    g_autofree char *last = clean_line(verdict);
    g_string_append_printf(text, "%s\n", last);
    return g_string_free(text, FALSE);
}
