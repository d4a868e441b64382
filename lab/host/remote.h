/* SPDX-License-Identifier: GPL-2.0-or-later
 * Files on the host of a libvirt that is not on this machine, by libvirt's storage API.
 *
 * They lie in a storage pool `truce` there, a folder of that host; where it has none, one is made
 * in /var/lib/libvirt/truce. Its volumes:
 *
 *   truce-<lab>-<sha256>          a file of a sealed image: carried there once, read-only
 *   truce-<lab>-<sha256>.whole    empty: that file was read back and had its checksum
 *   truce-<lab>-run-<machine>-…   of a machine: its disks, its serial port's output; ends with it
 *
 * <lab>: 12 hex digits of this machine's id and the state folder, so that labs which share a host
 * leave each other's files alone. Any thread may call these. Failures are TRUCE_ERROR_LAB.
 * Sources: libvirt's documentation, formatstorage; libvirt-storage.h.
 */
#pragma once

#include "host/host-private.h"

#define REMOTE_POOL "truce"
#define REMOTE_POOL_FOLDER "/var/lib/libvirt/truce"

typedef struct Remote Remote;

/* Finds or makes the pool; removes what machines of dead runs left. */
bool remote_open(Host *host, GError **error);
void remote_close(Remote *remote);

/* Carries a file there, under its checksum, unless it is there; ret_path: where. */
bool remote_carry(Host *host, const char *file, char **ret_path, GError **error);

/* Makes a machine's volume: a qcow2 image of that size, an overlay on `backing` (a qcow2 image
 * there) where it is not NULL; an empty file. One of that name is replaced. */
bool remote_make_disk(Host *host, const char *name, guint64 bytes, const char *backing,
                      char **ret_path, GError **error);
bool remote_make_file(Host *host, const char *name, char **ret_path, GError **error);

/* Writes a file of this machine to a machine's volume, anew. */
bool remote_put(Host *host, const char *name, const char *file, char **ret_path, GError **error);

/* Reads a machine's volume from `offset` to its end; the sink returns how many bytes it took, or -1
 * to end it. */
bool remote_read(Host *host, const char *name, guint64 offset, virStreamSinkFunc sink,
                 gpointer data, GError **error);
/* The same, into a file of this machine. */
bool remote_get(Host *host, const char *name, const char *file, GError **error);

/* Cuts a machine's volume to nothing, also while QEMU appends to it. */
void remote_empty(Host *host, const char *name);

/* Removes all volumes of a machine: those whose names begin so. */
void remote_remove(Host *host, const char *prefix);
