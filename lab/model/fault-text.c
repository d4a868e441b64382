/* SPDX-License-Identifier: GPL-2.0-or-later
 * The catalogue of faults as text, JSON and Markdown.
 */
#include "model/fault-text.h"

#include <string.h>

#define COLUMNS 96

static const char *const aftermaths[] = {
    [FAULT_GUEST_GOES_ON] = "goes on",
    [FAULT_GUEST_RESTARTS] = "restarts",
    [FAULT_GUEST_CRASHES] = "crashes",
};

static char *guests_text(const FaultInfo *info)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i <= GUEST_REACTOS; i++)
        if (info->guests & 1u << i)
            g_string_append_printf(text, "%s%s", text->len ? ", " : "", guest_kind_name(i));
    return g_string_free(text, FALSE);
}

char *fault_text_list(void)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < FAULT_KINDS; i++)
        g_string_append_printf(text, "%-16s %s\n", fault_info(i)->name, fault_info(i)->summary);
    return g_string_free(text, FALSE);
}

/* A paragraph, indented and broken at blanks. */
static void append_paragraph(GString *text, guint indent, const char *paragraph)
{
    g_auto(GStrv) words = g_strsplit(paragraph, " ", -1);
    guint column = 0;

    for (guint i = 0; words[i]; i++) {
        guint width = (guint)g_utf8_strlen(words[i], -1);
        if (column > 0 && column + 1 + width > COLUMNS) {
            g_string_append_c(text, '\n');
            column = 0;
        }
        if (column == 0)
            g_string_append_printf(text, "%*s", (int)indent, "");
        g_string_append_printf(text, "%s%s", column == 0 ? "" : " ", words[i]);
        column += width + (column == 0 ? indent : 1);
    }
    g_string_append_c(text, '\n');
}

static void append_parameters(GString *text, const FaultParameter *parameters)
{
    for (const FaultParameter *p = parameters; p->name; p++) {
        g_autofree char *wanted = fault_value_wanted(p);
        g_autofree char *line =
            g_strdup_printf("%s. It must be %s.%s%s", p->text, wanted,
                            p->fallback ? " Default: " : "", p->fallback ? p->fallback : "");
        g_string_append_printf(text, "  %s\n", p->name);
        append_paragraph(text, 6, line);
    }
}

char *fault_text_one(FaultKind kind)
{
    const FaultInfo *info = fault_info(kind);
    g_autofree char *guests = guests_text(info);
    GString *text = g_string_new(NULL);

    g_string_append_printf(text, "%s: %s\n\n", info->name, info->summary);
    append_paragraph(text, 0, info->how);
    g_string_append_printf(text, "\nThe guest %s. Works on: %s.\n", aftermaths[info->aftermath],
                           guests);
    append_paragraph(text, 0, info->undo ? info->undo : "There is nothing to undo.");
    if (info->limits)
        append_paragraph(text, 0, info->limits);
    g_string_append(text, info->parameters->name ? "\nParameters:\n" : "\nNo parameters.\n");
    append_parameters(text, info->parameters);
    g_string_append(text, "\nWhen it strikes (one of these; else at once):\n");
    append_parameters(text, fault_trigger_parameters());
    return g_string_free(text, FALSE);
}

static cJSON *parameters_json(const FaultParameter *parameters)
{
    static const char *const types[] = {
        [FAULT_VALUE_NUMBER] = "number",   [FAULT_VALUE_CHOICE] = "choice",
        [FAULT_VALUE_PATH] = "path",       [FAULT_VALUE_FILE] = "file",
        [FAULT_VALUE_SERVICE] = "service", [FAULT_VALUE_TEXT] = "text",
    };
    cJSON *list = cJSON_CreateArray();

    for (const FaultParameter *p = parameters; p->name; p++) {
        cJSON *object = cJSON_CreateObject();
        cJSON_AddItemToArray(list, object);
        cJSON_AddStringToObject(object, "name", p->name);
        cJSON_AddStringToObject(object, "type", types[p->type]);
        if (p->type == FAULT_VALUE_NUMBER) {
            cJSON_AddNumberToObject(object, "min", (double)p->min);
            cJSON_AddNumberToObject(object, "max", (double)p->max);
        }
        if (p->type == FAULT_VALUE_CHOICE)
            cJSON_AddItemToObject(
                object, "choices",
                cJSON_CreateStringArray(p->choices, (int)g_strv_length((char **)p->choices)));
        json_add_text(object, "default", p->fallback);
        cJSON_AddStringToObject(object, "text", p->text);
    }
    return list;
}

static cJSON *fault_json(const FaultInfo *info)
{
    cJSON *object = cJSON_CreateObject();
    cJSON *guests = cJSON_CreateArray();

    cJSON_AddStringToObject(object, "name", info->name);
    cJSON_AddStringToObject(object, "summary", info->summary);
    cJSON_AddStringToObject(object, "how", info->how);
    json_add_text(object, "undo", info->undo);
    json_add_text(object, "limits", info->limits);
    cJSON_AddStringToObject(object, "guest", aftermaths[info->aftermath]);
    for (guint i = 0; i <= GUEST_REACTOS; i++)
        if (info->guests & 1u << i)
            cJSON_AddItemToArray(guests, cJSON_CreateString(guest_kind_name(i)));
    cJSON_AddItemToObject(object, "guests", guests);
    cJSON_AddItemToObject(object, "parameters", parameters_json(info->parameters));
    return object;
}

cJSON *fault_text_json(guint kind)
{
    cJSON *object = cJSON_CreateObject();
    cJSON *list;

    cJSON_AddNumberToObject(object, "format", 1);
    list = cJSON_AddArrayToObject(object, "faults");
    for (guint i = 0; i < FAULT_KINDS; i++)
        if (kind == FAULT_KINDS || kind == i)
            cJSON_AddItemToArray(list, fault_json(fault_info(i)));
    cJSON_AddItemToObject(object, "triggers", parameters_json(fault_trigger_parameters()));
    return object;
}

/* In a table's cell a bar would end it. */
static void append_cell(GString *text, const char *cell)
{
    g_autoptr(GString) escaped = g_string_new(cell);
    g_string_replace(escaped, "|", "\\|", 0);
    g_string_append_printf(text, " %s |", escaped->str);
}

static void append_table(GString *text, const FaultParameter *parameters)
{
    g_string_append(text, "| parameter | value | default | |\n|---|---|---|---|\n");
    for (const FaultParameter *p = parameters; p->name; p++) {
        g_autofree char *wanted = fault_value_wanted(p);
        g_autofree char *name = g_strdup_printf("`%s`", p->name);
        g_autofree char *fallback = p->fallback ? g_strdup_printf("`%s`", p->fallback) : NULL;
        g_string_append(text, "|");
        append_cell(text, name);
        append_cell(text, wanted);
        append_cell(text, fallback ? fallback : "");
        append_cell(text, p->text);
        g_string_append(text, "\n");
    }
}

char *fault_text_markdown(void)
{
    GString *text = g_string_new("## When a fault strikes\n\nOne of these; else at once.\n\n");

    append_table(text, fault_trigger_parameters());
    g_string_append(text, "\n## The faults\n");
    for (guint i = 0; i < FAULT_KINDS; i++) {
        const FaultInfo *info = fault_info(i);
        g_autofree char *guests = guests_text(info);
        g_autofree char *summary = g_strdup(info->summary);
        *summary = g_ascii_toupper(*summary);
        g_string_append_printf(text, "\n### %s\n\n%s. Works on: %s. The guest %s.\n\n", info->name,
                               summary, guests, aftermaths[info->aftermath]);
        append_paragraph(text, 0, info->how);
        g_string_append(text, "\n*Undo:* ");
        g_string_append_printf(text, "%s\n", info->undo ? info->undo : "there is nothing to undo.");
        if (info->limits)
            g_string_append_printf(text, "\n*Limits:* %s\n", info->limits);
        if (info->parameters->name) {
            g_string_append_c(text, '\n');
            append_table(text, info->parameters);
        }
    }
    return g_string_free(text, FALSE);
}
