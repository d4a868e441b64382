/* SPDX-License-Identifier: GPL-2.0-or-later
 * Latency histograms against sorted samples.
 */
#include "latency.h"

#include <stdlib.h>

#include <glib.h>

#define SAMPLES 20000

static int compare(gconstpointer a, gconstpointer b)
{
    guint64 x = *(const guint64 *)a, y = *(const guint64 *)b;
    return (x > y) - (x < y);
}

/* Never lower than the true percentile, at most 1/32 higher. */
static void assert_near(const struct latency *latency, const guint64 *sorted, guint count,
                        guint percent)
{
    guint64 rank = (guint64)count * percent / 100 + ((guint64)count * percent % 100 != 0);
    guint64 exact = sorted[rank > 0 ? rank - 1 : 0];
    guint64 told = latency_percentile(latency, percent);

    g_assert_cmpuint(told, >=, exact);
    g_assert_cmpuint(told, <=, exact + exact / 32);
}

static void test_random(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(1);
    struct latency all = {0}, halves[2] = {0};
    static guint64 samples[SAMPLES];

    for (guint i = 0; i < SAMPLES; i++) {
        samples[i] = (guint64)g_rand_int_range(random, 0, 1000) << g_rand_int_range(random, 0, 16);
        latency_add(&all, samples[i]);
        latency_add(&halves[i % 2], samples[i]);
    }
    latency_merge(&halves[0], &halves[1]);
    qsort(samples, SAMPLES, sizeof *samples, compare);
    for (guint percent = 0; percent <= 100; percent++) {
        assert_near(&all, samples, SAMPLES, percent);
        g_assert_cmpuint(latency_percentile(&all, percent), ==,
                         latency_percentile(&halves[0], percent));
    }
    g_assert_cmpuint(latency_percentile(&all, 100), ==, samples[SAMPLES - 1]);
}

static void test_edges(void)
{
    struct latency none = {0}, one = {0}, huge = {0};

    g_assert_cmpuint(latency_percentile(&none, 50), ==, 0);
    latency_add(&one, 63);
    g_assert_cmpuint(latency_percentile(&one, 50), ==, 63);
    latency_add(&huge, G_MAXUINT64);
    g_assert_cmpuint(latency_percentile(&huge, 50), ==, G_MAXUINT64);
    g_assert_cmpuint(huge.max, ==, G_MAXUINT64);
    for (guint64 us = 0; us < 5000; us++) {
        struct latency exact = {0};
        latency_add(&exact, us);
        latency_add(&exact, G_MAXUINT64);
        guint64 told = latency_percentile(&exact, 50);
        g_assert_cmpuint(told, >=, us);
        g_assert_cmpuint(told, <=, us + us / 32);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/latency/random", test_random);
    g_test_add_func("/latency/edges", test_edges);
    return g_test_run();
}
