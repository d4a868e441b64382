/* SPDX-License-Identifier: GPL-2.0-or-later
 * truce run: run a scenario on real guests.
 */
#include "cmd.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "cmd-choice.h"
#include "report/report.h"
#include "run/budget.h"
#include "run/experiment.h"
#include "run/run.h"
#include "util/clock.h"
#include "util/files.h"

static char *arg_output;
static char *arg_junit;
static char *arg_jobs;
static int arg_attempts = 1;
static char *arg_known;
static int arg_experiments = EXPERIMENTS_DEFAULT;
static gboolean arg_core_dump;

static const GOptionEntry options[] = {
    {"output", 'o', 0, G_OPTION_ARG_FILENAME, &arg_output,
     "the run folder to make (default: runs/<time>)", "DIR"},
    {"junit", 0, 0, G_OPTION_ARG_FILENAME, &arg_junit,
     "write junit.xml there as well, where a CI system looks for it", "FILE"},
    {"jobs", 'j', 0, G_OPTION_ARG_STRING, &arg_jobs,
     "guests at once, or 'auto': as many as the host holds (default: 1)", "N"},
    {"attempts", 'a', 0, G_OPTION_ARG_INT, &arg_attempts,
     "attempts at a case that does not pass, at most (default: 1)", "N"},
    {"experiments", 0, 0, G_OPTION_ARG_INT, &arg_experiments,
     "cases to add, at most, to find out whose a failure is (default: 8)", "N"},
    {"known", 0, 0, G_OPTION_ARG_FILENAME, &arg_known,
     "known issues: matching findings are reported as known (default: lab.xml's)", "FILE"},
    {"core-dump", 0, 0, G_OPTION_ARG_NONE, &arg_core_dump,
     "take a memory-only core dump at the first crash of each attempt", NULL},
    CMD_CHOICE_OPTIONS,
    G_OPTION_ENTRY_NULL};

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

/* The signals that end a run are taken by a thread of their own, so that a handler may lock. */
static gpointer wait_for_signals(gpointer data)
{
    sigset_t signals = ending_signals();
    int number;

    while (sigwait(&signals, &number) == 0 && number != SIGUSR1) {
        if (run_cancelled(data))
            _exit(TRUCE_EXIT_INTERRUPTED); /* asked twice: the next run cleans up */
        fputs("\ntruce: interrupted: ending the guests, writing the reports\n", stderr);
        run_cancel(data);
    }
    return NULL;
}

static void block_signals(void)
{
    sigset_t signals = ending_signals();
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
}

static bool make_run_folder(char **ret_folder, GError **error)
{
    g_autofree char *name = clock_now_name();
    g_autofree char *usual = g_build_filename("runs", name, NULL);
    g_autofree char *folder = g_canonicalize_filename(arg_output ? arg_output : usual, NULL);

    if (g_file_test(folder, G_FILE_TEST_EXISTS)) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "'%s' exists: a run never overwrites another", folder);
        return false;
    }
    if (!files_make_folder(folder, error))
        return false;
    *ret_folder = g_steal_pointer(&folder);
    return true;
}

/* The folder and, where it is empty then, the one it was made in. */
static void remove_run_folder(const char *folder)
{
    g_autofree char *parent = g_path_get_dirname(folder);
    files_remove_tree(folder, NULL);
    if (!arg_output)
        g_rmdir(parent);
}

static bool execute(const RunOptions *run_options, GError **error)
{
    g_autoptr(Run) run = run_new(run_options);
    GThread *watcher = g_thread_new("signals", wait_for_signals, run);
    bool done = run_execute(run, error);

    kill(getpid(), SIGUSR1); /* ends the watcher: every thread blocks it */
    g_thread_join(watcher);
    return done;
}

/* Reports also of a run that ended early: the journal has what there is. */
static int report(const char *folder, GError **error)
{
    g_autoptr(Result) result = NULL;

    if (!result_read(folder, &result, error))
        return -1;
    for (const ReportWriter *writer = report_writers; writer->format; writer++) {
        g_autofree char *path = g_build_filename(folder, writer->file, NULL);
        if (!writer->write(result, path, error))
            return -1;
    }
    if (arg_junit && !report_write_junit(result, arg_junit, error))
        return -1;
    g_autofree char *summary = report_summary_text(result);
    fputs(summary, stdout);
    printf("Reports: %s/report.html, report.json, report.xml, junit.xml\n", folder);
    return result_exit_status(result);
}

static void print_complaints(const Known *known)
{
    g_autoptr(GPtrArray) complaints = known ? known_complaints(known) : NULL;
    for (guint i = 0; complaints && i < complaints->len; i++)
        printf("note: %s\n", (const char *)complaints->pdata[i]);
}

static bool find_jobs(const Lab *lab, const Inputs *inputs, const char *folder, guint *ret_jobs,
                      GError **error)
{
    Budget budget;

    if (g_strcmp0(arg_jobs, "auto") != 0) {
        *ret_jobs = arg_jobs ? (guint)g_ascii_strtoull(arg_jobs, NULL, 10) : 1;
        return true;
    }
    if (!budget_measure(folder, lab->state_folder, &budget, error))
        return false;
    *ret_jobs = budget_jobs(&budget, inputs->guests);
    return true;
}

static int run_in(const Lab *lab, const Inputs *inputs, const Plan *plan, Host *host,
                  Progress *progress, GError **error)
{
    g_autofree char *folder = NULL;
    g_autoptr(GError) failure = NULL;
    double budget_s;
    guint jobs;

    if (!cmd_choice_budget(&budget_s, error) || !make_run_folder(&folder, error))
        return -1;
    if (!find_jobs(lab, inputs, folder, &jobs, error)) {
        remove_run_folder(folder);
        return -1;
    }
    RunOptions run_options = {.lab = lab,
                              .inputs = inputs,
                              .plan = plan,
                              .host = host,
                              .progress = progress,
                              .folder = folder,
                              .jobs = jobs,
                              .attempts = (guint)arg_attempts,
                              .settle_s = RUN_SETTLE_S,
                              .core_dump = arg_core_dump,
                              .budget_s = budget_s};
    g_autoptr(Known) known = NULL;
    const char *known_file = arg_known ? arg_known : lab->known_file;
    if (known_file && !known_read(known_file, &known, error)) {
        remove_run_folder(folder);
        return -1;
    }
    run_options.known = known;
    g_autoptr(Experiments) experiments = experiments_new((guint)arg_experiments);
    experiments_attach(experiments, &run_options);
    g_autofree char *journal = g_build_filename(folder, "journal.ndjson", NULL);
    bool done = execute(&run_options, &failure);
    if (!done && !g_file_test(journal, G_FILE_TEST_EXISTS)) {
        remove_run_folder(folder); /* nothing began: nothing to report */
        g_propagate_error(error, g_steal_pointer(&failure));
        return -1;
    }
    int status = report(folder, done ? error : NULL);
    print_complaints(known);
    if (!done) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return -1;
    }
    return status;
}

static int run(const CmdContext *context, int argc, char **argv, GError **error)
{
    g_autoptr(Lab) lab = NULL;
    g_autoptr(Inputs) inputs = NULL;
    g_autoptr(Plan) plan = NULL;
    g_autoptr(Host) host = NULL;
    g_autoptr(Progress) progress = progress_new(context->quiet);
    (void)argc;

    guint64 jobs;
    if (arg_jobs && !g_str_equal(arg_jobs, "auto") &&
        !g_ascii_string_to_unsigned(arg_jobs, 10, 1, BUDGET_JOBS_MAX, &jobs, NULL)) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "--jobs wants 1 to %u, or 'auto'",
                    BUDGET_JOBS_MAX);
        return -1;
    }
    if (arg_experiments < 0 || arg_experiments > SCENARIO_CASES_MAX) {
        g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                            "--experiments wants 0 to 10000");
        return -1;
    }
    if (arg_attempts < 1 || arg_attempts > 100) {
        g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "--attempts wants 1 to 100");
        return -1;
    }
    block_signals();
    if (!cmd_lab(context, &lab, error) || !inputs_read(lab, argv[0], &inputs, error) ||
        !plan_make(inputs, &plan, error) || !cmd_choose(inputs, plan, error) ||
        !host_open(lab->uri, lab->state_folder, &host, error))
        return -1;
    return run_in(lab, inputs, plan, host, progress, error);
}

const Verb cmd_run = {
    .name = "run",
    .arguments = "SCENARIO",
    .summary = "run a scenario on real guests and write the reports",
    .details =
        "Exit status: 0 all passed, 1 a vendor failure, 2 wrong usage or input, 3 the lab could\n"
        "not do its work, 4 only flaky or inconclusive, 130 interrupted. Ctrl-C ends the run\n"
        "cleanly: guests destroyed, the rest 'not-run' in the reports.\n"
        "\n"
        "A case that failed is taken apart by further cases, without one vendor, with one alone, "
        "in\n"
        "the other order, with the content before, to see whose it is: --experiments N at most.\n"
        "\n"
        "With --attempts N a case that does not pass is tried again, each attempt on a fresh "
        "guest\n"
        "and with evidence of its own, until two attempts have failed, one has passed or N were\n"
        "made. Two failures make it 'failed'; a failure and a pass make it 'flaky', never a pass.\n"
        "\n"
        "--changed, --shard, --budget and --durations mean what they mean to 'truce plan'. When "
        "the\n"
        "budget is used up no further case begins: the rest is 'skipped' in the reports.\n"
        "\n"
        "Examples:\n"
        "  truce run scenarios/quickstart.xml\n"
        "  truce run --attempts 2 scenarios/quickstart.xml\n"
        "  truce run --jobs 2 --output runs/nightly scenarios/quickstart.xml\n"
        "  truce run --budget 2h --durations runs/nightly scenarios/quickstart.xml\n"
        "  truce run --changed vendor=alder --shard 2/5 scenarios/quickstart.xml\n",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
