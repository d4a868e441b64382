/* SPDX-License-Identifier: GPL-2.0-or-later
 * What the guest's System event log has to say of a case whose steps all held.
 */
#pragma once

#include "run/attempt.h"

/* Asks the guest for the events of triage/event-log.h since the attempt began, keeps them as
 * evidence (events.xml) and writes a finding for each kind: `service-crash` for a service that
 * ended, of the vendor whose service it is; `bugcheck` for the machine itself. What a step of the
 * case did on purpose (faults, the reset button, going back to a snapshot) is no finding.
 * ret_found: whether there is one. A guest without such a log, or one that cannot be asked, has
 * none; fails only where something happens to the guest meanwhile. */
bool event_look(Attempt *attempt, bool *ret_found, GError **error);

/* What the log says of a service of `vendor` that ended by itself since the attempt began: why a
 * probe of it fails. NULL where there is no such event, where a fault of the case may have ended
 * it, or where the guest does not tell. Free with g_free(). */
char *event_look_died(Attempt *attempt, const Vendor *vendor);

/* Whether what a guest logs from now on can be told from what was there at a time (as Attempt.began
 * and .began_us have it): not where the host's clock was set back since. */
bool event_look_tells_since(gint64 began, gint64 began_us);
