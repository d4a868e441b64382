/* SPDX-License-Identifier: GPL-2.0-or-later
 * A run on a cluster given to Slurm: batch scripts, and what sbatch, squeue and scancel say.
 *
 * One array job a lot of shards (cluster/lots.h), which waits for those of all stages before its
 * own, and a last job that merges. Every task is restartable at any time
 * (share/truce/cluster/task.sh). Commands and formats: man pages of Slurm 22.05, sbatch(1),
 * squeue(1), scancel(1).
 */
#pragma once

#include "cluster/cluster.h"

typedef struct {
    const char *partition; /* NULL: the cluster's default */
    const char *time;      /* limit of a task, as sbatch has it; NULL: the partition's */
    guint nodes;           /* whole nodes at most, a task each; 0: tasks share nodes */
    guint max_jobs;        /* tasks at once at most; 0: no limit but `nodes` */
    const char *jobs;      /* guests at once in a task: a number or `auto`; with licences one */
    guint experiments;     /* of the merged run */
    const char *truce;     /* absolute paths that all nodes see: the program … */
    const char *task;      /* … and task.sh */
    const char *store;     /* … the state folder with the guests' images */
    const char *node;      /* a folder of each node's own, `%N` stands for the node's name */
    char *const *guests;   /* names of the guests, ended by NULL */
} SlurmOptions;

/* Tasks at once, of all lots together; 0: no limit. */
guint slurm_at_once(const SlurmOptions *options);

/* The batch script of a lot; of the last job where it is NULL. Free with g_free(). */
char *slurm_script(const Cluster *cluster, const Lot *lot, const SlurmOptions *options);

/* Where it is kept: DIR/slurm/<stage>-<first>.sh, DIR/slurm/merge.sh. Free with g_free(). */
char *slurm_script_path(const Cluster *cluster, const Lot *lot);

/* Writes the scripts and gives them to sbatch, in order; each id is in cluster.json before the next
 * is given. Where one is refused, those given before are cancelled: TRUCE_ERROR_LAB has sbatch's
 * own words. */
bool slurm_submit(Cluster *cluster, const SlurmOptions *options, GError **error);

/* A task that Slurm knows: it waits, runs or ends. */
typedef struct {
    guint shard; /* 0: the last job */
    char *state; /* RUNNING, PENDING … */
    char *node;  /* empty: none yet */
    char *reason;
} SlurmTask;

/* Those of this run, of SlurmTask*, in squeue's order; TRUCE_ERROR_LAB where Slurm does not answer.
 */
bool slurm_tasks(const Cluster *cluster, GPtrArray **ret_tasks, GError **error);

/* One line of squeue as slurm_tasks() asks for it, `17_3|RUNNING|n1|None`; false where it is of no
 * job of this run. */
bool slurm_parse_task(const Cluster *cluster, const char *line, SlurmTask **ret_task);
void slurm_task_free(SlurmTask *task);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SlurmTask, slurm_task_free)

/* Ends all tasks, as scancel does: SIGTERM first, so that each ends its guests and its journal. */
bool slurm_cancel(const Cluster *cluster, GError **error);
