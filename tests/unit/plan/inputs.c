/* SPDX-License-Identifier: GPL-2.0-or-later
 * Inputs for tests of the plan; see inputs.h.
 */
#include "inputs.h"

#include <glib/gstdio.h>

#define MODEL_LAB TRUCE_SOURCE_DIR "/tests/unit/model/lab"

Inputs *test_inputs(const char *file)
{
    g_autoptr(Lab) lab = g_new0(Lab, 1);
    g_autoptr(GError) error = NULL;
    Inputs *inputs = NULL;

    lab->state_folder = g_strdup("/nowhere");
    lab->vendor_folders = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(lab->vendor_folders, g_strdup(MODEL_LAB "/vendors"));
    lab->guest_recipes = g_strdup(MODEL_LAB "/guests");
    g_assert_cmpint(g_chdir(TRUCE_TEST_DATA), ==, 0);
    inputs_read(lab, file, &inputs, &error);
    g_assert_no_error(error);
    return inputs;
}
