/* SPDX-License-Identifier: GPL-2.0-or-later
 * Covering arrays whose rows are images of a few starter rows under permutations of the values.
 */
#include "plan/symmetry.h"

#include <string.h>

#include "plan/field.h"
#include "plan/search.h"
#include "plan/starter.h"

#define TUPLES_MAX 300000
#define SETS_MAX 1000000
#define SLOTS_MAX 8000000
#define GROUP_MAX 2000
#define ROUNDS 8

/* A group of permutations, and the search for its starter rows. */
typedef struct {
    guint n;        /* permutations */
    guint8 *images; /* n × levels */
    bool constants; /* rows with one value everywhere are added apart */
    Space *space;
    Search *search;
    guint fewest; /* no starter array can have fewer rows */
} Candidate;

typedef struct {
    guint n_columns, levels, strength;
    guint below;
    GArray *best; /* cells, or NULL */
    GPtrArray *candidates;
} Hunt;

static void candidate_free(gpointer data)
{
    Candidate *candidate = data;
    g_free(candidate->images);
    search_free(candidate->search);
    space_free(candidate->space);
    g_free(candidate);
}

/* ---- groups --------------------------------------------------------------------------------- */

/* x → ax + b on the first `field->order` values, a out of the powers of the element `step`; further
 * values stay. */
static guint8 *affine_group(const Field *field, guint levels, guint step, guint *ret_n)
{
    GByteArray *images = g_byte_array_new();
    guint a = 1;
    *ret_n = 0;
    do {
        for (guint b = 0; b < field->order; b++, (*ret_n)++) {
            for (guint x = 0; x < levels; x++) {
                guint8 y = x < field->order ? field->sum[field->product[a][x]][b] : (guint8)x;
                g_byte_array_append(images, &y, 1);
            }
        }
        a = field->product[a][step];
    } while (a != 1);
    return g_byte_array_free(images, FALSE);
}

static guint divide(const Field *field, guint a, guint b)
{
    guint x = 0;
    while (field->product[x][b] != a)
        x++;
    return x;
}

/* (ax + b)/(cx + d), where the value `order` is infinity. */
static guint8 projective_image(const Field *field, const guint m[4], guint x)
{
    guint q = field->order;
    guint above = x == q ? m[0] : field->sum[field->product[m[0]][x]][m[1]];
    guint below = x == q ? m[2] : field->sum[field->product[m[2]][x]][m[3]];
    return (guint8)(below == 0 ? q : divide(field, above, below));
}

static guint8 *projective_group(const Field *field, guint *ret_n)
{
    GByteArray *images = g_byte_array_new();
    guint q = field->order;
    *ret_n = 0;
    /* Matrices up to a factor: c = 1, or c = 0 and d = 1. */
    for (guint i = 0; i < q * q * q + q * q; i++) {
        guint m[4] = {i % q, i / q % q, 1, i / (q * q) % q};
        if (i >= q * q * q) {
            m[2] = 0;
            m[3] = 1;
        }
        if (field->product[m[0]][m[3]] == field->product[m[1]][m[2]])
            continue;
        for (guint x = 0; x <= q; x++) {
            guint8 y = projective_image(field, m, x);
            g_byte_array_append(images, &y, 1);
        }
        (*ret_n)++;
    }
    return g_byte_array_free(images, FALSE);
}

/* x → x + b modulo `moved`, further values stay. */
static guint8 *cyclic_group(guint levels, guint moved)
{
    guint8 *images = g_new(guint8, moved * levels);
    for (guint b = 0; b < moved; b++)
        for (guint x = 0; x < levels; x++)
            images[b * levels + x] = (guint8)(x < moved ? (x + b) % moved : x);
    return images;
}

/* ---- orbits --------------------------------------------------------------------------------- */

static guint power(guint base, guint exponent)
{
    guint64 product = 1;
    for (guint i = 0; i < exponent && product <= TUPLES_MAX; i++)
        product *= base;
    return (guint)MIN(product, TUPLES_MAX + 1);
}

static guint image_of(const Hunt *hunt, const guint8 *images, guint tuple)
{
    guint image = 0;
    for (guint i = 0, place = 1; i < hunt->strength; i++, place *= hunt->levels) {
        image += images[tuple % hunt->levels] * place;
        tuple /= hunt->levels;
    }
    return image;
}

static bool constant_tuple(const Hunt *hunt, guint tuple)
{
    guint digit = tuple % hunt->levels;
    for (guint i = 0; i < hunt->strength; i++, tuple /= hunt->levels)
        if (tuple % hunt->levels != digit)
            return false;
    return true;
}

/* Appends the orbit of a tuple, and gives its members the orbit's number. */
static void add_orbit(const Hunt *hunt, const Candidate *candidate, guint tuple,
                      SpaceSymmetry *symmetry, GArray *orbits, GArray *members)
{
    SpaceOrbit orbit = {0, members->len};
    for (guint i = 0; i < candidate->n; i++) {
        guint32 image = image_of(hunt, candidate->images + i * hunt->levels, tuple);
        if (symmetry->orbit_of[image] != G_MAXUINT16)
            continue;
        symmetry->orbit_of[image] = (guint16)orbits->len;
        g_array_append_val(members, image);
    }
    orbit.n = members->len - orbit.start;
    g_array_append_val(orbits, orbit);
}

/* Numbers the orbits; last those of constant tuples that are covered by rows added apart. NULL
 * where there are too many. */
static SpaceSymmetry *orbits_new(const Hunt *hunt, const Candidate *candidate)
{
    guint tuples = power(hunt->levels, hunt->strength);
    g_autoptr(SpaceSymmetry) symmetry = g_new0(SpaceSymmetry, 1);
    g_autoptr(GArray) orbits = g_array_new(FALSE, FALSE, sizeof(SpaceOrbit));
    g_autoptr(GArray) members = g_array_new(FALSE, FALSE, sizeof(guint32));
    symmetry->orbit_of = g_new(guint16, tuples);
    memset(symmetry->orbit_of, 0xff, tuples * sizeof *symmetry->orbit_of);
    for (guint last = 0; last < 2; last++) {
        if (last)
            symmetry->n_needed = orbits->len;
        for (guint tuple = 0; tuple < tuples && orbits->len < G_MAXUINT16; tuple++)
            if (symmetry->orbit_of[tuple] == G_MAXUINT16 &&
                (last || !candidate->constants || !constant_tuple(hunt, tuple)))
                add_orbit(hunt, candidate, tuple, symmetry, orbits, members);
    }
    if (orbits->len >= G_MAXUINT16)
        return NULL;
    symmetry->n_orbits = orbits->len;
    symmetry->orbits = (SpaceOrbit *)g_array_free(g_steal_pointer(&orbits), FALSE);
    symmetry->members = (guint32 *)g_array_free(g_steal_pointer(&members), FALSE);
    return g_steal_pointer(&symmetry);
}

/* ---- candidates ----------------------------------------------------------------------------- */

static guint candidate_rows(const Hunt *hunt, const Candidate *candidate, guint starters)
{
    return starters * candidate->n + (candidate->constants ? hunt->levels : 0);
}

/* The most starter rows that still give fewer rows than the best array. */
static guint candidate_most(const Hunt *hunt, const Candidate *candidate)
{
    guint apart = candidate->constants ? hunt->levels : 0;
    return hunt->below <= apart + 1 ? 0 : (hunt->below - 1 - apart) / candidate->n;
}

/* Takes the images. */
static void add_candidate(Hunt *hunt, guint n, guint8 *images, bool constants)
{
    Candidate *candidate = g_new0(Candidate, 1);
    *candidate = (Candidate){.n = n, .images = images, .constants = constants};
    SpaceSymmetry *symmetry = n > 1 && n <= GROUP_MAX && candidate_most(hunt, candidate) > 0
                                  ? orbits_new(hunt, candidate)
                                  : NULL;
    if (symmetry)
        candidate->fewest = symmetry->n_needed;
    if (!symmetry || candidate->fewest > candidate_most(hunt, candidate)) {
        space_symmetry_free(symmetry);
        candidate_free(candidate);
        return;
    }
    candidate->space = space_new_symmetric(hunt->n_columns, hunt->levels, hunt->strength, symmetry);
    if (!candidate->space || candidate->space->n_slots > SLOTS_MAX) {
        candidate_free(candidate);
        return;
    }
    g_ptr_array_add(hunt->candidates, candidate);
}

/* The affine group on `order` values and those of its subgroups that have all translations. */
static void add_affine(Hunt *hunt, guint order)
{
    g_autofree Field *field = g_new(Field, 1);
    if (!field_init(field, order))
        return;
    g_autofree bool *sizes = g_new0(bool, order *order + 1);
    for (guint step = order - 1; step >= 1; step--) {
        guint n;
        guint8 *images = affine_group(field, hunt->levels, step, &n);
        if (sizes[n] || n == order) {
            g_free(images);
            continue;
        }
        sizes[n] = true;
        add_candidate(hunt, n, images, true);
    }
}

static void add_candidates(Hunt *hunt)
{
    guint v = hunt->levels;
    g_autofree Field *field = g_new(Field, 1);
    if (v > 3 && field_init(field, v - 1)) {
        guint n;
        guint8 *images = projective_group(field, &n);
        add_candidate(hunt, n, images, true);
    }
    add_affine(hunt, v);
    if (v > 3)
        add_affine(hunt, v - 1);
    add_candidate(hunt, v, cyclic_group(v, v), false);
    if (v > 2)
        add_candidate(hunt, v - 1, cyclic_group(v, v - 1), true);
}

/* ---- hunt ----------------------------------------------------------------------------------- */

static GArray *expand(const Hunt *hunt, const Candidate *candidate)
{
    const guint16 *starters = search_cells(candidate->search);
    guint n_cells = search_rows(candidate->search) * hunt->n_columns;
    GArray *cells = g_array_new(FALSE, FALSE, sizeof(guint16));
    for (guint v = 0; candidate->constants && v < hunt->levels; v++) {
        for (guint c = 0; c < hunt->n_columns; c++) {
            guint16 value = (guint16)v;
            g_array_append_val(cells, value);
        }
    }
    for (guint i = 0; i < candidate->n; i++) {
        for (guint cell = 0; cell < n_cells; cell++) {
            guint16 value = candidate->images[i * hunt->levels + starters[cell]];
            g_array_append_val(cells, value);
        }
    }
    return cells;
}

static void take_best(Hunt *hunt, GArray *cells)
{
    g_clear_pointer(&hunt->best, g_array_unref);
    hunt->best = cells;
    hunt->below = cells->len / hunt->n_columns;
}

/* Searches one group's starters for a while; false where it has nothing left to find. */
static bool pursue(Hunt *hunt, Candidate *candidate, guint64 seed, guint64 work, gint64 deadline,
                   guint64 *done)
{
    guint64 start = *done;
    guint most = candidate_most(hunt, candidate);
    if (most < candidate->fewest)
        return false;
    if (!candidate->search) {
        candidate->search = search_new(candidate->space, NULL, seed);
        search_load_random(candidate->search, most);
    }
    while (search_rows(candidate->search) > most)
        search_remove_row(candidate->search);
    while (*done - start < work) {
        if (!search_run(candidate->search, work - (*done - start), deadline, done))
            return true;
        if (candidate_rows(hunt, candidate, search_rows(candidate->search)) < hunt->below)
            take_best(hunt, expand(hunt, candidate));
        if (search_rows(candidate->search) <= candidate->fewest)
            return false;
        search_remove_row(candidate->search);
    }
    return true;
}

static guint64 sets_count(guint n, guint k)
{
    guint64 product = 1;
    for (guint i = 1; i <= k && product <= SETS_MAX; i++)
        product = product * (n - k + i) / i;
    return product;
}

GArray *symmetry_cover(guint n_columns, guint levels, guint strength, guint below, guint64 seed,
                       guint64 work, gint64 deadline, guint64 *done)
{
    g_autoptr(GPtrArray) candidates = g_ptr_array_new_with_free_func(candidate_free);
    Hunt hunt = {n_columns, levels, strength, below, NULL, candidates};
    guint64 start = *done;
    if (levels < 2 || n_columns <= strength || levels > FIELD_ORDER_MAX ||
        power(levels, strength) > TUPLES_MAX || sets_count(n_columns, strength) > SETS_MAX)
        return NULL;
    if (strength == 2) {
        GArray *cells =
            starter_cover(n_columns, levels, hunt.below, seed, work / 2, deadline, done);
        if (cells)
            take_best(&hunt, cells);
    }
    add_candidates(&hunt);
    for (guint round = 0; round < ROUNDS && candidates->len > 0; round++) {
        for (guint i = candidates->len; i-- > 0;) {
            guint64 left = work - MIN(work, *done - start);
            guint64 slice = left / (ROUNDS - round) / (i + 1);
            if (!pursue(&hunt, candidates->pdata[i], seed + i, slice, deadline, done))
                g_ptr_array_remove_index(candidates, i);
        }
    }
    return hunt.best;
}
