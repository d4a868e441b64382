/* SPDX-License-Identifier: GPL-2.0-or-later
 * Covering arrays: few rows that hold every combination of the values of any t parameters.
 *
 * A first array is there at once, row by row (greedy.h), or from algebra (construct.h). Then, for
 * the time given, rows are taken away and the rest is changed until everything is covered again
 * (search.h); where all parameters have the same number of values, arrays with a symmetry are
 * looked for too (symmetry.h). Constraints, seeds, groups, negative values and weights count
 * throughout; combinations that the constraints rule out are left out, exactly.
 *
 * The same model, options and version give the same rows, on every machine and with any number of
 * threads, as long as the clock does not end the work early. For that, the budget in seconds is
 * turned into an amount of work that a machine of 2020 does in about two thirds of that time, and
 * the clock only guards it; CoverArray.clock_ended says when it had to. With `work` given, the
 * clock is not looked at.
 *
 * Memory: about 10 bytes a combination and thread for the search, which is left out over
 * COVER_SEARCH_SLOTS_MAX combinations, and the memory of a Space. Time to the first array: rows ×
 * sets of parameters × values.
 */
#pragma once

#include "plan/cover-model.h"

#define COVER_SEARCH_SLOTS_MAX (64u << 20)

typedef struct {
    guint strength; /* 1..6 */
    guint64 seed;
    double budget_s; /* from the start; what the first array leaves of it makes that smaller */
    guint64 work;    /* look-up pairs instead of seconds (search.h), where not 0 */
    guint threads;   /* 0: one a core; never changes the result */
} CoverOptions;

#define COVER_OPTIONS_DEFAULT                                                                      \
    {                                                                                              \
        .strength = 2, .seed = 1, .budget_s = 10                                                   \
    }

typedef struct {
    guint n_parameters;
    guint n_rows;
    guint16 *cells; /* n_rows × n_parameters value numbers; rows with negative values stand last */
    bool *seeded;   /* a row: it comes from a seed of the model */
    guint first_rows; /* of the first valid array */
    double first_s;   /* when it was there */
    double total_s;
    bool optimal;     /* no array can have fewer rows */
    bool clock_ended; /* the clock ended the search before its work was done */
} CoverArray;

/* Makes the array. TRUCE_ERROR_INPUT for a strength out of range, constraints that no row can obey
 * (they are named), a seed that breaks them, or a model too large. */
bool cover_generate(const CoverModel *model, const CoverOptions *options, CoverArray **ret_array,
                    GError **error);

void cover_array_free(CoverArray *array);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CoverArray, cover_array_free)

const guint16 *cover_array_row(const CoverArray *array, guint row);
