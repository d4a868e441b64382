/* SPDX-License-Identifier: GPL-2.0-or-later
 * Re-mastering ReactOS' medium: a stand-in medium with a boot sector keeps booting, and gets the
 * answers and the agent; another medium is refused.
 */
#include "install/reactos-medium.h"

#include <string.h>

#include "util/error.h"
#include "util/files.h"
#include "util/proc.h"

static char *folder;

static char *in(const char *name)
{
    return g_build_filename(folder, name, NULL);
}

static void put(const char *name, const char *text, gssize length)
{
    g_autofree char *path = in(name);
    g_autofree char *parent = g_path_get_dirname(path);

    g_assert_cmpint(g_mkdir_with_parents(parent, 0700), ==, 0);
    g_assert_true(g_file_set_contents(path, text, length, NULL));
}

static void run(const char *const *argv)
{
    g_autoptr(GError) error = NULL;
    const ProcOptions options = {.timeout_s = 60};

    proc_run(argv, &options, &error);
    g_assert_no_error(error);
}

static void make_iso(const char *from, const char *to)
{
    g_autofree char *source = in(from), *iso = in(to);
    /* As ReactOS' own build does: neither Rock Ridge nor Joliet. */
    const char *const argv[] = {
        "genisoimage",   "-quiet",          "-iso-level", "4",  "-V", "REACTOS", "-b", "boot.bin",
        "-no-emul-boot", "-boot-load-size", "4",          "-o", iso,  source,    NULL};
    run(argv);
}

/* A file of an ISO, by its plain ISO 9660 path there, which is all that ReactOS reads. */
static char *extract(const char *iso, const char *path, gsize *ret_length)
{
    g_autofree char *from = in(iso), *to = in("extracted");
    char *text = NULL;
    const char *const argv[] = {"xorriso", "-osirrox", "on", "-read_fs", "ecma119", "-indev",
                                from,      "-extract", path, to,         NULL};

    files_remove_tree(to, NULL);
    run(argv);
    g_assert_true(g_file_get_contents(to, &text, ret_length, NULL));
    return text;
}

static void test_remaster(void)
{
    g_autofree char *from = in("bootcd.iso"), *to = in("lab.iso"), *unattend = reactos_unattend();
    g_autoptr(GError) error = NULL;
    gsize length;

    reactos_medium_make(from, to, &error);
    g_assert_no_error(error);
    g_autofree char *answers = extract("lab.iso", "/REACTOS/UNATTEND.INF", &length);
    g_assert_cmpstr(answers, ==, unattend);
    g_autofree char *agent = extract("lab.iso", "/LAB/AGENT.EXE", &length);
    g_assert_cmpstr(agent, ==, "agent");
    g_autofree char *first = extract("lab.iso", "/LAB/FIRST.CMD", &length);
    g_assert_cmpstr(first, ==, "first\r\nsecond\r\n");
    g_autofree char *kept = extract("lab.iso", "/REACTOS/REACTOS.CAB", &length);
    g_assert_cmpstr(kept, ==, "cab");

    /* El Torito 1.0: the boot record is the sector of 2048 bytes with the number 17. */
    g_autofree char *image = NULL;
    g_assert_true(g_file_get_contents(to, &image, &length, NULL));
    g_assert_cmpmem(image + 17 * 2048 + 1, 5, "CD001", 5);
    g_assert_cmpstr(image + 17 * 2048 + 7, ==, "EL TORITO SPECIFICATION");
}

static void test_wrong_medium(void)
{
    g_autofree char *from = in("other.iso"), *to = in("no.iso");
    g_autoptr(GError) error = NULL;

    g_assert_false(reactos_medium_make(from, to, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    g_assert_nonnull(strstr(error->message, "no boot medium of ReactOS"));
    g_assert_false(g_file_test(to, G_FILE_TEST_EXISTS));
}

int main(int argc, char **argv)
{
    char boot[2048] = {0};

    g_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("truce-reactos-XXXXXX", NULL);
    put("cd/boot.bin", boot, sizeof boot);
    put("cd/reactos/unattend.inf", "[Unattend]\r\nUnattendSetupEnabled = no\r\n", -1);
    put("cd/reactos/reactos.cab", "cab", -1);
    put("other/boot.bin", boot, sizeof boot);
    put("share/guests/reactos/first.cmd", "first\nsecond\n", -1);
    put("share/guests/reactos/truce-agent.exe", "agent", -1);
    make_iso("cd", "bootcd.iso");
    make_iso("other", "other.iso");
    g_autofree char *share = in("share");
    g_setenv("TRUCE_SHARE", share, TRUE);
    g_test_add_func("/reactos-medium/remaster", test_remaster);
    g_test_add_func("/reactos-medium/wrong-medium", test_wrong_medium);
    int status = g_test_run();
    if (status == 0)
        files_remove_tree(folder, NULL);
    g_free(folder);
    return status;
}
