/* SPDX-License-Identifier: GPL-2.0-or-later
 * Fuzz target: whatever bytes a file of the seven kinds holds, each parser ends, with what it read
 * or with one line at a place.
 */
#include <stdint.h>
#include <string.h>

#include "model/known.h"
#include "model/lab.h"
#include "model/load-profile.h"
#include "model/requirements.h"
#include "util/error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Clears the error for the next parser. */
static void check(bool parsed, GError **error)
{
    if (parsed) {
        g_assert_no_error(*error);
        return;
    }
    g_assert_error(*error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    g_assert_null(strchr((*error)->message, '\n'));
    g_assert_true(g_str_has_prefix((*error)->message, "input.xml:"));
    g_assert_true(g_utf8_validate((*error)->message, -1, NULL));
    g_clear_error(error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    g_autoptr(Guest) guest = NULL;
    g_autoptr(Vendor) vendor = NULL;
    g_autoptr(Scenario) scenario = NULL;
    g_autoptr(Lab) lab = NULL;
    g_autoptr(Known) known = NULL;
    g_autoptr(LoadProfile) profile = NULL;
    g_autoptr(Requirements) requirements = NULL;
    GError *error = NULL;

    g_setenv("TRUCE_SHARE", TRUCE_SHARE_FOLDER, FALSE);
    check(guest_parse(text, size, "input.xml", &guest, &error), &error);
    check(vendor_parse(text, size, "input.xml", &vendor, &error), &error);
    check(scenario_parse(text, size, "input.xml", &scenario, &error), &error);
    check(lab_parse(text, size, "input.xml", &lab, &error), &error);
    check(known_parse(text, size, "input.xml", "2026-11-22", &known, &error), &error);
    check(load_profile_parse(text, size, "input.xml", &profile, &error), &error);
    check(requirements_parse(text, size, "input.xml", &requirements, &error), &error);
    return 0;
}
