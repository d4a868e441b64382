/* SPDX-License-Identifier: GPL-2.0-or-later
 * What follows from a result: names, the verdict, the exit status; and how it is freed.
 */
#include "report/result.h"

#include <unistd.h>

#include "report/finding-text.h"
#include "util/error.h"

static const char *const state_names[CASE_STATES] = {
    "passed", "failed", "error", "flaky", "skipped", "not-run",
};

const char *case_state_name(CaseState state)
{
    return state_names[state];
}

bool case_state_from_name(const char *name, CaseState *ret_state)
{
    for (guint i = 0; i < CASE_STATES; i++) {
        if (g_strcmp0(name, state_names[i]) == 0) {
            *ret_state = (CaseState)i;
            return true;
        }
    }
    return false;
}

const char *requirement_state_name(RequirementState state)
{
    static const char *const names[REQUIREMENT_STATES] = {"met", "not-met", "not-tested"};
    return names[state];
}

const ResultAttempt *result_deciding_attempt(const ResultCase *result_case)
{
    const ResultAttempt *last = NULL, *failed = NULL;

    for (guint i = 0; i < result_case->attempts->len; i++) {
        const ResultAttempt *attempt = result_case->attempts->pdata[i];
        if (attempt->state != CASE_NOT_RUN)
            last = attempt;
        if (attempt->state == CASE_FAILED)
            failed = attempt;
    }
    bool decided_by_failure = result_case->state == CASE_FLAKY || result_case->state == CASE_FAILED;
    return decided_by_failure && failed ? failed : last;
}

gint64 result_case_duration_ms(const ResultCase *result_case)
{
    gint64 total = 0;

    for (guint i = 0; i < result_case->attempts->len; i++)
        total += ((const ResultAttempt *)result_case->attempts->pdata[i])->duration_ms;
    return total;
}

GPtrArray *result_tests(const Result *result)
{
    GPtrArray *tests = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
    g_autoptr(GHashTable) by_name = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < result->cases->len; i++) {
        ResultCase *result_case = result->cases->pdata[i];
        GPtrArray *cases = g_hash_table_lookup(by_name, result_case->test);
        if (!cases) {
            cases = g_ptr_array_new();
            g_ptr_array_add(tests, cases);
            g_hash_table_insert(by_name, result_case->test, cases);
        }
        g_ptr_array_add(cases, result_case);
    }
    return tests;
}

guint result_ran(const Result *result)
{
    const guint *counts = result->counts;
    return counts[CASE_PASSED] + counts[CASE_FAILED] + counts[CASE_ERROR] + counts[CASE_FLAKY];
}

gint64 result_elsewhere(const Result *result)
{
    gint64 here = 0;

    for (guint i = 0; i < result->cases->len; i++)
        here += ((const ResultCase *)result->cases->pdata[i])->parent == NULL;
    return MAX(result->planned - here, 0);
}

/* `boot-loop (alder)`, each once, in the order in which they come. */
static GPtrArray *describe_findings(const Result *result)
{
    GPtrArray *described = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < result->cases->len; i++) {
        const ResultAttempt *attempt = result_deciding_attempt(result->cases->pdata[i]);
        for (guint j = 0; attempt && j < attempt->findings->len; j++) {
            const ResultFinding *finding = attempt->findings->pdata[j];
            g_autoptr(GString) who = g_string_new(NULL);
            for (guint k = 0; k < finding->vendors->len; k++)
                g_string_append_printf(who, "%s%s", k ? ", " : "",
                                       (const char *)finding->vendors->pdata[k]);
            char *text =
                g_strdup_printf("%s (%s)", finding->kind, who->len ? who->str : "blame unknown");
            if (g_ptr_array_find_with_equal_func(described, text, g_str_equal, NULL))
                g_free(text);
            else
                g_ptr_array_add(described, text);
        }
    }
    return described;
}

static void append_other_states(const Result *result, CaseState named, GString *verdict)
{
    const char *before = "; ";

    for (guint i = 0; i < CASE_STATES; i++) {
        if (i == named || result->counts[i] == 0)
            continue;
        g_string_append_printf(verdict, "%s%u %s", before, result->counts[i],
                               i == CASE_NOT_RUN ? "not run" : state_names[i]);
        before = ", ";
    }
}

static CaseState worst_state(const Result *result)
{
    static const CaseState by_weight[] = {CASE_FAILED, CASE_ERROR, CASE_FLAKY, CASE_NOT_RUN};

    for (guint i = 0; i < G_N_ELEMENTS(by_weight); i++)
        if (result->counts[by_weight[i]] > 0)
            return by_weight[i];
    return CASE_PASSED;
}

char *result_selftest_text(const ResultGuest *guest)
{
    const ResultSelftest *selftest = guest->selftest;

    if (!selftest)
        return g_strdup("none is recorded: nothing shows that this lab finds faults on it");
    return g_strdup_printf(
        "%s%s at %s, %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " faults found, %" G_GINT64_FORMAT
        " of %" G_GINT64_FORMAT " healthy products without a finding%s%s%s",
        selftest->passed ? "passed" : "failed", selftest->quick ? " (the quick one)" : "",
        selftest->time, selftest->found, selftest->faults, selftest->quiet, selftest->healthy,
        selftest->other_image ? "; of another image than this run's" : "",
        selftest->other_truce ? "; by another version of truce, " : "",
        selftest->other_truce ? selftest->truce : "");
}

char *result_reuse_text(const Result *result)
{
    const ResultReuse *reuse = &result->reuse;
    g_autofree char *spared = duration_text(reuse->spared_ms);

    if (reuse->saved == 0)
        return NULL;
    return g_strdup_printf("%u state%s shared by %u attempt%s: %s of steps not repeated",
                           reuse->saved, reuse->saved == 1 ? "" : "s", reuse->used,
                           reuse->used == 1 ? "" : "s", spared);
}

char *result_verdict(const Result *result)
{
    static const char *const phrases[CASE_STATES] = {
        [CASE_PASSED] = "passed",
        [CASE_FAILED] = "failed",
        [CASE_ERROR] = "could not be tested",
        [CASE_FLAKY] = "are flaky",
        [CASE_NOT_RUN] = "did not run",
    };
    g_autoptr(GString) verdict = g_string_new(NULL);
    CaseState worst = worst_state(result);
    guint count = result->counts[worst], cases = result->cases->len;

    if (!g_str_equal(result->outcome, "finished"))
        g_string_append_printf(verdict, "The run was %s%s%s. ", result->outcome,
                               result->reason ? ": " : "", result->reason ? result->reason : "");
    if (cases == 0) {
        g_string_append(verdict, "No case was planned, so nothing was tested");
    } else if (result_ran(result) == 0) {
        g_string_append_printf(verdict, "None of %u cases ran, so nothing was tested", cases);
        append_other_states(result, CASE_STATES, verdict);
    } else {
        g_string_append_printf(verdict, "%u of %u cases %s", count, cases, phrases[worst]);
        g_autoptr(GPtrArray) findings = describe_findings(result);
        for (guint i = 0; i < findings->len; i++)
            g_string_append_printf(verdict, "%s%s", i ? ", " : ": ",
                                   (const char *)findings->pdata[i]);
        append_other_states(result, worst, verdict);
    }
    g_string_append_c(verdict, '.');
    if (result_elsewhere(result) > 0)
        g_string_append_printf(verdict,
                               " A part of its plan: %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT
                               " cases are not in it.",
                               result_elsewhere(result), result->planned);
    return g_string_free(g_steal_pointer(&verdict), FALSE);
}

int result_exit_status(const Result *result)
{
    if (g_str_equal(result->outcome, "interrupted") || g_str_equal(result->outcome, "killed"))
        return TRUCE_EXIT_INTERRUPTED;
    if (result_ran(result) == 0 || g_str_equal(result->outcome, "stopped"))
        return TRUCE_EXIT_LAB;
    if (result->counts[CASE_FAILED] > 0)
        return TRUCE_EXIT_FAILED;
    if (result->counts[CASE_ERROR] > 0 || result->counts[CASE_NOT_RUN] > 0)
        return TRUCE_EXIT_LAB;
    return result->counts[CASE_FLAKY] > 0 ? TRUCE_EXIT_INCONCLUSIVE : TRUCE_EXIT_PASSED;
}

void result_free(Result *result)
{
    if (!result)
        return;
    g_ptr_array_unref(result->guests);
    g_ptr_array_unref(result->vendors);
    g_ptr_array_unref(result->cases);
    g_ptr_array_unref(result->requirements);
    g_ptr_array_unref(result->host.out);
    if (result->journal >= 0)
        close(result->journal);
    g_clear_pointer(&result->memory, g_bytes_unref);
    g_string_chunk_free(result->strings);
    g_free(result);
}
