/* SPDX-License-Identifier: GPL-2.0-or-later
 * What the event thread tells one machine, and how the machine's thread waits for it.
 *
 * Any thread may call the inbox_tell functions; they never block for long. At most INBOX_EVENTS_MAX
 * events wait: a guest that resets without end makes no memory grow, the newest are dropped.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "host/machine.h"

#define INBOX_EVENTS_MAX 64

typedef enum { GUEST_RUNS, GUEST_CRASHED, GUEST_OFF } GuestState;
typedef enum { MIGRATION_NONE, MIGRATION_COMPLETED, MIGRATION_FAILED } MigrationState;

/* What QEMU's first SHUTDOWN said: libvirt ends a guest that powered off by a signal too. */
typedef enum { SHUTDOWN_NONE, SHUTDOWN_BY_GUEST, SHUTDOWN_BY_SIGNAL } ShutdownState;

typedef struct {
    GMutex lock; /* guards all that follows */
    GCond changed;
    GQueue events; /* MachineEvent as pointers */
    GuestState state;
    bool agent_connected; /* the guest has opened its agent's port and libvirt the socket */
    ShutdownState shutdown;
    guint reset_echoes;    /* RESET events that the lab's own resets caused */
    gint64 firmware_until; /* until then a guest's reset is the firmware's; QEMU's microseconds */
    bool firmware_came;
    bool keeps_panic; /* inbox_restart() drops no PANIC */
    MigrationState migration;
    gint disk_errors_wanted; /* atomic: the disk fails because machine_fail_disk() said so */
    char *panic_info;        /* JSON of the last GUEST_PANICKED, or NULL */
    char *lost_reason;       /* why LOST was told first, or NULL */
    guint64 oom_kills;       /* host/oom.h, when this start began */
    const char *folder;      /* of the machine's memory and disk on this host, not owned, or NULL */
    guint64 room_min;        /* bytes: with fewer free there, its disk is full */
} Inbox;

void inbox_init(Inbox *inbox);
void inbox_clear(Inbox *inbox);

/* For the event thread. LOST comes with its reason, once until inbox_restart(). */
void inbox_tell(Inbox *inbox, MachineEvent event);
void inbox_tell_lost(Inbox *inbox, const char *reason);
void inbox_tell_agent(Inbox *inbox, bool connected);
/* The guest runs on after a panic. */
void inbox_tell_resumed(Inbox *inbox);
void inbox_tell_shutdown(Inbox *inbox, bool by_guest);
void inbox_tell_migration(Inbox *inbox, MigrationState state);
void inbox_tell_panic_info(Inbox *inbox, const char *json);
void inbox_tell_reset(Inbox *inbox, bool by_guest, gint64 at);
/* QEMU is gone; lost_reason NULL: in order, unless inbox_tell_shutdown() told of a signal. The
 * reason then also says whether the disk below the machine's folder is full, and whether the host's
 * kernel ended processes for want of memory meanwhile. */
void inbox_tell_stopped(Inbox *inbox, const char *lost_reason);

/* SeaBIOS starts a machine that was reset by resetting it once more ("Attempting a hard reboot",
 * its way to get clean memory), right after the reset vector. It tries several ways, and each may
 * give an event, in the same millisecond; so may a guest's own reboot. Those are no events of the
 * guest's: the first within FIRST of a reset, and what follows that one within MORE. */
#define INBOX_FIRMWARE_FIRST_US (10 * G_USEC_PER_SEC)
#define INBOX_FIRMWARE_MORE_US (1 * G_USEC_PER_SEC)

/* A new start of the guest: drops its events (WAKE is not its own, and stays; PANIC where
 * `keeps_panic` says so) and what was known of the old one. */
void inbox_restart(Inbox *inbox, bool from_power_off);

/* For the machine's thread; deadlines are g_get_monotonic_time(). */
MachineEvent inbox_take(Inbox *inbox, gint64 deadline);
bool inbox_wait_reset_echo(Inbox *inbox, guint echoes, gint64 deadline);
MigrationState inbox_wait_migration(Inbox *inbox, gint64 deadline);

/* Whether an agent call must end: sets the error that it ends with. The lock is held. */
bool inbox_interrupts_locked(Inbox *inbox, GError **error);
