/* SPDX-License-Identifier: GPL-2.0-or-later
 * What `truce run` and `truce resume` have in common.
 */
#include "run-verb.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "report/report.h"
#include "run/budget.h"
#include "run/experiment.h"
#include "run/monitor.h"

/* Those that end a run, and SIGUSR1 that ends the thread which waits for them. */
static sigset_t ending_signals(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    sigaddset(&signals, SIGUSR1);
    return signals;
}

/* Who is told of a signal. */
typedef struct {
    Run *run;
    Progress *progress;
} Told;

#define AT_ONCE "truce: interrupted again: ended at once; the next run cleans up\n"

/* The signals that end a run are taken by a thread of their own, so that a handler may lock. */
static gpointer wait_for_signals(gpointer data)
{
    const Told *told = data;
    sigset_t signals = ending_signals();
    int number;

    while (sigwait(&signals, &number) == 0 && number != SIGUSR1) {
        if (run_cancelled(told->run)) {
            progress_abandon(told->progress);
            (void)!write(STDERR_FILENO, AT_ONCE, strlen(AT_ONCE)); /* no lock: it may be held */
            _exit(TRUCE_EXIT_INTERRUPTED);
        }
        run_cancel(told->run);
        progress_line(told->progress,
                      "interrupted: ending the guests, writing the reports (once more: at once)");
    }
    return NULL;
}

void run_verb_block_signals(void)
{
    signal(SIGPIPE, SIG_IGN); /* a reader of events may go away */
    sigset_t signals = ending_signals();
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
}

bool run_verb_check_jobs(const char *jobs, GError **error)
{
    if (run_command_is_jobs(jobs))
        return true;
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "--jobs wants 1 to %u, or 'auto'",
                BUDGET_JOBS_MAX);
    return false;
}

static bool find_jobs(const RunVerb *verb, guint *ret_jobs, GError **error)
{
    Budget budget;

    if (!g_str_equal(verb->command->jobs, "auto")) {
        *ret_jobs = (guint)g_ascii_strtoull(verb->command->jobs, NULL, 10);
        return true;
    }
    if (!budget_measure(verb->folder, verb->lab->state_folder, &budget, error))
        return false;
    *ret_jobs = budget_jobs(&budget, verb->inputs->guests);
    return true;
}

static bool read_known(const RunVerb *verb, Known **ret_known, GError **error)
{
    const char *file = verb->command->known ? verb->command->known : verb->lab->known_file;
    return !file || known_read(file, ret_known, error);
}

static void say_complaints(const RunVerb *verb, const Known *known)
{
    g_autoptr(GPtrArray) complaints = known ? known_complaints(known) : NULL;
    for (guint i = 0; complaints && i < complaints->len; i++)
        progress_line(verb->progress, "note: %s", (const char *)complaints->pdata[i]);
}

static void close_events(const RunVerb *verb, Events *events)
{
    g_autofree char *reason = NULL;
    if (!events_close(events, &reason))
        progress_line(verb->progress, "ignoring: not all events could be written to '%s': %s",
                      verb->events, reason);
}

static bool execute(const RunVerb *verb, RunOptions *options, Events *events, GError **error)
{
    g_autofree char *journal = g_build_filename(verb->folder, "journal.ndjson", NULL);
    g_autoptr(Monitor) monitor = monitor_new(verb->plan, options->jobs, verb->progress, events);

    if (verb->resume)
        monitor_replay(monitor, journal);
    options->observer = monitor_observe;
    options->observer_data = monitor;
    g_autoptr(Experiments) experiments = experiments_new(verb->command->experiments);
    experiments_attach(experiments, options);
    g_autoptr(Run) run = run_new(options);
    Told told = {run, verb->progress};
    GThread *watcher = g_thread_new("signals", wait_for_signals, &told);
    bool done = run_execute(run, error);

    kill(getpid(), SIGUSR1); /* ends the watcher: every thread blocks it */
    g_thread_join(watcher);
    return done;
}

bool run_verb_execute(const RunVerb *verb, GError **error)
{
    g_autoptr(Known) known = NULL;
    Events *events = NULL;
    RunOptions options = {.lab = verb->lab,
                          .inputs = verb->inputs,
                          .plan = verb->plan,
                          .host = verb->host,
                          .progress = verb->progress,
                          .folder = verb->folder,
                          .resume = verb->resume,
                          .attempts = verb->command->attempts,
                          .settle_s = RUN_SETTLE_S,
                          .core_dump = verb->command->core_dump,
                          .controls = verb->command->controls,
                          .reuse = verb->command->reuse ? REUSE_WORTHWHILE : REUSE_NEVER,
                          .budget_s = verb->budget_s};

    if (!find_jobs(verb, &options.jobs, error) || !read_known(verb, &known, error))
        return false;
    options.known = known;
    if (verb->events && !events_open(verb->events, &events, error))
        return false;
    if (g_strcmp0(verb->events, "-") == 0 && isatty(STDOUT_FILENO))
        progress_plain(verb->progress);
    bool done = execute(verb, &options, events, error);
    close_events(verb, events);
    say_complaints(verb, known);
    return done;
}

int run_verb_report(const char *folder, const char *events, const char *junit, GError **error)
{
    g_autoptr(Result) result = NULL;

    if (!result_read(folder, &result, error))
        return -1;
    for (const ReportWriter *writer = report_writers; writer->format; writer++) {
        g_autofree char *path = g_build_filename(folder, writer->file, NULL);
        if (!writer->write(result, path, error))
            return -1;
    }
    if (junit && !report_write_junit(result, junit, error))
        return -1;
    g_autofree char *summary = report_summary_text(result);
    FILE *stream = g_strcmp0(events, "-") == 0 ? stderr : stdout;
    fputs(summary, stream);
    fprintf(stream, "Reports: %s/report.html, report.json, report.xml, junit.xml\n", folder);
    return result_exit_status(result);
}

guint run_verb_experiments(int option, const Lab *lab, const Scenario *scenario)
{
    const int said[] = {option, scenario->experiments, lab->experiments};

    for (guint i = 0; i < G_N_ELEMENTS(said); i++)
        if (said[i] >= 0)
            return (guint)said[i];
    return EXPERIMENTS_DEFAULT;
}
