/* SPDX-License-Identifier: GPL-2.0-or-later
 * truce cancel: end a run on a cluster.
 */
#include "cmd.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "cluster/merge.h"
#include "cluster/pool.h"
#include "cluster/slurm.h"
#include "run-verb.h"
#include "util/clock.h"

#define END_S 180 /* for tasks to end their guests; Slurm's KillWait is less */
#define LOOK_MS 1000

static const GOptionEntry options[] = {G_OPTION_ENTRY_NULL};

/* squeue can only be asked again: Slurm tells nobody of an end. Each look asks the controller,
 * which has others to serve, so there is a second between two. */
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

/* A descriptor that becomes readable when the process that gives the shards away ends; -1: there is
 * none. It is asked for twice, so that the number is not that of another process by now. */
static int open_owner(const Cluster *cluster, pid_t *ret_owner)
{
    pid_t owner = pool_owner(cluster);
    int pidfd = owner > 1 ? pidfd_open(owner, 0) : -1;

    if (pidfd >= 0 && pool_owner(cluster) != owner) {
        close(pidfd);
        pidfd = -1;
    }
    *ret_owner = owner;
    return pidfd;
}

/* Whoever gives the shards away ends its processes first. */
static bool end_pool(const Cluster *cluster, GError **error)
{
    gint64 deadline = clock_deadline_s(END_S);
    pid_t owner;
    int pidfd = open_owner(cluster, &owner);
    struct pollfd ended = {.fd = pidfd, .events = POLLIN};
    int ready;

    if (pidfd < 0)
        return true;
    pidfd_send_signal(pidfd, SIGTERM, NULL, 0);
    while ((ready = poll(&ended, 1, (int)clock_left_ms(deadline))) < 0 && errno == EINTR)
        ;
    close(pidfd);
    if (ready <= 0) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "process %d has not ended after %d s",
                    (int)owner, END_S);
        return false;
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
