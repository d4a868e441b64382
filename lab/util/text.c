/* SPDX-License-Identifier: GPL-2.0-or-later
 * Foreign text as one printable line.
 */
#include "util/text.h"

#include <stdbool.h>

#define REPLACEMENT 0xFFFD

char *text_printable(const char *bytes, gsize length, gsize max)
{
    GString *line = g_string_new(NULL);
    const char *end = bytes + length;

    for (const char *at = bytes; at < end;) {
        gunichar c = g_utf8_get_char_validated(at, end - at);
        bool valid = c != (gunichar)-1 && c != (gunichar)-2;
        gunichar shown = !valid ? REPLACEMENT : g_unichar_isprint(c) ? c : '?';
        if (line->len + (gsize)g_unichar_to_utf8(shown, NULL) > max) {
            g_string_append(line, "…");
            break;
        }
        g_string_append_unichar(line, shown);
        at = valid ? g_utf8_next_char(at) : at + 1;
    }
    return g_string_free(line, FALSE);
}
