/* SPDX-License-Identifier: GPL-2.0-or-later
 * Playing back the log of a disk's writes.
 */
#include "host/write-log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "host/host-private.h"
#include "util/error.h"

#define MAGIC 0x6a736677736872ull
#define SECTOR_MIN 512u
#define SECTOR_MAX 4096u
#define OFFSET_MAX ((guint64)1 << 50) /* no disk of a guest ends behind this */
#define FLAG_FLUSH 1u
#define FLAG_FUA 2u
#define FLAG_DISCARD 4u

typedef struct {
    const guint8 *bytes;
    guint64 size;
    guint64 sector_size;
    guint64 at;
} Log;

typedef struct {
    guint64 offset; /* in the disk, bytes */
    guint64 length;
    guint64 flags;
    const guint8 *data; /* NULL: none */
} Entry;

static guint64 read_u64(const guint8 *bytes)
{
    guint64 value;
    memcpy(&value, bytes, sizeof value);
    return GUINT64_FROM_LE(value);
}

static bool log_begin(Log *log, const char *path, GError **error)
{
    guint32 sector_size = 0;

    if (log->size >= 28)
        memcpy(&sector_size, log->bytes + 24, sizeof sector_size);
    log->sector_size = GUINT32_FROM_LE(sector_size);
    if (log->size < 28 || read_u64(log->bytes) != MAGIC || read_u64(log->bytes + 8) != 1 ||
        log->sector_size < SECTOR_MIN || log->sector_size > SECTOR_MAX ||
        (log->sector_size & (log->sector_size - 1)) != 0) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "'%s' is no log of a disk's writes", path);
        return false;
    }
    log->at = log->sector_size;
    return true;
}

/* The next whole entry; false at the end. */
static bool log_next(Log *log, Entry *ret_entry)
{
    if (log->at >= log->size || log->size - log->at < log->sector_size)
        return false;
    const guint8 *head = log->bytes + log->at;
    guint64 sector = read_u64(head), sectors = read_u64(head + 8);
    guint64 limit = OFFSET_MAX / log->sector_size;
    if (sector > limit || sectors > limit)
        return false;
    Entry entry = {.offset = sector * log->sector_size,
                   .length = sectors * log->sector_size,
                   .flags = read_u64(head + 16)};
    guint64 after = log->at + log->sector_size;
    if (!(entry.flags & FLAG_DISCARD) && entry.length > 0) {
        if (log->size - after < entry.length)
            return false;
        entry.data = log->bytes + after;
        after += entry.length;
    }
    log->at = after;
    *ret_entry = entry;
    return true;
}

/* Where the log's last flush ends; its start where there is none. */
static guint64 last_flush(Log log)
{
    guint64 end = log.at;
    Entry entry;

    while (log_next(&log, &entry))
        if (entry.flags & FLAG_FLUSH)
            end = log.at;
    return end;
}

static bool write_all(int fd, const Entry *entry, const char *path, GError **error)
{
    for (guint64 done = 0; done < entry->length;) {
        ssize_t n = pwrite(fd, entry->data + done, (gsize)(entry->length - done),
                           (off_t)(entry->offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return host_fail_errno(error, "play writes back into", path);
        done += (guint64)n;
    }
    return true;
}

static bool replay(Log *log, int fd, const char *disk, WriteLogResult *result, GError **error)
{
    guint64 flushed = last_flush(*log);
    Entry entry;

    while (log_next(log, &entry)) {
        if (!entry.data)
            continue;
        if (log->at > flushed && !(entry.flags & FLAG_FUA)) {
            result->lost++;
            result->lost_bytes += entry.length;
            continue;
        }
        if (!write_all(fd, &entry, disk, error))
            return false;
        result->writes++;
    }
    return true;
}

bool write_log_replay(const char *log_path, const char *disk, WriteLogResult *ret_result,
                      GError **error)
{
    g_autoptr(GError) cause = NULL;
    g_autoptr(GMappedFile) file = g_mapped_file_new(log_path, FALSE, &cause);
    WriteLogResult result = {0};

    if (!file) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "cannot read '%s': %s", log_path,
                    cause->message);
        return false;
    }
    Log log = {.bytes = (const guint8 *)g_mapped_file_get_contents(file),
               .size = g_mapped_file_get_length(file)};
    if (!log_begin(&log, log_path, error))
        return false;
    auto_fd fd = open(disk, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return host_fail_errno(error, "open", disk);
    if (!replay(&log, fd, disk, &result, error))
        return false;
    *ret_result = result;
    return true;
}
