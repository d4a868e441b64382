/* SPDX-License-Identifier: GPL-2.0-or-later
 * What a Windows itself tells of an attempt.
 */
#include "run/system-evidence.h"

#include <string.h>

#include "guest/windows.h"
#include "run/evidence.h"
#include "run/look.h"
#include "util/files.h"
#include "util/json.h"

#define LIVE_DUMPS_MAX 8u
#define LIVE_FOLDER "\\LiveKernelReports\\"
#define KERNEL_DUMP "MEMORY.DMP"
#define PROGRAM_DUMPS "C:\\CrashDumps"
#define PROGRAM_DUMPS_MAX 8u
#define OF_ANY_GUEST 2 /* of the rungs below */

static void keep_json(Attempt *attempt, const char *kind, const char *name, const cJSON *value)
{
    g_autofree char *path = g_build_filename(attempt->folder, name, NULL);
    g_autofree char *text = json_line(value);

    files_write_atomic(path, text, strlen(text), NULL);
    evidence_file(attempt, kind, name);
}

static cJSON *event_json(const SystemEvent *event)
{
    cJSON *object = cJSON_CreateObject();

    cJSON_AddStringToObject(object, "time", event->time);
    cJSON_AddStringToObject(object, "log", event->log);
    cJSON_AddStringToObject(object, "provider", event->provider);
    cJSON_AddNumberToObject(object, "id", event->id);
    cJSON_AddNumberToObject(object, "level", event->level);
    cJSON *data = cJSON_AddArrayToObject(object, "data");
    for (guint i = 0; i < event->data->len; i++)
        cJSON_AddItemToArray(data, cJSON_CreateString(event->data->pdata[i]));
    return object;
}

static bool keep_events(Attempt *attempt, const System *system, GError **error)
{
    g_autoptr(cJSON) list = cJSON_CreateArray();
    g_autoptr(GPtrArray) events = NULL;

    if (!system_events(system, attempt->began_utc, &events, error))
        return false;
    for (guint i = 0; i < events->len; i++)
        cJSON_AddItemToArray(list, event_json(events->pdata[i]));
    keep_json(attempt, "event-log", "events.json", list);
    return true;
}

static void add_service(cJSON *list, const SystemService *service)
{
    if (!service->running || service->altitudes->len == 0)
        return;
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "name", service->name);
    cJSON_AddStringToObject(object, "start", service->start);
    cJSON_AddStringToObject(object, "group", service->group);
    cJSON *altitudes = cJSON_AddArrayToObject(object, "altitudes");
    for (guint i = 0; i < service->altitudes->len; i++)
        cJSON_AddItemToArray(altitudes, cJSON_CreateString(service->altitudes->pdata[i]));
    cJSON_AddItemToArray(list, object);
}

static bool fetch_file(Attempt *attempt, const char *kind, const char *from, const char *name)
{
    g_autofree char *to = g_build_filename(attempt->folder, name, NULL);
    g_autofree char *folder = g_path_get_dirname(to);
    g_autoptr(GError) failure = NULL;
    bool done = files_make_folder(folder, &failure) &&
                agent_file_get(attempt->agent, from, to, EVIDENCE_DUMP_MAX, &failure);

    if (done)
        evidence_file(attempt, kind, name);
    else
        evidence_rung(attempt, kind, "failed", failure->message);
    return done;
}

/* Under a number: what a guest calls two files may come to the same for the lab. */
static char *numbered_name(const char *folder, guint number, const char *name)
{
    g_autofree char *safe = files_safe_name(name);
    return g_strdup_printf("%s/%u-%s", folder, number + 1, safe);
}

/* What a program's dump says, beside it in the report. */
static void tell_fault(Attempt *attempt, const char *name)
{
    g_autofree char *path = g_build_filename(attempt->folder, name, NULL);
    g_autoptr(GError) failure = NULL;
    g_autoptr(Dump) dump = NULL;

    if (!dump_read_any(path, &dump, &failure))
        attempt_event(attempt, "note", "%s", failure->message);
    else if (dump->faulting)
        attempt_event(attempt, "note", "%s: exception 0x%08X in %s+0x%" G_GINT64_MODIFIER "X", name,
                      dump->exception.code, dump->faulting->name, dump->offset);
}

/* The dumps of programs that ended by a fault. */
static bool keep_program_dumps(Attempt *attempt, const System *system, GError **error)
{
    g_autoptr(GPtrArray) names = NULL;

    if (!windows_list_files(system->agent, PROGRAM_DUMPS, "*.dmp", PROGRAM_DUMPS_MAX, &names,
                            error))
        return false;
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *from = g_strdup_printf(PROGRAM_DUMPS "\\%s", (char *)names->pdata[i]);
        g_autofree char *name = numbered_name("programs", i, names->pdata[i]);
        if (fetch_file(attempt, "program-dump", from, name))
            tell_fault(attempt, name);
    }
    return true;
}

/* The vendors' binaries that are signed, and by whom. */
static bool add_signatures(Attempt *attempt, const System *system, cJSON *object, GError **error)
{
    g_autoptr(GPtrArray) vendors = attempt_vendors(attempt);
    g_autoptr(GPtrArray) paths = g_ptr_array_new();
    g_autoptr(GPtrArray) signatures = NULL;

    for (guint i = 0; i < vendors->len; i++) {
        const Vendor *vendor = vendors->pdata[i];
        for (guint j = 0; attempt_product(attempt, vendor) && j < vendor->modules->len; j++) {
            const VendorModule *module = vendor->modules->pdata[j];
            if (module->kind == MODULE_DRIVER)
                g_ptr_array_add(paths, module->path);
        }
    }
    g_ptr_array_add(paths, NULL);
    if (!system_signatures(system, (const char *const *)paths->pdata, &signatures, error))
        return false;
    cJSON *list = cJSON_AddArrayToObject(object, "signatures");
    for (guint i = 0; i < signatures->len; i++) {
        const SystemSignature *signature = signatures->pdata[i];
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "path", signature->path);
        cJSON_AddStringToObject(item, "status", signature->status);
        cJSON_AddStringToObject(item, "signer", signature->signer);
        cJSON_AddItemToArray(list, item);
    }
    return true;
}

static bool keep_system(Attempt *attempt, const System *system, GError **error)
{
    g_autoptr(cJSON) object = cJSON_CreateObject();
    g_autoptr(GPtrArray) facts = NULL;
    g_autoptr(GPtrArray) services = NULL;

    if (!system_environment(system, &facts, error) || !system_services(system, &services, error))
        return false;
    cJSON *environment = cJSON_AddObjectToObject(object, "environment");
    for (guint i = 0; i < facts->len; i++) {
        const SystemFact *fact = facts->pdata[i];
        cJSON_AddStringToObject(environment, fact->name, fact->value);
    }
    cJSON *minifilters = cJSON_AddArrayToObject(object, "minifilters");
    for (guint i = 0; i < services->len; i++)
        add_service(minifilters, services->pdata[i]);
    g_autoptr(GPtrArray) complaints = system_filters_judge(services);
    for (guint i = 0; i < complaints->len; i++)
        attempt_event(attempt, "note", "minifilters: %s", (const char *)complaints->pdata[i]);
    if (!add_signatures(attempt, system, object, error))
        return false;
    keep_json(attempt, "system", "system.json", object);
    return true;
}

static void fetch_dump(Attempt *attempt, const char *kind, const SystemFile *file, guint number)
{
    g_autofree char *name = numbered_name("live", number, windows_base_name(file->path));

    if (file->bytes > EVIDENCE_DUMP_MAX) {
        g_autofree char *reason =
            g_strdup_printf("%s has %" G_GUINT64_FORMAT " MiB, more than is fetched by the agent",
                            file->path, file->bytes >> 20);
        evidence_rung(attempt, kind, "unavailable", reason);
    } else {
        fetch_file(attempt, kind, file->path, name);
    }
}

static bool keep_dumps(Attempt *attempt, const System *system, GError **error)
{
    g_autoptr(GPtrArray) files = NULL;
    guint live = 0;

    if (!system_dumps(system, &files, error))
        return false;
    for (guint i = 0; i < files->len; i++) {
        const SystemFile *file = files->pdata[i];
        if (strstr(file->path, LIVE_FOLDER) && live++ < LIVE_DUMPS_MAX)
            fetch_dump(attempt, "live-dump", file, i);
        else if (g_ascii_strcasecmp(windows_base_name(file->path), KERNEL_DUMP) == 0)
            fetch_dump(attempt, "kernel-dump", file, i);
    }
    return true;
}

void system_evidence(Attempt *attempt)
{
    static const struct {
        const char *kind;
        bool (*keep)(Attempt *attempt, const System *system, GError **error);
    } rungs[] = {{"event-log", keep_events},
                 {"program-dump", keep_program_dumps},
                 {"system", keep_system},
                 {"live-dump", keep_dumps}};
    bool windows = attempt->guest->kind == GUEST_WINDOWS;
    System system;

    if (attempt->plan_case->brief || (!windows && attempt->findings == 0) ||
        !look_system(attempt, &system, NULL) || !system_has_events(&system))
        return;
    for (guint i = 0; i < (windows ? G_N_ELEMENTS(rungs) : OF_ANY_GUEST); i++) {
        g_autoptr(GError) failure = NULL;
        if (!rungs[i].keep(attempt, &system, &failure))
            evidence_rung(attempt, rungs[i].kind, "failed", failure->message);
    }
}
