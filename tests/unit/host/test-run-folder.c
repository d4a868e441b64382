/* SPDX-License-Identifier: GPL-2.0-or-later
 * libvirt's status files: in memory, or where that cannot be had on the disk; what a killed run
 * left stays where it is found.
 */
#include "host/run-folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include "util/files.h"

typedef struct {
    char *base, *root, *memory, *run, *folder;
} Fixture;

static void set_up(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    fixture->base = g_dir_make_tmp("truce-run-folder-XXXXXX", NULL);
    fixture->root = g_build_filename(fixture->base, "libvirt", NULL);
    fixture->memory = g_build_filename(fixture->base, "memory", NULL);
    fixture->run = g_build_filename(fixture->root, "run", NULL);
    g_assert_true(files_make_folder(fixture->root, NULL));
    g_assert_true(files_make_folder(fixture->memory, NULL));
}

static void tear_down(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    g_assert_true(files_remove_tree(fixture->base, NULL));
    g_free(fixture->base);
    g_free(fixture->root);
    g_free(fixture->memory);
    g_free(fixture->run);
    g_free(fixture->folder);
}

static void make(Fixture *fixture)
{
    g_autoptr(GError) error = NULL;

    g_clear_pointer(&fixture->folder, g_free);
    run_folder_make(fixture->root, fixture->memory, &fixture->folder, &error);
    g_assert_no_error(error);
}

/* A domain that libvirt knows of, as it writes it. */
static char *add_domain(const Fixture *fixture)
{
    g_autofree char *qemu = g_build_filename(fixture->run, "qemu", NULL);
    char *domain = g_build_filename(qemu, "truce.xml", NULL);

    g_assert_cmpint(g_mkdir_with_parents(qemu, 0700), ==, 0);
    g_assert_true(g_file_set_contents(domain, "<domstatus/>", -1, NULL));
    return domain;
}

static void assert_linked(const Fixture *fixture)
{
    g_autofree char *target = g_file_read_link(fixture->run, NULL);

    g_assert_cmpstr(target, ==, fixture->folder);
    g_assert_true(g_str_has_prefix(target, fixture->memory));
    g_assert_true(g_file_test(fixture->run, G_FILE_TEST_IS_DIR));
}

static void test_in_memory(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    make(fixture);
    assert_linked(fixture);
    run_folder_remove(fixture->root, fixture->folder);
    g_assert_false(g_file_test(fixture->folder, G_FILE_TEST_EXISTS));
    g_assert_false(g_file_test(fixture->run, G_FILE_TEST_IS_SYMLINK));
    make(fixture);
    assert_linked(fixture);
    g_assert_true(files_remove_tree(fixture->folder, NULL));
    make(fixture); /* the link led nowhere, as after a restart of the host */
    assert_linked(fixture);
}

/* It is found again; and it is not removed while a domain is known. */
static void test_killed(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    make(fixture);
    g_autofree char *domain = add_domain(fixture);
    make(fixture);
    assert_linked(fixture);
    g_assert_true(g_file_test(domain, G_FILE_TEST_EXISTS));
    run_folder_remove(fixture->root, fixture->folder);
    g_assert_true(g_file_test(domain, G_FILE_TEST_EXISTS));
}

/* A state folder that is copied has the link of the other one. */
static void test_copied(Fixture *fixture, gconstpointer unused)
{
    g_autofree char *other = g_build_filename(fixture->base, "other", NULL);
    (void)unused;

    g_assert_cmpint(mkdir(other, 0700), ==, 0);
    g_assert_cmpint(symlink(other, fixture->run), ==, 0);
    make(fixture);
    assert_linked(fixture);
    g_assert_true(g_file_test(other, G_FILE_TEST_IS_DIR));
}

static void test_on_disk_before(Fixture *fixture, gconstpointer unused)
{
    g_autofree char *domain = add_domain(fixture);
    (void)unused;

    make(fixture);
    g_assert_null(fixture->folder);
    g_assert_true(g_file_test(domain, G_FILE_TEST_EXISTS));
    unlink(domain);
    make(fixture);
    assert_linked(fixture);
}

/* Somebody else made what has its name: a link, or a folder that others may write to. */
static void test_not_ours(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    make(fixture);
    g_autofree char *folder = g_strdup(fixture->folder);
    g_assert_cmpint(chmod(folder, 0777), ==, 0);
    make(fixture);
    g_assert_null(fixture->folder);
    g_assert_false(g_file_test(fixture->run, G_FILE_TEST_IS_SYMLINK));

    g_assert_true(files_remove_tree(folder, NULL));
    g_assert_cmpint(symlink(fixture->base, folder), ==, 0);
    make(fixture);
    g_assert_null(fixture->folder);
    g_assert_true(g_file_test(folder, G_FILE_TEST_IS_SYMLINK));
}

static void test_no_memory(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    g_assert_true(files_remove_tree(fixture->memory, NULL));
    make(fixture);
    g_assert_null(fixture->folder);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, test) g_test_add("/run-folder/" name, Fixture, NULL, set_up, test, tear_down)
    ADD("in-memory", test_in_memory);
    ADD("killed", test_killed);
    ADD("copied", test_copied);
    ADD("on-disk-before", test_on_disk_before);
    ADD("not-ours", test_not_ours);
    ADD("no-memory", test_no_memory);
    return g_test_run();
}
