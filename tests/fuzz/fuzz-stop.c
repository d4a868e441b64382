/* SPDX-License-Identifier: GPL-2.0-or-later
 * Fuzz target: whatever a guest writes on its serial port, looking for STOP lines ends, and a
 * module that is named is one that can be shown.
 */
#include <stdint.h>

#include "triage/stop.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    Stop stop;
    bool found = stop_find(text, size, &stop);

    g_assert_true(found == (stop_count(text, size) > 0));
    if (!found)
        return 0;
    for (guint i = 0; i < G_N_ELEMENTS(stop.module) && stop.module[i]; i++)
        g_assert_true(g_ascii_isgraph(stop.module[i]));
    g_assert_cmpint(stop.module[G_N_ELEMENTS(stop.module) - 1], ==, '\0');
    return 0;
}
