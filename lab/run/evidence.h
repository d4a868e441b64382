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

/* Screenshot as screen-<n>.png. */
void evidence_screenshot(Attempt *attempt);

/* Memory-only core dump, where the run asks for it; once an attempt. */
void evidence_core_dump(Attempt *attempt);

/* Fetches the crash dumps that the guest wrote and that are not here yet, by the agent. Returns the
 * paths of the new ones relative to the run folder, oldest first. */
GPtrArray *evidence_fetch_dumps(Attempt *attempt);

/* The STOP that this boot printed on the serial port. */
bool evidence_stop(Attempt *attempt, Stop *ret_stop);

/* At the end: the logs that every attempt has. */
void evidence_logs(Attempt *attempt);
