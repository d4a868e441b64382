/* SPDX-License-Identifier: GPL-2.0-or-later
 * What each kind of step does on the guest: one row of a table a kind (actions.c), the functions in
 * action-<topic>.c.
 */
#pragma once

#include "run/attempt.h"
#include "run/steps.h"

/* A step as a person reads it: `update alder content 3`. Free with g_free(). */
char *action_name(const PlanCase *plan_case, const Step *step, const Vendor *vendor);

/* What came of a step: where the vendor's product failed, the finding's kind and summary. */
typedef struct {
    const char *kind;
    const Vendor *vendor; /* whose product it is */
    const char *about;    /* what of it, as in findings.h, or NULL */
    char *summary;        /* NULL: it held */
    guint detection_ms;   /* how long the slowest of its detections took */
} ActionVerdict;
void action_verdict_clear(ActionVerdict *verdict);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ActionVerdict, action_verdict_clear)

/* Carries out a step, with those inside it; `path` as steps.h says. STEPS_DONE with a verdict's
 * summary where the vendor's product failed; STEPS_FINDING only from steps inside, which have
 * written theirs. */
StepsEnd action_run(Attempt *attempt, const Step *step, const Vendor *vendor, const char *path,
                    ActionVerdict *ret_verdict, GError **error);
