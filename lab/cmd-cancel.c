/* SPDX-License-Identifier: GPL-2.0-or-later
 * truce cancel: end a run on a cluster.
 */
#include "cmd.h"

#include <signal.h>
#include <stdio.h>

#include "cluster/merge.h"
#include "cluster/pool.h"
#include "cluster/slurm.h"
#include "run-verb.h"
#include "util/clock.h"

#define END_S 180 /* for tasks to end their guests; Slurm's KillWait is less */
#define LOOK_MS 1000

static const GOptionEntry options[] = {G_OPTION_ENTRY_NULL};

/* squeue can only be asked again: Slurm tells nobody of an end. */
static bool wait_for_end(const Cluster *cluster, GError **error)
{
    gint64 deadline = clock_deadline_s(END_S);

    for (;;) {
        g_autoptr(GPtrArray) tasks = NULL;
        if (!slurm_tasks(cluster, &tasks, error))
            return false;
        if (tasks->len == 0)
            return true;
        if (clock_left_ms(deadline) == 0) {
            g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB,
                        "%u tasks have not ended after %d s: look with squeue", tasks->len, END_S);
            return false;
        }
        g_usleep(LOOK_MS * 1000);
    }
}

/* Whoever gives the shards away ends its processes first. */
static bool end_pool(const Cluster *cluster, GError **error)
{
    gint64 deadline = clock_deadline_s(END_S);
    pid_t owner = pool_owner(cluster);

    if (owner > 1)
        kill(owner, SIGTERM);
    while (owner > 1 && pool_owner(cluster) == owner) {
        if (clock_left_ms(deadline) == 0) {
            g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "process %d has not ended after %d s",
                        (int)owner, END_S);
            return false;
        }
        g_usleep(LOOK_MS * 1000);
    }
    return true;
}

static int run(const CmdContext *context, int argc, char **argv, GError **error)
{
    g_autoptr(Cluster) cluster = NULL;
    (void)context, (void)argc;

    if (!cluster_read(argv[0], &cluster, error))
        return -1;
    if (!(pool_is(cluster) ? end_pool(cluster, error)
                           : slurm_cancel(cluster, error) && wait_for_end(cluster, error)))
        return -1;
    g_autofree char *merged = cluster_merged_folder(cluster);
    if (!g_file_test(merged, G_FILE_TEST_IS_DIR) && !cluster_merge(cluster, error))
        return -1;
    return run_verb_report(merged, NULL, NULL, error) < 0 ? -1 : TRUCE_EXIT_PASSED;
}

const Verb cmd_cancel = {
    .name = "cancel",
    .arguments = "DIR",
    .summary = "end a run on a cluster cleanly, and report what there is",
    .details =
        "DIR is what 'truce submit' made. Every task ends its guests and its journal; what has\n"
        "ended stands in the merged run's reports, all else as not-run.\n"
        "'truce resume DIR/merged' goes on with it, here.\n"
        "\n"
        "Examples:\n"
        "  truce cancel runs/tonight\n",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
