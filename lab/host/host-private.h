/* SPDX-License-Identifier: GPL-2.0-or-later
 * What the files of host/ share about the connection.
 */
#pragma once

#include <sys/types.h>

#include "host/cleanup.h"
#include "host/host.h"
#include "host/inbox.h"

struct Host {
    virConnectPtr connection;
    char *state_folder; /* absolute, without symbolic links */
    char *work_folder;  /* one folder a machine; whatever is there when a Host opens is left over */
    char *embed_root;   /* the embedded driver's own files; NULL for another URI */
    int lock_fd;
    HostInfo info;

    /* As root, QEMU runs as this user where it can reach the state folder. */
    bool other_user;
    uid_t qemu_uid;
    gid_t qemu_gid;

    GThread *loop;
    gint quit; /* atomic */
    int wake_timer;
    int lifecycle_callback; /* -1: not registered; the others likewise */
    int agent_callback;
    int io_error_callback;
    int monitor_callback;
    bool close_callback;

    GMutex lock;
    GHashTable *inboxes; /* uuid → Inbox, which it does not own */
    guint ending;        /* machines that machine_free() still ends */
    GCond ended;
};

/* Fails with TRUCE_ERROR_LAB: the message and, behind it, libvirt's own words. */
bool host_fail(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Fails with TRUCE_ERROR_LAB "cannot <doing> '<path>': …" and the words of errno. */
bool host_fail_errno(GError **error, const char *doing, const char *path);

/* Where QEMU's user is not this one: makes a file or folder belong to it; lets it read one; lets it
 * come through to a folder of the state folder. */
bool host_give(Host *host, const char *path, GError **error);
bool host_let_read(Host *host, const char *path, GError **error);
bool host_let_reach(Host *host, const char *folder, GError **error);

/* The thread that runs libvirt's event loop, and the callbacks (events.c). */
bool events_start(Host *host, GError **error);
bool events_register(Host *host, GError **error);
void events_unregister(Host *host);
void events_stop(Host *host);

/* Tells the event thread whose a domain's events are. After events_detach() no callback uses the
 * inbox any more. */
void events_attach(Host *host, const char *uuid, Inbox *inbox);
void events_detach(Host *host, const char *uuid);
