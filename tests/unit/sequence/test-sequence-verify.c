/* SPDX-License-Identifier: GPL-2.0-or-later
 * The verifier by itself, on arrays written by hand: complete ones pass, and every kind of fault is
 * found and named.
 */
#include <string.h>

#include "sample.h"
#include "util/error.h"

/* The six orders of three events. */
static const char six[] = "012\n021\n102\n120\n201\n210";

static void test_complete(void)
{
    g_autoptr(SequenceModel) model = sequence_model_new_numbered(3);
    g_autoptr(SequenceArray) array = sample_rows(3, 3, six);
    g_autoptr(SequenceCheck) check = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_true(sequence_verify(model, array, 10, &check, &error));
    g_assert_cmpuint(check->wanted, ==, 6);
    g_assert_cmpuint(check->missing, ==, 0);
}

static void test_missing_order(void)
{
    g_autoptr(SequenceModel) model = sequence_model_new_numbered(3);
    g_autoptr(SequenceArray) array = sample_rows(3, 3, "012\n021\n102\n120\n201\n201");
    g_autoptr(SequenceCheck) check = NULL;
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_true(sequence_verify(model, array, 10, &check, &error));
    g_assert_cmpuint(check->missing, ==, 1);
    text = sequence_gap_text(model, &g_array_index(check->gaps, SequenceGap, 0));
    g_assert_cmpstr(text, ==, "'3' before '2' before '1'");
}

/* One row of 5 events at t = 3 covers 10 of 60 orders; the list ends at its limit. */
static void test_limit(void)
{
    g_autoptr(SequenceModel) model = sequence_model_new_numbered(5);
    g_autoptr(SequenceArray) array = sample_rows(5, 3, "01234");
    g_autoptr(SequenceCheck) check = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_true(sequence_verify(model, array, 7, &check, &error));
    g_assert_cmpuint(check->wanted, ==, 60);
    g_assert_cmpuint(check->missing, ==, 50);
    g_assert_cmpuint(check->gaps->len, ==, 7);
}

/* Seven rows are the fewest that 5 events take at t = 3, so the verifier must miss something
 * wherever one of them is replaced by its neighbour. */
static void test_each_row_matters(void)
{
    g_autoptr(SequenceModel) model = sequence_model_new_numbered(5);

    for (guint r = 0; r < 7; r++) {
        g_autoptr(SequenceArray) array = sample_array(model, 3, 200000);
        g_autoptr(SequenceCheck) check = NULL;
        g_autoptr(GError) error = NULL;

        g_assert_cmpuint(array->rows, ==, 7);
        memcpy(array->cells + r * 5, array->cells + (r + 1) % 7 * 5, 5 * sizeof *array->cells);
        g_assert_true(sequence_verify(model, array, 1, &check, &error));
        g_assert_cmpuint(check->missing, >, 0);
    }
}

static void test_rules_leave_less_to_want(void)
{
    g_autoptr(SequenceModel) model = sequence_model_new_numbered(3);
    g_autoptr(SequenceArray) array = sample_rows(3, 3, "012\n021\n201");
    g_autoptr(SequenceCheck) check = NULL;
    g_autoptr(GError) error = NULL;

    sequence_model_add_rule(model, 0, 1, false);
    g_assert_true(sequence_verify(model, array, 1, &check, &error));
    g_assert_cmpuint(check->wanted, ==, 3);
    g_assert_cmpuint(check->missing, ==, 0);
}

static void test_missing_presence(void)
{
    g_autoptr(SequenceModel) model = sequence_model_new();
    g_autoptr(SequenceArray) array = sample_rows(2, 2, "01\n10\n1");
    g_autoptr(SequenceCheck) check = NULL;
    g_autofree char *alone = NULL, *both = NULL;
    g_autoptr(GError) error = NULL;

    sequence_model_add_event(model, "update", SEQUENCE_ANYWHERE, true);
    sequence_model_add_event(model, "reboot", SEQUENCE_ANYWHERE, true);
    g_assert_true(sequence_verify(model, array, 9, &check, &error));
    g_assert_cmpuint(check->wanted, ==, 2 + 2 + 4);
    g_assert_cmpuint(check->missing, ==, 3);
    both = sequence_gap_text(model, &g_array_index(check->gaps, SequenceGap, 0));
    g_assert_cmpstr(both, ==, "'update' absent and 'reboot' absent");
    alone = sequence_gap_text(model, &g_array_index(check->gaps, SequenceGap, 2));
    g_assert_cmpstr(alone, ==, "'reboot' absent");
}

static void refuse(const SequenceModel *model, const char *rows, const char *words)
{
    g_autoptr(SequenceArray) array = sample_rows(model->events->len, 3, rows);
    SequenceCheck *check = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_false(sequence_verify(model, array, 1, &check, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    g_assert_null(check);
    g_assert_cmpstr(error->message, ==, words);
}

static void test_wrong_rows(void)
{
    g_autoptr(SequenceModel) model = sample_model();

    refuse(model, "0123456\n0113456", "row 2 of the sequences: 'install-a' is there twice");
    refuse(model, "0213456", "row 1 of the sequences: 'install-a' must come before 'update-a'");
    refuse(model, "1023456", "row 1 of the sequences: 'setup' must come before 'install-a'");
    refuse(model, "0123465", "row 1 of the sequences: 'reboot' must come before 'uninstall-a'");
    refuse(model, "023456", "row 1 of the sequences: 'install-a' is absent and not optional");
    refuse(model, "012456", "row 1 of the sequences: 'update-b' needs 'install-b'");
    refuse(model, "0123457", "row 1 of the sequences: it holds an event that there is not");
}

static void test_other_model(void)
{
    g_autoptr(SequenceModel) model = sequence_model_new_numbered(4);
    g_autoptr(SequenceArray) array = sample_rows(3, 3, six);
    SequenceCheck *check = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_false(sequence_verify(model, array, 1, &check, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sequence/verify/complete", test_complete);
    g_test_add_func("/sequence/verify/missing-order", test_missing_order);
    g_test_add_func("/sequence/verify/limit", test_limit);
    g_test_add_func("/sequence/verify/each-row-matters", test_each_row_matters);
    g_test_add_func("/sequence/verify/rules-leave-less", test_rules_leave_less_to_want);
    g_test_add_func("/sequence/verify/missing-presence", test_missing_presence);
    g_test_add_func("/sequence/verify/wrong-rows", test_wrong_rows);
    g_test_add_func("/sequence/verify/other-model", test_other_model);
    return g_test_run();
}
