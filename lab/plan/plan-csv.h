/* SPDX-License-Identifier: GPL-2.0-or-later
 * A plan as CSV: for spreadsheets, and to write or change one by hand.
 *
 *     test,guest,vendors,<a parameter's key>…,control,expected_s,why
 *     mix,reference,alder birch,files,…,no,60,…
 *
 * Vendors stand in install order with blanks between them, "none" for none; the cell of a parameter
 * that the case does not have is empty.
 */
#pragma once

#include "plan/plan.h"

#define PLAN_CSV_BYTES_MAX (16 * 1024 * 1024)

/* Free with g_free(). */
char *plan_to_csv(const Plan *plan);

/* Reads one. The columns test, guest and vendors must be there; control, expected_s, why and id may
 * be, and are passed over; every other column is a parameter of the scenario. Cases have made-up
 * ids, their line. TRUCE_ERROR_INPUT with file:line. */
bool plan_from_csv(const Scenario *scenario, const char *path, Plan **ret_plan, GError **error);
