/* SPDX-License-Identifier: GPL-2.0-or-later
 * How a content file is damaged before a product is given it, as a word: the mutation, the seed,
 * and whether the format's checksum is put right afterwards.
 *
 *     bit-flip-7            zero-fill-1-sealed
 *
 * The mutations are those of the fault content-corrupt (docs/faults.md). A sweep is many such
 * words, the values of a matrix's <mutations>: the mutations in turn, each time round with the next
 * seed.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define DAMAGE_SEED_MAX 1000000
#define DAMAGE_SWEEP_MAX 1000 /* words */

typedef struct {
    const char *mutation; /* its name in the catalogue of faults */
    guint seed;           /* from 1 */
    bool sealed;
} Damage;

/* The names of the mutations; ends with NULL. */
const char *const *damage_mutations(void);

/* false where the text is no such word. */
bool damage_parse(const char *text, Damage *ret_damage);

/* The words of a sweep: of these mutations (of char*, at least one, from damage_mutations()), seeds
 * from `seed` on. Of char*; free with g_ptr_array_unref(). */
GPtrArray *damage_sweep(const GPtrArray *mutations, guint count, guint seed, bool sealed);

/* Whether a damage needs to know where the format has its field count, its version, its checksum.
 */
bool damage_needs_format(const Damage *damage);
