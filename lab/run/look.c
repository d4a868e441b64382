/* SPDX-License-Identifier: GPL-2.0-or-later
 * Running truce-look.exe and reading what it says.
 */
#include "run/look.h"

#include <math.h>
#include <string.h>

#include "guest/windows.h"
#include "run/action.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

#define PROGRAM ACTION_GUEST_FOLDER "\\truce-look.exe"
#define INVENTORY ACTION_GUEST_FOLDER "\\inventory.txt"
#define INVENTORY_S 120
#define RESOURCES_S 30
#define INVENTORY_MAX (32u << 20) /* bytes */
#define RESOURCES_MAX (1u << 20)
#define ITEMS_MAX 200000u /* as the program's own limit */
#define PROCESSES_MAX 10000u
#define LINE_MAX_BYTES 8192u

static bool fail(GError **error, const char *what)
{
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_AGENT, "truce-look.exe in the guest: %s", what);
    return false;
}

/* Puts the program there once an attempt. */
static bool have_program(Attempt *attempt, GError **error)
{
    g_autofree char *program =
        files_share_path(attempt->guest->kind == GUEST_REACTOS ? "tools/x86/truce-look.exe"
                                                               : "tools/truce-look.exe");

    if (attempt->look_is_there)
        return true;
    attempt->look_is_there = windows_make_folder(attempt->agent, ACTION_GUEST_FOLDER, error) &&
                             agent_file_put(attempt->agent, program, PROGRAM, error);
    return attempt->look_is_there;
}

/* The kinds of both are the same, in the same order. */
G_STATIC_ASSERT((int)SYSTEM_REFERENCE == (int)GUEST_REFERENCE &&
                (int)SYSTEM_WINDOWS == (int)GUEST_WINDOWS &&
                (int)SYSTEM_REACTOS == (int)GUEST_REACTOS);

bool look_system(Attempt *attempt, System *ret_system, GError **error)
{
    if (!have_program(attempt, error))
        return false;
    *ret_system = (System){.kind = (SystemKind)attempt->guest->kind,
                           .agent = attempt->agent,
                           .look = PROGRAM,
                           .patience = attempt->patience};
    return true;
}

static bool run(Attempt *attempt, const char *arguments, guint timeout_s,
                AgentExecResult *ret_result, GError **error)
{
    g_autofree char *line = g_strdup_printf("%s %s", PROGRAM, arguments);

    if (!have_program(attempt, error) ||
        !agent_exec(attempt->agent, line, timeout_s * attempt->patience, ret_result, error))
        return false;
    if (ret_result->exit_code == 0)
        return true;
    g_autofree char *words = action_last_words(ret_result);
    g_autofree char *what = g_strdup_printf("exit code %d%s", ret_result->exit_code, words);
    return fail(error, what);
}

/* The inventory */

bool look_inventory_parse(const char *text, gsize length, GHashTable **ret_items, GError **error)
{
    g_autoptr(GHashTable) items = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    const char *at = text, *end = text + length;

    for (const char *next; at < end; at = next + 1) {
        next = memchr(at, '\n', (gsize)(end - at));
        if (!next || next - at > (gssize)LINE_MAX_BYTES)
            return fail(error, "a line of the inventory is cut or too long");
        gsize size = (gsize)(next - at);
        if (size > 0 && at[size - 1] == '\r')
            size--;
        const char *tab = memchr(at, '\t', size);
        if (!tab)
            return fail(error, "a line of the inventory is no item");
        if (g_str_has_prefix(at, "end\t")) {
            *ret_items = g_steal_pointer(&items);
            return true;
        }
        if (g_hash_table_size(items) == ITEMS_MAX)
            return fail(error, "the inventory has too many items");
        gsize kind = (gsize)(tab - at);
        g_autofree char *name = text_printable(tab + 1, size - kind - 1, LINE_MAX_BYTES);
        g_autofree char *what = text_printable(at, kind, LINE_MAX_BYTES);
        g_hash_table_add(items, g_strdup_printf("%s\t%s", what, name));
    }
    return fail(error, "the inventory has no end");
}

/* What Windows keeps elsewhere than in files, services and keys. */
static bool add_registrations(Attempt *attempt, GHashTable *items, GError **error)
{
    g_autoptr(GPtrArray) filters = NULL;
    g_autoptr(GPtrArray) products = NULL;
    System system;

    if (!look_system(attempt, &system, error) || !system_filters(&system, &filters, error) ||
        !system_antivirus(&system, &products, error))
        return false;
    for (guint i = 0; i < filters->len; i++) {
        const SystemFilter *filter = filters->pdata[i];
        g_hash_table_add(items, g_strdup_printf("filter\t%s", filter->name));
    }
    for (guint i = 0; i < products->len; i++) {
        const SystemAntivirus *product = products->pdata[i];
        g_hash_table_add(items, g_strdup_printf("antivirus\t%s", product->name));
    }
    return true;
}

bool look_inventory(Attempt *attempt, GHashTable **ret_items, GError **error)
{
    g_autofree char *local = g_build_filename(attempt->folder, "inventory.txt", NULL);
    g_autoptr(GHashTable) items = NULL;
    g_auto(AgentExecResult) result = {0};
    g_autofree char *text = NULL;
    gsize length;

    if (!run(attempt, "inventory " INVENTORY, INVENTORY_S, &result, error) ||
        !agent_file_get(attempt->agent, INVENTORY, local, INVENTORY_MAX, error) ||
        !files_read(local, INVENTORY_MAX, &text, &length, error) ||
        !look_inventory_parse(text, length, &items, error) ||
        !add_registrations(attempt, items, error))
        return false;
    *ret_items = g_steal_pointer(&items);
    return true;
}

/* The resources */

void look_resources_clear(LookResources *resources)
{
    g_clear_pointer(&resources->by_image, g_hash_table_unref);
}

static double number_of(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsNumber(item) && isfinite(item->valuedouble) && item->valuedouble >= 0
               ? item->valuedouble
               : -1;
}

/* Of one process, or of all. */
static bool use_of(const cJSON *object, LookUse *ret_use)
{
    *ret_use = (LookUse){
        .processes = cJSON_HasObjectItem(object, "pid") ? 1 : number_of(object, "processes"),
        .handles = number_of(object, "handles"),
        .private_mib = number_of(object, "private_kib") / 1024,
        .processor_s = number_of(object, "cpu_ms") / 1000,
    };
    return ret_use->processes >= 1 && ret_use->handles >= 0 && ret_use->private_mib >= 0 &&
           ret_use->processor_s >= 0;
}

static bool add_process(GHashTable *by_image, const cJSON *process)
{
    const char *name = json_string(process, "name", NULL);
    LookUse use;

    if (!name || strlen(name) > LINE_MAX_BYTES || !use_of(process, &use) ||
        g_hash_table_size(by_image) == PROCESSES_MAX)
        return false;
    char *image = g_utf8_strdown(name, -1);
    const LookUse *before = g_hash_table_lookup(by_image, image);
    if (before) {
        use.handles += before->handles;
        use.private_mib += before->private_mib;
        use.processor_s += before->processor_s;
        use.processes += before->processes;
    }
    g_hash_table_insert(by_image, image, g_memdup2(&use, sizeof use));
    return true;
}

bool look_resources_parse(const char *text, LookResources *ret_resources, GError **error)
{
    g_autoptr(cJSON) root = NULL;
    const cJSON *process;

    if (!json_parse(text, strlen(text), RESOURCES_MAX, "truce-look.exe", &root, error)) {
        g_clear_error(error);
        return fail(error, "its answer is no JSON");
    }
    g_auto(LookResources) resources = {
        .by_image = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
    };
    if (!use_of(root, &resources.all))
        return fail(error, "its answer lacks the processes, handles, memory or processor time");
    cJSON_ArrayForEach (process, cJSON_GetObjectItemCaseSensitive(root, "list")) {
        if (!add_process(resources.by_image, process))
            return fail(error, "its answer names a process that is none");
    }
    *ret_resources = resources;
    resources.by_image = NULL;
    return true;
}

bool look_resources(Attempt *attempt, LookResources *ret_resources, GError **error)
{
    g_auto(AgentExecResult) result = {0};

    return run(attempt, "resources", RESOURCES_S, &result, error) &&
           look_resources_parse(result.out, ret_resources, error);
}
