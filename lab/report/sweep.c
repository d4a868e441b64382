/* SPDX-License-Identifier: GPL-2.0-or-later
 * Sweeps of damaged content; see sweep.h.
 */
#include "report/sweep.h"

static const char *const names[MUTATION_OUTCOMES] = {
    [MUTATION_REFUSED] = "refused",   [MUTATION_SURVIVED] = "survived", [MUTATION_DIED] = "died",
    [MUTATION_IMPAIRED] = "impaired", [MUTATION_UNKNOWN] = "unknown",
};

const char *mutation_outcome_name(MutationOutcome outcome)
{
    return names[outcome];
}

static bool goes_down(const ResultAttempt *attempt)
{
    static const char *const kinds[] = {
        "bugcheck", "boot-loop",     "recovery-environment", "recovery-needs-hands",
        "hang",     "service-crash", "sensor-dead",          "verifier-stop",
        NULL};

    for (guint i = 0; i < attempt->findings->len; i++) {
        const ResultFinding *finding = attempt->findings->pdata[i];
        if (g_strv_contains(kinds, finding->kind))
            return true;
    }
    return false;
}

static MutationOutcome outcome_of(const ResultAttempt *attempt, const ResultMutation *mutation)
{
    if (attempt->state == CASE_FAILED)
        return goes_down(attempt) ? MUTATION_DIED : MUTATION_IMPAIRED;
    if (attempt->state != CASE_PASSED)
        return MUTATION_UNKNOWN;
    return g_strcmp0(mutation->answer, "refused") == 0 ? MUTATION_REFUSED : MUTATION_SURVIVED;
}

static void sweep_free(gpointer data)
{
    Sweep *sweep = data;
    g_array_unref(sweep->items);
    g_free(sweep);
}

static Sweep *sweep_of(GPtrArray *sweeps, const char *test, const char *target)
{
    for (guint i = 0; i < sweeps->len; i++) {
        Sweep *sweep = sweeps->pdata[i];
        if (g_str_equal(sweep->test, test) && g_str_equal(sweep->target, target))
            return sweep;
    }
    Sweep *sweep = g_new0(Sweep, 1);
    sweep->test = test;
    sweep->target = target;
    sweep->items = g_array_new(FALSE, FALSE, sizeof(SweepItem));
    g_ptr_array_add(sweeps, sweep);
    return sweep;
}

static void add_case(GPtrArray *sweeps, const ResultCase *result_case)
{
    const ResultAttempt *attempt = result_deciding_attempt(result_case);

    for (guint i = 0; attempt && i < attempt->mutations->len; i++) {
        const ResultMutation *mutation = attempt->mutations->pdata[i];
        Sweep *sweep = sweep_of(sweeps, result_case->test, mutation->target);
        const SweepItem item = {result_case, mutation, outcome_of(attempt, mutation)};
        g_array_append_val(sweep->items, item);
        sweep->counts[item.outcome]++;
    }
}

GPtrArray *sweeps_of(const Result *result)
{
    GPtrArray *sweeps = g_ptr_array_new_with_free_func(sweep_free);

    for (guint i = 0; i < result->cases->len; i++) {
        const ResultCase *result_case = result->cases->pdata[i];
        if (!result_case->parent)
            add_case(sweeps, result_case);
    }
    return sweeps;
}
