/* SPDX-License-Identifier: GPL-2.0-or-later
 * A test's matrix as a covering model (plan/cover-model.h), and its cases as rows of it.
 *
 * The model's parameters, its columns: `guest`; `vendors`, one value a vendor set, named as the set
 * is written ("alder birch", "none"); the matrix's parameters by their keys, those of a vendor with
 * one more value "-" for cases without that vendor, which is less than any other; the orders of
 * each <events>; and, where constraints may ask for them or they are to be covered, `together`, how
 * many vendors there are, and for each vendor its place in the install order from 1, 0: absent.
 *
 * What is not to be covered is a result of the model: columns with one value, and either the sets
 * or the places (Matrix.by_vendor).
 */
#pragma once

#include "model/lab.h"
#include "plan/cover.h"
#include "plan/plan.h"

/* Look-ups (plan/search.h) spent on a test's covering array: about a second. The clock is not
 * looked at, so that the plan is the same everywhere. */
#define PLAN_WORK 30000000

typedef struct {
    GPtrArray *install; /* of char*, belong to the scenario */
    const VendorSet *from;
    bool added; /* for controls only: the matrix does not have it */
} PlanSet;

typedef struct {
    const Scenario *scenario;
    const Test *test;
    CoverModel *cover;
    GPtrArray *sets;   /* of PlanSet*: the values of column 1 */
    GPtrArray *values; /* of GPtrArray* of char*: the values of each of the matrix's parameters */
    guint strength;    /* the matrix's, at most the columns that count; 0: all combinations */
} PlanModel;

#define PLAN_COLUMN_GUEST 0
#define PLAN_COLUMN_VENDORS 1
#define PLAN_COLUMN_PARAMETER 2 /* of the first of test->parameters */

/* `controls`: also with the sets that controls by rule need. TRUCE_ERROR_INPUT with the scenario's
 * file:line:column for a wrong constraint or case. The scenario must outlive it. */
bool plan_model_new(const Scenario *scenario, const Test *test, bool controls,
                    PlanModel **ret_model, GError **error);
void plan_model_free(PlanModel *model);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PlanModel, plan_model_free)

/* The value of "-" in the column of a vendor's parameter. */
guint16 plan_model_absent(const PlanModel *model, guint parameter);

/* The strength that coverage is measured at: `wanted`, or where that is 0 the matrix's or 2, at
 * most the columns that count. */
guint plan_model_strength(const PlanModel *model, guint wanted);

/* A case of the plan as a row: false where it is none of this model, because it has a guest, a
 * vendor set or a value that the matrix does not have. Parameters that it lacks are COVER_ANY. */
bool plan_model_row(const PlanModel *model, const PlanCase *plan_case, guint16 *ret_row);

/* Fills the columns that follow from the vendor set: places, and "-" of absent vendors. */
void plan_model_follow(const PlanModel *model, guint16 *row);

/* A bit for every value of every column, for feasible_new(). Free with g_strfreev(). */
guint64 **plan_model_everything(const PlanModel *model);

/* Whether some row obeys the constraints, and each of the matrix's cases can be completed to one:
 * TRUCE_ERROR_INPUT at the test or the case. */
bool plan_model_possible(const PlanModel *model, GError **error);

/* The rows to run, sorted: all combinations, or a covering array. TRUCE_ERROR_INPUT where there are
 * more than SCENARIO_CASES_MAX, or constraints contradict each other. */
bool plan_model_rows(const PlanModel *model, CoverArray **ret_rows, GError **error);

/* Sets an error with the scenario's file:line:column; returns false. */
bool plan_model_fail(const PlanModel *model, guint line, guint column, GError **error,
                     const char *format, ...) G_GNUC_PRINTF(5, 6);
