/* SPDX-License-Identifier: GPL-2.0-or-later
 * A scripted guest agent for tests: an AgentTransport whose peer expects requests in an order and
 * answers each with given text, good or hostile.
 *
 *     static const FakeAgentStep script[] = {
 *         FAKE_ANSWERS("{\"execute\": \"guest-ping\"}", "{\"return\": {}}"),
 *         FAKE_ANSWERS("{\"execute\": \"guest-exec\", \"arguments\": {\"path\": \"x\"}}",
 * "garbage"), FAKE_FAILS(NULL, TRUCE_ERROR_GUEST),
 *     };
 *     g_autoptr(FakeAgent) fake = fake_agent_new(script, G_N_ELEMENTS(script));
 *     g_autoptr(Agent) agent = fake_agent_open(fake);
 *
 * A request that the script does not expect, and a script that was not used up, end the test.
 */
#pragma once

#include "guest/agent.h"
#include "util/error.h"

typedef struct {
    /* JSON whose members must all stand in the request, objects by the same rule, arrays and
     * values equal; NULL: any request. */
    const char *expect;
    const char *reply; /* any text; NULL: the call fails */
    TruceError failure;
    bool repeat; /* answers requests until one matches the next step only; may be the last step */
} FakeAgentStep;

#define FAKE_ANSWERS(request, text)                                                                \
    {                                                                                              \
        .expect = (request), .reply = (text)                                                       \
    }
#define FAKE_ANSWERS_ALWAYS(request, text)                                                         \
    {                                                                                              \
        .expect = (request), .reply = (text), .repeat = true                                       \
    }
#define FAKE_FAILS(request, code)                                                                  \
    {                                                                                              \
        .expect = (request), .failure = (code)                                                     \
    }
#define FAKE_FAILS_ALWAYS(request, code)                                                           \
    {                                                                                              \
        .expect = (request), .failure = (code), .repeat = true                                     \
    }

typedef struct FakeAgent FakeAgent;

/* `steps` must live as long as the fake. */
FakeAgent *fake_agent_new(const FakeAgentStep *steps, guint count);

/* Asserts that the script was used up. */
void fake_agent_free(FakeAgent *fake);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FakeAgent, fake_agent_free)

/* The transport; belongs to the fake. Its wait() does not wait, it writes down how long it was
 * asked to. */
AgentTransport fake_agent_transport(FakeAgent *fake);

/* An Agent that speaks to the fake; to be freed before it. Free with agent_free(). */
Agent *fake_agent_open(FakeAgent *fake);

/* Makes the wait() after `after` more ones fail. */
void fake_agent_break_wait(FakeAgent *fake, guint after, TruceError failure);

/* The milliseconds of each wait() so far (guint). Belongs to the fake. */
const GArray *fake_agent_waits(const FakeAgent *fake);

/* The requests so far (char*), and what the transcript got: request, reply, request, … Belong to
 * the fake. */
const GPtrArray *fake_agent_requests(const FakeAgent *fake);
const GPtrArray *fake_agent_transcript(const FakeAgent *fake);

/* The timeout of the last call in milliseconds. */
guint fake_agent_last_timeout_ms(const FakeAgent *fake);
