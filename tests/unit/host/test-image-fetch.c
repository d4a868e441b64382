/* SPDX-License-Identifier: GPL-2.0-or-later
 * A guest's image fetched to a node: once, whole, read-only.
 */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "host/image-fetch.h"
#include "host/image.h"
#include "util/error.h"
#include "util/files.h"

typedef struct {
    char *scratch, *store, *node;
} Fixture;

static char *path_of(const char *state, const char *file)
{
    return g_build_filename(state, "guests", "ref", file, NULL);
}

static void write_bytes(const char *state, const char *file, const char *bytes, gsize length)
{
    g_autofree char *path = path_of(state, file);
    g_autofree char *folder = g_path_get_dirname(path);

    g_assert_true(files_make_folder(folder, NULL));
    g_assert_true(g_file_set_contents(path, bytes, (gssize)length, NULL));
}

static void write_file(const char *state, const char *file, const char *text)
{
    write_bytes(state, file, text, strlen(text));
}

/* The begin of a qcow2 file's header. */
typedef struct {
    guint8 bytes[80];
} Disk;

static Disk make_disk(guint8 version)
{
    return (Disk){{'Q', 'F', 'I', 0xFB, [7] = version}};
}

/* A disk and a second one, and the manifest that tells of them. */
static void write_disks(const char *state, const Disk *disk, const Disk *data)
{
    g_autofree char *sum =
        g_compute_checksum_for_data(G_CHECKSUM_SHA256, disk->bytes, sizeof disk->bytes);
    g_autofree char *data_sum =
        g_compute_checksum_for_data(G_CHECKSUM_SHA256, data->bytes, sizeof data->bytes);
    g_autofree char *manifest =
        g_strdup_printf("{\"format\":1,\"name\":\"ref\",\"files\":{"
                        "\"disk.qcow2\":{\"sha256\":\"%s\",\"size\":%zu},"
                        "\"data.qcow2\":{\"sha256\":\"%s\",\"size\":%zu}}}",
                        sum, sizeof disk->bytes, data_sum, sizeof data->bytes);

    write_bytes(state, "disk.qcow2", (const char *)disk->bytes, sizeof disk->bytes);
    write_bytes(state, "data.qcow2", (const char *)data->bytes, sizeof data->bytes);
    write_file(state, "manifest.json", manifest);
}

static void write_image(const char *state, const Disk *disk)
{
    Disk data = make_disk(3);
    write_disks(state, disk, &data);
}

static void set_up(Fixture *fixture, gconstpointer data)
{
    Disk disk = make_disk(3);
    (void)data;

    fixture->scratch = g_dir_make_tmp("truce-fetch.XXXXXX", NULL);
    fixture->store = g_build_filename(fixture->scratch, "store", NULL);
    fixture->node = g_build_filename(fixture->scratch, "node", NULL);
    write_image(fixture->store, &disk);
    write_file(fixture->store, "warm/state", "of the store alone");
}

static void tear_down(Fixture *fixture, gconstpointer data)
{
    (void)data;
    files_remove_tree(fixture->scratch, NULL);
    g_free(fixture->scratch);
    g_free(fixture->store);
    g_free(fixture->node);
}

/* Whether it worked, and copied anything. */
static bool fetch(const char *from, const char *to, GError **error)
{
    bool fetched = false;
    return image_fetch(from, to, "ref", &fetched, error) && fetched;
}

static void test_once(Fixture *fixture, gconstpointer data)
{
    g_autofree char *disk = path_of(fixture->node, "disk.qcow2");
    g_autofree char *warm = path_of(fixture->node, "warm");
    g_autofree char *slot = g_build_filename(fixture->node, "1", NULL);
    g_autofree char *linked = path_of(slot, "disk.qcow2");
    g_autoptr(Image) image = NULL;
    g_autoptr(GError) error = NULL;
    struct stat st, other;
    (void)data;

    g_assert_true(fetch(fixture->store, fixture->node, &error));
    g_assert_no_error(error);
    g_assert_true(image_open(fixture->node, "ref", &image, NULL));
    g_assert_cmpint(stat(disk, &st), ==, 0);
    g_assert_cmpuint(st.st_mode & 0777, ==, 0444);
    g_assert_false(g_file_test(warm, G_FILE_TEST_EXISTS));
    g_assert_false(fetch(fixture->store, fixture->node, &error)); /* it is there */
    g_assert_no_error(error);
    g_assert_true(fetch(fixture->node, slot, &error)); /* links cost no disk */
    g_assert_no_error(error);
    g_assert_cmpint(stat(linked, &other), ==, 0);
    g_assert_cmpuint(st.st_ino, ==, other.st_ino);
}

/* What a killed process left of a copy is of no use, and does no harm. */
static void test_torn(Fixture *fixture, gconstpointer data)
{
    g_autofree char *half = g_build_filename(fixture->node, "fetch-ref", NULL);
    g_autoptr(GError) error = NULL;
    (void)data;

    write_file(half, "disk.qcow2", "a d");
    g_assert_true(fetch(fixture->store, fixture->node, &error));
    g_assert_no_error(error);
    g_assert_false(g_file_test(half, G_FILE_TEST_EXISTS));
    write_file(half, "disk.qcow2", "a d"); /* killed when the image was in its place */
    g_assert_false(fetch(fixture->store, fixture->node, &error));
    g_assert_no_error(error);
    g_assert_false(g_file_test(half, G_FILE_TEST_EXISTS));
}

static void test_wrong(Fixture *fixture, gconstpointer data)
{
    g_autofree char *there = path_of(fixture->node, "manifest.json");
    g_autoptr(GError) error = NULL;
    (void)data;

    Disk disk = make_disk(2);
    write_bytes(fixture->store, "disk.qcow2", (const char *)disk.bytes, sizeof disk.bytes);
    g_assert_false(fetch(fixture->store, fixture->node, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    g_assert_false(g_file_test(there, G_FILE_TEST_EXISTS));
    g_clear_error(&error);

    write_file(fixture->node, "manifest.json", "{}"); /* another image, which may be in use */
    g_assert_false(fetch(fixture->store, fixture->node, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    g_clear_error(&error);

    files_remove_tree(fixture->node, NULL);
    files_remove_tree(fixture->store, NULL);
    g_assert_false(fetch(fixture->store, fixture->node, &error));
    g_assert_nonnull(error);
}

/* What QEMU would open another file of this host for, and what is no disk at all. */
static void test_needs_others(Fixture *fixture, gconstpointer data)
{
    g_autofree char *there = path_of(fixture->node, "manifest.json");
    Disk backed = make_disk(3), split = make_disk(3), old = make_disk(2), none = {{'M', 'Z'}};
    const Disk *const wrong[] = {&backed, &split, &none};
    (void)data;

    backed.bytes[15] = 104; /* the offset of the backing file's name */
    split.bytes[79] = 4;    /* an external data file */
    old.bytes[79] = 4;      /* version 2 has no features: this is of something else */
    for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autoptr(GError) error = NULL;
        write_image(fixture->store, wrong[i]);
        g_assert_false(fetch(fixture->store, fixture->node, &error));
        g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
        g_assert_nonnull(strstr(error->message, "no other file"));
        g_assert_false(g_file_test(there, G_FILE_TEST_EXISTS));
    }
    write_disks(fixture->store, &old, &backed);
    g_assert_false(fetch(fixture->store, fixture->node, NULL));
    g_assert_false(g_file_test(there, G_FILE_TEST_EXISTS));
    write_image(fixture->store, &old);
    g_assert_true(fetch(fixture->store, fixture->node, NULL));
}

/* What the manifest does not name, and so nobody verified. */
static void test_unlisted(Fixture *fixture, gconstpointer data)
{
    g_autofree char *nvram = path_of(fixture->node, "nvram.fd");
    (void)data;

    write_file(fixture->store, "nvram.fd", "of somebody else");
    g_assert_true(fetch(fixture->store, fixture->node, NULL));
    g_assert_false(g_file_test(nvram, G_FILE_TEST_EXISTS));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/fetch/once", Fixture, NULL, set_up, test_once, tear_down);
    g_test_add("/fetch/torn", Fixture, NULL, set_up, test_torn, tear_down);
    g_test_add("/fetch/needs-others", Fixture, NULL, set_up, test_needs_others, tear_down);
    g_test_add("/fetch/unlisted", Fixture, NULL, set_up, test_unlisted, tear_down);
    g_test_add("/fetch/wrong", Fixture, NULL, set_up, test_wrong, tear_down);
    return g_test_run();
}
