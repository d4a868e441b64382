/* SPDX-License-Identifier: GPL-2.0-or-later
 * Whether what a scenario expects of a step holds: model/scenario-expect.h.
 *
 * Each expectation is judged right after the step on which it means something; what does not hold
 * is a finding of its own kind:
 *
 *   probes-green                        sensor-dead, detection-lost
 *   nothing-left                        uninstall-failed
 *   boots-within-s                      hang
 *   detection-within-s                  detection-lost
 *   recovers                            recovery-needs-hands
 *   handles-, memory-, processes-per-hour   resource-leak
 *
 * Overhead is judged by the comparison with the control, not here, and a bugcheck is a finding
 * whether or not a scenario says no-bugcheck.
 */
#pragma once

#include "run/steps.h"

/* One step under watch. */
typedef struct {
    Attempt *attempt;
    const Step *step;
    Expect asked; /* the step's own and its test's */
    guint boots;  /* that there had been before */
} ExpectWatch;

/* Before the step. */
ExpectWatch expect_begin(Attempt *attempt, const Step *step);
void expect_watch_clear(ExpectWatch *watch);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ExpectWatch, expect_watch_clear)

/* After it, where it held by itself. `vendor` NULL where the step has none. STEPS_FINDING with the
 * finding written, and its summary as the error, where something does not hold. */
StepsEnd expect_end(ExpectWatch *watch, const Vendor *vendor, GError **error);
