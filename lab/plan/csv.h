/* SPDX-License-Identifier: GPL-2.0-or-later
 * CSV (RFC 4180): cells apart by commas, in double quotes where they hold a comma, a quote or a
 * line end; lines end in CR LF or LF.
 */
#pragma once

#include <stdbool.h>

#include <glib.h>

typedef struct {
    const char *at, *end;
    const char *what; /* names the text in messages */
    guint line;       /* from 1; of the cell that was taken last */
} CsvReader;

/* Takes one cell and the separator after it; *ret_last where its line ends there. NULL with
 * TRUCE_ERROR_INPUT where a quote does not end. Free with g_free(). */
char *csv_take(CsvReader *reader, bool *ret_last, GError **error);

/* Goes on to the next line; false at the end of the text. */
bool csv_next_line(CsvReader *reader);

/* Sets TRUCE_ERROR_INPUT with the file's name and line; returns false. */
bool csv_fail(const CsvReader *reader, GError **error, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* Appends a cell, in quotes where it needs them. */
void csv_append(GString *csv, const char *text, char separator);
