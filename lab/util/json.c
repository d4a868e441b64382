/* SPDX-License-Identifier: GPL-2.0-or-later
 * Bounded JSON parsing and helpers over cJSON.
 */
#include "util/json.h"

#include <string.h>

#include "util/error.h"
#include "util/files.h"

/* cJSON recurses for each level; the depth is bounded before it starts. */
static bool nests_too_deep(const char *text, gsize length)
{
    gsize depth = 0;
    bool quoted = false;

    for (gsize i = 0; i < length; i++) {
        char c = text[i];
        if (quoted) {
            if (c == '\\')
                i++;
            else if (c == '"')
                quoted = false;
        } else if (c == '"') {
            quoted = true;
        } else if (c == '[' || c == '{') {
            if (++depth > JSON_NESTING_MAX)
                return true;
        } else if ((c == ']' || c == '}') && depth > 0) {
            depth--;
        }
    }
    return false;
}

static void position(const char *text, const char *at, guint *ret_line, guint *ret_column)
{
    guint line = 1, column = 1;
    for (const char *c = text; c < at; c++) {
        column++;
        if (*c == '\n') {
            line++;
            column = 1;
        }
    }
    *ret_line = line;
    *ret_column = column;
}

bool json_parse(const char *text, gsize length, gsize limit, const char *what, cJSON **ret_value,
                GError **error)
{
    if (length > limit) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "%s: longer than the limit of %" G_GSIZE_FORMAT " bytes", what, limit);
        return false;
    }
    if (memchr(text, '\0', length) || nests_too_deep(text, length)) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "%s: holds a NUL byte or is nested more than %d deep", what, JSON_NESTING_MAX);
        return false;
    }

    /* cJSON wants a terminated text to insist that nothing follows the value. */
    g_autofree char *copy = g_strndup(text, length);
    const char *end = copy;
    cJSON *value = cJSON_ParseWithOpts(copy, &end, true);
    if (!value) {
        guint line, column;
        position(copy, end, &line, &column);
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "%s:%u:%u: this is not JSON", what, line,
                    column);
        return false;
    }
    *ret_value = value;
    return true;
}

/* --- an object with one long array --- */

typedef struct {
    const char *text, *at, *end;
    const char *what;
} Cursor;

static bool cursor_fail(const Cursor *cursor, GError **error)
{
    guint line, column;

    position(cursor->text, cursor->at, &line, &column);
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "%s:%u:%u: this is not JSON", cursor->what,
                line, column);
    return false;
}

static char cursor_peek(Cursor *cursor)
{
    while (cursor->at < cursor->end && strchr(" \t\r\n", *cursor->at))
        cursor->at++;
    return cursor->at < cursor->end ? *cursor->at : '\0';
}

static bool cursor_take(Cursor *cursor, char c)
{
    bool is = cursor_peek(cursor) == c;
    cursor->at += is;
    return is;
}

static bool cursor_value(Cursor *cursor, cJSON **ret_value, GError **error)
{
    const char *end = cursor->at;
    cJSON *value =
        cJSON_ParseWithLengthOpts(cursor->at, (gsize)(cursor->end - cursor->at), &end, false);

    if (!value) {
        cursor->at = end;
        return cursor_fail(cursor, error);
    }
    cursor->at = end;
    *ret_value = value;
    return true;
}

static bool cursor_elements(Cursor *cursor, JsonElement element, gpointer data, GError **error)
{
    if (!cursor_take(cursor, '['))
        return cursor_fail(cursor, error);
    if (cursor_take(cursor, ']'))
        return true;
    do {
        g_autoptr(cJSON) value = NULL;
        cursor_peek(cursor);
        if (!cursor_value(cursor, &value, error) || !element(value, data, error))
            return false;
    } while (cursor_take(cursor, ','));
    return cursor_take(cursor, ']') || cursor_fail(cursor, error);
}

static bool cursor_member(Cursor *cursor, char **ret_name, GError **error)
{
    g_autoptr(cJSON) name = NULL;

    if (cursor_peek(cursor) != '"')
        return cursor_fail(cursor, error);
    if (!cursor_value(cursor, &name, error))
        return false;
    if (!cursor_take(cursor, ':'))
        return cursor_fail(cursor, error);
    cursor_peek(cursor);
    *ret_name = g_strdup(name->valuestring);
    return true;
}

static bool cursor_members(Cursor *cursor, const char *member, JsonElement element, gpointer data,
                           cJSON *rest, GError **error)
{
    bool found = false;

    do {
        g_autofree char *name = NULL;
        cJSON *value = NULL;
        if (!cursor_member(cursor, &name, error))
            return false;
        if (g_str_equal(name, member)) {
            if (found)
                return cursor_fail(cursor, error);
            found = true;
            if (!cursor_elements(cursor, element, data, error))
                return false;
        } else if (cursor_value(cursor, &value, error)) {
            cJSON_AddItemToObject(rest, name, value);
        } else {
            return false;
        }
    } while (cursor_take(cursor, ','));
    if (!cursor_take(cursor, '}'))
        return cursor_fail(cursor, error);
    if (found)
        return true;
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "%s: there is no list '%s'", cursor->what,
                member);
    return false;
}

bool json_parse_elements(const char *text, gsize length, const char *what, const char *member,
                         JsonElement element, gpointer data, cJSON **ret_rest, GError **error)
{
    Cursor cursor = {.text = text, .at = text, .end = text + length, .what = what};
    g_autoptr(cJSON) rest = cJSON_CreateObject();

    if (memchr(text, '\0', length) || nests_too_deep(text, length)) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "%s: holds a NUL byte or is nested more than %d deep", what, JSON_NESTING_MAX);
        return false;
    }
    if (!cursor_take(&cursor, '{'))
        return cursor_fail(&cursor, error);
    if (!cursor_members(&cursor, member, element, data, rest, error))
        return false;
    if (cursor_peek(&cursor) != '\0')
        return cursor_fail(&cursor, error);
    *ret_rest = g_steal_pointer(&rest);
    return true;
}

bool json_read_file(const char *path, gsize limit, cJSON **ret_value, GError **error)
{
    g_autofree char *text = NULL;
    gsize length;

    if (!files_read(path, limit, &text, &length, error))
        return false;
    return json_parse(text, length, limit, path, ret_value, error);
}

const char *json_string(const cJSON *object, const char *name, const char *fallback)
{
    const char *value = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
    return value ? value : fallback;
}

gint64 json_int(const cJSON *object, const char *name, gint64 fallback)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    if (!cJSON_IsNumber(item) || !(ABS(item->valuedouble) <= (double)JSON_INT_MAX))
        return fallback;
    return (gint64)item->valuedouble;
}

bool json_bool(const cJSON *object, const char *name, bool fallback)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsBool(item) ? cJSON_IsTrue(item) : fallback;
}

void json_add_text(cJSON *object, const char *name, const char *value)
{
    cJSON_AddItemToObject(object, name, value ? cJSON_CreateString(value) : cJSON_CreateNull());
}

void json_add_hex(cJSON *object, const char *name, guint64 value, int digits)
{
    g_autofree char *text = g_strdup_printf("0x%0*" G_GINT64_MODIFIER "X", digits, value);
    cJSON_AddStringToObject(object, name, text);
}

bool json_get_hex(const cJSON *object, const char *name, guint64 *ret_value)
{
    const char *text = json_string(object, name, NULL);
    guint64 value;

    if (!text || !g_str_has_prefix(text, "0x") ||
        !g_ascii_string_to_unsigned(text + 2, 16, 0, G_MAXUINT64, &value, NULL))
        return false;
    *ret_value = value;
    return true;
}

char *json_line(const cJSON *value)
{
    char *printed = cJSON_PrintUnformatted(value);
    char *line = g_strdup(printed);
    cJSON_free(printed);
    return line;
}
