/* SPDX-License-Identifier: GPL-2.0-or-later
 * truce resume: go on where a run stopped that was killed or interrupted.
 */
#include "pool-verb.h"
#include "run-verb.h"

#include "run/journal.h"

static char *arg_jobs;
static char *arg_events;
static char *arg_junit;
static int arg_experiments = -1; /* not given */

static const GOptionEntry options[] = {
    {"jobs", 'j', 0, G_OPTION_ARG_STRING, &arg_jobs,
     "guests at once, or 'auto' (default: as the run began)", "N"},
    {"experiments", 0, 0, G_OPTION_ARG_INT, &arg_experiments,
     "cases that the run may add in all, to find out whose its failures are, also where it has "
     "ended (default: as the run began)",
     "N"},
    {"events", 0, 0, G_OPTION_ARG_FILENAME, &arg_events,
     "write what happens as NDJSON to a file, or to stdout ('-')", "FILE"},
    {"junit", 0, 0, G_OPTION_ARG_FILENAME, &arg_junit,
     "write junit.xml there as well, where a CI system looks for it", "FILE"},
    G_OPTION_ENTRY_NULL};

static GHashTable *index_cases(const Plan *plan)
{
    GHashTable *by_id = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < plan->cases->len; i++) {
        PlanCase *plan_case = plan->cases->pdata[i];
        g_hash_table_insert(by_id, plan_case->id, plan_case);
    }
    return by_id;
}

/* The run's own plan, each case with its test of the scenario as it is now. */
static bool read_plan(const char *folder, const Inputs *inputs, Plan **ret_plan, GError **error)
{
    g_autofree char *path = g_build_filename(folder, "plan.json", NULL);
    g_autoptr(Plan) plan = NULL;
    g_autoptr(Plan) made = NULL;

    if (!plan_read(path, &plan, error) || !plan_make(inputs, &made, error))
        return false;
    g_autoptr(GHashTable) by_id = index_cases(made);
    for (guint i = 0; i < plan->cases->len; i++) {
        PlanCase *plan_case = plan->cases->pdata[i];
        const PlanCase *same = g_hash_table_lookup(by_id, plan_case->id);
        if (!same) {
            g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                        "the scenario '%s' has no case '%s' any more, so this run cannot go on: "
                        "begin a new run",
                        inputs->scenario->file, plan_case->id);
            return false;
        }
        plan_case->test = same->test;
    }
    *ret_plan = g_steal_pointer(&plan);
    return true;
}

/* Whether something is left: cases, or failures that experiments are asked for. A run that has
 * ended is only reported again. */
static bool look(const char *folder, bool *ret_left, GError **error)
{
    g_autofree char *path = g_build_filename(folder, "journal.ndjson", NULL);
    g_autofree char *plan = g_build_filename(folder, "plan.json", NULL);
    g_autoptr(Result) result = NULL;

    if (journal_in_use(path)) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "the run '%s' goes on in another process", folder);
        return false;
    }
    if (!g_file_test(path, G_FILE_TEST_EXISTS) || !g_file_test(plan, G_FILE_TEST_EXISTS)) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "nothing of the run '%s' had begun, so there is nothing to go on with: begin "
                    "it again",
                    folder);
        return false;
    }
    if (!result_read(folder, &result, error))
        return false;
    *ret_left = !g_str_equal(result->outcome, "finished") || result->counts[CASE_NOT_RUN] > 0 ||
                (arg_experiments > 0 && result->counts[CASE_FAILED] > 0);
    return true;
}

static int go_on(const CmdContext *context, RunCommand *command, const char *folder, GError **error)
{
    CmdContext as_began = {.lab_file = command->lab,
                           .uri = context->uri ? context->uri : command->connect,
                           .quiet = context->quiet};
    g_autoptr(Lab) lab = NULL;
    g_autoptr(Inputs) inputs = NULL;
    g_autoptr(Plan) plan = NULL;
    g_autoptr(Host) host = NULL;
    g_autoptr(Progress) progress = progress_new(context->quiet);

    if (context->lab_file)
        as_began.lab_file = context->lab_file;
    run_verb_block_signals();
    if (!cmd_lab(&as_began, &lab, error) || !inputs_read(lab, command->scenario, &inputs, error) ||
        !read_plan(folder, inputs, &plan, error) ||
        !host_open(lab->uri, lab->state_folder, &host, error))
        return -1;
    RunVerb verb = {.lab = lab,
                    .inputs = inputs,
                    .plan = plan,
                    .host = host,
                    .progress = progress,
                    .folder = folder,
                    .command = command,
                    .events = arg_events,
                    .resume = true};
    g_autoptr(GError) failure = NULL;
    if (run_verb_execute(&verb, &failure))
        return run_verb_report(folder, arg_events, arg_junit, error);
    if (!g_error_matches(failure, TRUCE_ERROR, TRUCE_ERROR_INPUT))
        run_verb_report(folder, arg_events, arg_junit, NULL);
    g_propagate_error(error, g_steal_pointer(&failure));
    return -1;
}

static bool check_options(GError **error)
{
    if (arg_jobs && !run_verb_check_jobs(arg_jobs, error))
        return false;
    if (arg_experiments >= -1 && arg_experiments <= SCENARIO_CASES_MAX)
        return true;
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "--experiments wants 0 to %d",
                SCENARIO_CASES_MAX);
    return false;
}

static int run(const CmdContext *context, int argc, char **argv, GError **error)
{
    g_autofree char *folder = g_canonicalize_filename(argv[0], NULL);
    g_autoptr(RunCommand) command = NULL;
    bool left;
    (void)argc;

    g_autofree char *hosts = g_build_filename(folder, "hosts.json", NULL);
    if (g_file_test(hosts, G_FILE_TEST_EXISTS))
        return pool_verb_resume(context, folder, error);
    if (!check_options(error) || !run_command_read(folder, &command, error) ||
        !look(folder, &left, error))
        return -1;
    if (arg_experiments >= 0)
        command->experiments = (guint)arg_experiments;
    if (arg_jobs) {
        g_free(command->jobs);
        command->jobs = g_strdup(arg_jobs);
    }
    return left ? go_on(context, command, folder, error)
                : run_verb_report(folder, arg_events, arg_junit, error);
}

const Verb cmd_resume = {
    .name = "resume",
    .arguments = "RUN",
    .summary = "go on where a run stopped that was killed or interrupted",
    .details =
        "RUN is the run folder, or that of 'truce submit --hosts'. Nothing that ended is run "
        "again, and nothing of it is lost; an\n"
        "attempt that was under way is made again, beside the evidence of the first. Refused\n"
        "(status 2) where the scenario, a guest or a vendor's file is not what the run began "
        "with,\n"
        "and while the run still goes on. A run that has ended is only reported again, but for\n"
        "--experiments: its failures are then taken apart as 'truce run' does.\n"
        "\n"
        "Exit status: that of the whole run, as 'truce run' has it.\n"
        "\n"
        "Examples:\n"
        "  truce resume runs/2026-11-22T10-31-07Z\n"
        "  truce resume --jobs auto runs/nightly\n"
        "  truce resume --experiments 20 runs/nightly\n",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
