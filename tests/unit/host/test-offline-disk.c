/* SPDX-License-Identifier: GPL-2.0-or-later
 * Reading and mending the disk of a guest that is off: an NTFS one with a partition table, as
 * Windows has it, and an ext4 one as the reference guest's, each made here.
 */
#include "host/offline-disk.h"

#include <string.h>

#include "host/host.h"
#include "util/error.h"
#include "util/files.h"
#include "util/proc.h"

/* $1: work folder. The tree that both disks have. */
#define TREE                                                                                       \
    "set -eu; cd \"$1\"; mkdir -p tree/Windows/System32 tree/Windows/Minidump tree/Other;"         \
    "printf 'PAGEDU64first' >tree/Windows/Minidump/112226-1.DMP;"                                  \
    "printf 'PAGEDU64second' >tree/Windows/Minidump/112226-2.dmp;"                                 \
    "printf 'no dump' >tree/Windows/Minidump/notes.txt;"                                           \
    "cd tree/Windows/System32; printf 'bad' >Content-3.bin; printf 'good' >stays.bin; cd \"$1\";"  \
    "mkdir tree/Windows/Minidump/folder.dmp;"

#define NTFS                                                                                       \
    TREE "wimlib-imagex capture tree tree.wim --compress=none >log 2>&1;"                          \
         "truncate -s 30M part.ntfs; mkntfs -F -Q -q part.ntfs >>log 2>&1;"                        \
         "wimlib-imagex apply tree.wim 1 part.ntfs >>log 2>&1; truncate -s 34M disk.raw;"          \
         "printf 'label: gpt\\nstart=2048,size=63488\\n' | sfdisk -q disk.raw >>log 2>&1;"         \
         "dd if=part.ntfs of=disk.raw bs=1M seek=1 conv=notrunc status=none;"                      \
         "qemu-img convert -O qcow2 disk.raw base.qcow2;"                                          \
         "qemu-img create -q -f qcow2 -b base.qcow2 -F qcow2 disk.qcow2"

#define EXT4                                                                                       \
    TREE "mkdir -p root/wine; mv tree root/wine/drive_c; truncate -s 16M disk.raw;"                \
         "mke2fs -q -t ext4 -d root disk.raw;"                                                     \
         "qemu-img convert -O qcow2 disk.raw disk.qcow2"

static char *folder;

static bool may_run(const char *program)
{
    const char *reason;
    g_autofree char *path = program ? proc_find(program) : NULL;

    if (!offline_disk_available(&reason))
        g_test_skip(reason);
    else if (program && !path)
        g_test_skip_printf("%s is not installed", program);
    else
        return true;
    return false;
}

static void run_script(const char *script, ProcLine on_line, gpointer data)
{
    const char *const argv[] = {"bash", "-c", script, "bash", folder, NULL};
    const ProcOptions options = {.timeout_s = 100, .on_line = on_line, .on_line_data = data};
    g_autoptr(GError) error = NULL;

    proc_run(argv, &options, &error);
    g_assert_no_error(error);
}

static void make_disk(const char *script)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(files_remove_tree(folder, &error));
    g_assert_true(files_make_folder(folder, &error));
    run_script(script, NULL, NULL);
}

static void add_line(const char *line, gpointer data)
{
    g_string_append_printf(data, "%s\n", line);
}

/* Looks by other means whether the deletion is on the disk: `script` lists the folder. */
static void check_gone(const char *script)
{
    g_autoptr(GString) listed = g_string_new(NULL);

    run_script(script, add_line, listed);
    g_assert_nonnull(strstr(listed->str, "stays.bin"));
    g_assert_null(strstr(listed->str, "Content-3.bin"));
}

static OfflineDisk *open_disk(bool writable)
{
    g_autofree char *image = g_build_filename(folder, "disk.qcow2", NULL);
    const char *reason;
    OfflineDiskOptions options = {.writable = writable, .emulate = !kvm_probe(folder, &reason)};
    g_autoptr(GError) error = NULL;
    OfflineDisk *disk = NULL;

    offline_disk_open(image, &options, &disk, &error);
    g_assert_no_error(error);
    return disk;
}

static void check_fetch(OfflineDisk *disk)
{
    g_autofree char *to = g_build_filename(folder, "fetched", NULL);
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    gsize length;

    g_assert_true(offline_disk_fetch(disk, "C:\\WINDOWS\\minidump\\112226-1.dmp", to, 13, &error));
    g_assert_true(files_read(to, 100, &text, &length, &error));
    g_assert_cmpstr(text, ==, "PAGEDU64first");
    g_assert_false(offline_disk_fetch(disk, "C:\\Windows\\Minidump\\112226-1.DMP", to, 12, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    g_clear_error(&error);
    g_assert_false(offline_disk_fetch(disk, "C:\\Windows\\Minidump\\none", to, 12, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    g_clear_error(&error);
    g_assert_false(offline_disk_fetch(disk, "D:\\Windows\\notes.txt", to, 12, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
}

static void check_list(OfflineDisk *disk)
{
    g_autoptr(GPtrArray) names = NULL;
    g_autoptr(GPtrArray) one = NULL;
    g_autoptr(GPtrArray) none = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_true(offline_disk_list(disk, "C:\\windows\\Minidump", "*.dmp", 8, &names, &error));
    g_assert_cmpuint(names->len, ==, 2);
    g_assert_cmpstr(names->pdata[0], ==, "112226-1.DMP");
    g_assert_cmpstr(names->pdata[1], ==, "112226-2.dmp");
    g_assert_true(offline_disk_list(disk, "C:\\Windows\\Minidump", "*", 1, &one, &error));
    g_assert_cmpuint(one->len, ==, 1);
    g_assert_true(offline_disk_list(disk, "C:\\Nowhere\\Minidump", "*", 8, &none, &error));
    g_assert_cmpuint(none->len, ==, 0);
}

static void check_delete(OfflineDisk *disk)
{
    g_autoptr(GPtrArray) names = NULL;
    g_autoptr(GError) error = NULL;
    bool existed = false;

    /* As a recovery procedure that names its files by a pattern finds them. */
    g_assert_true(
        offline_disk_list(disk, "C:\\Windows\\system32", "content-?.BIN", 8, &names, &error));
    g_assert_cmpuint(names->len, ==, 1);
    g_assert_cmpstr(names->pdata[0], ==, "Content-3.bin");
    g_assert_true(
        offline_disk_delete(disk, "C:\\Windows\\system32\\content-3.bin", &existed, &error));
    g_assert_true(existed);
    g_assert_true(
        offline_disk_delete(disk, "C:\\Windows\\system32\\content-3.bin", &existed, &error));
    g_assert_false(existed);
    g_assert_true(offline_disk_close(disk, &error));
}

static void test_ntfs(void)
{
    if (!may_run("wimlib-imagex") || !may_run("mkntfs") || !may_run("sfdisk"))
        return;
    make_disk(NTFS);
    OfflineDisk *disk = open_disk(/* writable */ true);
    check_list(disk);
    check_fetch(disk);
    check_delete(disk);
    check_gone("qemu-img convert -O raw \"$1/disk.qcow2\" \"$1/after\";"
               "dd if=\"$1/after\" of=\"$1/part.ntfs\" bs=1M skip=1 count=31 status=none;"
               "ntfsls -p Windows/System32 \"$1/part.ntfs\"");
}

static void test_ext4(void)
{
    if (!may_run("mke2fs"))
        return;
    make_disk(EXT4);
    OfflineDisk *disk = open_disk(/* writable */ true);
    check_list(disk);
    check_fetch(disk);
    check_delete(disk);
    check_gone("qemu-img convert -O raw \"$1/disk.qcow2\" \"$1/after\";"
               "debugfs -R 'ls -p /wine/drive_c/Windows/System32' \"$1/after\" 2>/dev/null");
}

/* A machine that takes longer than it may is ended, and nothing waits for it. */
static void test_deadline(void)
{
    g_autofree char *image = g_build_filename(folder, "disk.qcow2", NULL);
    const OfflineDiskOptions options = {.emulate = true, .timeout_s = 1};
    OfflineDisk *disk = NULL;
    g_autoptr(GError) error = NULL;

    if (!may_run(NULL))
        return;
    make_disk("qemu-img create -q -f qcow2 \"$1/disk.qcow2\" 16M");
    g_assert_false(offline_disk_open(image, &options, &disk, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB);
    g_assert_nonnull(strstr(error->message, "took too long"));
}

/* After a kill: what a note says of sockets is removed, and nothing that is none. */
static void test_sweep(void)
{
    g_autofree char *machine = g_dir_make_tmp("truce-sweep-XXXXXX", NULL);
    g_autofree char *first = g_build_filename(machine, "offline-AAAAAA", NULL);
    g_autofree char *second = g_build_filename(machine, "offline-BBBBBB", NULL);
    g_autofree char *note = g_build_filename(first, "sockets", NULL);
    g_autofree char *other_note = g_build_filename(second, "sockets", NULL);
    g_autofree char *sockets = g_strdup("/tmp/libguestfsXXXXXX");
    g_autofree char *other = g_strdup("/tmp/no-guestfsXXXXXX");
    g_autofree char *socket = NULL;

    g_assert_nonnull(g_mkdtemp(sockets));
    g_assert_nonnull(g_mkdtemp(other));
    socket = g_build_filename(sockets, "guestfsd.sock", NULL);
    g_assert_true(g_file_set_contents(socket, "", 0, NULL));
    g_assert_true(files_make_folder(first, NULL) && files_make_folder(second, NULL));
    g_assert_true(g_file_set_contents(note, sockets, -1, NULL));
    g_assert_true(g_file_set_contents(other_note, other, -1, NULL));
    offline_disk_sweep(machine);
    g_assert_false(g_file_test(sockets, G_FILE_TEST_EXISTS));
    g_assert_true(g_file_test(other, G_FILE_TEST_EXISTS));
    g_assert_true(files_remove_tree(other, NULL) && files_remove_tree(machine, NULL));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_autoptr(GError) error = NULL;
    folder = g_dir_make_tmp("truce-offline-disk-XXXXXX", &error);
    g_assert_no_error(error);
    g_test_add_func("/offline-disk/sweep", test_sweep);
    g_test_add_func("/offline-disk/ntfs", test_ntfs);
    g_test_add_func("/offline-disk/ext4", test_ext4);
    g_test_add_func("/offline-disk/deadline", test_deadline);
    int status = g_test_run();
    files_remove_tree(folder, NULL);
    g_free(folder);
    return status;
}
