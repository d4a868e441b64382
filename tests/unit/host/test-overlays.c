/* SPDX-License-Identifier: GPL-2.0-or-later
 * Empty overlays are qemu-img's, byte for byte, and it is known what they lie on.
 */
#include "host/overlays.h"

#include <string.h>

#include "host/image.h"
#include "util/error.h"
#include "util/files.h"
#include "util/proc.h"

typedef struct {
    Overlays *overlays;
    char *folder, *base, *middle, *first, *second;
    char **layers;
} Fixture;

static void set_up(Fixture *fixture, gconstpointer data)
{
    (void)data;
    fixture->overlays = overlays_new();
    fixture->folder = g_dir_make_tmp("truce-overlays-XXXXXX", NULL);
    fixture->base = g_build_filename(fixture->folder, "base of all.qcow2", NULL);
    fixture->middle = g_build_filename(fixture->folder, "middle.qcow2", NULL);
    fixture->first = g_build_filename(fixture->folder, "first.qcow2", NULL);
    fixture->second = g_build_filename(fixture->folder, "second.qcow2", NULL);
    g_assert_true(image_create(fixture->base, 1, NULL));
    g_assert_true(image_overlay(fixture->base, fixture->middle, NULL));
}

static void tear_down(Fixture *fixture, gconstpointer data)
{
    (void)data;
    g_assert_true(files_remove_tree(fixture->folder, NULL));
    overlays_free(fixture->overlays);
    g_strfreev(fixture->layers);
    g_free(fixture->folder);
    g_free(fixture->base);
    g_free(fixture->middle);
    g_free(fixture->first);
    g_free(fixture->second);
}

static void make(Fixture *fixture, const char *backing, const char *overlay)
{
    g_autoptr(GError) error = NULL;

    g_clear_pointer(&fixture->layers, g_strfreev);
    g_assert_true(overlays_make(fixture->overlays, backing, overlay, &fixture->layers, &error));
    g_assert_no_error(error);
}

static void test_same_bytes(Fixture *fixture, gconstpointer data)
{
    g_autofree char *first = NULL, *second = NULL;
    gsize first_length, second_length;

    (void)data;
    make(fixture, fixture->middle, fixture->first);
    make(fixture, fixture->middle, fixture->second);
    g_assert_true(g_file_get_contents(fixture->first, &first, &first_length, NULL));
    g_assert_true(g_file_get_contents(fixture->second, &second, &second_length, NULL));
    g_assert_cmpmem(first, first_length, second, second_length);
}

/* The one that qemu-img made, and its copy. */
static void test_layers(Fixture *fixture, gconstpointer data)
{
    const char *const expected[] = {fixture->middle, fixture->base, NULL};
    const char *const outputs[] = {fixture->first, fixture->second};

    (void)data;
    for (guint i = 0; i < G_N_ELEMENTS(outputs); i++) {
        make(fixture, fixture->middle, outputs[i]);
        g_assert_nonnull(fixture->layers);
        g_assert_true(g_strv_equal((const char *const *)fixture->layers, expected));
    }
}

/* A file of that name that now lies on another. */
static void test_changed(Fixture *fixture, gconstpointer data)
{
    const char *const expected[] = {fixture->base, NULL};
    g_autofree char *other = g_build_filename(fixture->folder, "other.qcow2", NULL);
    const char *const changed[] = {fixture->middle, other, NULL};

    (void)data;
    make(fixture, fixture->base, fixture->first);
    g_assert_true(g_strv_equal((const char *const *)fixture->layers, expected));
    make(fixture, fixture->middle, fixture->first);
    g_assert_true(image_create(other, 2, NULL));
    g_assert_true(image_overlay(other, fixture->middle, NULL));
    make(fixture, fixture->middle, fixture->second);
    g_assert_true(g_strv_equal((const char *const *)fixture->layers, changed));
}

/* What is no qcow2 file, libvirt has to look at itself. */
static void test_raw_base(Fixture *fixture, gconstpointer data)
{
    g_autofree char *raw = g_build_filename(fixture->folder, "raw.img", NULL);
    const char *const argv[] = {"qemu-img", "create", "-q", "-f", "raw", raw, "1M", NULL};
    const char *const over[] = {"qemu-img", "create",        "-q", "-f", "qcow2", "-F", "raw", "-b",
                                raw,        fixture->middle, NULL};
    const ProcOptions options = {.timeout_s = 60};

    (void)data;
    g_assert_true(proc_run(argv, &options, NULL));
    g_assert_true(proc_run(over, &options, NULL));
    make(fixture, fixture->middle, fixture->first);
    g_assert_null(fixture->layers);
}

static void test_no_room(Fixture *fixture, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *nowhere = g_build_filename(fixture->folder, "missing", "disk.qcow2", NULL);

    (void)data;
    make(fixture, fixture->middle, fixture->first);
    g_clear_pointer(&fixture->layers, g_strfreev);
    g_assert_false(
        overlays_make(fixture->overlays, fixture->middle, nowhere, &fixture->layers, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB);
    g_assert_null(fixture->layers);
    g_clear_error(&error);
    g_assert_false(
        overlays_make(fixture->overlays, nowhere, fixture->second, &fixture->layers, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB);
}

int main(int argc, char **argv)
{
    g_autofree char *qemu_img = proc_find("qemu-img");

    g_test_init(&argc, &argv, NULL);
    if (!qemu_img)
        return 77;
    g_test_add("/overlays/same-bytes", Fixture, NULL, set_up, test_same_bytes, tear_down);
    g_test_add("/overlays/layers", Fixture, NULL, set_up, test_layers, tear_down);
    g_test_add("/overlays/changed", Fixture, NULL, set_up, test_changed, tear_down);
    g_test_add("/overlays/raw-base", Fixture, NULL, set_up, test_raw_base, tear_down);
    g_test_add("/overlays/no-room", Fixture, NULL, set_up, test_no_room, tear_down);
    return g_test_run();
}
