/* SPDX-License-Identifier: GPL-2.0-or-later
 * How long a run may still take.
 */
#include "run/estimate.h"

#include <math.h>

struct Estimate {
    GArray *all;         /* of double, sorted */
    GHashTable *by_test; /* name → GArray* of double, sorted */
};

Estimate *estimate_new(void)
{
    Estimate *estimate = g_new0(Estimate, 1);
    estimate->all = g_array_new(FALSE, FALSE, sizeof(double));
    estimate->by_test =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_array_unref);
    return estimate;
}

void estimate_free(Estimate *estimate)
{
    if (!estimate)
        return;
    g_array_unref(estimate->all);
    g_hash_table_unref(estimate->by_test);
    g_free(estimate);
}

static void insert_sorted(GArray *sorted, double value)
{
    guint at = sorted->len;
    while (at > 0 && g_array_index(sorted, double, at - 1) > value)
        at--;
    g_array_insert_val(sorted, at, value);
}

/* The value below which a part of the others lies. */
static double quantile(const GArray *sorted, double part)
{
    double position = part * (sorted->len - 1);
    guint below = (guint)position, above = MIN(below + 1, sorted->len - 1);
    double low = g_array_index(sorted, double, below);
    return low + (position - below) * (g_array_index(sorted, double, above) - low);
}

void estimate_add(Estimate *estimate, const char *test, double seconds)
{
    GArray *own = g_hash_table_lookup(estimate->by_test, test);

    if (!own) {
        own = g_array_new(FALSE, FALSE, sizeof(double));
        g_hash_table_insert(estimate->by_test, g_strdup(test), own);
    }
    insert_sorted(own, seconds);
    insert_sorted(estimate->all, seconds);
}

guint estimate_count(const Estimate *estimate)
{
    return estimate->all->len;
}

double estimate_case(const Estimate *estimate, const char *test, double elapsed_s)
{
    const GArray *own = g_hash_table_lookup(estimate->by_test, test);

    if (estimate->all->len == 0)
        return 0;
    double usual = quantile(own ? own : estimate->all, 0.5);
    return MAX(usual - elapsed_s, usual / 10);
}

bool estimate_range(const Estimate *estimate, double sum_s, double longest_s, guint jobs,
                    double *ret_low_s, double *ret_high_s)
{
    if (estimate->all->len < ESTIMATE_MIN)
        return false;
    double median = quantile(estimate->all, 0.5);
    double spread_low = median > 0 ? quantile(estimate->all, 0.25) / median : 1;
    double spread_high = median > 0 ? quantile(estimate->all, 0.75) / median : 1;
    double likely = MAX(sum_s / jobs, longest_s);
    *ret_low_s = likely * spread_low;
    *ret_high_s = likely * spread_high;
    return true;
}

char *estimate_text(double low_s, double high_s)
{
    bool minutes = high_s >= 90;
    double unit = minutes ? 60 : 10, shown = minutes ? 1 : 10; /* seconds by tens */
    guint low = (guint)(floor(low_s / unit) * shown), high = (guint)(ceil(high_s / unit) * shown);

    if (high == 0)
        return g_strdup("nearly done");
    if (low == high)
        return g_strdup_printf("about %u %s left", high, minutes ? "min" : "s");
    if (low == 0)
        return g_strdup_printf("at most about %u %s left", high, minutes ? "min" : "s");
    return g_strdup_printf("%u to %u %s left", low, high, minutes ? "min" : "s");
}
