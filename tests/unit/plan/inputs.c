/* SPDX-License-Identifier: GPL-2.0-or-later
 * Inputs for tests of the plan; see inputs.h.
 */
#include "inputs.h"

#include <glib/gstdio.h>

#define MODEL_LAB TRUCE_SOURCE_DIR "/tests/unit/model/lab"

Inputs *test_inputs(const char *file)
{
    static const char lab_xml[] = "<lab format='1'><vendors folder='vendors'/></lab>";
    g_autoptr(Lab) lab = NULL;
    g_autoptr(GError) error = NULL;
    Inputs *inputs = NULL;

    lab_parse(lab_xml, sizeof lab_xml - 1, MODEL_LAB "/lab.xml", &lab, &error);
    g_assert_no_error(error);
    g_free(lab->guest_recipes);
    lab->guest_recipes = g_strdup(MODEL_LAB "/guests");
    g_assert_cmpint(g_chdir(TRUCE_TEST_DATA), ==, 0);
    inputs_read(lab, file, &inputs, &error);
    g_assert_no_error(error);
    return inputs;
}
