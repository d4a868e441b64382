/* SPDX-License-Identifier: GPL-2.0-or-later
 * Programs in the guest: requests, exit codes, output, deadlines and hostile statuses.
 */
#include "fake-agent.h"

#include <string.h>

#include "util/clock.h"

#define EXEC "{\"execute\": \"guest-exec\"}"
#define STATUS "{\"execute\": \"guest-exec-status\", \"arguments\": {\"pid\": 42}}"
#define PID_42 "{\"return\": {\"pid\": 42}}"
#define RUNNING "{\"return\": {\"exited\": false}}"

static void test_exec(void)
{
    static const FakeAgentStep script[] = {
        FAKE_ANSWERS("{\"execute\": \"guest-exec\", \"arguments\": {\"path\": \"C:\\\\Program "
                     "Files\\\\p.exe\","
                     " \"arg\": [\"/i\", \"a b.msi\"], \"capture-output\": true}}",
                     PID_42),
        FAKE_ANSWERS(STATUS, RUNNING),
        FAKE_ANSWERS(STATUS, RUNNING),
        FAKE_ANSWERS(STATUS, RUNNING),
        FAKE_ANSWERS(STATUS, RUNNING),
        FAKE_ANSWERS(STATUS, RUNNING),
        FAKE_ANSWERS(STATUS, RUNNING),
        FAKE_ANSWERS(
            STATUS,
            "{\"return\": {\"exited\": true, \"exitcode\": 3010, \"out-data\": \"aGVsbG8NCg==\","
            " \"err-data\": \"/v8A\"}}"),
    };
    g_autoptr(FakeAgent) fake = fake_agent_new(script, G_N_ELEMENTS(script));
    g_autoptr(Agent) agent = fake_agent_open(fake);
    g_autoptr(GError) error = NULL;
    g_auto(AgentExecResult) result = {0};

    g_assert_true(
        agent_exec(agent, "\"C:\\Program Files\\p.exe\" /i \"a b.msi\"", 600, &result, &error));
    g_assert_no_error(error);
    g_assert_cmpint(result.exit_code, ==, 3010);
    g_assert_cmpstr(result.out, ==, "hello\r\n");
    g_assert_cmpstr(result.err, ==, "\uFFFD\uFFFD\uFFFD");
    g_assert_false(result.truncated);

    static const guint waits[] = {20, 40, 80, 160, 250, 250};
    const GArray *seen = fake_agent_waits(fake);
    g_assert_cmpmem(seen->data, seen->len * sizeof(guint), waits, sizeof waits);
}

/* Large process ids must reach the agent as integers. */
static void test_large_pid(void)
{
    static const FakeAgentStep script[] = {
        FAKE_ANSWERS(EXEC, "{\"return\": {\"pid\": 1000000000000000}}"),
        FAKE_ANSWERS("{\"execute\": \"guest-exec-status\"}",
                     "{\"return\": {\"exited\": true, \"exitcode\": 0}}"),
    };
    g_autoptr(FakeAgent) fake = fake_agent_new(script, G_N_ELEMENTS(script));
    g_autoptr(Agent) agent = fake_agent_open(fake);
    g_auto(AgentExecResult) result = {0};

    g_assert_true(agent_exec(agent, "p.exe", 600, &result, NULL));
    g_assert_cmpstr(result.out, ==, "");
    g_assert_cmpstr(result.err, ==, "");
    g_assert_nonnull(strstr(fake_agent_requests(fake)->pdata[1], "\"pid\":1000000000000000}"));
}

static void test_exit_codes(void)
{
    static const struct {
        const char *status;
        int code;
    } cases[] = {
        {"\"exitcode\": 0", 0},
        {"\"exitcode\": -1", -1},
        {"\"exitcode\": 2147943568", (int)0x80070490},
        {"\"exitcode\": -2147023728", (int)0x80070490},
        {"\"signal\": 3221225477", (int)0xC0000005},
        {"\"signal\": -1073741819", (int)0xC0000005},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *reply =
            g_strdup_printf("{\"return\": {\"exited\": true, %s}}", cases[i].status);
        const FakeAgentStep script[] = {FAKE_ANSWERS(EXEC, PID_42), FAKE_ANSWERS(STATUS, reply)};
        g_autoptr(FakeAgent) fake = fake_agent_new(script, 2);
        g_autoptr(Agent) agent = fake_agent_open(fake);
        g_auto(AgentExecResult) result = {0};
        g_assert_true(agent_exec(agent, "p.exe", 600, &result, NULL));
        g_assert_cmpint(result.exit_code, ==, cases[i].code);
    }
}

static void test_hostile_statuses(void)
{
    static const char *const statuses[] = {
        "{\"return\": {}}",
        "{\"return\": []}",
        "{\"return\": null}",
        "{\"return\": {\"exited\": 1, \"exitcode\": 0}}",
        "{\"return\": {\"exited\": \"true\", \"exitcode\": 0}}",
        "{\"return\": {\"exited\": true}}",
        "{\"return\": {\"exited\": true, \"exitcode\": \"0\"}}",
        "{\"return\": {\"exited\": true, \"exitcode\": 0.5}}",
        "{\"return\": {\"exited\": true, \"exitcode\": 1e300}}",
        "{\"return\": {\"exited\": true, \"exitcode\": 4294967296}}",
        "{\"return\": {\"exited\": true, \"exitcode\": -2147483649}}",
        "{\"return\": {\"exited\": true, \"exitcode\": 0, \"out-data\": 5}}",
        "{\"return\": {\"exited\": true, \"exitcode\": 0, \"out-data\": \"a\"}}",
        "{\"return\": {\"exited\": true, \"exitcode\": 0, \"out-data\": \"QQ==QQ==\"}}",
        "{\"return\": {\"exited\": true, \"exitcode\": 0, \"out-data\": \"Q===\"}}",
        "{\"return\": {\"exited\": true, \"exitcode\": 0, \"err-data\": \"QUFB!UFB\"}}",
        "{\"return\": {\"exited\": true, \"exitcode\": 0, \"out-data\": \"QUFB\", \"err-data\": "
        "[]}}",
    };
    for (guint i = 0; i < G_N_ELEMENTS(statuses); i++) {
        const FakeAgentStep script[] = {FAKE_ANSWERS(EXEC, PID_42),
                                        FAKE_ANSWERS(STATUS, statuses[i])};
        g_autoptr(FakeAgent) fake = fake_agent_new(script, 2);
        g_autoptr(Agent) agent = fake_agent_open(fake);
        g_autoptr(GError) error = NULL;
        AgentExecResult result = {.exit_code = 77};
        g_assert_false(agent_exec(agent, "p.exe", 600, &result, &error));
        g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_AGENT);
        g_assert_true(g_str_has_prefix(error->message, "'p.exe' in the guest: "));
        g_assert_cmpint(result.exit_code, ==, 77);
        g_assert_null(result.out);
    }
}

static void test_hostile_pids(void)
{
    static const char *const replies[] = {
        "{\"return\": {}}",
        "{\"return\": 42}",
        "{\"return\": {\"pid\": 0}}",
        "{\"return\": {\"pid\": -42}}",
        "{\"return\": {\"pid\": \"42\"}}",
        "{\"return\": {\"pid\": 42.5}}",
        "{\"return\": {\"pid\": 1e30}}",
        "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no such file\"}}",
    };
    for (guint i = 0; i < G_N_ELEMENTS(replies); i++) {
        const FakeAgentStep script[] = {FAKE_ANSWERS(EXEC, replies[i])};
        g_autoptr(FakeAgent) fake = fake_agent_new(script, 1);
        g_autoptr(Agent) agent = fake_agent_open(fake);
        g_autoptr(GError) error = NULL;
        gint64 pid = 7;
        g_assert_false(agent_exec_start(agent, "p.exe", &pid, &error));
        g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_AGENT);
        g_assert_cmpint(pid, ==, 7);
    }
}

static void test_never_exits(void)
{
    static const FakeAgentStep script[] = {
        FAKE_ANSWERS(EXEC, PID_42),
        FAKE_ANSWERS_ALWAYS(STATUS, RUNNING),
    };
    g_autoptr(FakeAgent) fake = fake_agent_new(script, G_N_ELEMENTS(script));
    g_autoptr(Agent) agent = fake_agent_open(fake);
    g_autoptr(GError) error = NULL;
    AgentExecResult result = {0};
    gint64 pid;

    g_assert_true(agent_exec_start(agent, "p.exe", &pid, &error));
    g_assert_cmpint(pid, ==, 42);
    g_assert_false(agent_exec_finish(agent, pid, clock_deadline_ms(50), &result, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_TIMEOUT);
    g_assert_null(result.out);
    const GArray *waits = fake_agent_waits(fake);
    for (guint i = 0; i < waits->len; i++)
        g_assert_cmpuint(g_array_index(waits, guint, i), <=, 50);
}

#define ENDED "{\"return\": {\"exited\": true, \"exitcode\": 3}}"
#define UNKNOWN_PID "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no such pid\"}}"

/* A reply that is lost on the way is asked for again, with a short deadline of its own. */
static void test_lost_replies(void)
{
    static const FakeAgentStep script[] = {
        FAKE_ANSWERS(EXEC, PID_42),
        FAKE_FAILS(STATUS, TRUCE_ERROR_TIMEOUT),
        FAKE_ANSWERS(STATUS, RUNNING),
        FAKE_FAILS(STATUS, TRUCE_ERROR_TIMEOUT),
        FAKE_FAILS(STATUS, TRUCE_ERROR_TIMEOUT),
        FAKE_ANSWERS(STATUS, ENDED),
    };
    g_autoptr(FakeAgent) fake = fake_agent_new(script, G_N_ELEMENTS(script));
    g_autoptr(Agent) agent = fake_agent_open(fake);
    g_autoptr(GError) error = NULL;
    g_auto(AgentExecResult) result = {0};

    g_assert_true(agent_exec(agent, "p.exe", 600, &result, &error));
    g_assert_no_error(error);
    g_assert_cmpint(result.exit_code, ==, 3);
    g_assert_cmpuint(fake_agent_last_timeout_ms(fake), <=, 15000);
}

/* Silence at the deadline is no late program, whatever was known before; a program that the agent
 * calls running is, whatever was lost before; and the end may have been told in what was lost. */
static void test_lost_at_the_end(void)
{
    static const FakeAgentStep silent[] = {FAKE_FAILS_ALWAYS(STATUS, TRUCE_ERROR_TIMEOUT)};
    static const FakeAgentStep silent_later[] = {FAKE_ANSWERS(STATUS, RUNNING),
                                                 FAKE_FAILS_ALWAYS(STATUS, TRUCE_ERROR_TIMEOUT)};
    static const FakeAgentStep late[] = {FAKE_FAILS(STATUS, TRUCE_ERROR_TIMEOUT),
                                         FAKE_ANSWERS_ALWAYS(STATUS, RUNNING)};
    static const FakeAgentStep end_lost[] = {FAKE_FAILS(STATUS, TRUCE_ERROR_TIMEOUT),
                                             FAKE_ANSWERS(STATUS, UNKNOWN_PID)};
    static const struct {
        const FakeAgentStep *steps;
        guint count;
        TruceError code;
        const char *words;
    } cases[] = {
        {silent, G_N_ELEMENTS(silent), TRUCE_ERROR_AGENT, "the guest agent is silent"},
        {silent_later, G_N_ELEMENTS(silent_later), TRUCE_ERROR_AGENT, "the guest agent is silent"},
        {late, G_N_ELEMENTS(late), TRUCE_ERROR_TIMEOUT, "still running"},
        {end_lost, G_N_ELEMENTS(end_lost), TRUCE_ERROR_AGENT, "a reply was lost"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(FakeAgent) fake = fake_agent_new(cases[i].steps, cases[i].count);
        g_autoptr(Agent) agent = fake_agent_open(fake);
        g_autoptr(GError) error = NULL;
        AgentExecResult result = {0};
        g_assert_false(agent_exec_finish(agent, 42, clock_deadline_ms(20), &result, &error));
        g_assert_error(error, TRUCE_ERROR, (int)cases[i].code);
        g_assert_nonnull(strstr(error->message, cases[i].words));
        g_assert_cmpint(agent_refused(agent), ==, cases[i].steps == end_lost);
    }
}

/* Whether the program started is not known: no late program either. */
static void test_lost_start(void)
{
    static const FakeAgentStep script[] = {FAKE_FAILS(EXEC, TRUCE_ERROR_TIMEOUT)};
    g_autoptr(FakeAgent) fake = fake_agent_new(script, G_N_ELEMENTS(script));
    g_autoptr(Agent) agent = fake_agent_open(fake);
    g_autoptr(GError) error = NULL;
    AgentExecResult result = {0};

    g_assert_false(agent_exec(agent, "p.exe", 600, &result, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_AGENT);
    g_assert_nonnull(strstr(error->message, "the guest agent is silent"));
    g_assert_false(agent_refused(agent));
}

static void test_trouble_on_the_way(void)
{
    static const FakeAgentStep crash[] = {
        FAKE_ANSWERS(EXEC, PID_42),
        FAKE_ANSWERS(STATUS, RUNNING),
        FAKE_FAILS(STATUS, TRUCE_ERROR_GUEST),
    };
    static const FakeAgentStep interrupted[] = {FAKE_ANSWERS(EXEC, PID_42),
                                                FAKE_ANSWERS(STATUS, RUNNING)};
    /* A reply that belonged to an earlier request has another shape. */
    static const FakeAgentStep late[] = {FAKE_ANSWERS(EXEC, "{\"return\": {}}")};
    static const struct {
        const FakeAgentStep *steps;
        guint count;
        bool break_wait;
        TruceError code;
    } cases[] = {
        {crash, G_N_ELEMENTS(crash), false, TRUCE_ERROR_GUEST},
        {interrupted, G_N_ELEMENTS(interrupted), true, TRUCE_ERROR_CANCELLED},
        {late, G_N_ELEMENTS(late), false, TRUCE_ERROR_AGENT},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(FakeAgent) fake = fake_agent_new(cases[i].steps, cases[i].count);
        g_autoptr(Agent) agent = fake_agent_open(fake);
        g_autoptr(GError) error = NULL;
        AgentExecResult result = {0};
        if (cases[i].break_wait)
            fake_agent_break_wait(fake, 0, cases[i].code);
        g_assert_false(agent_exec(agent, "p.exe", 600, &result, &error));
        g_assert_error(error, TRUCE_ERROR, (int)cases[i].code);
    }
}

static void test_output_is_bounded(void)
{
    g_autofree char *much = g_strnfill(AGENT_OUTPUT_MAX + 100, 'A');
    g_autofree char *data = g_base64_encode((guchar *)much, AGENT_OUTPUT_MAX + 100);
    g_autofree char *reply = g_strdup_printf(
        "{\"return\": {\"exited\": true, \"exitcode\": 0, \"out-data\": \"%s\"}}", data);
    const FakeAgentStep script[] = {
        FAKE_ANSWERS(EXEC, PID_42),
        FAKE_ANSWERS(STATUS, reply),
        FAKE_ANSWERS(EXEC, PID_42),
        FAKE_ANSWERS(STATUS,
                     "{\"return\": {\"exited\": true, \"exitcode\": 0, \"err-data\": \"QUFB\","
                     " \"err-truncated\": true}}"),
    };
    g_autoptr(FakeAgent) fake = fake_agent_new(script, G_N_ELEMENTS(script));
    g_autoptr(Agent) agent = fake_agent_open(fake);

    g_auto(AgentExecResult) cut_here = {0};
    g_assert_true(agent_exec(agent, "p.exe", 600, &cut_here, NULL));
    g_assert_true(cut_here.truncated);
    g_assert_cmpuint(strlen(cut_here.out), <=, AGENT_OUTPUT_MAX);
    g_assert_cmpuint(strlen(cut_here.out), >, AGENT_OUTPUT_MAX - 3);

    g_auto(AgentExecResult) cut_there = {0};
    g_assert_true(agent_exec(agent, "p.exe", 600, &cut_there, NULL));
    g_assert_true(cut_there.truncated);
    g_assert_cmpstr(cut_there.err, ==, "AAA");
}

static void test_no_program(void)
{
    static const char *const lines[] = {"", " p.exe", "\"\"", "\t"};
    for (guint i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autoptr(FakeAgent) fake = fake_agent_new(NULL, 0);
        g_autoptr(Agent) agent = fake_agent_open(fake);
        g_autoptr(GError) error = NULL;
        gint64 pid;
        g_assert_false(agent_exec_start(agent, lines[i], &pid, &error));
        g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/agent-exec/exec", test_exec);
    g_test_add_func("/agent-exec/large-pid", test_large_pid);
    g_test_add_func("/agent-exec/exit-codes", test_exit_codes);
    g_test_add_func("/agent-exec/hostile-statuses", test_hostile_statuses);
    g_test_add_func("/agent-exec/hostile-pids", test_hostile_pids);
    g_test_add_func("/agent-exec/never-exits", test_never_exits);
    g_test_add_func("/agent-exec/lost-replies", test_lost_replies);
    g_test_add_func("/agent-exec/lost-at-the-end", test_lost_at_the_end);
    g_test_add_func("/agent-exec/lost-start", test_lost_start);
    g_test_add_func("/agent-exec/trouble-on-the-way", test_trouble_on_the_way);
    g_test_add_func("/agent-exec/output-is-bounded", test_output_is_bounded);
    g_test_add_func("/agent-exec/no-program", test_no_program);
    return g_test_run();
}
