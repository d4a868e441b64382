/* SPDX-License-Identifier: GPL-2.0-or-later
 * What Setup's logs say of the cause.
 */
#include "install/trouble.h"

#include <string.h>

#define LINE(level, text) "2026-11-22 10:31:07, " level "                  IBS    " text "\r\n"

static void expect(const char *log, const char *cause)
{
    g_autofree char *last = trouble_last_error(log, strlen(log));
    g_assert_cmpstr(last, ==, cause);
}

static void test_last_error(void)
{
    expect(LINE("Info ", "begins") LINE("Error", "first") LINE("Warning", "w")
               LINE("Error", "[0x060565] Callback_Unattend: the answer file is invalid")
                   LINE("Info ", "ends"),
           "IBS    [0x060565] Callback_Unattend: the answer file is invalid");
    expect(LINE("Error", "cut \x01"), "IBS    cut ?");
    expect("2026-11-22 10:31:07, Error   no end of line", "no end of line");
}

static void test_none(void)
{
    expect("", NULL);
    expect(LINE("Info ", "Error messages: none"), NULL);
    expect(", Erro", NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/trouble/last-error", test_last_error);
    g_test_add_func("/trouble/none", test_none);
    return g_test_run();
}
