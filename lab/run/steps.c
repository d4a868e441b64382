/* SPDX-License-Identifier: GPL-2.0-or-later
 * Walking through the steps of a case.
 */
#include "run/steps.h"

#include "run/actions.h"
#include "run/expect.h"
#include "run/reuse.h"
#include "util/clock.h"
#include "util/error.h"

StepsEnd steps_end_of_error(GError **failure, GError **error)
{
    bool guest = g_error_matches(*failure, TRUCE_ERROR, TRUCE_ERROR_GUEST);

    g_propagate_error(error, g_steal_pointer(failure));
    return guest ? STEPS_CRASH : STEPS_ERROR;
}

/* Records */

static const char *outcome_name(const Attempt *attempt, StepsEnd end)
{
    if (end == STEPS_CRASH && attempt->survivor)
        return "skipped";
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

static void record_skipped(Attempt *attempt, const Step *step, const char *path,
                           const Vendor *vendor, const char *why)
{
    g_autofree char *name = action_name(attempt->plan_case, step, vendor);
    record_end(attempt, path, name, "skipped", why, 0);
}

#define PING_MS 10000
#define EARLIER "an earlier step did not hold"

/* Records the steps from `first` on as skipped, with those inside them. */
static void skip_rest(Attempt *attempt, const GPtrArray *steps, const char *prefix, guint first)
{
    for (guint i = first; i < steps->len; i++) {
        const Step *step = steps->pdata[i];
        g_autofree char *path = g_strdup_printf("%s%u", prefix, i + 1);
        record_skipped(attempt, step, path, NULL, EARLIER);
        if (step->steps)
            steps_skip_inside(attempt, step, path);
    }
}

void steps_skip_inside(Attempt *attempt, const Step *step, const char *path)
{
    g_autofree char *prefix = g_strdup_printf("%s.", path);
    skip_rest(attempt, step->steps, prefix, 0);
}

/* One step */

static StepsEnd one_step(Attempt *attempt, const Step *step, const char *path, const Vendor *vendor,
                         GError **error)
{
    g_autoptr(GError) failure = NULL;
    gint64 began = g_get_monotonic_time();
    char *outer = attempt->step, *outer_name = attempt->step_name;
    g_autofree char *name = action_name(attempt->plan_case, step, vendor);

    attempt->step = g_strdup(path);
    attempt->step_name = g_strdup(name);
    record_begin(attempt, path, name);
    StepsEnd end = expect_step(attempt, step, vendor, path, &failure);
    record_end(attempt, path, name, outcome_name(attempt, end), failure ? failure->message : NULL,
               clock_elapsed_ms(began));
    if (failure)
        g_propagate_error(error, g_steal_pointer(&failure));
    if (end == STEPS_ERROR && !step->steps)
        g_prefix_error(error, "step %s (%s): ", path, name);
    if (end != STEPS_DONE) {
        /* The innermost step that did not hold stays known, for findings and evidence. */
        g_free(outer);
        g_free(outer_name);
        return end;
    }
    g_free(attempt->step);
    g_free(attempt->step_name);
    attempt->step = outer;
    attempt->step_name = outer_name;
    return end;
}

/* Walking */

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

/* A step that a shared state covers: it held when that state was made. */
static void record_covered(Attempt *attempt, const Step *step, const char *path,
                           const Vendor *vendor)
{
    g_autofree char *name = action_name(attempt->plan_case, step, vendor);
    g_autofree char *why =
        g_strdup_printf("not repeated: shared state %s", reuse_state(attempt->lease));

    record_begin(attempt, path, name);
    record_end(attempt, path, name, "ok", why, 0);
}

static StepsEnd one_unit(Attempt *attempt, const Step *step, const char *path, const Vendor *vendor,
                         GError **error)
{
    if (attempt->step) /* inside another step */
        return one_step(attempt, step, path, vendor, error);
    if (reuse_covers(attempt)) {
        record_covered(attempt, step, path, vendor);
        return STEPS_DONE;
    }
    StepsEnd end = one_step(attempt, step, path, vendor, error);
    if (end == STEPS_DONE)
        reuse_unit_held(attempt);
    else
        reuse_unit_failed(attempt, end != STEPS_ERROR);
    return end;
}

static StepsEnd for_each_vendor(Attempt *attempt, const Step *step, const char *path,
                                GError **error)
{
    g_autoptr(GPtrArray) vendors = step_vendors(attempt, step);
    StepsEnd end = STEPS_DONE;

    for (guint v = 0; v < vendors->len; v++) {
        if (end == STEPS_DONE)
            end = one_unit(attempt, step, path, vendors->pdata[v], error);
        else
            record_skipped(attempt, step, path, vendors->pdata[v], EARLIER);
    }
    return end;
}

static StepsEnd walk(Attempt *attempt, const GPtrArray *steps, const char *prefix, GError **error)
{
    StepsEnd end = STEPS_DONE;

    for (guint i = 0; i < steps->len && end == STEPS_DONE; i++) {
        guint at = *prefix ? i : plan_case_step_at(attempt->plan_case, i);
        const Step *step = steps->pdata[at];
        g_autofree char *path = g_strdup_printf("%s%u", prefix, at + 1);
        if (!plan_case_omits(attempt->plan_case, step, path)) {
            end = for_each_vendor(attempt, step, path, error);
        } else {
            record_skipped(attempt, step, path, NULL, "this experiment leaves it out");
            if (step->steps)
                end = steps_inside(attempt, step, path, error);
        }
        if (end != STEPS_DONE)
            skip_rest(attempt, steps, prefix, i + 1);
    }
    return end;
}

StepsEnd steps_inside(Attempt *attempt, const Step *step, const char *path, GError **error)
{
    g_autofree char *prefix = g_strdup_printf("%s.", path);
    return walk(attempt, step->steps, prefix, error);
}

StepsEnd steps_run(Attempt *attempt, GError **error)
{
    return walk(attempt, attempt->plan_case->test->steps, "", error);
}

/* Always */

static bool is_for(Attempt *attempt, const Step *step, const Vendor *vendor)
{
    return !vendor || step->kind == STEP_INSTALL || attempt_product(attempt, vendor);
}

/* One step of <always>. Whatever comes of it, the next one is tried, but on a guest that is gone.
 */
static StepsEnd always_step(Attempt *attempt, const Step *step, const char *path, GError **error)
{
    g_autoptr(GPtrArray) vendors = step_vendors(attempt, step);
    StepsEnd worst = STEPS_DONE;

    for (guint v = 0; v < vendors->len && worst != STEPS_CRASH; v++) {
        g_autoptr(GError) failure = NULL;
        if (plan_case_omits(attempt->plan_case, step, path)) {
            record_skipped(attempt, step, path, NULL, "this experiment leaves it out");
            continue;
        }
        if (!is_for(attempt, step, vendors->pdata[v])) {
            record_skipped(attempt, step, path, vendors->pdata[v], "its product is not installed");
            continue;
        }
        StepsEnd end = one_step(attempt, step, path, vendors->pdata[v], &failure);
        if (end == STEPS_DONE)
            continue;
        if (worst == STEPS_DONE)
            g_propagate_error(error, g_steal_pointer(&failure));
        worst = end;
    }
    return worst;
}

StepsEnd steps_always(Attempt *attempt, GError **error)
{
    const GPtrArray *steps = attempt->plan_case->test->always;
    StepsEnd worst = STEPS_DONE;

    if (steps->len > 0 && !agent_ping(attempt->agent, PING_MS, error)) {
        skip_rest(attempt, steps, "always.", 0);
        return STEPS_ERROR;
    }
    for (guint i = 0; i < steps->len; i++) {
        g_autoptr(GError) failure = NULL;
        g_autofree char *path = g_strdup_printf("always.%u", i + 1);
        StepsEnd end = always_step(attempt, steps->pdata[i], path, &failure);
        if (end == STEPS_DONE)
            continue;
        if (worst == STEPS_DONE)
            g_propagate_error(error, g_steal_pointer(&failure));
        worst = end;
        if (end == STEPS_CRASH) {
            skip_rest(attempt, steps, "always.", i + 1);
            break;
        }
    }
    return worst;
}

bool steps_probe_all(Attempt *attempt, Unwell *ret_unwell, GError **error)
{
    g_autoptr(GPtrArray) vendors = attempt_vendors(attempt);
    const Step probes[] = {{.kind = STEP_PROBE}, {.kind = STEP_DETECT}};
    Unwell unwell = {0};

    for (guint v = 0; v < vendors->len && !unwell.summary; v++) {
        unwell.vendor = vendors->pdata[v];
        for (guint p = 0; p < G_N_ELEMENTS(probes) && !unwell.summary; p++) {
            g_auto(ActionVerdict) verdict = {0};
            if (!attempt_product(attempt, unwell.vendor))
                continue;
            if (action_run(attempt, &probes[p], unwell.vendor, NULL, &verdict, error) != STEPS_DONE)
                return false;
            unwell.kind = verdict.kind;
            unwell.about = verdict.about;
            unwell.summary = g_steal_pointer(&verdict.summary);
        }
    }
    *ret_unwell = unwell;
    return true;
}
