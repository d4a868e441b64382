/* SPDX-License-Identifier: GPL-2.0-or-later
 * A run: every case of a plan on real guests, recorded in a run folder (docs/run-folder.md).
 *
 * The run writes plan.json, the journal and the evidence; reports are made from these afterwards
 * (report/), so a run that was killed can be reported as well.
 */
#pragma once

#include "host/host.h"
#include "plan/plan.h"
#include "util/progress.h"

typedef struct {
    const Lab *lab;
    const Inputs *inputs;
    const Plan *plan;
    Host *host;
    Progress *progress;
    const char *folder; /* the run folder; exists and is empty */
    guint jobs;         /* guests at once, at least 1 */
    guint settle_s;     /* how long a guest must stay up before it counts as well */
    bool core_dump;     /* take a memory-only core dump at the first crash of each attempt */
} RunOptions;

#define RUN_SETTLE_S 5u /* for settle_s: longer than a fault needs to become a bugcheck */

typedef struct Run Run;

/* What the options point to must outlive the run. */
Run *run_new(const RunOptions *options);
void run_free(Run *run);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Run, run_free)

/* Runs all cases. true also where cases failed or the user interrupted: the journal has it all.
 * false with TRUCE_ERROR_LAB or TRUCE_ERROR_INPUT where the run as a whole could not go on. */
bool run_execute(Run *run, GError **error);

/* Ends the run soon and cleanly: guests destroyed, overlays removed, the rest not run. Any thread
 * may call it. */
void run_cancel(Run *run);
bool run_cancelled(const Run *run);
