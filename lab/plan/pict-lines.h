/* SPDX-License-Identifier: GPL-2.0-or-later
 * The lines of a text file of PICT's, with places for messages.
 */
#pragma once

#include <stdbool.h>

#include <glib.h>

typedef struct {
    const char *what;       /* the file's name; belongs to the caller */
    char *text;             /* the whole file */
    const char *next;       /* what comes after the present line */
    const char *line_start; /* of the present line, in `text` */
    char *line;             /* the present line, trimmed */
    guint number;           /* of the present line, from 1 */
} PictLines;

/* Copies the text; TRUCE_ERROR_INPUT where it is too long or not UTF-8, or holds a NUL. */
bool pict_lines(const char *text, gsize length, const char *what, PictLines *ret_lines,
                GError **error);
void pict_lines_clear(PictLines *lines);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(PictLines, pict_lines_clear)

/* Goes on to the next line; false at the end. `line` is valid until the next call. */
bool pict_next_line(PictLines *lines);

/* Sets a TRUCE_ERROR_INPUT with file:line:column, where `at` points into the present line (NULL:
 * the line's begin); returns false. */
bool pict_fail(const PictLines *lines, const char *at, GError **error, const char *format, ...)
    G_GNUC_PRINTF(4, 5);
