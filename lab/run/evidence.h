/* SPDX-License-Identifier: GPL-2.0-or-later
 * Evidence of an attempt: each piece is tried, and its outcome recorded: collected (with size and
 * checksum), unavailable, or failed (with the reason). Nothing here fails the attempt.
 */
#pragma once

#include "host/offline-disk.h"
#include "run/attempt.h"
#include "triage/dump.h"
#include "triage/screen.h"
#include "triage/stop.h"

/* Bytes kept of one crash dump; a longer one is recorded as failed. */
#define EVIDENCE_DUMP_MAX (64u << 20)
#define EVIDENCE_DUMPS_MAX 16u

/* Records a rung of the ladder that gives no file: `outcome` as above. */
void evidence_rung(Attempt *attempt, const char *kind, const char *outcome, const char *reason);

/* What the hypervisor was told of a panic. true with its stop code where it has one. */
bool evidence_panic_info(Attempt *attempt, Stop *ret_stop);

/* Screenshot as screen-<n>.png; ret_path (relative to the run folder, g_free()) may be NULL. false
 * where there is none. */
bool evidence_screenshot(Attempt *attempt, char **ret_path);

/* Records a file that lies in the attempt's folder as evidence; `name` relative to that folder. */
void evidence_file(Attempt *attempt, const char *kind, const char *name);

/* The same, with its text as screen-<n>.txt. ret_path is also set where only the text is missing;
 * true where ret_screen says what the text means. */
bool evidence_screen(Attempt *attempt, char **ret_path, Screen *ret_screen);

/* Memory dumps taken from outside, where the run asks for them: ELF, and Windows' format where the
 * guest supports it; once an attempt. */
void evidence_host_dumps(Attempt *attempt);

/* An NMI for a guest that hangs. A panic or reset that follows stays pending. */
void evidence_nmi(Attempt *attempt);

/* After a panic: a Windows tells of it before it writes its dump, once a panic device, and stands
 * still each time. It is let run on, and nothing resets it, until it restarts by itself or writes
 * nothing any more. Gives the event that then counts. */
MachineEvent evidence_own_dump(Attempt *attempt, MachineEvent event);

/* The disk of a guest that does not come back, which is switched off for it. false where it cannot
 * be opened; the rung says why. */
bool evidence_open_disk(Attempt *attempt, bool writable, OfflineDisk **ret_disk);

/* The System event log from that disk, as it lies there. */
void evidence_disk_logs(Attempt *attempt, OfflineDisk *disk);

/* Fetches the crash dumps that the guest wrote and that are not here yet, from its disk, or where
 * `disk` is NULL by the agent.
 * ret_fetched: the paths of the new ones relative to the run folder (g_ptr_array_unref());
 * ret_listed: how many were to be fetched. Fails where the guest could not be asked which there
 * are. */
bool evidence_fetch_dumps(Attempt *attempt, OfflineDisk *disk, GPtrArray **ret_fetched,
                          guint *ret_listed, GError **error);

/* The STOP that this boot printed on the serial port. */
bool evidence_stop(Attempt *attempt, Stop *ret_stop);

/* Adds what this boot's serial output says of a guest whose own kernel died, to an error that only
 * knows its silence. */
void evidence_explain_silence(Attempt *attempt, GError **error);

/* At the end, when the guest is off: closes the attempt's logs and records them. */
void evidence_logs(Attempt *attempt);
