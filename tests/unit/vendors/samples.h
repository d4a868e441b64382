// SPDX-License-Identifier: GPL-2.0-or-later
// The three contents of a reference vendor, as guests/vendors/<name>/CMakeLists.txt makes them.
#pragma once

#include <glib.h>

#include "common/content-build.h"
#include "common/event.h"

static inline void sample_content(struct content_buffer *buffer, uint32_t version,
                                  const char *marker_1, const char *marker_2)
{
    const struct content_rule_text rules[] = {
        {EVENT_HEAD + 1, marker_1}, {EVENT_HEAD + 1, marker_2}, {EVENT_FIELDS + 1, "test-pipe"}};

    g_assert_true(content_build(buffer, version, version == 1 ? EVENT_FIELDS : EVENT_FIELDS + 1,
                                rules, version));
}

/* Packs the event of a file with HEAD. */
static inline size_t sample_event(char packed[EVENT_MAX_PACKED], const char *head)
{
    const char *fields[EVENT_FIELDS] = {[EVENT_KIND] = "file-change", [EVENT_HEAD] = head};
    size_t size = event_pack(packed, EVENT_MAX_PACKED, fields);

    g_assert_cmpuint(size, >, 0);
    return size;
}
