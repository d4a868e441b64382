/* SPDX-License-Identifier: GPL-2.0-or-later
 * Covering arrays for columns with equally many values, by search alone and by doubling.
 */
#include "plan/uniform.h"

#include "plan/construct.h"
#include "plan/search.h"

#define BASE_COLUMNS 26 /* up to so many columns are searched for, more are doubled */
#define TUPLES_MAX 100000
#define SHARES 8 /* of the work, for one size that may be out of reach */

static GArray *cells_of(const Search *search)
{
    guint n = search_rows(search) * search_columns(search);
    GArray *cells = g_array_sized_new(FALSE, FALSE, sizeof(guint16), n);
    return g_array_append_vals(cells, search_cells(search), n);
}

GArray *uniform_search(guint n_columns, guint levels, guint strength, guint64 seed, guint64 work,
                       gint64 deadline, guint64 *done)
{
    guint64 used = 0, tuples = 1;
    g_autofree guint *all = g_new(guint, n_columns);
    for (guint c = 0; c < n_columns; c++)
        all[c] = levels;
    for (guint i = 0; i < strength && tuples <= TUPLES_MAX; i++)
        tuples *= levels;
    g_autoptr(GArray) sets = space_sets_all(n_columns, strength);
    g_autoptr(Space) space =
        space_new(n_columns, all, sets->len, (const guint16(*)[SPACE_SET_MAX])sets->data);
    if (!space || tuples > TUPLES_MAX)
        return NULL;
    g_autoptr(Search) search = search_new(space, NULL, seed);
    guint rows = (guint)tuples * 2;
    search_load_random(search, rows);
    while (used < work && !search_run(search, work / SHARES, deadline, &used)) {
        if (g_get_monotonic_time() >= deadline)
            break;
        rows += rows / 4 + 1;
        search_load_random(search, rows);
    }
    GArray *best = NULL;
    while (search_missing(search) == 0) {
        g_clear_pointer(&best, g_array_unref);
        best = cells_of(search);
        if (used >= work || search_rows(search) <= tuples || !search_remove_row(search) ||
            !search_run(search, work - used, deadline, &used))
            break;
    }
    *done += used;
    return best;
}

/* An array of strength 2 for the half. */
static GArray *pairs_cover(guint n_columns, guint levels, guint64 seed, guint64 work,
                           gint64 deadline, guint64 *done)
{
    g_autofree guint *all = g_new(guint, n_columns);
    for (guint c = 0; c < n_columns; c++)
        all[c] = levels;
    GArray *built = construct_cover(n_columns, all, 2);
    if (built && (levels == 2 || n_columns <= levels + 1))
        return built;
    g_clear_pointer(&built, g_array_unref);
    return uniform_search(n_columns, levels, 2, seed, work, deadline, done);
}

/* The columns of `half` twice; the second time `add` is added to the values. */
static void append_twice(GArray *cells, guint n_columns, const GArray *half, guint half_columns,
                         guint levels, guint add)
{
    for (guint r = 0; r < half->len / half_columns; r++) {
        for (guint c = 0; c < n_columns; c++) {
            guint16 value = g_array_index(half, guint16, r * half_columns + c % half_columns);
            if (c >= half_columns)
                value = (guint16)((value + add) % levels);
            g_array_append_val(cells, value);
        }
    }
}

static GArray *build(guint n_columns, guint levels, guint64 seed, guint64 work, gint64 deadline,
                     guint64 *done)
{
    guint half = (n_columns + 1) / 2;
    if (n_columns <= BASE_COLUMNS)
        return uniform_search(n_columns, levels, 3, seed, work, deadline, done);
    g_autoptr(GArray) triples = build(half, levels, seed, work / 2, deadline, done);
    g_autoptr(GArray) pairs = pairs_cover(half, levels, seed, work / 4, deadline, done);
    if (!triples || !pairs)
        return NULL;
    GArray *cells = g_array_new(FALSE, FALSE, sizeof(guint16));
    append_twice(cells, n_columns, triples, half, levels, 0);
    for (guint add = 1; add < levels; add++)
        append_twice(cells, n_columns, pairs, half, levels, add);
    return cells;
}

GArray *uniform_double(guint n_columns, guint levels, guint below, guint64 seed, guint64 work,
                       gint64 deadline, guint64 *done)
{
    if (n_columns <= BASE_COLUMNS || levels < 2)
        return NULL;
    GArray *cells = build(n_columns, levels, seed, work, deadline, done);
    if (cells && cells->len / n_columns >= below)
        g_clear_pointer(&cells, g_array_unref);
    return cells;
}
