/* SPDX-License-Identifier: GPL-2.0-or-later
 * truce submit: give a run to a cluster.
 */
#include "cmd.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cluster/slurm.h"
#include "cmd-choice.h"
#include "cluster/pool.h"
#include "host/image.h"
#include "run/run.h"
#include "pool-verb.h"
#include "run-verb.h"
#include "util/clock.h"
#include "util/files.h"

#define SHARD_S (30 * 60.0)

static char *arg_output;
static char *arg_partition;
static char *arg_time;
static char *arg_jobs;
static char *arg_node_folder;
static char *arg_known;
static int arg_nodes;
static int arg_max_jobs;
static int arg_shard_minutes;
static int arg_attempts = 1;
static int arg_experiments = -1; /* not given */
static gboolean arg_core_dump;
static gboolean arg_dry_run;
static gboolean arg_hosts;

static const GOptionEntry options[] = {
    {"output", 'o', 0, G_OPTION_ARG_FILENAME, &arg_output,
     "the folder to make, on a store that all nodes see (default: runs/<time>)", "DIR"},
    {"hosts", 0, 0, G_OPTION_ARG_NONE, &arg_hosts,
     "on lab.xml's hosts instead of a cluster, until the end", NULL},
    {"partition", 'p', 0, G_OPTION_ARG_STRING, &arg_partition,
     "Slurm's partition (default: the cluster's)", "NAME"},
    {"nodes", 0, 0, G_OPTION_ARG_INT, &arg_nodes,
     "whole nodes at most, each with as many guests as it holds (default: tasks of one guest "
     "share nodes)",
     "N"},
    {"max-jobs", 0, 0, G_OPTION_ARG_INT, &arg_max_jobs, "tasks at once, at most", "M"},
    {"time", 't', 0, G_OPTION_ARG_STRING, &arg_time,
     "limit of a task, as sbatch has it; it goes on in another one (default: the partition's)",
     "TIME"},
    {"jobs", 'j', 0, G_OPTION_ARG_STRING, &arg_jobs,
     "guests at once in a task, or 'auto' (default: 1, with --nodes auto)", "N"},
    {"shard-minutes", 0, 0, G_OPTION_ARG_INT, &arg_shard_minutes,
     "expected time of a task, about (default: 30)", "N"},
    {"node-folder", 0, 0, G_OPTION_ARG_STRING, &arg_node_folder,
     "a folder of each node's own disk; %N stands for the node's name (default: "
     "/var/tmp/truce-<user>)",
     "DIR"},
    {"attempts", 'a', 0, G_OPTION_ARG_INT, &arg_attempts,
     "attempts at a case that does not pass, at most (default: 1)", "N"},
    {"experiments", 0, 0, G_OPTION_ARG_INT, &arg_experiments,
     "cases to add, at most, to find out whose a failure is (default: as of 'truce run')", "N"},
    {"known", 0, 0, G_OPTION_ARG_FILENAME, &arg_known,
     "known issues: matching findings are reported as known (default: lab.xml's)", "FILE"},
    {"core-dump", 0, 0, G_OPTION_ARG_NONE, &arg_core_dump,
     "take a memory-only core dump at the first crash of each attempt", NULL},
    {"dry-run", 'n', 0, G_OPTION_ARG_NONE, &arg_dry_run,
     "print the batch scripts; write and submit nothing", NULL},
    {"case", 0, 0, G_OPTION_ARG_STRING_ARRAY, &cmd_choice.cases,
     "only the case of that id, and its controls; may be repeated", "ID"},
    {"changed", 0, 0, G_OPTION_ARG_STRING_ARRAY, &cmd_choice.changed,
     "only what a change can affect, as of 'truce plan'; may be repeated", "WHAT=NAME"},
    {"durations", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &cmd_choice.durations,
     "learn from an earlier run how long cases take; may be repeated, the newest last", "RUN"},
    G_OPTION_ENTRY_NULL};

static int hosts_status = TRUCE_EXIT_PASSED; /* of the run on hosts */

static bool wrong(GError **error, const char *message)
{
    g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, message);
    return false;
}

/* What stands in a script's #SBATCH lines. */
static bool is_word(const char *text)
{
    return !text || (*text && text[strspn(text, "0123456789abcdefghijklmnopqrstuvwxyz"
                                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ_-.:,")] == '\0');
}

static bool check_options(GError **error)
{
    if (arg_nodes < 0 || arg_max_jobs < 0 || arg_nodes > 100000 || arg_max_jobs > 100000)
        return wrong(error, "--nodes and --max-jobs want 1 to 100000");
    if (arg_shard_minutes < 0 || arg_shard_minutes > 100000)
        return wrong(error, "--shard-minutes wants 1 to 100000");
    if (!is_word(arg_partition) || !is_word(arg_time))
        return wrong(error, "--partition and --time are words of letters, digits and _-.:,");
    if (arg_jobs && !run_verb_check_jobs(arg_jobs, error))
        return false;
    if (arg_jobs && g_str_equal(arg_jobs, "auto") && arg_nodes == 0)
        return wrong(error, "--jobs auto needs --nodes: whole nodes");
    if (arg_hosts && (arg_partition || arg_time || arg_nodes || arg_max_jobs || arg_node_folder ||
                      arg_jobs || arg_dry_run))
        return wrong(error,
                     "--hosts goes with no option of a cluster: lab.xml's hosts have limits");
    if (arg_attempts < 1 || arg_attempts > (int)RUN_ATTEMPTS_MAX)
        return wrong(error, "--attempts wants 1 to 100");
    if (arg_experiments < -1 || arg_experiments > SCENARIO_CASES_MAX)
        return wrong(error, "--experiments wants 0 to 10000");
    return true;
}

/* With several scenarios each gets a folder of its own below the one that is named. */
static char *folder_for(const char *scenario, bool several)
{
    g_autofree char *now = clock_now_name();
    g_autofree char *usual = g_build_filename("runs", now, NULL);
    const char *folder = arg_output ? arg_output : usual;

    return several ? g_build_filename(folder, scenario, NULL) : g_strdup(folder);
}

/* Every guest is built, and whole, before anything is submitted. */
static bool check_guests(const Lab *lab, const Scenario *scenario, GError **error)
{
    for (guint i = 0; i < scenario->guests->len; i++) {
        g_autoptr(Image) image = NULL;
        if (!image_open(lab->state_folder, scenario->guests->pdata[i], &image, error))
            return false;
    }
    return true;
}

static bool print_scripts(const Cluster *cluster, const SlurmOptions *slurm)
{
    for (guint i = 0; i <= cluster->lots->len; i++) {
        const Lot *lot = i < cluster->lots->len ? cluster->lots->pdata[i] : NULL;
        g_autofree char *path = slurm_script_path(cluster, lot);
        g_autofree char *text = slurm_script(cluster, lot, slurm);
        printf("==> %s <==\n%s\n", path, text);
    }
    return true;
}

static bool write_and_submit(Cluster *cluster, const Plan *plan, const GArray *shards,
                             const RunCommand *command, const SlurmOptions *slurm, GError **error)
{
    if (!cluster_write_folder(cluster, plan, shards, command, error))
        return false;
    if (!slurm_submit(cluster, slurm, error)) {
        files_remove_tree(cluster->folder, NULL); /* nothing of it runs: nothing to keep */
        return false;
    }
    printf("%s: %u cases in %u shards, jobs", cluster->folder, plan->cases->len, cluster->shards);
    for (guint i = 0; i < cluster->lots->len; i++)
        printf(" %s,", ((const Lot *)cluster->lots->pdata[i])->job);
    printf(" and %s to merge\nHow far it is: truce status %s\n", cluster->merge, cluster->folder);
    return true;
}

static RunCommand make_command(const CmdContext *context, const Lab *lab, const Inputs *inputs,
                               const char *scenario)
{
    return (RunCommand){.scenario = g_canonicalize_filename(scenario, NULL),
                        .lab = g_strdup(lab->file),
                        .connect = g_strdup(context->uri),
                        .known = arg_known ? g_canonicalize_filename(arg_known, NULL) : NULL,
                        .jobs = g_strdup(arg_jobs    ? arg_jobs
                                         : arg_nodes ? "auto"
                                                     : "1"),
                        .attempts = (guint)arg_attempts,
                        .experiments = run_verb_experiments(arg_experiments, lab, inputs->scenario),
                        .core_dump = arg_core_dump,
                        .reuse = true};
}

/* Enough shards that no host waits long for the last. */
static guint shards_wanted(const Lab *lab)
{
    guint at_once = (guint)MAX(arg_max_jobs, arg_nodes);

    return MAX((arg_hosts ? lab->hosts->len : at_once) * LOT_SHARDS_EACH, 1);
}

static bool run_on_hosts(const CmdContext *context, const Lab *lab, const Cluster *cluster,
                         const Plan *plan, const GArray *shards, const RunCommand *command,
                         GError **error)
{
    if (!pool_check(cluster, lab, error) ||
        !cluster_write_folder(cluster, plan, shards, command, error))
        return false;
    hosts_status = pool_verb_run(context, cluster, lab, error);
    return hosts_status >= 0;
}

static bool share_out(const CmdContext *context, const Lab *lab, const Inputs *inputs,
                      const Plan *plan, const char *scenario, const char *folder, GError **error)
{
    g_autofree char *task = files_share_path("cluster/task.sh");
    g_autofree char *program = g_file_read_link("/proc/self/exe", error);
    g_autofree char *usual = g_strdup_printf("/var/tmp/truce-%s", g_get_user_name());
    g_autoptr(GPtrArray) guests = g_ptr_array_new();
    GPtrArray *lots;
    g_autoptr(GArray) shards = NULL;

    if (!program)
        return false;
    lots_share(plan, inputs, lab, arg_shard_minutes ? arg_shard_minutes * 60.0 : SHARD_S,
               shards_wanted(lab), &lots, &shards);
    g_autoptr(Cluster) cluster = cluster_new(folder, scenario, lots);
    g_ptr_array_extend(guests, inputs->scenario->guests, NULL, NULL);
    g_ptr_array_add(guests, NULL);
    RunCommand command = make_command(context, lab, inputs, scenario);
    const SlurmOptions slurm = {.partition = arg_partition,
                                .time = arg_time,
                                .nodes = (guint)arg_nodes,
                                .max_jobs = (guint)arg_max_jobs,
                                .jobs = command.jobs,
                                .experiments = command.experiments,
                                .truce = program,
                                .task = task,
                                .store = lab->state_folder,
                                .node = arg_node_folder ? arg_node_folder : usual,
                                .guests = (char *const *)guests->pdata};
    bool done = arg_hosts     ? run_on_hosts(context, lab, cluster, plan, shards, &command, error)
                : arg_dry_run ? print_scripts(cluster, &slurm)
                              : write_and_submit(cluster, plan, shards, &command, &slurm, error);
    run_command_clear(&command);
    return done;
}

/* What Slurm would read as more than a path in `#SBATCH --output`. */
static bool check_folder(const char *folder, GError **error)
{
    g_autofree char *path = g_canonicalize_filename(folder, NULL);

    if (!strpbrk(path, "%\"\\\n"))
        return true;
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                "Slurm takes no folder with %%, \" or \\ in its path: '%s'", path);
    return false;
}

static bool submit(const CmdContext *context, const Lab *lab, const char *scenario, bool several,
                   GError **error)
{
    g_autoptr(Inputs) inputs = NULL;
    g_autoptr(Plan) plan = NULL;

    if (!inputs_read(lab, scenario, &inputs, error) || !plan_make(inputs, &plan, error) ||
        !cmd_choose(inputs, plan, error) ||
        (!arg_dry_run && !check_guests(lab, inputs->scenario, error)))
        return false;
    g_autofree char *folder = folder_for(inputs->scenario->name, several);
    return check_folder(folder, error) &&
           share_out(context, lab, inputs, plan, scenario, folder, error);
}

static int run(const CmdContext *context, int argc, char **argv, GError **error)
{
    g_autoptr(Lab) lab = NULL;

    if (!check_options(error) || !cmd_lab(context, &lab, error))
        return -1;
    if (arg_hosts && argc > 1) {
        wrong(error, "--hosts takes one scenario at a time");
        return -1;
    }
    for (int i = 0; i < argc; i++)
        if (!submit(context, lab, argv[i], argc > 1, error))
            return -1;
    return hosts_status;
}

const Verb cmd_submit = {
    .name = "submit",
    .arguments = "SCENARIO…",
    .summary = "run scenarios on a cluster, as jobs of Slurm, or on libvirt hosts",
    .details =
        "Plans once, shares the plan out by expected time, and submits arrays of tasks: cases\n"
        "without vendors first, then vendors alone, then all others, then one that merges the\n"
        "reports and runs the experiments. A task that is requeued, pre-empted, out of time, or\n"
        "whose node failed goes on where its journal ends; no case that ended is run again. DIR,\n"
        "the scenario, the packs, truce and the state folder with the guests lie on a store that\n"
        "all nodes see; each node fetches the guests once. docs/cluster.md tells the rest, and of\n"
        "other schedulers.\n"
        "\n"
        "With --hosts the same on a pool of libvirt hosts, named in lab.xml, from here: it ends "
        "with\n"
        "the run, whose exit status it has; 'truce resume DIR' goes on with one that was\n"
        "interrupted. docs/hosts.md.\n"
        "\n"
        "Examples:\n"
        "  truce submit --partition lab scenarios/certification.xml\n"
        "  truce submit --partition lab --max-jobs 40 --time 4:00:00 \\\n"
        "      --durations runs/nightly --output runs/tonight scenarios/certification.xml\n"
        "  truce submit --nodes 10 scenarios/certification.xml    whole nodes\n"
        "  truce submit --hosts --output runs/tonight scenarios/certification.xml\n"
        "  truce submit --dry-run scenarios/quickstart.xml        the batch scripts\n",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 100,
    .run = run,
};
