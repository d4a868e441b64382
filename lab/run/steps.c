/* SPDX-License-Identifier: GPL-2.0-or-later
 * Walking through the steps of a case.
 */
#include "run/steps.h"

#include "run/actions.h"
#include "util/clock.h"
#include "util/error.h"

/* Whether the failure of a call is the guest's end, which the crash path looks into. */
static StepsEnd end_of_error(const GError *failure)
{
    return g_error_matches(failure, TRUCE_ERROR, TRUCE_ERROR_GUEST) ? STEPS_CRASH : STEPS_ERROR;
}

static const char *outcome_name(StepsEnd end)
{
    return end == STEPS_DONE ? "ok" : end == STEPS_ERROR ? "error" : "failed";
}

static void record_begin(Attempt *attempt, const char *step, const char *name)
{
    cJSON *record = attempt_record(attempt, "step-begin");
    cJSON_AddStringToObject(record, "step", step);
    cJSON_AddStringToObject(record, "name", name);
    attempt_write(attempt, record);
}

static void record_end(Attempt *attempt, const char *step, const char *name, const char *outcome,
                       const char *message, guint duration_ms)
{
    cJSON *record = attempt_record(attempt, "step-end");
    cJSON_AddStringToObject(record, "step", step);
    cJSON_AddStringToObject(record, "name", name);
    cJSON_AddStringToObject(record, "outcome", outcome);
    json_add_text(record, "message", message);
    cJSON_AddNumberToObject(record, "duration_ms", duration_ms);
    attempt_write(attempt, record);
}

/* What one step does for one vendor (NULL where its kind has none). */
static StepsEnd act(Attempt *attempt, const Step *step, const Vendor *vendor, GError **error)
{
    g_autofree char *summary = NULL;
    const char *kind = NULL;
    g_autoptr(GError) failure = NULL;

    if (!action_run(attempt, step, vendor, &kind, &summary, &failure)) {
        StepsEnd end = end_of_error(failure);
        g_propagate_error(error, g_steal_pointer(&failure));
        return end;
    }
    /* A crash may come with the step's success: whoever changed the guest last is still known now.
     */
    if (!attempt_watch(attempt, g_get_monotonic_time(), &failure)) {
        StepsEnd end = end_of_error(failure);
        g_propagate_error(error, g_steal_pointer(&failure));
        return end;
    }
    if (!summary)
        return STEPS_DONE;
    finding_step_failed(attempt, kind, vendor, summary);
    g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_AGENT, summary);
    return STEPS_FINDING;
}

static StepsEnd one_step(Attempt *attempt, const Step *step, const char *path, const Vendor *vendor,
                         GError **error)
{
    g_autoptr(GError) failure = NULL;
    gint64 began = g_get_monotonic_time();

    attempt->step = g_strdup(path);
    attempt->step_name = action_name(attempt->plan_case, step, vendor);
    record_begin(attempt, attempt->step, attempt->step_name);
    StepsEnd end = act(attempt, step, vendor, &failure);
    record_end(attempt, attempt->step, attempt->step_name, outcome_name(end),
               failure ? failure->message : NULL, clock_elapsed_ms(began));
    if (end == STEPS_ERROR)
        g_propagate_prefixed_error(error, g_steal_pointer(&failure), "step %s (%s): ", path,
                                   attempt->step_name);
    if (end == STEPS_DONE) {
        g_clear_pointer(&attempt->step, g_free);
        g_clear_pointer(&attempt->step_name, g_free);
    }
    return end;
}

/* The vendors that a step is for: those of the case for "each", else the one it names, else one
 * NULL. */
static GPtrArray *step_vendors(Attempt *attempt, const Step *step)
{
    if (step->vendor && g_str_equal(step->vendor, "each"))
        return attempt_vendors(attempt);
    GPtrArray *one = g_ptr_array_new();
    g_ptr_array_add(one, step->vendor ? (gpointer)attempt_vendor(attempt, step->vendor) : NULL);
    return one;
}

static StepsEnd walk(Attempt *attempt, const GPtrArray *steps, const char *prefix, GError **error);

static void record_skipped(Attempt *attempt, const Step *step, const char *path,
                           const Vendor *vendor)
{
    g_autofree char *name = action_name(attempt->plan_case, step, vendor);
    record_end(attempt, path, name, "skipped", "an earlier step did not hold", 0);
}

static StepsEnd for_each_vendor(Attempt *attempt, const Step *step, const char *path,
                                const GPtrArray *vendors, GError **error)
{
    StepsEnd end = STEPS_DONE;

    for (guint v = 0; v < vendors->len; v++) {
        if (end == STEPS_DONE)
            end = one_step(attempt, step, path, vendors->pdata[v], error);
        else
            record_skipped(attempt, step, path, vendors->pdata[v]);
    }
    return end;
}

/* Records the steps from `first` on as skipped, with those inside them. */
static void skip_rest(Attempt *attempt, const GPtrArray *steps, const char *prefix, guint first)
{
    for (guint i = first; i < steps->len; i++) {
        const Step *step = steps->pdata[i];
        g_autofree char *path = g_strdup_printf("%s%u", prefix, i + 1);
        g_autofree char *inner = g_strdup_printf("%s.", path);
        record_skipped(attempt, step, path, NULL);
        if (step->steps)
            skip_rest(attempt, step->steps, inner, 0);
    }
}

/* File churn in the background of the steps inside. */
static StepsEnd load(Attempt *attempt, const Step *step, const char *path, GError **error)
{
    g_autoptr(GError) failure = NULL;
    g_autofree char *prefix = g_strdup_printf("%s.", path);
    g_autofree char *name = action_name(attempt->plan_case, step, NULL);
    gint64 began = g_get_monotonic_time(), pid;
    StepsEnd end;

    record_begin(attempt, path, name);
    if (action_load_start(attempt, step, &pid, &failure)) {
        end = walk(attempt, step->steps, prefix, &failure);
        if (end == STEPS_DONE && !action_load_finish(attempt, pid, &failure))
            end = end_of_error(failure);
    } else {
        end = end_of_error(failure);
        skip_rest(attempt, step->steps, prefix, 0);
    }
    record_end(attempt, path, name, outcome_name(end), failure ? failure->message : NULL,
               clock_elapsed_ms(began));
    if (failure)
        g_propagate_error(error, g_steal_pointer(&failure));
    return end;
}

static StepsEnd walk(Attempt *attempt, const GPtrArray *steps, const char *prefix, GError **error)
{
    StepsEnd end = STEPS_DONE;

    for (guint i = 0; i < steps->len && end == STEPS_DONE; i++) {
        const Step *step = steps->pdata[i];
        g_autofree char *path = g_strdup_printf("%s%u", prefix, i + 1);
        g_autoptr(GPtrArray) vendors = step_vendors(attempt, step);
        if (step->kind == STEP_LOAD)
            end = load(attempt, step, path, error);
        else
            end = for_each_vendor(attempt, step, path, vendors, error);
        if (end != STEPS_DONE)
            skip_rest(attempt, steps, prefix, i + 1);
    }
    return end;
}

StepsEnd steps_run(Attempt *attempt, GError **error)
{
    return walk(attempt, attempt->plan_case->test->steps, "", error);
}

bool steps_probe_all(Attempt *attempt, Unwell *ret_unwell, GError **error)
{
    g_autoptr(GPtrArray) vendors = attempt_vendors(attempt);
    const Step probes[] = {{.kind = STEP_PROBE}, {.kind = STEP_DETECT}};
    Unwell unwell = {0};

    for (guint v = 0; v < vendors->len && !unwell.summary; v++) {
        unwell.vendor = vendors->pdata[v];
        for (guint p = 0; p < G_N_ELEMENTS(probes) && !unwell.summary; p++)
            if (!action_run(attempt, &probes[p], unwell.vendor, &unwell.kind, &unwell.summary,
                            error))
                return false;
    }
    *ret_unwell = unwell;
    return true;
}
