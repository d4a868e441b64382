/* SPDX-License-Identifier: GPL-2.0-or-later
 * Rows as text: CSV (RFC 4180, UTF-8, lines end in CR LF) out and in, JSON out.
 *
 * The first line of CSV names the parameters. A negative value is written with '~' before it, and
 * the names of a value with aliases take turns. JSON:
 *
 *     { "version": 1, "parameters": ["A", "B"],
 *       "rows": [ { "values": { "A": "x", "B": "y" }, "negative": "B", "seeded": true } ] }
 *
 * where "negative" names the parameter with a negative value, and both it and "seeded" are there
 * only where they say something.
 */
#pragma once

#include "plan/cover.h"

#define ROWS_SIZE_MAX (64u << 20) /* bytes of CSV read */

/* Free with g_free(). `separator` is ',' for CSV, '\t' for PICT's output. */
char *rows_to_csv(const CoverModel *model, const CoverArray *array, char separator);
char *rows_to_json(const CoverModel *model, const CoverArray *array);

/* One row: "A=x, B=y". Free with g_free(). */
char *rows_text(const CoverModel *model, const CoverArray *array, guint row);

/* Reads rows, for example of a plan written by hand. A cell may be empty, and columns missing:
 * COVER_ANY. TRUCE_ERROR_INPUT with file:line where a column or value is unknown, or a quote does
 * not end. Only n_parameters, n_rows, cells and seeded (all false) of the array are set. */
bool rows_from_csv(const CoverModel *model, const char *text, gsize length, const char *what,
                   CoverArray **ret_array, GError **error);
bool rows_read_csv(const CoverModel *model, const char *path, CoverArray **ret_array,
                   GError **error);
