/* SPDX-License-Identifier: GPL-2.0-or-later
 * truce run: run a scenario on real guests.
 */
#include "run-verb.h"

#include <glib/gstdio.h>

#include "cmd-choice.h"
#include "util/clock.h"
#include "util/files.h"

static char *arg_output;
static char *arg_junit;
static char *arg_jobs;
static char *arg_events;
static int arg_attempts = 1;
static char *arg_known;
static int arg_experiments = -1; /* not given */
static gboolean arg_core_dump;
static gboolean arg_no_reuse;

static const GOptionEntry options[] = {
    {"output", 'o', 0, G_OPTION_ARG_FILENAME, &arg_output,
     "the run folder to make (default: runs/<time>)", "DIR"},
    {"junit", 0, 0, G_OPTION_ARG_FILENAME, &arg_junit,
     "write junit.xml there as well, where a CI system looks for it", "FILE"},
    {"jobs", 'j', 0, G_OPTION_ARG_STRING, &arg_jobs,
     "guests at once, or 'auto': as many as the host holds (default: 1)", "N"},
    {"attempts", 'a', 0, G_OPTION_ARG_INT, &arg_attempts,
     "attempts at a case that does not pass, at most (default: 1)", "N"},
    {"events", 0, 0, G_OPTION_ARG_FILENAME, &arg_events,
     "write what happens as NDJSON to a file, or to stdout ('-')", "FILE"},
    {"experiments", 0, 0, G_OPTION_ARG_INT, &arg_experiments,
     "cases to add, at most, to find out whose a failure is (default: the scenario's, the lab's, "
     "or 8)",
     "N"},
    {"known", 0, 0, G_OPTION_ARG_FILENAME, &arg_known,
     "known issues: matching findings are reported as known (default: lab.xml's)", "FILE"},
    {"core-dump", 0, 0, G_OPTION_ARG_NONE, &arg_core_dump,
     "take a memory-only core dump at the first crash of each attempt", NULL},
    {"no-reuse", 0, 0, G_OPTION_ARG_NONE, &arg_no_reuse,
     "repeat the steps that cases have in common instead of sharing a saved state", NULL},
    CMD_CHOICE_OPTIONS,
    G_OPTION_ENTRY_NULL};

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

/* What the run is asked for, to be kept in its folder; paths absolute. */
static RunCommand make_command(const CmdContext *context, const char *scenario, guint experiments)
{
    const char *lab = context->lab_file                            ? context->lab_file
                      : g_file_test("lab.xml", G_FILE_TEST_EXISTS) ? "lab.xml"
                                                                   : NULL;
    return (RunCommand){.scenario = g_canonicalize_filename(scenario, NULL),
                        .lab = lab ? g_canonicalize_filename(lab, NULL) : NULL,
                        .connect = g_strdup(context->uri),
                        .known = arg_known ? g_canonicalize_filename(arg_known, NULL) : NULL,
                        .jobs = g_strdup(arg_jobs ? arg_jobs : "1"),
                        .attempts = (guint)arg_attempts,
                        .experiments = experiments,
                        .core_dump = arg_core_dump,
                        .reuse = !arg_no_reuse};
}

/* Reports also of a run that ended early: the journal has what there is. */
static int run_in_folder(const RunVerb *verb, GError **error)
{
    g_autofree char *journal = g_build_filename(verb->folder, "journal.ndjson", NULL);
    g_autoptr(GError) failure = NULL;
    bool done = run_command_write(verb->command, verb->folder, &failure) &&
                run_verb_execute(verb, &failure);

    if (!done && !g_file_test(journal, G_FILE_TEST_EXISTS)) {
        remove_run_folder(verb->folder); /* nothing began: nothing to report */
        g_propagate_error(error, g_steal_pointer(&failure));
        return -1;
    }
    int status = run_verb_report(verb->folder, arg_events, arg_junit, done ? error : NULL);
    if (done && status == TRUCE_EXIT_INTERRUPTED)
        progress_line(verb->progress, "To go on with this run: truce resume %s", verb->folder);
    if (!done) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return -1;
    }
    return status;
}

static bool check_options(GError **error)
{
    if (arg_jobs && !run_verb_check_jobs(arg_jobs, error))
        return false;
    if (arg_experiments < -1 || arg_experiments > SCENARIO_CASES_MAX) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "--experiments wants 0 to %d",
                    SCENARIO_CASES_MAX);
        return false;
    }
    if (arg_attempts >= 1 && arg_attempts <= (int)RUN_ATTEMPTS_MAX)
        return true;
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "--attempts wants 1 to %u",
                RUN_ATTEMPTS_MAX);
    return false;
}

static int run(const CmdContext *context, int argc, char **argv, GError **error)
{
    g_autoptr(Lab) lab = NULL;
    g_autoptr(Inputs) inputs = NULL;
    g_autoptr(Plan) plan = NULL;
    g_autoptr(Host) host = NULL;
    g_autoptr(Progress) progress = progress_new(context->quiet);
    g_autofree char *folder = NULL;
    double budget_s;
    (void)argc;

    if (!check_options(error))
        return -1;
    run_verb_block_signals();
    if (!cmd_lab(context, &lab, error) || !inputs_read(lab, argv[0], &inputs, error) ||
        !plan_make(inputs, &plan, error) || !cmd_choose(inputs, plan, error) ||
        !cmd_choice_budget(&budget_s, error) ||
        !host_open(lab->uri, lab->state_folder, &host, error) || !make_run_folder(&folder, error))
        return -1;
    RunCommand command = make_command(context, argv[0],
                                      run_verb_experiments(arg_experiments, lab, inputs->scenario));
    RunVerb verb = {.lab = lab,
                    .inputs = inputs,
                    .plan = plan,
                    .host = host,
                    .progress = progress,
                    .folder = folder,
                    .command = &command,
                    .budget_s = budget_s,
                    .events = arg_events};
    int status = run_in_folder(&verb, error);
    run_command_clear(&command);
    return status;
}

const Verb cmd_run = {
    .name = "run",
    .arguments = "SCENARIO",
    .summary = "run a scenario on real guests and write the reports",
    .details =
        "Exit status: 0 all passed, 1 a vendor failure, 2 wrong usage or input, 3 the lab could\n"
        "not do its work, 4 only flaky or inconclusive, 130 interrupted. Ctrl-C ends the run\n"
        "cleanly: guests destroyed, the rest 'not-run' in the reports; 'truce resume' goes on with "
        "it,\n"
        "and with a run that was killed.\n"
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
        "Cases that begin with the same steps share a state of the guest saved after them, where\n"
        "that saves time and no performance is measured; reports say which. --no-reuse gives the\n"
        "same verdicts and takes longer.\n"
        "\n"
        "--changed, --shard, --budget and --durations mean what they mean to 'truce plan'. When "
        "the\n"
        "budget is used up no further case begins: the rest is 'skipped' in the reports.\n"
        "\n"
        "Examples:\n"
        "  truce run scenarios/quickstart.xml\n"
        "  truce run --attempts 2 scenarios/quickstart.xml\n"
        "  truce run --jobs auto --events - scenarios/quickstart.xml | jq .type\n"
        "  truce run --jobs 2 --output runs/nightly scenarios/quickstart.xml\n"
        "  truce run --budget 2h --durations runs/nightly scenarios/quickstart.xml\n"
        "  truce run --changed vendor=alder --shard 2/5 scenarios/quickstart.xml\n",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
