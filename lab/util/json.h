/* SPDX-License-Identifier: GPL-2.0-or-later
 * JSON from outside, bounded, and small helpers over cJSON.
 *
 * cJSON nests at most CJSON_NESTING_LIMIT (1000) deep; json_parse() refuses more than
 * JSON_NESTING_MAX, and texts longer than the caller's limit, before cJSON sees them.
 */
#pragma once

#include <stdbool.h>

#include "util/cleanup.h"

#define JSON_NESTING_MAX 64

/* Parses `length` bytes that must be one JSON value. `what` names the source in messages.
 * Fails with TRUCE_ERROR_INPUT and line:column where the text is not JSON, holds a NUL, is nested
 * deeper than JSON_NESTING_MAX or is longer than `limit` bytes. */
bool json_parse(const char *text, gsize length, gsize limit, const char *what, cJSON **ret_value,
                GError **error);

/* Called for each element of the array, which it does not own. */
typedef bool (*JsonElement)(const cJSON *element, gpointer data, GError **error);

/* Parses an object of which one member is a long array, without the tree of the whole: each element
 * of the array `member` is parsed, handed to `element` and freed, in the order of the text; the
 * object's other members come in ret_rest. Elements may therefore come before members that follow
 * them. Fails as json_parse(), where the text is no object, where there is no such array or two of
 * them, and where `element` does. */
bool json_parse_elements(const char *text, gsize length, const char *what, const char *member,
                         JsonElement element, gpointer data, cJSON **ret_rest, GError **error);

/* Reads and parses a file of at most `limit` bytes. */
bool json_read_file(const char *path, gsize limit, cJSON **ret_value, GError **error);

/* 2^53: beyond it a double is no longer exact, and the cast may be undefined. */
#define JSON_INT_MAX ((gint64)1 << 53)

/* Typed access to an object's member; the fallback where it is absent or of another type, or a
 * number beyond JSON_INT_MAX. The string belongs to the object. */
const char *json_string(const cJSON *object, const char *name, const char *fallback);
gint64 json_int(const cJSON *object, const char *name, gint64 fallback);
bool json_bool(const cJSON *object, const char *name, bool fallback);

/* Adds a string, or JSON null where `value` is NULL. */
void json_add_text(cJSON *object, const char *name, const char *value);

/* Adds a number as a 0x string with `digits` digits: exact where doubles are not. */
void json_add_hex(cJSON *object, const char *name, guint64 value, int digits);

/* A 0x string back to a number; false where the member is no such string. */
bool json_get_hex(const cJSON *object, const char *name, guint64 *ret_value);

/* The value as one line of text. Free with g_free(). */
char *json_line(const cJSON *value);
