/* SPDX-License-Identifier: GPL-2.0-or-later
 * Reading of PICT's model and seed files (microsoft/pict, doc/pict.md).
 *
 *     # comment
 *     Type:  Single, Span | Spanned, ~Broken, Mirror (10)     alias |, negative ~, weight ()
 *     Copy:  <Type>, Other                                    the values of another parameter
 *     $Answer: yes, no                                        a result: only constraints set it
 *     { Type, Size } @ 3                                      sub-model, with a strength of its own
 *     IF [Type] = "Single" THEN [Size] < 10;                  constraints: expression.h
 *
 * Parameters stand first, then sub-models, then constraints. A line with '#' first is a comment.
 * A seed file is a table, its cells apart by tabs: names of parameters, then one row a line, where
 * a cell may be empty.
 *
 * Differences from PICT: an unknown parameter in a constraint or sub-model is an error, not a
 * warning; a constraint may also begin with NOT or with a function; an order on a single parameter
 * ("A @ 3: …") is refused. Files are UTF-8, of at most PICT_SIZE_MAX bytes.
 */
#pragma once

#include "plan/cover-model.h"

#define PICT_SIZE_MAX (4u << 20)

typedef struct {
    char value_separator; /* ',' */
    char alias_separator; /* '|' */
    char negative_prefix; /* '~' */
    bool case_sensitive;
} PictOptions;

extern const PictOptions pict_defaults;

/* Parses a model. `what` names the text in messages: TRUCE_ERROR_INPUT with file:line:column where
 * it is none. Sub-models mean what PICT means by them (COVER_GROUPS_UNITS). */
bool pict_parse(const char *text, gsize length, const char *what, const PictOptions *options,
                CoverModel **ret_model, GError **error);
bool pict_read(const char *path, const PictOptions *options, CoverModel **ret_model,
               GError **error);

/* Adds the rows of a seed file to the model. As in PICT, columns and values that the model does not
 * know are left out, and rows that break its rules are skipped; each such case adds a line of text
 * to `warnings` (of char*). */
bool pict_seeds_parse(CoverModel *model, const char *text, gsize length, const char *what,
                      const PictOptions *options, GPtrArray *warnings, GError **error);
bool pict_seeds_read(CoverModel *model, const char *path, const PictOptions *options,
                     GPtrArray *warnings, GError **error);
