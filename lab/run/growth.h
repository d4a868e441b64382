/* SPDX-License-Identifier: GPL-2.0-or-later
 * Growth of what the guest's processes hold while a step goes on: handles, private memory,
 * processes.
 *
 * The lab's program in the guest is asked at even intervals beside the step (parallel.h), in
 * controls too. run/measure.h compares the growth with the control's and has the rule for noise;
 * what exceeds its limit is a finding of kind resource-leak, on the vendor whose module's processes
 * took the most handles.
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

/* Records the samples and judges them. ret_summary NULL where nothing grows too much; ret_vendor
 * NULL where it is not known whose processes grow. */
void growth_judge(Attempt *attempt, const Growth *growth, const Expect *expect, char **ret_summary,
                  const Vendor **ret_vendor);
