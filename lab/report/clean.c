/* SPDX-License-Identifier: GPL-2.0-or-later
 * Text from a guest, made fit for reports and terminals.
 */
#include "report/clean.h"

#include <string.h>

static gboolean is_allowed(gunichar c)
{
    if (c == '\t' || c == '\n')
        return TRUE;
    switch (g_unichar_type(c)) {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT:
    case G_UNICODE_SURROGATE:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
        return FALSE;
    default:
        return (c & 0xFFFE) != 0xFFFE;
    }
}

char *clean_text(const char *text)
{
    if (!text)
        return NULL;

    g_autofree char *valid = g_utf8_make_valid(text, -1);
    GString *clean = g_string_sized_new(strlen(valid));
    for (const char *at = valid; *at; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        if (c == '\r' && at[1] == '\n')
            continue;
        g_string_append_unichar(clean, is_allowed(c) ? c : 0xFFFD);
    }
    return g_string_free(clean, FALSE);
}

char *clean_line(const char *clean)
{
    return g_strdelimit(g_strdup(clean), "\n\t", ' ');
}
