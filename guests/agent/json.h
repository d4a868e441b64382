/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A small reader of JSON texts (RFC 8259) that come from the other side of a port.
 *
 * Reads one value into nodes that the caller provides, changing the text in place (strings are
 * decoded to UTF-8 where they stand), so nothing is allocated and every size has a bound. Numbers
 * are whole 64-bit integers: the guest agent's protocol has no others; a fraction or an exponent is
 * an error. A string may hold no U+0000.
 */
#ifndef TRUCE_JSON_H
#define TRUCE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_DEPTH_MAX 16

enum json_type {
    JSON_NULL,
    JSON_BOOL,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT,
};

struct json {
    enum json_type type;
    const char *key; /* in an object: the member's name */
    int64_t number;  /* a number's value; a bool's 0 or 1 */
    const char *string;
    size_t length; /* of the string, in bytes */
    struct json *child, *next;
};

/* Parses TEXT, LENGTH bytes that end with a zero byte beyond them. Returns the root, which is
 * nodes[0], or NULL if the text is no JSON value, nests deeper than JSON_DEPTH_MAX, or needs more
 * than COUNT nodes. The result points into TEXT and NODES. */
struct json *json_parse(char *text, size_t length, struct json *nodes, size_t count);

/* The member NAME of OBJECT; NULL if there is none, or OBJECT is NULL or no object. */
const struct json *json_member(const struct json *object, const char *name);

/* The same, for a member of the wanted type: NULL if it is absent or of another type. */
const char *json_string(const struct json *object, const char *name);
bool json_number(const struct json *object, const char *name, int64_t *ret_number);
bool json_bool(const struct json *object, const char *name);

#endif
