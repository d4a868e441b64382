/* SPDX-License-Identifier: GPL-2.0-or-later
 * The table of counts: what it says that a move costs is what the move does, and its counts agree
 * with themselves after any number of moves.
 */
#include <string.h>

#include "plan/sequence-private.h"
#include "sample.h"

#define ROWS 9

/* Rows in random order that keep the rules: each event in turn at a random gap that is allowed. */
static SequenceRows *random_rows(const SequenceRules *rules, const SequenceTable *table,
                                 guint64 *random)
{
    SequenceRows *rows = sequence_rows_new(rules->n);

    for (guint r = 0; r < ROWS; r++) {
        guint8 row[SEQUENCE_EVENTS_MAX];
        guint length = 0;

        for (guint event = 0; event < rules->n; event++) {
            SequenceGaps gaps;
            guint gap;

            if (r % 3 == 1 && event % 5 == 4) /* some rows lack some events */
                continue;
            sequence_gaps_new(table, rules, row, length, event, &gaps);
            gap = gaps.low + sequence_below(random, gaps.high - gaps.low + 1);
            memmove(row + gap + 1, row + gap, length - gap);
            row[gap] = (guint8)event;
            length++;
        }
        sequence_rows_append(rows, row, length);
    }
    return rows;
}

static void check_moves(SequenceModel *model, guint strength)
{
    g_autofree SequenceRules *rules = g_new0(SequenceRules, 1);
    g_autoptr(SequenceTable) table = NULL;
    g_autoptr(SequenceTable) empty = NULL;
    g_autoptr(SequenceRows) rows = NULL;
    guint64 random = 5;
    guint moved = 0;

    g_assert_true(sequence_rules_close(model, rules, NULL));
    table = sequence_table_new(rules, strength);
    empty = sequence_table_copy(table);
    rows = random_rows(rules, table, &random);
    for (guint r = 0; r < ROWS; r++)
        sequence_table_add(table, rows->events + r * rows->n, rows->length[r]);
    g_assert_cmpuint(table->missing, <, table->wanted);
    for (guint i = 0; i < 2000; i++) {
        guint r = sequence_below(&random, ROWS);
        guint8 *row = rows->events + r * rows->n;
        guint place = sequence_below(&random, rows->length[r]), to;
        guint64 before = table->missing;
        SequenceGaps gaps;

        sequence_gaps_of(table, rules, row, rows->length[r], place, &gaps);
        to = gaps.low + sequence_below(&random, gaps.high - gaps.low + 1);
        sequence_gaps_move(table, &gaps, row[place], to, row);
        g_assert_cmpint((gint64)table->missing - (gint64)before, ==, gaps.cost[to]);
        moved += to != place;
    }
    g_assert_cmpuint(moved, >, 500);
    for (guint r = 0; r < ROWS; r++)
        sequence_table_remove(table, rows->events + r * rows->n, rows->length[r]);
    g_assert_cmpuint(table->missing, ==, table->wanted);
    g_assert_cmpmem(table->forward, table->bytes, empty->forward, empty->bytes);
    g_assert_cmpmem(table->backward, table->bytes, empty->backward, empty->bytes);
}

static void test_cost_of_moves(void)
{
    for (guint strength = 2; strength <= 4; strength++) {
        g_autoptr(SequenceModel) numbered = sequence_model_new_numbered(strength == 4 ? 13 : 40);
        g_autoptr(SequenceModel) ruled = sequence_model_new_numbered(14);

        check_moves(numbered, strength);
        for (guint i = 0; i + 3 < 14; i += 2)
            sequence_model_add_rule(ruled, i, i + 3, false);
        check_moves(ruled, strength);
    }
}

/* What an event that is new to a row would cover, against counting the row with it. */
static void test_cost_of_new(void)
{
    g_autoptr(SequenceModel) model = sequence_model_new_numbered(10);
    g_autofree SequenceRules *rules = g_new0(SequenceRules, 1);
    static const guint8 covered[] = {3, 1, 4, 0, 5, 9, 2, 6, 8, 7}, row[] = {0, 1, 2, 3, 4, 5, 6};

    g_assert_true(sequence_rules_close(model, rules, NULL));
    for (guint strength = 2; strength <= 4; strength++) {
        g_autoptr(SequenceTable) table = sequence_table_new(rules, strength);
        guint64 at_low = 0;
        SequenceGaps gaps;

        sequence_table_add(table, covered, G_N_ELEMENTS(covered));
        sequence_gaps_new(table, rules, row, G_N_ELEMENTS(row), 8, &gaps);
        g_assert_cmpuint(gaps.high, ==, G_N_ELEMENTS(row));
        for (guint gap = gaps.low; gap <= gaps.high; gap++) {
            guint8 with[G_N_ELEMENTS(row) + 1];

            memcpy(with, row, gap);
            with[gap] = 8;
            memcpy(with + gap + 1, row + gap, G_N_ELEMENTS(row) - gap);
            sequence_table_add(table, with, G_N_ELEMENTS(with));
            if (gap == gaps.low)
                at_low = table->missing;
            g_assert_cmpint((gint64)table->missing - (gint64)at_low, ==, gaps.cost[gap]);
            sequence_table_remove(table, with, G_N_ELEMENTS(with));
        }
    }
}

static void test_missing_is_found(void)
{
    g_autoptr(SequenceModel) model = sequence_model_new_numbered(4);
    g_autofree SequenceRules *rules = g_new0(SequenceRules, 1);
    static const guint8 rows[5][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {2, 0, 1}, {2, 1, 0}};
    g_autoptr(SequenceTable) table = NULL;
    guint8 order[SEQUENCE_STRENGTH_MAX];
    guint64 random = 1;

    for (guint a = 0; a < 3; a++) /* event 4 is first, and in no order of three but the first */
        sequence_model_add_rule(model, 3, a, false);
    g_assert_true(sequence_rules_close(model, rules, NULL));
    table = sequence_table_new(rules, 3);
    g_assert_cmpuint(table->wanted, ==, 6 + 6);
    g_assert_cmpuint(table->bound, ==, 6);
    for (guint r = 0; r < 5; r++) {
        guint8 row[4] = {3, rows[r][0], rows[r][1], rows[r][2]};

        sequence_table_mark(table, row, 4);
    }
    g_assert_cmpuint(table->missing, ==, 1);
    for (guint i = 0; i < 50; i++) {
        g_assert_true(sequence_table_missing(table, sequence_random(&random), order));
        g_assert_cmpmem(order, 3, ((guint8[]){1, 2, 0}), 3);
    }
    sequence_table_mark(table, order, 3);
    g_assert_false(sequence_table_missing(table, 0, order));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sequence/table/cost-of-moves", test_cost_of_moves);
    g_test_add_func("/sequence/table/cost-of-new", test_cost_of_new);
    g_test_add_func("/sequence/table/missing-is-found", test_missing_is_found);
    return g_test_run();
}
