/* SPDX-License-Identifier: GPL-2.0-or-later
 * Evidence of an attempt: each piece is tried, and its outcome recorded: collected (with size and
 * checksum), unavailable, or failed (with the reason). Nothing here fails the attempt.
 */
#pragma once

#include "run/attempt.h"
#include "triage/dump.h"
#include "triage/stop.h"

/* Bytes kept of one crash dump; a longer one is recorded as failed. */
#define EVIDENCE_DUMP_MAX (64u << 20)
#define EVIDENCE_DUMPS_MAX 16u

/* Screenshot as screen-<n>.png; ret_path (relative to the run folder, g_free()) may be NULL. false
 * where there is none. */
bool evidence_screenshot(Attempt *attempt, char **ret_path);

/* Records a file that lies in the attempt's folder as evidence; `name` relative to that folder. */
void evidence_file(Attempt *attempt, const char *kind, const char *name);

/* Memory-only core dump, where the run asks for it; once an attempt. */
void evidence_core_dump(Attempt *attempt);

/* Fetches the crash dumps that the guest wrote and that are not here yet, by the agent.
 * ret_fetched: the paths of the new ones relative to the run folder (g_ptr_array_unref());
 * ret_listed: how many were to be fetched. Fails where the guest could not be asked which there
 * are. */
bool evidence_fetch_dumps(Attempt *attempt, GPtrArray **ret_fetched, guint *ret_listed,
                          GError **error);

/* The STOP that this boot printed on the serial port. */
bool evidence_stop(Attempt *attempt, Stop *ret_stop);

/* Adds what this boot's serial output says of a guest whose own kernel died, to an error that only
 * knows its silence. */
void evidence_explain_silence(Attempt *attempt, GError **error);

/* At the end, when the guest is off: closes the attempt's logs and records them. */
void evidence_logs(Attempt *attempt);
