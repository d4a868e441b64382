/* SPDX-License-Identifier: GPL-2.0-or-later
 * The ways of a Windows: fltmc, verifier, bcdedit by their exit codes and numbers, and PowerShell's
 * JSON.
 */
#include <string.h>

#include "guest/altitude.h"
#include "guest/event-query.h"
#include "guest/powershell.h"
#include "guest/system-private.h"
#include "util/error.h"
#include "util/text.h"

#define FILTERS_MAX 200u
#define LIST_MAX 1000u
#define ANTIVIRUS_STATE 0xF000 /* 0 off, 0x1000 on, 0x2000 snoozed, 0x3000 expired */
#define ANTIVIRUS_ON 0x1000
#define ANTIVIRUS_STALE 0xF0 /* 0: signatures are current */

static bool call(const System *system, const char *operation, cJSON *arguments, cJSON **ret_value,
                 GError **error)
{
    return powershell_call(system->agent, operation, arguments, SYSTEM_COMMAND_S * system->patience,
                           ret_value, error);
}

/* The array `member` of an answer; each element becomes an item of the list. */
static bool take_list(const cJSON *value, const char *member, gpointer (*take)(const cJSON *item),
                      GDestroyNotify free_item, GPtrArray **ret_list, GError **error)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(value, member), *item;
    g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(free_item);

    if (!cJSON_IsArray(list)) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_AGENT, "the guest's answer has no '%s'",
                    member);
        return false;
    }
    cJSON_ArrayForEach (item, list) {
        if (!cJSON_IsObject(item) || items->len == LIST_MAX) {
            g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_AGENT,
                        "the guest's answer makes no sense: '%s' is too long, or no list of "
                        "objects",
                        member);
            return false;
        }
        g_ptr_array_add(items, take(item));
    }
    *ret_list = g_steal_pointer(&items);
    return true;
}

/* Minifilters */

static bool is_number(const char *text)
{
    return *text && text[strspn(text, "0123456789")] == '\0' && strlen(text) <= 9;
}

/* `WdFilter  5  328010  0`, or of a legacy filter `OldFlt  <Legacy>`. */
static SystemFilter *take_filter(char **words, guint count)
{
    bool legacy = count == 2 && *words[1] == '<';
    SystemFilter *filter;

    if (!legacy &&
        !(count == 4 && is_number(words[1]) && altitude_is_valid(words[2]) && is_number(words[3])))
        return NULL;
    filter = g_new0(SystemFilter, 1);
    filter->name = text_printable(words[0], strlen(words[0]), 256);
    filter->altitude = legacy ? NULL : g_strdup(words[2]);
    filter->instances = legacy ? 0 : (guint)g_ascii_strtoull(words[1], NULL, 10);
    return filter;
}

static char **split_words(const char *line, guint *ret_count)
{
    g_auto(GStrv) parts = g_strsplit_set(line, " \t\r", -1);
    GPtrArray *words = g_ptr_array_new();

    for (char **part = parts; *part; part++)
        if (**part)
            g_ptr_array_add(words, g_strdup(*part));
    *ret_count = words->len;
    g_ptr_array_add(words, NULL);
    return (char **)g_ptr_array_free(words, FALSE);
}

static int compare_filters(gconstpointer a, gconstpointer b)
{
    const SystemFilter *x = *(const SystemFilter *const *)a, *y = *(const SystemFilter *const *)b;

    if (!x->altitude || !y->altitude)
        return !!y->altitude - !!x->altitude;
    return altitude_compare(y->altitude, x->altitude);
}

GPtrArray *system_filters_parse(const char *text)
{
    GPtrArray *filters = g_ptr_array_new_with_free_func(system_filter_free);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    for (char **line = lines; *line && filters->len < FILTERS_MAX; line++) {
        guint count;
        g_auto(GStrv) words = split_words(*line, &count);
        SystemFilter *filter = take_filter(words, count);
        if (filter)
            g_ptr_array_add(filters, filter);
    }
    g_ptr_array_sort(filters, compare_filters);
    return filters;
}

static bool filters(const System *system, GPtrArray **ret_filters, GError **error)
{
    g_auto(AgentExecResult) result = {0};

    if (!system_ask(system, "fltmc.exe filters", 0, &result, error))
        return false;
    *ret_filters = system_filters_parse(result.out);
    return true;
}

/* Signatures */

void system_signature_free(gpointer data)
{
    SystemSignature *signature = data;
    g_free(signature->path);
    g_free(signature->status);
    g_free(signature->signer);
    g_free(signature);
}

static gpointer take_signature(const cJSON *item)
{
    SystemSignature *signature = g_new0(SystemSignature, 1);
    signature->path = system_text(item, "path");
    signature->status = system_text(item, "status");
    signature->signer = system_text(item, "signer");
    return signature;
}

static bool signatures(const System *system, const char *const *paths, GPtrArray **ret_signatures,
                       GError **error)
{
    cJSON *arguments = cJSON_CreateObject();
    g_autoptr(GPtrArray) list = NULL;
    g_autoptr(cJSON) value = NULL;
    guint count = g_strv_length((char **)paths);

    cJSON_AddItemToObject(arguments, "paths", cJSON_CreateStringArray(paths, (int)count));
    if (!call(system, "signatures", arguments, &value, error) ||
        !take_list(value, "signatures", take_signature, system_signature_free, &list, error))
        return false;
    if (list->len != count) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_AGENT,
                    "the guest judged %u signatures of %u files", list->len, count);
        return false;
    }
    *ret_signatures = g_steal_pointer(&list);
    return true;
}

/* Events */

void system_event_free(gpointer data)
{
    SystemEvent *event = data;
    g_free(event->time);
    g_free(event->log);
    g_free(event->provider);
    g_ptr_array_unref(event->data);
    g_free(event);
}

static gpointer take_event(const cJSON *item)
{
    SystemEvent *event = g_new0(SystemEvent, 1);
    const cJSON *value;

    event->time = system_text(item, "time");
    event->log = system_text(item, "log");
    event->provider = system_text(item, "provider");
    event->id = (guint)CLAMP(json_int(item, "id", 0), 0, G_MAXINT);
    event->level = (guint)CLAMP(json_int(item, "level", 0), 0, 255);
    event->data = g_ptr_array_new_with_free_func(g_free);
    cJSON_ArrayForEach (value, cJSON_GetObjectItemCaseSensitive(item, "data")) {
        const char *text = cJSON_GetStringValue(value);
        if (event->data->len < 64)
            g_ptr_array_add(event->data,
                            text_printable(text ? text : "", text ? strlen(text) : 0, 1024));
    }
    return event;
}

static bool events(const System *system, const char *since_utc, GPtrArray **ret_events,
                   GError **error)
{
    g_autoptr(GPtrArray) queries = event_queries(since_utc);
    cJSON *arguments = cJSON_CreateObject();
    cJSON *list = cJSON_AddArrayToObject(arguments, "queries");
    g_autoptr(cJSON) value = NULL;

    for (guint i = 0; i < queries->len; i++) {
        const EventQuery *query = queries->pdata[i];
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "log", query->log);
        cJSON_AddStringToObject(item, "xml", query->xml);
        cJSON_AddItemToArray(list, item);
    }
    cJSON_AddNumberToObject(arguments, "max", SYSTEM_EVENTS_MAX / queries->len);
    return call(system, "events", arguments, &value, error) &&
           take_list(value, "events", take_event, system_event_free, ret_events, error);
}

/* How it starts */

/* Microsoft Learn, "BCDEdit /set": recoveryenabled, bootstatuspolicy. */
static bool boot_loop(const System *system, GError **error)
{
    return system_run(system, "bcdedit.exe /set {default} recoveryenabled no", 0, error) &&
           system_run(system, "bcdedit.exe /set {default} bootstatuspolicy IgnoreAllFailures", 0,
                      error);
}

/* Removing what is not there fails like anything else, so it is set first. */
static bool safe_mode(const System *system, bool on, GError **error)
{
    return system_run(system, "bcdedit.exe /set {default} safeboot minimal", 0, error) &&
           (on || system_run(system, "bcdedit.exe /deletevalue {default} safeboot", 0, error));
}

/* Dumps */

void system_file_free(gpointer data)
{
    SystemFile *file = data;
    g_free(file->path);
    g_free(file);
}

static gpointer take_file(const cJSON *item)
{
    SystemFile *file = g_new0(SystemFile, 1);
    file->path = system_text(item, "path");
    file->bytes = (guint64)MAX(json_int(item, "bytes", 0), 0);
    return file;
}

static bool dumps(const System *system, GPtrArray **ret_files, GError **error)
{
    g_autoptr(cJSON) value = NULL;
    return call(system, "dumps", NULL, &value, error) &&
           take_list(value, "files", take_file, system_file_free, ret_files, error);
}

/* Antivirus products. What productState's bits mean is not documented by Microsoft; these are what
 * its own products show. */

void system_antivirus_free(gpointer data)
{
    SystemAntivirus *product = data;
    g_free(product->name);
    g_free(product);
}

static gpointer take_antivirus(const cJSON *item)
{
    SystemAntivirus *product = g_new0(SystemAntivirus, 1);
    gint64 state = json_int(item, "state", 0);

    product->name = system_text(item, "name");
    product->on = (state & ANTIVIRUS_STATE) == ANTIVIRUS_ON;
    product->up_to_date = (state & ANTIVIRUS_STALE) == 0;
    return product;
}

static bool antivirus(const System *system, GPtrArray **ret_products, GError **error)
{
    g_autoptr(cJSON) value = NULL;
    return call(system, "antivirus", NULL, &value, error) &&
           take_list(value, "products", take_antivirus, system_antivirus_free, ret_products, error);
}

/* The environment */

static void add_switch(GPtrArray *facts, const cJSON *value, const char *member, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(value, member);
    system_add_fact(facts, name,
                    cJSON_IsTrue(item)    ? "on"
                    : cJSON_IsFalse(item) ? "off"
                                          : "not to be known here");
}

static void add_text(GPtrArray *facts, const cJSON *value, const char *member, const char *name)
{
    g_autofree char *text = system_text(value, member);
    system_add_fact(facts, name, text);
}

static void add_firewall(GPtrArray *facts, const cJSON *value)
{
    g_autoptr(GString) off = g_string_new(NULL);
    const cJSON *profile;

    cJSON_ArrayForEach (profile, cJSON_GetObjectItemCaseSensitive(value, "firewallOff")) {
        const char *name = cJSON_GetStringValue(profile);
        g_autofree char *shown = text_printable(name ? name : "", name ? strlen(name) : 0, 40);
        g_string_append_printf(off, "%s%s", off->len ? ", " : "off in: ", shown);
    }
    system_add_fact(facts, "Firewall", off->len ? off->str : "on");
}

static bool add_antivirus(const System *system, GPtrArray *facts, GError **error)
{
    g_autoptr(GPtrArray) products = NULL;

    if (!antivirus(system, &products, error))
        return false;
    for (guint i = 0; i < products->len; i++) {
        const SystemAntivirus *product = products->pdata[i];
        g_autofree char *value =
            g_strdup_printf("%s: %s, signatures %s", product->name, product->on ? "on" : "off",
                            product->up_to_date ? "current" : "old");
        system_add_fact(facts, "Registered antivirus", value);
    }
    return true;
}

static bool add_filters(const System *system, GPtrArray *facts, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GPtrArray) list = NULL;

    if (!filters(system, &list, error))
        return false;
    for (guint i = 0; i < list->len; i++) {
        const SystemFilter *filter = list->pdata[i];
        g_string_append_printf(text, "%s%s %s", i ? ", " : "", filter->name,
                               filter->altitude ? filter->altitude : "(legacy)");
    }
    system_add_fact(facts, "Minifilters", text->str);
    return true;
}

static bool facts(const System *system, GPtrArray *list, GError **error)
{
    g_autoptr(cJSON) value = NULL;

    if (!call(system, "environment", NULL, &value, error))
        return false;
    add_text(list, value, "edition", "Edition");
    add_text(list, value, "build", "Build");
    add_text(list, value, "language", "Language");
    add_switch(list, value, "secureBoot", "Secure Boot");
    add_switch(list, value, "vbs", "Virtualization-based security");
    add_switch(list, value, "hvci", "Memory integrity (HVCI)");
    add_switch(list, value, "credentialGuard", "Credential Guard");
    add_switch(list, value, "uac", "User Account Control");
    add_firewall(list, value);
    add_switch(list, value, "testSigning", "Test signing");
    add_switch(list, value, "kernelDebugger", "Kernel debugger");
    add_text(list, value, "defenderMode", "Microsoft Defender Antivirus");
    add_switch(list, value, "defenderRealTime", "Defender's real-time protection");
    add_switch(list, value, "defenderTamperProtection", "Defender's tamper protection");
    add_text(list, value, "defenderSignatures", "Defender's signatures");
    return add_antivirus(system, list, error) && add_filters(system, list, error);
}

const SystemWays system_ways_windows = {
    .filters = filters,
    .signatures = signatures,
    .events = events,
    .verifier_on = system_verifier_program_on,
    .verifier_off = system_verifier_program_off,
    .boot_loop = boot_loop,
    .safe_mode = safe_mode,
    .dumps = dumps,
    .antivirus = antivirus,
    .facts = facts,
};
