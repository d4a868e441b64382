/* SPDX-License-Identifier: GPL-2.0-or-later
 * The plan of a run: its cases in order, the same for the same inputs.
 *
 * The cases of a test are all combinations of its matrix, or, where that has a strength, the rows
 * of a covering array (plan-model.h). Controls (a case without vendors, then those with one vendor
 * alone) come before the cases that are compared with them; within that, the scenario's order.
 *
 * A plan can be narrowed, shared out and put into another order: plan-choose.h.
 */
#pragma once

#include "model/lab.h"

typedef struct {
    char *id;         /* unique and stable: `bad-content/reference/alder+birch/content=3` */
    char *guest;      /* name */
    const Test *test; /* belongs to the scenario; NULL in a plan that was read back */
    char *test_name;
    char *title;
    GPtrArray *vendors;     /* of char*: in install order */
    GHashTable *parameters; /* name → value; of a vendor's own: `alder.content` */
    bool control;           /* no vendor, or one alone */
    char *why;              /* one sentence: why this case is there */
    GPtrArray *omits;       /* of char*: paths of steps that this case leaves out; NULL: none */
    GHashTable *instead;    /* `cedar 1.3` → `1.2`: a version of a product that is taken in the
                               place of another; NULL: none */
    GPtrArray *reversed;    /* of char*: paths of outer steps that come in the reverse order;
                               NULL: none */
    bool brief;             /* an experiment: what follows its first finding is known already */
    double expected_s;      /* how long it took in earlier runs (plan-past.h); 0: not known */
    guint number; /* of a shard's case: its place in the whole plan, from 1; 0: no shard */
} PlanCase;

typedef struct {
    char *scenario;                   /* name */
    GPtrArray *cases;                 /* of PlanCase* */
    guint planned;                    /* of a shard: cases of the whole plan; 0: no shard */
    const Requirements *requirements; /* the inputs' catalogue; NULL: none is named, or read back */
} Plan;

/* Makes the plan. The inputs must outlive it. TRUCE_ERROR_INPUT where two ids would have the same
 * folder in the run folder. */
bool plan_make(const Inputs *inputs, Plan **ret_plan, GError **error);
void plan_free(Plan *plan);

/* What plan_make() refuses before it makes any array: constraints that are wrong or contradict each
 * other, cases that cannot be. */
bool plan_check(const Inputs *inputs, GError **error);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Plan, plan_free)

/* plan.json of a run folder (docs/run-folder.md). */
char *plan_to_json(const Plan *plan);
/* Reads one back, to report on a run; cases then have no `test`. Read as hostile: bounded in size
 * and number of cases. TRUCE_ERROR_INPUT where it is no such file. */
bool plan_read(const char *path, Plan **ret_plan, GError **error);

/* How long a case is expected to take: expected_s, or PLAN_CASE_S where that is not known. */
#define PLAN_CASE_S 60.0
double plan_case_seconds(const PlanCase *plan_case);

/* Replaces every {parameter} of `text` by the case's value (model/placeholder.h). Free with
 * g_free(). The second is for a step on a vendor, whose own parameters come first. */
char *plan_case_expand(const PlanCase *plan_case, const char *text);
char *plan_case_expand_for(const PlanCase *plan_case, const char *vendor, const char *text);

/* Whether this case leaves a step out: by its path, or because it is for a vendor that the case
 * has not. What is inside a step that is left out is carried out all the same. */
bool plan_case_omits(const PlanCase *plan_case, const Step *step, const char *path);

/* Which of the test's outer steps, from 0, this case carries out at the place `index`. */
guint plan_case_step_at(const PlanCase *plan_case, guint index);

/* The version of a vendor's product that a step on it means in this case: `text` filled in, or what
 * this case takes in its place; NULL for NULL. Free with g_free(). */
char *plan_case_product(const PlanCase *plan_case, const char *vendor, const char *text);
