/* SPDX-License-Identifier: GPL-2.0-or-later
 * Growth of what the guest's processes hold while a step goes on: handles, private memory,
 * processes, and the processor time that they have had.
 *
 * The lab's program in the guest is asked at even intervals beside the step (parallel.h), in
 * controls too. run/measure.h compares the growth with the control's and has the rule for noise;
 * what exceeds its limit is a finding, on the vendor whose modules' processes took most of it.
 *
 * Processes that are only seconds old are left out of the sums: what comes and goes would hide what
 * grows. Processor time is the guest's own account without the time in which the guest waited for
 * one of the host's processors, so that it counts little what else the host does; a guest that had
 * to wait much is never told to be within the limit.
 */
#pragma once

#include "run/expect.h"

typedef struct Growth Growth;

/* Whether growth is expected to stay below a limit. */
bool growth_asked(const Expect *expect);

/* Runs `step` (called with `data`) with samples beside it. ret_growth also where the step did not
 * hold; free with growth_free(). */
typedef StepsEnd (*GrowthStep)(gpointer data, GError **error);
StepsEnd growth_watch(Attempt *attempt, GrowthStep step, gpointer data, Growth **ret_growth,
                      GError **error);
void growth_free(Growth *growth);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Growth, growth_free)

/* Records the samples and judges them. ret_summary NULL where nothing grows too much, else of the
 * first quantity that does its name, and ret_kind: `resource-leak`, or `overhead` for processor
 * time; ret_vendor NULL where it is not known whose processes grow. */
void growth_judge(Attempt *attempt, const Growth *growth, const Expect *expect,
                  const char **ret_kind, const char **ret_quantity, char **ret_summary,
                  const Vendor **ret_vendor);
