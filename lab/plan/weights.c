/* SPDX-License-Identifier: GPL-2.0-or-later
 * Weights: values of cells that no combination depends on.
 */
#include "plan/weights.h"

#include "plan/cover.h"

typedef struct {
    const Problem *problem;
    guint8 *count; /* rows that cover the slot, at most 255 */
    Random random;
} Weigher;

static bool has_weights(const CoverModel *model)
{
    for (guint p = 0; p < model->parameters->len; p++)
        for (guint v = 0; v < cover_model_parameter(model, p)->values->len; v++)
            if (cover_model_value(model, p, v)->weight != 1)
                return true;
    return false;
}

/* Adds the slots of one row; a count that reached 255 stays there. */
static void add_row(Weigher *weigher, const guint16 *row)
{
    const Space *space = weigher->problem->space;
    for (guint s = 0; s < space->n_sets; s++) {
        guint32 slot = space->sets[s].base;
        for (guint i = 0; i < space->sets[s].size; i++)
            slot += space->sets[s].stride[i] * row[space->sets[s].column[i]];
        if (weigher->count[slot] < G_MAXUINT8)
            weigher->count[slot]++;
    }
}

static guint32 link_slot(const SpaceLinks *links, guint i, const guint16 *row, guint16 own)
{
    guint32 slot = links->base[i] + links->own[i] * own;
    for (guint j = 0; j < links->width; j++)
        slot += links->stride[(gsize)i * links->width + j] *
                row[links->other[(gsize)i * links->width + j]];
    return slot;
}

/* Whether every combination that the cell takes part in is covered elsewhere too. */
static bool cell_is_free(const Weigher *weigher, const guint16 *row, guint column)
{
    const Space *space = weigher->problem->space;
    for (guint width = 0; width < SPACE_SET_MAX; width++) {
        const SpaceLinks *links = &space->links[column][width];
        for (guint i = 0; i < links->n; i++) {
            guint32 slot = link_slot(links, i, row, row[column]);
            if (weigher->count[slot] < 2 && !space_bit(space->excluded, slot))
                return false;
        }
    }
    return true;
}

static guint16 pick_weighted(Weigher *weigher, guint16 *row, guint column)
{
    const Problem *problem = weigher->problem;
    guint16 from = row[column], picked = from;
    guint weight = 0;
    for (guint v = 0; v < problem->space->levels[column]; v++) {
        row[column] = (guint16)v;
        if (!problem_allows(problem, column, v) || !feasible_holds(problem->feasible, row, column))
            continue;
        guint own = cover_model_value(problem->model, column, v)->weight;
        weight += own;
        if (random_below(&weigher->random, weight) < own)
            picked = (guint16)v;
    }
    row[column] = from;
    return picked;
}

static void change_cell(Weigher *weigher, guint16 *row, guint column, guint16 to)
{
    const Space *space = weigher->problem->space;
    for (guint width = 0; width < SPACE_SET_MAX; width++) {
        const SpaceLinks *links = &space->links[column][width];
        for (guint i = 0; i < links->n; i++) {
            guint32 before = link_slot(links, i, row, row[column]);
            guint32 after = link_slot(links, i, row, to);
            if (weigher->count[before] < G_MAXUINT8)
                weigher->count[before]--;
            if (weigher->count[after] < G_MAXUINT8)
                weigher->count[after]++;
        }
    }
    row[column] = to;
}

void weights_apply(const Problem *problem, guint64 seed, GreedyRows *rows)
{
    guint columns = problem->space->n_columns, n = rows->cells->len / columns;
    if (!has_weights(problem->model) || problem->space->n_slots > COVER_SEARCH_SLOTS_MAX)
        return;
    g_autofree guint8 *count = g_new0(guint8, problem->space->n_slots + 1);
    Weigher weigher = {problem, count, random_fork(seed, 2)};
    for (guint r = 0; r < n; r++)
        add_row(&weigher, (const guint16 *)rows->cells->data + (gsize)r * columns);
    for (guint r = 0; r < n; r++) {
        guint16 *row = (guint16 *)rows->cells->data + (gsize)r * columns;
        for (guint c = 0; c < columns; c++) {
            if (rows->locked->data[(gsize)r * columns + c] || !cell_is_free(&weigher, row, c))
                continue;
            guint16 to = pick_weighted(&weigher, row, c);
            if (to != row[c])
                change_cell(&weigher, row, c, to);
        }
    }
}
