// SPDX-License-Identifier: GPL-2.0-or-later
// The detection engine of the products that judge in user mode; see engine.h.
#include "engine.h"

#include <string.h>

bool engine_accepts(const void *data, size_t size)
{
    struct content content;

    return content_check(data, size, &content) && content_fields_read(&content) <= EVENT_FIELDS;
}

bool engine_load(struct engine *engine, const void *data, size_t size)
{
    if (!engine_accepts(data, size))
        return false;
    memcpy(engine->bytes, data, size);
    content_check(engine->bytes, size, &engine->content);
    engine->size = size;
    engine->version = engine->content.header->version;
    return true;
}

static bool rule_matches(const struct content_matcher *matchers, uint32_t count,
                         const char *const *fields)
{
    for (uint32_t i = 0; i < count && i < EVENT_FIELDS; i++) {
        if (matchers[i].kind != CONTENT_WILDCARD &&
            !content_matcher_accepts(&matchers[i], fields[i]))
            return false;
    }
    return true;
}

uint32_t engine_match(const struct engine *engine, const char *packed, size_t size)
{
    const char *fields[EVENT_FIELDS];

    if (engine->version == 0 || !event_packed_check(packed, size))
        return 0;
    event_fields_set(fields, packed);
    for (uint32_t rule = 0; rule < engine->content.header->rule_count; rule++) {
        if (rule_matches(content_rule(&engine->content, rule), engine->content.header->field_count,
                         fields))
            return rule + 1;
    }
    return 0;
}
