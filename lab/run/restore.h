/* SPDX-License-Identifier: GPL-2.0-or-later
 * Proof that a clone is the guest that was saved.
 *
 * Before a state is saved, the guest's agent opens a file and moves the handle's position to a
 * random place far beyond its end. Number and place are kept with the state (`mark.json`); in the
 * guest they are in no file, only in its memory. A clone must know both. A guest that booted
 * instead has no such handle, one of another state has another place.
 *
 * The agent's protocol has no store of its own; handles are what every agent has (QEMU's guest
 * agent, qga/commands-win32.c: guest-file-open, guest-file-seek). The mark changes nothing on the
 * guest's disk and starts no process there.
 *
 * A clone of the reference guest gets a name, a network address and random numbers of its own, and
 * tells them. What goes on from a state that cases share goes on as the machine that it was, under
 * its name.
 */
#pragma once

#include "guest/agent.h"
#include "model/guest.h"

typedef struct {
    gint64 handle, position;
} RestoreMark;

/* Puts a mark into the guest: a file that is held open. The guest that was saved goes on without
 * it; a clone does as soon as it is proven, so that no step meets a file that is in use. */
bool restore_mark(Agent *agent, RestoreMark *ret_mark, GError **error);
bool restore_unmark(Agent *agent, const RestoreMark *mark, GError **error);

/* Keeps it with the state, and the name and address of the machine that was saved. */
bool restore_keep(const RestoreMark *mark, const AgentIdentity *identity, const char *folder,
                  GError **error);

/* Whether a state has one: it is the last that is written to a state. */
bool restore_is_kept(const char *folder);

/* Asks a clone for its state's mark. TRUCE_ERROR_LAB where it has none or another; other failures
 * are the agent's. */
bool restore_prove(Agent *agent, const char *folder, GError **error);

/* What a clone of the state is to be, or, with NULL, a machine that starts from power off: the
 * machine that was saved, or else one that this process has not named yet. Other guests than the
 * reference guest have the image's name, and an empty identity. */
void restore_choose_identity(const Guest *guest, const char *folder, AgentIdentity *ret_identity);

/* Gives it to a clone; nothing is done for an empty one. */
bool restore_identify(Agent *agent, const AgentIdentity *identity, GError **error);

/* Asks a guest whose clock was set just now for the time. TRUCE_ERROR_LAB where it is more than 5 s
 * off the host's. ret_off_ms: how far it is ahead of the host's, in the middle of the call. */
bool restore_check_clock(Agent *agent, gint64 *ret_off_ms, GError **error);
