/* SPDX-License-Identifier: GPL-2.0-or-later
 * The combinations that rows of values have to cover, numbered.
 *
 * A space has columns with so many values each, and *sets*: groups of 1..6 columns whose values
 * must occur together in every combination. Each combination of a set is a *slot*, numbered from
 * the set's base in mixed radix. Where a symmetry is given (space_new_symmetric), a slot stands
 * for a whole orbit of combinations.
 *
 * Memory: one bit a slot for `excluded`, and 12 + 6·(size − 1) bytes for each column of each set.
 */
#pragma once

#include <stdbool.h>

#include <glib.h>

#define SPACE_SET_MAX 6             /* columns in a set */
#define SPACE_SLOTS_MAX (1u << 30)  /* slots in a space */
#define SPACE_LINKS_MAX (32u << 20) /* columns of all sets together */
#define SPACE_ANY ((guint16)0xffff) /* a cell without a value */

typedef struct {
    guint32 base;
    guint8 size;
    guint16 column[SPACE_SET_MAX];
    guint32 stride[SPACE_SET_MAX];
} SpaceSet;

/* The sets of one size that one column is in. Set i has the slots
 * base[i] + own[i]·value + Σ stride[i·width + j]·(value of column other[i·width + j]). */
typedef struct {
    guint width; /* other columns a set */
    guint n;
    guint32 *set;
    guint32 *base;
    guint32 *own;
    guint16 *other;
    guint32 *stride;
} SpaceLinks;

typedef struct {
    guint n;
    guint32 start; /* of the orbit's combinations, in SpaceSymmetry.members */
} SpaceOrbit;

/* Equal for all sets: the columns have the same number of values. */
typedef struct {
    guint16 *orbit_of; /* combination → orbit */
    guint n_orbits;
    guint n_needed; /* the orbits from this number on need no covering */
    SpaceOrbit *orbits;
    guint32 *members;
} SpaceSymmetry;

typedef struct {
    guint n_columns;
    guint *levels; /* values a column */
    guint n_sets;
    SpaceSet *sets;
    guint n_slots;
    guint64 *excluded;                  /* a bit a slot: need not, or cannot, be covered */
    SpaceLinks (*links)[SPACE_SET_MAX]; /* [column][others in the set] */
    SpaceSymmetry *symmetry;            /* owned; or NULL */
} Space;

/* Builds a space. `sets` holds arrays of ascending column numbers of one size each, ended by
 * SPACE_ANY where shorter than SPACE_SET_MAX. NULL where there are more than SPACE_SLOTS_MAX slots
 * or SPACE_LINKS_MAX links. */
Space *space_new(guint n_columns, const guint *levels, guint n_sets,
                 const guint16 (*sets)[SPACE_SET_MAX]);

/* All sets of `strength` of `n_columns` columns with `levels` values each, seen through a symmetry,
 * which the space then owns. */
Space *space_new_symmetric(guint n_columns, guint levels, guint strength, SpaceSymmetry *symmetry);

void space_free(Space *space);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Space, space_free)

void space_symmetry_free(SpaceSymmetry *symmetry);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpaceSymmetry, space_symmetry_free)

/* All sets of `strength` columns out of 0..n-1, into an array of SPACE_SET_MAX columns each; their
 * number is n over strength. */
GArray *space_sets_all(guint n, guint strength);

/* The set that a slot belongs to. */
guint space_set_of(const Space *space, guint slot);

/* The values of a combination, in the order of the set's columns; `combination` counts from the
 * set's base. */
void space_values(const Space *space, const SpaceSet *set, guint combination,
                  guint16 values[SPACE_SET_MAX]);

static inline bool space_bit(const guint64 *bits, guint slot)
{
    return bits[slot >> 6] >> (slot & 63) & 1;
}

static inline void space_bit_set(guint64 *bits, guint slot)
{
    bits[slot >> 6] |= G_GUINT64_CONSTANT(1) << (slot & 63);
}
