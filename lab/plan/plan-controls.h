/* SPDX-License-Identifier: GPL-2.0-or-later
 * Controls by rule: for each case with several vendors each of them alone, and for each case no
 * vendor at all, with the values that Matrix.keep says; what several cases need is there once.
 */
#pragma once

#include "plan/plan-model.h"

/* Appends the controls that the cases (of PlanCase*, all of this test) need and that are not among
 * them. One that the constraints rule out is left out. */
bool plan_controls_add(const Scenario *scenario, const Test *test, GPtrArray *cases,
                       GError **error);
