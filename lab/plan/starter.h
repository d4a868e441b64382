/* SPDX-License-Identifier: GPL-2.0-or-later
 * Covering arrays of strength 2 from one vector that is shifted around the columns (symmetry.h).
 *
 * The vector's entries are the numbers 0..g−1 and f fixed values. For every distance between two
 * columns, the pairs of entries at that distance must show every difference modulo g, and every
 * fixed value both before and after a moving one. Pairs of fixed values are left to a small array
 * of their own.
 */
#pragma once

#include <glib.h>

/* Looks for an array with fewer than `below` rows; as symmetry_cover(). */
GArray *starter_cover(guint n_columns, guint levels, guint below, guint64 seed, guint64 work,
                      gint64 deadline, guint64 *done);
