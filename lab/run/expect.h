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

/* Carries out a step and judges what is expected of it. `vendor` NULL where the step has none,
 * `path` as steps.h says. STEPS_FINDING with the finding written, and its summary as the error,
 * where the vendor's product failed or something does not hold. */
StepsEnd expect_step(Attempt *attempt, const Step *step, const Vendor *vendor, const char *path,
                     GError **error);

/* After a crash that was handled: whether the guest came back by no more than what the case or its
 * last inject step expects (attempt->recovered). A finding recovery-needs-hands where it did not.
 */
void expect_recovery(Attempt *attempt);
