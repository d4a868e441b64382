/* SPDX-License-Identifier: GPL-2.0-or-later
 * What the lab itself costs: a run of many cases on guests that take no time (the scripted machine
 * of the unit tests), so that all that is measured is the lab's own work: plan, engine, journal,
 * evidence, report. And how long truce takes to start.
 *
 *     bench-run [CASES [TRUCE]]       default: 10000, and the program beside this one
 *
 * Prints CPU time a case, the memory of the process after each tenth of the run, and what share of
 * a run that CPU time is where a case takes 20 s of a guest's own work, the least that a case with
 * an emulated install and one probe takes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "engine-inputs.h"
#include "fake-machine.h"
#include "report/report.h"
#include "run/run.h"
#include "util/clock.h"
#include "util/files.h"

#define TENTHS 10u
#define STARTS 21
#define CASE_S 20.0

typedef struct {
    guint cases, ended;
    guint64 rss_kib[TENTHS + 1];
} Watch;

static guint64 rss_kib(void)
{
    g_autofree char *text = NULL;
    guint64 size, resident;

    if (!g_file_get_contents("/proc/self/statm", &text, NULL, NULL) ||
        sscanf(text, "%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT, &size, &resident) != 2)
        g_error("cannot read /proc/self/statm");
    return resident * (guint64)sysconf(_SC_PAGESIZE) >> 10;
}

static double cpu_s(int who)
{
    struct rusage usage;
    getrusage(who, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void on_record(gpointer data, const cJSON *record)
{
    Watch *watch = data;
    if (strcmp(json_string(record, "type", ""), "case-end") != 0)
        return;
    watch->ended++;
    if (watch->ended % (watch->cases / TENTHS) == 0)
        watch->rss_kib[MIN(watch->ended / (watch->cases / TENTHS), TENTHS)] = rss_kib();
}

/* A control, and all the others with two vendors whose installs they share. */
static char *make_scenario(guint cases)
{
    guint columns = 100, rows = (cases - 1) / columns;
    GString *xml = g_string_new(
        "<scenario name='s' format='1'><title>T</title><description>D</description>"
        "<guest name='reference'/><test name='control'><title>C</title><matrix><vendors "
        "install=''/></matrix><steps><run timeout-s='5' exit='0'>control.exe</run></steps></test>"
        "<test name='main'><title>M</title><matrix><vendors install='alpha'/>");
    g_string_append(xml, "<parameter name='a' values='");
    for (guint i = 1; i <= columns; i++)
        g_string_append_printf(xml, "%u ", i);
    g_string_append(xml, "'/><parameter name='b' values='");
    for (guint i = 1; i <= rows; i++)
        g_string_append_printf(xml, "%u ", i);
    g_string_append(xml, "'/></matrix><steps><install vendor='each'/><probe vendor='each'/>"
                         "<run timeout-s='5' exit='0'>work.exe {a} {b}</run><detect vendor='each'/>"
                         "</steps></test></scenario>");
    return g_string_free(xml, FALSE);
}

static double start_ms(const char *truce)
{
    char *argv[] = {(char *)truce, (char *)"--version", NULL};
    gint64 began = g_get_monotonic_time();

    if (!g_spawn_sync(NULL, argv, NULL, G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
                      NULL, NULL, NULL, NULL, NULL, NULL))
        g_error("cannot start '%s'", truce);
    return (double)(g_get_monotonic_time() - began) / 1000;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print_starts(const char *truce)
{
    double times[STARTS];

    for (int i = 0; i < STARTS; i++)
        times[i] = start_ms(truce);
    qsort(times, STARTS, sizeof *times, compare);
    printf("start of truce: %.1f ms median, %.1f ms least, %.1f ms CPU\n", times[STARTS / 2],
           times[0], cpu_s(RUSAGE_CHILDREN) * 1000 / STARTS);
}

static void run_all(const EngineInputs *made, Watch *watch, ReusePolicy reuse)
{
    static const FakeRule rules[] = {{"msiexec.exe /i", 0, FAKE_QUARANTINE, NULL, 0, {NULL}, NULL},
                                     {NULL, 0, FAKE_NOTHING, NULL, 0, {NULL}, NULL}};
    g_autoptr(Progress) progress = progress_new(true);
    g_autoptr(GError) error = NULL;
    RunOptions options = {.lab = made->lab,
                          .inputs = made->inputs,
                          .plan = made->plan,
                          .progress = progress,
                          .folder = made->run,
                          .jobs = 2,
                          .reuse = reuse,
                          .observer = on_record,
                          .observer_data = watch};

    fake_reset();
    fake.rules = rules;
    watch->rss_kib[0] = rss_kib();
    g_autoptr(Run) run = run_new(&options);
    if (!run_execute(run, &error))
        g_error("%s", error->message);
}

static void report_all(const EngineInputs *made)
{
    g_autoptr(Result) result = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(made->run, "report.json", NULL);

    if (!result_read(made->run, &result, &error) || !report_write_json(result, path, &error))
        g_error("%s", error->message);
    if (result->counts[CASE_PASSED] != result->cases->len)
        g_error("%u of %u cases passed", result->counts[CASE_PASSED], result->cases->len);
}

int main(int argc, char **argv)
{
    guint cases = argc > 1 ? (guint)atoi(argv[1]) : 10000;
    g_autofree char *folder = g_path_get_dirname(argv[0]);
    g_autofree char *beside = g_build_filename(folder, "truce", NULL);
    g_autofree char *scenario = make_scenario(MAX(cases, 1001));
    EngineInputs made = {0};
    Watch watch = {0};

    print_starts(argc > 2 ? argv[2] : beside);
    fflush(stdout);
    double planning = cpu_s(RUSAGE_SELF);
    engine_inputs_make(&made, scenario);
    planning = cpu_s(RUSAGE_SELF) - planning;
    watch.cases = made.plan->cases->len;
    gint64 began = g_get_monotonic_time();
    double running = cpu_s(RUSAGE_SELF);
    run_all(&made, &watch, REUSE_ALWAYS);
    running = cpu_s(RUSAGE_SELF) - running;
    double wall = (double)(g_get_monotonic_time() - began) / 1e6;
    double reporting = cpu_s(RUSAGE_SELF);
    report_all(&made);
    reporting = cpu_s(RUSAGE_SELF) - reporting;
    printf("%u cases: %.2f s CPU to plan, %.1f s CPU to run (%.2f ms a case; %.0f s of wall time), "
           "%.2f s CPU to report\n",
           watch.cases, planning, running, running * 1000 / watch.cases, wall, reporting);
    printf("share of a run whose cases take %.0f s: %.3f %%\n", CASE_S,
           (planning + running + reporting) / (watch.cases * CASE_S) * 100);
    printf("resident memory, KiB: %" G_GUINT64_FORMAT " before", watch.rss_kib[0]);
    for (guint i = 1; i <= TENTHS; i++)
        printf(", %" G_GUINT64_FORMAT, watch.rss_kib[i]);
    printf(" after each tenth\n");
    engine_inputs_clear(&made);
    return 0;
}
