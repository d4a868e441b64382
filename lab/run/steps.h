/* SPDX-License-Identifier: GPL-2.0-or-later
 * The steps of a case, carried out on the guest through the agent.
 */
#pragma once

#include "run/findings.h"

typedef enum {
    STEPS_DONE,    /* every step held */
    STEPS_FINDING, /* a vendor's command or probe failed: a finding is written */
    STEPS_CRASH,   /* the guest crashed or restarted by itself: the event is pending */
    STEPS_ERROR,   /* the lab's own fault, or interrupted */
} StepsEnd;

/* Carries out the case's steps until one does not hold; the rest are recorded as skipped. */
StepsEnd steps_run(Attempt *attempt, GError **error);

/* Runs all probes of all vendors of the case, to see whether a recovered guest is well. ret_unwell
 * says what does not hold; clear it with unwell_clear(). */
bool steps_probe_all(Attempt *attempt, Unwell *ret_unwell, GError **error);
