/* SPDX-License-Identifier: GPL-2.0-or-later
 * Local search: change the cells of an array with a fixed number of rows until every slot is
 * covered.
 *
 * A tabu search after Nurmela ("Upper bounds for covering arrays by tabu search", 2004): take one
 * uncovered slot at random, look at every row that lacks it by a single cell, and make the change
 * that leaves the fewest slots uncovered, unless it undoes a recent one; a change for the worse
 * only sometimes, as in annealing. Each cell change costs one look-up pair for every set that the
 * column is in; those pairs are the unit of `work`, so that a limit of work gives the same result
 * on every machine.
 */
#pragma once

#include "plan/random.h"
#include "plan/space.h"

#define SEARCH_ROWS_MAX 16000 /* more rows are not searched: counts are 16 bits wide */

/* What a row must obey beside its columns' values. */
typedef struct {
    /* Whether a complete row obeys the rules that speak of `column`. */
    bool (*holds)(gpointer data, const guint16 *row, guint column);
    /* Changes cells of `row`, but none that `keep` marks, until all rules hold; false where that
     * cannot be done. */
    bool (*repair)(gpointer data, guint16 *row, const bool *keep);
    gpointer data;
} SearchRules;

typedef struct Search Search;

/* `rules` may be NULL; space and rules must outlive the search. */
Search *search_new(const Space *space, const SearchRules *rules, guint64 seed);
void search_free(Search *search);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Search, search_free)

/* Lets the search start from `n` complete rows, one after the other. The cells that `locked` (one
 * byte a cell, or NULL) marks are never changed and their rows never removed. */
void search_load(Search *search, guint n, const guint16 *rows, const guint8 *locked);

/* `n` rows with random values. */
void search_load_random(Search *search, guint n);

/* Takes away the row whose slots are most often covered elsewhere; false where all are locked. */
bool search_remove_row(Search *search);

/* Runs until nothing is missing (true), or until `work` is spent or the clock shows `deadline`
 * (g_get_monotonic_time; false). The work done is added to *done. */
bool search_run(Search *search, guint64 work, gint64 deadline, guint64 *done);

guint search_rows(const Search *search);
guint search_missing(const Search *search);
/* The present cells; valid until the next call. */
const guint16 *search_cells(const Search *search);
const guint8 *search_locked(const Search *search); /* NULL where nothing is locked */
guint search_columns(const Search *search);
