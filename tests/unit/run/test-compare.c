/* SPDX-License-Identifier: GPL-2.0-or-later
 * The judgement of measurements: against tables, and against noise of known distributions, where
 * it must neither turn noise into a failure nor overlook a real cost.
 */
#include "run/compare.h"

#include <math.h>

/* Two-sided critical values of U at 5 % (Mann & Whitney's table as printed in Siegel's and other
 * textbooks): the greatest U that is significant; one less than what lies outside. */
static void test_table(void)
{
    static const struct {
        guint m, n;
        int critical; /* -1: none */
    } table[] = {{3, 3, -1}, {2, 7, -1}, {3, 5, 0},   {4, 4, 0},    {5, 5, 2},    {6, 8, 8},
                 {7, 7, 8},  {8, 8, 13}, {9, 12, 26}, {10, 10, 23}, {15, 15, 64}, {20, 20, 127}};

    for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
        g_assert_cmpint((int)compare_outside(table[i].m, table[i].n) - 1, ==, table[i].critical);
        g_assert_cmpint((int)compare_outside(table[i].n, table[i].m) - 1, ==, table[i].critical);
    }
    /* The approximation for large groups is near the exact one where that ends. */
    g_assert_cmpfloat_with_epsilon(compare_outside(40, 40), compare_outside(40, 41), 25);
}

static void test_by_hand(void)
{
    const double control[] = {100, 110, 90, 105}, twice[] = {200, 220, 180, 210};
    const double rates[] = {50, 55, 45, 52};
    Comparison comparison;

    compare_overhead(control, 4, twice, 4, BETTER_LESS, 10, &comparison);
    g_assert_cmpint(comparison.verdict, ==, COMPARE_EXCEEDED);
    g_assert_cmpfloat_with_epsilon(comparison.estimate, 100, 1e-9);
    g_assert_cmpfloat_with_epsilon(comparison.low, 100 * (180.0 / 110 - 1), 1e-9);
    g_assert_cmpfloat_with_epsilon(comparison.high, 100 * (220.0 / 90 - 1), 1e-9);
    g_assert_null(comparison.reason);

    compare_overhead(control, 4, twice, 4, BETTER_LESS, 150, &comparison);
    g_assert_cmpint(comparison.verdict, ==, COMPARE_WITHIN);
    compare_overhead(control, 4, twice, 4, BETTER_LESS, 100, &comparison);
    g_assert_cmpint(comparison.verdict, ==, COMPARE_INCONCLUSIVE);
    g_assert_nonnull(comparison.reason);

    compare_overhead(control, 4, rates, 4, BETTER_MORE, 10, &comparison);
    g_assert_cmpint(comparison.verdict, ==, COMPARE_EXCEEDED);
    compare_overhead(control, 4, rates, 4, BETTER_LESS, 10, &comparison);
    g_assert_cmpint(comparison.verdict, ==, COMPARE_WITHIN);
}

static void test_too_few(void)
{
    const double one[] = {100, 100, 100}, ten_times[] = {1000, 1000, 1000}, zero[] = {1, 1, 0, 1};
    Comparison comparison;

    compare_overhead(one, 3, ten_times, 3, BETTER_LESS, 10, &comparison);
    g_assert_cmpint(comparison.verdict, ==, COMPARE_INCONCLUSIVE);
    g_assert_true(isinf(comparison.low) && isinf(comparison.high));
    g_assert_cmpfloat_with_epsilon(comparison.estimate, 900, 1e-9);
    compare_overhead(one, 0, ten_times, 3, BETTER_LESS, 10, &comparison);
    g_assert_cmpint(comparison.verdict, ==, COMPARE_INCONCLUSIVE);
    g_assert_true(isnan(comparison.estimate));
    compare_overhead(zero, 4, zero, 4, BETTER_LESS, 10, &comparison);
    g_assert_cmpint(comparison.verdict, ==, COMPARE_INCONCLUSIVE);
    g_assert_cmpstr(comparison.reason, ==, "a measurement is not above zero");
}

/* --- noise --- */

static double normal(GRand *random)
{
    double u = 1 - g_rand_double(random), v = g_rand_double(random);
    return sqrt(-2 * log(u)) * cos(2 * G_PI * v);
}

typedef double (*Noise)(GRand *random);

static double lognormal(GRand *random)
{
    return exp(0.10 * normal(random));
}

/* One in five is three to ten times as slow: a busy host. */
static double outliers(GRand *random)
{
    double quiet = exp(0.05 * normal(random));
    return g_rand_double(random) < 0.2 ? quiet * g_rand_double_range(random, 3, 10) : quiet;
}

/* Two speeds: a CPU that changes its clock. */
static double two_modes(GRand *random)
{
    return (g_rand_boolean(random) ? 1.0 : 1.3) * exp(0.02 * normal(random));
}

/* Of so many experiments, how many end so. */
static guint count_verdicts(Noise noise, double true_percent, double limit, guint repetitions,
                            CompareVerdict verdict)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(20261122);
    guint count = 0;

    for (guint trial = 0; trial < 2000; trial++) {
        double control[20], values[20];
        for (guint i = 0; i < repetitions; i++) {
            control[i] = 50 * noise(random);
            values[i] = 50 * (1 + true_percent / 100) * noise(random);
        }
        Comparison comparison;
        compare_overhead(control, repetitions, values, repetitions, BETTER_LESS, limit,
                         &comparison);
        count += comparison.verdict == verdict;
    }
    return count;
}

/* At the limit itself, at most 2.5 % of 2000 are called exceeded: 50, and three standard deviations
 * of such a count (21). Nor are more called within. */
static void test_noise_is_no_failure(void)
{
    const Noise noises[] = {lognormal, outliers, two_modes};

    for (guint i = 0; i < G_N_ELEMENTS(noises); i++)
        for (guint repetitions = 4; repetitions <= 10; repetitions += 3) {
            guint exceeded = count_verdicts(noises[i], 0, 0, repetitions, COMPARE_EXCEEDED);
            guint within = count_verdicts(noises[i], 10, 10, repetitions, COMPARE_WITHIN);
            g_test_message("noise %u, %u repetitions: %u exceeded, %u within of 2000", i,
                           repetitions, exceeded, within);
            g_assert_cmpuint(exceeded, <=, 71);
            g_assert_cmpuint(within, <=, 71);
        }
}

static void test_real_cost_is_seen(void)
{
    g_assert_cmpuint(count_verdicts(lognormal, 60, 10, 5, COMPARE_EXCEEDED), >=, 1900);
    g_assert_cmpuint(count_verdicts(outliers, 60, 10, 10, COMPARE_EXCEEDED), >=, 1300);
    g_assert_cmpuint(count_verdicts(lognormal, 0, 30, 6, COMPARE_WITHIN), >=, 1800);
    g_assert_cmpuint(count_verdicts(lognormal, 60, 10, 3, COMPARE_INCONCLUSIVE), ==, 2000);
}

/* --- growth --- */

enum { SAMPLES = 60 };

/* MiB every ten seconds: grows by so much an hour; noise that follows itself by `rho`. */
static void draw(GRand *random, double per_hour, double rho, double levels_off_at, double *times,
                 double *values)
{
    double noise = 0;
    for (guint i = 0; i < SAMPLES; i++) {
        times[i] = 10.0 * i;
        noise = rho * noise + sqrt(1 - rho * rho) * normal(random);
        values[i] = 200 + per_hour * MIN(times[i], levels_off_at) / 3600 + noise;
    }
}

static guint count_growth(double per_hour, double rho, double levels_off_at, double limit,
                          CompareVerdict verdict)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(20261122);
    double t0[SAMPLES], v0[SAMPLES], t1[SAMPLES], v1[SAMPLES];
    guint count = 0;

    for (guint trial = 0; trial < 500; trial++) {
        Comparison comparison;
        draw(random, 5, rho, 1e9, t0, v0);
        draw(random, 5 + per_hour, rho, levels_off_at, t1, v1);
        compare_growth(&(Series){t0, v0, SAMPLES}, &(Series){t1, v1, SAMPLES}, limit, &comparison);
        count += comparison.verdict == verdict;
    }
    return count;
}

static void test_growth(void)
{
    g_assert_cmpuint(count_growth(0, 0, 1e9, 0, COMPARE_EXCEEDED), <=, 12);
    g_assert_cmpuint(count_growth(0, 0.8, 1e9, 0, COMPARE_EXCEEDED), <=, 12);
    g_assert_cmpuint(count_growth(120, 0, 1e9, 20, COMPARE_EXCEEDED), >=, 490);
    g_assert_cmpuint(count_growth(120, 0.5, 1e9, 20, COMPARE_EXCEEDED), >=, 450);
    g_assert_cmpuint(count_growth(0, 0, 1e9, 50, COMPARE_WITHIN), >=, 490);
    g_assert_cmpuint(count_growth(600, 0, 250, 20, COMPARE_EXCEEDED), <=, 25);
}

/* A counter of seconds every other second: a part of a processor, with noise; each tenth sample,
 * where it is bursty, the load of ten. */
static void draw_counter(GRand *random, double part, bool bursts, guint quiet_from, double *times,
                         double *values)
{
    double sum = 3;
    for (guint i = 0; i < 30; i++) {
        double now = i >= quiet_from ? 0.02 : bursts ? (i % 10 == 9 ? 10 * part : 0) : part;
        times[i] = 2.0 * i;
        sum += 2 * now * (1 + 0.3 * normal(random));
        values[i] = sum;
    }
}

static guint count_rates(double part, bool bursts, guint quiet_from, CompareVerdict verdict)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(20261122);
    double t0[30], v0[30], t1[30], v1[30];
    guint count = 0;

    for (guint trial = 0; trial < 500; trial++) {
        Comparison comparison;
        draw_counter(random, 0.02, false, 30, t0, v0);
        draw_counter(random, part, bursts, quiet_from, t1, v1);
        /* 20 % of a processor */
        compare_rate(&(Series){t0, v0, 30}, &(Series){t1, v1, 30}, 720, &comparison);
        count += comparison.verdict == verdict;
    }
    return count;
}

/* What adds up follows itself: as growth, hardly anything could be told of it. */
static void test_rate(void)
{
    g_assert_cmpuint(count_rates(0.1, false, 30, COMPARE_WITHIN), >=, 490);
    g_assert_cmpuint(count_rates(0.5, false, 30, COMPARE_EXCEEDED), >=, 490);
    g_assert_cmpuint(count_rates(0.22, false, 30, COMPARE_EXCEEDED), <=, 25);
    g_assert_cmpuint(count_rates(0.05, true, 30, COMPARE_EXCEEDED), <=, 12);
    g_assert_cmpuint(count_rates(0.9, false, 15, COMPARE_EXCEEDED), <=, 12);
}

/* As birch without a content update had it (seconds, two apart): the load falls, at no time above
 * the limit. */
static void test_falling_rate(void)
{
    static const double control[] = {1.98, 2.04, 2.07, 2.12, 2.16, 2.2, 2.25, 2.3, 2.36, 2.42},
                        values[] = {5.55, 5.65, 5.88, 6.15, 6.42,  6.92,  7.46,  8.08,
                                    8.56, 9.06, 9.42, 9.75, 10.06, 10.39, 10.73, 11.1};
    double times[16];
    Comparison comparison;

    for (guint i = 0; i < 16; i++)
        times[i] = 4.0 * i;
    compare_rate(&(Series){times, control, 10}, &(Series){times, values, 16}, 720, &comparison);
    g_assert_cmpint(comparison.verdict, ==, COMPARE_WITHIN);
}

static void test_bad_series(void)
{
    double times[SAMPLES], values[SAMPLES];
    g_autoptr(GRand) random = g_rand_new_with_seed(1);
    Comparison comparison;

    draw(random, 0, 0, 1e9, times, values);
    Series good = {times, values, SAMPLES}, few = {times, values, COMPARE_SAMPLES_MIN - 1};
    compare_growth(&good, &few, 1, &comparison);
    g_assert_cmpint(comparison.verdict, ==, COMPARE_INCONCLUSIVE);
    compare_rate(&few, &good, 1, &comparison);
    g_assert_cmpint(comparison.verdict, ==, COMPARE_INCONCLUSIVE);
    times[7] = times[6];
    compare_growth(&good, &good, 1, &comparison);
    g_assert_cmpint(comparison.verdict, ==, COMPARE_INCONCLUSIVE);
    g_assert_cmpstr(comparison.reason, ==, "the times of the measurements do not ascend");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/compare/table", test_table);
    g_test_add_func("/compare/by-hand", test_by_hand);
    g_test_add_func("/compare/too-few", test_too_few);
    g_test_add_func("/compare/noise-is-no-failure", test_noise_is_no_failure);
    g_test_add_func("/compare/real-cost-is-seen", test_real_cost_is_seen);
    g_test_add_func("/compare/growth", test_growth);
    g_test_add_func("/compare/rate", test_rate);
    g_test_add_func("/compare/falling-rate", test_falling_rate);
    g_test_add_func("/compare/bad-series", test_bad_series);
    return g_test_run();
}
