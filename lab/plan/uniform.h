/* SPDX-License-Identifier: GPL-2.0-or-later
 * Covering arrays for columns that all have the same number of values, by search alone and by
 * doubling.
 *
 * Doubling (Roux 1987; for any v Chateauneuf and Kreher 2002), strength 3: from an array A of
 * strength 3 and an array B of strength 2 for half the columns, the rows (a, a) for a in A, and
 * (b, b + i) for b in B and i = 1..v−1.
 */
#pragma once

#include <glib.h>

/* The smallest array that a search finds with `work` (search.h); its cells, or NULL. */
GArray *uniform_search(guint n_columns, guint levels, guint strength, guint64 seed, guint64 work,
                       gint64 deadline, guint64 *done);

/* An array of strength 3 with fewer than `below` rows by doubling smaller ones; its cells, or
 * NULL. */
GArray *uniform_double(guint n_columns, guint levels, guint below, guint64 seed, guint64 work,
                       gint64 deadline, guint64 *done);
