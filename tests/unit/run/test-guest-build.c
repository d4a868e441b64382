/* SPDX-License-Identifier: GPL-2.0-or-later
 * Building a guest by its recipe's builder: once, and again where the recipe's files have changed.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

#include <glib/gstdio.h>

#include "host/cleanup.h"
#include "run/guest-build.h"
#include "run/guest-inputs.h"
#include "util/error.h"
#include "util/files.h"

/* Counts its runs beside the image, and seals a disk of no bytes. */
static const char BUILDER[] =
    "#!/bin/sh\n"
    "while [ $# -gt 0 ]; do case $1 in --out) out=$2;; --inputs) inputs=$2;; esac; shift 2; done\n"
    "echo >> \"$out.count\"; mkdir \"$out\"; : > \"$out/disk.qcow2\"\n"
    "printf '{\"format\":1,\"name\":\"tiny\",\"built\":\"today\",\"inputs\":\"%s\",\"files\":{"
    "\"disk.qcow2\":{\"sha256\":\"%s\",\"size\":0}}}' \"$inputs\" "
    "\"$(sha256sum < /dev/null | cut -c -64)\" > \"$out/manifest.json\"\n";

typedef struct {
    char *folder, *recipe;
    Lab lab;
    Guest guest;
} Fixture;

static void write_recipe(const Fixture *fixture, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(fixture->recipe, name, NULL);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    g_assert_cmpint(g_chmod(path, 0755), ==, 0);
}

static void set_up(Fixture *fixture, gconstpointer data)
{
    (void)data;
    fixture->folder = g_dir_make_tmp("truce-build-XXXXXX", NULL);
    fixture->recipe = g_build_filename(fixture->folder, "recipe", NULL);
    g_assert_true(files_make_folder(fixture->recipe, NULL));
    write_recipe(fixture, "build", BUILDER);
    write_recipe(fixture, "program.exe", "one");
    write_recipe(fixture, "guest.xml", "one");
    fixture->lab.state_folder = g_build_filename(fixture->folder, "state", NULL);
    fixture->guest.name = (char *)"tiny";
    fixture->guest.builder = (char *)"build";
    fixture->guest.build_timeout_s = 60;
    fixture->guest.file = g_build_filename(fixture->recipe, "guest.xml", NULL);
}

static void tear_down(Fixture *fixture, gconstpointer data)
{
    (void)data;
    g_assert_true(files_remove_tree(fixture->folder, NULL));
    g_free(fixture->folder);
    g_free(fixture->recipe);
    g_free(fixture->lab.state_folder);
    g_free(fixture->guest.file);
}

static bool build(const Fixture *fixture, bool again, GError **error)
{
    g_autoptr(Progress) progress = progress_new(true);
    const bool cancelled = false;

    return guest_build(&fixture->lab, &fixture->guest, again, progress, &cancelled, error);
}

static void assert_built(const Fixture *fixture, bool again, gsize times)
{
    g_autofree char *count =
        g_build_filename(fixture->lab.state_folder, "guests", "tiny.new.count", NULL);
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;

    build(fixture, again, &error);
    g_assert_no_error(error);
    g_assert_true(g_file_get_contents(count, &text, NULL, NULL));
    g_assert_cmpuint(strlen(text), ==, times);
}

static bool is_outdated(const Fixture *fixture)
{
    g_autoptr(Image) image = NULL;

    g_assert_true(image_open(fixture->lab.state_folder, "tiny", &image, NULL));
    return guest_is_outdated(&fixture->guest, image);
}

static void test_again(Fixture *fixture, gconstpointer data)
{
    (void)data;
    assert_built(fixture, false, 1);
    assert_built(fixture, false, 1);
    assert_built(fixture, true, 2);
}

static void test_changed(Fixture *fixture, gconstpointer data)
{
    (void)data;
    assert_built(fixture, false, 1);
    g_assert_false(is_outdated(fixture));
    write_recipe(fixture, "program.exe", "two");
    g_assert_true(is_outdated(fixture));
    assert_built(fixture, false, 2);
    g_assert_false(is_outdated(fixture));
    write_recipe(fixture, "another.exe", "");
    assert_built(fixture, false, 3);
}

/* Read at each run, so no image is older than it. */
static void test_guest_xml(Fixture *fixture, gconstpointer data)
{
    (void)data;
    assert_built(fixture, false, 1);
    write_recipe(fixture, "guest.xml", "two");
    g_assert_false(is_outdated(fixture));
    assert_built(fixture, false, 1);
}

/* A builder that fails, or makes no image, costs nobody the one that is there. */
static void test_failed(Fixture *fixture, gconstpointer data)
{
    static const char *const builders[] = {"#!/bin/sh\nexit 1\n",
                                           "#!/bin/sh\nmkdir \"$2\"; : > \"$2/disk.qcow2\"\n"};

    (void)data;
    g_autofree char *made = g_build_filename(fixture->lab.state_folder, "guests", "tiny.new", NULL);
    assert_built(fixture, false, 1);
    for (gsize i = 0; i < G_N_ELEMENTS(builders); i++) {
        g_autoptr(GError) error = NULL;
        write_recipe(fixture, "build", builders[i]);
        g_assert_false(build(fixture, true, &error));
        g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB);
        g_assert_true(is_outdated(fixture)); /* so it is there */
        g_assert_false(g_file_test(made, G_FILE_TEST_EXISTS));
    }
}

/* What a run lies on is not taken away below it. */
static void test_in_use(Fixture *fixture, gconstpointer data)
{
    g_autofree char *lock = g_build_filename(fixture->lab.state_folder, "lock", NULL);
    g_autoptr(GError) error = NULL, refusal = NULL;

    (void)data;
    assert_built(fixture, false, 1);
    auto_fd fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    g_assert_cmpint(flock(fd, LOCK_EX), ==, 0);
    g_assert_false(build(fixture, true, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB);
    g_assert_nonnull(strstr(error->message, "another truce uses"));
    g_assert_false(guest_remove(&fixture->lab, "tiny", &refusal));
    g_assert_error(refusal, TRUCE_ERROR, TRUCE_ERROR_LAB);
    assert_built(fixture, false, 1);

    g_assert_cmpint(flock(fd, LOCK_UN), ==, 0);
    g_assert_true(guest_remove(&fixture->lab, "tiny", NULL));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/guest-build/again", Fixture, NULL, set_up, test_again, tear_down);
    g_test_add("/guest-build/changed", Fixture, NULL, set_up, test_changed, tear_down);
    g_test_add("/guest-build/failed", Fixture, NULL, set_up, test_failed, tear_down);
    g_test_add("/guest-build/in-use", Fixture, NULL, set_up, test_in_use, tear_down);
    g_test_add("/guest-build/guest-xml", Fixture, NULL, set_up, test_guest_xml, tear_down);
    return g_test_run();
}
