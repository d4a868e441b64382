/* SPDX-License-Identifier: GPL-2.0-or-later
 * The lines of a text file of PICT's.
 */
#include "plan/pict-lines.h"

#include <string.h>

#include "plan/pict.h"
#include "util/error.h"

bool pict_lines(const char *text, gsize length, const char *what, PictLines *ret_lines,
                GError **error)
{
    static const char bom[] = "\xef\xbb\xbf";
    const char *end;
    if (length > PICT_SIZE_MAX) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "%s: over 4 MiB, too long for a model",
                    what);
        return false;
    }
    if (!g_utf8_validate(text, (gssize)length, &end)) {
        guint line = 1;
        for (const char *c = text; c < end; c++)
            line += *c == '\n';
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "%s:%u: not UTF-8 text: save the file as UTF-8", what, line);
        return false;
    }
    gsize skip = length >= 3 && memcmp(text, bom, 3) == 0 ? 3 : 0;
    *ret_lines = (PictLines){.what = what, .text = g_strndup(text + skip, length - skip)};
    ret_lines->next = ret_lines->line_start = ret_lines->text;
    return true;
}

void pict_lines_clear(PictLines *lines)
{
    g_clear_pointer(&lines->text, g_free);
    g_clear_pointer(&lines->line, g_free);
}

bool pict_next_line(PictLines *lines)
{
    if (*lines->next == '\0')
        return false;
    gsize length = strcspn(lines->next, "\n");
    g_free(lines->line);
    lines->line = g_strstrip(g_strndup(lines->next, length));
    lines->line_start = lines->next;
    lines->next += length + (lines->next[length] == '\n');
    lines->number++;
    return true;
}

bool pict_fail(const PictLines *lines, const char *at, GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    glong column = 1;
    if (lines->line) {
        /* `line` is trimmed at its begin too. */
        const char *start = lines->line_start;
        while (*start != '\n' && g_ascii_isspace(*start))
            start++;
        column += g_utf8_strlen(lines->line_start, start - lines->line_start);
        if (at)
            column += g_utf8_strlen(lines->line, at - lines->line);
    }
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "%s:%u:%ld: %s", lines->what,
                MAX(lines->number, 1), column, message);
    return false;
}
