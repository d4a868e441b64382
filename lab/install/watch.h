/* SPDX-License-Identifier: GPL-2.0-or-later
 * How far an unattended installation is, told from outside: by the machine's restarts and by what
 * the first-logon script writes to the serial port. Each opens a stage, which has a deadline: disk
 * and screen say nothing, for a Windows that waits for an answer goes on writing, and its dots
 * turn. Pure: time and observations come in.
 *
 * Lines (guests/windows/first-logon.ps1 has the list) are the guest's: bounded, made printable,
 * and those that are none of ours are passed over.
 */
#pragma once

#include "model/guest.h"
#include "util/cleanup.h"

typedef enum {
    INSTALL_RUNNING,
    INSTALL_DONE,    /* the script told so: the guest is to power itself off */
    INSTALL_FAILED,  /* the script told of a step that failed */
    INSTALL_STALLED, /* no new stage within the deadline, or no power-off after the end */
} InstallState;

typedef struct InstallWatch InstallWatch;

/* How long a guest may take from its last word to its power-off, seconds; less where the recipe's
 * stages are shorter. */
#define INSTALL_SHUT_DOWN_S 600

/* `guest` (with an <install> part, whose stages it limits) must outlive the watch. `now`:
 * g_get_monotonic_time(). */
InstallWatch *install_watch_new(const Guest *guest, gint64 now);
void install_watch_free(InstallWatch *watch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(InstallWatch, install_watch_free)

/* Serial output as it comes, in pieces of any length. */
void install_watch_serial(InstallWatch *watch, const char *bytes, gsize length, gint64 now);

/* The script's own log, whole, as it grows: lines that are new there. What the serial port told
 * already changes nothing. */
void install_watch_log(InstallWatch *watch, const char *text, gsize length, gint64 now);

/* Bytes written to the system disk so far: tells causes apart. */
void install_watch_written(InstallWatch *watch, guint64 written);

/* The machine restarted. */
void install_watch_restart(InstallWatch *watch, gint64 now);

guint install_watch_restarts(const InstallWatch *watch);

InstallState install_watch_state(const InstallWatch *watch, gint64 now);

/* Whether the guest told that it was done: only then is a power-off the end. */
bool install_watch_is_done(const InstallWatch *watch);

/* `setup of Windows 11 24H2, 2 restarts`, `first logon: crash-dumps`, or `shutting down`. Free with
 * g_free(). */
char *install_watch_stage(const InstallWatch *watch);

/* Why it failed or stalled, and the likely cause; NULL while it runs. Free with g_free(). */
char *install_watch_reason(const InstallWatch *watch, gint64 now);

/* What the guest said of itself, each a line of text: deviations from a stock Windows, and the
 * protections as JSON text (NULL where it did not say). They belong to the watch. */
const GPtrArray *install_watch_deviations(const InstallWatch *watch);
const char *install_watch_protections(const InstallWatch *watch);
