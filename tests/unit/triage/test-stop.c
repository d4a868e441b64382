/* SPDX-License-Identifier: GPL-2.0-or-later
 * STOP lines in serial logs, and the names of stop codes.
 */
#include "triage/stop.h"

#include <string.h>

#define PARAMETERS "(0xFFFFFFFFC0000005,0x0000000000421234,0x0000000000000003,0x4)"
#define MODULE "***  alder.sys - Address 0000000000421234 base at 0000000000420000, DateStamp 67\n"

static void test_found(void)
{
    static const struct {
        const char *text;
        guint count;
        guint32 code;
        guint64 second;
        const char *module;
    } logs[] = {
        {"boot\n*** STOP: 0x0000007E " PARAMETERS "\n" MODULE, 1, 0x7E, 0x421234, "alder.sys"},
        {"boot\r\n*** STOP: 0x0000007E " PARAMETERS "\r\n\r\n" MODULE "\r\n", 1, 0x7E, 0x421234,
         "alder.sys"},
        {"[    2.1] *** STOP: 0x0000007E (0x1,0x2,0x3,0x4)", 1, 0x7E, 2, ""},
        {"*** STOP: 0xD1\n", 1, 0xD1, 0, ""},
        {"*** STOP: 0x0000007E (0x1,0x2,0x3\n", 1, 0x7E, 0, ""},
        {"*** STOP: 0x7E (0x1, 0x2, 0x3, 0x4)\n", 1, 0x7E, 2, ""},
        /* the last one wins, and an earlier module is not its */
        {"*** STOP: 0x7E " PARAMETERS "\n" MODULE "*** STOP: 0x50 (0x1,0x2,0x3,0x4)\n", 2, 0x50, 2,
         ""},
        {"*** Fatal System Error: 0x0000007e\n                       " PARAMETERS "\n\n", 1, 0x7E,
         0x421234, ""},
        /* one crash in both forms, and two crashes */
        {"*** Fatal System Error: 0x0000007e\n   " PARAMETERS "\n\n*** STOP: 0x0000007E " PARAMETERS
         "\n" MODULE,
         1, 0x7E, 0x421234, "alder.sys"},
        {"*** Fatal System Error: 0x0000007e\n   " PARAMETERS "\n\n*** STOP: 0x00000050 " PARAMETERS
         "\n",
         2, 0x50, 0x421234, ""},
        {"*** STOP: 0x0000007E " PARAMETERS "\n*** STOP: 0x0000007E " PARAMETERS "\n", 2, 0x7E,
         0x421234, ""},
    };

    for (guint i = 0; i < G_N_ELEMENTS(logs); i++) {
        Stop stop = {0};
        gsize length = strlen(logs[i].text);
        g_assert_true(stop_find(logs[i].text, length, &stop));
        g_assert_cmpuint(stop_count(logs[i].text, length), ==, logs[i].count);
        g_assert_cmphex(stop.code, ==, logs[i].code);
        g_assert_cmphex(stop.parameters[1], ==, logs[i].second);
        g_assert_cmpstr(stop.module, ==, logs[i].module);
        g_assert_cmphex(stop.address, ==, *logs[i].module ? 0x421234 : 0);
        g_assert_cmphex(stop.base, ==, *logs[i].module ? 0x420000 : 0);
    }
}

static void test_quiet(void)
{
    static const char *const logs[] = {
        "",
        "\n\n",
        "reached target Multi-User System\n",
        "*** STOP: \n",
        "*** STOP: 0x\n",
        "*** STOP: none\n",
        "*** STOP: 0x1234567890\n",
        "STOP 0x7E\n",
        "** STOP: 0x7E\n",
        MODULE,
        "*** Fatal System Error: soon\n",
    };

    for (guint i = 0; i < G_N_ELEMENTS(logs); i++) {
        Stop stop = {.code = 0x1234};
        g_assert_false(stop_find(logs[i], strlen(logs[i]), &stop));
        g_assert_cmpuint(stop_count(logs[i], strlen(logs[i])), ==, 0);
        g_assert_cmphex(stop.code, ==, 0x1234);
    }
}

/* A module line that is too far off, or that names nothing sane, is passed over. */
static void test_modules(void)
{
    static const char *const logs[] = {
        "*** STOP: 0x7E\n\n\n\n\n\n\n\n\n" MODULE,
        "*** STOP: 0x7E\n***  \x1b[31malder.sys - Address 1 base at 2\n",
        "*** STOP: 0x7E\n***   - Address 1 base at 2\n",
        "*** STOP: 0x7E\n***  alder.sys - Address x base at 2\n",
        "*** STOP: 0x7E\n***  alder.sys - Address 1\n",
        "*** STOP: 0x7E\n***  "
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa - Address 1 base "
        "at "
        "2\n",
    };

    for (guint i = 0; i < G_N_ELEMENTS(logs); i++) {
        Stop stop;
        g_assert_true(stop_find(logs[i], strlen(logs[i]), &stop));
        g_assert_cmpstr(stop.module, ==, "");
    }
    static const char with_nul[] = "\0\xFF*** STOP: 0x7E\n***  a\0.sys - Address 1 base at 2\n\0";
    Stop stop;
    g_assert_true(stop_find(with_nul, sizeof with_nul, &stop));
    g_assert_cmpstr(stop.module, ==, "");
}

static void test_cut_anywhere(void)
{
    static const char text[] =
        "*** Fatal System Error: 0x7e\n (0x1,0x2,0x3,0x4)\n*** STOP: 0x50 " PARAMETERS "\n" MODULE;

    for (gsize length = 0; length < sizeof text; length++) {
        g_autofree char *exact = g_memdup2(text, length);
        Stop stop;
        g_assert_true(stop_find(exact, length, &stop) == (stop_count(exact, length) > 0));
    }
}

static void test_names(void)
{
    g_assert_cmpstr(stop_code_name(0x01), ==, "APC_INDEX_MISMATCH");
    g_assert_cmpstr(stop_code_name(0x0A), ==, "IRQL_NOT_LESS_OR_EQUAL");
    g_assert_cmpstr(stop_code_name(0x50), ==, "PAGE_FAULT_IN_NONPAGED_AREA");
    g_assert_cmpstr(stop_code_name(0x7E), ==, "SYSTEM_THREAD_EXCEPTION_NOT_HANDLED");
    g_assert_cmpstr(stop_code_name(0x139), ==, "KERNEL_SECURITY_CHECK_FAILURE");
    g_assert_cmpstr(stop_code_name(0x1000007E), ==, "SYSTEM_THREAD_EXCEPTION_NOT_HANDLED_M");
    g_assert_cmpstr(stop_code_name(0xDEADDEAD), ==, "MANUALLY_INITIATED_CRASH1");
    g_assert_null(stop_code_name(0));
    g_assert_null(stop_code_name(0x7D));
    g_assert_null(stop_code_name(0xFFFFFFFF));
}

/* A search by halves finds every code only where the table is sorted; the count is the table's. */
static void test_names_sorted(void)
{
    guint found = 0;

    for (guint32 code = 0; code <= 0x20001; code++)
        found += stop_code_name(code) != NULL;
    for (guint32 code = 0x10000000; code <= 0x10000100; code++)
        found += stop_code_name(code) != NULL;
    for (guint32 code = 0xC0000200; code <= 0xC0000300; code++)
        found += stop_code_name(code) != NULL;
    found += stop_code_name(0xDEADDEAD) != NULL;
    g_assert_cmpuint(found, ==, 155);
}

/* QEMU's own words for a Windows guest's hyperv device; the numbers need all 64 bits. */
static void test_panic_info(void)
{
    Stop stop;
    g_assert_true(stop_from_panic_info(
        "{\"action\": \"pause\", \"info\": {\"type\": \"hyper-v\", \"arg1\": 126, \"arg2\": "
        "18446744072635809797, \"arg3\": 1, \"arg4\": 2, \"arg5\": 3}}",
        &stop));
    g_assert_cmphex(stop.code, ==, 0x7E);
    g_assert_cmphex(stop.parameters[0], ==, 0xFFFFFFFFC0000005);
    g_assert_cmphex(stop.parameters[3], ==, 3);
    g_assert_false(stop_from_panic_info("{\"action\":\"pause\"}", &stop));
    g_assert_false(stop_from_panic_info("{\"info\":{\"type\":\"hyper-v\",\"arg1\":1}}", &stop));
    g_assert_false(stop_from_panic_info("", &stop));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/stop/found", test_found);
    g_test_add_func("/stop/quiet", test_quiet);
    g_test_add_func("/stop/modules", test_modules);
    g_test_add_func("/stop/cut-anywhere", test_cut_anywhere);
    g_test_add_func("/stop/panic-info", test_panic_info);
    g_test_add_func("/stop/names", test_names);
    g_test_add_func("/stop/names-sorted", test_names_sorted);
    return g_test_run();
}
