/* SPDX-License-Identifier: GPL-2.0-or-later
 * Files of a guest that is off, read and deleted on its disk without booting it.
 *
 * By libguestfs where it is installed: it is loaded when first needed, so nothing depends on it.
 * It looks at the disk inside a small virtual machine of its own, so that a damaged or hostile file
 * system meets no code of the host; NTFS needs ntfs-3g beside it. Opening takes about 20 s where
 * that machine is emulated, and longer the first time, when libguestfs builds it.
 *
 * Paths are Windows': `C:\Windows\Minidump`, without regard to case. C: is the file system that has
 * Windows\System32, at its top or, on the reference guest, below /wine/drive_c. Links are not
 * followed by their last component.
 *
 * What it needs for itself lies in a folder beside the image, so that it goes with a machine's work
 * folder where the lab was killed meanwhile.
 *
 * The guest must be off and stay off until the disk is closed. One disk at a time is open; another
 * caller waits. Failures are TRUCE_ERROR_LAB unless said otherwise.
 *
 * Source: guestfs(3), guestfs-faq(1).
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct OfflineDisk OfflineDisk;

/* Whether libguestfs is there; ret_reason (static text) says what is not. */
bool offline_disk_available(const char **ret_reason);

typedef struct {
    bool writable;   /* else the image is only read, also by a journal that wants to be replayed */
    bool emulate;    /* KVM does not run here (kvm_probe()): libguestfs would hang */
    guint timeout_s; /* from opening to closing; then every call fails. 0: 600 */
} OfflineDiskOptions;

/* Opens a qcow2 image, with its backing files. TRUCE_ERROR_GUEST where no file system on it has a
 * Windows. */
bool offline_disk_open(const char *image, const OfflineDiskOptions *options, OfflineDisk **ret_disk,
                       GError **error);

/* Closes it. What was deleted is on the image when this returned true. */
bool offline_disk_close(OfflineDisk *disk, GError **error);

/* The same, without asking. NULL-safe. */
void offline_disk_free(OfflineDisk *disk);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OfflineDisk, offline_disk_free)

/* What a lab that was killed with a disk open left outside of the folder beside the image: its
 * sockets. `folder`: the image's. Needs no libguestfs. */
void offline_disk_sweep(const char *folder);

/* Base names of the files of a folder that match a pattern (`*.dmp`, without regard to case),
 * sorted, at most `limit`; a folder that does not exist has none. Names that could leave a folder
 * on the host are passed over. Free with g_ptr_array_unref(). */
bool offline_disk_list(OfflineDisk *disk, const char *folder, const char *pattern, guint limit,
                       GPtrArray **ret_names, GError **error);

/* Copies a file to the host. TRUCE_ERROR_INPUT where it is not there or longer than `limit`. */
bool offline_disk_fetch(OfflineDisk *disk, const char *path, const char *to, gsize limit,
                        GError **error);

/* Deletes one file; ret_existed tells whether it was there. */
bool offline_disk_delete(OfflineDisk *disk, const char *path, bool *ret_existed, GError **error);
