/* SPDX-License-Identifier: GPL-2.0-or-later
 * The stream of events of a whole run with several guests at once: what docs/events.md says of it.
 */
#include <string.h>

#include <glib/gstdio.h>

#include "engine-inputs.h"
#include "fake-machine.h"
#include "run/monitor.h"
#include "run/run.h"
#include "util/json.h"

static const char scenario_xml[] =
    "<scenario name='s' format='1'><title>T</title><guest name='reference'/>"
    "<test name='main'><title>M</title><matrix><vendors install=''/><vendors install='alpha'/>"
    "<parameter name='n' values='1 2 3 4 5 6 7 8'/></matrix>"
    "<steps><install vendor='each'/><run>cmd.exe /c ver {n}</run><probe vendor='each'/></steps>"
    "</test></scenario>";

static const FakeRule rules[] = {{.match = "msiexec.exe /i", .exit_code = 1603}, {.match = NULL}};

/* Runs with three guests at once and the events in `target`; whether all could be written. */
static bool execute(EngineInputs *ret_made, const char *target)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Progress) progress = progress_new(true);
    g_autofree char *reason = NULL;
    Events *events = NULL;

    fake_reset();
    fake.rules = rules;
    engine_inputs_make(ret_made, scenario_xml);
    g_assert_true(events_open(target, &events, &error));
    Monitor *monitor = monitor_new(ret_made->plan, 3, progress, events);
    RunOptions options = {.lab = ret_made->lab,
                          .inputs = ret_made->inputs,
                          .plan = ret_made->plan,
                          .progress = progress,
                          .folder = ret_made->run,
                          .jobs = 3,
                          .attempts = 2,
                          .observer = monitor_observe,
                          .observer_data = monitor};
    Run *run = run_new(&options);
    g_assert_true(run_execute(run, &error));
    run_free(run);
    monitor_free(monitor);
    return events_close(events, &reason);
}

static void assert_members(const cJSON *record, const char *names)
{
    g_autoptr(GString) text = g_string_new(NULL);
    const cJSON *member;

    cJSON_ArrayForEach (member, record)
        g_string_append_printf(text, "%s%s", text->len ? " " : "", member->string);
    g_assert_cmpstr(text->str, ==, names);
}

static void assert_progress(const cJSON *record)
{
    const cJSON *running = cJSON_GetObjectItem(record, "running"), *row;

    assert_members(record, "type cases ended counts findings elapsed_ms left_ms running t");
    assert_members(cJSON_GetObjectItem(record, "counts"), "passed failed error flaky skipped");
    g_assert_cmpint(cJSON_GetArraySize(running), <=, 3);
    cJSON_ArrayForEach (row, running)
        assert_members(row, "case attempt step_name elapsed_ms findings");
}

/* Every line is one JSON object; the records are those of the journal, byte by byte and in its
 * order, and the last line is the progress at the end. */
static void test_events(void)
{
    EngineInputs made;
    g_autofree char *folder = g_dir_make_tmp("truce-events-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "events", NULL);
    g_autofree char *text = NULL, *journal = NULL;
    g_autoptr(GString) records = g_string_new(NULL);
    g_autoptr(cJSON) last = NULL;

    g_assert_true(execute(&made, path));
    g_autofree char *journal_path = g_build_filename(made.run, "journal.ndjson", NULL);
    g_assert_true(g_file_get_contents(journal_path, &journal, NULL, NULL));
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    guint count = g_strv_length(lines) - 1;
    g_assert_cmpstr(lines[count], ==, "");
    for (guint i = 0; i < count; i++) {
        cJSON_Delete(last);
        g_assert_nonnull(last = cJSON_ParseWithOpts(lines[i], NULL, true));
        if (g_str_equal(json_string(last, "type", ""), "progress"))
            assert_progress(last);
        else
            g_string_append_printf(records, "%s\n", lines[i]);
    }
    g_assert_cmpstr(records->str, ==, journal);
    g_assert_cmpint(json_int(last, "ended", 0), ==, 16);
    g_assert_cmpint(json_int(last, "findings", 0), ==, 16);
    g_assert_cmpint(json_int(cJSON_GetObjectItem(last, "counts"), "failed", 0), ==, 8);
    g_assert_true(cJSON_IsObject(cJSON_GetObjectItem(last, "left_ms")));
    engine_inputs_clear(&made);
    g_remove(path);
    g_rmdir(folder);
}

/* What cannot be written is told at the end, and the run is as it would have been. */
static void test_full(void)
{
    EngineInputs made;
    g_autofree char *text = NULL;

    g_assert_false(execute(&made, "/dev/full"));
    g_autofree char *path = g_build_filename(made.run, "journal.ndjson", NULL);
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_nonnull(strstr(text, "\"outcome\":\"finished\""));
    engine_inputs_clear(&made);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/monitor/events", test_events);
    g_test_add_func("/monitor/full", test_full);
    return g_test_run();
}
