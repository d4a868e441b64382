/* SPDX-License-Identifier: GPL-2.0-or-later
 * Sequences under rules and with events that may be absent.
 */
#include <string.h>

#include "sample.h"
#include "util/error.h"

/* Where an event stands in a row, or -1. */
static int place(const SequenceArray *array, guint row, guint event)
{
    for (guint i = 0; i < array->length[row]; i++)
        if (array->cells[row * array->events + i] == event)
            return (int)i;
    return -1;
}

static void test_rules_hold(void)
{
    g_autoptr(SequenceModel) model = sample_model();

    for (guint strength = 2; strength <= 4; strength++) {
        g_autoptr(SequenceArray) array = sample_array(model, strength, 3000);
        guint without_reboot = 0;

        for (guint r = 0; r < array->rows; r++) {
            g_assert_cmpint(place(array, r, SETUP), ==, 0);
            g_assert_cmpint(place(array, r, UNINSTALL_A), ==, (int)array->length[r] - 1);
            g_assert_cmpint(place(array, r, INSTALL_A), >, 0);
            if (place(array, r, UPDATE_A) >= 0)
                g_assert_cmpint(place(array, r, INSTALL_A), <, place(array, r, UPDATE_A));
            if (place(array, r, UPDATE_B) >= 0) {
                g_assert_cmpint(place(array, r, INSTALL_B), >=, 0);
                g_assert_cmpint(place(array, r, INSTALL_B), <, place(array, r, UPDATE_B));
            }
            without_reboot += place(array, r, REBOOT) < 0;
        }
        g_assert_cmpuint(without_reboot, >, 0);
        g_assert_cmpuint(without_reboot, <, array->rows);
    }
}

/* A chain leaves one order, and one row. */
static void test_chain(void)
{
    g_autoptr(SequenceModel) model = sequence_model_new_numbered(6);
    g_autoptr(SequenceArray) array = NULL;

    for (guint i = 0; i < 5; i++)
        sequence_model_add_rule(model, i + 1, i, false);
    array = sample_array(model, 3, 1000);
    g_assert_cmpuint(array->rows, ==, 1);
    for (guint i = 0; i < 6; i++)
        g_assert_cmpuint(array->cells[i], ==, 5 - i);
}

/* t = 2 under rules needs as many rows as the partial order has dimensions: the "standard example"
 * on 3 + 3 events has three. */
static void test_dimension_three(void)
{
    g_autoptr(SequenceModel) model = sequence_model_new_numbered(6);
    g_autoptr(SequenceArray) array = NULL;

    for (guint a = 0; a < 3; a++)
        for (guint b = 0; b < 3; b++)
            if (a != b)
                sequence_model_add_rule(model, a, 3 + b, false);
    array = sample_array(model, 2, 5000);
    g_assert_cmpuint(array->rows, ==, 3);
}

/* An event that a mandatory one needs is in every row. */
static void test_needed_by_mandatory(void)
{
    g_autoptr(SequenceModel) model = sequence_model_new();
    g_autoptr(SequenceArray) array = NULL;

    sequence_model_add_event(model, "install", SEQUENCE_ANYWHERE, true);
    sequence_model_add_event(model, "update", SEQUENCE_ANYWHERE, true);
    sequence_model_add_event(model, "scan", SEQUENCE_ANYWHERE, false);
    sequence_model_add_rule(model, 0, 1, true);
    sequence_model_add_rule(model, 1, 2, true);
    array = sample_array(model, 3, 100);
    g_assert_cmpuint(array->rows, ==, 1);
    g_assert_cmpuint(array->length[0], ==, 3);
}

/* Without needs between them, two optional events appear in all four combinations, and each alone
 * at presence 1 is absent somewhere. */
static void test_presence(void)
{
    for (guint presence = 1; presence <= 2; presence++) {
        g_autoptr(SequenceModel) model = sequence_model_new();
        SequenceOptions options = SEQUENCE_OPTIONS_DEFAULT;
        g_autoptr(SequenceArray) array = NULL;
        g_autoptr(GError) error = NULL;
        guint seen[2][2] = {{0}};

        sequence_model_add_event(model, "a", SEQUENCE_ANYWHERE, true);
        sequence_model_add_event(model, "b", SEQUENCE_ANYWHERE, true);
        sequence_model_add_event(model, "c", SEQUENCE_ANYWHERE, false);
        options.presence = presence;
        options.iterations = 1000;
        g_assert_true(sequence_generate(model, &options, &array, &error));
        for (guint r = 0; r < array->rows; r++)
            seen[place(array, r, 0) >= 0][place(array, r, 1) >= 0]++;
        g_assert_cmpuint(seen[0][0] + seen[0][1], >, 0);
        g_assert_cmpuint(seen[0][0] + seen[1][0], >, 0);
        g_assert_cmpuint(seen[1][1], ==, 6);
        if (presence == 2)
            g_assert_true(seen[0][0] && seen[0][1] && seen[1][0]);
    }
}

/* All events optional: a row may be empty, and is valid. */
static void test_all_optional(void)
{
    g_autoptr(SequenceModel) model = sequence_model_new();
    g_autoptr(SequenceArray) array = NULL;

    for (guint i = 0; i < 8; i++) {
        char name[2] = {(char)('a' + i), '\0'};

        sequence_model_add_event(model, name, SEQUENCE_ANYWHERE, true);
    }
    array = sample_array(model, 3, 20000);
    g_assert_cmpuint(array->rows, <=, 16);
}

static void refuse(const SequenceModel *model, const SequenceOptions *options, const char *words)
{
    SequenceArray *array = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_false(sequence_generate(model, options, &array, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    g_assert_null(array);
    if (!strstr(error->message, words))
        g_error("'%s' does not say '%s'", error->message, words);
}

static void test_cycles_are_named(void)
{
    SequenceOptions options = SEQUENCE_OPTIONS_DEFAULT;
    g_autoptr(SequenceModel) model = sample_model();
    g_autoptr(SequenceModel) self = sequence_model_new_numbered(3);
    g_autoptr(SequenceModel) place_cycle = sample_model();

    sequence_model_add_rule(model, UPDATE_A, REBOOT, false);
    sequence_model_add_rule(model, REBOOT, INSTALL_A, false);
    refuse(model, &options, "'install-a' before 'update-a' before 'reboot' before 'install-a'");
    sequence_model_add_rule(self, 1, 1, false);
    refuse(self, &options, "'2' before '2'");
    sequence_model_add_rule(place_cycle, UNINSTALL_A, SETUP, false);
    refuse(place_cycle, &options, "'setup' before 'uninstall-a' before 'setup'");
}

/* Every event reaches the queue of the search for a cycle. */
static void test_long_cycle(void)
{
    SequenceOptions options = SEQUENCE_OPTIONS_DEFAULT;
    g_autoptr(SequenceModel) model = sequence_model_new_numbered(SEQUENCE_EVENTS_MAX);

    for (guint i = 0; i < SEQUENCE_EVENTS_MAX; i++)
        sequence_model_add_rule(model, i, (i + 1) % SEQUENCE_EVENTS_MAX, false);
    refuse(model, &options, "'1' before '2' before '3'");
}

static void test_wrong_models(void)
{
    SequenceOptions options = SEQUENCE_OPTIONS_DEFAULT;
    g_autoptr(SequenceModel) one = sequence_model_new_numbered(1);
    g_autoptr(SequenceModel) many = sequence_model_new_numbered(SEQUENCE_EVENTS_MAX + 1);
    g_autoptr(SequenceModel) twice = sequence_model_new_numbered(3);
    g_autoptr(SequenceModel) unnamed = sequence_model_new_numbered(3);
    g_autoptr(SequenceModel) stray = sequence_model_new_numbered(3);
    g_autoptr(SequenceModel) good = sequence_model_new_numbered(3);

    sequence_model_add_event(twice, "2", SEQUENCE_ANYWHERE, false);
    sequence_model_add_event(unnamed, "", SEQUENCE_ANYWHERE, false);
    sequence_model_add_rule(stray, 0, 3, false);
    refuse(one, &options, "2 to 120 events, not 1");
    refuse(many, &options, "2 to 120 events, not 121");
    refuse(twice, &options, "'2' is there twice");
    refuse(unnamed, &options, "event 4 has no name");
    refuse(stray, &options, "rule 1");
    options.strength = 5;
    refuse(good, &options, "not 5");
    options.strength = 1;
    refuse(good, &options, "not 1");
    options.strength = 3;
    options.presence = 3;
    refuse(good, &options, "not 3");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sequence/rules-hold", test_rules_hold);
    g_test_add_func("/sequence/chain", test_chain);
    g_test_add_func("/sequence/dimension-three", test_dimension_three);
    g_test_add_func("/sequence/needed-by-mandatory", test_needed_by_mandatory);
    g_test_add_func("/sequence/presence", test_presence);
    g_test_add_func("/sequence/all-optional", test_all_optional);
    g_test_add_func("/sequence/cycles-are-named", test_cycles_are_named);
    g_test_add_func("/sequence/long-cycle", test_long_cycle);
    g_test_add_func("/sequence/wrong-models", test_wrong_models);
    return g_test_run();
}
