// SPDX-License-Identifier: GPL-2.0-or-later
// Alder's content interpreter; see interpreter.h for the fault of product 1.0.
#include "interpreter.h"

#include <string.h>

bool alder_event_set(struct alder_event *event, const char *packed, size_t size)
{
    if (!event_packed_check(packed, size))
        return false;
    memcpy(event->text, packed, size);
    event_fields_set(event->fields, event->text);
    return true;
}

bool alder_accept(const void *data, size_t size, struct content *ret_content)
{
    struct content content;

    if (!content_check(data, size, &content))
        return false;
#if ALDER_PRODUCT >= 11
    if (content_fields_read(&content) > EVENT_FIELDS)
        return false;
#endif
    *ret_content = content;
    return true;
}

static bool rule_matches(const struct content_matcher *matchers, uint32_t count,
                         const char *const *fields)
{
    for (uint32_t i = 0; i < count; i++) {
        if (matchers[i].kind != CONTENT_WILDCARD &&
            !content_matcher_accepts(&matchers[i], fields[i]))
            return false;
    }
    return true;
}

uint32_t alder_match(const struct content *content, const char *const *fields)
{
    for (uint32_t rule = 0; rule < content->header->rule_count; rule++) {
        if (rule_matches(content_rule(content, rule), content->header->field_count, fields))
            return rule + 1;
    }
    return 0;
}
