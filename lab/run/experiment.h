/* SPDX-License-Identifier: GPL-2.0-or-later
 * Whose a finding is, by experiment: cases that a run adds to see what a failure needs.
 *
 * For the first finding of each failed case a search (triage/minimise.h) goes over what the case is
 * made of: its vendors, its updates, its faults. Each set that it asks about is a case: one that is
 * planned is waited for, one that ran is looked up, any other is added to the run while the budget
 * lasts, and ends at its first crash. An update whose content a parameter gives is not left out but
 * takes the version before. Of two or more vendors that it takes together, the other order is tried
 * too.
 *
 * What comes out is a `blame` record in the journal (docs/blame.md), which replaces the first
 * judgement of the finding.
 *
 * Hooks of a run (run/run.h); any thread may call them.
 */
#pragma once

#include "run/run.h"

typedef struct Experiments Experiments;

/* `budget`: how many cases may be added to the run; 0: none, known results still count. */
Experiments *experiments_new(guint budget);
void experiments_free(Experiments *experiments);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Experiments, experiments_free)

/* Puts the hooks into a run's options. */
void experiments_attach(Experiments *experiments, RunOptions *options);

#define EXPERIMENTS_DEFAULT 8u
