/* SPDX-License-Identifier: GPL-2.0-or-later
 * How far an installation is: stages, failures, stalls, hostile serial output. Time is given.
 */
#include "install/watch.h"

#include <string.h>

#define S ((gint64)G_USEC_PER_SEC)

static Install install = {.stage_s = 100};
static const Guest guest = {.title = "Windows 11 24H2", .install = &install};

static void tell(InstallWatch *watch, const char *text, gint64 now)
{
    install_watch_serial(watch, text, strlen(text), now);
}

static void expect_stage(InstallWatch *watch, const char *expected)
{
    g_autofree char *stage = install_watch_stage(watch);
    g_assert_cmpstr(stage, ==, expected);
}

static void test_whole_installation(void)
{
    g_autoptr(InstallWatch) watch = install_watch_new(&guest, 0);

    expect_stage(watch, "setup of Windows 11 24H2, 0 restarts");
    install_watch_restart(watch, 90 * S);
    install_watch_restart(watch, 180 * S);
    expect_stage(watch, "setup of Windows 11 24H2, 2 restarts");
    tell(watch, "noise\r\nTRUCE-BUILD st", 270 * S);
    tell(watch,
         "ep crash-dumps\r\nTRUCE-BUILD deviation a\r\nTRUCE-BUILD protections {\"a\":1}\r\n",
         271 * S);
    expect_stage(watch, "first logon: crash-dumps");
    g_assert_cmpint(install_watch_state(watch, 370 * S), ==, INSTALL_RUNNING);
    g_assert_null(install_watch_reason(watch, 370 * S));
    tell(watch, "TRUCE-BUILD done\r\n", 370 * S);
    expect_stage(watch, "shutting down");
    g_assert_true(install_watch_is_done(watch));
    g_assert_cmpint(install_watch_state(watch, 470 * S - 1), ==, INSTALL_DONE);
    g_assert_null(install_watch_reason(watch, 470 * S - 1));
    g_assert_cmpuint(install_watch_deviations(watch)->len, ==, 1);
    g_assert_cmpstr(install_watch_deviations(watch)->pdata[0], ==, "a");
    g_assert_cmpstr(install_watch_protections(watch), ==, "{\"a\":1}");
}

static void test_failed_step(void)
{
    g_autoptr(InstallWatch) watch = install_watch_new(&guest, 0);

    tell(watch, "TRUCE-BUILD step boot\nTRUCE-BUILD failed boot: no\nTRUCE-BUILD done\n", 1 * S);
    g_assert_cmpint(install_watch_state(watch, 2 * S), ==, INSTALL_FAILED);
    g_assert_false(install_watch_is_done(watch));
    g_autofree char *reason = install_watch_reason(watch, 2 * S);
    g_assert_cmpstr(reason, ==, "the first logon's step boot: no");
}

static void expect_cause(InstallWatch *watch, gint64 now, const char *part)
{
    g_autofree char *reason = install_watch_reason(watch, now);

    g_assert_cmpint(install_watch_state(watch, now - 1), ==, INSTALL_RUNNING);
    g_assert_cmpint(install_watch_state(watch, now), ==, INSTALL_STALLED);
    g_assert_nonnull(strstr(reason, part));
}

static void test_stalls(void)
{
    g_autoptr(InstallWatch) watch = install_watch_new(&guest, 0);

    expect_cause(watch, 100 * S, "Press any key");
    install_watch_written(watch, 4096);
    expect_cause(watch, 100 * S, "setuperr.log");
    install_watch_restart(watch, 50 * S);
    expect_cause(watch, 150 * S, "second part");
    tell(watch, "TRUCE-BUILD step power\n", 60 * S);
    expect_cause(watch, 160 * S, "step of the first logon");
}

/* A guest that never powers itself off: noticed long before the build's own end, also where the
 * recipe's stages are long. */
static void test_shutdown_hangs(void)
{
    g_autoptr(InstallWatch) watch = install_watch_new(&guest, 0);
    Install slow = {.stage_s = 1800};
    const Guest slow_guest = {.title = "Windows", .install = &slow};
    g_autoptr(InstallWatch) other = install_watch_new(&slow_guest, 0);

    tell(watch, "TRUCE-BUILD done\n", 1 * S);
    g_assert_cmpint(install_watch_state(watch, 101 * S), ==, INSTALL_STALLED);
    g_autofree char *reason = install_watch_reason(watch, 101 * S);
    g_assert_nonnull(strstr(reason, "in 100 s"));
    g_assert_nonnull(strstr(reason, "does not let the shutdown go on"));
    g_assert_true(install_watch_is_done(watch)); /* a power-off at the last moment is the end */

    tell(other, "TRUCE-BUILD done\n", 1 * S);
    g_assert_cmpint(install_watch_state(other, 601 * S - 1), ==, INSTALL_DONE);
    g_assert_cmpint(install_watch_state(other, 601 * S), ==, INSTALL_STALLED);
}

/* No word of Windows or its files stands in what is said of another system. */
static void test_reactos(void)
{
    Install reactos = {.stage_s = 100, .reactos = true};
    const Guest other = {.title = "ReactOS", .install = &reactos};
    g_autoptr(InstallWatch) watch = install_watch_new(&other, 0);

    expect_stage(watch, "setup of ReactOS, 0 restarts");
    for (guint at = 0; at < 3; at++) {
        g_autofree char *reason = install_watch_reason(watch, 100 * S);
        g_assert_nonnull(reason);
        g_assert_null(strstr(reason, "Windows"));
        g_assert_null(strstr(reason, "Panther"));
        g_assert_null(strstr(reason, "Press any key"));
        install_watch_written(watch, 4096);
        if (at == 1)
            install_watch_restart(watch, 0);
    }
}

static void test_hostile(void)
{
    g_autoptr(InstallWatch) watch = install_watch_new(&guest, 0);
    g_autofree char *flood = g_strnfill(1 << 20, 'x');

    tell(watch, flood, 1);
    tell(watch, "\nXTRUCE-BUILD done\nTRUCE-BUILD done!\nTRUCE-BUILD unknown\n", 2);
    install_watch_serial(watch, "TRUCE-BUILD step a\0b\x1B[31m\xFF\n", 26, 3);
    g_assert_cmpint(install_watch_state(watch, 4), ==, INSTALL_RUNNING);
    g_autofree char *stage = install_watch_stage(watch);
    g_assert_true(g_utf8_validate(stage, -1, NULL));
    g_assert_null(strchr(stage, '\x1B'));
    for (guint i = 0; i < 1000; i++) {
        g_autofree char *line = g_strdup_printf("TRUCE-BUILD deviation %u\n", i);
        tell(watch, line, 5);
    }
    g_assert_cmpuint(install_watch_deviations(watch)->len, ==, 64);
}

/* A log that grows, beside a serial port that told its beginning and then nothing more. */
static void test_log(void)
{
    static const char log[] = "TRUCE-BUILD step boot\r\nTRUCE-BUILD deviation a\r\n"
                              "TRUCE-BUILD deviation b\r\nTRUCE-BUILD done\r\n";
    g_autoptr(InstallWatch) watch = install_watch_new(&guest, 0);

    tell(watch, "TRUCE-BUILD step boot\r\nTRUCE-BUILD deviation a\r\n", 1 * S);
    install_watch_log(watch, log, 60, 2 * S); /* in the middle of a line */
    g_assert_cmpuint(install_watch_deviations(watch)->len, ==, 1);
    g_assert_cmpint(install_watch_state(watch, 3 * S), ==, INSTALL_RUNNING);
    install_watch_log(watch, log, sizeof log - 1, 3 * S);
    g_assert_cmpuint(install_watch_deviations(watch)->len, ==, 2);
    g_assert_cmpint(install_watch_state(watch, 3 * S), ==, INSTALL_DONE);
    install_watch_log(watch, log, 10, 4 * S); /* shorter than before: a guest may do anything */
    install_watch_log(watch, "", 0, 4 * S);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/install-watch/whole", test_whole_installation);
    g_test_add_func("/install-watch/failed-step", test_failed_step);
    g_test_add_func("/install-watch/stalls", test_stalls);
    g_test_add_func("/install-watch/shutdown-hangs", test_shutdown_hangs);
    g_test_add_func("/install-watch/reactos", test_reactos);
    g_test_add_func("/install-watch/hostile", test_hostile);
    g_test_add_func("/install-watch/log", test_log);
    return g_test_run();
}
