/* SPDX-License-Identifier: GPL-2.0-or-later
 * What earlier runs say: how long cases took, how they ended, which vendors failed, and what was
 * installed. Read from run folders (docs/run-folder.md), also of runs that were killed.
 */
#pragma once

#include "model/lab.h"
#include "plan/plan.h"

typedef enum {
    PAST_NOT_RUN, /* planned, and no end recorded */
    PAST_PASSED,
    PAST_FAILED, /* failed or flaky: it was tried, and shows that something is wrong */
    PAST_SPOILT, /* error or skipped: it shows nothing */
} PlanPastState;

typedef struct {
    PlanCase *plan_case;
    PlanPastState state;
    double seconds; /* from begin to end; 0 where it did not end */
} PlanPastCase;

typedef struct {
    GPtrArray *cases;   /* of PlanPastCase*, run after run, the last run last */
    GHashTable *failed; /* names of vendors that a finding or a failed case points to: a set */
    GHashTable *files;  /* vendor → set of the SHA-256 of its files in the last run */
} PlanPast;

PlanPast *plan_past_new(void);
void plan_past_free(PlanPast *past);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PlanPast, plan_past_free)

/* Adds one run folder. Bounded as plan_read() is, and a record of the journal at 1 MiB; a torn last
 * line is passed over. TRUCE_ERROR_INPUT with file:line. */
bool plan_past_add(PlanPast *past, const char *run_folder, GError **error);

/* Sets expected_s of every case: the mean of what it took in the past; for a case that never ran,
 * that of its test on its guest with as many vendors, of its test, or of all. 0 where nothing is
 * known at all. */
void plan_past_expect(const PlanPast *past, Plan *plan);

/* The scenario's vendors whose packages, content or description changed since the last run, and
 * those that failed in a past run or document a fault. Arrays of char* that belong to the inputs.
 */
bool plan_past_changed(const PlanPast *past, const Inputs *inputs, GPtrArray **ret_vendors,
                       GError **error);
GPtrArray *plan_past_fragile(const PlanPast *past, const Inputs *inputs);
