/* SPDX-License-Identifier: GPL-2.0-or-later
 * A plan as a table for people.
 */
#pragma once

#include "plan/plan.h"

/* A heading, one case a line, and a summary. `width`: characters of a line, 0: any number; the
 * reasons are cut to fit. `budget_s` 0: none; else a line stands where it ends. Free with g_free().
 */
char *plan_table(const Plan *plan, guint width, double budget_s);

/* A time as people say it: "45 s", "12 min", "2 h 5 min". Free with g_free(). */
char *plan_time_text(double seconds);
