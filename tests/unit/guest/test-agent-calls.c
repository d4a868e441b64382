/* SPDX-License-Identifier: GPL-2.0-or-later
 * The guest agent's plain commands, and what hostile replies to them come to.
 */
#include "fake-agent.h"

#include <string.h>

#include "util/clock.h"

static char *nested(guint depth)
{
    GString *text = g_string_new("{\"return\": ");
    for (guint i = 0; i < depth; i++)
        g_string_append_c(text, '[');
    for (guint i = 0; i < depth; i++)
        g_string_append_c(text, ']');
    g_string_append_c(text, '}');
    return g_string_free(text, FALSE);
}

static void assert_ping_fails(const char *reply)
{
    const FakeAgentStep script[] = {FAKE_ANSWERS("{\"execute\": \"guest-ping\"}", reply)};
    g_autoptr(FakeAgent) fake = fake_agent_new(script, 1);
    g_autoptr(Agent) agent = fake_agent_open(fake);
    g_autoptr(GError) error = NULL;

    g_assert_false(agent_ping(agent, 100, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_AGENT);
    g_assert_null(strchr(error->message, '\n'));
    g_assert_cmpuint(strlen(error->message), <, 2000);
}

static void test_ping(void)
{
    static const FakeAgentStep script[] = {
        FAKE_ANSWERS("{\"execute\": \"guest-ping\"}", "{\"return\": {}}"),
        FAKE_FAILS(NULL, TRUCE_ERROR_GUEST),
    };
    g_autoptr(FakeAgent) fake = fake_agent_new(script, G_N_ELEMENTS(script));
    g_autoptr(Agent) agent = fake_agent_open(fake);
    g_autoptr(GError) error = NULL;

    g_assert_true(agent_ping(agent, 123, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(fake_agent_last_timeout_ms(fake), ==, 123);
    g_assert_false(agent_ping(agent, 123, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_GUEST);
}

static void test_hostile_replies(void)
{
    static const char *const replies[] = {
        "",
        "garbage",
        "\x01\x02\xFF\xFE",
        "null",
        "5",
        "\"return\"",
        "[]",
        "[{\"return\": {}}]",
        "{}",
        "{\"return\"",
        "{\"return\": {}",
        "{\"return\": {}} and more",
        "{\"return\": {}}{\"return\": {}}",
        "{\"RETURN\": {}}",
        "{\"error\": \"text\"}",
        "{\"error\": null}",
        "{\"error\": {}}",
        "{\"error\": {\"class\": 5, \"desc\": []}}",
        "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}, \"return\": {}}",
    };
    for (guint i = 0; i < G_N_ELEMENTS(replies); i++)
        assert_ping_fails(replies[i]);

    g_autofree char *deep = nested(5000);
    assert_ping_fails(deep);
    g_autofree char *open_only = g_strnfill(100000, '[');
    assert_ping_fails(open_only);
}

static void test_endless_reply(void)
{
    g_autofree char *padding = g_strnfill(AGENT_REPLY_MAX, ' ');
    g_autofree char *reply = g_strconcat("{\"return\": {}}", padding, NULL);
    assert_ping_fails(reply);

    /* The twin just inside the limit. */
    reply[AGENT_REPLY_MAX] = '\0';
    const FakeAgentStep script[] = {FAKE_ANSWERS(NULL, reply)};
    g_autoptr(FakeAgent) fake = fake_agent_new(script, 1);
    g_autoptr(Agent) agent = fake_agent_open(fake);
    g_assert_true(agent_ping(agent, 100, NULL));
}

static void test_refusal_is_quoted(void)
{
    g_autofree char *long_text = g_strnfill(10000, 'x');
    g_autofree char *reply =
        g_strdup_printf("{\"error\": {\"class\": \"Command\\u001b[2JNotFound\", \"desc\": "
                        "\"not\\nhere\\u0007 %s\"}}",
                        long_text);
    const FakeAgentStep script[] = {FAKE_ANSWERS(NULL, reply)};
    g_autoptr(FakeAgent) fake = fake_agent_new(script, 1);
    g_autoptr(Agent) agent = fake_agent_open(fake);
    g_autoptr(GError) error = NULL;

    g_assert_false(agent_ping(agent, 100, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_AGENT);
    g_assert_nonnull(strstr(error->message, "'not?here? xxx"));
    g_assert_nonnull(strstr(error->message, "(Command?[2JNotFound)"));
    g_assert_cmpuint(strlen(error->message), <, 1000);
}

static void test_transcript(void)
{
    g_autofree char *long_text = g_strnfill(100000, 'x');
    g_autofree char *reply = g_strdup_printf("{\"return\":\n\"%s\"}", long_text);
    const FakeAgentStep script[] = {FAKE_ANSWERS(NULL, reply),
                                    FAKE_FAILS(NULL, TRUCE_ERROR_TIMEOUT)};
    g_autoptr(FakeAgent) fake = fake_agent_new(script, 2);
    g_autoptr(Agent) agent = fake_agent_open(fake);

    g_assert_true(agent_ping(agent, 100, NULL));
    g_assert_false(agent_ping(agent, 100, NULL));
    const GPtrArray *transcript = fake_agent_transcript(fake);
    g_assert_cmpuint(transcript->len, ==, 4);
    g_assert_cmpstr(transcript->pdata[0], ==, "{\"execute\":\"guest-ping\"}");
    g_assert_true(g_str_has_prefix(transcript->pdata[1], "{\"return\":?\"xxx"));
    g_assert_true(g_str_has_suffix(transcript->pdata[1], "x…"));
    g_assert_cmpuint(strlen(transcript->pdata[1]), <, 5000);
    g_assert_true(g_str_has_prefix(transcript->pdata[3], "the script fails"));
}

static void test_wait_ready(void)
{
    static const FakeAgentStep script[] = {
        FAKE_FAILS("{\"execute\": \"guest-ping\"}", TRUCE_ERROR_TIMEOUT),
        FAKE_ANSWERS("{\"execute\": \"guest-ping\"}", "the tail of another reply"),
        FAKE_ANSWERS("{\"execute\": \"guest-ping\"}", "{\"return\": {}}"),
    };
    g_autoptr(FakeAgent) fake = fake_agent_new(script, G_N_ELEMENTS(script));
    g_autoptr(Agent) agent = fake_agent_open(fake);
    g_autoptr(GError) error = NULL;

    g_assert_true(agent_wait_ready(agent, clock_deadline_s(60), &error));
    g_assert_no_error(error);
    g_assert_cmpuint(fake_agent_waits(fake)->len, ==, 2);
}

static void test_wait_ready_deadline(void)
{
    static const FakeAgentStep script[] = {FAKE_FAILS_ALWAYS(NULL, TRUCE_ERROR_TIMEOUT)};
    g_autoptr(FakeAgent) fake = fake_agent_new(script, 1);
    g_autoptr(Agent) agent = fake_agent_open(fake);
    g_autoptr(GError) error = NULL;

    g_assert_false(agent_wait_ready(agent, clock_deadline_ms(30), &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_TIMEOUT);
    g_assert_nonnull(strstr(error->message, "the script fails"));
    g_assert_cmpuint(fake_agent_last_timeout_ms(fake), <=, 30);
}

static void test_wait_ready_stops(void)
{
    static const TruceError stops[] = {TRUCE_ERROR_GUEST, TRUCE_ERROR_LAB, TRUCE_ERROR_CANCELLED};

    for (guint i = 0; i < G_N_ELEMENTS(stops); i++) {
        const FakeAgentStep script[] = {FAKE_FAILS(NULL, stops[i])};
        g_autoptr(FakeAgent) fake = fake_agent_new(script, 1);
        g_autoptr(Agent) agent = fake_agent_open(fake);
        g_autoptr(GError) error = NULL;
        g_assert_false(agent_wait_ready(agent, clock_deadline_s(60), &error));
        g_assert_error(error, TRUCE_ERROR, (int)stops[i]);
    }

    static const FakeAgentStep silent[] = {FAKE_FAILS(NULL, TRUCE_ERROR_TIMEOUT)};
    g_autoptr(FakeAgent) fake = fake_agent_new(silent, 1);
    g_autoptr(Agent) agent = fake_agent_open(fake);
    g_autoptr(GError) error = NULL;
    fake_agent_break_wait(fake, 0, TRUCE_ERROR_CANCELLED);
    g_assert_false(agent_wait_ready(agent, clock_deadline_s(60), &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_CANCELLED);
}

/* qemu-ga takes only an integer: no exponent, no fraction, and to the microsecond. */
static void test_set_time(void)
{
    static const FakeAgentStep script[] = {
        FAKE_ANSWERS("{\"execute\": \"guest-set-time\"}", "{\"return\": {}}"),
    };
    g_autoptr(FakeAgent) fake = fake_agent_new(script, 1);
    g_autoptr(Agent) agent = fake_agent_open(fake);

    gint64 before = g_get_real_time();
    g_assert_true(agent_set_time(agent, NULL));
    gint64 after = g_get_real_time();
    const char *request = fake_agent_requests(fake)->pdata[0];
    const char *digits = strstr(request, "\"time\":");
    g_assert_nonnull(digits);
    char *end;
    gint64 sent = g_ascii_strtoll(digits + strlen("\"time\":"), &end, 10);
    g_assert_cmpstr(end, ==, "}}");
    g_assert_cmpint(sent, >=, before * 1000);
    g_assert_cmpint(sent, <=, after * 1000);
}

static void test_shutdown(void)
{
    static const FakeAgentStep script[] = {
        FAKE_FAILS("{\"execute\": \"guest-shutdown\", \"arguments\": {\"mode\": \"reboot\"}}",
                   TRUCE_ERROR_TIMEOUT),
        FAKE_FAILS("{\"execute\": \"guest-shutdown\", \"arguments\": {\"mode\": \"powerdown\"}}",
                   TRUCE_ERROR_GUEST),
        FAKE_ANSWERS(NULL, "{\"return\": {}}"),
        FAKE_ANSWERS(NULL,
                     "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no privilege\"}}"),
        FAKE_FAILS(NULL, TRUCE_ERROR_LAB),
        FAKE_ANSWERS(NULL, "garbage"),
    };
    g_autoptr(FakeAgent) fake = fake_agent_new(script, G_N_ELEMENTS(script));
    g_autoptr(Agent) agent = fake_agent_open(fake);
    g_autoptr(GError) error = NULL;

    g_assert_true(agent_shutdown(agent, AGENT_REBOOT, &error));
    g_assert_true(agent_shutdown(agent, AGENT_POWERDOWN, &error));
    g_assert_true(agent_shutdown(agent, AGENT_REBOOT, &error));
    g_assert_no_error(error);
    g_assert_false(agent_shutdown(agent, AGENT_REBOOT, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_AGENT);
    g_assert_nonnull(strstr(error->message, "no privilege"));
    g_clear_error(&error);
    g_assert_false(agent_shutdown(agent, AGENT_REBOOT, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB);
    g_clear_error(&error);
    g_assert_false(agent_shutdown(agent, AGENT_REBOOT, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_AGENT);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/agent/ping", test_ping);
    g_test_add_func("/agent/hostile-replies", test_hostile_replies);
    g_test_add_func("/agent/endless-reply", test_endless_reply);
    g_test_add_func("/agent/refusal-is-quoted", test_refusal_is_quoted);
    g_test_add_func("/agent/transcript", test_transcript);
    g_test_add_func("/agent/wait-ready", test_wait_ready);
    g_test_add_func("/agent/wait-ready/deadline", test_wait_ready_deadline);
    g_test_add_func("/agent/wait-ready/stops", test_wait_ready_stops);
    g_test_add_func("/agent/set-time", test_set_time);
    g_test_add_func("/agent/shutdown", test_shutdown);
    return g_test_run();
}
