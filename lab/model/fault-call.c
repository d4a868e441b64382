/* SPDX-License-Identifier: GPL-2.0-or-later
 * A fault with its values, checked against the catalogue.
 */
#include "model/fault-catalogue.h"

#include <errno.h>
#include <string.h>

#include "util/error.h"

#define TEXT_MAX 200
#define NAME_MAX_BYTES 255
#define PATH_MAX_BYTES 259

char *fault_value_wanted(const FaultParameter *parameter)
{
    g_autofree char *choices = NULL;

    switch (parameter->type) {
    case FAULT_VALUE_NUMBER:
        return g_strdup_printf("a whole number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT,
                               parameter->min, parameter->max);
    case FAULT_VALUE_CHOICE:
        choices = g_strjoinv(", ", (char **)parameter->choices);
        return g_strconcat("one of: ", choices, NULL);
    case FAULT_VALUE_PATH:
        return g_strdup("an absolute Windows path, such as C:\\Windows\\System32, without any of "
                        "/ \" % ^ & | < > , ; = * ?");
    case FAULT_VALUE_FILE:
        return g_strdup("the name of a file, without a folder, of A-Z, a-z, 0-9, '.', '_', '-', "
                        "'+' and spaces");
    case FAULT_VALUE_SERVICE:
        return g_strdup("the name of a service, of A-Z, a-z, 0-9, '.', '_' and '-'");
    case FAULT_VALUE_TEXT:
        break;
    }
    return g_strdup_printf("printable text of 1 to %d bytes", TEXT_MAX);
}

static bool number_parse(const char *value, gint64 *ret_number)
{
    const char *digits = *value == '-' ? value + 1 : value;
    char *end;

    errno = 0;
    *ret_number = g_ascii_strtoll(value, &end, 10);
    return g_ascii_isdigit(*digits) && *end == '\0' && errno == 0;
}

static bool only(const char *value, const char *marks)
{
    for (const char *c = value; *c; c++)
        if (!g_ascii_isalnum(*c) && !strchr(marks, *c))
            return false;
    return true;
}

static bool printable(const char *value)
{
    if (!g_utf8_validate(value, -1, NULL))
        return false;
    for (const char *c = value; *c; c = g_utf8_next_char(c))
        if (!g_unichar_isprint(g_utf8_get_char(c)))
            return false;
    return true;
}

static bool path_ok(const char *value)
{
    return g_ascii_isalpha(value[0]) && value[1] == ':' && value[2] == '\\' && value[3] &&
           strlen(value) <= PATH_MAX_BYTES && printable(value) &&
           !strpbrk(value + 2, "/:\"%^&|<>,;=*?") && !strstr(value, "\\\\");
}

static bool value_ok(const FaultParameter *parameter, const char *value)
{
    gsize length = strlen(value);
    gint64 number;

    switch (parameter->type) {
    case FAULT_VALUE_NUMBER:
        return number_parse(value, &number) && number >= parameter->min && number <= parameter->max;
    case FAULT_VALUE_CHOICE:
        return g_strv_contains(parameter->choices, value);
    case FAULT_VALUE_PATH:
        return path_ok(value);
    case FAULT_VALUE_FILE:
        return length > 0 && length <= NAME_MAX_BYTES && g_ascii_isalnum(value[0]) &&
               only(value, "._-+ ");
    case FAULT_VALUE_SERVICE:
        return length > 0 && length <= NAME_MAX_BYTES && g_ascii_isalnum(value[0]) &&
               only(value, "._-");
    case FAULT_VALUE_TEXT:
        break;
    }
    return length > 0 && length <= TEXT_MAX && printable(value);
}

static void append_names(GString *names, const FaultParameter *parameters)
{
    for (; parameters->name; parameters++)
        g_string_append_printf(names, "%s%s", names->len == 0 ? "" : ", ", parameters->name);
}

bool fault_value_check(FaultKind kind, const char *name, const char *value, GError **error)
{
    const FaultParameter *parameter = fault_parameter(kind, name);

    if (!parameter) {
        g_autoptr(GString) names = g_string_new(NULL);
        append_names(names, fault_info(kind)->parameters);
        append_names(names, fault_trigger_parameters());
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "the fault '%s' has no parameter '%s'; it has: %s", fault_info(kind)->name,
                    name, names->str);
        return false;
    }
    if (value_ok(parameter, value))
        return true;
    g_autofree char *wanted = fault_value_wanted(parameter);
    g_autofree char *shown = g_strescape(value, NULL);
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                "'%s' is not right for '%s' of the fault '%s': it must be %s", shown, name,
                fault_info(kind)->name, wanted);
    return false;
}

static bool take_values(FaultCall *call, GHashTable *values, GError **error)
{
    const FaultInfo *info = fault_info(call->kind);

    for (const FaultParameter *p = info->parameters; p->name; p++) {
        const char *value = values ? g_hash_table_lookup(values, p->name) : NULL;
        if (!value && !p->fallback) {
            g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                        "the fault '%s' needs a value for '%s': %s", info->name, p->name, p->text);
            return false;
        }
        g_hash_table_insert(call->values, g_strdup(p->name), g_strdup(value ? value : p->fallback));
    }
    return true;
}

static const struct {
    const char *name;
    FaultTriggerKind kind;
} trigger_kinds[] = {
    {"after-s", FAULT_AFTER},
    {"at-percent", FAULT_AT_PART},
    {"on-file", FAULT_ON_FILE},
    {"on-serial", FAULT_ON_SERIAL},
};

static bool take_trigger(FaultCall *call, GHashTable *values, GError **error)
{
    FaultTrigger *trigger = &call->trigger;
    const char *within = values ? g_hash_table_lookup(values, "within-s") : NULL;
    const FaultParameter *parameter = fault_parameter(call->kind, "within-s");

    for (guint i = 0; values && i < G_N_ELEMENTS(trigger_kinds); i++) {
        const char *value = g_hash_table_lookup(values, trigger_kinds[i].name);
        if (!value)
            continue;
        if (trigger->kind != FAULT_AT_ONCE) {
            g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                        "a fault strikes by one trigger: after-s, at-percent, on-file or "
                        "on-serial");
            return false;
        }
        trigger->kind = trigger_kinds[i].kind;
        if (trigger->kind == FAULT_ON_FILE || trigger->kind == FAULT_ON_SERIAL)
            trigger->text = g_strdup(value);
        else
            trigger->number = (guint)g_ascii_strtoull(value, NULL, 10);
    }
    trigger->within_s = (guint)g_ascii_strtoull(within ? within : parameter->fallback, NULL, 10);
    if (within && !trigger->text) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "'within-s' belongs to on-file and on-serial");
        return false;
    }
    return true;
}

bool fault_call_new(FaultKind kind, GHashTable *values, FaultCall **ret_call, GError **error)
{
    g_autoptr(FaultCall) call = g_new0(FaultCall, 1);
    GHashTableIter iter;
    gpointer name, value;

    call->kind = kind;
    call->values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    if (values) {
        g_hash_table_iter_init(&iter, values);
        while (g_hash_table_iter_next(&iter, &name, &value))
            if (!fault_value_check(kind, name, value, error))
                return false;
    }
    if (!take_values(call, values, error) || !take_trigger(call, values, error))
        return false;
    *ret_call = g_steal_pointer(&call);
    return true;
}

void fault_call_free(FaultCall *call)
{
    if (!call)
        return;
    g_hash_table_unref(call->values);
    g_free(call->trigger.text);
    g_free(call);
}

const char *fault_call_text(const FaultCall *call, const char *name)
{
    return g_hash_table_lookup(call->values, name);
}

gint64 fault_call_number(const FaultCall *call, const char *name)
{
    return g_ascii_strtoll(fault_call_text(call, name), NULL, 10);
}

char *fault_call_name(const FaultCall *call)
{
    const FaultInfo *info = fault_info(call->kind);
    const FaultTrigger *trigger = &call->trigger;
    GString *name = g_string_new(info->name);

    for (const FaultParameter *p = info->parameters; p->name; p++) {
        const char *value = fault_call_text(call, p->name);
        if (!p->fallback || !g_str_equal(value, p->fallback))
            g_string_append_printf(name, " %s=%s", p->name, value);
    }
    if (trigger->kind == FAULT_AFTER)
        g_string_append_printf(name, " after %u s", trigger->number);
    else if (trigger->kind == FAULT_AT_PART)
        g_string_append_printf(name, " at %u %%", trigger->number);
    else if (trigger->text)
        g_string_append_printf(name, " on %s '%s'",
                               trigger->kind == FAULT_ON_FILE ? "file" : "serial line",
                               trigger->text);
    return g_string_free(name, FALSE);
}
