/* SPDX-License-Identifier: GPL-2.0-or-later
 * What the tests of sequences share.
 */
#include "sample.h"

SequenceArray *sample_array(const SequenceModel *model, guint strength, guint64 iterations)
{
    SequenceOptions options = SEQUENCE_OPTIONS_DEFAULT;
    g_autoptr(SequenceArray) array = NULL;
    g_autoptr(SequenceCheck) check = NULL;
    g_autoptr(GError) error = NULL;

    options.strength = strength;
    options.iterations = iterations;
    options.budget_s = 0;
    sequence_generate(model, &options, &array, &error);
    g_assert_no_error(error);
    sequence_verify(model, array, 1, &check, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(check->missing, ==, 0);
    g_assert_cmpuint(check->wanted, >, 0);
    return g_steal_pointer(&array);
}

SequenceModel *sample_model(void)
{
    SequenceModel *model = sequence_model_new();

    sequence_model_add_event(model, "setup", SEQUENCE_FIRST, false);
    sequence_model_add_event(model, "install-a", SEQUENCE_ANYWHERE, false);
    sequence_model_add_event(model, "update-a", SEQUENCE_ANYWHERE, true);
    sequence_model_add_event(model, "install-b", SEQUENCE_ANYWHERE, true);
    sequence_model_add_event(model, "update-b", SEQUENCE_ANYWHERE, true);
    sequence_model_add_event(model, "reboot", SEQUENCE_ANYWHERE, true);
    sequence_model_add_event(model, "uninstall-a", SEQUENCE_LAST, false);
    sequence_model_add_rule(model, INSTALL_A, UPDATE_A, true);
    sequence_model_add_rule(model, INSTALL_B, UPDATE_B, true);
    return model;
}

SequenceArray *sample_rows(guint events, guint strength, const char *text)
{
    SequenceArray *array = g_new0(SequenceArray, 1);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    array->events = events;
    array->strength = strength;
    array->presence = 2;
    array->rows = g_strv_length(lines);
    array->length = g_new0(guint, array->rows);
    array->cells = g_new0(guint, (gsize)array->rows * events);
    for (guint r = 0; r < array->rows; r++)
        for (const char *at = lines[r]; *at; at++)
            array->cells[r * events + array->length[r]++] = (guint)(*at - '0');
    return array;
}
