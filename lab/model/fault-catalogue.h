/* SPDX-License-Identifier: GPL-2.0-or-later
 * The catalogue of faults: what can be done to a guest on purpose, with which parameters, on which
 * guests, when it strikes and how it is undone.
 *
 * One table. It checks what a scenario says, prints `truce faults`, and writes docs/faults.md. What
 * carries a fault out is run/fault.h.
 *
 * A fault is called by its name and values of its parameters, all as text:
 *
 *     fault        disk-slow
 *     iops         20                  a parameter of the fault; most have a default
 *     after-s      5                   its trigger, at most one; without one it strikes at once
 *
 * Messages of TRUCE_ERROR_INPUT name the parameter but no place: whoever read the file adds that.
 */
#pragma once

#include "model/guest.h"

typedef enum {
    FAULT_BUGCHECK,
    FAULT_CLOCK_JUMP,
    FAULT_CONTENT_CORRUPT,
    FAULT_DISK_ERROR,
    FAULT_DISK_FULL,
    FAULT_DISK_SLOW,
    FAULT_DRIVER_VERIFIER,
    FAULT_LINK_DOWN,
    FAULT_MEMORY_PRESSURE,
    FAULT_NMI,
    FAULT_POWER_CUT,
    FAULT_PROCESS_KILL,
    FAULT_RESET,
    FAULT_SERVICE_STOP,
    FAULT_VCPU_STEAL,
} FaultKind;
#define FAULT_KINDS (FAULT_VCPU_STEAL + 1)

typedef enum {
    FAULT_VALUE_NUMBER,  /* a whole number from min to max */
    FAULT_VALUE_CHOICE,  /* one of `choices` */
    FAULT_VALUE_PATH,    /* an absolute Windows path, as windows.h takes it */
    FAULT_VALUE_FILE,    /* the name of a file, without a folder */
    FAULT_VALUE_SERVICE, /* the name of a service */
    FAULT_VALUE_TEXT,    /* printable text of at most 200 bytes */
} FaultValueType;

typedef struct {
    const char *name;
    FaultValueType type;
    gint64 min, max;            /* FAULT_VALUE_NUMBER */
    const char *const *choices; /* FAULT_VALUE_CHOICE; ends with NULL */
    const char *fallback;       /* the value where none is given; NULL: one must be given */
    const char *text;           /* what it means; no full stop */
} FaultParameter;

/* What the guest is like right after the fault struck. */
typedef enum {
    FAULT_GUEST_GOES_ON,
    FAULT_GUEST_RESTARTS, /* the lab has started it again: wait until it is ready */
    FAULT_GUEST_CRASHES,  /* a panic (or on Windows a restart by itself) follows, and is no finding
                           */
} FaultAftermath;

typedef struct {
    const char *name;
    const char *summary; /* what it does, a line; no full stop */
    const char *how;     /* by what means, and what exactly that does; sentences */
    const char *undo;    /* sentences; NULL: there is nothing to undo */
    const char *limits;  /* what it does not do, and on which guest; sentences, or NULL */
    guint guests;        /* bits 1 << GuestKind: where it works */
    FaultAftermath aftermath;
    const FaultParameter *parameters; /* ends with one without a name */
} FaultInfo;

const FaultInfo *fault_info(FaultKind kind);

/* ret_kind by name. TRUCE_ERROR_INPUT lists the names that exist. */
bool fault_kind_parse(const char *name, FaultKind *ret_kind, GError **error);

/* Whether a fault works on such a guest; TRUCE_ERROR_INPUT says on which it does. */
bool fault_works_on(FaultKind kind, GuestKind guest, GError **error);

/* A parameter of the fault, or of the triggers, by name; NULL where there is none. */
const FaultParameter *fault_parameter(FaultKind kind, const char *name);

/* The triggers' parameters, which every fault has: at most one of after-s, at-percent, on-file and
 * on-serial, and within-s with the last two. Ends with one without a name. */
const FaultParameter *fault_trigger_parameters(void);

/* Whether a parameter exists and may have that value. */
bool fault_value_check(FaultKind kind, const char *name, const char *value, GError **error);

/* "a whole number from 1 to 100": ends the sentence "it must be …". Free with g_free(). */
char *fault_value_wanted(const FaultParameter *parameter);

typedef enum {
    FAULT_AT_ONCE,
    FAULT_AFTER,     /* so many seconds */
    FAULT_AT_PART,   /* so many percent of the time that a step usually takes */
    FAULT_ON_FILE,   /* as soon as a file of the guest is there */
    FAULT_ON_SERIAL, /* as soon as the guest's serial port says something */
} FaultTriggerKind;

typedef struct {
    FaultTriggerKind kind;
    guint number;   /* FAULT_AFTER: seconds; FAULT_AT_PART: percent */
    char *text;     /* FAULT_ON_FILE: path; FAULT_ON_SERIAL: part of a line */
    guint within_s; /* by when that must have come */
} FaultTrigger;

/* A fault with all its values. Read-only once made; threads may share it. */
typedef struct {
    FaultKind kind;
    GHashTable *values; /* name → value of the fault's own parameters, with the defaults */
    FaultTrigger trigger;
} FaultCall;

/* `values`: name → text, of the fault's parameters and its trigger's; NULL: none. */
bool fault_call_new(FaultKind kind, GHashTable *values, FaultCall **ret_call, GError **error);
void fault_call_free(FaultCall *call);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FaultCall, fault_call_free)

/* A value of the call. The name must be one of its fault's parameters, and a number's for
 * fault_call_number(). */
const char *fault_call_text(const FaultCall *call, const char *name);
gint64 fault_call_number(const FaultCall *call, const char *name);

/* `disk-slow iops=20 kib-per-s=0 after 5 s`. Free with g_free(). */
char *fault_call_name(const FaultCall *call);
