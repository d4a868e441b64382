/* SPDX-License-Identifier: GPL-2.0-or-later
 * Making an array of a problem smaller: symmetry first, then two searches in rounds.
 */
#include "plan/optimise.h"

#include <string.h>

#include "plan/construct.h"
#include "plan/symmetry.h"
#include "plan/uniform.h"

#define STREAMS 2
#define ROUNDS 24
#define PATIENCE 4 /* rounds without progress after which the second search starts afresh */

typedef struct {
    Search *search;
    Feasible *feasible;
    SearchRules rules;
    guint64 work; /* of one round */
    gint64 deadline;
    guint bound;
    guint idle;      /* rounds without progress */
    GreedyRows best; /* what it found in this round; no cells where nothing */
} Stream;

/* Whether nothing is ruled out, and every set of one size is there. */
static bool uniform_sets(const Problem *problem)
{
    const Space *space = problem->space;
    guint64 all = 1;
    if (!problem->free || space->n_sets == 0)
        return false;
    guint size = space->sets[0].size;
    for (guint i = 1; i <= size; i++)
        all = all * (space->n_columns - size + i) / i;
    for (guint s = 1; s < space->n_sets; s++)
        if (space->sets[s].size != size)
            return false;
    return space->n_sets == all;
}

static bool uniform_levels(const Space *space)
{
    for (guint c = 1; c < space->n_columns; c++)
        if (space->levels[c] != space->levels[0])
            return false;
    return true;
}

/* Kleitman and Spencer (1973): so many rows at least for these columns with two values, where pairs
 * of them must be covered and nothing is ruled out. */
static guint binary_bound(const Space *space)
{
    guint columns = 0, rows = 4;
    for (guint c = 0; c < space->n_columns; c++)
        columns += space->levels[c] == 2;
    while (columns > 1 && construct_binary_columns(rows, columns) < columns)
        rows++;
    return columns > 1 ? rows : 0;
}

guint optimise_bound(const Problem *problem)
{
    const Space *space = problem->space;
    guint most = problem->seeds->len;
    if (uniform_sets(problem) && space->sets[0].size >= 2)
        most = MAX(most, binary_bound(space));
    for (guint s = 0; s < space->n_sets; s++) {
        guint end = s + 1 < space->n_sets ? space->sets[s + 1].base : space->n_slots;
        guint needed = 0;
        for (guint slot = space->sets[s].base; slot < end; slot++)
            needed += !space_bit(space->excluded, slot);
        most = MAX(most, needed);
    }
    return most;
}

static guint rows_count(const Problem *problem, const GreedyRows *rows)
{
    return rows->cells->len / problem->space->n_columns;
}

/* Puts unlocked cells in the place of the rows. */
static void rows_take(GreedyRows *rows, GArray *cells)
{
    greedy_rows_clear(rows);
    rows->cells = cells;
    rows->locked = g_array_sized_new(FALSE, TRUE, 1, cells->len);
    g_array_set_size(rows->locked, cells->len);
}

static GreedyRows rows_of(const Search *search, guint n_columns)
{
    guint n = search_rows(search) * n_columns;
    GreedyRows rows = {g_array_sized_new(FALSE, FALSE, sizeof(guint16), n), NULL};
    g_array_append_vals(rows.cells, search_cells(search), n);
    rows.locked = g_array_sized_new(FALSE, TRUE, 1, n);
    if (search_locked(search))
        g_array_append_vals(rows.locked, search_locked(search), n);
    else
        g_array_set_size(rows.locked, n);
    return rows;
}

static bool has_locked(const GreedyRows *rows)
{
    return rows->locked->len > 0 && memchr(rows->locked->data, 1, rows->locked->len) != NULL;
}

static void stream_clear(Stream *stream)
{
    search_free(stream->search);
    feasible_free(stream->feasible);
    greedy_rows_clear(&stream->best);
}

static void stream_init(Stream *stream, const Problem *problem, guint64 seed)
{
    *stream = (Stream){.feasible = problem_feasible_new(problem)};
    stream->rules = problem_rules(stream->feasible);
    stream->search = search_new(problem->space,
                                problem->model->constraints->len > 0 ? &stream->rules : NULL, seed);
}

/* Starts from these rows less one. */
static void stream_load(Stream *stream, const Problem *problem, const GreedyRows *rows)
{
    search_load(stream->search, rows_count(problem, rows), (const guint16 *)rows->cells->data,
                has_locked(rows) ? (const guint8 *)rows->locked->data : NULL);
    search_remove_row(stream->search);
}

static gpointer stream_round(gpointer data)
{
    Stream *stream = data;
    guint64 done = 0;
    guint columns = search_columns(stream->search);
    while (done < stream->work &&
           search_run(stream->search, stream->work - done, stream->deadline, &done)) {
        greedy_rows_clear(&stream->best);
        stream->best = rows_of(stream->search, columns);
        if (search_rows(stream->search) <= stream->bound || !search_remove_row(stream->search))
            break;
    }
    return NULL;
}

static void run_round(Stream streams[STREAMS], guint threads)
{
    GThread *thread = threads > 1 ? g_thread_new("optimise", stream_round, &streams[1]) : NULL;
    stream_round(&streams[0]);
    if (thread)
        g_thread_join(thread);
    else
        stream_round(&streams[1]);
}

/* The smaller of the streams' arrays becomes the best. The first stream, where it is not ahead,
 * goes on from it; the second stays with its own array, which is of another kind, or starts afresh:
 * some small arrays are found at once from a lucky start, or never. */
static void share_best(Stream streams[STREAMS], const Problem *problem, GreedyRows *rows)
{
    for (guint i = 0; i < STREAMS; i++) {
        streams[i].idle = streams[i].best.cells ? 0 : streams[i].idle + 1;
        if (streams[i].best.cells &&
            rows_count(problem, &streams[i].best) < rows_count(problem, rows)) {
            greedy_rows_clear(rows);
            *rows = streams[i].best;
            streams[i].best = (GreedyRows){0};
        }
        greedy_rows_clear(&streams[i].best);
    }
    if (search_rows(streams[0].search) >= rows_count(problem, rows))
        stream_load(&streams[0], problem, rows);
    if (problem->free && streams[1].idle >= PATIENCE) {
        search_load_random(streams[1].search, rows_count(problem, rows) - 1);
        streams[1].idle = 0;
    }
    while (search_rows(streams[1].search) >= rows_count(problem, rows) &&
           search_remove_row(streams[1].search))
        continue;
}

static void search_rounds(const Problem *problem, const OptimiseLimits *limits, guint64 work,
                          guint bound, GreedyRows *rows)
{
    Stream streams[STREAMS];
    for (guint i = 0; i < STREAMS; i++) {
        stream_init(&streams[i], problem, limits->seed * STREAMS + i);
        streams[i].work = work / ROUNDS / STREAMS;
        streams[i].deadline = limits->deadline;
        streams[i].bound = bound;
        stream_load(&streams[i], problem, rows);
    }
    if (problem->free)
        search_load_random(streams[1].search, rows_count(problem, rows) - 1);
    for (guint round = 0; round < ROUNDS && rows_count(problem, rows) > bound &&
                          g_get_monotonic_time() < limits->deadline;
         round++) {
        run_round(streams, limits->threads);
        share_best(streams, problem, rows);
    }
    for (guint i = 0; i < STREAMS; i++)
        stream_clear(&streams[i]);
}

/* Arrays that need no first array: from algebra, and with a symmetry. The work done. */
static guint64 try_structures(const Problem *problem, const OptimiseLimits *limits, guint bound,
                              GreedyRows *rows)
{
    const Space *space = problem->space;
    guint64 done = 0;
    guint strength = space->n_sets > 0 ? space->sets[0].size : 0;
    for (guint s = 0; s < space->n_sets; s++)
        strength = MAX(strength, space->sets[s].size);
    GArray *built =
        problem->free ? construct_cover(space->n_columns, space->levels, strength) : NULL;
    if (built && built->len < rows->cells->len)
        rows_take(rows, built);
    else
        g_clear_pointer(&built, g_array_unref);
    if (rows_count(problem, rows) > bound && uniform_sets(problem) && uniform_levels(space)) {
        GArray *found = strength == 3 ? uniform_double(space->n_columns, space->levels[0],
                                                       rows_count(problem, rows), limits->seed,
                                                       limits->work / 8, limits->deadline, &done)
                                      : NULL;
        if (found)
            rows_take(rows, found);
        found =
            symmetry_cover(space->n_columns, space->levels[0], strength, rows_count(problem, rows),
                           limits->seed, limits->work / 3, limits->deadline, &done);
        if (found)
            rows_take(rows, found);
    }
    return done;
}

void optimise(const Problem *problem, const OptimiseLimits *limits, GreedyRows *rows,
              bool *ret_optimal)
{
    guint bound = optimise_bound(problem);
    if (rows_count(problem, rows) > bound && limits->work > 0) {
        guint64 done = try_structures(problem, limits, bound, rows);
        if (rows_count(problem, rows) > bound && rows_count(problem, rows) <= SEARCH_ROWS_MAX &&
            done < limits->work)
            search_rounds(problem, limits, limits->work - done, bound, rows);
    }
    *ret_optimal = rows_count(problem, rows) == bound;
}
