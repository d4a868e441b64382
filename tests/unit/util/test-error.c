/* SPDX-License-Identifier: GPL-2.0-or-later
 * Which exit status an error stands for.
 */
#include "util/error.h"

static void test_exit_status(void)
{
    static const struct {
        TruceError code;
        int status;
    } cases[] = {
        {TRUCE_ERROR_INPUT, 2}, {TRUCE_ERROR_LAB, 3},   {TRUCE_ERROR_TIMEOUT, 3},
        {TRUCE_ERROR_GUEST, 3}, {TRUCE_ERROR_AGENT, 3}, {TRUCE_ERROR_CANCELLED, 130},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = g_error_new(TRUCE_ERROR, (int)cases[i].code, "x");
        g_assert_cmpint(truce_error_exit_status(error), ==, cases[i].status);
    }
    g_autoptr(GError) foreign = g_error_new(G_FILE_ERROR, G_FILE_ERROR_EXIST, "x");
    g_assert_cmpint(truce_error_exit_status(foreign), ==, 3);
}

static void test_domain_name(void)
{
    g_assert_cmpstr(g_quark_to_string(TRUCE_ERROR), ==, "truce_error_quark");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/error/exit-status", test_exit_status);
    g_test_add_func("/error/domain-name", test_domain_name);
    return g_test_run();
}
