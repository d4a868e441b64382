/* SPDX-License-Identifier: GPL-2.0-or-later
 * What the cases of a plan cover of a scenario's matrices, and which combinations only one case
 * covers. The plan may be any: made here, read from a run folder, or written by hand.
 */
#pragma once

#include "plan/coverage-show.h"
#include "plan/plan-model.h"
#include "plan/plan-past.h"

/* One test of the scenario. */
typedef struct {
    PlanModel *model;
    guint strength;    /* measured at; 0: nothing varies */
    GPtrArray *cases;  /* of const PlanCase*: those that are points of its matrix, its rows */
    guint outside;     /* cases of the test that are not, such as controls by rule */
    GPtrArray *levels; /* of CoverageLevel*, or NULL */
    GPtrArray *rows;   /* of CoverageRow*, one a case, or NULL */
} PlanTest;

/* Splits the plan by tests: array of PlanTest*, in the scenario's order. `wanted` is the strength
 * to measure at, 0: the matrix's, or 2. */
bool plan_tests_new(const Inputs *inputs, const Plan *plan, guint wanted, GPtrArray **ret_tests,
                    GError **error);

/* Fills `levels`. With `past` only cases that ended count: all that passed or failed as covered,
 * those that passed as proven. */
bool plan_tests_cover(GPtrArray *tests, const PlanPast *past, guint missing_max, GError **error);

/* Fills `rows`. */
bool plan_tests_explain(GPtrArray *tests, guint tuples_max, GError **error);

/* The figures as text, and as JSON {"format":1, "tests":[{"test", "cases", "outside", "levels"}]}.
 * Free with g_free(). */
char *plan_coverage_text(const GPtrArray *tests);
char *plan_coverage_json(const GPtrArray *tests);

/* The plan with the combinations that only each case covers: text, and plan.json's cases with a
 * member "only_here" (coverage_row_json()). Free with g_free(). */
char *plan_explain_text(const Plan *plan, const GPtrArray *tests);
char *plan_explain_json(const Plan *plan, const GPtrArray *tests);
