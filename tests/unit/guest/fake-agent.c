/* SPDX-License-Identifier: GPL-2.0-or-later
 * The scripted guest agent.
 */
#include "fake-agent.h"

#include "util/json.h"

struct FakeAgent {
    const FakeAgentStep *steps;
    guint count;
    guint next;
    bool repeated; /* the step at `next` is a repeating one and answered at least once */
    guint last_timeout_ms;
    GArray *waits;
    GPtrArray *requests;
    GPtrArray *transcript;
    bool wait_breaks;
    guint wait_breaks_after;
    TruceError wait_failure;
};

static bool contains(const cJSON *whole, const cJSON *part)
{
    const cJSON *member;

    if (!cJSON_IsObject(part))
        return cJSON_Compare(whole, part, true);
    cJSON_ArrayForEach (member, part) {
        const cJSON *found = cJSON_GetObjectItemCaseSensitive(whole, member->string);
        if (!found || !contains(found, member))
            return false;
    }
    return true;
}

static bool expected(const FakeAgentStep *step, const char *request)
{
    if (!step->expect)
        return true;
    g_autoptr(cJSON) part = cJSON_Parse(step->expect);
    g_autoptr(cJSON) whole = cJSON_Parse(request);
    if (!part)
        g_error("the script expects '%s', which is not JSON", step->expect);
    return whole && contains(whole, part);
}

/* The step that answers this request. */
static const FakeAgentStep *take_step(FakeAgent *fake, const char *request)
{
    const FakeAgentStep *step = fake->next < fake->count ? &fake->steps[fake->next] : NULL;

    if (step && fake->repeated && fake->next + 1 < fake->count &&
        expected(&fake->steps[fake->next + 1], request)) {
        step = &fake->steps[++fake->next];
        fake->repeated = false;
    }
    if (!step)
        g_error("the script is at its end, and yet came: %s", request);
    if (!expected(step, request))
        g_error("step %u expects %s, and came: %s", fake->next, step->expect, request);
    if (step->repeat)
        fake->repeated = true;
    else
        fake->next++;
    return step;
}

static bool fake_call(gpointer data, const char *request, guint timeout_ms, char **ret_reply,
                      GError **error)
{
    FakeAgent *fake = data;
    const FakeAgentStep *step = take_step(fake, request);

    fake->last_timeout_ms = timeout_ms;
    g_ptr_array_add(fake->requests, g_strdup(request));
    if (!step->reply) {
        g_set_error(error, TRUCE_ERROR, (int)step->failure, "the script fails step %u", fake->next);
        return false;
    }
    *ret_reply = g_strdup(step->reply);
    return true;
}

static bool fake_wait(gpointer data, guint ms, GError **error)
{
    FakeAgent *fake = data;

    if (fake->wait_breaks && fake->waits->len >= fake->wait_breaks_after) {
        g_set_error(error, TRUCE_ERROR, (int)fake->wait_failure, "the script breaks the wait");
        return false;
    }
    g_array_append_val(fake->waits, ms);
    return true;
}

static void fake_log(gpointer data, const char *request, const char *reply)
{
    FakeAgent *fake = data;
    g_ptr_array_add(fake->transcript, g_strdup(request));
    g_ptr_array_add(fake->transcript, g_strdup(reply));
}

FakeAgent *fake_agent_new(const FakeAgentStep *steps, guint count)
{
    FakeAgent *fake = g_new0(FakeAgent, 1);
    fake->steps = steps;
    fake->count = count;
    fake->waits = g_array_new(false, false, sizeof(guint));
    fake->requests = g_ptr_array_new_with_free_func(g_free);
    fake->transcript = g_ptr_array_new_with_free_func(g_free);
    return fake;
}

void fake_agent_free(FakeAgent *fake)
{
    guint left = fake->count - fake->next - (fake->repeated ? 1 : 0);
    if (left > 0)
        g_error("%u steps of the script were not used, the next one expects %s", left,
                fake->steps[fake->next].expect ? fake->steps[fake->next].expect : "anything");
    g_array_unref(fake->waits);
    g_ptr_array_unref(fake->requests);
    g_ptr_array_unref(fake->transcript);
    g_free(fake);
}

AgentTransport fake_agent_transport(FakeAgent *fake)
{
    return (AgentTransport){.call = fake_call, .wait = fake_wait, .log = fake_log, .data = fake};
}

Agent *fake_agent_open(FakeAgent *fake)
{
    AgentTransport transport = fake_agent_transport(fake);
    return agent_new(&transport);
}

void fake_agent_break_wait(FakeAgent *fake, guint after, TruceError failure)
{
    fake->wait_breaks = true;
    fake->wait_breaks_after = fake->waits->len + after;
    fake->wait_failure = failure;
}

const GArray *fake_agent_waits(const FakeAgent *fake)
{
    return fake->waits;
}

const GPtrArray *fake_agent_requests(const FakeAgent *fake)
{
    return fake->requests;
}

const GPtrArray *fake_agent_transcript(const FakeAgent *fake)
{
    return fake->transcript;
}

guint fake_agent_last_timeout_ms(const FakeAgent *fake)
{
    return fake->last_timeout_ms;
}
