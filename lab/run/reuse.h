/* SPDX-License-Identifier: GPL-2.0-or-later
 * Warm states by prefix: cases whose first steps are the same (run/prefix.h) share a saved state of
 * the guest after them (docs/warm-states.md).
 *
 * An attempt takes a *lease* before its guest starts: the state that covers most of its steps,
 * where there is one, and the claims on further states that it will save on its way because other
 * cases wait for them. While another attempt builds a state that covers more, the lease waits for
 * it, which commonly takes no longer than repeating the same steps; but not for longer than
 * `wait_ms`, because that attempt's guest may be one that hangs. A state is saved where the time of
 * the steps that it spares the cases still to come is more than saving took so far.
 *
 * Only what held is shared: a state is saved after a step without any finding, and the keys end
 * before faults. An attempt that follows one that was judged never begins with a shared state, so
 * attempts stay independent. A state that cannot be used is forgotten, and its user begins anew.
 *
 * States take at most `bytes_max` of the disk; the one whose remaining users would save least is
 * removed first. They live as long as the Reuse, below the state folder's work folder, so a killed
 * run leaves none.
 *
 * Every function may be called by any thread; a lease belongs to one. All take NULL for a run that
 * shares nothing.
 */
#pragma once

#include "run/attempt.h"

typedef struct Reuse Reuse;
typedef struct ReuseLease ReuseLease;

/* ALWAYS also shares where it saves no time, for tests. */
typedef enum { REUSE_NEVER, REUSE_WORTHWHILE, REUSE_ALWAYS } ReusePolicy;

/* NULL for REUSE_NEVER. `state_folder` is the lab's. */
Reuse *reuse_new(const char *state_folder, ReusePolicy policy, guint64 bytes_max, guint wait_ms);
void reuse_free(Reuse *reuse);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Reuse, reuse_free)

/* A share of what is free where the state folder lies. */
guint64 reuse_bytes(const char *state_folder);

/* The case will run; and it has run, or will not. */
void reuse_expect(Reuse *reuse, const PlanCase *plan_case);
void reuse_forget(Reuse *reuse, const PlanCase *plan_case);

/* Whether a case that is expected would have to wait for a state that one of the cases that run
 * (const PlanCase*) saves, or is about to. */
bool reuse_waits(Reuse *reuse, const PlanCase *plan_case, const GPtrArray *running);

/* Wakes leases that wait, after `cancelled` was set. */
void reuse_wake(Reuse *reuse);

/* The lease of an attempt at a case that is expected, or NULL. Release it when the attempt's guest
 * has ended. */
ReuseLease *reuse_lease(Reuse *reuse, const PlanCase *plan_case, const Guest *guest,
                        const volatile gint *cancelled);
void reuse_release(ReuseLease *lease);

/* The folder of the state that the guest starts from; NULL: the guest's own warm state. Belongs to
 * the lease. */
const char *reuse_folder(const ReuseLease *lease);
/* The state's name in journal and reports: 12 hex digits; NULL likewise. */
const char *reuse_state(const ReuseLease *lease);
/* Whether the guest must be one that a state can be saved of. */
bool reuse_saves(const ReuseLease *lease);

/* Gives the attempt's serial log what the state's guest had printed, before the guest starts. */
bool reuse_prepare(const ReuseLease *lease, Attempt *attempt, GError **error);
/* The guest is ready: the attempt goes on after the state's steps. */
void reuse_begin(ReuseLease *lease, Attempt *attempt);
/* The state was of no use, or no guest starts that one can be saved of: nobody gets it any more,
 * the lease is on the guest's own warm state and saves nothing. */
void reuse_give_up(ReuseLease *lease);

/* For each unit of the attempt in order: whether the state covers it, and else, that it held; or
 * that it did not, so that nobody waits any more for this attempt's states. Where that was the
 * guest's doing, not the lab's, nobody saves or waits for what comes after it until it has held. */
bool reuse_covers(Attempt *attempt);
void reuse_unit_held(Attempt *attempt);
void reuse_unit_failed(Attempt *attempt, bool by_guest);

typedef struct {
    guint saved, used;
    gint64 spared_ms; /* steps that were not repeated */
} ReuseCounts;
ReuseCounts reuse_counts(Reuse *reuse);
