/* SPDX-License-Identifier: GPL-2.0-or-later
 * Judging what a scenario expects of a step.
 */
#include "run/expect.h"

#include "run/actions.h"
#include "run/event-look.h"
#include "run/growth.h"
#include "run/residue.h"
#include "util/clock.h"
#include "util/error.h"

/* What does not hold: a finding's kind and summary, and whose it is. */
typedef struct {
    const char *kind;
    const Vendor *vendor;
    const char *about; /* as in findings.h, or NULL */
    char *summary;     /* NULL: it holds */
} Miss;

static void miss_clear(Miss *miss)
{
    g_clear_pointer(&miss->summary, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Miss, miss_clear)

/* One step under watch. */
typedef struct {
    Attempt *attempt;
    const Step *step;
    const Vendor *vendor; /* of the step, or NULL */
    const char *path;
    Expect asked; /* the step's own and its test's */
    guint boots;  /* that there had been before */
    guint detection_ms;
    Growth *growth; /* NULL: not asked */
} Watch;

/* Each looks at one expectation after the step; false with an error where it could not be found
 * out. */

static bool boots_within(Watch *watch, Miss *ret_miss, GError **error)
{
    const Attempt *attempt = watch->attempt;
    gint64 limit_ms = watch->asked.boots_within_s * 1000 * attempt->patience;

    (void)error;
    if (watch->asked.boots_within_s == EXPECT_UNASKED || attempt->boots == watch->boots ||
        attempt->ready_ms <= limit_ms)
        return true;
    ret_miss->kind = "hang";
    ret_miss->about = FINDING_BOOT_TIME;
    ret_miss->summary = g_strdup_printf("the guest took %u ms to boot; at most %" G_GINT64_FORMAT
                                        " ms are expected",
                                        attempt->ready_ms, limit_ms);
    return true;
}

static bool detection_within(Watch *watch, Miss *ret_miss, GError **error)
{
    gint64 limit_ms = watch->asked.detection_within_s * 1000 * watch->attempt->patience;

    (void)error;
    if (watch->asked.detection_within_s == EXPECT_UNASKED || watch->detection_ms <= limit_ms)
        return true;
    ret_miss->kind = "detection-lost";
    ret_miss->about = FINDING_DETECTION_TIME;
    ret_miss->summary =
        g_strdup_printf("the detection took %u ms; at most %" G_GINT64_FORMAT " ms are expected",
                        watch->detection_ms, limit_ms);
    return true;
}

static bool probes_green(Watch *watch, Miss *ret_miss, GError **error)
{
    Unwell unwell = {0};

    if (!watch->asked.probes_green)
        return true;
    if (!steps_probe_all(watch->attempt, &unwell, error))
        return false;
    *ret_miss = (Miss){unwell.kind, unwell.vendor, unwell.about, unwell.summary};
    return true;
}

/* One finding a vendor; the last one is told to the caller. */
static bool nothing_left(Watch *watch, Miss *ret_miss, GError **error)
{
    g_autoptr(GPtrArray) residues = NULL;

    if (!watch->asked.nothing_left)
        return true;
    if (!residue_end(watch->attempt, &residues, error))
        return false;
    for (guint i = 0; i < residues->len; i++) {
        const Residue *residue = residues->pdata[i];
        if (ret_miss->summary)
            finding_step_failed(watch->attempt, ret_miss->kind, ret_miss->vendor, ret_miss->about,
                                ret_miss->summary);
        g_free(ret_miss->summary);
        ret_miss->kind = "uninstall-failed";
        ret_miss->vendor = residue->vendor;
        ret_miss->about = "left behind";
        ret_miss->summary = g_strdup_printf("%u left after the last uninstall: %s", residue->items,
                                            residue->summary);
    }
    return true;
}

static bool grows(Watch *watch, Miss *ret_miss, GError **error)
{
    (void)error;
    if (!watch->growth)
        return true;
    growth_judge(watch->attempt, watch->growth, &watch->asked, &ret_miss->kind, &ret_miss->about,
                 &ret_miss->summary, &ret_miss->vendor);
    return true;
}

static StepsEnd judge(Watch *watch, GError **error)
{
    static bool (*const looks[])(Watch * watch, Miss * ret_miss, GError * *error) = {
        boots_within, detection_within, probes_green, nothing_left, grows,
    };
    g_autoptr(GError) failure = NULL;

    for (guint i = 0; i < G_N_ELEMENTS(looks); i++) {
        g_auto(Miss) miss = {.vendor = watch->vendor};
        if (!looks[i](watch, &miss, &failure))
            return steps_end_of_error(&failure, error);
        if (!miss.summary)
            continue;
        finding_step_failed(watch->attempt, miss.kind, miss.vendor, miss.about, miss.summary);
        g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_AGENT, miss.summary);
        return STEPS_FINDING;
    }
    return STEPS_DONE;
}

/* Before the step */

static bool asks_nothing_left(const Expect *expect)
{
    return expect->nothing_left;
}

static bool prepare(const Watch *watch, GError **error)
{
    bool first = watch->step->kind == STEP_INSTALL && !watch->attempt->inventory;

    return !first || !test_expects(watch->attempt->plan_case->test, asks_nothing_left) ||
           residue_begin(watch->attempt, error);
}

/* A sensor that is dead because its service has ended by itself is told as that. */
static void not_held(Attempt *attempt, const ActionVerdict *verdict)
{
    g_autofree char *died = verdict->vendor && g_str_equal(verdict->kind, "sensor-dead")
                                ? event_look_died(attempt, verdict->vendor)
                                : NULL;
    g_autofree char *summary = died ? g_strdup_printf("%s; %s", died, verdict->summary) : NULL;

    finding_step_failed(attempt, died ? "service-crash" : verdict->kind, verdict->vendor,
                        verdict->about, died ? summary : verdict->summary);
}

/* The step itself, where a product's failure is a finding. */
static StepsEnd carry_out(gpointer data, GError **error)
{
    Watch *watch = data;
    Attempt *attempt = watch->attempt;
    g_autoptr(GError) failure = NULL;
    g_auto(ActionVerdict) verdict = {0};
    gint64 began = g_get_monotonic_time();
    StepsEnd end = action_run(attempt, watch->step, watch->vendor, watch->path, &verdict, error);
    guint took_ms = clock_elapsed_ms(began);

    watch->detection_ms = verdict.detection_ms;
    if (end != STEPS_DONE)
        return end;
    /* A crash may come with the step's success: whoever changed the guest last is still known now.
     */
    if (!attempt_watch(attempt, g_get_monotonic_time(), &failure))
        return steps_end_of_error(&failure, error);
    if (!verdict.summary) {
        g_hash_table_insert(attempt->step_times, g_strdup(attempt->step_name),
                            GUINT_TO_POINTER(MAX(took_ms, 1)));
        return STEPS_DONE;
    }
    not_held(attempt, &verdict);
    g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_AGENT, verdict.summary);
    return STEPS_FINDING;
}

StepsEnd expect_step(Attempt *attempt, const Step *step, const Vendor *vendor, const char *path,
                     GError **error)
{
    g_autoptr(Growth) growth = NULL;
    g_autoptr(GError) failure = NULL;
    const char *kind = step_kind_name(step->kind);
    Watch watch = {
        .attempt = attempt,
        .step = step,
        .vendor = vendor,
        .path = path,
        .asked = expect_of_step(&step->expects, &attempt->plan_case->test->expects, kind),
        .boots = attempt->boots,
    };

    if (watch.asked.recovers)
        attempt->recovery_asked = watch.asked.recovers;
    if (!prepare(&watch, &failure))
        return steps_end_of_error(&failure, error);
    StepsEnd end = growth_asked(&watch.asked)
                       ? growth_watch(attempt, carry_out, &watch, &growth, error)
                       : carry_out(&watch, error);
    watch.growth = growth;
    return end == STEPS_DONE ? judge(&watch, error) : end;
}

void expect_recovery(Attempt *attempt)
{
    static const char *const grades[] = {
        [RECOVERS_SELF] = "self", [RECOVERS_REMOTE] = "remote", [RECOVERS_HANDS] = "hands"};
    ExpectRecovery asked = attempt->recovery_asked ? attempt->recovery_asked
                                                   : attempt->plan_case->test->expects.recovers;
    bool enough = false;

    for (guint i = RECOVERS_SELF; i <= asked; i++)
        enough |= g_strcmp0(attempt->recovered, grades[i]) == 0;
    if (asked == RECOVERS_UNASKED || enough)
        return;
    g_autofree char *summary =
        g_strdup_printf("the guest came back as '%s'; '%s' is expected at most",
                        attempt->recovered ? attempt->recovered : "lost", grades[asked]);
    finding_step_failed(attempt, "recovery-needs-hands",
                        attempt->last_change ? attempt_vendor(attempt, attempt->last_change) : NULL,
                        NULL, summary);
}
