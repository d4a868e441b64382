/* SPDX-License-Identifier: GPL-2.0-or-later
 * A first covering array, row by row.
 */
#include "plan/greedy.h"

#include <string.h>

#include "util/error.h"

#define SAMPLE 64        /* sets looked at for the one with most uncovered combinations */
#define CANDIDATES_MAX 6 /* rows tried for one place */
#define CANDIDATE_WORK 60000
#define ASCENTS_MAX 4
#define ASCENT_WORK 300000 /* rows that cost more are improved only once */

typedef struct {
    Problem *problem;
    Space *space;
    Random random;
    guint n;          /* parameters */
    guint64 *covered; /* a bit a slot: covered or excluded */
    guint32 *left;    /* a set: slots that are not */
    guint64 n_left;
    guint *order;
    guint *score; /* a value */
    guint16 *row;
    guint16 *best;
    guint64 gain; /* work of one pass over a row */
} Greedy;

void greedy_rows_clear(GreedyRows *rows)
{
    g_clear_pointer(&rows->cells, g_array_unref);
    g_clear_pointer(&rows->locked, g_array_unref);
}

static void greedy_free(Greedy *greedy)
{
    g_free(greedy->covered);
    g_free(greedy->left);
    g_free(greedy->order);
    g_free(greedy->score);
    g_free(greedy->row);
    g_free(greedy->best);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Greedy, greedy_free)

static void greedy_init(Greedy *greedy, Problem *problem, guint64 seed)
{
    Space *space = problem->space;
    guint levels = 1;
    greedy->problem = problem;
    greedy->space = space;
    greedy->random = random_fork(seed, 0);
    greedy->n = space->n_columns;
    greedy->covered = g_memdup2(space->excluded, (space->n_slots / 64 + 1) * sizeof(guint64));
    greedy->left = g_new0(guint32, space->n_sets + 1);
    greedy->order = g_new(guint, greedy->n + 1);
    greedy->row = g_new(guint16, greedy->n + 1);
    greedy->best = g_new(guint16, greedy->n + 1);
    for (guint s = 0; s < space->n_sets; s++) {
        guint end = s + 1 < space->n_sets ? space->sets[s + 1].base : space->n_slots;
        for (guint slot = space->sets[s].base; slot < end; slot++)
            greedy->left[s] += !space_bit(greedy->covered, slot);
        greedy->n_left += greedy->left[s];
    }
    for (guint c = 0; c < greedy->n; c++) {
        levels = MAX(levels, space->levels[c]);
        for (guint width = 0; width < SPACE_SET_MAX; width++)
            greedy->gain += (guint64)space->links[c][width].n * space->levels[c];
    }
    greedy->score = g_new(guint, levels);
}

static inline guint32 links_rest(const SpaceLinks *links, guint i, const guint16 *row, bool *whole)
{
    guint32 rest = 0;
    for (guint j = 0; j < links->width; j++) {
        guint16 value = row[links->other[(gsize)i * links->width + j]];
        *whole = *whole && value != COVER_ANY;
        rest += links->stride[(gsize)i * links->width + j] * value;
    }
    return rest;
}

/* For each value of the column: how many slots it would newly cover with the cells there are. */
static void score_column(Greedy *greedy, guint column)
{
    guint levels = greedy->space->levels[column];
    memset(greedy->score, 0, levels * sizeof *greedy->score);
    for (guint width = 0; width < SPACE_SET_MAX; width++) {
        const SpaceLinks *links = &greedy->space->links[column][width];
        for (guint i = 0; i < links->n; i++) {
            bool whole = true;
            if (greedy->left[links->set[i]] == 0)
                continue;
            guint32 slot = links->base[i] + links_rest(links, i, greedy->row, &whole);
            for (guint v = 0; whole && v < levels; v++, slot += links->own[i])
                greedy->score[v] += !space_bit(greedy->covered, slot);
        }
    }
}

/* Among the best scores, one at random by weight; COVER_ANY where no value is left. */
static guint16 pick_value(Greedy *greedy, guint column, const guint8 *barred)
{
    guint best = 0, weight = 0;
    guint16 picked = COVER_ANY;
    for (guint v = 0; v < greedy->space->levels[column]; v++) {
        if (barred[v] || !problem_allows(greedy->problem, column, v))
            continue;
        if (picked == COVER_ANY || greedy->score[v] > best) {
            best = greedy->score[v];
            weight = 0;
        } else if (greedy->score[v] < best) {
            continue;
        }
        guint own = cover_model_value(greedy->problem->model, column, v)->weight;
        weight += own;
        if (picked == COVER_ANY || random_below(&greedy->random, weight) < own)
            picked = (guint16)v;
    }
    return picked;
}

/* Gives the cell the best value with which the row can still be completed. */
static void fill_cell(Greedy *greedy, guint column)
{
    Feasible *feasible = greedy->problem->feasible;
    g_autofree guint8 *barred = g_new0(guint8, greedy->space->levels[column]);
    score_column(greedy, column);
    for (;;) {
        guint16 value = pick_value(greedy, column, barred);
        /* The row could be completed before, so some value is left. */
        g_assert(value != COVER_ANY);
        greedy->row[column] = value;
        if (!feasible_constrained(feasible, column) ||
            feasible_partial_with(feasible, greedy->row, column))
            return;
        barred[value] = 1;
    }
}

static bool ascend_cell(Greedy *greedy, guint column)
{
    guint16 from = greedy->row[column], best = from;
    score_column(greedy, column);
    for (guint v = 0; v < greedy->space->levels[column]; v++) {
        if (greedy->score[v] <= greedy->score[best] || !problem_allows(greedy->problem, column, v))
            continue;
        greedy->row[column] = (guint16)v;
        if (feasible_holds(greedy->problem->feasible, greedy->row, column))
            best = (guint16)v;
    }
    greedy->row[column] = best;
    return best != from;
}

static guint32 row_slot(const SpaceSet *set, const guint16 *row)
{
    guint32 slot = set->base;
    for (guint i = 0; i < set->size; i++)
        slot += set->stride[i] * row[set->column[i]];
    return slot;
}

static guint count_new(const Greedy *greedy, const guint16 *row)
{
    guint n = 0;
    for (guint s = 0; s < greedy->space->n_sets; s++)
        n += greedy->left[s] > 0 &&
             !space_bit(greedy->covered, row_slot(&greedy->space->sets[s], row));
    return n;
}

static void mark_slot(Greedy *greedy, guint set, guint32 slot)
{
    space_bit_set(greedy->covered, slot);
    greedy->left[set]--;
    greedy->n_left--;
}

static void mark_row(Greedy *greedy, const guint16 *row)
{
    for (guint s = 0; s < greedy->space->n_sets; s++) {
        guint32 slot = row_slot(&greedy->space->sets[s], row);
        if (!space_bit(greedy->covered, slot))
            mark_slot(greedy, s, slot);
    }
}

/* Completes the partial row; cells that `fixed` has stay. */
static void complete_row(Greedy *greedy, const guint16 *fixed)
{
    bool improved = true;
    guint passes = greedy->gain > ASCENT_WORK ? 1 : ASCENTS_MAX;
    random_order(&greedy->random, greedy->n, greedy->order);
    for (guint i = 0; i < greedy->n; i++)
        if (greedy->row[greedy->order[i]] == COVER_ANY)
            fill_cell(greedy, greedy->order[i]);
    for (guint pass = 0; improved && pass < passes; pass++) {
        improved = false;
        for (guint i = 0; i < greedy->n; i++) {
            guint column = greedy->order[i];
            if ((!fixed || fixed[column] == COVER_ANY) && ascend_cell(greedy, column))
                improved = true;
        }
    }
}

/* The fullest of some sets that still have uncovered slots. */
static guint pick_set(Greedy *greedy)
{
    guint n = greedy->space->n_sets, seen = 0, best = n;
    guint start = random_below(&greedy->random, n);
    for (guint i = 0; i < n && seen < SAMPLE; i++) {
        guint s = (start + i) % n;
        if (greedy->left[s] == 0)
            continue;
        seen++;
        if (best == n || greedy->left[s] > greedy->left[best])
            best = s;
    }
    return best;
}

/* The first uncovered slot from `from` on, below `end`; `end` where there is none. Of a large set
 * nearly all are covered most of the time: whole words are passed over. */
static guint next_uncovered(const Greedy *greedy, guint from, guint end)
{
    for (guint slot = from; slot < end; slot = (slot / 64 + 1) * 64) {
        guint64 open = ~greedy->covered[slot / 64] >> slot % 64;
        if (open)
            return MIN(slot + (guint)__builtin_ctzll(open), end);
    }
    return end;
}

/* Starts a row from an uncovered combination; false where that one cannot be had. */
static bool start_row(Greedy *greedy)
{
    guint s = pick_set(greedy);
    const SpaceSet *set = &greedy->space->sets[s];
    guint end =
        s + 1 < greedy->space->n_sets ? greedy->space->sets[s + 1].base : greedy->space->n_slots;
    guint16 values[SPACE_SET_MAX];
    guint slot =
        next_uncovered(greedy, set->base + random_below(&greedy->random, end - set->base), end);
    if (slot == end)
        slot = next_uncovered(greedy, set->base, end);
    space_values(greedy->space, set, slot - set->base, values);
    for (guint c = 0; c < greedy->n; c++)
        greedy->row[c] = COVER_ANY;
    for (guint j = 0; j < set->size; j++)
        greedy->row[set->column[j]] = values[j];
    if (feasible_partial(greedy->problem->feasible, greedy->row))
        return true;
    mark_slot(greedy, s, slot);
    space_bit_set(greedy->space->excluded, slot);
    return false;
}

static void append_row(Greedy *greedy, const guint16 *row, const guint16 *fixed, GreedyRows *rows)
{
    mark_row(greedy, row);
    g_array_append_vals(rows->cells, row, greedy->n);
    for (guint c = 0; c < greedy->n; c++) {
        guint8 locked = fixed && fixed[c] != COVER_ANY;
        g_array_append_val(rows->locked, locked);
    }
}

/* The best of a few rows that start from uncovered combinations; false where the first cannot. */
static bool next_row(Greedy *greedy)
{
    guint candidates = (guint)CLAMP(CANDIDATE_WORK / MAX(greedy->gain, 1), 1, CANDIDATES_MAX);
    guint best = 0;
    for (guint i = 0; i < candidates && greedy->n_left > 0; i++) {
        if (!start_row(greedy))
            continue;
        complete_row(greedy, NULL);
        guint covers = candidates > 1 ? count_new(greedy, greedy->row) : 1;
        if (covers > best) {
            best = covers;
            memcpy(greedy->best, greedy->row, greedy->n * sizeof *greedy->row);
        }
    }
    return best > 0;
}

bool greedy_cover(Problem *problem, guint64 seed, GreedyRows *ret_rows, GError **error)
{
    g_auto(Greedy) greedy = {0};
    g_auto(GreedyRows) rows = {g_array_new(FALSE, FALSE, sizeof(guint16)),
                               g_array_new(FALSE, FALSE, sizeof(guint8))};
    greedy_init(&greedy, problem, seed);
    for (guint s = 0; s < problem->seeds->len; s++) {
        const guint16 *fixed = problem->seeds->pdata[s];
        memcpy(greedy.row, fixed, greedy.n * sizeof *fixed);
        complete_row(&greedy, fixed);
        append_row(&greedy, greedy.row, fixed, &rows);
    }
    while (greedy.n_left > 0 && !feasible_gave_up(problem->feasible))
        if (next_row(&greedy))
            append_row(&greedy, greedy.best, NULL, &rows);
    if (feasible_gave_up(problem->feasible)) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "the constraints are too hard to solve: split or simplify them");
        return false;
    }
    *ret_rows = rows;
    rows = (GreedyRows){0};
    return true;
}
