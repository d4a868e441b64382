/* SPDX-License-Identifier: GPL-2.0-or-later
 * A first covering array, row by row.
 *
 * Each row starts from a combination that is not yet covered (as in AETG), takes for the other
 * parameters, in random order, the value that covers most with those already chosen, and is then
 * improved value by value until no single change covers more. Time grows with rows × sets ×
 * (parameters in a set) × values.
 */
#pragma once

#include "plan/problem.h"

typedef struct {
    GArray *cells;  /* of guint16: complete rows, the seeds' first */
    GArray *locked; /* of guint8, a byte a cell: 1 where a seed says the value */
} GreedyRows;

void greedy_rows_clear(GreedyRows *rows);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(GreedyRows, greedy_rows_clear)

/* Covers the problem. Combinations that no row can have are found on the way, and marked in the
 * problem's space as excluded. TRUCE_ERROR_INPUT where the constraints are too hard to solve. */
bool greedy_cover(Problem *problem, guint64 seed, GreedyRows *ret_rows, GError **error);
