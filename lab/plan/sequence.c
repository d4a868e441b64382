/* SPDX-License-Identifier: GPL-2.0-or-later
 * Sequence covering arrays, from the model to the array.
 */
#include "plan/sequence.h"

#include <string.h>

#include "plan/sequence-private.h"
#include "util/error.h"

#define SEARCHES 2
#define SEARCHES_BYTES ((gsize)512 << 20) /* tables beyond this leave room for one search only */

/* --- rows --------------------------------------------------------------------------------------
 */

SequenceRows *sequence_rows_new(guint n)
{
    SequenceRows *rows = g_new0(SequenceRows, 1);

    rows->n = n;
    return rows;
}

SequenceRows *sequence_rows_copy(const SequenceRows *rows)
{
    SequenceRows *copy = g_memdup2(rows, sizeof *rows);

    copy->events = g_memdup2(rows->events, (gsize)rows->count * rows->n);
    copy->length = g_memdup2(rows->length, rows->count);
    return copy;
}

void sequence_rows_free(SequenceRows *rows)
{
    if (!rows)
        return;
    g_free(rows->events);
    g_free(rows->length);
    g_free(rows);
}

void sequence_rows_append(SequenceRows *rows, const guint8 *events, guint length)
{
    rows->events = g_realloc_n(rows->events, rows->count + 1, rows->n);
    rows->length = g_realloc(rows->length, rows->count + 1);
    memset(rows->events + (gsize)rows->count * rows->n, 0, rows->n);
    memcpy(rows->events + (gsize)rows->count * rows->n, events, length);
    rows->length[rows->count++] = (guint8)length;
}

void sequence_rows_drop(SequenceRows *rows, guint row)
{
    guint after = rows->count - row - 1;
    guint8 *events = rows->events + (gsize)row * rows->n;

    memmove(events, events + rows->n, (gsize)after * rows->n);
    memmove(rows->length + row, rows->length + row + 1, after);
    rows->count--;
}

/* --- the array ---------------------------------------------------------------------------------
 */

void sequence_array_free(SequenceArray *array)
{
    if (!array)
        return;
    g_free(array->length);
    g_free(array->cells);
    g_free(array);
}

static void array_fill(SequenceArray *array, const SequenceRows *rows)
{
    array->events = rows->n;
    array->rows = rows->count;
    array->length = g_new(guint, rows->count);
    array->cells = g_new0(guint, (gsize)rows->count * rows->n);
    for (guint r = 0; r < rows->count; r++) {
        array->length[r] = rows->length[r];
        for (guint i = 0; i < rows->length[r]; i++)
            array->cells[(gsize)r * rows->n + i] = rows->events[(gsize)r * rows->n + i];
    }
}

/* The least number of rows that is known. Without rules, three events can stand in 6 orders; that 5
 * events need 7 rows and 6 need 8 at t = 3 was shown with a SAT solver (docs/sequences.md). */
static guint lower_bound(const SequenceRules *rules, const SequenceTable *table, guint fixed)
{
    guint bound = MAX(table->bound, fixed);

    if (!rules->any && table->strength == 3 && table->n >= 5)
        bound = MAX(bound, table->n == 5 ? 7u : 8u);
    return bound;
}

static bool options_check(const SequenceOptions *options, GError **error)
{
    if (options->strength < 2 || options->strength > SEQUENCE_STRENGTH_MAX) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "the strength of sequences is 2, 3 or 4, not %u", options->strength);
        return false;
    }
    if (options->presence > 2) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "presence of optional events is covered at 1 or 2, not %u", options->presence);
        return false;
    }
    return true;
}

static double seconds_since(gint64 start)
{
    return (double)(g_get_monotonic_time() - start) / G_USEC_PER_SEC;
}

static bool cancelled(const SequenceOptions *options, GError **error)
{
    if (!options->cancelled || !*options->cancelled)
        return false;
    g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_CANCELLED, "interrupted while planning");
    return true;
}

bool sequence_generate(const SequenceModel *model, const SequenceOptions *options,
                       SequenceArray **ret_array, GError **error)
{
    gint64 start = g_get_monotonic_time(), last = 0;
    g_autofree SequenceRules *rules = g_new0(SequenceRules, 1);
    g_autoptr(SequenceArray) array = g_new0(SequenceArray, 1);
    g_autoptr(SequenceTable) table = NULL;
    g_autoptr(SequenceRows) rows = NULL;
    SequenceEffort effort = {
        .seed = options->seed,
        .searches = SEARCHES,
        .threads = options->threads ? options->threads : MIN(SEARCHES, g_get_num_processors()),
        .deadline = start + (gint64)(CLAMP(options->budget_s, 0, 1e9) * G_USEC_PER_SEC),
        .iterations = options->iterations,
        .cancelled = options->cancelled,
    };

    if (!options_check(options, error) || !sequence_rules_close(model, rules, error))
        return false;
    array->strength = MIN(options->strength, rules->n);
    array->presence = options->presence ? options->presence : 2;
    if (SEARCHES * sequence_table_bytes(rules->n, array->strength) > SEARCHES_BYTES)
        effort.searches = 1;
    table = sequence_table_new(rules, array->strength);
    rows = sequence_first(rules, table, array->presence, options->seed, options->cancelled);
    if (cancelled(options, error))
        return false;
    array->first_rows = rows->count;
    array->first_s = array->last_s = seconds_since(start);
    array->lower_bound = lower_bound(rules, table, rows->fixed);
    if (rows->count <= SEQUENCE_COUNT_MAX && (options->iterations || options->budget_s > 0))
        sequence_optimise(rules, g_steal_pointer(&table), array->lower_bound, &effort, &rows, &last,
                          &array->iterations);
    if (cancelled(options, error))
        return false;
    if (last)
        array->last_s = (double)(last - start) / G_USEC_PER_SEC;
    array_fill(array, rows);
    array->seconds = seconds_since(start);
    *ret_array = g_steal_pointer(&array);
    return true;
}
