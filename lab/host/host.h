/* SPDX-License-Identifier: GPL-2.0-or-later
 * The connection to libvirt and the thread that runs its event loop.
 *
 * host/ is the only place that calls libvirt. One Host serves all worker threads; each Machine
 * belongs to one thread. Fails with TRUCE_ERROR_LAB.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct Host Host;

/* Opens libvirt. `uri` NULL: the embedded QEMU driver with its root below `state_folder` (no
 * daemon, no root needed; the path of its sockets must stay under 108 bytes, checked here). One
 * process may use one state folder only, and has GLib's default main context run by this host's
 * thread. A URI that names another host: files go there and come back by libvirt's storage API
 * (docs/hosts.md); what it asks for to let one in stands in libvirt's own auth.conf.
 *
 * A lock file held while a Host lives tells a dead run from one that still goes on: another Host on
 * the same folder is refused, and the domains and overlays that a killed run left are removed. */
bool host_open(const char *uri, const char *state_folder, Host **ret_host, GError **error);

/* Whether a Host of this or another process holds the folder now: then host_open() is refused. */
bool host_in_use(const char *state_folder);

/* Waits for machines that are still ending; all of them must have been freed before. NULL-safe. */
void host_close(Host *host);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Host, host_close)

typedef enum { ACCELERATOR_TCG, ACCELERATOR_KVM } Accelerator;

typedef struct {
    char *uri;
    char *libvirt; /* version */
    char *qemu;    /* version */
    Accelerator accelerator;
} HostInfo;
/* What this host runs guests with. Belongs to the host. */
const HostInfo *host_info(Host *host);

/* Whether a connection's URI names another host: `qemu+ssh://host/system`. NULL: no. */
bool host_uri_is_remote(const char *uri);

/* Whether libvirt, and so every guest, is on another host: there are no warm states there, and
 * nothing can be done to the process of a QEMU. */
bool host_is_remote(const Host *host);

/* Whether libvirt answers, where need be on a new connection, which it gets 30 s for; once it did
 * not, it is never asked again. TRUCE_ERROR_LAB says what does not answer. */
bool host_answers(Host *host, GError **error);

/* Whether KVM runs a guest's instructions here at a CPU's speed, not only opens: a child makes a
 * virtual machine that counts in a loop, with a deadline of 2 s; it is killed where it hangs.
 * ret_reason says what failed, static text. The result is cached in the state folder per kernel
 * release and boot. */
bool kvm_probe(const char *state_folder, const char **ret_reason);
