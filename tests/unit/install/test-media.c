/* SPDX-License-Identifier: GPL-2.0-or-later
 * Installation media: accounts as wimlib extracts them, real media made here, wrong ones.
 */
#include "install/media.h"

#include <string.h>

#include "install/answer-medium.h"
#include "util/error.h"
#include "util/files.h"
#include "util/proc.h"

#define IMAGE(index, name, build, arch, language)                                                  \
    "<IMAGE INDEX=\"" index "\"><NAME>" name "</NAME><WINDOWS><ARCH>" arch                         \
    "</ARCH><EDITIONID>ServerStandard</EDITIONID><LANGUAGES><DEFAULT>" language                    \
    "</DEFAULT></LANGUAGES><VERSION><BUILD>" build "</BUILD></VERSION></WINDOWS></IMAGE>"
#define CORE "Windows Server 2022 SERVERSTANDARDCORE"
#define DESKTOP "Windows Server 2022 SERVERSTANDARD"

static Guest *server_2022(void)
{
    g_autofree char *path =
        g_build_filename(TRUCE_SOURCE_DIR, "guests", "windows", "server-2022", "guest.xml", NULL);
    g_autoptr(GError) error = NULL;
    Guest *guest = NULL;

    guest_read(path, &guest, &error);
    g_assert_no_error(error);
    return guest;
}

static const struct {
    const char *name, *edition, *account, *failure; /* part of the message; NULL: the index is 2 */
} cases[] = {
    {"default", NULL,
     IMAGE("1", CORE, "20348", "9", "en-US") IMAGE("2", DESKTOP, "20348", "9", "en-US"), NULL},
    {"named", "standard-core",
     IMAGE("1", DESKTOP, "20348", "9", "en-US") IMAGE("2", CORE, "20348", "9", "en-US"), NULL},
    {"other-build", NULL, IMAGE("2", DESKTOP, "26100", "9", "en-US"), "its build number is 26100"},
    {"no-number", NULL, IMAGE("2", DESKTOP, "x", "9", "en-US"), "its build number is 0"},
    {"arm", NULL, IMAGE("2", DESKTOP, "20348", "12", "en-US"), "not for x64"},
    {"language", NULL, IMAGE("2", DESKTOP, "20348", "9", "de-DE"), "its language is not en-US"},
    {"edition-missing", "datacenter", IMAGE("2", DESKTOP, "20348", "9", "en-US"),
     "no edition 'datacenter'"},
    {"other-product", NULL, IMAGE("2", "Windows 11 Pro", "26100", "9", "en-US"),
     "none of the recipe's editions; it holds 'Windows 11 Pro' (build 26100)"},
    {"escapes", NULL, IMAGE("2", "A&#10;&#27;?[31m", "1", "9", "en-US"), "'A\\n"},
    {"empty", NULL, "", "no image"},
};

static void test_choose(gconstpointer data)
{
    const gsize i = GPOINTER_TO_SIZE(data);
    g_autoptr(Guest) guest = server_2022();
    g_autofree char *xml = g_strdup_printf("<WIM>%s</WIM>", cases[i].account);
    g_autoptr(Media) media = NULL;
    const InstallEdition *edition = NULL;
    g_autoptr(GError) error = NULL;
    guint index = 0;

    bool ok = media_parse(xml, strlen(xml), "w.iso", &media, &error) &&
              media_choose(media, guest, cases[i].edition, &edition, &index, &error);
    if (!cases[i].failure) {
        g_assert_no_error(error);
        g_assert_cmpuint(index, ==, 2);
        return;
    }
    g_assert_false(ok);
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    if (strcmp(cases[i].name, "escapes") == 0) /* XML has no escape character: refused as such */
        g_assert_null(strpbrk(error->message, "\n\033"));
    else
        g_assert_nonnull(strstr(error->message, cases[i].failure));
}

static void test_hostile(void)
{
    static const struct {
        const char *text;
        gsize length;
    } accounts[] = {
#define BYTES(literal) {literal, sizeof literal - 1}
        BYTES(""),
        BYTES("<WIM>"),
        BYTES("\xFF\xFE<"),
        BYTES("\xFF\xFE\x00\xD8\x41\x00"),
        BYTES("<!DOCTYPE a [<!ENTITY b 'c'>]><WIM>&b;</WIM>"),
        BYTES("not XML at all"),
    };

    for (guint i = 0; i < G_N_ELEMENTS(accounts); i++) {
        g_autoptr(Media) media = NULL;
        g_autoptr(GError) error = NULL;
        g_assert_false(media_parse(accounts[i].text, accounts[i].length, "w.iso", &media, &error));
        g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    }
}

static void run(const char *const *argv)
{
    const ProcOptions options = {.timeout_s = 60};
    g_autoptr(GError) error = NULL;
    proc_run(argv, &options, &error);
    g_assert_no_error(error);
}

/* A medium as Microsoft's are made (UDF, sources/install.wim), only that nothing boots from it. */
static void make_medium(const char *folder, const char *iso)
{
    g_autofree char *sources = g_build_filename(folder, "tree", "sources", NULL);
    g_autofree char *tree = g_build_filename(folder, "tree", NULL);
    g_autofree char *files = g_build_filename(folder, "files", NULL);
    g_autofree char *file = g_build_filename(files, "a.txt", NULL);
    g_autofree char *wim = g_build_filename(sources, "install.wim", NULL);
    const char *const capture[] = {"wimlib-imagex",
                                   "capture",
                                   files,
                                   wim,
                                   DESKTOP,
                                   "--compress=none",
                                   "--image-property=WINDOWS/ARCH=9",
                                   "--image-property=WINDOWS/VERSION/BUILD=20348",
                                   "--image-property=WINDOWS/LANGUAGES/DEFAULT=en-US",
                                   NULL};
    const char *const make[] = {"genisoimage", "-quiet", "-udf", "-V", "SSS_X64FREE_EN-US_DV9",
                                "-o",          iso,      tree,   NULL};

    g_assert_true(files_make_folder(sources, NULL) && files_make_folder(files, NULL) &&
                  files_write_atomic(file, "a", 1, NULL));
    run(capture);
    run(make);
}

static bool have(const char *tool)
{
    g_autofree char *path = proc_find(tool);
    return path;
}

static void test_real_medium(void)
{
    static const char *const tools[] = {"7z", "wimlib-imagex", "genisoimage", "xorriso"};
    for (guint i = 0; i < G_N_ELEMENTS(tools); i++) {
        if (!have(tools[i])) {
            g_autofree char *why = g_strconcat("not installed: ", tools[i], NULL);
            g_test_skip(why);
            return;
        }
    }

    g_autofree char *folder = g_dir_make_tmp("truce-media-XXXXXX", NULL);
    g_autofree char *iso = g_build_filename(folder, "w.iso", NULL);
    g_autoptr(Guest) guest = server_2022();
    g_autoptr(Media) media = NULL;
    g_autoptr(GError) error = NULL;
    const InstallEdition *edition = NULL;
    guint index = 0;

    make_medium(folder, iso);
    media_read(iso, folder, NULL, &media, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(media->label, ==, "SSS_X64FREE_EN-US_DV9");
    g_assert_true(media_choose(media, guest, NULL, &edition, &index, &error));
    g_assert_cmpuint(index, ==, 1);
    g_assert_true(media_holds(iso, "sources/install.wim", &error));
    g_assert_false(media_holds(iso, "guest-agent/qemu-ga-x86_64.msi", &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    g_clear_error(&error);

    /* Our own answer medium is no medium of Windows. */
    AnswerOptions options = {.guest = guest, .edition = edition, .index = 1, .password = "x"};
    g_autofree char *answer = g_build_filename(folder, "answer.iso", NULL);
    g_autoptr(Media) other = NULL;
    answer_medium_make(&options, answer, &error);
    g_assert_no_error(error);
    g_assert_true(media_holds(answer, "autounattend.xml", &error));
    g_assert_true(media_holds(answer, "truce/first-logon.ps1", &error));
    g_assert_false(media_read(answer, folder, NULL, &other, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    g_assert_nonnull(strstr(error->message, "no installation medium of Windows"));
    files_remove_tree(folder, NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/media/choose/", cases[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_choose);
    }
    g_test_add_func("/media/hostile", test_hostile);
    g_test_add_func("/media/real", test_real_medium);
    return g_test_run();
}
