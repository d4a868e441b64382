/* SPDX-License-Identifier: GPL-2.0-or-later
 * Agent requests that can be given up.
 */
#include "host/agent-call.h"

#include <stdlib.h>
#include <string.h>

#include <libvirt/libvirt-qemu.h>
#include <libvirt/virterror.h>

#include "host/agent-line.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/error.h"

typedef enum { CALLER_IDLE, CALLER_ASKED, CALLER_BUSY, CALLER_DONE } CallerState;

/* All but `inbox` and `thread` is guarded by the inbox's lock. */
struct AgentCaller {
    Inbox *inbox;
    char *serial_socket; /* or NULL: libvirt's agent channel */
    GThread *thread;
    CallerState state;
    bool given_up; /* nobody waits for the call under way */
    bool quit;
    virDomainPtr domain;
    char *request;
    int timeout_s;
    char *reply;
    GError *error;
    bool agent_lost; /* the call under way ended because the channel or the domain went away */
};

/* libvirt tells of an end by a call's failure before its event comes, and a guest that crashes may
 * lose its agent a while before its panic device tells: how long to wait for the event before the
 * loss is taken for the agent's own. */
#define LOSS_GRACE_MS 30000u

/* Codes of libvirt 11.2 and later, which older headers do not name. */
enum { AGENT_COMMAND_TIMEOUT = 112, AGENT_COMMAND_FAILED = 113 };

/* libvirt makes an error of its own out of an agent's {"error": …}; the caller wants the reply. Its
 * words are in English because only LC_CTYPE is set (main.c). */
static char *refusal_reply(void)
{
    const virError *last = virGetLastError();
    if (!last || !last->message ||
        (last->code != VIR_ERR_INTERNAL_ERROR && last->code != AGENT_COMMAND_FAILED))
        return NULL;
    const char *words = strstr(last->message, "unable to execute QEMU agent command");
    if (!words)
        return NULL;
    g_autoptr(cJSON) reply = cJSON_CreateObject();
    cJSON *refusal = cJSON_AddObjectToObject(reply, "error");
    cJSON_AddStringToObject(refusal, "class", "GenericError");
    cJSON_AddStringToObject(refusal, "desc", words);
    return cJSON_PrintUnformatted(reply);
}

static GError *agent_error(void)
{
    const virError *last = virGetLastError();
    int code = TRUCE_ERROR_LAB;

    switch (last ? last->code : VIR_ERR_OK) {
    case VIR_ERR_AGENT_UNRESPONSIVE:
    case VIR_ERR_AGENT_UNSYNCED:
    case VIR_ERR_OPERATION_TIMEOUT:
    case AGENT_COMMAND_TIMEOUT:
        code = TRUCE_ERROR_TIMEOUT;
        break;
    case VIR_ERR_INTERNAL_ERROR: /* a reply that is no JSON */
    case AGENT_COMMAND_FAILED:
        code = TRUCE_ERROR_AGENT;
        break;
    default:
        break;
    }
    return g_error_new(TRUCE_ERROR, code, "the guest agent's call failed: %s",
                       last && last->message ? last->message : "no reason given");
}

/* libvirt's words where its side of the channel's socket ended under a call (qemuAgentIO() in its
 * qemu_agent.c), as it does with QEMU: a guest may be off before its answer was read. */
static bool is_socket_end(const virError *last)
{
    static const char *const words[] = {"End of file from agent socket",
                                        "Error while processing agent IO",
                                        "Invalid file descriptor while waiting for agent",
                                        "Unable to read from agent", "Unable to write to agent"};

    for (guint i = 0; i < G_N_ELEMENTS(words); i++)
        if (last->message && strstr(last->message, words[i]))
            return true;
    return false;
}

/* The event that says so may come later than the call's end. OPERATION_INVALID is what libvirt
 * answers for a domain that crashed, was paused by QEMU or is off; NO_DOMAIN for one that is gone.
 */
static bool agent_went_away(void)
{
    const virError *last = virGetLastError();

    switch (last ? last->code : VIR_ERR_OK) {
    case VIR_ERR_OPERATION_INVALID:
    case VIR_ERR_NO_DOMAIN:
        return true;
    case VIR_ERR_AGENT_UNRESPONSIVE:
        return last->message && strstr(last->message, "disappeared");
    case VIR_ERR_INTERNAL_ERROR:
    case VIR_ERR_SYSTEM_ERROR:
        return is_socket_end(last);
    default:
        return false;
    }
}

/* One request over libvirt's channel. ret_lost: the call ended because the domain went away. */
static char *ask_libvirt(virDomainPtr domain, const char *request, int timeout_s, bool *ret_lost,
                         GError **error)
{
    char *reply = virDomainQemuAgentCommand(domain, request, timeout_s, 0);

    *ret_lost = false;
    if (!reply && !(reply = refusal_reply())) {
        g_propagate_error(error, agent_error());
        *ret_lost = agent_went_away();
    }
    return reply;
}

static char *ask_serial(const char *path, const char *request, int timeout_s, bool *ret_lost,
                        GError **error)
{
    g_autoptr(GError) failure = NULL;
    char *reply = NULL;

    agent_line_call(path, request, clock_deadline_s((guint)timeout_s), &reply, &failure);
    *ret_lost = g_error_matches(failure, TRUCE_ERROR, TRUCE_ERROR_GUEST);
    if (failure)
        g_propagate_error(error, g_steal_pointer(&failure));
    return reply;
}

static gpointer run_calls(gpointer data)
{
    AgentCaller *caller = data;
    Inbox *inbox = caller->inbox;

    g_mutex_lock(&inbox->lock);
    for (;;) {
        while (caller->state != CALLER_ASKED && !caller->quit)
            g_cond_wait(&inbox->changed, &inbox->lock);
        if (caller->quit)
            break;

        g_autoptr(virDomain) domain = g_steal_pointer(&caller->domain);
        g_autofree char *request = g_steal_pointer(&caller->request);
        int timeout_s = caller->timeout_s;
        caller->state = CALLER_BUSY;
        g_mutex_unlock(&inbox->lock);

        GError *error = NULL;
        bool lost;
        char *reply = caller->serial_socket
                          ? ask_serial(caller->serial_socket, request, timeout_s, &lost, &error)
                          : ask_libvirt(domain, request, timeout_s, &lost, &error);

        g_mutex_lock(&inbox->lock);
        if (caller->given_up) {
            free(reply);
            g_clear_error(&error);
            caller->state = CALLER_IDLE;
        } else {
            caller->reply = reply;
            caller->error = error;
            caller->agent_lost = lost;
            caller->state = CALLER_DONE;
        }
        g_cond_broadcast(&inbox->changed);
    }
    g_mutex_unlock(&inbox->lock);
    return NULL;
}

AgentCaller *agent_caller_new(Inbox *inbox, const char *serial_socket)
{
    AgentCaller *caller = g_new0(AgentCaller, 1);

    caller->inbox = inbox;
    caller->serial_socket = g_strdup(serial_socket);
    caller->thread = g_thread_new("agent-call", run_calls, caller);
    return caller;
}

void agent_caller_free(AgentCaller *caller)
{
    if (!caller)
        return;
    g_mutex_lock(&caller->inbox->lock);
    caller->quit = true;
    g_cond_broadcast(&caller->inbox->changed);
    g_mutex_unlock(&caller->inbox->lock);
    g_thread_join(caller->thread);
    g_clear_pointer(&caller->domain, virDomainFree);
    g_free(caller->request);
    free(caller->reply);
    g_clear_error(&caller->error);
    g_free(caller->serial_socket);
    g_free(caller);
}

/* Waits until `ready` holds; false with the error set where an event or the deadline comes first.
 */
static bool wait_locked(AgentCaller *caller, bool (*ready)(const AgentCaller *), gint64 deadline,
                        const char *what, GError **error)
{
    while (!ready(caller)) {
        if (inbox_interrupts_locked(caller->inbox, error))
            return false;
        if (!g_cond_wait_until(&caller->inbox->changed, &caller->inbox->lock, deadline) &&
            !ready(caller)) {
            g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_TIMEOUT, what);
            return false;
        }
    }
    return true;
}

static bool can_ask(const AgentCaller *caller)
{
    return caller->state == CALLER_IDLE &&
           (caller->serial_socket || caller->inbox->agent_connected);
}

static bool is_done(const AgentCaller *caller)
{
    return caller->state == CALLER_DONE;
}

static bool is_connected(const AgentCaller *caller)
{
    return caller->inbox->agent_connected;
}

/* Why a call failed: what happens to the guest comes before what its agent's channel says. */
static void explain_failure(AgentCaller *caller, GError **error)
{
    g_autoptr(GError) event = NULL;
    gint64 deadline = clock_deadline_ms(LOSS_GRACE_MS);

    if (caller->agent_lost)
        caller->inbox->agent_connected = false;
    if (!inbox_interrupts_locked(caller->inbox, &event) && !is_connected(caller))
        wait_locked(caller, is_connected, deadline, "the guest agent is gone", &event);
    if (event && !g_error_matches(event, TRUCE_ERROR, TRUCE_ERROR_TIMEOUT)) {
        g_clear_error(&caller->error);
        g_propagate_error(error, g_steal_pointer(&event));
    } else {
        g_propagate_error(error, g_steal_pointer(&caller->error));
    }
}

static bool call_locked(AgentCaller *caller, virDomainPtr domain, const char *request,
                        gint64 deadline, char **ret_reply, GError **error)
{
    if (inbox_interrupts_locked(caller->inbox, error) ||
        !wait_locked(caller, can_ask, deadline, "the guest agent has not opened its channel",
                     error))
        return false;

    virDomainRef(domain);
    caller->domain = domain;
    caller->request = g_strdup(request);
    caller->timeout_s = (int)MAX(1, (clock_left_ms(deadline) + 999) / 1000);
    caller->given_up = false;
    caller->state = CALLER_ASKED;
    g_cond_broadcast(&caller->inbox->changed);

    if (!wait_locked(caller, is_done, deadline, "the guest agent did not answer", error)) {
        caller->given_up = true;
        return false;
    }
    caller->state = CALLER_IDLE;
    if (caller->error) {
        explain_failure(caller, error);
        return false;
    }
    *ret_reply = g_strdup(caller->reply);
    g_clear_pointer(&caller->reply, free);
    return true;
}

bool agent_caller_call(AgentCaller *caller, virDomainPtr domain, const char *request,
                       guint timeout_ms, char **ret_reply, GError **error)
{
    g_mutex_lock(&caller->inbox->lock);
    bool ok = call_locked(caller, domain, request, clock_deadline_ms(timeout_ms), ret_reply, error);
    g_mutex_unlock(&caller->inbox->lock);
    return ok;
}
