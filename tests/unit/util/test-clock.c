/* SPDX-License-Identifier: GPL-2.0-or-later
 * Deadlines and stamps.
 */
#include "util/clock.h"

#include <string.h>

static void test_deadlines(void)
{
    gint64 before = g_get_monotonic_time();
    gint64 ms = clock_deadline_ms(1500);
    gint64 s = clock_deadline_s(2);
    gint64 after = g_get_monotonic_time();

    g_assert_cmpint(ms, >=, before + 1500000);
    g_assert_cmpint(ms, <=, after + 1500000);
    g_assert_cmpint(s, >=, before + 2000000);
    g_assert_cmpint(s, <=, after + 2000000);
    g_assert_cmpint(clock_deadline_s(G_MAXUINT), >, after);
}

/* A deadline that has not passed never has 0 ms left: a wait of 0 would turn in a circle. */
static void test_left(void)
{
    g_assert_cmpuint(clock_left_ms(g_get_monotonic_time() - 1), ==, 0);
    g_assert_cmpuint(clock_left_ms(0), ==, 0);
    g_assert_cmpuint(clock_left_ms(G_MININT64 / 2), ==, 0);
    g_assert_cmpuint(clock_left_ms(g_get_monotonic_time() + 60000400), >, 59000);
    g_assert_cmpuint(clock_left_ms(g_get_monotonic_time() + 60000400), <=, 60001);
    g_assert_cmpuint(clock_left_ms(G_MAXINT64), ==, G_MAXINT);

    gint64 deadline = clock_deadline_ms(20);
    guint left;
    while ((left = clock_left_ms(deadline)) > 0)
        g_assert_cmpuint(left, <=, 20);
    g_assert_cmpint(g_get_monotonic_time(), >=, deadline);
}

static void test_elapsed(void)
{
    gint64 now = g_get_monotonic_time();
    g_assert_cmpuint(clock_elapsed_ms(now + 60000000), ==, 0);
    g_assert_cmpuint(clock_elapsed_ms(now - 5000000), >=, 5000);
    g_assert_cmpuint(clock_elapsed_ms(now - 5000000), <, 60000);
}

static void test_stamps(void)
{
    g_autofree char *utc = clock_now_utc();
    g_autofree char *name = clock_now_name();

    g_assert_true(
        g_regex_match_simple("^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$", utc, 0, 0));
    g_assert_true(g_regex_match_simple("^\\d{4}-\\d\\d-\\d\\dT\\d\\d-\\d\\d-\\d\\dZ$", name, 0, 0));
    g_autoptr(GDateTime) parsed = g_date_time_new_from_iso8601(utc, NULL);
    gint64 off = g_get_real_time() / G_USEC_PER_SEC - g_date_time_to_unix(parsed);
    g_assert_cmpint(ABS(off), <=, 60);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/clock/deadlines", test_deadlines);
    g_test_add_func("/clock/left", test_left);
    g_test_add_func("/clock/elapsed", test_elapsed);
    g_test_add_func("/clock/stamps", test_stamps);
    return g_test_run();
}
