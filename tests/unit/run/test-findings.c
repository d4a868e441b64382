/* SPDX-License-Identifier: GPL-2.0-or-later
 * What each source of a crash knows of it, and no more.
 */
#include "run/findings.h"

#include "dump-builder.h"

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

/* A driver that was called after it had gone is named, as Windows' own stop screen names it. */
static void test_unloaded(void)
{
    static const BuilderModule loaded[] = {
        {"\\SystemRoot\\system32\\ntoskrnl.exe", 0xFFFFF80040000000, 0x1000, 1}, {0}};
    static const BuilderModule unloaded[] = {{"cedar.sys", 0xFFFFF80050000000, 0x6000, 0}, {0}};
    const BuilderDump what = {.code = 0xCE,
                              .parameters = {0xFFFFF800500011D0, 8, 0xFFFFF800500011D0, 0},
                              .modules = loaded,
                              .unloaded = unloaded};
    g_autoptr(GByteArray) bytes = dump_build(&what);
    g_autoptr(Dump) dump = NULL;
    g_autoptr(GError) error = NULL;
    g_auto(Crash) crash = {0};

    dump_parse(bytes->data, bytes->len, "built", &dump, &error);
    g_assert_no_error(error);
    crash_from_dump(&crash, dump);
    g_assert_cmpstr(crash.module, ==, "cedar.sys");
    g_assert_cmphex(crash.offset, ==, 0x11D0);
}

/* A dump that names no module, after a STOP line that does, and the other way round: what either
 * knows is kept. */
static void test_accounts(void)
{
    const Stop stop = {.code = 0x7E,
                       .parameters = {0xC0000005, 1, 2, 3},
                       .module = "alder.sys",
                       .base = 0x420000,
                       .address = 0x421234};
    g_auto(Crash) crash = {0}, serial = {0};
    const Crash dump = {.known = true, .detailed = true, .code = 0x7E, .source = "minidump"};
    const Crash other = {.known = true, .code = 0x7F, .source = "minidump"};

    crash_from_stop(&serial, &stop, "serial");
    g_assert_true(crash_take(&crash, &serial, false));
    g_assert_true(crash_take(&crash, &dump, true));
    g_assert_cmpstr(crash.source, ==, "minidump");
    g_assert_cmpstr(crash.module, ==, "alder.sys");
    g_assert_cmphex(crash.offset, ==, 0x1234);
    g_assert_cmphex(crash.parameters[0], ==, 0xC0000005);
    g_assert_false(crash_take(&crash, &other, true));
    g_assert_cmphex(crash.code, ==, 0x7E);

    crash_clear(&crash);
    g_assert_true(crash_take(&crash, &dump, true));
    g_assert_true(crash_take(&crash, &serial, false));
    g_assert_cmpstr(crash.source, ==, "minidump");
    g_assert_cmpstr(crash.module, ==, "alder.sys");
    g_assert_cmphex(crash.parameters[3], ==, 3);
}

/* A screen tells a module without the place in it; a better account is not given one. */
static void test_screen_and_dump(void)
{
    const Screen screen = {.stop = true, .code = 0x7E, .module = "alder.sys"};
    const Crash dump = {.known = true,
                        .detailed = true,
                        .code = 0x7E,
                        .parameters = {1, 2, 3, 4},
                        .source = "minidump"};
    g_auto(Crash) crash = {0}, seen = {0};

    crash_from_screen(&seen, &screen);
    g_assert_true(crash_take(&crash, &seen, false));
    g_assert_true(crash_take(&crash, &dump, true));
    g_autofree char *text = crash_text(&crash);
    g_assert_cmpstr(text, ==, "bugcheck 0x7E SYSTEM_THREAD_EXCEPTION_NOT_HANDLED in alder.sys");
    g_assert_cmphex(crash.parameters[1], ==, 2);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/findings/screen", test_screen);
    g_test_add_func("/findings/stop", test_stop);
    g_test_add_func("/findings/unloaded", test_unloaded);
    g_test_add_func("/findings/accounts", test_accounts);
    g_test_add_func("/findings/screen-and-dump", test_screen_and_dump);
    return g_test_run();
}
