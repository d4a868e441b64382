// SPDX-License-Identifier: GPL-2.0-or-later
// Host side: composes content files, well-formed ones, whatever fields their rules read.
#pragma once

#include "content.h"

/* A rule of wildcards but for one matcher: FIELD, counted from 1, contains TEXT. */
struct content_rule_text {
    uint32_t field;
    const char *text;
};

/* Room for any content file. */
struct content_buffer {
    _Alignas(8) uint8_t bytes[CONTENT_MAX_SIZE];
    size_t size;
};

/* False where a number or text is out of the format's range. */
bool content_build(struct content_buffer *buffer, uint32_t version, uint32_t field_count,
                   const struct content_rule_text *rules, uint32_t rule_count);

/* Sets the checksum again after bytes were changed. */
void content_seal(struct content_buffer *buffer);
