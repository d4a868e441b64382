/* SPDX-License-Identifier: GPL-2.0-or-later
 * Programs in the guest: guest-exec, and guest-exec-status until it tells of the end.
 *
 *     guest-exec         {"path", "arg": […], "capture-output": true}       -> {"pid"}
 *     guest-exec-status  {"pid"} -> {"exited": false}
 *                                or {"exited": true, "exitcode" or "signal",
 *                                    "out-data", "out-truncated", "err-data", "err-truncated"}
 *
 * On Windows "signal" holds the exception that ended the program (0xC0000005 and the like), which
 * is what Windows itself calls its exit code. The agent forgets a program once it told its end.
 */
#include "guest/agent.h"

#include "guest/agent-private.h"
#include "guest/windows.h"
#include "util/clock.h"
#include "util/error.h"

#define POLL_FIRST_MS 20u
#define POLL_MAX_MS 250u
/* A look that is not answered in this time is taken for lost and made again. The last one, just
 * before the deadline, gets as much: a program is late only where the agent says so. */
#define POLL_CALL_MS 15000u

void agent_exec_result_clear(AgentExecResult *result)
{
    g_clear_pointer(&result->out, g_free);
    g_clear_pointer(&result->err, g_free);
}

/* A lost reply tells nothing of the program, so it must not look like a program that is late. */
static bool silent(const char *what, const GError *cause, GError **error)
{
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_AGENT, "the guest agent is silent: %s: %s", what,
                cause->message);
    return false;
}

static bool start(Agent *agent, const char *command_line, gint64 *ret_pid, GError **error)
{
    g_auto(GStrv) argv = windows_split(command_line);
    g_autoptr(cJSON) value = NULL;
    g_autoptr(GError) cause = NULL;

    if (!argv[0] || !*argv[0]) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "the command line '%s' names no program",
                    command_line);
        return false;
    }
    cJSON *arguments = cJSON_CreateObject();
    cJSON_AddStringToObject(arguments, "path", argv[0]);
    cJSON *list = cJSON_AddArrayToObject(arguments, "arg");
    for (guint i = 1; argv[i]; i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(argv[i]));
    cJSON_AddTrueToObject(arguments, "capture-output");

    if (!agent_call(agent, "guest-exec", arguments, AGENT_CALL_MS, &value, &cause)) {
        if (g_error_matches(cause, TRUCE_ERROR, TRUCE_ERROR_TIMEOUT))
            return silent("it did not tell whether the program started", cause, error);
        g_propagate_error(error, g_steal_pointer(&cause));
        return false;
    }
    if (!agent_get_int(value, "pid", 1, G_MAXINT64, ret_pid))
        return agent_nonsense("guest-exec", "it has no usable pid", error);
    return true;
}

bool agent_exec_start(Agent *agent, const char *command_line, gint64 *ret_pid, GError **error)
{
    if (start(agent, command_line, ret_pid, error))
        return true;
    g_prefix_error(error, "cannot start '%s': ", command_line);
    return false;
}

/* Both ways to write a Windows status, signed and unsigned, end as the same 32 bits. */
static bool take_exit_code(const cJSON *status, int *ret_code)
{
    gint64 value;
    if (!agent_get_int(status, "exitcode", G_MININT32, G_MAXUINT32, &value) &&
        !agent_get_int(status, "signal", G_MININT32, G_MAXUINT32, &value))
        return false;
    *ret_code = (int)(gint32)(guint32)value;
    return true;
}

static bool take_output(const cJSON *status, const char *data, const char *cut, char **ret_text,
                        bool *truncated)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(status, data);
    g_autofree guchar *bytes = NULL;
    gsize length, whole;

    if (item && !cJSON_IsString(item))
        return false;
    if (!agent_decode(item ? item->valuestring : "", AGENT_OUTPUT_MAX, &bytes, &length, &whole))
        return false;
    *ret_text = g_utf8_make_valid((const char *)bytes, (gssize)length);
    *truncated |= length < whole || json_bool(status, cut, false);
    return true;
}

/* Writes ret_result only where the program ended. */
static bool take_status(const cJSON *status, bool *ret_exited, AgentExecResult *ret_result,
                        GError **error)
{
    const cJSON *exited = cJSON_GetObjectItemCaseSensitive(status, "exited");
    g_auto(AgentExecResult) result = {0};

    if (!cJSON_IsBool(exited))
        return agent_nonsense("guest-exec-status", "it does not tell whether it ended", error);
    *ret_exited = cJSON_IsTrue(exited);
    if (!*ret_exited)
        return true;
    if (!take_exit_code(status, &result.exit_code))
        return agent_nonsense("guest-exec-status", "it has no usable exit code", error);
    if (!take_output(status, "out-data", "out-truncated", &result.out, &result.truncated) ||
        !take_output(status, "err-data", "err-truncated", &result.err, &result.truncated))
        return agent_nonsense("guest-exec-status", "its output is not base64", error);
    *ret_result = result;
    result = (AgentExecResult){0};
    return true;
}

static bool look(Agent *agent, gint64 pid, bool *ret_exited, AgentExecResult *ret_result,
                 GError **error)
{
    g_autoptr(cJSON) status = NULL;
    cJSON *arguments = cJSON_CreateObject();

    agent_add_int(arguments, "pid", pid);
    return agent_call(agent, "guest-exec-status", arguments, POLL_CALL_MS, &status, error) &&
           take_status(status, ret_exited, ret_result, error);
}

/* What is known of a program at its deadline; `lost` is why the last look got no reply, or NULL. */
static bool too_late(gint64 pid, const GError *lost, GError **error)
{
    if (lost)
        return silent("it does not tell whether the program ended", lost, error);
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_TIMEOUT,
                "process %" G_GINT64_FORMAT " was still running at its deadline", pid);
    return false;
}

bool agent_exec_finish(Agent *agent, gint64 pid, gint64 deadline, AgentExecResult *ret_result,
                       GError **error)
{
    guint pause = POLL_FIRST_MS;
    bool any_lost = false;

    for (;;) {
        bool exited = false;
        g_autoptr(GError) cause = NULL;

        if (!look(agent, pid, &exited, ret_result, &cause) &&
            !g_error_matches(cause, TRUCE_ERROR, TRUCE_ERROR_TIMEOUT)) {
            if (any_lost && agent->refused)
                g_prefix_error(&cause, "a reply was lost, maybe the one with its end: ");
            g_propagate_error(error, g_steal_pointer(&cause));
            return false;
        }
        if (exited)
            return true;
        any_lost |= cause != NULL;

        guint left = clock_left_ms(deadline);
        if (left == 0)
            return too_late(pid, cause, error);
        if (!agent->transport.wait(agent->transport.data, MIN(pause, left), error))
            return false;
        pause = MIN(pause * 2, POLL_MAX_MS);
    }
}

bool agent_exec(Agent *agent, const char *command_line, guint timeout_s,
                AgentExecResult *ret_result, GError **error)
{
    gint64 deadline = clock_deadline_s(timeout_s);
    gint64 pid;

    if (start(agent, command_line, &pid, error) &&
        agent_exec_finish(agent, pid, deadline, ret_result, error))
        return true;
    g_prefix_error(error, "'%s' in the guest: ", command_line);
    return false;
}
