/* SPDX-License-Identifier: GPL-2.0-or-later
 * The steps of a case, carried out on the guest through the agent.
 *
 * A step's path is its number, from 1; inside another step its number follows that one's: `3.1`.
 * Those of <always> begin with `always.`.
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

/* Carries out the case's <always> steps, whatever came before, each whether or not the one before
 * it held. Steps on a product that is not installed are skipped. Gives the worst end. */
StepsEnd steps_always(Attempt *attempt, GError **error);

/* Runs all probes of all vendors that are installed, to see whether a recovered guest is well.
 * ret_unwell says what does not hold; clear it with unwell_clear(). */
bool steps_probe_all(Attempt *attempt, Unwell *ret_unwell, GError **error);

/* For steps that hold others. Those inside `step`, whose path is `path`, carried out or recorded as
 * skipped. */
StepsEnd steps_inside(Attempt *attempt, const Step *step, const char *path, GError **error);
void steps_skip_inside(Attempt *attempt, const Step *step, const char *path);

/* The end that a failed call stands for: STEPS_CRASH where the guest went away, which the crash
 * path looks into, else STEPS_ERROR. Hands the error over. */
StepsEnd steps_end_of_error(GError **failure, GError **error);
