/* SPDX-License-Identifier: GPL-2.0-or-later
 * Judging what a scenario expects of a step.
 */
#include "run/expect.h"

#include "util/error.h"

/* What does not hold: a finding's kind and summary, and whose it is. */
typedef struct {
    const char *kind;
    const Vendor *vendor;
    char *summary; /* NULL: it holds */
} Miss;

static void miss_clear(Miss *miss)
{
    g_clear_pointer(&miss->summary, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Miss, miss_clear)

ExpectWatch expect_begin(Attempt *attempt, const Step *step)
{
    return (ExpectWatch){
        .attempt = attempt,
        .step = step,
        .asked = expect_of_step(&step->expects, &attempt->plan_case->test->expects,
                                step_kind_name(step->kind)),
        .boots = attempt->boots,
    };
}

void expect_watch_clear(ExpectWatch *watch)
{
    watch->attempt = NULL;
}

/* Each looks at one expectation; false with an error where it could not be found out. */

static bool probes_green(ExpectWatch *watch, Miss *ret_miss, GError **error)
{
    Unwell unwell = {0};

    if (!watch->asked.probes_green)
        return true;
    if (!steps_probe_all(watch->attempt, &unwell, error))
        return false;
    *ret_miss = (Miss){unwell.kind, unwell.vendor, unwell.summary};
    return true;
}

static bool boots_within(ExpectWatch *watch, Miss *ret_miss, GError **error)
{
    const Attempt *attempt = watch->attempt;
    gint64 limit_ms = watch->asked.boots_within_s * 1000 * attempt->patience;

    (void)error;
    if (watch->asked.boots_within_s == EXPECT_UNASKED || attempt->boots == watch->boots ||
        attempt->ready_ms <= limit_ms)
        return true;
    ret_miss->kind = "hang";
    ret_miss->summary = g_strdup_printf("the guest took %u ms to boot; at most %" G_GINT64_FORMAT
                                        " ms are expected",
                                        attempt->ready_ms, limit_ms);
    return true;
}

static bool detection_within(ExpectWatch *watch, Miss *ret_miss, GError **error)
{
    const Attempt *attempt = watch->attempt;
    gint64 limit_ms = watch->asked.detection_within_s * 1000 * attempt->patience;

    (void)error;
    if (watch->asked.detection_within_s == EXPECT_UNASKED || attempt->detection_ms <= limit_ms)
        return true;
    ret_miss->kind = "detection-lost";
    ret_miss->summary =
        g_strdup_printf("the detection took %u ms; at most %" G_GINT64_FORMAT " ms are expected",
                        attempt->detection_ms, limit_ms);
    return true;
}

StepsEnd expect_end(ExpectWatch *watch, const Vendor *vendor, GError **error)
{
    static bool (*const looks[])(ExpectWatch * watch, Miss * ret_miss, GError * *error) = {
        boots_within,
        detection_within,
        probes_green,
    };
    g_autoptr(GError) failure = NULL;

    for (guint i = 0; i < G_N_ELEMENTS(looks); i++) {
        g_auto(Miss) miss = {.vendor = vendor};
        if (!looks[i](watch, &miss, &failure))
            return steps_end_of_error(&failure, error);
        if (!miss.summary)
            continue;
        finding_step_failed(watch->attempt, miss.kind, miss.vendor, miss.summary);
        g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_AGENT, miss.summary);
        return STEPS_FINDING;
    }
    return STEPS_DONE;
}
