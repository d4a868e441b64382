/* SPDX-License-Identifier: GPL-2.0-or-later
 * Cover starters: covering arrays of strength 2 from one shifted vector.
 */
#include "plan/starter.h"

#include <stdbool.h>

#include "plan/construct.h"
#include "plan/random.h"
#include "plan/uniform.h"

#define COLUMNS_MAX 200
#define CLOCK_PERIOD 4096
#define FIXED_WORK 20000000 /* for the array over the fixed values */

/* One search for a vector. */
typedef struct {
    guint k, g, f;
    guint n_kinds; /* of pairs that must occur: g differences, f before, f after */
    guint *vector; /* values below g move, the others are fixed */
    guint *count;  /* (k / 2) × n_kinds */
    guint missing;
    Random random;
} Starter;

static void starter_clear(Starter *starter)
{
    g_free(starter->vector);
    g_free(starter->count);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Starter, starter_clear)

/* The kind of a pair, or n_kinds for two fixed values. */
static inline guint kind(const Starter *starter, guint a, guint b)
{
    if (a < starter->g)
        return b < starter->g ? (b + starter->g - a) % starter->g : b;
    return b < starter->g ? starter->f + a : starter->n_kinds;
}

static inline void count_pair(Starter *starter, guint distance, guint a, guint b, int by)
{
    guint which = kind(starter, a, b);
    if (which == starter->n_kinds)
        return;
    guint *count = &starter->count[(distance - 1) * starter->n_kinds + which];
    if (by > 0)
        starter->missing -= (*count)++ == 0;
    else
        starter->missing += --(*count) == 0;
}

static void change(Starter *starter, guint at, guint to)
{
    guint k = starter->k, from = starter->vector[at];
    for (guint d = 1; d <= k / 2; d++) {
        guint after = starter->vector[(at + d) % k], before = starter->vector[(at + k - d) % k];
        count_pair(starter, d, from, after, -1);
        count_pair(starter, d, before, from, -1);
        count_pair(starter, d, to, after, 1);
        count_pair(starter, d, before, to, 1);
    }
    starter->vector[at] = to;
}

static void starter_init(Starter *starter, guint k, guint g, guint f, Random random)
{
    *starter = (Starter){.k = k, .g = g, .f = f, .n_kinds = g + 2 * f, .random = random};
    starter->vector = g_new(guint, k);
    starter->count = g_new0(guint, (k / 2) * starter->n_kinds);
    starter->missing = (k / 2) * starter->n_kinds;
    for (guint i = 0; i < k; i++)
        starter->vector[i] = random_below(&starter->random, g + f);
    for (guint d = 1; d <= k / 2; d++)
        for (guint i = 0; i < k; i++)
            count_pair(starter, d, starter->vector[i], starter->vector[(i + d) % k], 1);
}

/* Annealing at one temperature: worse by n with a probability of exp(−n / 0.5). */
static bool starter_search(Starter *starter, guint64 work, gint64 deadline, guint64 *done)
{
    static const guint32 odds[] = {0, 581260615, 78665070, 10646152, 1440801, 194991};
    guint64 start = *done;
    for (guint64 step = 0; starter->missing > 0 && *done - start < work; step++) {
        guint at = random_below(&starter->random, starter->k);
        guint from = starter->vector[at], before = starter->missing;
        if (step % CLOCK_PERIOD == 0 && g_get_monotonic_time() >= deadline)
            return false;
        change(starter, at, random_below(&starter->random, starter->g + starter->f));
        *done += starter->k;
        guint worse = starter->missing > before ? starter->missing - before : 0;
        if (worse >= G_N_ELEMENTS(odds) ||
            (worse > 0 && (guint32)(random_next(&starter->random) >> 32) >= odds[worse]))
            change(starter, at, from);
    }
    return starter->missing == 0;
}

/* A covering array of strength 2 over the fixed values alone: one row, or built, or searched for.
 */
static GArray *fixed_rows(guint k, guint f, guint64 seed, gint64 deadline, guint64 *done)
{
    g_autofree guint *levels = g_new(guint, k);
    for (guint c = 0; c < k; c++)
        levels[c] = f;
    if (f == 1)
        return g_array_set_size(g_array_new(FALSE, TRUE, sizeof(guint16)), k);
    if (f == 2)
        return construct_cover(k, levels, 2);
    return uniform_search(k, f, 2, seed, FIXED_WORK, deadline, done);
}

static GArray *expand(const Starter *starter, const GArray *fixed)
{
    guint k = starter->k;
    GArray *cells = g_array_new(FALSE, FALSE, sizeof(guint16));
    for (guint shift = 0; shift < k; shift++) {
        for (guint add = 0; add < starter->g; add++) {
            for (guint c = 0; c < k; c++) {
                guint entry = starter->vector[(c + shift) % k];
                guint16 value = (guint16)(entry < starter->g ? (entry + add) % starter->g : entry);
                g_array_append_val(cells, value);
            }
        }
    }
    for (guint i = 0; i < fixed->len; i++) {
        guint16 value = (guint16)(starter->g + g_array_index(fixed, guint16, i));
        g_array_append_val(cells, value);
    }
    return cells;
}

GArray *starter_cover(guint n_columns, guint levels, guint below, guint64 seed, guint64 work,
                      gint64 deadline, guint64 *done)
{
    guint64 start = *done;
    guint k = n_columns;
    if (levels < 3 || k > COLUMNS_MAX)
        return NULL;
    /* The most fixed values give the fewest rows, and the hardest search. */
    for (guint f = levels - 2; f >= 1 && *done - start < work; f--) {
        guint g = levels - f;
        if (g + 2 * f > k || (guint64)g * k + f * f >= below)
            continue;
        g_auto(Starter) starter = {0};
        starter_init(&starter, k, g, f, random_fork(seed, 100 + f));
        if (!starter_search(&starter, (work - (*done - start)) / 3, deadline, done))
            continue;
        g_autoptr(GArray) fixed = fixed_rows(k, f, seed, deadline, done);
        if (fixed && g * k + fixed->len / k < below)
            return expand(&starter, fixed);
    }
    return NULL;
}
