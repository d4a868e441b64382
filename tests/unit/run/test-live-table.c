/* SPDX-License-Identifier: GPL-2.0-or-later
 * What a run shows while it goes on: the table, the progress record, the estimate; and the stream
 * of events.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plan/plan-case.h"
#include "run/estimate.h"
#include "run/events.h"
#include "run/live-table.h"
#include "util/json.h"

#define S ((gint64)G_USEC_PER_SEC)

static Plan *make_plan(guint cases)
{
    Plan *plan = plan_new("s");

    for (guint i = 0; i < cases; i++) {
        PlanCase *plan_case = plan_case_new();
        plan_case->id = g_strdup_printf("main/g/alder/%u", i);
        plan_case->test_name = g_strdup("main");
        g_ptr_array_add(plan->cases, plan_case);
    }
    return plan;
}

static void tell(LiveTable *table, gint64 now, const char *text)
{
    g_autoptr(cJSON) record = cJSON_Parse(text);
    g_assert_nonnull(record);
    live_table_record(table, record, now, false);
}

static void end_case(LiveTable *table, guint number, gint64 from, gint64 to, const char *state)
{
    g_autofree char *begin =
        g_strdup_printf("{\"type\":\"case-begin\",\"case\":\"main/g/alder/%u\"}", number);
    g_autofree char *end = g_strdup_printf(
        "{\"type\":\"case-end\",\"case\":\"main/g/alder/%u\",\"state\":\"%s\"}", number, state);
    tell(table, from, begin);
    tell(table, to, end);
}

static void assert_lines(const LiveTable *table, gint64 now, const char *expected)
{
    g_auto(GStrv) lines = live_table_lines(table, now, 77);
    g_autofree char *text = g_strjoinv("\n", lines);
    g_assert_cmpstr(text, ==, expected);
}

/* A terminal of 40 columns: nothing is broken by it, and all that matters is there. */
static void test_narrow(void)
{
    g_autoptr(Plan) plan = make_plan(9);
    g_autoptr(LiveTable) table = live_table_new(plan, 2, 0);
    static const char id[] = "coexistence.races/reference/alder+birch/content=2";
    g_autofree char *added = g_strdup_printf(
        "{\"type\":\"case-added\",\"case\":\"%s\",\"plan\":{\"test\":\"main\"}}", id);
    g_autofree char *begin = g_strdup_printf("{\"type\":\"case-begin\",\"case\":\"%s\"}", id);
    g_autofree char *step =
        g_strdup_printf("{\"type\":\"step-begin\",\"case\":\"%s\",\"name\":\"detect alder\"}", id);
    g_autofree char *finding = g_strdup_printf("{\"type\":\"finding\",\"case\":\"%s\"}", id);

    tell(table, 0, added);
    tell(table, 0, begin);
    tell(table, 0, step);
    tell(table, 0, finding);
    end_case(table, 0, 0, 9 * S, "failed");
    g_auto(GStrv) lines = live_table_lines(table, 60 * S, 38);
    g_autofree char *text = g_strjoinv("\n", lines);
    g_assert_cmpstr(text, ==,
                    "1 of 10 cases, 1 failed, 1 finding,\n"
                    "  1:00, time left not known yet\n"
                    "   1:00  …ontent=2  detect…  1 finding");
}

static void test_table(void)
{
    g_autoptr(Plan) plan = make_plan(10);
    g_autoptr(LiveTable) table = live_table_new(plan, 2, 0);

    assert_lines(table, 0, "0 of 10 cases, 0 findings, 0:00, time left not known yet");
    tell(table, 0, "{\"type\":\"case-begin\",\"case\":\"main/g/alder/0\"}");
    tell(table, 0, "{\"type\":\"attempt-begin\",\"case\":\"main/g/alder/0\",\"attempt\":1}");
    tell(table, 2 * S,
         "{\"type\":\"step-begin\",\"case\":\"main/g/alder/0\",\"attempt\":1,"
         "\"step\":\"1\",\"name\":\"install alder\"}");
    assert_lines(table, 65 * S,
                 "0 of 10 cases, 0 findings, 1:05, time left not known yet\n"
                 "   1:05  main/g/alder/0  install alder");
    tell(table, 66 * S, "{\"type\":\"finding\",\"case\":\"main/g/alder/0\",\"attempt\":1}");
    tell(table, 66 * S,
         "{\"type\":\"step-end\",\"case\":\"main/g/alder/0\",\"name\":\"install alder\"}");
    tell(table, 66 * S,
         "{\"type\":\"step-end\",\"case\":\"main/g/alder/0\",\"name\":\"reboot\","
         "\"outcome\":\"skipped\"}");
    assert_lines(table, 66 * S,
                 "0 of 10 cases, 1 finding, 1:06, time left not known yet\n"
                 "   1:06  main/g/alder/0  after install alder  1 finding");
    tell(table, 67 * S, "{\"type\":\"attempt-begin\",\"case\":\"main/g/alder/0\",\"attempt\":2}");
    assert_lines(table, 70 * S,
                 "0 of 10 cases, 1 finding, 1:10, time left not known yet\n"
                 "   1:10  main/g/alder/0  starting  attempt 2  1 finding");
    tell(table, 80 * S, "{\"type\":\"case-end\",\"case\":\"main/g/alder/0\",\"state\":\"failed\"}");
    tell(table, 80 * S, "{\"type\":\"case-added\",\"case\":\"x\",\"plan\":{\"test\":\"main\"}}");
    tell(table, 80 * S, "{\"type\":\"weather\",\"case\":\"nobody\"}");
    assert_lines(table, 3700 * S,
                 "1 of 11 cases, 1 failed, 1 finding, 1:01:40, time left not known yet");
}

static void test_estimate(void)
{
    g_autoptr(Plan) plan = make_plan(10);
    g_autoptr(LiveTable) table = live_table_new(plan, 2, 0);
    double low, high;

    end_case(table, 0, 0, 60 * S, "passed");
    end_case(table, 1, 0, 60 * S, "skipped"); /* takes no time: tells nothing of the others */
    end_case(table, 2, 0, 60 * S, "passed");
    assert_lines(table, 60 * S,
                 "3 of 10 cases, 1 skipped, 0 findings, 1:00, time left not known yet");
    end_case(table, 3, 60 * S, 120 * S, "failed");
    assert_lines(table, 120 * S,
                 "4 of 10 cases, 1 failed, 1 skipped, 0 findings, 2:00, about 3 min left");

    /* What a case with vendors takes is not known by those without. */
    tell(table, 120 * S,
         "{\"type\":\"case-added\",\"case\":\"x\",\"plan\":{\"test\":\"main\",\"vendors\":[\"a\"]}"
         "}");
    assert_lines(table, 120 * S,
                 "4 of 11 cases, 1 failed, 1 skipped, 0 findings, 2:00, time left not known yet");

    g_autoptr(Estimate) estimate = estimate_new();
    g_assert_cmpfloat(estimate_case(estimate, "a", 0), ==, 0);
    for (guint i = 1; i <= 5; i++)
        estimate_add(estimate, "a", 10.0 * i);
    estimate_add(estimate, "slow", 1000);
    g_assert_cmpfloat(estimate_case(estimate, "a", 0), ==, 30);
    g_assert_cmpfloat(estimate_case(estimate, "a", 12), ==, 18);
    g_assert_cmpfloat(estimate_case(estimate, "a", 500), ==, 3);
    g_assert_cmpfloat(estimate_case(estimate, "slow", 0), ==, 1000);
    g_assert_cmpfloat(estimate_case(estimate, "new", 0), ==, 35);
    g_assert_true(estimate_range(estimate, 100, 90, 4, &low, &high)); /* the longest one decides */
    g_assert_cmpfloat(low, <, 90);
    g_assert_cmpfloat(high, >, 90);
}

static void test_estimate_text(void)
{
    static const struct {
        double low, high;
        const char *text;
    } texts[] = {{0, 0, "nearly done"},
                 {31, 32, "30 to 40 s left"},
                 {60, 60, "about 60 s left"},
                 {3, 8, "at most about 10 s left"},
                 {241, 400, "4 to 7 min left"},
                 {600, 600, "about 10 min left"},
                 {10, 100, "at most about 2 min left"}};

    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autofree char *text = estimate_text(texts[i].low, texts[i].high);
        g_assert_cmpstr(text, ==, texts[i].text);
    }
}

static void test_json(void)
{
    g_autoptr(Plan) plan = make_plan(5);
    g_autoptr(LiveTable) table = live_table_new(plan, 1, 0);

    for (guint i = 0; i < 3; i++)
        end_case(table, i, 0, 10 * S, "passed");
    tell(table, 10 * S, "{\"type\":\"case-begin\",\"case\":\"main/g/alder/3\"}");
    g_autoptr(cJSON) record = live_table_json(table, 12 * S);
    g_autofree char *line = json_line(record);
    g_assert_cmpstr(
        line, ==,
        "{\"type\":\"progress\",\"cases\":5,\"ended\":3,\"counts\":{\"passed\":3,\"failed\":0,"
        "\"error\":0,\"flaky\":0,\"skipped\":0},\"findings\":0,\"elapsed_ms\":12000,"
        "\"left_ms\":{\"low\":18000,\"high\":18000,\"from_cases\":3},"
        "\"running\":[{\"case\":\"main/g/alder/3\",\"attempt\":0,\"step_name\":null,"
        "\"elapsed_ms\":2000,\"findings\":0}]}");
}

/* What a run that goes on did before counts, but its times do not. */
static void test_replay(void)
{
    g_autoptr(Plan) plan = make_plan(2);
    g_autoptr(LiveTable) table = live_table_new(plan, 1, 0);
    const char *const records[] = {
        "{\"type\":\"case-begin\",\"case\":\"main/g/alder/0\"}",
        "{\"type\":\"case-end\",\"case\":\"main/g/alder/0\",\"state\":\"passed\"}",
        "{\"type\":\"case-begin\",\"case\":\"main/g/alder/1\"}"};

    for (guint i = 0; i < G_N_ELEMENTS(records); i++) {
        g_autoptr(cJSON) record = cJSON_Parse(records[i]);
        live_table_record(table, record, 0, true);
    }
    assert_lines(table, 0, "1 of 2 cases, 0 findings, 0:00, time left not known yet");
}

static void test_events_file(void)
{
    g_autofree char *folder = g_dir_make_tmp("truce-events-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "events", NULL);
    g_autofree char *reason = NULL, *text = NULL;
    g_autoptr(GError) error = NULL;
    Events *events = NULL;

    g_assert_true(events_open(path, &events, NULL));
    events_put(events, "{\"a\":1}");
    events_put(events, "{\"b\":2}");
    g_assert_true(events_close(events, &reason));
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, "{\"a\":1}\n{\"b\":2}\n");
    g_assert_false(events_open(folder, &events, &error));
    g_assert_nonnull(error);
    unlink(path);
    rmdir(folder);
}

/* stdout as a pipe whose reader stands still, then goes away: the run is not held up. */
static void test_events_slow_reader(void)
{
    g_autofree char *line = g_strnfill(100, 'x'), *reason = NULL;
    int ends[2], saved = dup(STDOUT_FILENO);
    Events *events = NULL;

    g_assert_cmpint(pipe2(ends, O_CLOEXEC), ==, 0);
    dup2(ends[1], STDOUT_FILENO);
    close(ends[1]);
    g_assert_true(events_open("-", &events, NULL));
    dup2(saved, STDOUT_FILENO);
    close(saved);
    for (guint i = 0; i < EVENTS_WAITING_MAX * 2; i++)
        events_put(events, line); /* a pipe holds 64 KiB: most of it cannot be written */
    close(ends[0]);
    g_assert_false(events_close(events, &reason));
    g_assert_nonnull(reason);
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/live/table", test_table);
    g_test_add_func("/live/narrow", test_narrow);
    g_test_add_func("/live/estimate", test_estimate);
    g_test_add_func("/live/estimate-text", test_estimate_text);
    g_test_add_func("/live/json", test_json);
    g_test_add_func("/live/replay", test_replay);
    g_test_add_func("/live/events-file", test_events_file);
    g_test_add_func("/live/events-slow-reader", test_events_slow_reader);
    return g_test_run();
}
