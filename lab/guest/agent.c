/* SPDX-License-Identifier: GPL-2.0-or-later
 * The guest agent's calls: sending one, judging its reply, and the plain commands.
 */
#include "guest/agent.h"

#include <string.h>

#include "guest/agent-private.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/text.h"

#define LOG_MAX 4096
#define QUOTE_MAX 300
#define PING_MS 5000u
#define OSINFO_MS 15000u
#define TIME_MAX_NS 9e18 /* from 1970: 285 years, what 64 bits hold */
#define SHUTDOWN_MS 5000u
#define READY_POLL_MS 200u

Agent *agent_new(const AgentTransport *transport)
{
    Agent *agent = g_new0(Agent, 1);
    agent->transport = *transport;
    return agent;
}

void agent_free(Agent *agent)
{
    g_free(agent);
}

bool agent_refused(const Agent *agent)
{
    return agent->refused;
}

void agent_add_int(cJSON *object, const char *name, gint64 value)
{
    char digits[24];
    g_snprintf(digits, sizeof digits, "%" G_GINT64_FORMAT, value);
    cJSON_AddRawToObject(object, name, digits);
}

bool agent_get_int(const cJSON *object, const char *name, gint64 min, gint64 max, gint64 *ret_value)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    gint64 value = json_int(object, name, G_MININT64);

    if (!cJSON_IsNumber(item) || (double)value != item->valuedouble || value < min || value > max)
        return false;
    *ret_value = value;
    return true;
}

bool agent_decode(const char *base64, gsize max, guchar **ret_bytes, gsize *ret_length,
                  gsize *ret_whole)
{
    gsize length = strlen(base64);
    gsize digits = strspn(base64, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789+/");
    gsize padding = length - digits;

    if (length % 4 != 0 || padding > 2 || strspn(base64 + digits, "=") != padding)
        return false;

    /* Groups of four digits are three bytes, so a cut text never splits a byte. */
    gsize kept = MIN(length, max / 3 * 4);
    g_autofree char *text = g_strndup(base64, kept);
    *ret_bytes = g_base64_decode(text, ret_length);
    *ret_whole = length / 4 * 3 - padding;
    return true;
}

bool agent_nonsense(const char *command, const char *what, GError **error)
{
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_AGENT,
                "the guest agent's reply to '%s' makes no sense: %s", command, what);
    return false;
}

static void transcribe(const AgentTransport *transport, const char *request, const char *reply)
{
    if (!transport->log)
        return;
    g_autofree char *sent = text_printable(request, strlen(request), LOG_MAX);
    g_autofree char *came = text_printable(reply, strlen(reply), LOG_MAX);
    transport->log(transport->data, sent, came);
}

static char *quote_member(const cJSON *object, const char *name)
{
    const char *text = json_string(object, name, "");
    return text_printable(text, strlen(text), QUOTE_MAX);
}

static bool judge_reply(Agent *agent, const char *command, const char *text, cJSON **ret_value,
                        GError **error)
{
    g_autoptr(cJSON) reply = NULL;
    g_autoptr(GError) cause = NULL;
    gsize length = strnlen(text, (gsize)AGENT_REPLY_MAX + 1);

    if (!json_parse(text, length, AGENT_REPLY_MAX, "reply", &reply, &cause))
        return agent_nonsense(command, cause->message, error);

    const cJSON *refusal = cJSON_GetObjectItemCaseSensitive(reply, "error");
    if (cJSON_IsObject(refusal)) {
        g_autofree char *class = quote_member(refusal, "class");
        g_autofree char *desc = quote_member(refusal, "desc");
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_AGENT,
                    "the guest agent refused '%s': '%s' (%s)", command, desc, class);
        agent->refused = true;
        return false;
    }
    cJSON *value = cJSON_DetachItemFromObjectCaseSensitive(reply, "return");
    if (!value)
        return agent_nonsense(command, "it is neither a return nor an error", error);
    if (ret_value)
        *ret_value = value;
    else
        cJSON_Delete(value);
    return true;
}

bool agent_call(Agent *agent, const char *command, cJSON *arguments, guint timeout_ms,
                cJSON **ret_value, GError **error)
{
    const AgentTransport *transport = &agent->transport;
    g_autoptr(cJSON) message = cJSON_CreateObject();
    cJSON_AddStringToObject(message, "execute", command);
    if (arguments)
        cJSON_AddItemToObject(message, "arguments", arguments);

    g_autofree char *request = json_line(message);
    g_autofree char *reply = NULL;
    g_autoptr(GError) cause = NULL;
    agent->refused = false;
    if (!transport->call(transport->data, request, timeout_ms, &reply, &cause)) {
        transcribe(transport, request, cause->message);
        g_propagate_error(error, g_steal_pointer(&cause));
        return false;
    }
    transcribe(transport, request, reply);
    return judge_reply(agent, command, reply, ret_value, error);
}

bool agent_ping(Agent *agent, guint timeout_ms, GError **error)
{
    return agent_call(agent, "guest-ping", NULL, timeout_ms, NULL, error);
}

bool agent_in_recovery(Agent *agent, bool *ret_recovery, GError **error)
{
    g_autoptr(cJSON) info = NULL;
    g_autoptr(GError) failure = NULL;

    if (!agent_call(agent, "guest-get-osinfo", NULL, OSINFO_MS, &info, &failure)) {
        *ret_recovery = false;
        if (agent_refused(agent))
            return true;
        g_propagate_error(error, g_steal_pointer(&failure));
        return false;
    }
    *ret_recovery = g_str_equal(json_string(info, "variant-id", ""), "recovery");
    return true;
}

bool agent_wait_ready(Agent *agent, gint64 deadline, GError **error)
{
    g_autoptr(GError) cause = NULL;

    while (clock_left_ms(deadline) > 0) {
        g_clear_error(&cause);
        if (agent_ping(agent, MIN(clock_left_ms(deadline), PING_MS), &cause))
            return true;
        /* An agent that is just starting is silent, or answers what was asked of the one before. */
        if (!g_error_matches(cause, TRUCE_ERROR, TRUCE_ERROR_TIMEOUT) &&
            !g_error_matches(cause, TRUCE_ERROR, TRUCE_ERROR_AGENT)) {
            g_propagate_error(error, g_steal_pointer(&cause));
            return false;
        }
        if (!agent->transport.wait(agent->transport.data,
                                   MIN(clock_left_ms(deadline), READY_POLL_MS), error))
            return false;
    }
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_TIMEOUT,
                "the guest agent did not answer before its deadline: %s",
                cause ? cause->message : "no time was left to ask");
    return false;
}

bool agent_set_time(Agent *agent, GError **error)
{
    return agent_set_time_to(agent, g_get_real_time(), error);
}

bool agent_set_time_to(Agent *agent, gint64 us, GError **error)
{
    cJSON *arguments = cJSON_CreateObject();
    agent_add_int(arguments, "time", us * 1000); /* nanoseconds since 1970 */
    return agent_call(agent, "guest-set-time", arguments, AGENT_CALL_MS, NULL, error);
}

bool agent_get_time(Agent *agent, gint64 *ret_us, GError **error)
{
    g_autoptr(cJSON) value = NULL;

    if (!agent_call(agent, "guest-get-time", NULL, AGENT_CALL_MS, &value, error))
        return false;
    if (!cJSON_IsNumber(value) || !(ABS(value->valuedouble) <= TIME_MAX_NS))
        return agent_nonsense("guest-get-time", "the time is none that a clock shows", error);
    *ret_us = (gint64)(value->valuedouble / 1000);
    return true;
}

bool agent_shutdown(Agent *agent, AgentShutdown mode, GError **error)
{
    g_autoptr(GError) cause = NULL;
    cJSON *arguments = cJSON_CreateObject();

    cJSON_AddStringToObject(arguments, "mode", mode == AGENT_REBOOT ? "reboot" : "powerdown");
    if (agent_call(agent, "guest-shutdown", arguments, SHUTDOWN_MS, NULL, &cause) ||
        g_error_matches(cause, TRUCE_ERROR, TRUCE_ERROR_TIMEOUT) ||
        g_error_matches(cause, TRUCE_ERROR, TRUCE_ERROR_GUEST))
        return true;
    g_propagate_error(error, g_steal_pointer(&cause));
    return false;
}
