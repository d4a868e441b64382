/* SPDX-License-Identifier: GPL-2.0-or-later
 * How far a run on a cluster is, from the journals of its shards.
 */
#pragma once

#include "cluster/cluster.h"
#include "report/result.h"
#include "run/estimate.h"

typedef struct {
    guint cases;
    guint counts[CASE_STATES]; /* of cases that ended; CASE_NOT_RUN: of all others … */
    guint running;             /* … of which these have begun */
    guint shards_ended;        /* in which every case has ended */
    guint findings;
    GPtrArray *told;    /* of char*: a line each, at most PROGRESS_FINDINGS_MAX */
    Estimate *estimate; /* of the cases that ended */
    double left_s;      /* one after the other; 0 where too few ended to tell … */
    double longest_s;   /* … and the longest of them */
} ClusterProgress;

#define PROGRESS_FINDINGS_MAX 20u

/* Reads what there is: of the merged run where there is one, else of all shards. Journals may be
 * written to at the same time. */
bool cluster_progress(const Cluster *cluster, ClusterProgress **ret_progress, GError **error);
void cluster_progress_free(ClusterProgress *progress);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ClusterProgress, cluster_progress_free)
