/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bounded JSON reader: see json.h. */
#include "json.h"

#include <string.h>

struct reader {
    char *at, *end;
    struct json *nodes;
    size_t used, count;
    int depth;
};

static bool read_value(struct reader *r, struct json *ret);

static void skip_space(struct reader *r)
{
    while (r->at < r->end && strchr(" \t\r\n", *r->at) && *r->at)
        r->at++;
}

static bool take(struct reader *r, char wanted)
{
    skip_space(r);
    if (r->at >= r->end || *r->at != wanted)
        return false;
    r->at++;
    return true;
}

static bool take_word(struct reader *r, const char *word)
{
    size_t n = strlen(word);

    if ((size_t)(r->end - r->at) < n || memcmp(r->at, word, n))
        return false;
    r->at += n;
    return true;
}

static struct json *new_node(struct reader *r)
{
    struct json *node = r->used < r->count ? &r->nodes[r->used++] : NULL;

    if (node)
        memset(node, 0, sizeof *node);
    return node;
}

static bool read_hex4(struct reader *r, uint32_t *ret_unit)
{
    uint32_t unit = 0;

    if (r->end - r->at < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        char c = *r->at++;
        uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
                         : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10)
                                                : 16;
        if (digit > 15)
            return false;
        unit = unit << 4 | digit;
    }
    *ret_unit = unit;
    return true;
}

static char *put_utf8(char *out, uint32_t c)
{
    if (c < 0x80) {
        *out++ = (char)c;
        return out;
    }
    if (c < 0x800) {
        *out++ = (char)(0xc0 | c >> 6);
    } else {
        if (c < 0x10000) {
            *out++ = (char)(0xe0 | c >> 12);
        } else {
            *out++ = (char)(0xf0 | c >> 18);
            *out++ = (char)(0x80 | (c >> 12 & 0x3f));
        }
        *out++ = (char)(0x80 | (c >> 6 & 0x3f));
    }
    *out++ = (char)(0x80 | (c & 0x3f));
    return out;
}

/* After "\u": one UTF-16 unit, or two that pair; a zero or an unpaired one is an error. */
static bool read_unicode(struct reader *r, char **out)
{
    uint32_t unit, low;

    if (!read_hex4(r, &unit) || unit == 0 || (unit >= 0xdc00 && unit <= 0xdfff))
        return false;
    if (unit >= 0xd800 && unit <= 0xdbff) {
        if (!take_word(r, "\\u") || !read_hex4(r, &low) || low < 0xdc00 || low > 0xdfff)
            return false;
        unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
    }
    *out = put_utf8(*out, unit);
    return true;
}

static bool read_escape(struct reader *r, char **out)
{
    static const char codes[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    const char *found;

    if (r->at >= r->end)
        return false;
    if (*r->at == 'u') {
        r->at++;
        return read_unicode(r, out);
    }
    found = *r->at ? strchr(codes, *r->at) : NULL;
    if (!found)
        return false;
    r->at++;
    *(*out)++ = values[found - codes];
    return true;
}

/* Decodes in place: an escape is never shorter than the bytes that it stands for. */
static bool read_string(struct reader *r, const char **ret_string, size_t *ret_length)
{
    char *start, *out;

    if (!take(r, '"'))
        return false;
    start = out = r->at;
    while (r->at < r->end && *r->at != '"') {
        char c = *r->at++;
        if ((unsigned char)c < 0x20)
            return false;
        if (c != '\\')
            *out++ = c;
        else if (!read_escape(r, &out))
            return false;
    }
    if (r->at >= r->end)
        return false;
    r->at++;
    *out = '\0';
    *ret_string = start;
    *ret_length = (size_t)(out - start);
    return true;
}

static bool read_number(struct reader *r, int64_t *ret_number)
{
    bool negative = r->at < r->end && *r->at == '-';
    uint64_t value = 0, limit = (uint64_t)INT64_MAX + negative;
    char *digits;

    r->at += negative;
    digits = r->at;
    while (r->at < r->end && *r->at >= '0' && *r->at <= '9') {
        uint64_t digit = (uint64_t)(*r->at++ - '0');
        if (value > (limit - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    if (r->at == digits || (*digits == '0' && r->at - digits > 1) ||
        (r->at < r->end && *r->at && strchr(".eE", *r->at)))
        return false;
    *ret_number = negative ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}

/* The members of an object or the elements of an array, up to and with CLOSE. */
static bool read_children(struct reader *r, struct json *parent, char close)
{
    struct json **link = &parent->child;

    r->at++;
    if (++r->depth > JSON_DEPTH_MAX)
        return false;
    for (bool first = true; !take(r, close); first = false) {
        struct json *node;
        size_t key_length;
        if ((!first && !take(r, ',')) || !(node = new_node(r)))
            return false;
        if (close == '}' && (!read_string(r, &node->key, &key_length) || !take(r, ':')))
            return false;
        if (!read_value(r, node))
            return false;
        *link = node;
        link = &node->next;
    }
    r->depth--;
    return true;
}

static bool read_value(struct reader *r, struct json *ret)
{
    skip_space(r);
    if (r->at >= r->end)
        return false;
    switch (*r->at) {
    case '{':
        ret->type = JSON_OBJECT;
        return read_children(r, ret, '}');
    case '[':
        ret->type = JSON_ARRAY;
        return read_children(r, ret, ']');
    case '"':
        ret->type = JSON_STRING;
        return read_string(r, &ret->string, &ret->length);
    case 't':
        ret->type = JSON_BOOL;
        ret->number = 1;
        return take_word(r, "true");
    case 'f':
        ret->type = JSON_BOOL;
        return take_word(r, "false");
    case 'n':
        ret->type = JSON_NULL;
        return take_word(r, "null");
    default:
        ret->type = JSON_NUMBER;
        return read_number(r, &ret->number);
    }
}

struct json *json_parse(char *text, size_t length, struct json *nodes, size_t count)
{
    struct reader r = {.at = text, .end = text + length, .nodes = nodes, .count = count};
    struct json *root = new_node(&r);

    if (!root || !read_value(&r, root))
        return NULL;
    skip_space(&r);
    return r.at == r.end ? root : NULL;
}

const struct json *json_member(const struct json *object, const char *name)
{
    if (!object || object->type != JSON_OBJECT)
        return NULL;
    for (const struct json *m = object->child; m; m = m->next)
        if (!strcmp(m->key, name))
            return m;
    return NULL;
}

const char *json_string(const struct json *object, const char *name)
{
    const struct json *m = json_member(object, name);

    return m && m->type == JSON_STRING ? m->string : NULL;
}

bool json_number(const struct json *object, const char *name, int64_t *ret_number)
{
    const struct json *m = json_member(object, name);

    if (!m || m->type != JSON_NUMBER)
        return false;
    *ret_number = m->number;
    return true;
}

bool json_bool(const struct json *object, const char *name)
{
    const struct json *m = json_member(object, name);

    return m && m->type == JSON_BOOL && m->number;
}
