/* SPDX-License-Identifier: GPL-2.0-or-later
 * truce status: how far a run on a cluster is.
 */
#include "cmd.h"

#include <stdio.h>
#include <string.h>

#include "cluster/merge.h"
#include "cluster/pool.h"
#include "cluster/progress.h"
#include "cluster/slurm.h"

static gboolean arg_merge;

static const GOptionEntry options[] = {
    {"merge", 0, 0, G_OPTION_ARG_NONE, &arg_merge,
     "make DIR/merged of what the shards have, as the last task does", NULL},
    G_OPTION_ENTRY_NULL};

static void print_cases(const Cluster *cluster, const ClusterProgress *progress)
{
    guint left = progress->counts[CASE_NOT_RUN];

    printf("%s: %u of %u cases ended", cluster->name, progress->cases - left, progress->cases);
    for (int i = 0; i < CASE_STATES; i++)
        if (i != CASE_NOT_RUN && progress->counts[i] > 0)
            printf(", %u %s", progress->counts[i], case_state_name((CaseState)i));
    printf("; %u begun; %u of %u shards ended\n", progress->running, progress->shards_ended,
           cluster->shards);
}

static guint count_running(const GPtrArray *tasks)
{
    guint running = 0;

    for (guint i = 0; i < tasks->len; i++)
        running += g_str_equal(((const SlurmTask *)tasks->pdata[i])->state, "RUNNING");
    return running;
}

/* Those that have a node by themselves, all others by how many there are of a kind. */
static void print_tasks(const GPtrArray *tasks)
{
    g_autoptr(GHashTable) others = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    GHashTableIter iter;
    gpointer kind, count;

    for (guint i = 0; i < tasks->len; i++) {
        const SlurmTask *task = tasks->pdata[i];
        g_autofree char *what =
            task->shard ? g_strdup_printf("shard %u", task->shard) : g_strdup("the merge");
        if (*task->node) {
            printf("  %-12s %-10s on %s\n", what, task->state, task->node);
            continue;
        }
        char *key = g_strdup_printf("%s (%s)", task->state, task->reason);
        guint before = GPOINTER_TO_UINT(g_hash_table_lookup(others, key));
        g_hash_table_insert(others, key, GUINT_TO_POINTER(before + 1));
    }
    g_hash_table_iter_init(&iter, others);
    while (g_hash_table_iter_next(&iter, &kind, &count))
        printf("  %u tasks %s\n", GPOINTER_TO_UINT(count), (const char *)kind);
}

/* The same for a run on hosts: how many of them run a shard. */
static bool print_hosts(const Cluster *cluster, guint *ret_running, GError **error)
{
    g_autoptr(GPtrArray) hosts = NULL;
    bool owned = pool_owner(cluster) != 0;

    if (!pool_hosts(cluster, &hosts, error))
        return false;
    *ret_running = 0;
    for (guint i = 0; i < hosts->len; i++) {
        const PoolHost *host = hosts->pdata[i];
        g_autofree char *shard =
            owned && host->shard ? g_strdup_printf("shard %u", host->shard) : g_strdup("no shard");
        printf("  %-12s %-8s %-10s %u ended there%s%s\n", host->name, host->state, shard,
               host->shards, host->reason ? "; " : "", host->reason ? host->reason : "");
        *ret_running += owned && host->shard;
    }
    if (!owned)
        printf("  nobody goes on with it now: 'truce resume' does\n");
    return true;
}

static void print_estimate(const ClusterProgress *progress, guint running)
{
    double low, high;

    if (progress->counts[CASE_NOT_RUN] == 0 || running == 0 ||
        !estimate_range(progress->estimate, progress->left_s, progress->longest_s, running, &low,
                        &high))
        return;
    g_autofree char *text = estimate_text(low, high);
    printf("%s with %u at once\n", text, running);
}

static void print_findings(const ClusterProgress *progress)
{
    printf("%u findings so far\n", progress->findings);
    for (guint i = 0; i < progress->told->len; i++)
        printf("  %s\n", (const char *)progress->told->pdata[i]);
    if (progress->told->len < progress->findings)
        puts("  …");
}

static bool show(const Cluster *cluster, GError **error)
{
    g_autoptr(ClusterProgress) progress = NULL;
    g_autoptr(GPtrArray) tasks = NULL;
    g_autoptr(GError) silence = NULL;
    g_autofree char *merged = cluster_merged_folder(cluster);

    if (!cluster_progress(cluster, &progress, error))
        return false;
    print_cases(cluster, progress);
    if (pool_is(cluster)) {
        guint running;
        if (!print_hosts(cluster, &running, error))
            return false;
        print_estimate(progress, running);
    } else if (slurm_tasks(cluster, &tasks, &silence)) {
        print_tasks(tasks);
        if (tasks->len == 0)
            puts("  no tasks: all have ended, or were cancelled");
        print_estimate(progress, count_running(tasks));
    } else {
        printf("  Slurm does not answer: %s\n", silence->message);
    }
    print_findings(progress);
    if (g_file_test(merged, G_FILE_TEST_IS_DIR))
        printf("Merged: %s\n", merged);
    return true;
}

static int run(const CmdContext *context, int argc, char **argv, GError **error)
{
    g_autoptr(Cluster) cluster = NULL;
    (void)context, (void)argc;

    if (!cluster_read(argv[0], &cluster, error) ||
        !(arg_merge ? cluster_merge(cluster, error) : show(cluster, error)))
        return -1;
    return TRUCE_EXIT_PASSED;
}

const Verb cmd_status = {
    .name = "status",
    .arguments = "DIR",
    .summary = "how far a run on a cluster is",
    .details =
        "DIR is what 'truce submit' made. Shown are the cases that ended, the tasks with their\n"
        "nodes, what is left as an estimate (once three cases have ended), and the findings\n"
        "so far. --merge is for a run whose last task could not do it: the merged run has\n"
        "every planned case, and 'truce resume DIR/merged' goes on with what is left.\n"
        "\n"
        "Examples:\n"
        "  truce status runs/tonight\n"
        "  truce status --merge runs/tonight\n",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
