/* SPDX-License-Identifier: GPL-2.0-or-later
 * A run: every case of a plan on real guests, recorded in a run folder (docs/run-folder.md).
 *
 * The run writes plan.json, the journal and the evidence; reports are made from these afterwards
 * (report/), so a run that was killed can be reported as well. docs/runs.md tells what a user sees
 * of it: guests at once, attempts, cases that a run adds by itself.
 */
#pragma once

#include "host/host.h"
#include "model/known.h"
#include "plan/plan.h"
#include "report/result.h"
#include "run/journal.h"
#include "run/reuse.h"
#include "util/progress.h"

typedef struct Run Run;

/* Told by a worker thread when the verdict on a case is known, while that case is still open and
 * before its `case-end` is journalled. Here a run can be given further cases (run_add_case()).
 * Not called for cases that are skipped or were interrupted. A run that was killed after it and
 * before the `case-end` calls it again when it is resumed: what it does must bear repetition. */
typedef void (*RunVerdictHook)(gpointer data, Run *run, const PlanCase *plan_case, CaseState state);

typedef struct {
    const Lab *lab;
    const Inputs *inputs;
    const Plan *plan;
    Host *host;
    Progress *progress;
    const char *folder; /* the run folder; exists; empty, or that of the run that goes on */
    bool resume;        /* go on with what the journal there tells */
    guint jobs;         /* guests at once, at least 1; fewer where memory or disk run short */
    guint attempts;     /* at a case that does not pass, at most (run/verdict.h); 0 counts as 1 */
    guint settle_s;     /* how long a guest must stay up before it counts as well */
    Known *known;       /* known issues, or NULL */
    /* Run folders, ended by NULL, of the parts of this run that have the cases without vendors; or
     * NULL: this run has its own. All of those must have ended; a guest on which one did not pass
     * is not used. */
    char *const *controls;
    ReusePolicy reuse;   /* whether cases share states after their first steps (run/reuse.h) */
    guint64 reuse_bytes; /* disk for these at most; 0: as reuse_bytes() says */
    guint reuse_wait_ms; /* for a state that another case saves, at most; 0: five minutes */
    bool core_dump;      /* take a memory-only core dump at the first crash of each attempt */
    double budget_s; /* no case begins after so many seconds, the rest is skipped; 0: no limit */
    JournalObserver observer; /* or NULL: told every record */
    gpointer observer_data;
    RunVerdictHook on_verdict; /* or NULL */
    /* Told once all cases of the plan are in the queue (before the first begins), and once the last
     * one has ended or the run stopped (before `run-end` is journalled); or NULL. */
    void (*on_begin)(gpointer data, Run *run);
    void (*on_end)(gpointer data, Run *run);
    gpointer on_verdict_data; /* of all three */
} RunOptions;

#define RUN_ATTEMPTS_MAX 100u
#define RUN_SETTLE_S 5u /* for settle_s: longer than a fault needs to become a bugcheck */

/* What the options point to must outlive the run. */
Run *run_new(const RunOptions *options);
void run_free(Run *run);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Run, run_free)

/* Runs all cases; of a resumed run those that have not ended: nothing that ended is lost or
 * repeated, and an attempt that was under way is made again. A resumed run is refused
 * (TRUCE_ERROR_INPUT) where the inputs are not those it began with, or while another process goes
 * on with it. `plan` of a resumed run is what its plan.json says. true also where cases failed or
 * the user interrupted: the journal has it all. false with TRUCE_ERROR_LAB or TRUCE_ERROR_INPUT
 * where the run as a whole could not go on. */
bool run_execute(Run *run, GError **error);

/* Adds a case to a run that goes on: an experiment to find out whose a finding is. Any thread may
 * call it, in practice the verdict hook. Takes `plan_case` over (made by plan_case_new(), `test`
 * set). `parent` is the case that it is for; `reason` one sentence that reports show. Journalled as
 * `case-added`, and counted in every report as a planned case is. false where the run has a case of
 * that id already, which makes the call safe to repeat. */
bool run_add_case(Run *run, PlanCase *plan_case, const PlanCase *parent, const char *reason);

/* How a case of this run ended; false where it has not ended yet, or there is none of that id. */
bool run_case_state(Run *run, const char *id, CaseState *ret_state);

/* The run's journal, for the hooks. Belongs to the run. */
Journal *run_journal(Run *run);

/* What the run was made with. Belongs to the run. */
const RunOptions *run_options(const Run *run);

/* Ends the run soon and cleanly: guests destroyed, overlays removed, the rest not run. Any thread
 * may call it. */
void run_cancel(Run *run);
bool run_cancelled(const Run *run);
