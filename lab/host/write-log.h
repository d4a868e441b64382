/* SPDX-License-Identifier: GPL-2.0-or-later
 * The log of a disk's writes that QEMU's blklogwrites filter makes, played back up to the last
 * flush: what a disk with a volatile write cache is sure to hold when its power fails.
 *
 * Format (Linux' dm-log-writes, Documentation/admin-guide/device-mapper/log-writes.rst and
 * drivers/md/dm-log-writes.c; QEMU's block/blklogwrites.c), all little-endian, in sectors of the
 * size that the super block names:
 *
 *   super block, one sector:  u64 magic 0x6a736677736872, u64 version 1, u64 entries, u32 sector
 * size each entry, one sector:   u64 sector, u64 sectors, u64 flags, u64 bytes of an attached text
 *   then, unless it is a discard, its data: `sectors` sectors
 *   flags: 1 flush, 2 FUA (this write is on the disk for sure), 4 discard, 8 mark
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
    guint writes; /* played back */
    guint lost;   /* writes after the last flush, which were left out */
    guint64 lost_bytes;
} WriteLogResult;

/* Writes into `disk` (a host file, larger by need) all that stands in `log` before its last flush,
 * and later writes with FUA. An entry that is cut off at the log's end is not there: QEMU died
 * while it wrote it. TRUCE_ERROR_LAB where the log is no such log or the disk cannot be written. */
bool write_log_replay(const char *log, const char *disk, WriteLogResult *ret_result,
                      GError **error);
