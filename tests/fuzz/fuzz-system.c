/* SPDX-License-Identifier: GPL-2.0-or-later
 * Fuzz target: whatever a Windows guest answers when it is asked of its system (guest/system.h),
 * the call ends, and what comes out is bounded and fit to print.
 *
 * The input's first byte picks the question; the rest is what each command in the guest prints.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "guest/altitude.h"
#include "guest/registry.h"
#include "guest/system.h"
#include "util/error.h"

#define TEXT_MAX 4096u
#define LIST_MAX 5000u

static const char *printed; /* base64 */

static bool answer(gpointer data, const char *request, guint timeout_ms, char **ret_reply,
                   GError **error)
{
    (void)data;
    (void)timeout_ms;
    (void)error;
    if (strstr(request, "guest-exec-status"))
        *ret_reply = g_strdup_printf(
            "{\"return\": {\"exited\": true, \"exitcode\": 0, \"out-data\": \"%s\"}}", printed);
    else if (strstr(request, "guest-exec"))
        *ret_reply = g_strdup("{\"return\": {\"pid\": 1}}");
    else
        *ret_reply = g_strdup("{\"return\": {\"pretty-name\": \"Windows\"}}");
    return true;
}

static bool no_wait(gpointer data, guint ms, GError **error)
{
    (void)data;
    (void)ms;
    (void)error;
    return true;
}

static void demand(bool holds)
{
    if (!holds)
        abort();
}

static void demand_text(const char *text)
{
    demand(text && strlen(text) <= TEXT_MAX && g_utf8_validate(text, -1, NULL));
    for (const char *c = text; *c; c = g_utf8_next_char(c))
        demand(!g_unichar_iscntrl(g_utf8_get_char(c)));
}

static void check_services(const System *system)
{
    g_autoptr(GPtrArray) services = NULL;

    if (!system_services(system, &services, NULL))
        return;
    demand(services->len > 0 && services->len <= LIST_MAX);
    for (guint i = 0; i < services->len; i++) {
        const SystemService *service = services->pdata[i];
        demand_text(service->name);
        demand_text(service->path);
        for (guint j = 0; j < service->altitudes->len; j++)
            demand(altitude_is_valid(service->altitudes->pdata[j]));
    }
    g_ptr_array_unref(system_filters_judge(services));
}

static void check_filters(const System *system)
{
    g_autoptr(GPtrArray) filters = NULL;
    const char *above = NULL;

    if (!system_filters(system, &filters, NULL))
        return;
    demand(filters->len <= LIST_MAX);
    for (guint i = 0; i < filters->len; i++) {
        const SystemFilter *filter = filters->pdata[i];
        demand_text(filter->name);
        demand(!filter->altitude || altitude_is_valid(filter->altitude));
        demand(!above || !filter->altitude || altitude_compare(above, filter->altitude) >= 0);
        above = filter->altitude;
    }
}

static void check_signatures(const System *system)
{
    static const char *const paths[] = {"C:\\a.sys", "C:\\b.sys", NULL};
    g_autoptr(GPtrArray) signatures = NULL;

    if (!system_signatures(system, paths, &signatures, NULL))
        return;
    demand(signatures->len == 2);
    for (guint i = 0; i < signatures->len; i++) {
        const SystemSignature *signature = signatures->pdata[i];
        demand_text(signature->path);
        demand_text(signature->status);
        demand_text(signature->signer);
    }
}

static void check_events(const System *system)
{
    g_autoptr(GPtrArray) events = NULL;

    if (!system_events(system, "2026-11-22T10:00:00Z", &events, NULL))
        return;
    demand(events->len <= SYSTEM_EVENTS_MAX);
    for (guint i = 0; i < events->len; i++) {
        const SystemEvent *event = events->pdata[i];
        demand_text(event->time);
        demand_text(event->provider);
        for (guint j = 0; j < event->data->len; j++)
            demand_text(event->data->pdata[j]);
    }
}

static void check_files(const System *system)
{
    g_autoptr(GPtrArray) files = NULL;

    if (!system_dumps(system, &files, NULL))
        return;
    demand(files->len <= LIST_MAX);
    for (guint i = 0; i < files->len; i++)
        demand_text(((const SystemFile *)files->pdata[i])->path);
}

static void check_antivirus(const System *system)
{
    g_autoptr(GPtrArray) products = NULL;

    if (!system_antivirus(system, &products, NULL))
        return;
    demand(products->len <= LIST_MAX);
    for (guint i = 0; i < products->len; i++)
        demand_text(((const SystemAntivirus *)products->pdata[i])->name);
}

static void check_environment(const System *system)
{
    g_autoptr(GPtrArray) facts = NULL;

    if (!system_environment(system, &facts, NULL))
        return;
    for (guint i = 0; i < facts->len; i++) {
        const SystemFact *fact = facts->pdata[i];
        demand(*fact->name && *fact->value && g_utf8_validate(fact->value, -1, NULL));
    }
}

static void check_registry(const System *system)
{
    g_auto(SystemVerifier) verifier = {0};
    g_autofree char *data = NULL;
    guint32 number = 0;

    if (registry_get(system->agent, "HKLM\\A", "Name", &data, NULL) && data)
        demand_text(data);
    registry_get_number(system->agent, "HKLM\\A", "Name", 7, &number, NULL);
    if (system_verifier_query(system, &verifier, NULL))
        system_verifier_covers(&verifier, "a.sys");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct {
        char name;
        void (*check)(const System *system);
    } questions[] = {{'s', check_services},    {'f', check_filters}, {'g', check_signatures},
                     {'e', check_events},      {'d', check_files},   {'a', check_antivirus},
                     {'n', check_environment}, {'r', check_registry}};

    if (size == 0)
        return 0;
    g_setenv("TRUCE_SHARE", TRUCE_SHARE_FOLDER, TRUE);
    g_autofree char *base64 = g_base64_encode(data + 1, size - 1);
    const AgentTransport transport = {.call = answer, .wait = no_wait};
    g_autoptr(Agent) agent = agent_new(&transport);
    System system = {
        .kind = SYSTEM_WINDOWS, .agent = agent, .look = "C:\\truce-look.exe", .patience = 1};

    printed = base64;
    for (guint i = 0; i < G_N_ELEMENTS(questions); i++)
        if (questions[i].name == (char)data[0])
            questions[i].check(&system);
    system.kind = SYSTEM_REFERENCE;
    if (data[0] == 'e')
        check_events(&system);
    return 0;
}
