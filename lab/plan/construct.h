/* SPDX-License-Identifier: GPL-2.0-or-later
 * Covering arrays that algebra gives at once.
 *
 * - Orthogonal arrays of Bush: the polynomials of degree below t over a field of q elements, taken
 *   at its q points and at infinity: q^t rows, q + 1 columns.
 * - The sums of t columns modulo v as column t + 1: v^t rows, any v.
 * - Kleitman and Spencer for strength 2 and two values: columns are the sets of ⌈n/2⌉ out of n − 1
 *   rows, beside a row of zeros; n rows serve C(n−1, ⌈n/2⌉) columns, which is optimal.
 *
 * For parameters with fewer values than the array's, the surplus ones are folded onto others; rows
 * that this makes superfluous are for a search to remove.
 */
#pragma once

#include <glib.h>

#define CONSTRUCT_ROWS_MAX 20000

/* The smallest such array for columns with these numbers of values, as a GArray of guint16 cells,
 * row by row; NULL where none fits. */
GArray *construct_cover(guint n_columns, const guint *levels, guint strength);

/* How many columns with two values `rows` rows can serve at strength 2, at most `limit`. */
guint construct_binary_columns(guint rows, guint limit);
