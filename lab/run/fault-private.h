/* SPDX-License-Identifier: GPL-2.0-or-later
 * What the files of run/fault.h share.
 */
#pragma once

#include "run/fault.h"

struct Fault {
    FaultKind kind;
    GHashTable *values; /* of the call */
    FaultTarget target;
    FaultAftermath aftermath;
    gint64 pid;       /* memory-pressure: its program in the guest */
    GBytes *original; /* content-corrupt: the file as it was */
    char *done;       /* what was done to the bytes */
};

/* A value of the call. */
const char *fault_text(const Fault *fault, const char *name);
gint64 fault_number(const Fault *fault, const char *name);

void fault_note(const FaultTarget *target, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Puts truce-stress.exe, built for that kind of guest, into it, where it is not there yet, and
 * gives its path there. */
bool stress_put(Agent *agent, const Guest *guest, const char **ret_path, GError **error);

/* Those that go through the guest (fault-guest.c). */
bool fault_begin_bugcheck(Fault *fault, GError **error);
bool fault_undo_bugcheck(Fault *fault, GError **error);
bool fault_begin_content(Fault *fault, GError **error);
bool fault_undo_content(Fault *fault, GError **error);
bool fault_begin_disk_full(Fault *fault, GError **error);
bool fault_undo_disk_full(Fault *fault, GError **error);
bool fault_begin_kill(Fault *fault, GError **error);
bool fault_begin_memory(Fault *fault, GError **error);
bool fault_undo_memory(Fault *fault, GError **error);
bool fault_begin_service(Fault *fault, GError **error);
bool fault_undo_service(Fault *fault, GError **error);
bool fault_begin_verifier(Fault *fault, GError **error);
bool fault_undo_verifier(Fault *fault, GError **error);
