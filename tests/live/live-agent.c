/* SPDX-License-Identifier: GPL-2.0-or-later
 * The agent of a live test's machine.
 */
#include "live-agent.h"

#include "util/clock.h"
#include "util/error.h"

static bool transport_call(gpointer data, const char *request, guint timeout_ms, char **ret_reply,
                           GError **error)
{
    return machine_agent_call(data, request, timeout_ms, ret_reply, error);
}

static bool transport_wait(gpointer data, guint ms, GError **error)
{
    MachineEvent event = machine_next_event(data, clock_deadline_ms(ms));

    if (event == MACHINE_EVENT_NONE)
        return true;
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_GUEST, "%s", machine_event_name(event));
    return false;
}

Agent *live_agent(Machine *machine, const Guest *guest)
{
    const AgentTransport transport = {
        .call = transport_call, .wait = transport_wait, .data = machine};
    Agent *agent = agent_new(&transport);
    gint64 began = g_get_monotonic_time();
    g_autoptr(GError) error = NULL;

    agent_wait_ready(agent, clock_deadline_s(guest->ready_timeout_s), &error);
    g_assert_no_error(error);
    g_test_message("the agent answered after %u ms", clock_elapsed_ms(began));
    return agent;
}
