/* SPDX-License-Identifier: GPL-2.0-or-later
 * The shards of a run on a cluster, made one run folder that can be gone on with.
 */
#pragma once

#include "cluster/cluster.h"

/* Makes DIR/merged of all shards, also of those that never began: their cases stand in it as
 * `not-run`. It gets the whole run's command.json, so `truce resume` goes on with what is left, and
 * takes failures apart. It appears whole or not at all. TRUCE_ERROR_INPUT where it exists, or where
 * shards contradict each other (report/merge.h). */
bool cluster_merge(const Cluster *cluster, GError **error);
