/* SPDX-License-Identifier: GPL-2.0-or-later
 * A guest's sealed image is only opened where it is what was built.
 */
#include "host/image.h"

#include <string.h>
#include <unistd.h>

#include "util/error.h"
#include "util/files.h"

typedef struct {
    char *state;
    char *folder;
    char *disk;
    char *manifest;
} Fixture;

#define DISK "the disk's bytes"

static void write_file(const char *path, const char *text)
{
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void write_manifest_with(Fixture *fixture, const char *name, const char *sum, gsize size,
                                const char *more)
{
    g_autofree char *text = g_strdup_printf(
        "{\"format\":1,\"name\":\"%s\",\"built\":\"2026-11-22T00:00:00Z\",\"files\":"
        "{\"disk.qcow2\":{\"sha256\":\"%s\",\"size\":%" G_GSIZE_FORMAT "}}%s}",
        name, sum, size, more);
    write_file(fixture->manifest, text);
}

static void write_manifest(Fixture *fixture, const char *name, const char *sum, gsize size)
{
    write_manifest_with(fixture, name, sum, size, "");
}

static void set_up(Fixture *fixture, gconstpointer data)
{
    g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, DISK, -1);

    (void)data;
    fixture->state = g_dir_make_tmp("truce-image-XXXXXX", NULL);
    fixture->folder = g_build_filename(fixture->state, "guests", "reference", NULL);
    fixture->disk = g_build_filename(fixture->folder, "disk.qcow2", NULL);
    fixture->manifest = g_build_filename(fixture->folder, "manifest.json", NULL);
    g_assert_true(files_make_folder(fixture->folder, NULL));
    write_file(fixture->disk, DISK);
    write_manifest(fixture, "reference", sum, sizeof DISK - 1);
}

static void tear_down(Fixture *fixture, gconstpointer data)
{
    (void)data;
    g_assert_true(files_remove_tree(fixture->state, NULL));
    g_free(fixture->state);
    g_free(fixture->folder);
    g_free(fixture->disk);
    g_free(fixture->manifest);
}

static void assert_opens(Fixture *fixture)
{
    g_autoptr(Image) image = NULL;
    g_autoptr(GError) error = NULL;

    image_open(fixture->state, "reference", &image, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(image->folder, ==, fixture->folder);
    g_assert_cmpuint(image->bytes, ==, sizeof DISK - 1);
    g_assert_cmpstr(image->built, ==, "2026-11-22T00:00:00Z");
}

static void assert_refused(Fixture *fixture, TruceError code, const char *word)
{
    g_autoptr(Image) image = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_false(image_open(fixture->state, "reference", &image, &error));
    g_assert_error(error, TRUCE_ERROR, code);
    g_assert_nonnull(strstr(error->message, word));
    g_assert_null(image);
}

static void test_good(Fixture *fixture, gconstpointer data)
{
    (void)data;
    assert_opens(fixture);
    assert_opens(fixture); /* from the last verification */
}

static void test_changed_byte(Fixture *fixture, gconstpointer data)
{
    g_autofree char *changed = g_strdup(DISK);

    (void)data;
    assert_opens(fixture);
    changed[3] ^= 1;
    write_file(fixture->disk, changed);
    assert_refused(fixture, TRUCE_ERROR_INPUT, "SHA-256");
}

static void test_changed_size(Fixture *fixture, gconstpointer data)
{
    (void)data;
    write_file(fixture->disk, DISK "!");
    assert_refused(fixture, TRUCE_ERROR_INPUT, "size");
}

/* What was off in the guest, as its builder and itself said; nothing where nobody said it. */
static void test_deviations(Fixture *fixture, gconstpointer data)
{
    g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, DISK, -1);
    g_autoptr(Image) plain = NULL, image = NULL;

    (void)data;
    g_assert_true(image_open(fixture->state, "reference", &plain, NULL));
    g_assert_cmpuint(plain->deviations->len, ==, 0);
    write_manifest_with(fixture, "reference", sum, sizeof DISK - 1,
                        ",\"deviations\":[\"sleep is\\noff\",7],\"protections\":"
                        "{\"secureBoot\":\"True\",\"hvci\":false,\"uac\":true,"
                        "\"defender\":\"not running\"}");
    g_assert_true(image_open(fixture->state, "reference", &image, NULL));
    g_ptr_array_add(image->deviations, NULL);
    g_autofree char *list = g_strjoinv("; ", (char **)image->deviations->pdata);
    g_assert_cmpstr(list, ==, "sleep is?off; hvci is off; defender: not running");
}

/* It comes to the terminal; an image may be of another host's. */
static void test_built_printable(Fixture *fixture, gconstpointer data)
{
    g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, DISK, -1);
    g_autofree char *manifest =
        g_strdup_printf("{\"format\":1,\"name\":\"reference\",\"built\":\"\\u001b[2Jnow\\n\","
                        "\"files\":{\"disk.qcow2\":{\"sha256\":\"%s\",\"size\":%zu}}}",
                        sum, sizeof DISK - 1);
    g_autoptr(Image) image = NULL;

    (void)data;
    write_file(fixture->manifest, manifest);
    g_assert_true(image_open(fixture->state, "reference", &image, NULL));
    g_assert_cmpstr(image->built, ==, "?[2Jnow?");
}

/* A verification is for the files of its time: a manifest that changes alone is not trusted. */
static void test_changed_manifest(Fixture *fixture, gconstpointer data)
{
    g_autofree char *sum = g_strnfill(64, 'a');

    (void)data;
    assert_opens(fixture);
    write_manifest(fixture, "reference", sum, sizeof DISK - 1);
    assert_refused(fixture, TRUCE_ERROR_INPUT, "SHA-256");
}

static void test_missing_file(Fixture *fixture, gconstpointer data)
{
    (void)data;
    g_assert_cmpint(unlink(fixture->disk), ==, 0);
    assert_refused(fixture, TRUCE_ERROR_INPUT, "missing");
    g_assert_cmpint(symlink("/etc/passwd", fixture->disk), ==, 0);
    assert_refused(fixture, TRUCE_ERROR_INPUT, "missing");
}

static void test_not_built(Fixture *fixture, gconstpointer data)
{
    (void)data;
    g_assert_cmpint(unlink(fixture->manifest), ==, 0);
    assert_refused(fixture, TRUCE_ERROR_LAB, "is not built");
}

static void test_bad_manifest(Fixture *fixture, gconstpointer data)
{
    static const char *const manifests[] = {
        "",
        "garbage",
        "[]",
        "{\"format\":2,\"name\":\"reference\",\"files\":{}}",
        "{\"format\":1,\"name\":\"other\",\"files\":{}}",
        "{\"format\":1,\"name\":\"reference\",\"files\":{}}",
        "{\"format\":1,\"name\":\"reference\",\"files\":{\"disk.qcow2\":7}}",
        "{\"format\":1,\"name\":\"reference\",\"files\":{\"disk.qcow2\":{\"sha256\":\"00\"}}}",
        "{\"format\":1,\"name\":\"reference\",\"files\":{\"disk.qcow2\":{\"sha256\":\""
        "0000000000000000000000000000000000000000000000000000000000000000\"},"
        "\"../../passwd\":{\"sha256\":\""
        "0000000000000000000000000000000000000000000000000000000000000000\"}}}",
    };

    (void)data;
    for (gsize i = 0; i < G_N_ELEMENTS(manifests); i++) {
        write_file(fixture->manifest, manifests[i]);
        assert_refused(fixture, TRUCE_ERROR_INPUT, fixture->folder);
    }
}

static void add(const char *path, void (*test)(Fixture *, gconstpointer))
{
    g_test_add(path, Fixture, NULL, set_up, test, tear_down);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("/image/good", test_good);
    add("/image/deviations", test_deviations);
    add("/image/built-printable", test_built_printable);
    add("/image/changed-byte", test_changed_byte);
    add("/image/changed-size", test_changed_size);
    add("/image/changed-manifest", test_changed_manifest);
    add("/image/missing-file", test_missing_file);
    add("/image/not-built", test_not_built);
    add("/image/bad-manifest", test_bad_manifest);
    return g_test_run();
}
