/* SPDX-License-Identifier: GPL-2.0-or-later
 * Fewer rows: take one away and mend what is missing by annealing; once nothing is missing, again.
 *
 * A step takes one event of one row, finds the cost of all its gaps (one walk, sequence-table.c)
 * and chooses among them by their Boltzmann weights, its old gap included ("heat bath"): no
 * proposal is made in vain, which at low temperature most single ones are. The temperature falls
 * from HOT to COLD over a cycle of so many sweeps; a success takes the next row away and warms up a
 * little; a cycle without success is followed by one twice as long.
 *
 * A fixed number of searches with seeds of their own run side by side, in rounds of a fixed number
 * of steps. After a round the first search with the fewest rows gives the new best array, and those
 * that are behind take rows away until they try for one row less than that. So the course of events
 * is the same with any number of threads, and a deadline only decides after which round it stops.
 */
#include "plan/sequence-private.h"

#include <math.h>

/* Found by trial on n = 10..80 at t = 3 and n = 10..30 at t = 4; a temperature of 1 takes an order
 * more that is missing with a chance of 1/e. */
#define HOT 0.5
#define COLD 0.13
#define FIRST_HEAT 0.18 /* of the first cycle: the first array is no bad one */
#define REWARM 1.1      /* after a success */
#define FIRST_SWEEPS 32 /* from HOT to COLD; twice as many in each further cycle */
#define WEIGHTS 64      /* gaps that cost more than the best by so much are never chosen */
#define HEAT_STEPS 512  /* between two looks at the temperature */

/* A new cycle's heat above that of the last success: what few orders hold must melt again, what
 * many hold is only lost by that. */
static const double restart[SEQUENCE_STRENGTH_MAX + 1] = {[2] = 2.5, [3] = 2.5, [4] = 1.5};

typedef struct {
    const SequenceRules *rules;
    SequenceTable *table;
    SequenceRows *rows; /* under repair */
    SequenceRows *best; /* the last ones that were complete, or NULL */
    guint bound;        /* rows to stop at */
    guint64 random;
    double heat, start;       /* now, and of the next cycle */
    double sweeps;            /* in which this cycle would go from HOT to COLD */
    guint32 weights[WEIGHTS]; /* by cost above the best gap's */
    guint64 quota;            /* steps of this round */
} Search;

static void search_clear(gpointer data)
{
    Search *search = data;

    sequence_table_free(search->table);
    sequence_rows_free(search->rows);
    sequence_rows_free(search->best);
}

/* The heat for the next so many steps. */
static void cool(Search *search, guint64 steps)
{
    double cycle = search->sweeps * search->rows->count * search->rows->n;

    search->heat *= pow(COLD / HOT, (double)steps / cycle);
    if (search->heat < COLD) {
        search->heat = search->start;
        search->sweeps *= 2;
    }
    for (guint i = 0; i < WEIGHTS; i++)
        search->weights[i] = (guint32)(exp(-(double)i / search->heat) * (1 << 24));
}

static guint choose_gap(const SequenceGaps *gaps, const guint32 *weights, guint64 *random)
{
    guint32 chances[SEQUENCE_EVENTS_MAX + 1];
    guint64 sum = 0, left;
    gint least = G_MAXINT;
    guint gap = gaps->low;

    for (guint i = gaps->low; i <= gaps->high; i++)
        least = MIN(least, gaps->cost[i]);
    for (guint i = gaps->low; i <= gaps->high; i++) {
        gint above = gaps->cost[i] - least;

        chances[i] = above < WEIGHTS ? weights[above] : 0;
        sum += chances[i];
    }
    left = ((sequence_random(random) >> 32) * sum) >> 32;
    while (left >= chances[gap])
        left -= chances[gap++];
    return gap;
}

static void search_step(Search *search)
{
    SequenceRows *rows = search->rows;
    guint r = sequence_below(&search->random, rows->count), place, gap;
    guint8 *row = rows->events + (gsize)r * rows->n;
    SequenceGaps gaps;

    if (rows->length[r] < 2)
        return;
    place = sequence_below(&search->random, rows->length[r]);
    sequence_gaps_of(search->table, search->rules, row, rows->length[r], place, &gaps);
    gap = choose_gap(&gaps, search->weights, &search->random);
    if (gap != gaps.at)
        sequence_gaps_move(search->table, &gaps, row[place], gap, row);
}

/* Takes one row away, the one of a few that alone covers least. */
static void search_drop(Search *search)
{
    SequenceRows *rows = search->rows;
    guint64 least = G_MAXUINT64;
    guint drop = rows->fixed;

    for (guint i = 0; i < 8; i++) {
        guint r = rows->fixed + sequence_below(&search->random, rows->count - rows->fixed);
        const guint8 *row = rows->events + (gsize)r * rows->n;
        guint64 unique = sequence_table_unique(search->table, row, rows->length[r]);

        if (unique < least) {
            least = unique;
            drop = r;
        }
    }
    sequence_table_remove(search->table, rows->events + (gsize)drop * rows->n, rows->length[drop]);
    sequence_rows_drop(rows, drop);
    search->start = MIN(HOT, search->heat * restart[search->table->strength]);
    search->heat = MIN(HOT, search->heat * REWARM);
}

/* Saves the rows while they are complete, and takes the next one away. */
static void search_save(Search *search)
{
    while (search->table->missing == 0) {
        sequence_rows_free(search->best);
        search->best = sequence_rows_copy(search->rows);
        if (search->rows->count == search->bound)
            return;
        search_drop(search);
    }
}

static void search_round(Search *search)
{
    guint64 steps;

    search_save(search);
    for (guint64 left = search->quota; left && search->table->missing; left -= steps) {
        steps = MIN(left, HEAT_STEPS);
        cool(search, steps);
        for (guint64 i = 0; i < steps && search->table->missing; i++)
            search_step(search);
        search_save(search);
    }
}

/* --- searches side by side ---------------------------------------------------------------------
 */

typedef struct {
    GArray *searches;
    guint first, step;
} Share;

static gpointer share_round(gpointer data)
{
    const Share *share = data;

    for (guint i = share->first; i < share->searches->len; i += share->step)
        search_round(&g_array_index(share->searches, Search, i));
    return NULL;
}

static void round_run(GArray *searches, guint threads)
{
    g_autofree Share *shares = g_new(Share, threads);
    g_autofree GThread **running = g_new(GThread *, threads);

    for (guint i = 0; i < threads; i++) {
        shares[i] = (Share){searches, i, threads};
        if (i > 0)
            running[i] = g_thread_new("sequences", share_round, &shares[i]);
    }
    share_round(&shares[0]);
    for (guint i = 1; i < threads; i++)
        g_thread_join(running[i]);
}

static GArray *searches_new(const SequenceRules *rules, SequenceTable *table,
                            const SequenceRows *rows, guint bound, const SequenceEffort *effort)
{
    GArray *searches = g_array_new(FALSE, TRUE, sizeof(Search));
    guint64 random = effort->seed;

    g_array_set_clear_func(searches, search_clear);
    sequence_table_reset(table);
    for (guint r = 0; r < rows->count; r++)
        sequence_table_add(table, rows->events + (gsize)r * rows->n, rows->length[r]);
    for (guint i = 0; i < effort->searches; i++) {
        Search search = {
            .rules = rules,
            .table = i == 0 ? table : sequence_table_copy(table),
            .rows = sequence_rows_copy(rows),
            .random = sequence_random(&random),
            .bound = bound,
            .heat = FIRST_HEAT,
            .start = HOT,
            .sweeps = FIRST_SWEEPS,
        };

        g_array_append_val(searches, search);
    }
    return searches;
}

/* After a round: the first search with the fewest rows gives the new best, if there is one. */
static bool take_best(GArray *searches, SequenceRows **rows)
{
    bool better = false;

    for (guint i = 0; i < searches->len; i++) {
        const Search *search = &g_array_index(searches, Search, i);

        if (search->best && search->best->count < (*rows)->count) {
            sequence_rows_free(*rows);
            *rows = sequence_rows_copy(search->best);
            better = true;
        }
    }
    return better;
}

/* Steps that take some fifty milliseconds: threads lose little by waiting for each other. */
static guint64 round_steps(const SequenceTable *table)
{
    guint64 work = 1;

    for (guint i = 1; i < table->strength; i++)
        work *= table->n;
    return CLAMP((1u << 26) / work, 8, 1u << 18);
}

void sequence_optimise(const SequenceRules *rules, SequenceTable *table, guint bound,
                       const SequenceEffort *effort, SequenceRows **rows, gint64 *ret_last,
                       guint64 *ret_iterations)
{
    g_autoptr(GArray) searches = searches_new(rules, table, *rows, bound, effort);
    guint64 steps = round_steps(table), done = 0;

    *ret_last = 0;
    while ((*rows)->count > bound) {
        guint64 quota = effort->iterations ? MIN(steps, effort->iterations - done) : steps;

        if (quota == 0 || (effort->cancelled && *effort->cancelled) ||
            (!effort->iterations && g_get_monotonic_time() >= effort->deadline))
            break;
        for (guint i = 0; i < searches->len; i++) {
            Search *search = &g_array_index(searches, Search, i);

            while (search->rows->count >= (*rows)->count)
                search_drop(search);
            search->quota = quota;
        }
        round_run(searches, MIN(effort->threads, searches->len));
        done += quota;
        if (take_best(searches, rows))
            *ret_last = g_get_monotonic_time();
    }
    *ret_iterations = done;
}
