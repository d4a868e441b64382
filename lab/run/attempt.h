/* SPDX-License-Identifier: GPL-2.0-or-later
 * One attempt at a case: its guest machine, its folder of evidence, its records.
 *
 * Used by one worker thread. Private to run/.
 */
#pragma once

#include "guest/agent.h"
#include "host/machine.h"
#include "model/known.h"
#include "plan/plan.h"
#include "run/journal.h"

typedef struct Measures Measures; /* run/measure.h */
typedef struct AttemptTurn AttemptTurn;
typedef struct ReuseLease ReuseLease; /* run/reuse.h */

typedef struct {
    Journal *journal;
    const PlanCase *plan_case;
    const Guest *guest;
    GHashTable *vendors; /* name → Vendor*, all of the run */
    const char *run_folder;
    const volatile gint *cancelled;
    guint number; /* from 1 */
    /* When its first step began, also where that is not repeated: what the guest logged since then
     * is the attempt's. */
    gint64 began;    /* g_get_monotonic_time() */
    gint64 began_us; /* g_get_real_time() */
    char *began_utc; /* the same, for the guest's logs */

    char *folder;   /* absolute */
    char *relative; /* to the run folder */
    char *serial_log;
    int timeline;
    int transcript;

    Machine *machine;
    Agent *agent;
    AgentIdentity identity; /* the machine's; empty: the image's */
    MachineEvent pending;   /* taken from the machine, not handled yet */
    gsize serial_mark;      /* where this boot's output begins in the serial log */
    guint boots;
    BootMode mode;    /* of the last start */
    bool ready;       /* the agent has answered since the last start … */
    bool in_recovery; /* … and is that of the guest's recovery environment */
    bool emulated;    /* KVM does not run here, or it is not known: guests are elsewhere */
    guint screenshots;
    guint findings;
    guint patience; /* deadlines of packs and scenarios count so many times */
    guint settle_s; /* how long it must stay up before it counts as well */
    bool core_dump;
    Known *known;             /* known issues, or NULL */
    const char *tools_folder; /* Lab.tools_folder */
    GHashTable *secrets;      /* Lab.values */
    GHashTable *dumps;        /* set of names: crash dumps fetched already */

    ReuseLease *lease; /* on a shared state, or NULL */
    guint units;       /* that are over (run/prefix.h) */

    Measures *measures;    /* of the run */
    char *inconclusive;    /* why the attempt is neither a pass nor a failure, or NULL */
    AttemptTurn *turn;     /* while branches take turns (parallel.h), else NULL */
    const Agent *survivor; /* a fault stopped the machine: only this branch goes on; else NULL */
    bool clock_jumped;     /* on purpose: nobody sets it right */
    bool verified;         /* Driver Verifier watches a driver: its stops are its own kind */
    bool powered_off;      /* as the scenario waited for; until it boots */
    bool safe_mode;        /* a Windows was told to start in safe mode (run/boot-mode.h) */
    bool reboot_wanted;    /* by a package in a branch, when the branches have ended */

    bool look_is_there;    /* truce-look.exe is in the guest */
    GHashTable *inventory; /* of the guest before the first install (run/residue.h), or NULL */
    ExpectRecovery recovery_asked; /* by the last step that asked */
    const char *recovered;         /* grade of the last recovery (run/recovery.h), or NULL */
    guint ready_ms;                /* how long the last boot took until the agent answered */
    GHashTable *products;   /* vendor's name → version that is installed; the rest is not */
    GHashTable *step_times; /* a step's name → ms that it took, as GUINT_TO_POINTER() */

    char *step; /* path of the step under way, `3` or `3.1`; NULL between steps */
    char *step_name;
    char *last_change;      /* vendor that was changed last, or NULL … */
    char *last_change_text; /* … and how */
} Attempt;

typedef struct {
    Journal *journal;
    const PlanCase *plan_case;
    const Guest *guest;
    GHashTable *vendors;
    const char *run_folder;
    const volatile gint *cancelled;
    Measures *measures;
    guint number;
    guint patience;
    guint settle_s;
    bool emulated;
    bool core_dump;
    Known *known;
    const char *tools_folder;
    GHashTable *secrets;
} AttemptConfig;

/* Makes the attempt's folder, anew, and its logs. TRUCE_ERROR_LAB. */
bool attempt_new(const AttemptConfig *config, Attempt **ret_attempt, GError **error);

/* Ends the guest, closes the logs. */
void attempt_free(Attempt *attempt);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Attempt, attempt_free)

/* Takes over a running machine and makes the agent for it. */
void attempt_use_machine(Attempt *attempt, Machine *machine);

/* Another agent for the same machine, for a branch. Free with agent_free(). */
Agent *attempt_new_agent(Attempt *attempt);

/* A record that carries the case and attempt; attempt_write() puts it into journal and timeline. */
cJSON *attempt_record(Attempt *attempt, const char *type);
void attempt_write(Attempt *attempt, cJSON *record);

/* An event for the timeline: kinds are listed in docs/run-folder.md. */
void attempt_event(Attempt *attempt, const char *kind, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* The same with further members, which the caller adds before attempt_write(). */
cJSON *attempt_event_record(Attempt *attempt, const char *kind, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/* Closes timeline and transcript: what is recorded afterwards stands in the journal alone. */
void attempt_close_logs(Attempt *attempt);

/* The vendors of the case, of const Vendor*, in install order. Free with g_ptr_array_unref(). */
GPtrArray *attempt_vendors(Attempt *attempt);
const Vendor *attempt_vendor(Attempt *attempt, const char *name);

/* The version of a vendor's product that the guest has now; NULL: none. */
const char *attempt_product(Attempt *attempt, const Vendor *vendor);
void attempt_set_product(Attempt *attempt, const Vendor *vendor, const char *version);

/* Remembers what was changed last, for blame. */
void attempt_changed(Attempt *attempt, const char *vendor, const char *text);

/* Waits until the guest answers after a start, at most the recipe's deadline, and sets its clock.
 * TRUCE_ERROR_GUEST where it crashed instead, or started its recovery environment though nobody
 * asked for that (`in_recovery`); TRUCE_ERROR_TIMEOUT where it stayed silent. */
bool attempt_wait_ready(Attempt *attempt, GError **error);

/* Notes that a boot begins, before it does: its number and the start of its serial output. */
void attempt_boot_begins(Attempt *attempt, BootMode mode, const char *cause);

/* Lets the guest restart itself in good order and waits until it is ready. */
bool attempt_reboot(Attempt *attempt, GError **error);

/* Lets the guest power itself off in good order, and waits for that. */
bool attempt_power_off(Attempt *attempt, GError **error);

/* Waits until the guest, which is about to restart by itself, has done so and is ready. */
bool attempt_reboots(Attempt *attempt, const char *cause, GError **error);

/* As attempt_reboot() at once, or where branches are under way, when they have ended. */
bool attempt_reboot_wanted(Attempt *attempt, GError **error);

/* The event that ended what was under way, else the machine's next one. */
MachineEvent attempt_next_event(Attempt *attempt, gint64 deadline);

/* Sets the error for a machine that is lost; returns false. */
bool attempt_lost(Attempt *attempt, GError **error);

/* Only looks on until the deadline, and at least once. Fails as soon as something happens to the
 * guest: TRUCE_ERROR_GUEST, _LAB where the machine is lost, _CANCELLED. The event stays pending. */
bool attempt_watch(Attempt *attempt, gint64 deadline, GError **error);

/* Waits for an event that was asked for; another one fails as attempt_watch() does. */
bool attempt_expect_event(Attempt *attempt, MachineEvent expected, guint timeout_s, GError **error);
