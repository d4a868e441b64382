/* SPDX-License-Identifier: GPL-2.0-or-later
 * What the files of host/ share about the connection.
 */
#pragma once

#include <sys/types.h>

#include "host/cleanup.h"
#include "host/host.h"
#include "host/inbox.h"
#include "host/overlays.h"

struct Host {
    virConnectPtr connection; /* machines have it by connection_take() */
    GMutex reconnecting;      /* held while the connection is taken or made anew */
    bool gone;                /* it closed and could not be made anew */
    char *state_folder;       /* absolute, without symbolic links */
    char *work_folder; /* one folder a machine; whatever is there when a Host opens is left over */
    char *embed_root;  /* the embedded driver's own files; NULL for another URI */
    char *run_folder;  /* host/run-folder.h, or NULL */
    char *owner;       /* of its domains, in their metadata */
    struct Remote *remote; /* files on libvirt's host, where that is another one; else NULL */
    int lock_fd;
    HostInfo info;

    /* QEMU's user, where it is not this one (qemu-user.c). */
    bool other_user;
    uid_t qemu_uid;
    gid_t qemu_gid;
    char *
        *security_models; /* of a libvirt daemon, other than 'dac'; NULL for the embedded driver */

    GThread *loop;
    gint quit; /* atomic */
    int wake_timer;
    int lifecycle_callback; /* -1: not registered; the others likewise */
    int agent_callback;
    int io_error_callback;
    int monitor_callback;
    bool close_callback;

    GMutex lock;
    bool closed;         /* under the lock: the connection broke */
    GHashTable *inboxes; /* uuid → Inbox, which it does not own */
    Overlays *overlays;
    guint ending; /* machines that machine_free() still ends */
    GCond ended;
};

/* Fails with TRUCE_ERROR_LAB: the message and, behind it, libvirt's own words. */
bool host_fail(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Fails with TRUCE_ERROR_LAB "cannot <doing> '<path>': …" and the words of errno. */
bool host_fail_errno(GError **error, const char *doing, const char *path);

/* Connects for the first time, within 10 s (connection.c). */
bool connection_open(Host *host, const char *uri, GError **error);

/* Of a libvirt on another host: how it runs guests. KVM that is there and does not work shows in
 * the first guest. */
bool connection_ask_accelerator(Host *host, GError **error);

/* The connection; where it broke, a new one to the same libvirt, which gets 30 s to come back. What
 * ran before is lost with the old one. virConnectClose() it. */
virConnectPtr connection_take(Host *host, GError **error);

/* Chooses the user of the embedded driver's QEMU: as root, libvirt's own where it can reach the
 * state folder. */
void qemu_user_choose(Host *host);

/* Asks a libvirt daemon whom its QEMU runs as and what else confines it. */
bool qemu_user_ask(Host *host, GError **error);

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
