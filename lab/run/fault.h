/* SPDX-License-Identifier: GPL-2.0-or-later
 * Carrying out the faults of model/fault-catalogue.h on a running guest, and waiting for their
 * triggers. docs/faults.md tells what each does.
 *
 * A fault's life:
 *
 *     fault_prepare()   before the guest does anything that the fault is to strike
 *     fault_moment()    when the time of its trigger begins to count
 *     fault_due()       is it time? asked while something else goes on; or fault_wait()
 *     fault_begin()     strikes
 *     fault_undo()      takes it back
 *
 * After fault_begin() the guest is as fault_aftermath() says: where it restarts, target->boots was
 * told and the caller waits until it is ready; where it crashes, the caller expects a panic (or on
 * Windows a restart by itself), brings the guest up again and calls fault_undo() then. Between
 * begin and undo of a clock-jump nobody else may set the guest's clock (attempt_wait_ready() does).
 *
 * Everything is called from the one thread that owns the machine. Errors: TRUCE_ERROR_AGENT where
 * the guest refuses what the fault needs (no such service), TRUCE_ERROR_GUEST where it went away,
 * TRUCE_ERROR_LAB where the hypervisor cannot; none of them is a product's fault.
 */
#pragma once

#include "guest/agent.h"
#include "host/machine.h"
#include "model/fault-catalogue.h"
#include "model/scenario.h"

typedef struct Fault Fault;

/* What a fault is done to. All pointers outlive the fault. */
typedef struct {
    Machine *machine;
    Agent *agent;
    const Guest *guest;
    const char *serial_log;     /* host path */
    const char *scratch_folder; /* host folder, for files on their way */
    /* Only looks on until the deadline; fails as attempt_watch() does. */
    bool (*watch)(gpointer data, gint64 deadline, GError **error);
    /* Restarts the guest in good order and waits until it is ready, as attempt_reboot() does. */
    bool (*reboot)(gpointer data, GError **error);
    /* Told before the machine starts again, with the reason: `a power cut`. */
    void (*boots)(gpointer data, BootMode mode, const char *cause);
    /* Told what was done and seen, a line each. */
    void (*note)(gpointer data, const char *text);
    gpointer data;
} FaultTarget;

/* Makes the machine ready for the fault: only power-cut with unflushed=lost needs that, to record
 * what is written from now on. Nothing to do for the others. */
bool fault_prepare(const FaultCall *call, const FaultTarget *target, GError **error);

/* Whether a machine must be started with MachineConfig.disk_errors for a fault among these steps
 * (of Step*) and those inside them. */
bool fault_needs_disk_errors(const GPtrArray *steps);

/* When the trigger began to count. */
typedef struct {
    gint64 began;     /* g_get_monotonic_time() */
    gsize serial;     /* bytes in the serial log then */
    guint step_ms;    /* how long the step usually takes, for at-percent; 0: not known */
    gint64 next_look; /* not to ask the guest too often */
} FaultMoment;
FaultMoment fault_moment(const FaultTarget *target, guint step_ms);

/* Whether the fault is due; returns at once, but for a question to the agent at most four times a
 * second (on-file). ret_next_ms: ask again then at the latest. TRUCE_ERROR_TIMEOUT where its event
 * did not come in time. at-percent of a step whose time is not known is due at once. */
bool fault_due(const FaultCall *call, const FaultTarget *target, FaultMoment *moment, bool *ret_due,
               guint *ret_next_ms, GError **error);

/* Waits until the fault is due, looking on meanwhile. */
bool fault_wait(const FaultCall *call, const FaultTarget *target, FaultMoment *moment,
                GError **error);

/* Strikes. ret_fault: for fault_undo(); belongs to the caller, needs `call` no more. */
bool fault_begin(const FaultCall *call, const FaultTarget *target, Fault **ret_fault,
                 GError **error);
FaultAftermath fault_aftermath(const Fault *fault);

/* content-corrupt: what was done to the bytes; NULL for the others. */
const char *fault_done(const Fault *fault);

/* By which agent it is taken back, where that of fault_begin() has gone by then: a branch's own. */
void fault_use_agent(Fault *fault, Agent *agent);

/* Takes the fault back, on a guest that is up; does nothing where nothing is to be taken back.
 * Once. driver-verifier restarts the guest for it, by target->reboot. */
bool fault_undo(Fault *fault, GError **error);

/* Frees without undoing: the machine ends anyway. NULL-safe. */
void fault_free(Fault *fault);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Fault, fault_free)
