/* SPDX-License-Identifier: GPL-2.0-or-later
 * Sequences as text, as values of a parameter, as CSV and as JSON.
 */
#include "plan/sequence.h"

#include <string.h>

#include "util/json.h"

static const char *event_name(const SequenceModel *model, guint event)
{
    return g_array_index(model->events, SequenceEvent, event).name;
}

static guint cell(const SequenceArray *array, guint row, guint step)
{
    return array->cells[(gsize)row * array->events + step];
}

char *sequence_row_text(const SequenceModel *model, const SequenceArray *array, guint row)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < array->length[row]; i++) {
        g_string_append(text, i ? " > " : "");
        g_string_append(text, event_name(model, cell(array, row, i)));
    }
    return g_string_free(text, FALSE);
}

char **sequence_array_values(const SequenceModel *model, const SequenceArray *array)
{
    char **values = g_new0(char *, array->rows + 1);

    for (guint r = 0; r < array->rows; r++)
        values[r] = sequence_row_text(model, array, r);
    return values;
}

char *sequence_gap_text(const SequenceModel *model, const SequenceGap *gap)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < gap->count; i++) {
        const char *name = event_name(model, gap->event[i]);

        if (gap->is_presence)
            g_string_append_printf(text, "%s'%s' %s", i ? " and " : "", name,
                                   gap->present[i] ? "present" : "absent");
        else
            g_string_append_printf(text, "%s'%s'", i ? " before " : "", name);
    }
    return g_string_free(text, FALSE);
}

static void append_field(GString *csv, const char *field)
{
    if (!strpbrk(field, ",\"\r\n")) {
        g_string_append(csv, field);
        return;
    }
    g_string_append_c(csv, '"');
    for (const char *at = field; *at; at++)
        g_string_append_printf(csv, *at == '"' ? "\"%c" : "%c", *at);
    g_string_append_c(csv, '"');
}

char *sequence_array_csv(const SequenceModel *model, const SequenceArray *array)
{
    GString *csv = g_string_new("row");

    for (guint i = 1; i <= array->events; i++)
        g_string_append_printf(csv, ",step%u", i);
    g_string_append(csv, "\r\n");
    for (guint r = 0; r < array->rows; r++) {
        g_string_append_printf(csv, "%u", r + 1);
        for (guint i = 0; i < array->events; i++) {
            g_string_append_c(csv, ',');
            if (i < array->length[r])
                append_field(csv, event_name(model, cell(array, r, i)));
        }
        g_string_append(csv, "\r\n");
    }
    return g_string_free(csv, FALSE);
}

static const char *place_name(SequencePlace place)
{
    static const char *const names[] = {
        [SEQUENCE_ANYWHERE] = "anywhere", [SEQUENCE_FIRST] = "first", [SEQUENCE_LAST] = "last"};

    return names[place];
}

static void add_model(cJSON *root, const SequenceModel *model)
{
    cJSON *events = cJSON_AddArrayToObject(root, "events");
    cJSON *rules = cJSON_AddArrayToObject(root, "rules");

    for (guint i = 0; i < model->events->len; i++) {
        const SequenceEvent *event = &g_array_index(model->events, SequenceEvent, i);
        cJSON *item = cJSON_CreateObject();

        json_add_text(item, "name", event->name);
        json_add_text(item, "place", place_name(event->place));
        cJSON_AddBoolToObject(item, "optional", event->optional);
        cJSON_AddItemToArray(events, item);
    }
    for (guint i = 0; i < model->rules->len; i++) {
        const SequenceRule *rule = &g_array_index(model->rules, SequenceRule, i);
        cJSON *item = cJSON_CreateObject();

        json_add_text(item, "first", event_name(model, rule->first));
        json_add_text(item, "second", event_name(model, rule->second));
        cJSON_AddBoolToObject(item, "needed", rule->needed);
        cJSON_AddItemToArray(rules, item);
    }
}

cJSON *sequence_array_json(const SequenceModel *model, const SequenceArray *array)
{
    cJSON *root = cJSON_CreateObject(), *rows;

    json_add_text(root, "format", "truce-sequences");
    cJSON_AddNumberToObject(root, "version", 1);
    cJSON_AddNumberToObject(root, "strength", array->strength);
    cJSON_AddNumberToObject(root, "presence", array->presence);
    cJSON_AddNumberToObject(root, "lower_bound", array->lower_bound);
    add_model(root, model);
    rows = cJSON_AddArrayToObject(root, "rows");
    for (guint r = 0; r < array->rows; r++) {
        cJSON *row = cJSON_CreateArray();

        for (guint i = 0; i < array->length[r]; i++)
            cJSON_AddItemToArray(row, cJSON_CreateString(event_name(model, cell(array, r, i))));
        cJSON_AddItemToArray(rows, row);
    }
    return root;
}
