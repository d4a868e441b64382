/* SPDX-License-Identifier: GPL-2.0-or-later
 * Installation media: accounts as wimlib extracts them, real media made here, wrong ones.
 */
#include "install/media.h"

#include <string.h>

#include <glib/gstdio.h>

#include "install/answer-medium.h"
#include "install/dry-run.h"
#include "install/product-key.h"
#include "util/error.h"
#include "util/files.h"
#include "util/proc.h"

#define IMAGE_OF(index, name, id, build, arch, language)                                           \
    "<IMAGE INDEX=\"" index "\"><NAME>" name "</NAME><WINDOWS><ARCH>" arch "</ARCH><EDITIONID>" id \
    "</EDITIONID><LANGUAGES><DEFAULT>" language "</DEFAULT></LANGUAGES><VERSION><BUILD>" build     \
    "</BUILD></VERSION></WINDOWS></IMAGE>"
#define IMAGE(index, name, build, arch, language)                                                  \
    IMAGE_OF(index, name, "ServerStandard", build, arch, language)
#define CORE "Windows Server 2022 SERVERSTANDARDCORE"
#define DESKTOP "Windows Server 2022 SERVERSTANDARD"

static Guest *recipe_of(const char *release)
{
    g_autofree char *path =
        g_build_filename(TRUCE_SOURCE_DIR, "guests", "windows", release, "guest.xml", NULL);
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
    {"language", NULL, IMAGE("2", DESKTOP, "20348", "9", "sr-Latn-RS"), NULL},
    {"no-language", NULL, IMAGE("2", DESKTOP, "20348", "9", "&lt;b&gt;"), "its language"},
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
    g_autoptr(Guest) guest = recipe_of("server-2022");
    g_autofree char *xml = g_strdup_printf("<WIM>%s</WIM>", cases[i].account);
    g_autoptr(Media) media = NULL;
    const InstallEdition *edition = NULL;
    g_autoptr(GError) error = NULL;
    const MediaImage *image = NULL;

    bool ok = media_parse(xml, strlen(xml), "w.iso", &media, &error) &&
              media_choose(media, guest, cases[i].edition, &edition, &image, &error);
    if (!cases[i].failure) {
        g_assert_no_error(error);
        g_assert_cmpuint(image->index, ==, 2);
        return;
    }
    g_assert_false(ok);
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    if (strcmp(cases[i].name, "escapes") == 0) /* XML has no escape character: refused as such */
        g_assert_null(strpbrk(error->message, "\n\033"));
    else
        g_assert_nonnull(strstr(error->message, cases[i].failure));
}

/* What the build number tells of the release. A base that several releases share is taken: which of
 * them it is, the first logon checks. */
static const struct {
    const char *recipe, *build;
    bool taken;
} releases[] = {
    {"10-22h2", "19045", true},      {"10-22h2", "19041", true},     {"10-22h2", "19044", false},
    {"10-22h2", "26100", false},     {"11-23h2", "22631", true},     {"11-23h2", "22621", true},
    {"11-23h2", "22000", false},     {"11-24h2", "26100", true},     {"11-24h2", "26200", false},
    {"11-25h2", "26200", true},      {"11-25h2", "26100", true},     {"11-25h2", "26300", false},
    {"11-25h2", "22631", false},     {"server-2016", "14393", true}, {"server-2019", "17763", true},
    {"server-2019", "14393", false}, {"server-2022", "20348", true}, {"server-2025", "26100", true},
    {"server-2025", "20348", false},
};

static void test_releases(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(releases); i++) {
        g_autoptr(Guest) guest = recipe_of(releases[i].recipe);
        const InstallEdition *first = guest->install->editions->pdata[0], *edition;
        g_autofree char *xml = g_strdup_printf(
            "<WIM>" IMAGE("1", "%s", "%s", "9", "en-US") "</WIM>", first->name, releases[i].build);
        g_autoptr(Media) media = NULL;
        const MediaImage *image = NULL;
        g_autoptr(GError) error = NULL;

        g_test_message("%s, %s", releases[i].recipe, releases[i].build);
        g_assert_true(media_parse(xml, strlen(xml), "w.iso", &media, &error));
        g_assert_cmpint(media_choose(media, guest, NULL, &edition, &image, &error), ==,
                        releases[i].taken);
        g_assert_true(releases[i].taken || strstr(error->message, "its build number is"));
    }
}

/* What the first-logon script compares with: of a release on an enablement package not the number
 * that the medium may have. */
static void test_own_build(void)
{
    g_autoptr(Guest) older = recipe_of("11-24h2"), newer = recipe_of("11-25h2");
    g_autofree char *one = install_settings_json(older), *other = install_settings_json(newer);

    g_assert_cmpstr(one, ==,
                    "{\"defender\":\"kept\",\"release\":\"Windows 11 24H2\",\"build\":26100}");
    g_assert_cmpstr(other, ==,
                    "{\"defender\":\"kept\",\"release\":\"Windows 11 25H2\",\"build\":26200}");
}

/* A client's medium names its images in its own language. */
static void test_localised(void)
{
    static const char account[] =
        "<WIM>" IMAGE_OF("1", "Windows 11 Famille", "Core", "26100", "9", "fr-FR")
            IMAGE_OF("5", "Windows 11 Professionnel", "Professional", "26100", "9", "fr-FR")
                IMAGE_OF("6", "Windows 11 Professionnel N", "ProfessionalN", "26100", "9",
                         "fr-FR") "</WIM>";
    g_autoptr(Guest) guest = recipe_of("11-24h2");
    g_autoptr(Media) media = NULL;
    const InstallEdition *edition;
    const MediaImage *image = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_true(media_parse(account, sizeof account - 1, "w.iso", &media, &error));
    g_assert_true(media_choose(media, guest, NULL, &edition, &image, &error));
    g_assert_cmpstr(edition->id, ==, "pro");
    g_assert_cmpuint(image->index, ==, 5);
    g_assert_cmpstr(image->language, ==, "fr-FR");

    g_free(guest->install->locale);
    guest->install->locale = g_strdup("en-US");
    g_assert_false(media_choose(media, guest, NULL, &edition, &image, &error));
    g_assert_nonnull(strstr(error->message, "its language is fr-FR, not en-US"));
}

/* What Setup is told, for every edition of every recipe: one that is sold stops at Setup's key page
 * without a key, and an evaluation refuses one. */
static void test_setup_key(void)
{
    static const char *const recipes[] = {"10-22h2",     "11-23h2",     "11-24h2",
                                          "11-25h2",     "server-2016", "server-2019",
                                          "server-2022", "server-2025"};
    static const char user[] = "AAAAA-BBBBB-CCCCC-DDDDD-EEEEE";
    const char *key;

    for (gsize i = 0; i < G_N_ELEMENTS(recipes); i++) {
        g_autoptr(Guest) guest = recipe_of(recipes[i]);
        for (guint j = 0; j < guest->install->editions->len; j++) {
            const InstallEdition *edition = guest->install->editions->pdata[j];
            const bool evaluation = strcmp(edition->id, "enterprise-eval") == 0;
            const MediaImage sold = {.edition = (char *)"Professional"};
            const MediaImage eval = {.edition = (char *)"ServerStandardEval"};
            g_autoptr(GError) error = NULL;

            g_test_message("%s, %s", recipes[i], edition->id);
            key = user;
            g_assert_true(install_choose_setup_key(&eval, edition, NULL, &key, &error));
            g_assert_null(key);
            g_assert_false(install_choose_setup_key(&eval, edition, user, &key, &error));
            g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
            g_assert_nonnull(strstr(error->message, "an evaluation, which takes no product key"));
            g_clear_error(&error);
            if (evaluation)
                continue;
            g_assert_true(install_choose_setup_key(&sold, edition, NULL, &key, &error));
            g_assert_cmpstr(key, ==, edition->setup_key);
            g_assert_true(install_choose_setup_key(&sold, edition, user, &key, &error));
            g_assert_cmpstr(key, ==, edition->setup_key);
        }
    }
}

/* A recipe of the user's without a generic key. */
static void test_no_setup_key(void)
{
    const InstallEdition edition = {.id = (char *)"home"};
    const MediaImage sold = {.edition = (char *)"Core"};
    const char *key = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_true(install_choose_setup_key(&sold, &edition, "A", &key, &error));
    g_assert_cmpstr(key, ==, "A");
    g_assert_false(install_choose_setup_key(&sold, &edition, NULL, &key, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    g_assert_nonnull(strstr(error->message, "give --product-key-file"));
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

/* A medium as Microsoft's are made (UDF, sources/install.wim), only that nothing boots from it. The
 * tree stays for variants. */
static void make_image(const char *folder)
{
    g_autofree char *sources = g_build_filename(folder, "tree", "sources", NULL);
    g_autofree char *files = g_build_filename(folder, "files", NULL);
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
    g_autofree char *noise = g_malloc(3 << 20);

    g_assert_true(files_make_folder(sources, NULL) && files_make_folder(files, NULL));
    for (guint i = 0; i < 3; i++) { /* no two alike, or the image holds one */
        g_autofree char *name = g_strdup_printf("%u.bin", i);
        g_autofree char *file = g_build_filename(files, name, NULL);
        memset(noise, (int)i + 1, 3 << 20);
        g_assert_true(files_write_atomic(file, noise, 3 << 20, NULL));
    }
    run(capture);
}

static void make_medium(const char *folder, const char *iso)
{
    g_autofree char *tree = g_build_filename(folder, "tree", NULL);
    const char *const make[] = {"genisoimage", "-quiet", "-udf", "-V", "SSS_X64FREE_EN-US_DV9",
                                "-o",          iso,      tree,   NULL};
    run(make);
}

static bool have(const char *tool)
{
    g_autofree char *path = proc_find(tool);
    return path;
}

static bool have_tools(void)
{
    static const char *const tools[] = {"7z", "wimlib-imagex", "genisoimage", "xorriso"};
    for (guint i = 0; i < G_N_ELEMENTS(tools); i++) {
        if (!have(tools[i])) {
            g_autofree char *why = g_strconcat("not installed: ", tools[i], NULL);
            g_test_skip(why);
            return false;
        }
    }
    return true;
}

static void expect_damaged(const char *iso, const char *folder)
{
    g_autoptr(Media) media = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_false(media_read(iso, folder, NULL, &media, &error));
    g_test_message("%s", error->message);
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    g_assert_true(g_str_has_prefix(error->message, "'"));
    g_assert_nonnull(strstr(error->message, iso));
    g_assert_nonnull(strstr(error->message, "damaged; compare its SHA-256 sum"));
}

static void damage(const char *path, goffset at)
{
    g_autofree char *text = NULL;
    gsize length;

    g_assert_true(g_file_get_contents(path, &text, &length, NULL));
    text[at] ^= 0x40;
    g_assert_true(files_write_atomic(path, text, length, NULL));
}

/* What a download that broke off, or went wrong, leaves. */
static void test_damaged(void)
{
    if (!have_tools())
        return;
    g_autofree char *folder = g_dir_make_tmp("truce-media-XXXXXX", NULL);
    g_autofree char *iso = g_build_filename(folder, "w.iso", NULL);
    g_autofree char *wim = g_build_filename(folder, "tree", "sources", "install.wim", NULL);
    g_autofree char *text = NULL;
    gsize length;

    make_image(folder);
    make_medium(folder, iso);
    g_assert_true(g_file_get_contents(iso, &text, &length, NULL));
    g_assert_true(files_write_atomic(iso, text, length / 2, NULL));
    expect_damaged(iso, folder);

    damage(wim, 4 << 20); /* of a file in the image */
    make_medium(folder, iso);
    expect_damaged(iso, folder);

    damage(wim, 1); /* of its header */
    make_medium(folder, iso);
    expect_damaged(iso, folder);
    files_remove_tree(folder, NULL);
}

/* An image in parts, and one of them lost. */
static void test_parts(void)
{
    if (!have_tools())
        return;
    g_autofree char *folder = g_dir_make_tmp("truce-media-XXXXXX", NULL);
    g_autofree char *iso = g_build_filename(folder, "w.iso", NULL);
    g_autofree char *sources = g_build_filename(folder, "tree", "sources", NULL);
    g_autofree char *wim = g_build_filename(sources, "install.wim", NULL);
    g_autofree char *first = g_build_filename(sources, "install.swm", NULL);
    g_autofree char *second = g_build_filename(sources, "install2.swm", NULL);
    const char *const split[] = {"wimlib-imagex", "split", wim, first, "4", NULL};
    g_autoptr(Guest) guest = recipe_of("server-2022");
    g_autoptr(Media) media = NULL;
    const InstallEdition *edition;
    const MediaImage *image;
    g_autoptr(GError) error = NULL;

    make_image(folder);
    run(split);
    g_assert_cmpint(g_unlink(wim), ==, 0);
    make_medium(folder, iso);
    media_read(iso, folder, NULL, &media, &error);
    g_assert_no_error(error);
    g_assert_true(media_choose(media, guest, NULL, &edition, &image, &error));

    g_assert_cmpint(g_unlink(second), ==, 0);
    make_medium(folder, iso);
    expect_damaged(iso, folder);
    files_remove_tree(folder, NULL);
}

static void test_real_medium(void)
{
    if (!have_tools())
        return;
    g_autofree char *folder = g_dir_make_tmp("truce-media-XXXXXX", NULL);
    g_autofree char *iso = g_build_filename(folder, "w.iso", NULL);
    g_autoptr(Guest) guest = recipe_of("server-2022");
    g_autoptr(Media) media = NULL;
    g_autoptr(GError) error = NULL;
    const InstallEdition *edition = NULL;
    const MediaImage *image = NULL;

    make_image(folder);
    make_medium(folder, iso);
    media_read(iso, folder, NULL, &media, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(media->label, ==, "SSS_X64FREE_EN-US_DV9");
    g_assert_true(media_choose(media, guest, NULL, &edition, &image, &error));
    g_assert_cmpuint(image->index, ==, 1);
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
    g_clear_error(&error);

    /* Nor is a file of noise, which is no medium at all. */
    g_autofree char *noise = g_build_filename(folder, "noise.iso", NULL);
    g_assert_true(files_write_atomic(noise, "not an image", 12, NULL));
    g_assert_false(media_read(noise, folder, NULL, &other, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    g_assert_nonnull(strstr(error->message, "noise.iso' cannot be read as a medium"));
    g_clear_error(&error);
    g_assert_false(media_holds(noise, "any", &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    files_remove_tree(folder, NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/media/choose/", cases[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_choose);
    }
    g_test_add_func("/media/releases", test_releases);
    g_test_add_func("/media/own-build", test_own_build);
    g_test_add_func("/media/localised", test_localised);
    g_test_add_func("/media/setup-key", test_setup_key);
    g_test_add_func("/media/no-setup-key", test_no_setup_key);
    g_test_add_func("/media/hostile", test_hostile);
    g_test_add_func("/media/damaged", test_damaged);
    g_test_add_func("/media/parts", test_parts);
    g_test_add_func("/media/real", test_real_medium);
    return g_test_run();
}
