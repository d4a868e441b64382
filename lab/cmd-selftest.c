/* SPDX-License-Identifier: GPL-2.0-or-later
 * truce selftest: does this lab find the faults that are planted for it, and nothing else?
 *
 * The run itself is an ordinary `truce run` of a scenario made from scenarios/selftest.xml, in a
 * process of its own.
 */
#include "cmd.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "selftest/derive.h"
#include "selftest/record.h"
#include "selftest/selftest.h"
#include "util/clock.h"
#include "util/files.h"
#include "util/json.h"

#define SCENARIO "scenarios/selftest.xml"

static gboolean arg_quick;
static gboolean arg_json;
static char *arg_guest;
static char *arg_output;
static char **arg_judge;
static char **arg_only;
static int arg_jobs = 1;

static const GOptionEntry options[] = {
    {"quick", 0, 0, G_OPTION_ARG_NONE, &arg_quick,
     "a handful of the tests, blamed by their evidence alone", NULL},
    {"json", 0, 0, G_OPTION_ARG_NONE, &arg_json, "print the result as JSON", NULL},
    {"guest", 'g', 0, G_OPTION_ARG_STRING, &arg_guest, "on which guest (default: reference)",
     "NAME"},
    {"jobs", 'j', 0, G_OPTION_ARG_INT, &arg_jobs, "guests at once (default: 1)", "N"},
    {"output", 'o', 0, G_OPTION_ARG_FILENAME, &arg_output,
     "the run folder to make (default: runs/<time>)", "DIR"},
    {"only", 0, 0, G_OPTION_ARG_STRING_ARRAY, &arg_only,
     "this fault with its twin, or this test alone; may be given again", "TEST"},
    {"judge", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &arg_judge,
     "run nothing: judge this run; given again, several as one selftest", "RUN"},
    G_OPTION_ENTRY_NULL};

static volatile sig_atomic_t child;

static void forward(int number)
{
    if (child > 0)
        kill((pid_t)child, number);
}

/* In the child: out of the terminal's process group, so that a signal reaches it once, by us. */
static void set_up_child(gpointer data)
{
    (void)data;
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
}

static GPtrArray *run_command(const CmdContext *context, const char *scenario, const char *folder)
{
    GPtrArray *argv = g_ptr_array_new_with_free_func(g_free);

    g_ptr_array_add(argv, g_strdup("/proc/self/exe"));
    g_ptr_array_add(argv, g_strdup("run"));
    g_ptr_array_add(argv, g_strdup_printf("--jobs=%d", arg_jobs));
    g_ptr_array_add(argv, g_strdup_printf("--output=%s", folder));
    if (context->lab_file)
        g_ptr_array_add(argv, g_strdup_printf("--lab=%s", context->lab_file));
    if (context->uri)
        g_ptr_array_add(argv, g_strdup_printf("--connect=%s", context->uri));
    if (context->quiet)
        g_ptr_array_add(argv, g_strdup("--quiet"));
    if (arg_quick)
        g_ptr_array_add(argv, g_strdup("--experiments=0"));
    g_ptr_array_add(argv, g_strdup(scenario));
    g_ptr_array_add(argv, NULL);
    return argv;
}

/* Runs the scenario; its progress goes to stderr, its summary nowhere. */
static bool run_scenario(const CmdContext *context, const char *scenario, const char *folder,
                         int *ret_status, GError **error)
{
    g_autoptr(GPtrArray) argv = run_command(context, scenario, folder);
    const struct sigaction action = {.sa_handler = forward, .sa_flags = SA_RESTART};
    GPid pid;
    int status;

    if (!g_spawn_async(NULL, (char **)argv->pdata, NULL,
                       G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL, set_up_child, NULL,
                       &pid, error))
        return false;
    child = pid;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    child = 0;
    *ret_status = WIFEXITED(status) ? WEXITSTATUS(status) : TRUCE_EXIT_LAB;
    return true;
}

/* The tests that are asked for; NULL: all. */
static const char *const *asked(void)
{
    return arg_only ? (const char *const *)arg_only : arg_quick ? selftest_quick_tests : NULL;
}

static GPtrArray *read_runs(char *const *folders, GError **error)
{
    g_autoptr(GPtrArray) results = g_ptr_array_new_with_free_func((GDestroyNotify)result_free);

    for (; *folders; folders++) {
        Result *result = NULL;
        if (!result_read(*folders, &result, error))
            return NULL;
        g_ptr_array_add(results, result);
    }
    return g_steal_pointer(&results);
}

static int report(const Lab *lab, const Inputs *inputs, char *const *folders, GError **error)
{
    g_autoptr(GPtrArray) results = read_runs(folders, error);
    g_autoptr(Selftest) selftest = NULL;

    if (!results || !selftest_judge(inputs, results, asked(), &selftest, error))
        return -1;
    g_autoptr(cJSON) json = selftest_json(selftest);
    /* What somebody looked at once more is not what the lab was proved by. */
    if (!arg_only && !selftest_record_write(lab->state_folder, selftest->guest, json, error))
        return -1;
    if (arg_json) {
        g_autofree char *line = json_line(json);
        puts(line);
    } else {
        g_autofree char *table = selftest_table(selftest);
        g_autofree char *sentence = selftest_sentence(selftest);
        g_autofree char *runs = g_strjoinv(", ", (char **)folders);
        printf("%s\n%s\nRun: %s\n", table, sentence, runs);
    }
    if (selftest_passed(selftest))
        return TRUCE_EXIT_PASSED;
    return selftest->counts[SELFTEST_ERROR] > 0 ? TRUCE_EXIT_LAB : TRUCE_EXIT_FAILED;
}

static int run_and_report(const CmdContext *context, const Lab *lab, const Inputs *inputs,
                          const char *shipped, GError **error)
{
    const char *guest = arg_guest ? arg_guest : "reference";
    g_autofree char *name = clock_now_name();
    g_autofree char *usual = g_build_filename("runs", name, NULL);
    g_autofree char *folder = g_canonicalize_filename(arg_output ? arg_output : usual, NULL);
    g_autofree char *file = g_strconcat(guest, ".xml", NULL);
    g_autofree char *scenario = g_build_filename(lab->state_folder, "selftests", file, NULL);
    g_autofree char *parent = g_path_get_dirname(scenario);
    char *const folders[] = {folder, NULL};
    int status;

    if (!files_make_folder(parent, error) ||
        !selftest_derive(shipped, guest, asked(), scenario, error) ||
        !run_scenario(context, scenario, folder, &status, error))
        return -1;
    if (status == TRUCE_EXIT_INPUT || status == TRUCE_EXIT_INTERRUPTED)
        return status;
    g_autofree char *journal = g_build_filename(folder, "journal.ndjson", NULL);
    if (!g_file_test(journal, G_FILE_TEST_EXISTS))
        return status; /* the run has told why */
    return report(lab, inputs, folders, error);
}

static int run(const CmdContext *context, int argc, char **argv, GError **error)
{
    g_autofree char *shipped = files_share_path(SCENARIO);
    g_autoptr(Lab) lab = NULL;
    g_autoptr(Inputs) inputs = NULL;
    g_autoptr(Guest) guest = NULL;
    (void)argc;
    (void)argv;

    if (arg_judge && (arg_guest || arg_output)) {
        g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                            "--judge runs nothing: it takes neither --guest nor --output");
        return -1;
    }
    if (arg_quick && arg_only) {
        g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                            "--quick says which tests, so does --only: give one of them");
        return -1;
    }
    if (!cmd_lab(context, &lab, error) || !inputs_read(lab, shipped, &inputs, error) ||
        (arg_guest && !lab_guest(lab, arg_guest, &guest, error)))
        return -1;
    return arg_judge ? report(lab, inputs, arg_judge, error)
                     : run_and_report(context, lab, inputs, shipped, error);
}

const Verb cmd_selftest = {
    .name = "selftest",
    .arguments = "",
    .summary = "prove the lab: find the planted faults, and nothing in their healthy twins",
    .details =
        "Runs scenarios/selftest.xml and compares each finding with what the vendor packs "
        "document.\n"
        "The result is kept in the lab's state folder, and every report on that guest names it;\n"
        "one with --only is not.\n"
        "\n"
        "Exit status: 0 every fault was found and rightly blamed and every twin stayed quiet; 1 "
        "one\n"
        "was not found, not blamed or wrongly blamed, or a twin was not quiet; 2 wrong usage or\n"
        "input; 3 a case did not run; 130 interrupted.\n"
        "\n"
        "Examples:\n"
        "  truce selftest --quick\n"
        "  truce selftest --guest reference --jobs 2 --json\n"
        "  truce selftest --only hook-order --only leak-twin\n"
        "  truce selftest --judge runs/2026-11-22T10-31-07Z --judge runs/2026-11-22T11-02-40Z\n",
    .options = options,
    .arguments_min = 0,
    .arguments_max = 0,
    .run = run,
};
