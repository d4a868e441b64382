/* SPDX-License-Identifier: GPL-2.0-or-later
 * command.json.
 */
#include "run/command.h"

#include <string.h>

#include "run/budget.h"
#include "run/run.h"
#include "util/error.h"
#include "util/files.h"
#include "util/json.h"

#define COMMAND_FORMAT 1
#define COMMAND_BYTES_MAX (4u << 20)

static char *path_in(const char *run_folder)
{
    return g_build_filename(run_folder, "command.json", NULL);
}

bool run_command_is_jobs(const char *text)
{
    guint64 jobs;
    return g_str_equal(text, "auto") ||
           g_ascii_string_to_unsigned(text, 10, 1, BUDGET_JOBS_MAX, &jobs, NULL);
}

bool run_command_write(const RunCommand *command, const char *run_folder, GError **error)
{
    g_autofree char *path = path_in(run_folder);
    g_autoptr(cJSON) object = cJSON_CreateObject();

    cJSON_AddNumberToObject(object, "format", COMMAND_FORMAT);
    json_add_text(object, "scenario", command->scenario);
    json_add_text(object, "lab", command->lab);
    json_add_text(object, "connect", command->connect);
    json_add_text(object, "known", command->known);
    json_add_text(object, "jobs", command->jobs);
    cJSON_AddNumberToObject(object, "attempts", command->attempts);
    cJSON_AddNumberToObject(object, "experiments", command->experiments);
    cJSON_AddBoolToObject(object, "core_dump", command->core_dump);
    cJSON_AddBoolToObject(object, "reuse", command->reuse);
    cJSON *controls = command->controls ? cJSON_AddArrayToObject(object, "controls") : NULL;
    for (guint i = 0; controls && command->controls[i]; i++)
        cJSON_AddItemToArray(controls, cJSON_CreateString(command->controls[i]));
    g_autofree char *line = json_line(object);
    g_autofree char *text = g_strconcat(line, "\n", NULL);
    return files_write_atomic(path, text, strlen(text), error);
}

/* NULL where there are none. */
static char **read_controls(const cJSON *object)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(object, "controls");
    g_autoptr(GPtrArray) controls = g_ptr_array_new_with_free_func(g_free);
    const cJSON *item;

    cJSON_ArrayForEach (item, list)
        if (cJSON_IsString(item) && controls->len < RUN_CONTROLS_MAX)
            g_ptr_array_add(controls, g_strdup(item->valuestring));
    if (controls->len == 0)
        return NULL;
    g_ptr_array_add(controls, NULL);
    return (char **)g_ptr_array_steal(controls, NULL);
}

bool run_command_read(const char *run_folder, RunCommand **ret_command, GError **error)
{
    g_autofree char *path = path_in(run_folder);
    g_autoptr(cJSON) object = NULL;

    if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "'%s' is no run folder that can be resumed: it has no command.json",
                    run_folder);
        return false;
    }
    if (!json_read_file(path, COMMAND_BYTES_MAX, &object, error))
        return false;
    g_autoptr(RunCommand) command = g_new0(RunCommand, 1);
    command->scenario = g_strdup(json_string(object, "scenario", NULL));
    command->lab = g_strdup(json_string(object, "lab", NULL));
    command->connect = g_strdup(json_string(object, "connect", NULL));
    command->known = g_strdup(json_string(object, "known", NULL));
    command->jobs = g_strdup(json_string(object, "jobs", ""));
    gint64 attempts = json_int(object, "attempts", 0);
    command->attempts = (guint)CLAMP(attempts, 0, RUN_ATTEMPTS_MAX);
    command->experiments = (guint)CLAMP(json_int(object, "experiments", 0), 0, SCENARIO_CASES_MAX);
    command->core_dump = json_bool(object, "core_dump", false);
    command->reuse = json_bool(object, "reuse", true);
    command->controls = read_controls(object);
    if (json_int(object, "format", 0) != COMMAND_FORMAT || !command->scenario || attempts < 1 ||
        attempts > RUN_ATTEMPTS_MAX || !run_command_is_jobs(command->jobs)) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "%s: this is no command of format %d",
                    path, COMMAND_FORMAT);
        return false;
    }
    *ret_command = g_steal_pointer(&command);
    return true;
}

void run_command_clear(RunCommand *command)
{
    g_free(command->scenario);
    g_free(command->lab);
    g_free(command->connect);
    g_free(command->known);
    g_free(command->jobs);
    g_strfreev(command->controls);
    *command = (RunCommand){0};
}

void run_command_free(RunCommand *command)
{
    if (!command)
        return;
    run_command_clear(command);
    g_free(command);
}
