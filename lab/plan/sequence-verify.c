/* SPDX-License-Identifier: GPL-2.0-or-later
 * What an array of sequences covers, found the plain way: one bit for each t-order, set for every
 * choice of t events of every row, then every t-order that is wanted is looked up.
 *
 * It shares nothing with the generator but the header, so that a mistake there shows up here.
 */
#include "plan/sequence.h"

#include "util/error.h"

typedef struct {
    const SequenceModel *model;
    const SequenceArray *array;
    guint n, strength, limit;
    bool before[SEQUENCE_EVENTS_MAX][SEQUENCE_EVENTS_MAX];
    bool needs[SEQUENCE_EVENTS_MAX][SEQUENCE_EVENTS_MAX];
    bool mandatory[SEQUENCE_EVENTS_MAX];
    bool *present;   /* [rows][n] */
    guint8 *covered; /* bits, by t-order as a number to base n */
    SequenceCheck *check;
} Verify;

static void verify_clear(Verify *verify)
{
    g_free(verify->present);
    g_free(verify->covered);
    sequence_check_free(verify->check);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Verify, verify_clear)

void sequence_check_free(SequenceCheck *check)
{
    if (!check)
        return;
    g_array_unref(check->gaps);
    g_free(check);
}

static const SequenceEvent *event_at(const Verify *verify, guint event)
{
    return &g_array_index(verify->model->events, SequenceEvent, event);
}

/* --- the rules ---------------------------------------------------------------------------------
 */

/* Marks all that must come after `event`, and all that it needs: by following the rules. */
static void follow(Verify *verify, guint event, guint at)
{
    for (guint i = 0; i < verify->model->rules->len; i++) {
        const SequenceRule *rule = &g_array_index(verify->model->rules, SequenceRule, i);

        if (rule->first == at && !verify->before[event][rule->second]) {
            verify->before[event][rule->second] = true;
            follow(verify, event, rule->second);
        }
    }
    for (guint other = 0; other < verify->n; other++) {
        SequencePlace mine = event_at(verify, at)->place, its = event_at(verify, other)->place;
        bool after = (mine == SEQUENCE_FIRST && its != SEQUENCE_FIRST) ||
                     (its == SEQUENCE_LAST && mine != SEQUENCE_LAST);

        if (after && !verify->before[event][other]) {
            verify->before[event][other] = true;
            follow(verify, event, other);
        }
    }
}

static void follow_needs(Verify *verify, guint event, guint at)
{
    for (guint i = 0; i < verify->model->rules->len; i++) {
        const SequenceRule *rule = &g_array_index(verify->model->rules, SequenceRule, i);

        if (rule->needed && rule->second == at && !verify->needs[event][rule->first]) {
            verify->needs[event][rule->first] = true;
            follow_needs(verify, event, rule->first);
        }
    }
}

static void read_rules(Verify *verify)
{
    for (guint event = 0; event < verify->n; event++) {
        follow(verify, event, event);
        follow_needs(verify, event, event);
    }
    for (guint event = 0; event < verify->n; event++) {
        if (event_at(verify, event)->optional)
            continue;
        verify->mandatory[event] = true;
        for (guint other = 0; other < verify->n; other++)
            verify->mandatory[other] |= verify->needs[event][other];
    }
}

/* --- the rows ----------------------------------------------------------------------------------
 */

static bool row_fail(guint row, GError **error, const char *format, ...) G_GNUC_PRINTF(3, 4);

static bool row_fail(guint row, GError **error, const char *format, ...)
{
    g_autofree char *reason = NULL;
    va_list args;

    va_start(args, format);
    reason = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "row %u of the sequences: %s", row + 1,
                reason);
    return false;
}

static bool check_row(Verify *verify, guint row, GError **error)
{
    const guint *cells = verify->array->cells + (gsize)row * verify->n;
    bool *present = verify->present + (gsize)row * verify->n;
    guint length = verify->array->length[row];

    if (length > verify->n)
        return row_fail(row, error, "it holds more events than there are");
    for (guint i = 0; i < length; i++) {
        if (cells[i] >= verify->n)
            return row_fail(row, error, "it holds an event that there is not");
        if (present[cells[i]])
            return row_fail(row, error, "'%s' is there twice", event_at(verify, cells[i])->name);
        for (guint j = 0; j < i; j++)
            if (verify->before[cells[i]][cells[j]])
                return row_fail(row, error, "'%s' must come before '%s'",
                                event_at(verify, cells[i])->name, event_at(verify, cells[j])->name);
        present[cells[i]] = true;
    }
    for (guint a = 0; a < verify->n; a++) {
        if (verify->mandatory[a] && !present[a])
            return row_fail(row, error, "'%s' is absent and not optional",
                            event_at(verify, a)->name);
        for (guint b = 0; b < verify->n; b++)
            if (present[a] && verify->needs[a][b] && !present[b])
                return row_fail(row, error, "'%s' needs '%s'", event_at(verify, a)->name,
                                event_at(verify, b)->name);
    }
    return true;
}

/* --- what is covered ---------------------------------------------------------------------------
 */

/* Sets the bits of all orders that begin as `number` and take their other events from the rest. */
static void cover(Verify *verify, const guint *events, guint count, guint depth, gsize number)
{
    if (depth == verify->strength) {
        verify->covered[number / 8] |= (guint8)(1u << number % 8);
        return;
    }
    for (guint i = 0; i < count; i++)
        cover(verify, events + i + 1, count - i - 1, depth + 1, number * verify->n + events[i]);
}

static void note_gap(Verify *verify, const SequenceGap *gap)
{
    verify->check->missing++;
    if (verify->check->gaps->len < verify->limit)
        g_array_append_val(verify->check->gaps, *gap);
}

static void look_up(Verify *verify, SequenceGap *gap, gsize number)
{
    if (gap->count == verify->strength) {
        verify->check->wanted++;
        if (!(verify->covered[number / 8] & 1u << number % 8))
            note_gap(verify, gap);
        return;
    }
    for (guint event = 0; event < verify->n; event++) {
        bool allowed = true;

        for (guint i = 0; i < gap->count && allowed; i++)
            allowed = gap->event[i] != event && !verify->before[event][gap->event[i]];
        if (!allowed)
            continue;
        gap->event[gap->count++] = event;
        look_up(verify, gap, number * verify->n + event);
        gap->count--;
    }
}

static void look_up_presence(Verify *verify, guint a, guint b, bool has_a, bool has_b)
{
    SequenceGap gap = {
        .count = a == b ? 1 : 2, .event = {a, b}, .is_presence = true, .present = {has_a, has_b}};

    verify->check->wanted++;
    for (guint r = 0; r < verify->array->rows; r++) {
        const bool *present = verify->present + (gsize)r * verify->n;

        if (present[a] == has_a && present[b] == has_b)
            return;
    }
    note_gap(verify, &gap);
}

static void check_presence(Verify *verify)
{
    for (guint a = 0; a < verify->n; a++) {
        if (verify->mandatory[a])
            continue;
        look_up_presence(verify, a, a, false, false);
        for (guint b = a + 1; b < verify->n && verify->array->presence == 2; b++) {
            if (verify->mandatory[b])
                continue;
            look_up_presence(verify, a, b, false, false);
            look_up_presence(verify, a, b, true, true);
            if (!verify->needs[a][b])
                look_up_presence(verify, a, b, true, false);
            if (!verify->needs[b][a])
                look_up_presence(verify, a, b, false, true);
        }
    }
}

bool sequence_verify(const SequenceModel *model, const SequenceArray *array, guint limit,
                     SequenceCheck **ret_check, GError **error)
{
    g_auto(Verify) verify = {
        .model = model,
        .array = array,
        .n = model->events->len,
        .strength = array->strength,
        .limit = limit,
    };
    SequenceGap gap = {0};
    gsize orders = 1;

    if (verify.n > SEQUENCE_EVENTS_MAX || array->events != verify.n || array->strength < 1 ||
        array->strength > SEQUENCE_STRENGTH_MAX) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "the array is not one of this model: %u events at strength %u, not %u",
                    array->events, array->strength, verify.n);
        return false;
    }
    for (guint i = 0; i < array->strength; i++)
        orders *= verify.n;
    verify.check = g_new0(SequenceCheck, 1);
    verify.check->gaps = g_array_new(FALSE, TRUE, sizeof(SequenceGap));
    verify.covered = g_malloc0(orders / 8 + 1);
    verify.present = g_new0(bool, (gsize)array->rows *verify.n + 1);
    read_rules(&verify);
    for (guint r = 0; r < array->rows; r++) {
        if (!check_row(&verify, r, error))
            return false;
        cover(&verify, array->cells + (gsize)r * verify.n, array->length[r], 0, 0);
    }
    look_up(&verify, &gap, 0);
    check_presence(&verify);
    *ret_check = g_steal_pointer(&verify.check);
    return true;
}
