/* SPDX-License-Identifier: GPL-2.0-or-later
 * The environment that a guest's warm state is in.
 */
#include "run/environment.h"

#include <string.h>

#include "guest/system.h"
#include "util/files.h"
#include "util/json.h"

#define PATIENCE 4 /* an emulated guest */
#define FILE_MAX (64u << 10)

static char *path_in(const char *warm_folder)
{
    return g_build_filename(warm_folder, "environment.json", NULL);
}

cJSON *environment_ask(Agent *agent, const Guest *guest)
{
    const System system = {.kind = (SystemKind)guest->kind, .agent = agent, .patience = PATIENCE};
    g_autoptr(GPtrArray) facts = NULL;

    if (!system_environment(&system, &facts, NULL))
        return NULL;
    cJSON *object = cJSON_CreateObject();
    for (guint i = 0; i < facts->len; i++) {
        const SystemFact *fact = facts->pdata[i];
        cJSON_AddStringToObject(object, fact->name, fact->value);
    }
    return object;
}

void environment_keep(const char *warm_folder, const cJSON *environment)
{
    g_autofree char *path = path_in(warm_folder);
    g_autofree char *text = environment ? json_line(environment) : NULL;

    if (text)
        files_write_atomic(path, text, strlen(text), NULL);
}

void environment_describe(cJSON *object, const char *warm_folder)
{
    g_autofree char *path = warm_folder ? path_in(warm_folder) : NULL;
    cJSON *list = cJSON_AddArrayToObject(object, "environment");
    g_autoptr(cJSON) facts = NULL;
    const cJSON *fact;

    if (!path || !json_read_file(path, FILE_MAX, &facts, NULL))
        return;
    cJSON_ArrayForEach (fact, facts) {
        const char *value = cJSON_GetStringValue(fact);
        if (!value)
            continue;
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "name", fact->string);
        cJSON_AddStringToObject(item, "value", value);
        cJSON_AddItemToArray(list, item);
    }
}
