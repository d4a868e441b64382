/* SPDX-License-Identifier: GPL-2.0-or-later
 * What happens after a guest crashed or restarted by itself: evidence of the crash, whether the
 * machine comes back, the verdict 'boot loop' after a bounded number of boots, and the recovery.
 */
#pragma once

#include "run/attempt.h"

/* Boots after a crash that end in another one, after which a machine is in a boot loop. */
#define CRASH_BOOTS_MAX 3u

/* Handles the event that is pending and writes the finding. `recover`: go through the recovery
 * drill after a boot loop. Fails where the lab could not find out (TRUCE_ERROR_LAB), which makes
 * the case an error, not a finding. */
bool crash_handle(Attempt *attempt, bool recover, GError **error);

/* Handles a guest that did not answer in time (`said`: what the lab was told then). A hang, or a
 * bugcheck that only the screen or the serial port shows, becomes a finding, and it goes on as
 * after a crash. ret_event: the guest crashed or restarted after all, and crash_handle() is to be
 * called. Fails with TRUCE_ERROR_LAB where it is the lab's: slow, the agent ended, the host in
 * trouble, or no vendor had changed anything. */
bool crash_handle_silence(Attempt *attempt, bool recover, const char *said, bool *ret_event,
                          GError **error);

/* After steps that all held: looks on for a moment, then for crash dumps, and events of the System
 * log, that are there all the same. Fails as attempt_watch() does where something happens to the
 * guest. */
bool crash_look_afterwards(Attempt *attempt, bool *ret_found, GError **error);
