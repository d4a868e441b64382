/* SPDX-License-Identifier: GPL-2.0-or-later
 * One case of a run, from the clone of its guest to its end in the journal.
 */
#pragma once

#include "host/image.h"
#include "report/result.h"
#include "run/attempt.h"
#include "run/past.h"
#include "run/reuse.h"
#include "run/run.h"

/* A guest that a run has made ready. */
typedef struct {
    const Guest *guest;
    Image *image;
    char *warm; /* folder of its warm state; NULL: it has none, libvirt is on another host */
} ReadyGuest;

typedef struct {
    const RunOptions *options;
    Journal *journal;
    Measures *measures;
    Reuse *reuse; /* or NULL */
    const volatile gint *cancelled;
    const ReadyGuest *ready;
    /* Told when a machine begins to run, and with NULL when it ends, so that it can be woken. */
    void (*on_machine)(gpointer data, guint worker, Machine *machine);
    /* Told the verdict before it is journalled as the case's end. */
    void (*on_verdict)(gpointer data, const PlanCase *plan_case, CaseState state);
    gpointer data;
    guint worker; /* number of the thread that runs the case */
} CaseContext;

/* Runs the case, or what is left of it (`past` may be NULL), with as many attempts as it takes
 * (run/verdict.h). ret_state is CASE_NOT_RUN where the user interrupted it; its end is then not in
 * the journal. */
void case_run(const CaseContext *context, const PlanCase *plan_case, const PastCase *past,
              CaseState *ret_state);

/* Records that a case is not run at all, and why. */
void case_skip(Journal *journal, const PlanCase *plan_case, const char *reason);
