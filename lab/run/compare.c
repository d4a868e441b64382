/* SPDX-License-Identifier: GPL-2.0-or-later
 * Comparison of measurements with those of a control.
 */
#include "run/compare.h"

#include <math.h>
#include <stdlib.h>

#define EXACT_MAX 40u /* group sizes up to which U's distribution is counted out */
#define ALPHA (1 - COMPARE_CONFIDENCE)
#define Z_975 1.959963984540054  /* of the normal distribution: two-sided 95 % */
#define Z_9875 2.241402727604947 /* … 97.5 %: two such intervals together hold with 95 % */

const char *compare_verdict_name(CompareVerdict verdict)
{
    static const char *const names[] = {"within", "exceeded", "inconclusive"};
    return names[verdict];
}

static int ascending(gconstpointer a, gconstpointer b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(const double *sorted, guint count)
{
    return count % 2 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
}

/* How many orders of m + n values give each U from 0 to m·n, by the recurrence of Mann and Whitney:
 * the greatest value is one of the first group, and above all n others, or one of the second. */
static double *count_orders(guint m, guint n)
{
    guint width = m * n + 1;
    double *counts = g_new0(double, (gsize)(n + 1) * width); /* for 0 … m of the first group */

    for (guint j = 0; j <= n; j++)
        counts[j * width] = 1;
    for (guint i = 1; i <= m; i++)
        for (guint j = 1; j <= n; j++)
            for (guint u = i * j + 1; u-- > 0;) {
                /* counts[j] still holds i - 1 of the first group, counts[j - 1] holds i */
                double first = u >= j ? counts[j * width + u - j] : 0;
                counts[j * width + u] = first + counts[(j - 1) * width + u];
            }
    double *result = g_memdup2(counts + (gsize)n * width, width * sizeof *counts);
    g_free(counts);
    return result;
}

static guint outside_exact(guint m, guint n)
{
    g_autofree double *counts = count_orders(m, n);
    double total = 0, below = 0;
    guint k = 0;

    for (guint u = 0; u <= m * n; u++)
        total += counts[u];
    while (k < m * n && (below + counts[k]) / total <= ALPHA / 2)
        below += counts[k++];
    return k;
}

guint compare_outside(guint m, guint n)
{
    if (m == 0 || n == 0)
        return 0;
    if (m <= EXACT_MAX && n <= EXACT_MAX)
        return outside_exact(m, n);
    double mean = (double)m * n / 2, deviation = sqrt((double)m * n * (m + n + 1) / 12);
    return (guint)MAX(floor(mean - Z_975 * deviation), 0);
}

static void judge(Comparison *comparison)
{
    if (comparison->low > comparison->limit)
        comparison->verdict = COMPARE_EXCEEDED;
    else if (comparison->high <= comparison->limit)
        comparison->verdict = COMPARE_WITHIN;
    else if (!comparison->reason)
        comparison->reason = isinf(comparison->low) && isinf(comparison->high)
                                 ? "too few measurements for a judgement"
                                 : COMPARE_SCATTERS;
}

static bool all_positive(const double *values, guint count)
{
    for (guint i = 0; i < count; i++)
        if (!(values[i] > 0) || !isfinite(values[i]))
            return false;
    return true;
}

static double percent(double log_ratio)
{
    return 100 * expm1(log_ratio);
}

/* How far one group lies above the other, by all differences between them. Sorts these. */
static void find_shift(double *differences, guint m, guint n, Comparison *comparison)
{
    guint pairs = m * n, outside = compare_outside(m, n);

    qsort(differences, pairs, sizeof *differences, ascending);
    comparison->estimate = median(differences, pairs);
    if (outside > 0) {
        comparison->low = differences[outside - 1];
        comparison->high = differences[pairs - outside];
    }
}

void compare_overhead(const double *control, guint control_count, const double *values, guint count,
                      Better better, double limit_percent, Comparison *ret_comparison)
{
    guint m = MIN(control_count, COMPARE_VALUES_MAX), n = MIN(count, COMPARE_VALUES_MAX);
    Comparison comparison = {.verdict = COMPARE_INCONCLUSIVE,
                             .limit = limit_percent,
                             .estimate = NAN,
                             .low = -INFINITY,
                             .high = INFINITY,
                             .control_count = m,
                             .count = n};

    if (m == 0 || n == 0) {
        comparison.reason = m ? "nothing was measured" : "the control measured nothing";
    } else if (!all_positive(control, m) || !all_positive(values, n)) {
        comparison.reason = "a measurement is not above zero";
    } else {
        g_autofree double *ratios = g_new(double, m *n);
        for (guint i = 0; i < m; i++)
            for (guint j = 0; j < n; j++) {
                double ratio = log(values[j]) - log(control[i]);
                ratios[i * n + j] = better == BETTER_LESS ? ratio : -ratio;
            }
        find_shift(ratios, m, n, &comparison);
        comparison.estimate = percent(comparison.estimate);
        if (isfinite(comparison.low)) {
            comparison.low = percent(comparison.low);
            comparison.high = percent(comparison.high);
        }
        judge(&comparison);
    }
    *ret_comparison = comparison;
}

/* --- growth --- */

typedef struct {
    double estimate, low, high; /* per second */
} Slope;

static bool is_series(const Series *series)
{
    for (guint i = 0; i < series->count; i++)
        if (!isfinite(series->values[i]) || !isfinite(series->times_s[i]) ||
            (i > 0 && series->times_s[i] <= series->times_s[i - 1]))
            return false;
    return true;
}

/* Evenly taken from a series that is too long. */
static double at(const Series *series, const double *members, guint index, guint count)
{
    return members[(guint64)index * series->count / count];
}

/* How much the samples around the line follow each other: 0 … 0.99. */
static double correlation(const Series *series, guint count, double slope)
{
    g_autofree double *rest = g_new(double, count);
    g_autofree double *sorted = g_new(double, count);
    double squares = 0, products = 0;

    for (guint i = 0; i < count; i++)
        sorted[i] = rest[i] =
            at(series, series->values, i, count) - slope * at(series, series->times_s, i, count);
    qsort(sorted, count, sizeof *sorted, ascending);
    double level = median(sorted, count);
    for (guint i = 0; i < count; i++) {
        squares += (rest[i] - level) * (rest[i] - level);
        if (i > 0)
            products += (rest[i] - level) * (rest[i - 1] - level);
    }
    return squares > 0 ? CLAMP(products / squares, 0, 0.99) : 0;
}

static Slope find_slope(const Series *series)
{
    guint count = MIN(series->count, COMPARE_VALUES_MAX);
    guint pairs = count * (count - 1) / 2, next = 0;
    g_autofree double *slopes = g_new(double, pairs);

    for (guint i = 0; i < count; i++)
        for (guint j = i + 1; j < count; j++)
            slopes[next++] =
                (at(series, series->values, j, count) - at(series, series->values, i, count)) /
                (at(series, series->times_s, j, count) - at(series, series->times_s, i, count));
    qsort(slopes, pairs, sizeof *slopes, ascending);

    Slope slope = {.estimate = median(slopes, pairs), .low = -INFINITY, .high = INFINITY};
    double rho = correlation(series, count, slope.estimate);
    double variance = (double)count * (count - 1) * (2 * count + 5) / 18 * (1 + rho) / (1 - rho);
    double below = floor((pairs - Z_9875 * sqrt(variance)) / 2);
    if (below >= 1) {
        slope.low = slopes[(guint)below - 1];
        slope.high = slopes[pairs - (guint)below];
    }
    return slope;
}

#define HOUR_S 3600.0

static bool begin_series(const Series *control, const Series *series, double limit_per_hour,
                         Comparison *ret_comparison)
{
    *ret_comparison = (Comparison){.verdict = COMPARE_INCONCLUSIVE,
                                   .limit = limit_per_hour,
                                   .estimate = NAN,
                                   .low = -INFINITY,
                                   .high = INFINITY,
                                   .control_count = control->count,
                                   .count = series->count};
    if (control->count < COMPARE_SAMPLES_MIN || series->count < COMPARE_SAMPLES_MIN)
        ret_comparison->reason = "too few measurements for a judgement";
    else if (!is_series(control) || !is_series(series))
        ret_comparison->reason = "the times of the measurements do not ascend";
    return !ret_comparison->reason;
}

/* `later`: the second half alone, as the estimate. What levels off is not exceeded. */
static void judge_series(Comparison *comparison, double later)
{
    judge(comparison);
    if (comparison->verdict == COMPARE_EXCEEDED && later <= comparison->limit) {
        comparison->verdict = COMPARE_INCONCLUSIVE;
        comparison->reason = "it grew at first and levelled off";
    }
}

void compare_growth(const Series *control, const Series *series, double limit_per_hour,
                    Comparison *ret_comparison)
{
    if (!begin_series(control, series, limit_per_hour, ret_comparison))
        return;
    Slope without = find_slope(control), with = find_slope(series);
    guint half = series->count / 2;
    Series later = {series->times_s + half, series->values + half, series->count - half};

    ret_comparison->estimate = (with.estimate - without.estimate) * HOUR_S;
    ret_comparison->low = (with.low - without.high) * HOUR_S;
    ret_comparison->high = (with.high - without.low) * HOUR_S;
    judge_series(ret_comparison, (find_slope(&later).estimate - without.estimate) * HOUR_S);
}

/* --- a counter's rate --- */

#define STRETCHES 10u

/* An hour's, over stretches of the series that have as many samples each: at most STRETCHES. */
static guint find_rates(const Series *series, double ret_rates[STRETCHES])
{
    guint steps = series->count - 1, count = MIN(steps, STRETCHES);

    for (guint i = 0; i < count; i++) {
        guint from = steps * i / count, to = steps * (i + 1) / count;
        ret_rates[i] = HOUR_S * (series->values[to] - series->values[from]) /
                       (series->times_s[to] - series->times_s[from]);
    }
    return count;
}

static double find_difference(const double *control, guint m, const double *values, guint n,
                              Comparison *comparison)
{
    double differences[STRETCHES * STRETCHES];

    for (guint i = 0; i < m; i++)
        for (guint j = 0; j < n; j++)
            differences[i * n + j] = values[j] - control[i];
    find_shift(differences, m, n, comparison);
    return comparison->estimate;
}

void compare_rate(const Series *control, const Series *series, double limit_per_hour,
                  Comparison *ret_comparison)
{
    double without[STRETCHES], with[STRETCHES];
    Comparison later;

    if (!begin_series(control, series, limit_per_hour, ret_comparison))
        return;
    guint m = find_rates(control, without), n = find_rates(series, with), half = n / 2;
    find_difference(without, m, with, n, ret_comparison);
    judge_series(ret_comparison, find_difference(without, m, with + half, n - half, &later));
}
