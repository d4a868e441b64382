/* SPDX-License-Identifier: GPL-2.0-or-later
 * How a case failed, and whether another one failed in the same way.
 *
 * The same way is: both took the machine down (bugcheck, boot loop, recovery environment) with the
 * same stop code in the same module, as far as both are known; where the stop code reports damage
 * that was found later, the module says nothing. Or both hang; or the same kind of failure of the
 * same vendor's product, by the same probe, service or quantity.
 */
#pragma once

#include "util/json.h"

typedef struct {
    guint attempt;
    cJSON *finding; /* as the journal has it */
} Failure;

/* The records of one type, of cJSON*, of the last attempt of a case that has any, from its folder
 * in the run folder. Free with g_ptr_array_unref(). */
GPtrArray *timeline_read(const char *run_folder, const char *case_id, const char *type);

/* The findings of the last attempt of a case that has any, of Failure*, from its folder in the run
 * folder; empty where there are none. Free with g_ptr_array_unref(). */
GPtrArray *failures_read(const char *run_folder, const char *case_id);

bool failure_same(const Failure *a, const Failure *b);

/* Whether one of these is the same as `failure`. */
bool failures_have(const GPtrArray *failures, const Failure *failure);
