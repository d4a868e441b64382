// SPDX-License-Identifier: GPL-2.0-or-later
// Composing content files; see content-build.h.
#include "content-build.h"

#include <string.h>

void content_seal(struct content_buffer *buffer)
{
    struct content_header *header = (void *)buffer->bytes;
    const size_t summed = offsetof(struct content_header, version);

    header->checksum = content_checksum(buffer->bytes + summed, buffer->size - summed);
}

bool content_build(struct content_buffer *buffer, uint32_t version, uint32_t field_count,
                   const struct content_rule_text *rules, uint32_t rule_count)
{
    struct content_header *header = (void *)buffer->bytes;
    struct content_matcher *matchers = (void *)(header + 1);
    struct content content;

    if (field_count > CONTENT_MAX_FIELDS || rule_count > CONTENT_MAX_RULES)
        return false;
    memset(buffer, 0, sizeof *buffer);
    memcpy(header->magic, CONTENT_MAGIC, sizeof header->magic);
    header->version = version;
    header->template_id = CONTENT_TEMPLATE;
    header->field_count = field_count;
    header->rule_count = rule_count;
    for (uint32_t i = 0; i < rule_count; i++, matchers += field_count) {
        size_t length = strlen(rules[i].text);
        if (rules[i].field == 0 || rules[i].field > field_count || length > CONTENT_MAX_TEXT)
            return false;
        struct content_matcher *matcher = &matchers[rules[i].field - 1];
        matcher->kind = CONTENT_CONTAINS;
        matcher->length = (uint8_t)length;
        memcpy(matcher->text, rules[i].text, length);
    }
    buffer->size = (size_t)((uint8_t *)matchers - buffer->bytes);
    content_seal(buffer);
    return content_check(buffer->bytes, buffer->size, &content);
}
