/* SPDX-License-Identifier: GPL-2.0-or-later
 * Making an array of a problem smaller.
 *
 * Two searches run side by side with random numbers of their own. After each of a fixed number of
 * rounds the one that is behind goes on from the other's array, so that the result does not depend
 * on how many threads there are.
 */
#pragma once

#include "plan/greedy.h"

typedef struct {
    guint64 seed;
    guint64 work;    /* of both searches together, and of what comes before them */
    gint64 deadline; /* g_get_monotonic_time() */
    guint threads;
} OptimiseLimits;

/* No array of the problem can have fewer rows. */
guint optimise_bound(const Problem *problem);

/* Replaces the rows by fewer, if it can. ret_optimal where no array can have fewer. */
void optimise(const Problem *problem, const OptimiseLimits *limits, GreedyRows *rows,
              bool *ret_optimal);
