/* SPDX-License-Identifier: GPL-2.0-or-later
 * Making and freeing of plans and cases, for the files of this module.
 */
#pragma once

#include <cjson/cJSON.h>

#include "plan/plan-model.h"

/* A case as plan.json has it. */
cJSON *plan_case_to_json(const PlanCase *plan_case);
/* Reads one back, as hostile; without its `test`. ret_wrong: what is wrong with it, static text. */
bool plan_case_from_json(const cJSON *object, PlanCase **ret_case, const char **ret_wrong);

/* A plan without cases. */
Plan *plan_new(const char *scenario);

/* A case with no vendors and no parameters, all else NULL. */
PlanCase *plan_case_new(void);
void plan_case_free(PlanCase *plan_case);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PlanCase, plan_case_free)

/* The case of a row, with its id, and no reason yet. */
PlanCase *plan_case_from_row(const PlanModel *model, const guint16 *row);

/* The id that a case of that kind has. Free with g_free(). */
char *plan_case_make_id(const Test *test, const PlanCase *plan_case);

/* `content=3, load=files` in the scenario's order. Free with g_free(). */
char *plan_case_parameters_text(const Test *test, const PlanCase *plan_case, const char *separator);

/* Names with a separator between them. Free with g_free(). */
char *plan_names_text(const GPtrArray *names, const char *separator);

/* Says of the cases that are the rows, which come first among the cases (of PlanCase*), why they
 * are there. */
bool plan_say_why(const PlanModel *model, const CoverArray *rows, GPtrArray *cases, GError **error);

/* How a case differs from a planned one. All but `vendors` may be NULL. */
typedef struct {
    const GPtrArray *vendors;  /* of char*: those that stay, in that order */
    const GPtrArray *omits;    /* of char*: paths of steps that are left out */
    const char *key;           /* of a parameter that has another value … */
    const char *value;         /* … this one */
    GHashTable *instead;       /* as PlanCase has it */
    const GPtrArray *reversed; /* the same */
} PlanVariation;

/* A copy of a case that differs. Its id is the one that a planned case of that kind has, where
 * there can be one; no reason yet. */
PlanCase *plan_case_vary(const PlanCase *plan_case, const PlanVariation *variation);
