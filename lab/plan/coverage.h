/* SPDX-License-Identifier: GPL-2.0-or-later
 * What given rows cover: any rows, made here, written by hand, or left over from a run cut short.
 *
 * Counts are over combinations of the values of `strength` parameters. A row that breaks the
 * constraints or has two negative values covers nothing; one with a negative value covers only the
 * combinations with that value. Combinations that no valid row can have are counted apart. It
 * shares no code with what makes arrays, except the solver that says which combinations are
 * possible. Memory: a bit (coverage_measure) or four bytes (coverage_explain) for each combination
 * of one set of parameters at a time; for coverage_order() of all sets.
 */
#pragma once

#include "plan/cover-model.h"

/* A combination: `n` parameters, ascending, and their values. */
typedef struct {
    guint n;
    guint16 parameter[COVER_STRENGTH_MAX];
    guint16 value[COVER_STRENGTH_MAX];
} CoverageTuple;

typedef struct {
    guint64 possible;   /* combinations that some valid row can have */
    guint64 covered;    /* of these, those that some row has */
    guint64 impossible; /* combinations that no valid row can have */
    guint invalid_rows; /* rows that break the constraints, or have two negative values */
    GArray *missing;    /* of CoverageTuple: possible and not covered, the first `missing_max` */
} Coverage;

/* `cells` are n_rows × parameters value numbers or COVER_ANY. `members` (of guint, ascending)
 * limits the count to some parameters; NULL means all that are no results. The strength is at most
 * the number of these. */
bool coverage_measure(const CoverModel *model, const guint16 *cells, guint n_rows,
                      const GArray *members, guint strength, guint missing_max,
                      Coverage **ret_coverage, GError **error);

void coverage_free(Coverage *coverage);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Coverage, coverage_free)

/* Why a row is there. */
typedef struct {
    guint64 alone;  /* combinations that only this row covers */
    GArray *tuples; /* of CoverageTuple: the first `tuples_max` of them */
} CoverageRow;

/* One CoverageRow* a row. Within each of the model's groups the group's strength counts, in the
 * place of `strength`; in coverage_order(), too. */
bool coverage_explain(const CoverModel *model, const guint16 *cells, guint n_rows, guint strength,
                      guint tuples_max, GPtrArray **ret_rows, GError **error);

/* What an order of rows is to heed; either may be NULL: all rows are the same. */
typedef struct {
    const double *cost; /* a row */
    const guint *tier;  /* a row, small numbers: all rows of a tier come before those of the next */
} CoverageWishes;

/* One row of an order, and how many combinations it is the first to cover. */
typedef struct {
    guint row;
    guint64 fresh;
} CoverageStep;

/* The order of rows in which coverage grows fastest for what the rows cost: each next one covers
 * most new combinations for its cost. `wishes` may be NULL. Returns an array of CoverageStep.
 * Memory: a bit for every combination; time mostly rows × sets of parameters. */
bool coverage_order(const CoverModel *model, const guint16 *cells, guint n_rows, guint strength,
                    const CoverageWishes *wishes, GArray **ret_order, GError **error);

/* "A=x, B=y" in the model's words. Free with g_free(). */
char *coverage_tuple_text(const CoverModel *model, const CoverageTuple *tuple);
