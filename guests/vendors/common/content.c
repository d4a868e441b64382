// SPDX-License-Identifier: GPL-2.0-or-later
// Structural check and matching of content files; see content.h for the format.
#include "content.h"

#include <string.h>

uint32_t content_checksum(const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    uint32_t sum = 2166136261u;

    for (size_t i = 0; i < size; i++)
        sum = (sum ^ at[i]) * 16777619u;
    return sum;
}

static bool matcher_check(const struct content_matcher *matcher)
{
    return matcher->kind <= CONTENT_CONTAINS && matcher->length <= CONTENT_MAX_TEXT &&
           (matcher->kind == CONTENT_WILDCARD || matcher->length > 0);
}

bool content_check(const void *data, size_t size, struct content *ret_content)
{
    const struct content_header *header = data;
    const struct content_matcher *matchers = (const void *)(header + 1);
    const size_t summed = offsetof(struct content_header, version);

    if (size < sizeof *header || size > CONTENT_MAX_SIZE ||
        memcmp(header->magic, CONTENT_MAGIC, sizeof header->magic) != 0)
        return false;
    if (header->checksum != content_checksum((const uint8_t *)data + summed, size - summed))
        return false;
    if (header->version == 0 || header->template_id != CONTENT_TEMPLATE ||
        header->field_count == 0 || header->field_count > CONTENT_MAX_FIELDS ||
        header->rule_count == 0 || header->rule_count > CONTENT_MAX_RULES)
        return false;

    size_t count = (size_t)header->field_count * header->rule_count;
    if (size != sizeof *header + count * sizeof *matchers)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!matcher_check(&matchers[i]))
            return false;
    }
    *ret_content = (struct content){.header = header, .matchers = matchers};
    return true;
}

bool content_peek_version(const void *data, size_t size, uint32_t *ret_version)
{
    const struct content_header *header = data;

    if (size < sizeof *header || memcmp(header->magic, CONTENT_MAGIC, sizeof header->magic) != 0)
        return false;
    *ret_version = header->version;
    return true;
}

const struct content_matcher *content_rule(const struct content *content, uint32_t rule)
{
    return &content->matchers[(size_t)rule * content->header->field_count];
}

uint32_t content_fields_read(const struct content *content)
{
    uint32_t highest = 0;

    for (uint32_t rule = 0; rule < content->header->rule_count; rule++) {
        const struct content_matcher *matchers = content_rule(content, rule);
        for (uint32_t i = 0; i < content->header->field_count; i++) {
            if (matchers[i].kind != CONTENT_WILDCARD && i >= highest)
                highest = i + 1;
        }
    }
    return highest;
}

bool content_matcher_accepts(const struct content_matcher *matcher, const char *field)
{
    size_t length = 0;

    while (field[length] != '\0')
        length++;
    if (length < matcher->length)
        return false;
    if (matcher->kind == CONTENT_EQUALS)
        return length == matcher->length && memcmp(field, matcher->text, length) == 0;
    for (size_t i = 0; i + matcher->length <= length; i++) {
        if (memcmp(field + i, matcher->text, matcher->length) == 0)
            return true;
    }
    return false;
}
