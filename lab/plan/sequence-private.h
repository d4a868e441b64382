/* SPDX-License-Identifier: GPL-2.0-or-later
 * What the parts of the sequence generator share: the closed rules, rows under construction, and
 * the table that counts how many rows cover each t-order.
 */
#pragma once

#include "plan/sequence.h"

/* --- the rules, transitively closed ------------------------------------------------------------
 */

typedef struct {
    guint n;
    bool any;                                              /* is there any rule at all? */
    bool before[SEQUENCE_EVENTS_MAX][SEQUENCE_EVENTS_MAX]; /* [a][b]: a before b */
    bool needs[SEQUENCE_EVENTS_MAX][SEQUENCE_EVENTS_MAX];  /* [a][b]: a needs b */
    bool optional[SEQUENCE_EVENTS_MAX];                    /* and no mandatory one needs it */
} SequenceRules;

/* Checks the model; TRUCE_ERROR_INPUT as sequence_generate(). */
bool sequence_rules_close(const SequenceModel *model, SequenceRules *ret_rules, GError **error);

/* --- rows --------------------------------------------------------------------------------------
 */

typedef struct {
    guint n;        /* events of the model: a row's capacity */
    guint count;    /* rows */
    guint fixed;    /* the first ones are there for their pattern of presence: never dropped */
    guint8 *events; /* [count][n] */
    guint8 *length; /* [count] */
} SequenceRows;

SequenceRows *sequence_rows_new(guint n);
SequenceRows *sequence_rows_copy(const SequenceRows *rows);
void sequence_rows_free(SequenceRows *rows);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SequenceRows, sequence_rows_free)
void sequence_rows_append(SequenceRows *rows, const guint8 *events, guint length);
void sequence_rows_drop(SequenceRows *rows, guint row);

/* --- random numbers: splitmix64 ----------------------------------------------------------------
 */

static inline guint64 sequence_random(guint64 *state)
{
    guint64 z = (*state += 0x9e3779b97f4a7c15u);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* 0..bound-1 */
static inline guint sequence_below(guint64 *state, guint bound)
{
    return (guint)(((sequence_random(state) >> 32) * bound) >> 32);
}

/* --- the table of counts -----------------------------------------------------------------------
 */

#define SEQUENCE_COUNT_MAX 250 /* rows that a table can count */

typedef struct {
    guint n, strength;
    guint stride;     /* of the last index: n rounded up to whole vectors */
    gsize bytes;      /* of each of the two below */
    guint8 *forward;  /* [a][b]…[z]: how many rows cover the order a b … z */
    guint8 *backward; /* [z]…[b][a]: the same */
    guint64 missing;  /* wanted orders that no row covers */
    guint64 wanted;
    guint bound; /* most wanted orders of one set of t events: so many rows it takes at least */
} SequenceTable;

gsize sequence_table_bytes(guint n, guint strength);
SequenceTable *sequence_table_new(const SequenceRules *rules, guint strength);
SequenceTable *sequence_table_copy(const SequenceTable *table);
void sequence_table_free(SequenceTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SequenceTable, sequence_table_free)

/* Forgets all rows. */
void sequence_table_reset(SequenceTable *table);

/* Counts a row in or out. At most SEQUENCE_COUNT_MAX rows. */
void sequence_table_add(SequenceTable *table, const guint8 *row, guint length);
void sequence_table_remove(SequenceTable *table, const guint8 *row, guint length);

/* Notes a row's orders as covered, without counting: for any number of rows. */
void sequence_table_mark(SequenceTable *table, const guint8 *row, guint length);

/* How many orders only this row covers. */
guint64 sequence_table_unique(const SequenceTable *table, const guint8 *row, guint length);

/* Some order that is wanted and missing, the first one from a place in the table that `random`
 * chooses; false where none is missing. */
bool sequence_table_missing(const SequenceTable *table, guint64 random,
                            guint8 ret_order[SEQUENCE_STRENGTH_MAX]);

/* A row without one event, and what it would cost to have that event at each gap in it. */
typedef struct {
    guint8 others[SEQUENCE_EVENTS_MAX];
    guint count;                        /* of others; the gaps are 0..count */
    guint at;                           /* the gap that is 0 below */
    guint low, high;                    /* the gaps that the rules leave */
    gint cost[SEQUENCE_EVENTS_MAX + 1]; /* [low..high]: orders lost less orders won, against `at` */
} SequenceGaps;

/* For an event that is in the row, which the table counts. */
void sequence_gaps_of(const SequenceTable *table, const SequenceRules *rules, const guint8 *row,
                      guint length, guint place, SequenceGaps *ret_gaps);

/* For an event that is not in the row, and the row not in the table; `at` is low. */
void sequence_gaps_new(const SequenceTable *table, const SequenceRules *rules, const guint8 *row,
                       guint length, guint event, SequenceGaps *ret_gaps);

/* Moves an event from the gap `at` to another one, in the table and in the row. */
void sequence_gaps_move(SequenceTable *table, const SequenceGaps *gaps, guint event, guint to,
                        guint8 *row);

/* --- the stages: presence, first array, fewer rows
 * ---------------------------------------------------------------------------- */

/* Patterns of presence, bool[rules->n] each, one after the other; the first holds every event. None
 * where no event is optional. */
GArray *sequence_patterns(const SequenceRules *rules, guint presence, guint64 *random);

/* Rows that cover everything, quickly, unless cancelled. The table is left marked. */
SequenceRows *sequence_first(const SequenceRules *rules, SequenceTable *table, guint presence,
                             guint64 seed, const bool *cancelled);

typedef struct {
    guint64 seed;
    guint threads;
    guint searches;        /* logical ones; what comes out depends on it */
    gint64 deadline;       /* g_get_monotonic_time(); not looked at where iterations is not 0 */
    guint64 iterations;    /* of each search */
    const bool *cancelled; /* or NULL */
} SequenceEffort;

/* Replaces *rows by fewer that cover as much, as long as the effort lasts or until `bound` rows,
 * which is no less than rows->fixed.
 * Takes over the table, whose counts it needs for itself. ret_last is when (monotonic time) the
 * last row was saved, or 0. */
void sequence_optimise(const SequenceRules *rules, SequenceTable *table, guint bound,
                       const SequenceEffort *effort, SequenceRows **rows, gint64 *ret_last,
                       guint64 *ret_iterations);
