/* SPDX-License-Identifier: GPL-2.0-or-later
 * A run on a cluster: the folder on the shared store that the submitting host and all tasks see
 * (docs/cluster.md).
 *
 *   DIR/cluster.json      what was submitted, below
 *   DIR/command.json      what the merged run is asked for
 *   DIR/plan.json         the whole plan, made once
 *   DIR/lots/STAGE/       command.json of the shards of a stage
 *   DIR/shards/0001/      a run folder: its part of the plan, command.json, an empty journal; a
 *                         task is `truce resume` on it
 *   DIR/slurm/…           the batch scripts
 *   DIR/log/…             what tasks printed
 *   DIR/merged/           the run folder that all shards became
 *
 * cluster.json:
 *
 *   {"format":1, "name":"nightly", "scenario":"/abs", "shards":9, "merge":"21" or null,
 *    "lots":[{"stage":"controls", "alone" or "cases", "guest":"reference",
 *             "licences":"seat:1" or null, "here":false, "memory_mib":512, "cpus":1,
 *             "first":1, "last":2, "longest_s":60, "job":"17" or null}, …]}
 */
#pragma once

#include "cluster/lots.h"
#include "run/command.h"

typedef struct {
    char *folder;    /* absolute */
    char *name;      /* of the folder: the run's id */
    char *job_name;  /* `truce-` and the name, as far as a scheduler takes it */
    char *scenario;  /* absolute path */
    GPtrArray *lots; /* of Lot* */
    guint shards;
    char *merge; /* job of the last task; NULL: not submitted */
} Cluster;

void cluster_free(Cluster *cluster);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Cluster, cluster_free)

/* Of a plan that was shared out; takes `lots` over. Nothing is written. */
Cluster *cluster_new(const char *folder, const char *scenario, GPtrArray *lots);

/* The run folder of a shard, from 1; and of the merged run. Free with g_free(). */
char *cluster_shard_folder(const Cluster *cluster, guint shard);
char *cluster_merged_folder(const Cluster *cluster);

/* Makes the folder, which must not exist, with a run folder for each shard. `shards`: that of each
 * case of the plan. `command` is what the whole run is asked for; shards run no experiments. */
bool cluster_write_folder(const Cluster *cluster, const Plan *plan, const GArray *shards,
                          const RunCommand *command, GError **error);

/* Writes cluster.json anew; reads it back. TRUCE_ERROR_INPUT where the folder is no cluster's. */
bool cluster_write(const Cluster *cluster, GError **error);
bool cluster_read(const char *folder, Cluster **ret_cluster, GError **error);
/* The same for bytes in memory; nothing is read. */
bool cluster_parse(const char *folder, const char *text, gsize length, Cluster **ret_cluster,
                   GError **error);
