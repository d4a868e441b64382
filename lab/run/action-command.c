/* SPDX-License-Identifier: GPL-2.0-or-later
 * A scenario's own commands and files.
 */
#include "run/action.h"

#include <string.h>

#include "guest/windows.h"
#include "run/evidence.h"
#include "util/error.h"
#include "util/files.h"

#define COPY_OUT_MAX (64u << 20) /* bytes of one file */

/* A scenario's own command is nobody's product: where it does not do what the scenario says, the
 * lab cannot tell why. */
bool action_run_command(Action *action, GError **error)
{
    const Step *step = action->step;
    g_autofree char *line = plan_case_expand(action->attempt->plan_case, step->run);
    g_auto(AgentExecResult) result = {0};

    if (!agent_exec(action->attempt->agent, line, step->timeout_s * action->attempt->patience,
                    &result, error))
        return false;
    if (result.exit_code == step->exit_code)
        return true;
    g_autofree char *words = action_last_words(&result);
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_AGENT,
                "'%s' ended with exit code %d, the scenario wants %d%s", line, result.exit_code,
                step->exit_code, words);
    return false;
}

bool action_copy_in(Action *action, GError **error)
{
    const Step *step = action->step;
    const char *name = windows_base_name(step->path);
    g_autofree char *folder = g_strndup(step->path, (gsize)(name - step->path - 1));

    return (strlen(folder) == 2 || windows_make_folder(action->attempt->agent, folder, error)) &&
           agent_file_put(action->attempt->agent, step->file, step->path, error);
}

/* Kept as evidence, under a number: two folders may have files of one name. */
bool action_copy_out(Action *action, GError **error)
{
    Attempt *attempt = action->attempt;
    const Step *step = action->step;
    g_autofree char *safe = files_safe_name(windows_base_name(step->path));
    g_autofree char *name = g_strdup_printf("files/%s-%s", action->path, safe);
    g_autofree char *path = g_build_filename(attempt->folder, name, NULL);
    g_autofree char *folder = g_path_get_dirname(path);
    g_autoptr(GError) failure = NULL;

    if (!files_make_folder(folder, error))
        return false;
    if (agent_file_get(attempt->agent, step->path, path, COPY_OUT_MAX, &failure)) {
        evidence_file(attempt, "file", name);
        return true;
    }
    if (step->optional && agent_refused(attempt->agent)) {
        attempt_event(attempt, "note", "there is no '%s' to copy", step->path);
        return true;
    }
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
}
