/* SPDX-License-Identifier: GPL-2.0-or-later
 * Making and freeing of plans and cases, for the files of this module.
 */
#pragma once

#include <cjson/cJSON.h>

#include "plan/plan.h"

/* A case as plan.json has it. */
cJSON *plan_case_to_json(const PlanCase *plan_case);

/* A plan without cases. */
Plan *plan_new(const char *scenario);

/* A case with no vendors and no parameters, all else NULL. */
PlanCase *plan_case_new(void);
void plan_case_free(PlanCase *plan_case);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PlanCase, plan_case_free)
