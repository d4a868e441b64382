/* SPDX-License-Identifier: GPL-2.0-or-later
 * Whether several vendors cost more together than what each of them costs alone adds up to.
 *
 * A limit holds for a case, whatever products it has: two that stay within it alone may exceed it
 * together although neither does anything to the other. So what they cost together (`comparison`
 * records, run/measure.h) is compared with the sum of what each costs alone, all of them against
 * the same control. The sum's interval goes from the sum of the lower bounds to that of the upper
 * ones, which is wider than 95 %: who is accused of a conflict has the benefit of the doubt.
 *
 * Percent of overhead add up because they are shares of the control's time. A single time beside a
 * limit, that of a boot or a detection, has no interval; nothing can be told of it.
 */
#pragma once

#include "run/experiment-failure.h"

typedef enum {
    SUM_UNASKED,  /* nothing that was measured */
    SUM_EXPLAINS, /* the estimate lies within the sum's interval, or below it */
    SUM_EXCEEDED, /* all of the interval lies above the sum's: they do something to each other */
    SUM_UNKNOWN,  /* neither, or something was not measured well enough */
} SumVerdict;

typedef struct {
    double estimate, low, high;
} SumCost;

SumVerdict sum_compare(const SumCost *together, const SumCost *alone, guint count);

typedef struct {
    const char *vendor;
    char *case_id; /* of the case with this vendor alone */
} SumPart;

/* Judges a failure of a case with several vendors, from the timelines in the run folder; `parts`,
 * of SumPart, has each of its vendors. ret_text, one sentence with each one's share, is set but for
 * SUM_UNASKED; free with g_free(). */
SumVerdict sum_judge(const char *run_folder, const Failure *failure, const char *case_id,
                     const GArray *parts, char **ret_text);
