/* SPDX-License-Identifier: GPL-2.0-or-later
 * What an agent call's end means, by libvirt's words and by what happens to the guest meanwhile.
 *
 * The call itself and its error are this file's, which stand before libvirt's own; the domain is
 * one of libvirt's test driver.
 */
#include "host/agent-call.h"

#include <string.h>

#include <libvirt/libvirt-qemu.h>
#include <libvirt/virterror.h>

#include "util/clock.h"
#include "util/error.h"

#define CALL_MS 20000u

/* How libvirt's call ends: VIR_ERR_OK is with a reply. One call at a time. */
static virError ending;

virErrorPtr virGetLastError(void)
{
    return ending.code == VIR_ERR_OK ? NULL : &ending;
}

char *virDomainQemuAgentCommand(virDomainPtr domain, const char *request, int timeout,
                                unsigned int flags)
{
    (void)request;
    g_assert_nonnull(domain);
    g_assert_cmpint(timeout, >, 0);
    g_assert_cmpuint(flags, ==, 0);
    if (ending.code == VIR_ERR_OK)
        return strdup("{\"return\":{}}");
    return NULL;
}

typedef struct {
    virConnectPtr connection;
    virDomainPtr domain;
    Inbox inbox;
    AgentCaller *caller;
    MachineEvent event; /* for tell_after_loss() */
} Fixture;

static void set_up(Fixture *fixture, gconstpointer data)
{
    (void)data;
    fixture->connection = virConnectOpen("test:///default");
    g_assert_nonnull(fixture->connection);
    fixture->domain = virDomainLookupByName(fixture->connection, "test");
    g_assert_nonnull(fixture->domain);
    inbox_init(&fixture->inbox);
    inbox_tell_agent(&fixture->inbox, true);
    fixture->caller = agent_caller_new(&fixture->inbox, NULL);
}

static void tear_down(Fixture *fixture, gconstpointer data)
{
    (void)data;
    agent_caller_free(fixture->caller);
    inbox_clear(&fixture->inbox);
    virDomainFree(fixture->domain);
    virConnectClose(fixture->connection);
}

static bool call(Fixture *fixture, int code, const char *message, char **ret_reply, GError **error)
{
    ending = (virError){.code = code, .message = (char *)message};
    return agent_caller_call(fixture->caller, fixture->domain, "{}", CALL_MS, ret_reply, error);
}

static void test_codes(Fixture *fixture, gconstpointer data)
{
    static const struct {
        int code;
        const char *message;
        int wanted;
    } cases[] = {
        {VIR_ERR_AGENT_UNRESPONSIVE, "guest agent is not responding", TRUCE_ERROR_TIMEOUT},
        {VIR_ERR_AGENT_UNSYNCED, "wrong id", TRUCE_ERROR_TIMEOUT},
        {VIR_ERR_OPERATION_TIMEOUT, "cannot acquire state change lock", TRUCE_ERROR_TIMEOUT},
        {112 /* AGENT_COMMAND_TIMEOUT, libvirt 11.2 */, "timeout", TRUCE_ERROR_TIMEOUT},
        {113 /* AGENT_COMMAND_FAILED */, "in words not known", TRUCE_ERROR_AGENT},
        {VIR_ERR_INTERNAL_ERROR, "cannot parse json", TRUCE_ERROR_AGENT},
        {VIR_ERR_CONFIG_UNSUPPORTED, "QEMU guest agent is not configured", TRUCE_ERROR_LAB},
    };

    (void)data;
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *reply = NULL;
        g_autoptr(GError) error = NULL;
        g_assert_false(call(fixture, cases[i].code, cases[i].message, &reply, &error));
        g_assert_error(error, TRUCE_ERROR, cases[i].wanted);
        g_assert_nonnull(strstr(error->message, cases[i].message));
        g_assert_null(reply);
    }
}

static void test_replies(Fixture *fixture, gconstpointer data)
{
    static const int codes[] = {VIR_ERR_INTERNAL_ERROR, 113};
    g_autofree char *reply = NULL;
    g_autoptr(GError) error = NULL;

    (void)data;
    g_assert_true(call(fixture, VIR_ERR_OK, NULL, &reply, &error));
    g_assert_cmpstr(reply, ==, "{\"return\":{}}");
    for (gsize i = 0; i < G_N_ELEMENTS(codes); i++) {
        g_autofree char *refusal = NULL;
        g_assert_true(call(fixture, codes[i],
                           "internal error: unable to execute QEMU agent command 'x': \"no\"",
                           &refusal, &error));
        g_assert_no_error(error);
        g_assert_true(g_str_has_prefix(refusal, "{\"error\":{"));
    }
}

/* The event thread, which is later than the call's failure: told once the caller took the agent for
 * lost. */
static gpointer tell_after_loss(gpointer data)
{
    Fixture *fixture = data;
    gint64 deadline = clock_deadline_s(5);
    bool lost = false;

    while (!lost && clock_left_ms(deadline) > 0) {
        g_mutex_lock(&fixture->inbox.lock);
        lost = !fixture->inbox.agent_connected;
        g_mutex_unlock(&fixture->inbox.lock);
        g_thread_yield();
    }
    if (fixture->event == MACHINE_EVENT_LOST)
        inbox_tell_lost(&fixture->inbox, "the disk is full");
    else if (fixture->event != MACHINE_EVENT_NONE)
        inbox_tell(&fixture->inbox, fixture->event);
    else
        inbox_tell_agent(&fixture->inbox, true);
    return NULL;
}

static const struct {
    int code;
    const char *message;
} losses[] = {
    {VIR_ERR_OPERATION_INVALID, "Requested operation is not valid: domain is not running"},
    {VIR_ERR_NO_DOMAIN, "Domain not found: no domain with matching uuid"},
    {VIR_ERR_AGENT_UNRESPONSIVE, "Guest agent is not responding: Guest agent disappeared while "
                                 "executing command"},
    {VIR_ERR_INTERNAL_ERROR, "internal error: End of file from agent socket"},
    {VIR_ERR_INTERNAL_ERROR, "internal error: Error while processing agent IO"},
    {VIR_ERR_SYSTEM_ERROR, "Unable to read from agent: Connection reset by peer"},
    {VIR_ERR_SYSTEM_ERROR, "Unable to write to agent: Broken pipe"},
};

static void assert_loss(Fixture *fixture, gsize loss, MachineEvent event, int wanted)
{
    g_autofree char *reply = NULL;
    g_autoptr(GError) error = NULL;

    inbox_restart(&fixture->inbox, /* from_power_off */ true);
    inbox_tell_agent(&fixture->inbox, true);
    fixture->event = event;
    GThread *thread = g_thread_new("tell", tell_after_loss, fixture);
    g_assert_false(call(fixture, losses[loss].code, losses[loss].message, &reply, &error));
    g_thread_join(thread);
    g_assert_error(error, TRUCE_ERROR, wanted);
}

/* libvirt refuses the call before its event for the same end is in the inbox. */
static void test_event_comes_later(Fixture *fixture, gconstpointer data)
{
    (void)data;
    for (gsize i = 0; i < G_N_ELEMENTS(losses); i++) {
        assert_loss(fixture, i, MACHINE_EVENT_PANIC, TRUCE_ERROR_GUEST);
        assert_loss(fixture, i, MACHINE_EVENT_SHUTDOWN, TRUCE_ERROR_GUEST);
        assert_loss(fixture, i, MACHINE_EVENT_LOST, TRUCE_ERROR_LAB);
    }
}

/* Only the agent went: it is back, and the call's own failure counts. */
static void test_agent_comes_back(Fixture *fixture, gconstpointer data)
{
    (void)data;
    assert_loss(fixture, 0, MACHINE_EVENT_NONE, TRUCE_ERROR_LAB);
    assert_loss(fixture, 2, MACHINE_EVENT_NONE, TRUCE_ERROR_TIMEOUT);
}

static void add(const char *path, void (*test)(Fixture *, gconstpointer))
{
    g_test_add(path, Fixture, NULL, set_up, test, tear_down);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("/agent-call/codes", test_codes);
    add("/agent-call/replies", test_replies);
    add("/agent-call/event-comes-later", test_event_comes_later);
    add("/agent-call/agent-comes-back", test_agent_comes_back);
    return g_test_run();
}
