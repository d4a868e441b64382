/* SPDX-License-Identifier: GPL-2.0-or-later
 * Load: truce-stress.exe in the guest while other steps go on.
 */
#include "run/action.h"

#include "guest/windows.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/files.h"

#define STRESS_PROGRAM ACTION_GUEST_FOLDER "\\truce-stress.exe"
#define STRESS_STOP_FILE ACTION_GUEST_FOLDER "\\stop-load"
#define LOAD_DONE 0
#define LOAD_WITH_ERRORS 1    /* another product took or refused some of its files */
#define LOAD_SECONDS_MAX 3600 /* a load whose end is never asked for, ends */
#define LOAD_END_TIMEOUT_S 60

static bool start(Action *action, gint64 *ret_pid, GError **error)
{
    Attempt *attempt = action->attempt;
    const Step *step = action->step;
    g_autofree char *program = files_share_path("tools/truce-stress.exe");
    g_autofree char *line = g_strdup_printf(
        "%s file --dir \"%s\" --rate %u --seconds %u --seed 1 --stop-file %s", STRESS_PROGRAM,
        step->folder, step->rate, LOAD_SECONDS_MAX, STRESS_STOP_FILE);
    bool existed;

    if (!windows_make_folder(attempt->agent, ACTION_GUEST_FOLDER, error) ||
        !windows_make_folder(attempt->agent, step->folder, error) ||
        !windows_delete_file(attempt->agent, STRESS_STOP_FILE, &existed, error) ||
        !agent_file_put(attempt->agent, program, STRESS_PROGRAM, error) ||
        !agent_exec_start(attempt->agent, line, ret_pid, error))
        return false;
    attempt_event(attempt, "note", "load: %s", line);
    return true;
}

static bool finish(Action *action, gint64 pid, GError **error)
{
    Attempt *attempt = action->attempt;
    g_auto(AgentExecResult) result = {0};

    if (!agent_file_write(attempt->agent, STRESS_STOP_FILE, "", 0, error) ||
        !agent_exec_finish(attempt->agent, pid, clock_deadline_s(LOAD_END_TIMEOUT_S), &result,
                           error))
        return false;
    attempt_event(attempt, "note", "load ended with exit code %d: %s", result.exit_code,
                  result.out);
    if (result.exit_code == LOAD_DONE || result.exit_code == LOAD_WITH_ERRORS)
        return true;
    g_autofree char *words = action_last_words(&result);
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_AGENT, "the load did not run: exit code %d%s",
                result.exit_code, words);
    return false;
}

StepsEnd action_load(Action *action, GError **error)
{
    g_autoptr(GError) failure = NULL;
    gint64 pid;

    if (!start(action, &pid, &failure)) {
        steps_skip_inside(action->attempt, action->step, action->path);
        return steps_end_of_error(&failure, error);
    }
    StepsEnd end = steps_inside(action->attempt, action->step, action->path, error);
    if (end == STEPS_DONE && !finish(action, pid, &failure))
        return steps_end_of_error(&failure, error);
    return end;
}
