/* SPDX-License-Identifier: GPL-2.0-or-later
 * What an earlier process of a run left in its journal, so that a resumed run loses nothing that
 * ended and repeats nothing.
 *
 * A case with `case-end` is over. Of another one every attempt that ended counts for its verdict,
 * and one that did not end counts for nothing; its evidence stays, and the next attempt takes the
 * next number.
 */
#pragma once

#include "plan/plan.h"
#include "run/measure.h"
#include "run/verdict.h"

typedef struct {
    bool ended;
    CaseState state; /* where it ended */
    guint cut;       /* the attempt that began and did not end, from 1; 0: none */
    Verdict verdict; /* of its attempts */
    char *reason;    /* of the last attempt that ended, or NULL */
} PastCase;

typedef struct {
    cJSON *began;      /* the first `run-begin` record; NULL: nothing was recorded */
    GHashTable *cases; /* id → PastCase*: those of which anything is recorded */
    GPtrArray *added;  /* of PlanCase*: cases that the run added, in order */
    char *node; /* of a cluster or a pool, that the last process ran on; NULL: none is known */
} Past;

/* Reads the journal of a run folder, which no other process may be writing. Cases that were added
 * get their `test` from the scenario; what controls measured goes to `measures`. `plan` is the
 * run's. TRUCE_ERROR_INPUT where the journal is not right (report/result.h has what it insists
 * on). */
bool past_read(const char *run_folder, const Plan *plan, const Scenario *scenario,
               Measures *measures, Past **ret_past, GError **error);
void past_free(Past *past);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Past, past_free)

/* What is known of a case; NULL where it never began. */
const PastCase *past_case(const Past *past, const char *id);
