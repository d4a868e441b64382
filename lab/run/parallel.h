/* SPDX-License-Identifier: GPL-2.0-or-later
 * Several things at once on one guest.
 *
 * A machine and its agent belong to one thread. Branches therefore take turns: each is a thread,
 * but only the one that has the turn goes on, and it gives the turn away while it waits
 * (attempt_watch() and every wait of the agent's). So nothing of an attempt needs a lock of its
 * own, and what runs in the guest at once really does.
 */
#pragma once

#include "run/steps.h"

/* One branch. `number` from 0. */
typedef StepsEnd (*ParallelBranch)(Attempt *attempt, guint number, gpointer data, GError **error);

#define PARALLEL_MAX 8u

/* Runs `count` branches (at most PARALLEL_MAX) and waits for all of them. Gives the end that weighs
 * most: the guest's, then the lab's, then a finding. A branch may have branches of its own. */
StepsEnd parallel_run(Attempt *attempt, guint count, ParallelBranch branch, gpointer data,
                      GError **error);

/* Gives the turn away until `deadline` or for a moment, whichever comes first, and takes it back.
 * Only where attempt->turn is set. */
void parallel_yield(Attempt *attempt, gint64 deadline);
