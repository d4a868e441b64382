/* SPDX-License-Identifier: GPL-2.0-or-later
 * The keys of boot loaders and firmware: media made here, descriptors as QEMU's.
 */
#include "install/boot-keys.h"

#include <string.h>

#include "util/error.h"
#include "util/files.h"
#include "util/proc.h"

#define OLD "\x13%Microsoft Windows Production PCA 20110"
#define NEW "\x13\x14Windows UEFI CA 20230"

static char *folder;

static void write_file(const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *parent = g_path_get_dirname(path);

    g_assert_true(files_make_folder(parent, NULL));
    g_assert_true(files_write_atomic(path, text, strlen(text), NULL));
}

static void make_firmware(const char *keys)
{
    static const char form[] =
        "{\"mapping\": {\"nvram-template\": {\"filename\": \"%s/%s\"}}, \"features\": [%s]}";
    g_autofree char *right =
        g_strdup_printf(form, folder, "vars.fd", "\"enrolled-keys\", \"secure-boot\"");
    g_autofree char *other = g_strdup_printf(form, folder, "other.fd", "\"secure-boot\"");

    write_file("firmware/40-none.json", "not JSON");
    write_file("firmware/50-other.json", other);
    write_file("firmware/60-enrolled.json", right);
    write_file("other.fd", NEW);
    write_file("vars.fd", keys);
}

/* NULL: without a loader. */
static char *make_iso(const char *loader)
{
    g_autofree char *iso = g_build_filename(folder, "w.iso", NULL);
    g_autofree char *tree = g_build_filename(folder, "tree", NULL);
    const char *const argv[] = {"genisoimage", "-quiet", "-udf", "-o", iso, tree, NULL};
    const ProcOptions options = {.timeout_s = 60};

    files_remove_tree(tree, NULL);
    write_file("tree/any.txt", "x");
    if (loader)
        write_file("tree/efi/boot/bootx64.efi", loader);
    g_assert_true(proc_run(argv, &options, NULL));
    return g_steal_pointer(&iso);
}

static bool check(const char *loader, const char *keys, GError **error)
{
    g_autofree char *iso = make_iso(loader);
    g_autofree char *firmware = g_build_filename(folder, "firmware", NULL);
    g_autofree char *copy = g_build_filename(folder, "loader", NULL);

    make_firmware(keys);
    bool ok = boot_keys_check(iso, folder, firmware, error);
    g_assert_false(g_file_test(copy, G_FILE_TEST_EXISTS));
    return ok;
}

static void test_refused(void)
{
    g_autoptr(GError) error = NULL;

    g_assert_false(check(NEW, OLD, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    g_test_message("%s", error->message);
    g_assert_nonnull(strstr(error->message, "is signed by 'Windows UEFI CA 2023'"));
    g_assert_nonnull(strstr(error->message, "holds 'Microsoft Windows Production PCA 2011'"));
}

/* One key that both have is enough; what is not known, the firmware judges. */
static void test_let_through(void)
{
    static const struct {
        const char *loader, *keys;
    } cases[] = {{OLD, OLD},  {NEW, NEW},        {OLD NEW, OLD}, {NEW, OLD NEW},
                 {NULL, OLD}, {"unsigned", OLD}, {NEW, "no key"}};

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_test_message("%zu", i);
        g_assert_true(check(cases[i].loader, cases[i].keys, &error));
        g_assert_no_error(error);
    }
}

int main(int argc, char **argv)
{
    static const char *const tools[] = {"7z", "genisoimage"};

    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(tools); i++) {
        g_autofree char *tool = proc_find(tools[i]);
        if (!tool) {
            g_print("1..0 # SKIP not installed: %s\n", tools[i]);
            return 77;
        }
    }
    folder = g_dir_make_tmp("truce-keys-XXXXXX", NULL);
    g_test_add_func("/boot-keys/refused", test_refused);
    g_test_add_func("/boot-keys/let-through", test_let_through);
    int status = g_test_run();
    files_remove_tree(folder, NULL);
    g_free(folder);
    return status;
}
