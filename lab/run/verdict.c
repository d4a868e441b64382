/* SPDX-License-Identifier: GPL-2.0-or-later
 * From attempts to a verdict.
 */
#include "run/verdict.h"

#define FAILURES_AGREE 2 /* so many failed attempts confirm each other */

void verdict_add(Verdict *verdict, CaseState state, bool inconclusive)
{
    if (state == CASE_PASSED && inconclusive)
        verdict->inconclusive++;
    else if (state == CASE_PASSED)
        verdict->passed++;
    else if (state == CASE_FAILED)
        verdict->failed++;
    else if (state == CASE_ERROR)
        verdict->errors++;
}

static guint ended(const Verdict *verdict)
{
    return verdict->passed + verdict->failed + verdict->errors + verdict->inconclusive;
}

bool verdict_is_open(const Verdict *verdict, guint attempts_max)
{
    return verdict->passed == 0 && verdict->failed < FAILURES_AGREE &&
           ended(verdict) < attempts_max;
}

CaseState verdict_state(const Verdict *verdict)
{
    if (ended(verdict) == 0)
        return CASE_NOT_RUN;
    if (verdict->passed > 0)
        return verdict->failed == 0 && verdict->errors == 0 ? CASE_PASSED : CASE_FLAKY;
    if (verdict->failed > 0)
        return CASE_FAILED;
    return verdict->inconclusive > 0 ? CASE_FLAKY : CASE_ERROR;
}

char *verdict_disagreement(const Verdict *verdict)
{
    const struct {
        guint count;
        const char *name;
    } parts[] = {
        {verdict->failed, "failed"}, {verdict->errors, "error"}, {verdict->passed, "passed"}};
    g_autoptr(GString) text = g_string_new("attempts disagree: ");
    const char *before = "";

    if (verdict_state(verdict) != CASE_FLAKY || verdict->passed == 0)
        return NULL;
    for (guint i = 0; i < G_N_ELEMENTS(parts); i++) {
        if (parts[i].count == 0)
            continue;
        g_string_append_printf(text, "%s%u %s", before, parts[i].count, parts[i].name);
        before = ", ";
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}
