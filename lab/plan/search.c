/* SPDX-License-Identifier: GPL-2.0-or-later
 * Tabu search over the cells of an array.
 */
#include "plan/search.h"

#include <string.h>

#define NEVER_MISSING 0x4000 /* added to the count of excluded slots */
#define MEMBERS_MAX 128      /* combinations of an orbit that are looked at in one step */
#define RULES_WORK 10        /* what a look at the rules counts as */
#define CLOCK_PERIOD 256     /* iterations between looks at the clock */

typedef struct {
    guint row, column;
    guint16 value;
} Move;

struct Search {
    const Space *space;
    const SearchRules *rules;
    Random random;
    guint n_rows;
    guint16 *rows;
    guint8 *locked;
    guint16 *count; /* rows that cover the slot */
    guint32 *place; /* of the slot in `missing`, where it is missing */
    guint32 *missing;
    guint n_missing;
    guint64 *tabu; /* a cell: not before this iteration */
    guint64 iteration;
    guint64 work;
    guint16 *scratch; /* one row */
    bool *keep;       /* one row */
};

Search *search_new(const Space *space, const SearchRules *rules, guint64 seed)
{
    Search *search = g_new0(Search, 1);
    search->space = space;
    search->rules = rules;
    search->random = random_fork(seed, 1);
    search->count = g_new(guint16, space->n_slots + 1);
    search->place = g_new(guint32, space->n_slots + 1);
    search->missing = g_new(guint32, space->n_slots + 1);
    search->scratch = g_new(guint16, space->n_columns + 1);
    search->keep = g_new(bool, space->n_columns + 1);
    return search;
}

void search_free(Search *search)
{
    if (!search)
        return;
    g_free(search->rows);
    g_free(search->locked);
    g_free(search->count);
    g_free(search->place);
    g_free(search->missing);
    g_free(search->tabu);
    g_free(search->scratch);
    g_free(search->keep);
    g_free(search);
}

static void missing_add(Search *search, guint32 slot)
{
    search->place[slot] = search->n_missing;
    search->missing[search->n_missing++] = slot;
}

static void missing_drop(Search *search, guint32 slot)
{
    guint32 last = search->missing[--search->n_missing];
    search->missing[search->place[slot]] = last;
    search->place[last] = search->place[slot];
}

static inline guint32 slot_in(const SpaceSymmetry *symmetry, guint32 base, guint32 combination)
{
    return base + (symmetry ? symmetry->orbit_of[combination] : combination);
}

static inline guint32 rest_of(const SpaceLinks *links, guint width, guint i, const guint16 *row)
{
    guint32 rest = 0;
    for (guint j = 0; j < width; j++)
        rest += links->stride[i * width + j] * row[links->other[i * width + j]];
    return rest;
}

/* How many more slots would be missing if the column's value changed. */
static inline int links_delta(const SpaceLinks *links, guint width, const SpaceSymmetry *symmetry,
                              const guint16 *count, const guint16 *row, guint16 from, guint16 to)
{
    int delta = 0;
    for (guint i = 0; i < links->n; i++) {
        guint32 rest = rest_of(links, width, i, row);
        guint32 own = links->own[i];
        guint32 before = slot_in(symmetry, links->base[i], rest + own * from);
        guint32 after = slot_in(symmetry, links->base[i], rest + own * to);
        if (!symmetry || before != after)
            delta += (count[before] == 1) - (count[after] == 0);
    }
    return delta;
}

static int move_delta(Search *search, const guint16 *row, guint column, guint16 to)
{
    const SpaceSymmetry *symmetry = search->space->symmetry;
    const SpaceLinks *links = search->space->links[column];
    const guint16 *count = search->count;
    guint16 from = row[column];
    int delta = 0;
    for (guint width = 0; width < SPACE_SET_MAX; width++) {
        if (links[width].n == 0)
            continue;
        search->work += links[width].n;
        if (symmetry && width == 2)
            delta += links_delta(&links[2], 2, symmetry, count, row, from, to);
        else if (symmetry)
            delta += links_delta(&links[width], width, symmetry, count, row, from, to);
        else if (width == 1)
            delta += links_delta(&links[1], 1, NULL, count, row, from, to);
        else if (width == 2)
            delta += links_delta(&links[2], 2, NULL, count, row, from, to);
        else if (width == 3)
            delta += links_delta(&links[3], 3, NULL, count, row, from, to);
        else
            delta += links_delta(&links[width], width, NULL, count, row, from, to);
    }
    return delta;
}

static void cover_slot(Search *search, guint32 slot)
{
    if (search->count[slot]++ == 0)
        missing_drop(search, slot);
}

static void uncover_slot(Search *search, guint32 slot)
{
    if (--search->count[slot] == 0)
        missing_add(search, slot);
}

static void change_cell(Search *search, guint r, guint column, guint16 to)
{
    const Space *space = search->space;
    guint16 *row = search->rows + (gsize)r * space->n_columns;
    for (guint width = 0; width < SPACE_SET_MAX; width++) {
        const SpaceLinks *links = &space->links[column][width];
        search->work += links->n;
        for (guint i = 0; i < links->n; i++) {
            guint32 rest = rest_of(links, width, i, row);
            guint32 own = links->own[i];
            uncover_slot(search,
                         slot_in(space->symmetry, links->base[i], rest + own * row[column]));
            cover_slot(search, slot_in(space->symmetry, links->base[i], rest + own * to));
        }
    }
    row[column] = to;
    search->tabu[(gsize)r * space->n_columns + column] =
        search->iteration + 1 + random_below(&search->random, 10);
}

static guint32 set_slot(const Search *search, const SpaceSet *set, const guint16 *row)
{
    guint32 combination = 0;
    for (guint i = 0; i < set->size; i++)
        combination += set->stride[i] * row[set->column[i]];
    return slot_in(search->space->symmetry, set->base, combination);
}

static void recount(Search *search)
{
    const Space *space = search->space;
    search->n_missing = 0;
    for (guint slot = 0; slot < space->n_slots; slot++)
        search->count[slot] = space_bit(space->excluded, slot) ? NEVER_MISSING : 0;
    for (guint r = 0; r < search->n_rows; r++)
        for (guint s = 0; s < space->n_sets; s++)
            search->count[set_slot(search, &space->sets[s],
                                   search->rows + (gsize)r * space->n_columns)]++;
    for (guint slot = 0; slot < space->n_slots; slot++)
        if (search->count[slot] == 0)
            missing_add(search, slot);
    search->work += (guint64)search->n_rows * space->n_sets;
}

static void allocate(Search *search, guint n, bool locked)
{
    gsize cells = MAX((gsize)n * search->space->n_columns, 1);
    search->n_rows = n;
    search->rows = g_renew(guint16, search->rows, cells);
    search->tabu = g_renew(guint64, search->tabu, cells);
    memset(search->tabu, 0, cells * sizeof *search->tabu);
    g_clear_pointer(&search->locked, g_free);
    if (locked)
        search->locked = g_new0(guint8, cells);
    search->iteration = 1;
}

void search_load(Search *search, guint n, const guint16 *rows, const guint8 *locked)
{
    gsize cells = (gsize)n * search->space->n_columns;
    allocate(search, n, locked != NULL);
    if (cells > 0)
        memcpy(search->rows, rows, cells * sizeof *rows);
    if (locked && cells > 0)
        memcpy(search->locked, locked, cells);
    recount(search);
}

void search_load_random(Search *search, guint n)
{
    const Space *space = search->space;
    allocate(search, n, false);
    for (guint r = 0; r < n; r++)
        for (guint c = 0; c < space->n_columns; c++)
            search->rows[(gsize)r * space->n_columns + c] =
                (guint16)random_below(&search->random, space->levels[c]);
    recount(search);
}

static bool row_locked(const Search *search, guint r)
{
    for (guint c = 0; search->locked && c < search->space->n_columns; c++)
        if (search->locked[(gsize)r * search->space->n_columns + c])
            return true;
    return false;
}

bool search_remove_row(Search *search)
{
    const Space *space = search->space;
    guint columns = space->n_columns;
    guint victim = search->n_rows, least = G_MAXUINT, ties = 0;
    for (guint r = 0; r < search->n_rows; r++) {
        guint alone = 0;
        if (row_locked(search, r))
            continue;
        for (guint s = 0; s < space->n_sets; s++)
            alone += search->count[set_slot(search, &space->sets[s],
                                            search->rows + (gsize)r * columns)] == 1;
        if (alone < least)
            ties = 0;
        if (alone <= least && random_below(&search->random, ++ties) == 0)
            victim = r;
        least = MIN(least, alone);
    }
    search->work += (guint64)search->n_rows * space->n_sets;
    if (victim == search->n_rows)
        return false;
    for (guint s = 0; s < space->n_sets; s++)
        uncover_slot(search,
                     set_slot(search, &space->sets[s], search->rows + (gsize)victim * columns));
    search->n_rows--;
    memmove(search->rows + (gsize)victim * columns, search->rows + (gsize)(victim + 1) * columns,
            (gsize)(search->n_rows - victim) * columns * sizeof *search->rows);
    if (search->locked)
        memmove(search->locked + (gsize)victim * columns,
                search->locked + (gsize)(victim + 1) * columns,
                (gsize)(search->n_rows - victim) * columns);
    memset(search->tabu, 0, (gsize)search->n_rows * columns * sizeof *search->tabu);
    return true;
}

/* One missing slot at random, as a set and a combination, or, with symmetry, an orbit of them. */
static const SpaceSet *pick_missing(Search *search, guint *ret_combination, SpaceOrbit *ret_orbit)
{
    const Space *space = search->space;
    guint32 slot = search->missing[random_below(&search->random, search->n_missing)];
    const SpaceSet *set = &space->sets[space_set_of(space, slot)];
    *ret_combination = slot - set->base;
    if (space->symmetry)
        *ret_orbit = space->symmetry->orbits[*ret_combination];
    return set;
}

static bool cell_locked(const Search *search, guint r, guint column)
{
    return search->locked && search->locked[(gsize)r * search->space->n_columns + column];
}

/* The cell by which a row lacks the combination; false where it lacks it by none or several. */
static bool lacks_one(const Search *search, guint r, const SpaceSet *set, const guint16 *values,
                      Move *ret_move)
{
    const guint16 *row = search->rows + (gsize)r * search->space->n_columns;
    guint different = 0, at = 0;
    for (guint i = 0; i < set->size; i++) {
        if (row[set->column[i]] != values[i]) {
            at = i;
            if (++different > 1)
                return false;
        }
    }
    if (different == 0 || cell_locked(search, r, set->column[at]))
        return false;
    *ret_move = (Move){r, set->column[at], values[at]};
    return true;
}

static bool move_allowed(Search *search, const Move *move)
{
    guint16 *row = search->rows + (gsize)move->row * search->space->n_columns;
    guint16 from = row[move->column];
    if (!search->rules)
        return true;
    search->work += RULES_WORK;
    row[move->column] = move->value;
    bool holds = search->rules->holds(search->rules->data, row, move->column);
    row[move->column] = from;
    return holds;
}

/* The best change found so far in a step. */
typedef struct {
    Move move;
    int delta;
    guint ties;
} Choice;

/* Looks at the single changes that cover the combination. */
static void consider(Search *search, const SpaceSet *set, const guint16 *values, Choice *choice)
{
    guint columns = search->space->n_columns;
    for (guint r = 0; r < search->n_rows; r++) {
        Move move;
        if (!lacks_one(search, r, set, values, &move) ||
            search->tabu[(gsize)r * columns + move.column] > search->iteration ||
            !move_allowed(search, &move))
            continue;
        int delta = move_delta(search, search->rows + (gsize)r * columns, move.column, move.value);
        if (delta < choice->delta)
            choice->ties = 0;
        if (delta <= choice->delta && random_below(&search->random, ++choice->ties) == 0)
            choice->move = move;
        choice->delta = MIN(choice->delta, delta);
    }
}

/* Puts the whole combination into a row, whatever that costs; with rules, other cells follow. */
static void force_into(Search *search, guint r, const SpaceSet *set, const guint16 *values)
{
    guint columns = search->space->n_columns;
    guint16 *row = search->rows + (gsize)r * columns;
    for (guint i = 0; i < set->size; i++)
        if (cell_locked(search, r, set->column[i]) && row[set->column[i]] != values[i])
            return;
    memcpy(search->scratch, row, columns * sizeof *row);
    for (guint c = 0; c < columns; c++)
        search->keep[c] = cell_locked(search, r, c);
    for (guint i = 0; i < set->size; i++) {
        search->scratch[set->column[i]] = values[i];
        search->keep[set->column[i]] = true;
    }
    search->work += search->rules ? (guint64)RULES_WORK * columns : 0;
    if (search->rules && !search->rules->repair(search->rules->data, search->scratch, search->keep))
        return;
    for (guint c = 0; c < columns; c++)
        if (search->scratch[c] != row[c])
            change_cell(search, r, c, search->scratch[c]);
}

/* A change for the worse is made with a probability of exp(−delta / 0.8). The odds are numbers, so
 * that they are the same on every machine. */
static bool accept(Search *search, int delta)
{
    static const guint32 odds[] = {1230528240, 352553352, 101008998, 28939644, 8291449, 2375556};
    if (delta <= 0)
        return true;
    return delta <= (int)G_N_ELEMENTS(odds) &&
           (guint32)(random_next(&search->random) >> 32) < odds[delta - 1];
}

static void step(Search *search)
{
    guint16 values[SPACE_SET_MAX];
    SpaceOrbit orbit = {1, 0};
    guint combination;
    Choice choice = {.delta = G_MAXINT};
    const SpaceSet *set = pick_missing(search, &combination, &orbit);
    guint tries = MIN(orbit.n, MEMBERS_MAX), start = random_below(&search->random, orbit.n);
    search->iteration++;
    for (guint i = 0; i < tries; i++) {
        if (search->space->symmetry)
            combination = search->space->symmetry->members[orbit.start + (start + i) % orbit.n];
        space_values(search->space, set, combination, values);
        search->work += search->n_rows + 16; /* the walk over the rows */
        consider(search, set, values, &choice);
    }
    if (choice.delta != G_MAXINT && !accept(search, choice.delta))
        return;
    if (choice.delta != G_MAXINT)
        change_cell(search, choice.move.row, choice.move.column, choice.move.value);
    else
        force_into(search, random_below(&search->random, search->n_rows), set, values);
}

bool search_run(Search *search, guint64 work, gint64 deadline, guint64 *done)
{
    guint64 limit = search->work + work, start = search->work;
    while (search->n_missing > 0 && search->n_rows > 0 && search->work < limit) {
        if (search->iteration % CLOCK_PERIOD == 0 && g_get_monotonic_time() >= deadline)
            break;
        step(search);
    }
    *done += search->work - start;
    return search->n_missing == 0;
}

guint search_rows(const Search *search)
{
    return search->n_rows;
}

guint search_missing(const Search *search)
{
    return search->n_missing;
}

const guint16 *search_cells(const Search *search)
{
    return search->rows;
}

const guint8 *search_locked(const Search *search)
{
    return search->locked;
}

guint search_columns(const Search *search)
{
    return search->space->n_columns;
}
