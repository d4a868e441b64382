/* SPDX-License-Identifier: GPL-2.0-or-later
 * What each kind of step does on the guest: one function a kind, in one table.
 */
#pragma once

#include "run/attempt.h"
#include "run/findings.h"

/* A step as a person reads it: `update alder content 3`. Free with g_free(). */
char *action_name(const PlanCase *plan_case, const Step *step, const Vendor *vendor);

/* Carries out a step. Fails with TRUCE_ERROR_GUEST where the guest went away, other errors where
 * the lab could not do it. Where the vendor's product failed, returns true with the finding's kind
 * and a summary (g_free()); else ret_summary is NULL. */
bool action_run(Attempt *attempt, const Step *step, const Vendor *vendor, const char **ret_kind,
                char **ret_summary, GError **error);

/* The load of a <load> step: truce-stress.exe in the guest until action_load_finish(). */
bool action_load_start(Attempt *attempt, const Step *step, gint64 *ret_pid, GError **error);
bool action_load_finish(Attempt *attempt, gint64 pid, GError **error);
