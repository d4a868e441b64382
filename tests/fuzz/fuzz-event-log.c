/* SPDX-License-Identifier: GPL-2.0-or-later
 * Fuzz target: whatever a guest prints as its System log, reading it ends, within its bounds, and
 * what is kept can be shown.
 */
#include <stdint.h>

#include "triage/event-log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GPtrArray) events = NULL;

    if (!event_log_parse((const char *)data, size, &events, NULL))
        return 0;
    g_assert_cmpuint(events->len, <=, EVENT_LOG_MAX);
    for (guint i = 0; i < events->len; i++) {
        g_autofree char *text = event_log_text(events->pdata[i]);
        g_assert_true(g_utf8_validate(text, -1, NULL));
    }
    return 0;
}
