/* SPDX-License-Identifier: GPL-2.0-or-later
 * How many rows cover each t-order, and what moving one event within a row would change.
 *
 * Moving event x past its neighbour y changes exactly the orders in which x and y are next to each
 * other among the chosen events: (n-2)(n-3)/2 of them at t = 4, n-2 at t = 3. An order is lost
 * where this row was the only one to cover it, and won where no row covered it. So the cost of all
 * gaps of a row follows from one walk over its events, and all that the walk asks is "how many
 * counts of this stretch are exactly 0 (or 1), among the events that come later (or earlier)": byte
 * compares over whole vectors. For the stretch to be contiguous whichever end the other events are
 * at, every count is kept twice, with its indices forward and backward.
 *
 * A row read backward, with `forward` and `backward` exchanged, is the same problem; so there is
 * only code for moving an event to the right.
 *
 * Orders that are not wanted hold NEVER, and no row ever covers them.
 */
#include "plan/sequence-private.h"

#include <string.h>

#define LANES 32
#define NEVER 255
#define PADDED (SEQUENCE_EVENTS_MAX + LANES - SEQUENCE_EVENTS_MAX % LANES)

typedef gint8 Vector __attribute__((vector_size(LANES)));
typedef guint64 Words __attribute__((vector_size(LANES)));

gsize sequence_table_bytes(guint n, guint strength)
{
    gsize bytes = (n + LANES - 1) / LANES * LANES;

    for (guint i = 1; i < strength; i++)
        bytes *= n;
    return 2 * bytes;
}

static inline gsize index_of(const SequenceTable *table, const guint8 *order)
{
    gsize n = table->n;

    switch (table->strength) {
    case 2:
        return order[0] * (gsize)table->stride + order[1];
    case 3:
        return (order[0] * n + order[1]) * table->stride + order[2];
    default:
        return ((order[0] * n + order[1]) * n + order[2]) * table->stride + order[3];
    }
}

static inline gsize index_reversed(const SequenceTable *table, const guint8 *order)
{
    gsize n = table->n;

    switch (table->strength) {
    case 2:
        return order[1] * (gsize)table->stride + order[0];
    case 3:
        return (order[2] * n + order[1]) * table->stride + order[0];
    default:
        return ((order[3] * n + order[2]) * n + order[1]) * table->stride + order[0];
    }
}

/* --- every order of some events ----------------------------------------------------------------
 */

typedef void (*OrderFunc)(SequenceTable *table, const guint8 *order, gpointer data);

/* Calls `func` for every choice of `strength` entries of the row, in the row's order. */
static void each_order(SequenceTable *table, const guint8 *row, guint length, OrderFunc func,
                       gpointer data)
{
    guint strength = table->strength, place[SEQUENCE_STRENGTH_MAX];
    guint8 order[SEQUENCE_STRENGTH_MAX];
    guint depth = 0;

    place[0] = 0;
    while (true) {
        if (place[depth] + strength - depth > length) {
            if (depth == 0)
                return;
            place[--depth]++;
            continue;
        }
        order[depth] = row[place[depth]];
        if (depth + 1 < strength) {
            place[depth + 1] = place[depth] + 1;
            depth++;
            continue;
        }
        func(table, order, data);
        place[depth]++;
    }
}

static inline void count_up(SequenceTable *table, const guint8 *order)
{
    guint8 *count = &table->forward[index_of(table, order)];

    table->missing -= *count == 0;
    table->backward[index_reversed(table, order)] = ++*count;
}

static inline void count_down(SequenceTable *table, const guint8 *order)
{
    guint8 *count = &table->forward[index_of(table, order)];

    table->missing += *count == 1;
    table->backward[index_reversed(table, order)] = --*count;
}

static void add_order(SequenceTable *table, const guint8 *order, gpointer data G_GNUC_UNUSED)
{
    count_up(table, order);
}

static void remove_order(SequenceTable *table, const guint8 *order, gpointer data G_GNUC_UNUSED)
{
    count_down(table, order);
}

static void mark_order(SequenceTable *table, const guint8 *order, gpointer data G_GNUC_UNUSED)
{
    if (table->forward[index_of(table, order)] == 0)
        count_up(table, order);
}

static void unique_order(SequenceTable *table, const guint8 *order, gpointer data)
{
    *(guint64 *)data += table->forward[index_of(table, order)] == 1;
}

void sequence_table_add(SequenceTable *table, const guint8 *row, guint length)
{
    each_order(table, row, length, add_order, NULL);
}

void sequence_table_remove(SequenceTable *table, const guint8 *row, guint length)
{
    each_order(table, row, length, remove_order, NULL);
}

void sequence_table_mark(SequenceTable *table, const guint8 *row, guint length)
{
    each_order(table, row, length, mark_order, NULL);
}

guint64 sequence_table_unique(const SequenceTable *table, const guint8 *row, guint length)
{
    guint64 unique = 0;

    each_order((SequenceTable *)table, row, length, unique_order, &unique);
    return unique;
}

/* --- making a table ----------------------------------------------------------------------------
 */

typedef struct {
    const SequenceRules *rules;
    guint64 wanted; /* orders of the set of events at hand */
} Wanting;

/* Every order of the set that the rules allow, by putting each event in turn at `depth`. An order
 * is allowed where no later event must be before an earlier one; as the rules are closed, looking
 * at pairs is enough. */
static void want_orders(SequenceTable *table, Wanting *wanting, guint8 *set, guint depth)
{
    if (depth == table->strength) {
        table->forward[index_of(table, set)] = 0;
        table->backward[index_reversed(table, set)] = 0;
        wanting->wanted++;
        return;
    }
    for (guint i = depth; i < table->strength; i++) {
        guint8 chosen = set[i];
        bool allowed = true;

        for (guint j = depth; j < table->strength && allowed; j++)
            allowed = !wanting->rules->before[set[j]][chosen];
        if (!allowed)
            continue;
        set[i] = set[depth];
        set[depth] = chosen;
        want_orders(table, wanting, set, depth + 1);
        set[depth] = set[i];
        set[i] = chosen;
    }
}

static void want_set(SequenceTable *table, const guint8 *order, gpointer data)
{
    Wanting wanting = {data, 0};
    guint8 set[SEQUENCE_STRENGTH_MAX];

    memcpy(set, order, table->strength);
    want_orders(table, &wanting, set, 0);
    table->wanted += wanting.wanted;
    table->bound = MAX(table->bound, wanting.wanted);
}

static guint8 *counts_alloc(gsize bytes)
{
    return g_aligned_alloc(1, bytes, 64);
}

SequenceTable *sequence_table_new(const SequenceRules *rules, guint strength)
{
    SequenceTable *table = g_new0(SequenceTable, 1);
    guint8 every[SEQUENCE_EVENTS_MAX];

    table->n = rules->n;
    table->strength = strength;
    table->stride = (rules->n + LANES - 1) / LANES * LANES;
    table->bytes = sequence_table_bytes(rules->n, strength) / 2;
    table->forward = counts_alloc(table->bytes);
    table->backward = counts_alloc(table->bytes);
    memset(table->forward, NEVER, table->bytes);
    memset(table->backward, NEVER, table->bytes);
    for (guint i = 0; i < table->n; i++)
        every[i] = (guint8)i;
    each_order(table, every, table->n, want_set, (gpointer)rules);
    table->missing = table->wanted;
    return table;
}

SequenceTable *sequence_table_copy(const SequenceTable *table)
{
    SequenceTable *copy = g_memdup2(table, sizeof *table);

    copy->forward = counts_alloc(table->bytes);
    copy->backward = counts_alloc(table->bytes);
    memcpy(copy->forward, table->forward, table->bytes);
    memcpy(copy->backward, table->backward, table->bytes);
    return copy;
}

void sequence_table_free(SequenceTable *table)
{
    if (!table)
        return;
    g_aligned_free(table->forward);
    g_aligned_free(table->backward);
    g_free(table);
}

void sequence_table_reset(SequenceTable *table)
{
    for (gsize i = 0; i < table->bytes; i++) {
        table->forward[i] = table->forward[i] == NEVER ? NEVER : 0;
        table->backward[i] = table->backward[i] == NEVER ? NEVER : 0;
    }
    table->missing = table->wanted;
}

bool sequence_table_missing(const SequenceTable *table, guint64 random,
                            guint8 ret_order[SEQUENCE_STRENGTH_MAX])
{
    gsize start = random % table->bytes, index;
    const guint8 *found = memchr(table->forward + start, 0, table->bytes - start);

    if (!found)
        found = memchr(table->forward, 0, start);
    if (!found)
        return false;
    index = (gsize)(found - table->forward);
    ret_order[table->strength - 1] = (guint8)(index % table->stride);
    index /= table->stride;
    for (guint i = table->strength - 1; i-- > 0; index /= table->n)
        ret_order[i] = (guint8)(index % table->n);
    return true;
}

/* --- the cost of gaps --------------------------------------------------------------------------
 */

/* One direction of a walk. Bytes by event: `after` is its place among the others and -1 for absent
 * ones, so that "> i" finds what comes after place i; `before` is the place and G_MAXINT8 for
 * absent ones; `own` is 1 where the table counts this row's order of it before x. */
typedef struct {
    gint8 after[PADDED] __attribute__((aligned(64)));
    gint8 before[PADDED] __attribute__((aligned(64)));
    gint8 own[PADDED] __attribute__((aligned(64)));
    const guint8 *forward, *backward;
    guint n, stride, strength;
    guint8 others[SEQUENCE_EVENTS_MAX];
    guint count, at;
    gint8 held; /* 1 where the table counts this row */
} Walk;

/* Macros, because passing vectors between functions depends on the instruction set. */
#define LOAD(bytes) (*(const Vector *)(bytes))
#define SPLAT(value) ((gint8)(value) - (Vector){0})

/* The sum of all lanes. */
static inline __attribute__((always_inline)) gint lanes_sum(const Vector *sums)
{
    const Words odd = 0x00ff00ff00ff00ffu - (Words){0};
    Words biased = (Words)(*sums ^ SPLAT(G_MININT8)),
          pairs = (biased & odd) + ((biased >> 8) & odd);
    guint64 sum = pairs[0] + pairs[1] + pairs[2] + pairs[3];

    return (gint)((sum * 0x0001000100010001u) >> 48) - 128 * LANES;
}

/* In the functions below x stands before y, its neighbour at place i, and passes it. They return
 * what is lost (count equal to what this row holds) less what is won (count 0). */

/* Orders x y … with the last event after place i, and … x y with the first event before it. `ends`
 * and `starts` are stretches of counts by that event; 'swapped' ones are those with y before x. */
static inline __attribute__((always_inline)) void lost_after(Vector *sums, const Walk *walk,
                                                             const guint8 *ends,
                                                             const guint8 *swapped, gint8 held,
                                                             guint i)
{
    for (guint lane = 0; lane < walk->stride; lane += LANES) {
        Vector later = LOAD(walk->after + lane) > SPLAT((gint8)i);

        *sums -= (LOAD(ends + lane) == SPLAT(held)) & later;
        *sums += (LOAD(swapped + lane) == 0) & later;
    }
}

static inline __attribute__((always_inline)) void lost_before(Vector *sums, const Walk *walk,
                                                              const guint8 *starts,
                                                              const guint8 *swapped, gint8 held,
                                                              guint i)
{
    for (guint lane = 0; lane < walk->stride; lane += LANES) {
        Vector earlier = LOAD(walk->before + lane) < SPLAT((gint8)i);

        *sums -= (LOAD(starts + lane) == SPLAT(held)) & earlier;
        *sums += (LOAD(swapped + lane) == 0) & earlier;
    }
}

/* t = 3. Of the orders a x y, this row holds those whose a stands before x's gap `at`. */
static inline __attribute__((always_inline)) gint lost_3(const Walk *walk, guint x, guint i)
{
    gsize xy = ((gsize)x * walk->n + walk->others[i]) * walk->stride;
    gsize yx = ((gsize)walk->others[i] * walk->n + x) * walk->stride;
    Vector sums = {0};

    lost_after(&sums, walk, walk->forward + xy, walk->forward + yx, walk->held, i);
    for (guint lane = 0; lane < walk->stride; lane += LANES) {
        Vector earlier = LOAD(walk->before + lane) < SPLAT((gint8)i);

        sums -= (LOAD(walk->backward + yx + lane) == LOAD(walk->own + lane)) & earlier;
        sums += (LOAD(walk->backward + xy + lane) == 0) & earlier;
    }
    return lanes_sum(&sums);
}

/* t = 4: x y c d, then for each event b before place i: b x y d and a b x y. A lane of one loop
 * adds up to fewer than 120, so bytes do. */
static inline __attribute__((always_inline)) gint lost_4(const Walk *walk, guint x, guint i)
{
    gsize n = walk->n, stride = walk->stride, y = walk->others[i];
    gsize xy = (x * n + y) * n, yx = (y * n + x) * n;
    Vector sums = {0};
    gint lost;

    for (guint j = i + 1; j < walk->count; j++) {
        gsize c = walk->others[j];

        lost_after(&sums, walk, walk->forward + (xy + c) * stride,
                   walk->forward + (yx + c) * stride, walk->held, j);
    }
    lost = lanes_sum(&sums);
    sums = (Vector){0};
    for (guint j = 0; j < i; j++) {
        gsize b = walk->others[j];
        gint8 held = j < walk->at ? walk->held : 0;

        lost_after(&sums, walk, walk->forward + ((b * n + x) * n + y) * stride,
                   walk->forward + ((b * n + y) * n + x) * stride, held, i);
    }
    lost += lanes_sum(&sums);
    sums = (Vector){0};
    for (guint j = 0; j < i; j++) {
        gsize b = walk->others[j];
        gint8 held = j < walk->at ? walk->held : 0;

        lost_before(&sums, walk, walk->backward + (yx + b) * stride,
                    walk->backward + (xy + b) * stride, held, j);
    }
    return lost + lanes_sum(&sums);
}

static inline __attribute__((always_inline)) gint lost_2(const Walk *walk, guint x, guint i)
{
    gsize y = walk->others[i];

    return (walk->forward[x * walk->stride + y] == walk->held) -
           (walk->forward[y * walk->stride + x] == 0);
}

/* Costs of the gaps from `at` to `high`, written every `step` entries. */
static inline __attribute__((always_inline)) void walk_right(const Walk *walk, guint x, guint high,
                                                             gint *cost, gint step)
{
    gint sum = 0;

    for (guint i = walk->at; i < high; i++) {
        cost += step;
        if (walk->strength == 3)
            sum += lost_3(walk, x, i);
        else if (walk->strength == 4)
            sum += lost_4(walk, x, i);
        else
            sum += lost_2(walk, x, i);
        *cost = sum;
    }
}

typedef void (*WalkFunc)(const Walk *walk, guint x, guint high, gint *cost, gint step);

static void walk_plain(const Walk *walk, guint x, guint high, gint *cost, gint step)
{
    walk_right(walk, x, high, cost, step);
}

#ifdef __x86_64__
__attribute__((target("avx2"))) static void walk_avx2(const Walk *walk, guint x, guint high,
                                                      gint *cost, gint step)
{
    walk_right(walk, x, high, cost, step);
}
#endif

static WalkFunc walk_choose(void)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx2"))
        return walk_avx2;
#endif
    return walk_plain;
}

static void walk_places(Walk *walk)
{
    for (guint i = 0; i < walk->count; i++) {
        walk->after[walk->others[i]] = walk->before[walk->others[i]] = (gint8)i;
        walk->own[walk->others[i]] = i < walk->at ? walk->held : 0;
    }
}

/* Gaps from `at` to both sides; gaps->cost[at] is 0. */
static void gaps_cost(const SequenceTable *table, guint x, bool held, SequenceGaps *gaps)
{
    WalkFunc walk_func = walk_choose();
    Walk walk;

    memset(walk.after, -1, sizeof walk.after);
    memset(walk.before, G_MAXINT8, sizeof walk.before);
    memset(walk.own, 0, sizeof walk.own);
    walk.n = table->n;
    walk.stride = table->stride;
    walk.strength = table->strength;
    walk.count = gaps->count;
    walk.held = held;
    gaps->cost[gaps->at] = 0;
    if (gaps->high > gaps->at) {
        walk.forward = table->forward;
        walk.backward = table->backward;
        walk.at = gaps->at;
        memcpy(walk.others, gaps->others, gaps->count);
        walk_places(&walk);
        walk_func(&walk, x, gaps->high, gaps->cost + gaps->at, 1);
    }
    if (gaps->low < gaps->at) {
        walk.forward = table->backward;
        walk.backward = table->forward;
        walk.at = gaps->count - gaps->at;
        for (guint i = 0; i < gaps->count; i++)
            walk.others[i] = gaps->others[gaps->count - 1 - i];
        walk_places(&walk);
        walk_func(&walk, x, gaps->count - gaps->low, gaps->cost + gaps->at, -1);
    }
}

static void gaps_allow(const SequenceRules *rules, guint x, SequenceGaps *gaps)
{
    gaps->low = 0;
    gaps->high = gaps->count;
    if (!rules->any)
        return;
    for (guint i = 0; i < gaps->count; i++)
        if (rules->before[gaps->others[i]][x])
            gaps->low = i + 1;
    for (guint i = gaps->count; i-- > gaps->low;)
        if (rules->before[x][gaps->others[i]])
            gaps->high = i;
}

void sequence_gaps_of(const SequenceTable *table, const SequenceRules *rules, const guint8 *row,
                      guint length, guint place, SequenceGaps *ret_gaps)
{
    ret_gaps->count = length - 1;
    ret_gaps->at = place;
    memcpy(ret_gaps->others, row, place);
    memcpy(ret_gaps->others + place, row + place + 1, length - place - 1);
    gaps_allow(rules, row[place], ret_gaps);
    gaps_cost(table, row[place], true, ret_gaps);
}

void sequence_gaps_new(const SequenceTable *table, const SequenceRules *rules, const guint8 *row,
                       guint length, guint event, SequenceGaps *ret_gaps)
{
    ret_gaps->count = length;
    memcpy(ret_gaps->others, row, length);
    gaps_allow(rules, event, ret_gaps);
    ret_gaps->at = ret_gaps->low;
    gaps_cost(table, event, false, ret_gaps);
}

/* --- moving an event ---------------------------------------------------------------------------
 */

/* Counts the orders in which p stands right before q, at place i among the others, up or down. */
static inline __attribute__((always_inline)) void
count_pair(SequenceTable *table, const SequenceGaps *gaps, guint8 p, guint8 q, guint i,
           void (*count)(SequenceTable *, const guint8 *))
{
    const guint8 *others = gaps->others;

    switch (table->strength) {
    case 2:
        count(table, (const guint8[SEQUENCE_STRENGTH_MAX]){p, q});
        break;
    case 3:
        for (guint j = 0; j < i; j++)
            count(table, (const guint8[SEQUENCE_STRENGTH_MAX]){others[j], p, q});
        for (guint j = i + 1; j < gaps->count; j++)
            count(table, (const guint8[SEQUENCE_STRENGTH_MAX]){p, q, others[j]});
        break;
    default:
        for (guint j = 0; j < i; j++) {
            for (guint k = j + 1; k < i; k++)
                count(table, (const guint8[SEQUENCE_STRENGTH_MAX]){others[j], others[k], p, q});
            for (guint k = i + 1; k < gaps->count; k++)
                count(table, (const guint8[SEQUENCE_STRENGTH_MAX]){others[j], p, q, others[k]});
        }
        for (guint j = i + 1; j < gaps->count; j++)
            for (guint k = j + 1; k < gaps->count; k++)
                count(table, (const guint8[SEQUENCE_STRENGTH_MAX]){p, q, others[j], others[k]});
    }
}

void sequence_gaps_move(SequenceTable *table, const SequenceGaps *gaps, guint event, guint to,
                        guint8 *row)
{
    guint8 x = (guint8)event;

    for (guint i = gaps->at; i < to; i++) {
        count_pair(table, gaps, x, gaps->others[i], i, count_down);
        count_pair(table, gaps, gaps->others[i], x, i, count_up);
    }
    for (guint i = gaps->at; i-- > to;) {
        count_pair(table, gaps, gaps->others[i], x, i, count_down);
        count_pair(table, gaps, x, gaps->others[i], i, count_up);
    }
    memcpy(row, gaps->others, to);
    row[to] = x;
    memcpy(row + to + 1, gaps->others + to, gaps->count - to);
}
