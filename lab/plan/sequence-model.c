/* SPDX-License-Identifier: GPL-2.0-or-later
 * What sequences are made of: events and rules, and the rules made complete.
 */
#include "plan/sequence-private.h"

#include "util/error.h"

static void event_clear(gpointer data)
{
    g_free(((SequenceEvent *)data)->name);
}

SequenceModel *sequence_model_new(void)
{
    SequenceModel *model = g_new0(SequenceModel, 1);

    model->events = g_array_new(FALSE, TRUE, sizeof(SequenceEvent));
    model->rules = g_array_new(FALSE, TRUE, sizeof(SequenceRule));
    g_array_set_clear_func(model->events, event_clear);
    return model;
}

SequenceModel *sequence_model_new_numbered(guint n)
{
    SequenceModel *model = sequence_model_new();

    for (guint i = 1; i <= n; i++) {
        g_autofree char *name = g_strdup_printf("%u", i);

        sequence_model_add_event(model, name, SEQUENCE_ANYWHERE, false);
    }
    return model;
}

void sequence_model_free(SequenceModel *model)
{
    if (!model)
        return;
    g_array_unref(model->events);
    g_array_unref(model->rules);
    g_free(model);
}

guint sequence_model_add_event(SequenceModel *model, const char *name, SequencePlace place,
                               bool optional)
{
    SequenceEvent event = {g_strdup(name), place, optional};

    g_array_append_val(model->events, event);
    return model->events->len - 1;
}

void sequence_model_add_rule(SequenceModel *model, guint first, guint second, bool needed)
{
    SequenceRule rule = {first, second, needed};

    g_array_append_val(model->rules, rule);
}

/* --- the rules ---------------------------------------------------------------------------------
 */

static const SequenceEvent *event_at(const SequenceModel *model, guint i)
{
    return &g_array_index(model->events, SequenceEvent, i);
}

static bool check_events(const SequenceModel *model, GError **error)
{
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    guint n = model->events->len;

    if (n < 2 || n > SEQUENCE_EVENTS_MAX) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "sequences take 2 to %d events, not %u",
                    SEQUENCE_EVENTS_MAX, n);
        return false;
    }
    for (guint i = 0; i < n; i++) {
        const char *name = event_at(model, i)->name;

        if (!*name) {
            g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "event %u has no name", i + 1);
            return false;
        }
        if (!g_hash_table_add(names, (gpointer)name)) {
            g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                        "the event '%s' is there twice: give each event its own name", name);
            return false;
        }
    }
    for (guint i = 0; i < model->rules->len; i++) {
        const SequenceRule *rule = &g_array_index(model->rules, SequenceRule, i);

        if (rule->first >= n || rule->second >= n) {
            g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                        "rule %u is about an event that is not there", i + 1);
            return false;
        }
    }
    return true;
}

/* The rules as written. */
static void rules_write(const SequenceModel *model, SequenceRules *rules)
{
    guint n = model->events->len;

    rules->n = n;
    for (guint i = 0; i < model->rules->len; i++) {
        const SequenceRule *rule = &g_array_index(model->rules, SequenceRule, i);

        rules->before[rule->first][rule->second] = true;
        if (rule->needed)
            rules->needs[rule->second][rule->first] = true;
    }
    for (guint a = 0; a < n; a++)
        for (guint b = 0; b < n; b++) {
            SequencePlace place_a = event_at(model, a)->place, place_b = event_at(model, b)->place;

            if (place_a != place_b && (place_a == SEQUENCE_FIRST || place_b == SEQUENCE_LAST))
                rules->before[a][b] = true;
        }
}

static void close_relation(bool relation[][SEQUENCE_EVENTS_MAX], guint n)
{
    for (guint via = 0; via < n; via++)
        for (guint a = 0; a < n; a++)
            for (guint b = 0; relation[a][via] && b < n; b++)
                relation[a][b] |= relation[via][b];
}

/* The shortest way from `start` back to itself, as "'a', 'b', 'a'". */
static char *cycle_text(const SequenceModel *model, const SequenceRules *written, guint start)
{
    guint came_from[SEQUENCE_EVENTS_MAX], queue[SEQUENCE_EVENTS_MAX], head = 0, tail = 0;
    bool seen[SEQUENCE_EVENTS_MAX] = {false};
    GString *text = g_string_new(NULL);

    queue[tail++] = start;
    while (!seen[start]) {
        guint at = queue[head++];

        for (guint b = 0; b < written->n; b++)
            if (written->before[at][b] && !seen[b]) {
                seen[b] = true;
                came_from[b] = at;
                queue[tail++ % SEQUENCE_EVENTS_MAX] = b;
            }
    }
    g_string_printf(text, "'%s'", event_at(model, start)->name);
    for (guint at = start, first = true; first || at != start; first = false) {
        g_autofree char *step = NULL;

        at = came_from[at];
        step = g_strdup_printf("'%s' before ", event_at(model, at)->name);
        g_string_prepend(text, step);
    }
    return g_string_free(text, FALSE);
}

bool sequence_rules_close(const SequenceModel *model, SequenceRules *ret_rules, GError **error)
{
    g_autofree SequenceRules *written = g_new0(SequenceRules, 1), *rules = NULL;
    guint n = model->events->len;

    if (!check_events(model, error))
        return false;
    rules_write(model, written);
    rules = g_memdup2(written, sizeof *written);
    close_relation(rules->before, n);
    close_relation(rules->needs, n);
    for (guint a = 0; a < n; a++) {
        if (rules->before[a][a]) {
            g_autofree char *cycle = cycle_text(model, written, a);

            g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                        "no order of the events is allowed, as these rules form a cycle: %s",
                        cycle);
            return false;
        }
        rules->optional[a] = event_at(model, a)->optional;
        for (guint b = 0; b < n; b++) {
            rules->any |= rules->before[a][b];
            if (!event_at(model, b)->optional && rules->needs[b][a])
                rules->optional[a] = false;
        }
    }
    *ret_rules = *rules;
    return true;
}
