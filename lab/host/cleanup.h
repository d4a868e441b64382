/* SPDX-License-Identifier: GPL-2.0-or-later
 * Automatic cleanup for the types of libvirt and for file descriptors.
 */
#pragma once

#include <unistd.h>

#include <glib.h>
#include <libvirt/libvirt.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(virConnect, virConnectClose)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(virDomain, virDomainFree)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(virStream, virStreamFree)

static inline void host_close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}
/* A file descriptor that is closed at the end of its scope: `auto_fd fd = open(…);` */
#define auto_fd __attribute__((cleanup(host_close_fd))) int
