/* SPDX-License-Identifier: GPL-2.0-or-later
 * Weights: which value a cell gets where coverage does not care.
 */
#pragma once

#include "plan/greedy.h"

/* Gives cells that no combination depends on a value at random, by weight. Does nothing where all
 * weights are 1, or for problems over COVER_SEARCH_SLOTS_MAX combinations. */
void weights_apply(const Problem *problem, guint64 seed, GreedyRows *rows);
