/* SPDX-License-Identifier: GPL-2.0-or-later
 * A run on the lab's hosts, in this process.
 */
#include "pool-verb.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "cluster/pool.h"
#include "run-verb.h"

static bool interrupted;

/* As in run-verb.c; SIGUSR1 ends the thread. */
static gpointer wait_for_signals(gpointer unused)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1};
    sigset_t signals;
    int number;
    (void)unused;

    sigemptyset(&signals);
    for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
        sigaddset(&signals, numbers[i]);
    while (sigwait(&signals, &number) == 0 && number != SIGUSR1) {
        if (!interrupted)
            fputs("\ntruce: interrupted: ending the guests\n", stderr);
        *(volatile bool *)&interrupted = true;
    }
    return NULL;
}

int pool_verb_run(const CmdContext *context, const Cluster *cluster, const Lab *lab, GError **error)
{
    g_autofree char *program = g_file_read_link("/proc/self/exe", error);
    g_autofree char *merged = cluster_merged_folder(cluster);

    if (!program || !pool_check(cluster, lab, error))
        return -1;
    run_verb_block_signals();
    g_autoptr(Progress) progress = progress_new(context->quiet);
    const PoolOptions options = {
        .lab = lab, .truce = program, .progress = progress, .cancelled = &interrupted};
    GThread *watcher = g_thread_new("signals", wait_for_signals, NULL);
    bool done = pool_run(cluster, &options, error);

    kill(getpid(), SIGUSR1); /* every thread blocks it */
    g_thread_join(watcher);
    return done ? run_verb_report(merged, NULL, NULL, error) : -1;
}

int pool_verb_resume(const CmdContext *context, const char *folder, GError **error)
{
    g_autoptr(Cluster) cluster = NULL;
    g_autoptr(RunCommand) command = NULL;
    g_autoptr(Lab) lab = NULL;

    if (!cluster_read(folder, &cluster, error) || !run_command_read(folder, &command, error))
        return -1;
    const CmdContext as_began = {.lab_file = context->lab_file ? context->lab_file : command->lab};
    return cmd_lab(&as_began, &lab, error) ? pool_verb_run(context, cluster, lab, error) : -1;
}
