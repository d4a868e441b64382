/* SPDX-License-Identifier: GPL-2.0-or-later
 * Files and folders of the host: nothing half written, nothing outside touched.
 */
#include "util/files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "util/error.h"
#include "util/file-out.h"

typedef struct {
    char *folder;
} Scratch;

static void set_up(Scratch *scratch, gconstpointer unused)
{
    (void)unused;
    scratch->folder = g_dir_make_tmp("truce-files-XXXXXX", NULL);
}

static void tear_down(Scratch *scratch, gconstpointer unused)
{
    (void)unused;
    g_assert_true(files_remove_tree(scratch->folder, NULL));
    g_assert_false(g_file_test(scratch->folder, G_FILE_TEST_EXISTS));
    g_free(scratch->folder);
}

static char *in(const Scratch *scratch, const char *name)
{
    return g_build_filename(scratch->folder, name, NULL);
}

static guint entries(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    guint count = 0;
    while (g_dir_read_name(dir))
        count++;
    return count;
}

static void assert_holds(const char *path, const char *data, gsize length)
{
    g_autofree char *read = NULL;
    gsize read_length;
    g_assert_true(g_file_get_contents(path, &read, &read_length, NULL));
    g_assert_cmpmem(read, read_length, data, length);
}

static void test_make_folder(Scratch *scratch, gconstpointer unused)
{
    (void)unused;
    g_autofree char *deep = in(scratch, "a/b/c");
    g_autofree char *file = in(scratch, "file");
    g_autofree char *below_file = in(scratch, "file/x");
    g_autoptr(GError) error = NULL;
    struct stat st;

    g_assert_true(files_make_folder(deep, &error));
    g_assert_true(files_make_folder(deep, &error));
    g_assert_no_error(error);
    g_assert_cmpint(stat(deep, &st), ==, 0);
    g_assert_cmpint(st.st_mode & 0777, ==, 0700);

    g_assert_true(g_file_set_contents(file, "", 0, NULL));
    g_assert_false(files_make_folder(below_file, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB);
    g_clear_error(&error);
    g_assert_false(files_make_folder(file, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB);
}

static void test_write_atomic(Scratch *scratch, gconstpointer unused)
{
    (void)unused;
    g_autofree char *path = in(scratch, "XXXXXX.json");
    g_autoptr(GError) error = NULL;

    g_assert_true(files_write_atomic(path, "one", 3, &error));
    assert_holds(path, "one", 3);
    g_assert_true(files_write_atomic(path, "t\0o", 3, &error));
    g_assert_no_error(error);
    assert_holds(path, "t\0o", 3);
    g_assert_true(files_write_atomic(path, "", 0, &error));
    assert_holds(path, "", 0);
    g_assert_cmpuint(entries(scratch->folder), ==, 1);
}

static void test_write_atomic_fails(Scratch *scratch, gconstpointer unused)
{
    (void)unused;
    g_autofree char *folder = in(scratch, "folder");
    g_autofree char *nowhere = in(scratch, "none/file");
    g_autoptr(GError) error = NULL;

    g_assert_cmpint(g_mkdir(folder, 0700), ==, 0);
    g_assert_false(files_write_atomic(folder, "x", 1, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB);
    g_assert_nonnull(strstr(error->message, folder));
    g_assert_cmpuint(entries(scratch->folder), ==, 1);
    g_clear_error(&error);

    g_assert_false(files_write_atomic(nowhere, "x", 1, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB);
    g_assert_cmpuint(entries(scratch->folder), ==, 1);
    g_clear_error(&error);

    /* A full disk. */
    g_assert_false(files_write_atomic("/dev/full/x", "x", 1, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB);
}

static bool there(const Scratch *scratch, const char *name)
{
    g_autofree char *path = g_build_filename(scratch->folder, name, NULL);
    return g_file_test(path, G_FILE_TEST_EXISTS);
}

/* What a writer that is killed leaves goes; nothing else does, nor anything beyond a link. */
static void test_sweep(Scratch *scratch, gconstpointer unused)
{
    const char *const kept[] = {"run/report.json",      "run/1/memory.dmp.ABCDEF",
                                "run/.truce~abcde",     "run/1/x.truce~abcdefg",
                                "run/1/x.truce-abcdef", "elsewhere/log.truce~abcdef"};
    g_autofree char *run = g_build_filename(scratch->folder, "run", NULL);
    g_autofree char *folder = g_build_filename(run, "1", NULL);
    g_autofree char *elsewhere = g_build_filename(scratch->folder, "elsewhere", NULL);
    g_autofree char *link = g_build_filename(run, "link", NULL);
    g_autofree char *path = g_build_filename(folder, "events.json", NULL);
    g_autoptr(FileOut) killed = NULL;
    (void)unused;

    g_assert_true(files_make_folder(folder, NULL) && files_make_folder(elsewhere, NULL));
    g_assert_cmpint(symlink(elsewhere, link), ==, 0);
    for (guint i = 0; i < G_N_ELEMENTS(kept); i++) {
        g_autofree char *file = g_build_filename(scratch->folder, kept[i], NULL);
        g_assert_true(g_file_set_contents(file, "x", -1, NULL));
    }
    g_assert_true(file_out_new(path, &killed, NULL));
    file_out_sweep(run);
    for (guint i = 0; i < G_N_ELEMENTS(kept); i++)
        g_assert_true(there(scratch, kept[i]));
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    guint files = 0;
    while (g_dir_read_name(dir))
        files++;
    g_assert_cmpuint(files, ==, 3);
}

static void test_read(Scratch *scratch, gconstpointer unused)
{
    (void)unused;
    g_autofree char *path = in(scratch, "f");
    g_autofree char *data = NULL;
    g_autoptr(GError) error = NULL;
    gsize length = 99;

    g_assert_true(g_file_set_contents(path, "a\0cd", 4, NULL));
    g_assert_true(files_read(path, 4, &data, &length, &error));
    g_assert_no_error(error);
    g_assert_cmpmem(data, length, "a\0cd", 4);
    g_assert_cmpint(data[4], ==, '\0');

    g_autofree char *untouched = NULL;
    g_assert_false(files_read(path, 3, &untouched, &length, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    g_assert_null(untouched);
    g_clear_error(&error);

    g_assert_true(g_file_set_contents(path, "", 0, NULL));
    g_autofree char *empty = NULL;
    g_assert_true(files_read(path, 0, &empty, &length, &error));
    g_assert_cmpstr(empty, ==, "");
    g_assert_cmpuint(length, ==, 0);
}

/* Nothing but a regular file: a folder, a device that never ends, a pipe that would block. */
static void test_read_refuses(Scratch *scratch, gconstpointer unused)
{
    (void)unused;
    g_autofree char *pipe = in(scratch, "pipe");
    g_autofree char *none = in(scratch, "none");
    g_assert_cmpint(mkfifo(pipe, 0600), ==, 0);
    const char *const paths[] = {scratch->folder, "/dev/zero", pipe, none};

    for (guint i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_autofree char *data = NULL;
        g_autoptr(GError) error = NULL;
        gsize length;
        g_assert_false(files_read(paths[i], 100, &data, &length, &error));
        g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
        g_assert_nonnull(strstr(error->message, paths[i]));
        g_clear_error(&error);
        g_assert_false(files_sha256(paths[i], &data, &error));
        g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB);
        g_assert_nonnull(strstr(error->message, paths[i]));
    }
}

static void test_sha256(Scratch *scratch, gconstpointer unused)
{
    (void)unused;
    g_autofree char *path = in(scratch, "f");
    g_autofree char *empty = NULL;
    g_autofree char *abc = NULL;
    g_autofree char *million = NULL;
    g_autofree char *a = g_strnfill(1000000, 'a');
    g_autofree char *untouched = NULL;
    g_autoptr(GError) error = NULL;

    /* FIPS 180-4's examples: "", "abc", a million times "a". */
    g_assert_true(g_file_set_contents(path, "", 0, NULL));
    g_assert_true(files_sha256(path, &empty, &error));
    g_assert_cmpstr(empty, ==, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    g_assert_true(g_file_set_contents(path, "abc", 3, NULL));
    g_assert_true(files_sha256(path, &abc, &error));
    g_assert_cmpstr(abc, ==, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    g_assert_true(g_file_set_contents(path, a, 1000000, NULL));
    g_assert_true(files_sha256(path, &million, &error));
    g_assert_cmpstr(million, ==,
                    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    g_assert_no_error(error);

    g_assert_false(files_sha256(scratch->folder, &untouched, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB);
    g_assert_null(untouched);
}

static void test_remove_tree(Scratch *scratch, gconstpointer unused)
{
    (void)unused;
    g_autofree char *tree = in(scratch, "tree");
    g_autofree char *deep = in(scratch, "tree/a/b/c");
    g_autofree char *file = in(scratch, "tree/a/f");
    g_autofree char *outside = in(scratch, "outside");
    g_autofree char *kept = in(scratch, "outside/kept");
    g_autofree char *link_inside = in(scratch, "tree/a/link");
    g_autofree char *dangling = in(scratch, "tree/dangling");
    g_autofree char *link = in(scratch, "link");
    g_autofree char *link_slash = in(scratch, "link2/");
    g_autofree char *link2 = in(scratch, "link2");
    g_autoptr(GError) error = NULL;

    g_assert_true(files_make_folder(deep, NULL) && files_make_folder(outside, NULL));
    g_assert_true(g_file_set_contents(file, "x", 1, NULL));
    g_assert_true(g_file_set_contents(kept, "x", 1, NULL));
    g_assert_cmpint(symlink(outside, link_inside), ==, 0);
    g_assert_cmpint(symlink("/nonexistent", dangling), ==, 0);
    g_assert_cmpint(symlink(outside, link), ==, 0);
    g_assert_cmpint(symlink(outside, link2), ==, 0);

    g_assert_true(files_remove_tree(tree, &error));
    g_assert_false(g_file_test(tree, G_FILE_TEST_EXISTS));
    g_assert_true(files_remove_tree(tree, &error)); /* not there any more */
    g_assert_true(files_remove_tree(link, &error));
    g_assert_no_error(error);
    g_assert_false(g_file_test(link, G_FILE_TEST_IS_SYMLINK));
    files_remove_tree(link_slash, NULL);
    g_assert_true(g_file_test(kept, G_FILE_TEST_EXISTS));
}

/* 1 MiB of hole, some data, 1 MiB of hole, and a hole at the end. */
static void make_sparse(const char *path)
{
    int fd = g_open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    g_assert_cmpint(pwrite(fd, "data", 4, 1 << 20), ==, 4);
    g_assert_cmpint(pwrite(fd, "more", 4, 3 << 20), ==, 4);
    g_assert_cmpint(ftruncate(fd, 5 << 20), ==, 0);
    g_close(fd, NULL);
}

static void assert_same_and_sparse(const char *from, const char *to)
{
    g_autofree char *a = NULL, *b = NULL;
    struct stat sa, sb;
    g_assert_true(files_sha256(from, &a, NULL) && files_sha256(to, &b, NULL));
    g_assert_cmpstr(a, ==, b);
    g_assert_true(stat(from, &sa) == 0 && stat(to, &sb) == 0);
    g_assert_cmpint(sa.st_size, ==, sb.st_size);
    g_assert_cmpint(sb.st_blocks * 512, <, 1 << 20);
}

static void test_copy(Scratch *scratch, gconstpointer unused)
{
    (void)unused;
    g_autofree char *from = in(scratch, "from");
    g_autofree char *to = in(scratch, "to");
    g_autoptr(GError) error = NULL;

    make_sparse(from);
    g_assert_true(g_file_set_contents(to, "longer than what comes", -1, NULL));
    g_assert_true(files_copy(from, to, &error));
    g_assert_no_error(error);
    assert_same_and_sparse(from, to);

    g_assert_true(g_file_set_contents(from, "", 0, NULL));
    g_assert_true(files_copy(from, to, &error));
    assert_holds(to, "", 0);

    g_autofree char *none = in(scratch, "none");
    g_autofree char *nowhere = in(scratch, "none/to");
    g_assert_false(files_copy(none, to, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB);
    g_clear_error(&error);
    g_assert_false(files_copy(from, nowhere, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB);
}

/* Two kinds of file system: copy_file_range() does not go from one to the other (EXDEV). */
static void test_copy_to_other_file_system(Scratch *scratch, gconstpointer unused)
{
    (void)unused;
    struct stat here, there;
    g_autofree char *from = in(scratch, "from");
    g_autoptr(GError) error = NULL;

    if (stat(scratch->folder, &here) != 0 || stat("/dev/shm", &there) != 0 ||
        access("/dev/shm", W_OK) != 0 || here.st_dev == there.st_dev) {
        g_test_skip("there is no second file system here");
        return;
    }
    g_autofree char *other = g_strdup("/dev/shm/truce-files-XXXXXX");
    g_assert_nonnull(g_mkdtemp(other));
    g_autofree char *to = g_build_filename(other, "to", NULL);
    make_sparse(from);
    bool copied = files_copy(from, to, &error);
    if (copied)
        assert_same_and_sparse(from, to);
    g_assert_true(files_remove_tree(other, NULL));
    g_assert_no_error(error);
    g_assert_true(copied);
}

static void test_free_bytes(Scratch *scratch, gconstpointer unused)
{
    (void)unused;
    g_autofree char *none = in(scratch, "none");
    g_autoptr(GError) error = NULL;
    guint64 bytes = 0;

    g_assert_true(files_free_bytes(scratch->folder, &bytes, &error));
    g_assert_cmpuint(bytes, >, 0);
    g_assert_false(files_free_bytes(none, &bytes, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB);
}

static void test_safe_name(void)
{
    static const struct {
        const char *text;
        const char *name;
    } cases[] = {
        {"plain-1.0_x+y@z", "plain-1.0_x+y@z"},
        {"", "-"},
        {".", "-."},
        {"..", "-.."},
        {".hidden", "-.hidden"},
        {"../../etc/passwd", "-..-..-etc-passwd"},
        {"a b\tc\nd", "a-b-c-d"},
        {"a\\b:c*d?e\"f<g>h|i", "a-b-c-d-e-f-g-h-i"},
        {"\xC3\xA4", "--"},
        {"\x1B[2J", "--2J"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *name = files_safe_name(cases[i].text);
        g_assert_cmpstr(name, ==, cases[i].name);
    }
    g_autofree char *long_text = g_strnfill(5000, 'x');
    g_autofree char *long_name = files_safe_name(long_text);
    g_assert_cmpuint(strlen(long_name), ==, 100);
    long_text[0] = '.';
    g_autofree char *long_dotted = files_safe_name(long_text);
    g_assert_cmpuint(strlen(long_dotted), ==, 100);
    g_assert_true(g_str_has_prefix(long_dotted, "-.x"));
}

static void test_folders(Scratch *scratch, gconstpointer unused)
{
    (void)unused;
    g_setenv("TRUCE_STATE", scratch->folder, true);
    g_autofree char *state = files_state_folder();
    g_assert_cmpstr(state, ==, scratch->folder);
    g_setenv("TRUCE_STATE", "", true);
    g_autofree char *usual = files_state_folder();
    g_assert_true(g_path_is_absolute(usual) && g_str_has_suffix(usual, "/truce"));
    g_unsetenv("TRUCE_STATE");

    g_setenv("TRUCE_SHARE", "/usr/share/../share/truce", true);
    g_autofree char *set = files_share_path("schemas/guest.rng");
    g_assert_cmpstr(set, ==, "/usr/share/truce/schemas/guest.rng");
    g_unsetenv("TRUCE_SHARE");
    /* This program lies in <build>/tests, so <build>/share/truce is what it finds. */
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *bin = g_path_get_dirname(self);
    g_autofree char *prefix = g_path_get_dirname(bin);
    g_autofree char *wanted = g_build_filename(prefix, "share", "truce", NULL);
    g_autofree char *share = files_share_path(NULL);
    g_assert_cmpstr(share, ==, wanted);
}

#define ADD(path, function) g_test_add("/files/" path, Scratch, NULL, set_up, function, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("make-folder", test_make_folder);
    ADD("write-atomic", test_write_atomic);
    ADD("write-atomic/fails", test_write_atomic_fails);
    ADD("read", test_read);
    ADD("read/refuses", test_read_refuses);
    ADD("sha256", test_sha256);
    ADD("remove-tree", test_remove_tree);
    ADD("copy", test_copy);
    ADD("copy/other-file-system", test_copy_to_other_file_system);
    ADD("free-bytes", test_free_bytes);
    ADD("sweep", test_sweep);
    g_test_add_func("/files/safe-name", test_safe_name);
    ADD("folders", test_folders);
    return g_test_run();
}
