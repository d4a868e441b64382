/* SPDX-License-Identifier: GPL-2.0-or-later
 * What the lab asks of a guest's system: what all kinds have in common, and the ways of those that
 * are no Windows.
 */
#include "guest/system.h"

#include <string.h>

#include "guest/agent-private.h"
#include "guest/altitude.h"
#include "guest/registry.h"
#include "guest/system-private.h"
#include "util/error.h"
#include "util/text.h"

#define TEXT_MAX 1024u
#define SERVICES_BYTES_MAX (4u << 20)
#define SERVICES_MAX 5000u
#define ALTITUDES_MAX 32u
#define EVENT_BYTES_MAX (64u << 10)
#define EVENT_VALUES_MAX 64u
#define VERIFIER_REBOOT 2 /* verifier.exe: done, after a restart */
#define MEMORY_MANAGEMENT                                                                          \
    "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Memory Management"
#define STANDARD_FLAGS                                                                             \
    "0x209BB" /* Microsoft Learn, "Driver Verifier options", standard settings                     \
               */

static bool no_way(const System *system, const char *doing, GError **error)
{
    static const char *const names[] = {[SYSTEM_REFERENCE] = "reference",
                                        [SYSTEM_WINDOWS] = "windows",
                                        [SYSTEM_REACTOS] = "reactos"};
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "a guest of kind '%s' cannot %s",
                names[system->kind], doing);
    return false;
}

bool system_ask(const System *system, const char *line, int also_good, AgentExecResult *ret_result,
                GError **error)
{
    g_auto(AgentExecResult) result = {0};

    if (!agent_exec(system->agent, line, SYSTEM_COMMAND_S * system->patience, &result, error))
        return false;
    if (result.exit_code == 0 || result.exit_code == also_good) {
        *ret_result = result;
        result = (AgentExecResult){0};
        return true;
    }
    const char *said = result.err && *result.err ? result.err : result.out;
    g_autofree char *copy = g_strstrip(g_strdup(said ? said : ""));
    g_autofree char *words = text_printable(copy, strlen(copy), 300);
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_AGENT, "'%s' in the guest ended with %d%s%s", line,
                result.exit_code, *words ? ": " : "", words);
    return false;
}

bool system_run(const System *system, const char *line, int also_good, GError **error)
{
    g_auto(AgentExecResult) result = {0};
    return system_ask(system, line, also_good, &result, error);
}

char *system_text(const cJSON *object, const char *name)
{
    const char *text = json_string(object, name, "");
    return text_printable(text, strlen(text), TEXT_MAX);
}

/* Services and drivers */

static void service_free(gpointer data)
{
    SystemService *service = data;
    g_free(service->name);
    g_free(service->path);
    g_free(service->start);
    g_free(service->group);
    g_ptr_array_unref(service->altitudes);
    g_free(service);
}

static SystemService *take_service(const cJSON *item)
{
    SystemService *service = g_new0(SystemService, 1);
    const cJSON *altitude;

    service->name = system_text(item, "name");
    service->path = system_text(item, "path");
    service->start = system_text(item, "start");
    service->group = system_text(item, "group");
    service->driver = json_bool(item, "driver", false);
    service->running = json_bool(item, "running", false);
    service->altitudes = g_ptr_array_new_with_free_func(g_free);
    cJSON_ArrayForEach (altitude, cJSON_GetObjectItemCaseSensitive(item, "altitudes")) {
        const char *text = cJSON_GetStringValue(altitude);
        if (text && altitude_is_valid(text) && service->altitudes->len < ALTITUDES_MAX)
            g_ptr_array_add(service->altitudes, g_strdup(text));
    }
    return service;
}

bool system_services_parse(const char *text, gsize length, GPtrArray **ret_services, GError **error)
{
    g_autoptr(GPtrArray) services = g_ptr_array_new_with_free_func(service_free);
    g_autoptr(cJSON) root = NULL;
    g_autoptr(GError) cause = NULL;

    if (!json_parse(text, length, SERVICES_BYTES_MAX, "truce-look.exe", &root, &cause)) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_AGENT,
                    "the list of the guest's services is not to be read: %s", cause->message);
        return false;
    }
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(root, "services"), *item;
    cJSON_ArrayForEach (item, list) {
        if (services->len < SERVICES_MAX && *json_string(item, "name", ""))
            g_ptr_array_add(services, take_service(item));
    }
    if (!cJSON_IsArray(list) || services->len == 0) {
        g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_AGENT,
                            "the guest names no service at all, which no Windows is without");
        return false;
    }
    *ret_services = g_steal_pointer(&services);
    return true;
}

bool system_services(const System *system, GPtrArray **ret_services, GError **error)
{
    g_autofree char *line = g_strdup_printf("%s services", system->look);
    g_auto(AgentExecResult) result = {0};

    return system_ask(system, line, 0, &result, error) &&
           system_services_parse(result.out, strlen(result.out), ret_services, error);
}

const SystemService *system_service(const GPtrArray *services, const char *name)
{
    for (guint i = 0; i < services->len; i++) {
        const SystemService *service = services->pdata[i];
        if (g_ascii_strcasecmp(service->name, name) == 0)
            return service;
    }
    return NULL;
}

/* Filters */

void system_filter_free(gpointer data)
{
    SystemFilter *filter = data;
    g_free(filter->name);
    g_free(filter->altitude);
    g_free(filter);
}

static void complain(GPtrArray *complaints, char *text)
{
    if (complaints->len < SYSTEM_COMPLAINTS_MAX)
        g_ptr_array_add(complaints, text);
    else
        g_free(text);
}

static void judge_group(const SystemService *service, const char *altitude, GPtrArray *complaints)
{
    const char *group = altitude_group(altitude);

    if (!group)
        complain(complaints, g_strdup_printf("%s: altitude %s is in no group's range",
                                             service->name, altitude));
    else if (*service->group && g_ascii_strcasecmp(service->group, group) != 0)
        complain(complaints,
                 g_strdup_printf("%s: altitude %s belongs to the group '%s', not to '%s'",
                                 service->name, altitude, group, service->group));
}

/* Where a service's filter stands. */
typedef struct {
    guint number; /* of the service */
    const char *altitude;
} Stand;

static gint compare_stands(gconstpointer a, gconstpointer b)
{
    const Stand *one = a, *other = b;
    int order = altitude_compare(one->altitude, other->altitude);

    return order != 0 ? order : (one->number > other->number) - (one->number < other->number);
}

static void judge_twins(const GPtrArray *services, GPtrArray *complaints)
{
    g_autoptr(GArray) stands = g_array_new(FALSE, FALSE, sizeof(Stand));

    for (guint i = 0; i < services->len; i++) {
        const SystemService *service = services->pdata[i];
        for (guint j = 0; j < service->altitudes->len; j++) {
            Stand stand = {i, service->altitudes->pdata[j]};
            g_array_append_val(stands, stand);
        }
    }
    g_array_sort(stands, compare_stands);
    for (guint i = 1; i < stands->len; i++) {
        const Stand *one = &g_array_index(stands, Stand, i - 1), *other = one + 1;
        const SystemService *first = services->pdata[one->number];
        const SystemService *second = services->pdata[other->number];
        if (first != second && altitude_compare(one->altitude, other->altitude) == 0)
            complain(complaints, g_strdup_printf("%s and %s have the same altitude %s", first->name,
                                                 second->name, one->altitude));
    }
}

GPtrArray *system_filters_judge(const GPtrArray *services)
{
    GPtrArray *complaints = g_ptr_array_new_with_free_func(g_free);

    judge_twins(services, complaints);
    for (guint i = 0; i < services->len; i++) {
        const SystemService *service = services->pdata[i];
        for (guint j = 0; j < service->altitudes->len; j++)
            judge_group(service, service->altitudes->pdata[j], complaints);
    }
    return complaints;
}

/* Driver Verifier: what is set stands in the registry of every kind */

void system_verifier_clear(SystemVerifier *verifier)
{
    g_clear_pointer(&verifier->drivers, g_ptr_array_unref);
}

bool system_verifier_query(const System *system, SystemVerifier *ret_verifier, GError **error)
{
    g_auto(SystemVerifier) verifier = {.drivers = g_ptr_array_new_with_free_func(g_free)};
    g_autofree char *drivers = NULL;

    if (!registry_get_number(system->agent, MEMORY_MANAGEMENT, "VerifyDriverLevel", 0,
                             &verifier.flags, error) ||
        !registry_get(system->agent, MEMORY_MANAGEMENT, "VerifyDrivers", &drivers, error))
        return false;
    g_auto(GStrv) names = g_strsplit_set(drivers ? drivers : "", " \t", -1);
    for (char **name = names; *name; name++)
        if (**name)
            g_ptr_array_add(verifier.drivers, g_strdup(*name));
    *ret_verifier = verifier;
    verifier.drivers = NULL;
    return true;
}

bool system_verifier_covers(const SystemVerifier *verifier, const char *driver)
{
    for (guint i = 0; i < verifier->drivers->len && verifier->flags; i++) {
        const char *name = verifier->drivers->pdata[i];
        if (g_str_equal(name, "*") || g_ascii_strcasecmp(name, driver) == 0)
            return true;
    }
    return false;
}

bool system_verifier_stop(guint32 code)
{
    /* Special pool, the verifier's own, its manager's, DMA's, and leaks found at unload. */
    static const guint32 codes[] = {0xC1, 0xC4, 0xC6, 0xC9, 0xCC, 0xCD, 0xD5, 0xD6, 0xE6, 0x1C4};

    for (guint i = 0; i < G_N_ELEMENTS(codes); i++)
        if (codes[i] == code)
            return true;
    return false;
}

bool system_verifier_program_on(const System *system, const char *const *drivers, GError **error)
{
    g_autoptr(GString) line = g_string_new("verifier.exe /standard /driver");

    for (const char *const *driver = drivers; *driver; driver++)
        g_string_append_printf(line, " \"%s\"", *driver);
    return system_run(system, line->str, VERIFIER_REBOOT, error);
}

bool system_verifier_program_off(const System *system, GError **error)
{
    return system_run(system, "verifier.exe /reset", VERIFIER_REBOOT, error);
}

/* The reference guest's event log */

static guint level_of(const char *name)
{
    static const char *const names[] = {"", "Critical", "Error", "Warning", "Information"};

    for (guint i = 1; i < G_N_ELEMENTS(names); i++)
        if (strcmp(name, names[i]) == 0)
            return i;
    return 0;
}

static SystemEvent *take_line(const cJSON *record)
{
    SystemEvent *event = g_new0(SystemEvent, 1);
    const cJSON *value;

    event->time = system_text(record, "time");
    event->log = g_strdup("System");
    event->provider = system_text(record, "provider");
    event->id = (guint)CLAMP(json_int(record, "id", 0), 0, G_MAXINT);
    event->level = level_of(json_string(record, "level", ""));
    event->data = g_ptr_array_new_with_free_func(g_free);
    cJSON_ArrayForEach (value, cJSON_GetObjectItemCaseSensitive(record, "data")) {
        g_autofree char *text =
            cJSON_IsString(value) ? g_strdup(value->valuestring) : json_line(value);
        if (event->data->len < EVENT_VALUES_MAX)
            g_ptr_array_add(event->data, text_printable(text, strlen(text), TEXT_MAX));
    }
    return event;
}

GPtrArray *system_events_parse_lines(const char *text, const char *since_utc)
{
    GPtrArray *events = g_ptr_array_new_with_free_func(system_event_free);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    for (char **line = lines; *line && events->len < SYSTEM_EVENTS_MAX; line++) {
        g_autoptr(cJSON) record = NULL;
        if (!json_parse(*line, strlen(*line), EVENT_BYTES_MAX, "event", &record, NULL) ||
            !cJSON_IsObject(record) ||
            strncmp(json_string(record, "time", ""), since_utc, strlen("2026-11-22T10:31:07")) < 0)
            continue;
        g_ptr_array_add(events, take_line(record));
    }
    return events;
}

static bool events_by_lines(const System *system, const char *since_utc, GPtrArray **ret_events,
                            GError **error)
{
    g_auto(AgentExecResult) result = {0};

    if (!system_ask(system, "wevtutil.exe qe System /f:json", 0, &result, error))
        return false;
    *ret_events = system_events_parse_lines(result.out, since_utc);
    return true;
}

/* The environment */

static void fact_free(gpointer data)
{
    SystemFact *fact = data;
    g_free(fact->name);
    g_free(fact->value);
    g_free(fact);
}

void system_add_fact(GPtrArray *facts, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    SystemFact *fact = g_new0(SystemFact, 1);
    fact->name = g_strdup(name);
    fact->value = g_strdup(value);
    g_ptr_array_add(facts, fact);
}

static bool add_osinfo(const System *system, GPtrArray *facts, GError **error)
{
    g_autoptr(cJSON) info = NULL;

    if (!agent_call(system->agent, "guest-get-osinfo", NULL, AGENT_CALL_MS, &info, error))
        return false;
    g_autofree char *name = system_text(info, "pretty-name");
    g_autofree char *machine = system_text(info, "machine");
    system_add_fact(facts, "System", name);
    system_add_fact(facts, "Architecture", machine);
    return true;
}

static bool add_verifier(const System *system, GPtrArray *facts, GError **error)
{
    g_auto(SystemVerifier) verifier = {0};

    if (!system_verifier_query(system, &verifier, error))
        return false;
    g_ptr_array_add(verifier.drivers, NULL);
    g_autofree char *names = g_strjoinv(" ", (char **)verifier.drivers->pdata);
    g_autofree char *value =
        verifier.flags ? g_strdup_printf("0x%X on %s", verifier.flags, names) : g_strdup("off");
    system_add_fact(facts, "Driver Verifier", value);
    return true;
}

/* The ways */

static const SystemWays ways_reference = {
    .events = events_by_lines,
    .verifier_on = system_verifier_program_on,
    .verifier_off = system_verifier_program_off,
};
static const SystemWays ways_reactos = {0};

static const SystemWays *ways_of(const System *system)
{
    switch (system->kind) {
    case SYSTEM_WINDOWS:
        return &system_ways_windows;
    case SYSTEM_REACTOS:
        return &ways_reactos;
    case SYSTEM_REFERENCE:
        break;
    }
    return &ways_reference;
}

static GPtrArray *nothing(void)
{
    return g_ptr_array_new_with_free_func(g_free);
}

bool system_filters(const System *system, GPtrArray **ret_filters, GError **error)
{
    const SystemWays *ways = ways_of(system);
    if (ways->filters)
        return ways->filters(system, ret_filters, error);
    *ret_filters = nothing();
    return true;
}

bool system_signatures(const System *system, const char *const *paths, GPtrArray **ret_signatures,
                       GError **error)
{
    const SystemWays *ways = ways_of(system);
    return ways->signatures ? ways->signatures(system, paths, ret_signatures, error)
                            : no_way(system, "judge signatures", error);
}

bool system_has_events(const System *system)
{
    return ways_of(system)->events != NULL;
}

bool system_events(const System *system, const char *since_utc, GPtrArray **ret_events,
                   GError **error)
{
    const SystemWays *ways = ways_of(system);
    return ways->events ? ways->events(system, since_utc, ret_events, error)
                        : no_way(system, "tell its event log", error);
}

bool system_verifier_on(const System *system, const char *const *drivers, GError **error)
{
    const SystemWays *ways = ways_of(system);
    return ways->verifier_on ? ways->verifier_on(system, drivers, error)
                             : no_way(system, "verify drivers", error);
}

bool system_verifier_off(const System *system, GError **error)
{
    const SystemWays *ways = ways_of(system);
    return ways->verifier_off ? ways->verifier_off(system, error)
                              : no_way(system, "verify drivers", error);
}

bool system_chooses_mode(SystemKind kind)
{
    return kind == SYSTEM_WINDOWS;
}

bool system_safe_mode(const System *system, bool on, GError **error)
{
    const SystemWays *ways = ways_of(system);
    return ways->safe_mode ? ways->safe_mode(system, on, error)
                           : no_way(system, "choose safe mode by itself", error);
}

bool system_boot_loop(const System *system, GError **error)
{
    const SystemWays *ways = ways_of(system);
    return ways->boot_loop ? ways->boot_loop(system, error)
                           : no_way(system, "choose what follows failed starts", error);
}

bool system_dumps(const System *system, GPtrArray **ret_files, GError **error)
{
    const SystemWays *ways = ways_of(system);
    if (ways->dumps)
        return ways->dumps(system, ret_files, error);
    *ret_files = nothing();
    return true;
}

bool system_antivirus(const System *system, GPtrArray **ret_products, GError **error)
{
    const SystemWays *ways = ways_of(system);
    if (ways->antivirus)
        return ways->antivirus(system, ret_products, error);
    *ret_products = nothing();
    return true;
}

bool system_environment(const System *system, GPtrArray **ret_facts, GError **error)
{
    const SystemWays *ways = ways_of(system);
    g_autoptr(GPtrArray) facts = g_ptr_array_new_with_free_func(fact_free);

    if (!add_osinfo(system, facts, error) || (ways->facts && !ways->facts(system, facts, error)) ||
        !add_verifier(system, facts, error))
        return false;
    *ret_facts = g_steal_pointer(&facts);
    return true;
}
