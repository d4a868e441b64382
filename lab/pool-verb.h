/* SPDX-License-Identifier: GPL-2.0-or-later
 * What `truce submit --hosts` and `truce resume` of its folder have in common.
 */
#pragma once

#include "cluster/cluster.h"
#include "cmd.h"

/* Runs, or goes on with, a run on the lab's hosts, in this process, and reports it. Returns the
 * exit status of the merged run; -1 with an error. */
int pool_verb_run(const CmdContext *context, const Cluster *cluster, const Lab *lab,
                  GError **error);

/* The same for a folder, with the lab.xml that it began with. */
int pool_verb_resume(const CmdContext *context, const char *folder, GError **error);
