/* SPDX-License-Identifier: GPL-2.0-or-later
 * From attempts to a verdict: every sequence of outcomes, by a table.
 */
#include "run/verdict.h"

#include <string.h>

/* p, f, e, i(nconclusive), n(ot run): how the attempts would end; as many are made as it takes. */
static const struct {
    const char *ends;
    guint attempts;
    guint made;
    CaseState state;
    const char *disagreement;
} table[] = {
    {"p", 1, 1, CASE_PASSED, NULL},
    {"f", 1, 1, CASE_FAILED, NULL},
    {"e", 1, 1, CASE_ERROR, NULL},
    {"pfp", 3, 1, CASE_PASSED, NULL},
    {"ff", 2, 2, CASE_FAILED, NULL},
    {"fff", 3, 2, CASE_FAILED, NULL},
    {"fp", 2, 2, CASE_FLAKY, "attempts disagree: 1 failed, 1 passed"},
    {"fpf", 3, 2, CASE_FLAKY, "attempts disagree: 1 failed, 1 passed"},
    {"ep", 2, 2, CASE_FLAKY, "attempts disagree: 1 error, 1 passed"},
    {"ef", 2, 2, CASE_FAILED, NULL},
    {"fe", 2, 2, CASE_FAILED, NULL},
    {"fef", 3, 3, CASE_FAILED, NULL},
    {"efp", 3, 3, CASE_FLAKY, "attempts disagree: 1 failed, 1 error, 1 passed"},
    {"eee", 3, 3, CASE_ERROR, NULL},
    {"i", 1, 1, CASE_FLAKY, NULL},
    {"iip", 3, 3, CASE_PASSED, NULL},
    {"if", 2, 2, CASE_FAILED, NULL},
    {"ie", 2, 2, CASE_FLAKY, NULL},
    {"n", 1, 1, CASE_NOT_RUN, NULL},
    {"nf", 1, 2, CASE_FAILED, NULL},
    {"nfnp", 2, 4, CASE_FLAKY, "attempts disagree: 1 failed, 1 passed"},
};

static CaseState state_of(char letter)
{
    return strchr("pi", letter) ? CASE_PASSED
           : letter == 'f'      ? CASE_FAILED
           : letter == 'e'      ? CASE_ERROR
                                : CASE_NOT_RUN;
}

static void test_table(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
        Verdict verdict = {0};
        const char *next = table[i].ends;
        while (*next && verdict_is_open(&verdict, table[i].attempts)) {
            verdict.begun++;
            verdict_add(&verdict, state_of(*next), *next == 'i');
            next++;
        }
        g_autofree char *disagreement = verdict_disagreement(&verdict);
        g_test_message("%s of %u", table[i].ends, table[i].attempts);
        g_assert_cmpuint(verdict.begun, ==, table[i].made);
        g_assert_cmpint(verdict_state(&verdict), ==, table[i].state);
        g_assert_cmpstr(disagreement, ==, table[i].disagreement);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/verdict/table", test_table);
    return g_test_run();
}
