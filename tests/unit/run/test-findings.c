/* SPDX-License-Identifier: GPL-2.0-or-later
 * What each source of a crash knows of it, and no more.
 */
#include "run/findings.h"

static void test_screen(void)
{
    const Screen screen = {.stop = true, .code = 0x7E, .module = "alder.sys"};
    g_auto(Crash) crash = {0};

    crash_from_screen(&crash, &screen);
    g_autofree char *text = crash_text(&crash);
    g_assert_cmpstr(text, ==, "bugcheck 0x7E SYSTEM_THREAD_EXCEPTION_NOT_HANDLED in alder.sys");
    g_assert_false(crash.detailed);
}

static void test_stop(void)
{
    const Stop stop = {.code = 0x7E, .module = "alder.sys", .base = 0x420000, .address = 0x421234};
    g_auto(Crash) crash = {0};

    crash_from_stop(&crash, &stop, "serial");
    g_autofree char *text = crash_text(&crash);
    g_assert_cmpstr(text, ==,
                    "bugcheck 0x7E SYSTEM_THREAD_EXCEPTION_NOT_HANDLED in alder.sys+0x1234");
    g_assert_true(crash.detailed);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/findings/screen", test_screen);
    g_test_add_func("/findings/stop", test_stop);
    return g_test_run();
}
