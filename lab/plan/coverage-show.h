/* SPDX-License-Identifier: GPL-2.0-or-later
 * What rows cover and why each is there, as text for a terminal and as JSON.
 */
#pragma once

#include <cjson/cJSON.h>

#include "plan/coverage.h"

/* Coverage at one strength. */
typedef struct {
    guint strength;
    const CoverGroup *group; /* of the model: only among its members; NULL: among all */
    Coverage *tried;         /* by all rows */
    Coverage *proven;        /* by the rows that passed; NULL where the rows have not been run */
} CoverageLevel;

/* Measures at every strength up to `strength`, and each group at its own. `passed`, a flag a row or
 * NULL, says which rows were run and passed. Keeps `missing_max` missing combinations of each.
 * Returns CoverageLevel*s. */
bool coverage_levels(const CoverModel *model, const guint16 *cells, guint n_rows,
                     const bool *passed, guint strength, guint missing_max, GPtrArray **ret_levels,
                     GError **error);

/* "  2 at a time: 150 of 164 pairs covered (91.5 %)" and what is missing, one a line. */
void coverage_levels_text(GString *out, const CoverModel *model, const GPtrArray *levels);

/* [{"strength", "group":[names] for a group's, "possible", "covered", "impossible", "invalid_rows",
 * "missing":[{name: value}]}], with "proven" and "unproven" where rows were run. */
cJSON *coverage_levels_json(const CoverModel *model, const GPtrArray *levels);

/* "3 pairs that no other row covers" and some of them, one a line; the object of a row:
 * {"alone", "strength", "combinations":[{name: value}]}. */
void coverage_row_text(GString *out, const CoverModel *model, const CoverageRow *row,
                       guint strength);
cJSON *coverage_row_json(const CoverModel *model, const CoverageRow *row, guint strength);

/* What combinations of so many are called: "value", "pairs", "combinations of 4". Free with
 * g_free(). */
char *coverage_word(guint strength, guint64 count);

/* The same of those of a row, of several strengths where the model's groups have others. */
char *coverage_row_word(const CoverModel *model, guint strength, guint64 count);
