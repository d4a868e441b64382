/* SPDX-License-Identifier: GPL-2.0-or-later
 * Placeholders in braces; see placeholder.h.
 */
#include "model/placeholder.h"

#include <string.h>

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789-"

/* 8-4-4-4-12 hexadecimal digits. */
static gboolean is_guid(const char *name, gsize length)
{
    if (length != 36)
        return FALSE;
    for (gsize i = 0; i < length; i++) {
        gboolean dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? name[i] != '-' : !g_ascii_isxdigit(name[i]))
            return FALSE;
    }
    return TRUE;
}

/* The length of the name that begins here, or 0 where none does. */
static gsize name_length(const char *name)
{
    gsize length = strspn(name, NAME_CHARACTERS);

    if (g_str_has_prefix(name, PLACEHOLDER_SECRET))
        length = strcspn(name, "}");
    else if (!g_ascii_islower(*name) || is_guid(name, length))
        length = 0;
    return name[length] == '}' ? length : 0;
}

/* The next placeholder at or after `at`: its '{', and the length of its name; NULL for none. */
static const char *next_placeholder(const char *at, gsize *ret_length)
{
    for (; (at = strchr(at, '{')); at++) {
        gsize length = name_length(at + 1);
        if (length > 0) {
            *ret_length = length;
            return at;
        }
    }
    return NULL;
}

GPtrArray *placeholder_names(const char *text)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    gsize length;

    for (const char *at = text; (at = next_placeholder(at, &length)); at += length + 2)
        g_ptr_array_add(names, g_strndup(at + 1, length));
    return names;
}

char *placeholder_expand(const char *text, GHashTable *values)
{
    GString *expanded = g_string_new(NULL);
    gsize length;

    for (const char *at; (at = next_placeholder(text, &length)); text = at + length + 2) {
        g_autofree char *name = g_strndup(at + 1, length);
        const char *value = g_hash_table_lookup(values, name);
        g_string_append_len(expanded, text, at - text);
        if (value)
            g_string_append(expanded, value);
        else
            g_string_append_len(expanded, at, length + 2);
    }
    return g_string_free(g_string_append(expanded, text), FALSE);
}
