/* SPDX-License-Identifier: GPL-2.0-or-later
 * The first array: row after row, each built around an order that is still missing by putting the
 * other events, in random order, where they cover most that is new, and then each once more.
 */
#include "plan/sequence-private.h"

#include <string.h>

/* The cheapest gap; among equals any. */
static guint best_gap(const SequenceGaps *gaps, guint64 *random)
{
    guint best = gaps->low, equals = 1;

    for (guint gap = gaps->low + 1; gap <= gaps->high; gap++) {
        if (gaps->cost[gap] < gaps->cost[best]) {
            best = gap;
            equals = 1;
        } else if (gaps->cost[gap] == gaps->cost[best] && sequence_below(random, ++equals) == 0) {
            best = gap;
        }
    }
    return best;
}

static void insert(const SequenceRules *rules, const SequenceTable *table, guint64 *random,
                   guint event, guint8 *row, guint length)
{
    SequenceGaps gaps;
    guint gap;

    sequence_gaps_new(table, rules, row, length, event, &gaps);
    gap = best_gap(&gaps, random);
    memmove(row + gap + 1, row + gap, length - gap);
    row[gap] = (guint8)event;
}

static void take_out(guint event, guint8 *row, guint length)
{
    guint8 *found = memchr(row, (int)event, length);

    memmove(found, found + 1, (gsize)(row + length - found - 1));
}

/* Adds one row of the events that are present. `start` is its first `length` events, in order. */
static void add_row(const SequenceRules *rules, SequenceTable *table, guint64 *random,
                    const bool *present, const guint8 *start, guint length, SequenceRows *rows)
{
    guint8 row[SEQUENCE_EVENTS_MAX + 1], events[SEQUENCE_EVENTS_MAX];
    guint count = 0;

    memcpy(row, start, length);
    for (guint i = 0; i < rules->n; i++)
        if (present[i])
            events[count++] = (guint8)i;
    for (guint i = count; i > 1; i--) {
        guint other = sequence_below(random, i);
        guint8 last = events[i - 1];

        events[i - 1] = events[other];
        events[other] = last;
    }
    for (guint i = 0; i < count; i++)
        if (!memchr(row, events[i], length))
            insert(rules, table, random, events[i], row, length++);
    for (guint i = 0; i < count; i++) {
        take_out(events[i], row, length);
        insert(rules, table, random, events[i], row, length - 1);
    }
    sequence_table_mark(table, row, length);
    sequence_rows_append(rows, row, length);
}

SequenceRows *sequence_first(const SequenceRules *rules, SequenceTable *table, guint presence,
                             guint64 seed, const bool *cancelled)
{
    SequenceRows *rows = sequence_rows_new(rules->n);
    guint64 random = seed;
    g_autoptr(GArray) patterns = sequence_patterns(rules, presence, &random);
    bool all[SEQUENCE_EVENTS_MAX];
    guint8 start[SEQUENCE_STRENGTH_MAX] = {0};

    for (guint i = 0; i < patterns->len; i += rules->n)
        add_row(rules, table, &random, &g_array_index(patterns, bool, i), start, 0, rows);
    rows->fixed = rows->count;
    memset(all, true, sizeof all);
    while (!(cancelled && *cancelled) &&
           sequence_table_missing(table, sequence_random(&random), start))
        add_row(rules, table, &random, all, start, table->strength, rows);
    return rows;
}
