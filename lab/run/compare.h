/* SPDX-License-Identifier: GPL-2.0-or-later
 * Is the load slower with vendors than without, or does memory grow? Statistics for few and noisy
 * measurements. Pure functions.
 *
 * The rule, for both: an interval that holds the true value with 95 % confidence is compared with
 * the limit. All of it above the limit: exceeded. All of it at or below: within. The limit inside
 * the interval, or too few measurements for any interval: inconclusive, which is neither a pass nor
 * a failure; more repetitions make the interval narrower. So where the true value is at the limit,
 * at most 2.5 % of judgements call it exceeded, whatever the noise looks like.
 *
 * Overhead: the ratio of both groups by Hodges and Lehmann, with the exact interval of the
 * Mann-Whitney test (Hollander & Wolfe, Nonparametric Statistical Methods, ch. 4): it assumes
 * nothing of the distribution, and single outliers do not move it. 95 % need at least 4 values in
 * each group (or 3 and 5).
 *
 * Rate of a counter, such as processor time, which only adds up: the difference of both groups by
 * the same test, of its rates over ten stretches of the series, so that what comes in bursts counts
 * with its mean. It must be exceeded in the second half as well. Where the group scatters more than
 * the control, up to 5 % of judgements at the limit call it exceeded.
 *
 * Growth: the median of all slopes by Theil and Sen, its interval by Kendall's S, widened by the
 * samples' own correlation (Hamed & Rao 1998, lag 1). What levels off is no leak: its second half
 * must grow as well.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define COMPARE_CONFIDENCE 0.95
#define COMPARE_VALUES_MAX 1000u /* of each group; more are not looked at */
#define COMPARE_SAMPLES_MIN 10u  /* of each series */

typedef enum { COMPARE_WITHIN, COMPARE_EXCEEDED, COMPARE_INCONCLUSIVE } CompareVerdict;

/* Why a judgement is inconclusive although there is an interval that holds. */
#define COMPARE_SCATTERS "the measurements scatter across the limit"

/* `within`, `exceeded`, `inconclusive`. */
const char *compare_verdict_name(CompareVerdict verdict);

typedef struct {
    CompareVerdict verdict;
    double limit;
    double estimate;  /* in the limit's unit; NAN where nothing could be estimated */
    double low, high; /* the interval; infinite where there are too few measurements */
    guint control_count, count;
    const char *reason; /* why it is inconclusive, static text; else NULL */
} Comparison;

typedef enum { BETTER_LESS, BETTER_MORE } Better;

/* By how many percent the measured load costs more than the control: times that are longer
 * (BETTER_LESS), or rates that are lower (BETTER_MORE). 100: twice the time, or half the rate. All
 * values must be positive; 0 or less is inconclusive. */
void compare_overhead(const double *control, guint control_count, const double *values, guint count,
                      Better better, double limit_percent, Comparison *ret_comparison);

/* Samples over time; times in seconds, ascending. */
typedef struct {
    const double *times_s;
    const double *values;
    guint count;
} Series;

/* By how much more per hour the values grow than the control's do. */
void compare_growth(const Series *control, const Series *series, double limit_per_hour,
                    Comparison *ret_comparison);

/* By how much more per hour the counter goes on than the control's does. */
void compare_rate(const Series *control, const Series *series, double limit_per_hour,
                  Comparison *ret_comparison);

/* How many of the sorted differences are outside of the interval on each side: the greatest k with
 * P(U < k) <= (1 - COMPARE_CONFIDENCE) / 2 for the Mann-Whitney U of two groups of these sizes. 0:
 * too few for any interval. */
guint compare_outside(guint m, guint n);
