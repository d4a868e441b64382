/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Quoting of arguments: see command-line.h. */
#include "command-line.h"

#include <string.h>

static void add_backslashes(struct text *line, size_t count)
{
    while (count-- > 0)
        text_append(line, "\\", 1);
}

void command_line_add(struct text *line, const char *argument)
{
    size_t slashes = 0;

    if (line->used > 0)
        text_append(line, " ", 1);
    if (*argument && !strpbrk(argument, " \t\n\v\"")) {
        text_append(line, argument, strlen(argument));
        return;
    }
    text_append(line, "\"", 1);
    for (const char *c = argument; *c; c++) {
        if (*c == '\\') {
            slashes++;
            continue;
        }
        /* Backslashes count double before a quote only. */
        add_backslashes(line, *c == '"' ? 2 * slashes + 1 : slashes);
        text_append(line, c, 1);
        slashes = 0;
    }
    add_backslashes(line, 2 * slashes);
    text_append(line, "\"", 1);
}
