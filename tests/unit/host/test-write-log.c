/* SPDX-License-Identifier: GPL-2.0-or-later
 * Playing back logs of a disk's writes: what was flushed is there, what was not is not; hostile and
 * cut logs are refused or end.
 */
#include "host/write-log.h"

#include <string.h>

#include <glib/gstdio.h>

#include "util/error.h"

#define SECTOR 512u
#define DISK_SECTORS 16u
#define FLUSH 1u
#define FUA 2u
#define DISCARD 4u

static char *folder, *log_path, *disk_path;

static void put_u64(GByteArray *log, guint64 value)
{
    guint64 little = GUINT64_TO_LE(value);
    g_byte_array_append(log, (const guint8 *)&little, sizeof little);
}

static void pad(GByteArray *log)
{
    guint used = log->len % SECTOR;
    guint8 zeros[SECTOR] = {0};
    if (used > 0)
        g_byte_array_append(log, zeros, SECTOR - used);
}

static GByteArray *log_new(guint32 sector_size)
{
    GByteArray *log = g_byte_array_new();
    guint32 little = GUINT32_TO_LE(sector_size);

    put_u64(log, 0x6a736677736872);
    put_u64(log, 1);
    put_u64(log, 0); /* QEMU's count may lag behind: it is not looked at */
    g_byte_array_append(log, (const guint8 *)&little, sizeof little);
    pad(log);
    return log;
}

static void log_entry(GByteArray *log, guint64 sector, guint64 sectors, guint64 flags, char fill)
{
    put_u64(log, sector);
    put_u64(log, sectors);
    put_u64(log, flags);
    put_u64(log, 0);
    pad(log);
    for (guint64 i = 0; !(flags & DISCARD) && i < sectors; i++) {
        guint8 data[SECTOR];
        memset(data, fill, sizeof data);
        g_byte_array_append(log, data, sizeof data);
    }
}

/* Plays the log back into a disk of '.' and gives the first byte of each sector. */
static char *replay(GByteArray *log, WriteLogResult *ret_result, GError **error)
{
    g_autofree char *blank = g_strnfill(DISK_SECTORS * SECTOR, '.');
    g_autofree char *disk = NULL;
    gsize length;

    g_assert_true(g_file_set_contents(log_path, (char *)log->data, log->len, NULL));
    g_assert_true(g_file_set_contents(disk_path, blank, DISK_SECTORS * SECTOR, NULL));
    if (!write_log_replay(log_path, disk_path, ret_result, error))
        return NULL;
    g_assert_true(g_file_get_contents(disk_path, &disk, &length, NULL));
    GString *text = g_string_new(NULL);
    for (gsize at = 0; at < length; at += SECTOR)
        g_string_append_c(text, disk[at]);
    return g_string_free(text, FALSE);
}

static void test_flushed(void)
{
    g_autoptr(GByteArray) log = log_new(SECTOR);
    WriteLogResult result;
    g_autoptr(GError) error = NULL;

    log_entry(log, 0, 2, 0, 'a');
    log_entry(log, 1, 1, 0, 'b');
    log_entry(log, 0, 0, FLUSH, 0);
    log_entry(log, 4, 3, 0, 'c'); /* lost */
    log_entry(log, 8, 1, FUA, 'd');
    log_entry(log, 9, 4, DISCARD, 0);
    log_entry(log, 15, 2, FUA, 'e'); /* the disk grows */
    g_autofree char *disk = replay(log, &result, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(disk, ==, "ab......d......ee");
    g_assert_cmpuint(result.writes, ==, 4);
    g_assert_cmpuint(result.lost, ==, 1);
    g_assert_cmpuint(result.lost_bytes, ==, 3 * SECTOR);
}

static void test_never_flushed(void)
{
    g_autoptr(GByteArray) log = log_new(SECTOR);
    WriteLogResult result;

    log_entry(log, 0, 16, 0, 'a');
    g_autofree char *disk = replay(log, &result, NULL);
    g_assert_cmpstr(disk, ==, "................");
    g_assert_cmpuint(result.lost, ==, 1);
}

/* A log that ends anywhere is played back as far as whole entries go. */
static void test_cut(void)
{
    g_autoptr(GByteArray) whole = log_new(SECTOR);

    log_entry(whole, 0, 1, 0, 'a');
    log_entry(whole, 0, 0, FLUSH, 0);
    guint first = whole->len;
    log_entry(whole, 1, 1, 0, 'b');
    log_entry(whole, 0, 0, FLUSH, 0);
    for (guint length = SECTOR; length <= whole->len; length += 100) {
        g_autoptr(GByteArray) log = g_byte_array_new();
        WriteLogResult result;
        g_byte_array_append(log, whole->data, length);
        g_autofree char *disk = replay(log, &result, NULL);
        g_assert_cmpint(disk[0], ==, length >= first ? 'a' : '.');
        g_assert_cmpint(disk[1], ==, length == whole->len ? 'b' : '.');
    }
}

static void assert_refused(GByteArray *log)
{
    WriteLogResult result;
    g_autoptr(GError) error = NULL;

    g_assert_null(replay(log, &result, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB);
    g_assert_nonnull(strstr(error->message, "is no log"));
}

static void test_no_log(void)
{
    g_autoptr(GByteArray) empty = g_byte_array_new();
    g_autoptr(GByteArray) magic = log_new(SECTOR);
    g_autoptr(GByteArray) sectors = log_new(0);
    g_autoptr(GByteArray) odd = log_new(700);
    WriteLogResult result;
    g_autoptr(GError) error = NULL;

    magic->data[0] ^= 1;
    assert_refused(empty);
    assert_refused(magic);
    assert_refused(sectors);
    assert_refused(odd);
    g_assert_false(write_log_replay("/nonexistent", disk_path, &result, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB);
}

/* Places and sizes that overflow end the log. */
static void test_hostile(void)
{
    static const guint64 places[][2] = {
        {G_MAXUINT64, 1}, {1, G_MAXUINT64}, {G_MAXUINT64 / SECTOR, 1}, {1, G_MAXUINT64 / SECTOR}};

    for (guint i = 0; i < G_N_ELEMENTS(places); i++) {
        g_autoptr(GByteArray) log = log_new(SECTOR);
        WriteLogResult result;
        put_u64(log, places[i][0]);
        put_u64(log, places[i][1]);
        put_u64(log, 0);
        put_u64(log, 0);
        pad(log);
        log_entry(log, 0, 0, FLUSH, 0);
        g_autofree char *disk = replay(log, &result, NULL);
        g_assert_cmpstr(disk, ==, "................");
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("truce-write-log-XXXXXX", NULL);
    log_path = g_build_filename(folder, "log", NULL);
    disk_path = g_build_filename(folder, "disk", NULL);
    g_test_add_func("/write-log/flushed", test_flushed);
    g_test_add_func("/write-log/never-flushed", test_never_flushed);
    g_test_add_func("/write-log/cut", test_cut);
    g_test_add_func("/write-log/no-log", test_no_log);
    g_test_add_func("/write-log/hostile", test_hostile);
    int status = g_test_run();
    g_unlink(log_path);
    g_unlink(disk_path);
    g_rmdir(folder);
    g_free(folder);
    g_free(log_path);
    g_free(disk_path);
    return status;
}
