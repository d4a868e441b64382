/* SPDX-License-Identifier: GPL-2.0-or-later
 * CSV cells, read and written.
 */
#include "plan/csv.h"

#include <string.h>

#include "util/error.h"

bool csv_fail(const CsvReader *reader, GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "%s:%u: %s", reader->what, reader->line,
                message);
    return false;
}

char *csv_take(CsvReader *reader, bool *ret_last, GError **error)
{
    g_autoptr(GString) field = g_string_new(NULL);
    bool quoted = reader->at < reader->end && *reader->at == '"';
    reader->at += quoted;
    for (; reader->at < reader->end; reader->at++) {
        char c = *reader->at;
        if (quoted && c == '"') {
            if (reader->at + 1 == reader->end || reader->at[1] != '"') {
                reader->at++;
                quoted = false;
                break;
            }
            reader->at++;
        } else if (!quoted && strchr(",\r\n", c)) {
            break;
        }
        g_string_append_c(field, c);
    }
    if (quoted) {
        csv_fail(reader, error, "a double quote does not end");
        return NULL;
    }
    if (reader->at < reader->end && *reader->at == '\r')
        reader->at++;
    *ret_last = reader->at == reader->end || *reader->at == '\n';
    if (reader->at < reader->end && !strchr(",\n", *reader->at)) {
        csv_fail(reader, error, "expected ',' or the end of the line after a quoted cell");
        return NULL;
    }
    reader->at += reader->at < reader->end;
    return g_string_free(g_steal_pointer(&field), FALSE);
}

bool csv_next_line(CsvReader *reader)
{
    reader->line++;
    return reader->at < reader->end;
}

void csv_append(GString *csv, const char *text, char separator)
{
    if (!strpbrk(text, "\"\r\n") && !strchr(text, separator)) {
        g_string_append(csv, text);
        return;
    }
    g_string_append_c(csv, '"');
    for (; *text; text++) {
        if (*text == '"')
            g_string_append_c(csv, '"');
        g_string_append_c(csv, *text);
    }
    g_string_append_c(csv, '"');
}
