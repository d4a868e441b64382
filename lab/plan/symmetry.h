/* SPDX-License-Identifier: GPL-2.0-or-later
 * Covering arrays with a symmetry, for columns that all have the same number of values.
 *
 * Two ways make one row stand for many, so that a search has little left to do:
 *
 * - *Permuted values* (Chateauneuf, Colbourn, Kreher 1999): a group of permutations of the v values
 *   is applied to a few starter rows. A starter array has to meet each orbit of value tuples in
 *   each set of columns only once. Tried: x → ax + b over the field of v elements, its subgroups,
 *   x → (ax + b)/(cx + d), and such groups on v − 1 values with one value fixed.
 * - *Shifted columns* (cover starters; Meagher and Stevens 2005, Lobb et al. 2012), strength 2: one
 *   starter vector is shifted around all columns, and g of the v values are shifted around among
 *   themselves, f = v − g stay: g·k rows, beside a covering array over the f values that stay.
 */
#pragma once

#include <glib.h>

/* Looks for an array with fewer than `below` rows, as long as `work` (search.h) and the clock let
 * it; what was done is added to *done. Returns its cells (GArray of guint16), or NULL. */
GArray *symmetry_cover(guint n_columns, guint levels, guint strength, guint below, guint64 seed,
                       guint64 work, gint64 deadline, guint64 *done);
