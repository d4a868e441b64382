// SPDX-License-Identifier: GPL-2.0-or-later
// Alder's content interpreter; see interpreter.h for the faults.
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

#ifdef FAULT_ZERO_FILLED
struct template
{
    uint32_t id;
    uint32_t fields;
};

/* Not inlined, or the compiler would see through the fault and put a trap in its place. */
static __attribute__((noipa)) const struct template *template_find(uint32_t id)
{
    static const struct template templates[] = {{CONTENT_TEMPLATE, CONTENT_MAX_FIELDS}};

    for (size_t i = 0; i < sizeof templates / sizeof *templates; i++) {
        if (templates[i].id == id)
            return &templates[i];
    }
    return NULL;
}
#endif

bool alder_accept(const void *data, size_t size, struct content *ret_content)
{
    struct content content;

#ifdef FAULT_ZERO_FILLED
    const struct content_header *header = data;
    if (size < sizeof *header || header->field_count > template_find(header->template_id)->fields)
        return false;
#endif
    if (!content_check(data, size, &content))
        return false;
#ifndef FAULT_OUT_OF_BOUNDS
    if (content_fields_read(&content) > EVENT_FIELDS)
        return false;
#endif
    *ret_content = content;
    return true;
}

#ifdef FAULT_DEEP_RECURSION
static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Each call keeps a copy of what it compares, so that case does not matter: a field of a thousand
 * characters takes two megabytes of a stack that has less. */
static __attribute__((noinline)) bool contains(const struct content_matcher *matcher,
                                               const char *field)
{
    volatile char folded[2048];
    size_t length = 0;

    while (length < matcher->length && field[length] != '\0') {
        folded[length] = lower(field[length]);
        length++;
    }
    if (length < matcher->length)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (folded[i] != lower(matcher->text[i]))
            return contains(matcher, field + 1) && folded[0] != '\0';
    }
    return true;
}
#endif

static bool matches(const struct content_matcher *matcher, const char *field)
{
#ifdef FAULT_DEEP_RECURSION
    if (matcher->kind == CONTENT_CONTAINS)
        return contains(matcher, field);
#endif
    return content_matcher_accepts(matcher, field);
}

static bool rule_matches(const struct content_matcher *matchers, uint32_t count,
                         const char *const *fields)
{
    for (uint32_t i = 0; i < count; i++) {
        if (matchers[i].kind != CONTENT_WILDCARD && !matches(&matchers[i], fields[i]))
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
