/* SPDX-License-Identifier: GPL-2.0-or-later
 * What an installation medium is.
 */
#include "install/media.h"

#include <string.h>

#include "util/error.h"
#include "util/files.h"
#include "util/proc.h"
#include "util/xml.h"

#define TOOL_TIMEOUT_S 60
#define UNPACK_TIMEOUT_S 1800
#define ACCOUNT_MAX (4 * 1024 * 1024)
#define SCRATCH_SPARE (16u << 20)
#define ARCH_X64 9

static void image_free(gpointer data)
{
    MediaImage *image = data;
    g_free(image->name);
    g_free(image->edition);
    g_free(image->language);
    g_free(image);
}

void media_free(Media *media)
{
    if (!media)
        return;
    g_free(media->path);
    g_free(media->label);
    g_ptr_array_unref(media->images);
    g_free(media);
}

/* A number in an element; 0 where there is none. */
static guint number_in(const xmlNode *parent, const char *name)
{
    g_autofree char *text = xml_text_stripped(xml_child(parent, name));
    guint64 number = text ? g_ascii_strtoull(text, NULL, 10) : 0;
    return number <= G_MAXUINT ? (guint)number : 0;
}

static char *text_in(const xmlNode *parent, const char *name)
{
    char *text = xml_text_stripped(xml_child(parent, name));
    return text ? text : g_strdup("");
}

static MediaImage *image_from_xml(const xmlNode *node)
{
    const xmlNode *windows = xml_child(node, "WINDOWS");
    g_autofree char *index = xml_attr(node, "INDEX");
    MediaImage *image = g_new0(MediaImage, 1);

    image->index = index ? (guint)g_ascii_strtoull(index, NULL, 10) : 0;
    image->name = text_in(node, "NAME");
    image->edition = text_in(windows, "EDITIONID");
    image->arch = number_in(windows, "ARCH");
    image->build = number_in(xml_child(windows, "VERSION"), "BUILD");
    image->language = text_in(xml_child(windows, "LANGUAGES"), "DEFAULT");
    return image;
}

bool media_parse(const char *xml, gsize length, const char *path, Media **ret_media, GError **error)
{
    const bool wide = length >= 2 && (memcmp(xml, "\xFF\xFE", 2) == 0);
    g_autofree char *text =
        wide ? g_convert(xml + 2, length - 2, "UTF-8", "UTF-16LE", NULL, &length, NULL)
             : g_memdup2(xml, length);
    g_autoptr(XmlFile) file = NULL;

    if (!text) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "%s: the account of the install image is no text", path);
        return false;
    }
    if (!xml_parse(text, length, path, NULL, &file, error))
        return false;

    g_autoptr(Media) media = g_new0(Media, 1);
    media->path = g_strdup(path);
    media->label = g_strdup("");
    media->images = g_ptr_array_new_with_free_func(image_free);
    XML_FOREACH(node, xml_root(file), "IMAGE")
    g_ptr_array_add(media->images, image_from_xml(node));
    *ret_media = g_steal_pointer(&media);
    return true;
}

static void keep_first_line(const char *line, gpointer data)
{
    char **kept = data;
    if (!*kept)
        *kept = g_strdup(line);
}

static char *read_label(const char *path)
{
    /* Not in an ordinary user's PATH. */
    const char *const argv[] = {"/usr/sbin/blkid", "--probe", "--match-tag", "LABEL",
                                "--output",        "value",   path,          NULL};
    char *label = NULL;
    const ProcOptions options = {
        .timeout_s = TOOL_TIMEOUT_S, .on_line = keep_first_line, .on_line_data = &label};

    /* blkid ends with 2 where there is no label; what it prints then is nothing. */
    if (!proc_run(argv, &options, NULL))
        g_clear_pointer(&label, g_free);
    return label ? label : g_strdup("");
}

static void note_any(const char *line, gpointer data)
{
    (void)line;
    *(bool *)data = true;
}

/* What a tool that is installed and had room says against a medium is the medium's fault, so the
 * user's to mend. `folder`: where it wrote, or NULL. Returns false. */
static bool tell_damaged(const char *path, const char *program, const char *folder,
                         const GError *failure, GError **error)
{
    g_autofree char *tool = proc_find(program);
    guint64 spare = SCRATCH_SPARE;

    if (folder)
        files_free_bytes(folder, &spare, NULL);
    if (!tool || !g_error_matches(failure, TRUCE_ERROR, TRUCE_ERROR_LAB) || spare < SCRATCH_SPARE) {
        g_propagate_error(error, g_error_copy(failure));
        return false;
    }
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                "'%s' cannot be read as a medium: it is no ISO image, or damaged; compare its "
                "SHA-256 sum (sha256sum) with the one where you downloaded it: %s",
                path, failure->message);
    return false;
}

/* Looks for a file on a medium. What 7z cannot list is no medium, which is the user's mistake. */
static bool list(const char *path, const char *file, const bool *cancelled, bool *ret_found,
                 GError **error)
{
    const char *const argv[] = {"7z", "l", "-ba", "--", path, file, NULL};
    const ProcOptions options = {.timeout_s = TOOL_TIMEOUT_S,
                                 .on_line = note_any,
                                 .on_line_data = ret_found,
                                 .cancelled = cancelled};
    g_autoptr(GError) failure = NULL;

    return proc_run(argv, &options, &failure) || tell_damaged(path, argv[0], NULL, failure, error);
}

bool media_unpack(const char *path, const char *file, const char *folder, const bool *cancelled,
                  GError **error)
{
    g_autofree char *out = g_strconcat("-o", folder, NULL);
    const char *const argv[] = {"7z", "x", "-y", "-bso0", "-bsp0", out, "--", path, file, NULL};
    const ProcOptions options = {.timeout_s = UNPACK_TIMEOUT_S, .cancelled = cancelled};
    g_autoptr(GError) failure = NULL;

    return proc_run(argv, &options, &failure) ||
           tell_damaged(path, argv[0], folder, failure, error);
}

/* An image in parts, for sticks with a FAT file system, is read by its first part; Setup takes it
 * as it takes a whole one (Microsoft Learn, "Split a Windows image file (.wim)"). */
static const struct {
    const char *file, *all;
} image_files[] = {
    {"sources/install.wim", "sources/install.wim"},
    {"sources/install.esd", "sources/install.esd"},
    {"sources/install.swm", "sources/install*.swm"},
};

/* The install image's file in `folder`, unpacked from the medium, or NULL. Free with g_free(). */
static char *unpack_install_image(const char *path, const char *folder, const bool *cancelled,
                                  GError **error)
{
    for (guint i = 0; i < G_N_ELEMENTS(image_files); i++) {
        g_autofree char *to = g_build_filename(folder, image_files[i].file, NULL);
        bool found = false;
        if (!list(path, image_files[i].file, cancelled, &found, error) ||
            (found && !media_unpack(path, image_files[i].all, folder, cancelled, error)))
            return NULL;
        if (g_file_test(to, G_FILE_TEST_IS_REGULAR))
            return g_steal_pointer(&to);
    }
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                "'%s' is no installation medium of Windows: it holds neither %s nor install.esd "
                "nor install.swm",
                path, image_files[0].file);
    return NULL;
}

/* Compares every file in the install image with its SHA-1 sum: Setup would find a damaged one only
 * after many minutes, and say so on a screen that nobody sits at. */
static bool verify(const char *path, const char *folder, const char *image, const bool *cancelled,
                   GError **error)
{
    g_autofree char *parts = g_build_filename(folder, "sources", "install*.swm", NULL);
    g_autofree char *option = g_strconcat("--ref=", parts, NULL);
    const char *const argv[] = {"wimlib-imagex", "verify", image,
                                g_str_has_suffix(image, ".swm") ? option : NULL, NULL};
    const ProcOptions options = {.timeout_s = UNPACK_TIMEOUT_S, .cancelled = cancelled};
    g_autoptr(GError) failure = NULL;

    return proc_run(argv, &options, &failure) || tell_damaged(path, argv[0], NULL, failure, error);
}

static bool read_account(const char *path, const char *folder, const bool *cancelled,
                         Media **ret_media, GError **error)
{
    g_autofree char *image = unpack_install_image(path, folder, cancelled, error);
    g_autofree char *xml = g_build_filename(folder, "account.xml", NULL);
    g_autofree char *option = g_strconcat("--extract-xml=", xml, NULL);
    const char *const argv[] = {"wimlib-imagex", "info", image, option, NULL};
    const ProcOptions options = {.timeout_s = TOOL_TIMEOUT_S, .cancelled = cancelled};
    g_autofree char *text = NULL;
    g_autoptr(GError) failure = NULL;
    gsize length = 0;

    if (!image)
        return false;
    if (!proc_run(argv, &options, &failure))
        return tell_damaged(path, argv[0], folder, failure, error);
    return files_read(xml, ACCOUNT_MAX, &text, &length, error) &&
           media_parse(text, length, path, ret_media, error) &&
           verify(path, folder, image, cancelled, error);
}

bool media_read(const char *path, const char *scratch, const bool *cancelled, Media **ret_media,
                GError **error)
{
    g_autofree char *folder = g_build_filename(scratch, "medium", NULL);
    g_autoptr(Media) media = NULL;

    if (!g_file_test(path, G_FILE_TEST_IS_REGULAR)) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "there is no medium '%s'", path);
        return false;
    }
    bool ok =
        files_make_folder(folder, error) && read_account(path, folder, cancelled, &media, error);
    files_remove_tree(folder, NULL);
    if (!ok)
        return false;
    g_free(media->label);
    media->label = read_label(path);
    *ret_media = g_steal_pointer(&media);
    return true;
}

static bool is_build(const Install *install, guint build)
{
    for (guint i = 0; i < install->builds->len; i++)
        if (g_array_index(install->builds, guint, i) == build)
            return true;
    return false;
}

static const MediaImage *image_of(const Media *media, const InstallEdition *edition)
{
    for (guint i = 0; i < media->images->len; i++) {
        const MediaImage *image = media->images->pdata[i];
        if (g_ascii_strcasecmp(image->name, edition->name) == 0)
            return image;
    }
    for (guint i = 0; edition->edition_id && i < media->images->len; i++) {
        const MediaImage *image = media->images->pdata[i];
        if (strcmp(image->edition, edition->edition_id) == 0)
            return image;
    }
    return NULL;
}

/* Guests' and media's words, made safe to print. */
static char *list_images(const Media *media)
{
    GString *list = g_string_new(NULL);

    for (guint i = 0; i < media->images->len && i < 20; i++) {
        const MediaImage *image = media->images->pdata[i];
        g_autofree char *name = g_strescape(image->name, NULL);
        g_string_append_printf(list, "%s'%s' (build %u)", i ? ", " : "", name, image->build);
    }
    return g_string_free(list, FALSE);
}

static bool refuse(const Media *media, const Guest *guest, const char *what, GError **error)
{
    g_autofree char *list = list_images(media);
    g_autofree char *label = g_strescape(media->label, NULL);

    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                "'%s' (label '%s') is no medium for guest '%s': %s; it holds %s", media->path,
                label, guest->name, what, *list ? list : "no image");
    return false;
}

/* Free with g_free(). */
static char *list_builds(const Install *install)
{
    GString *list = g_string_new(NULL);

    for (guint i = 0; i < install->builds->len; i++)
        g_string_append_printf(list, "%s%u", i ? " or " : "",
                               g_array_index(install->builds, guint, i));
    return g_string_free(list, FALSE);
}

/* It goes into the answer file, and into messages. */
static bool is_language(const char *text)
{
    return g_regex_match_simple("^[a-z]{2,3}(-[a-z]{4})?-[a-z]{2}$", text, G_REGEX_CASELESS, 0);
}

static bool check_image(const Media *media, const Guest *guest, const MediaImage *image,
                        GError **error)
{
    const Install *install = guest->install;
    g_autofree char *builds = list_builds(install);
    g_autofree char *what = NULL;

    if (!is_build(install, image->build))
        what = g_strdup_printf("its build number is %u, not %s", image->build, builds);
    else if (image->arch != ARCH_X64)
        what = g_strdup("it is not for x64");
    else if (!is_language(image->language))
        what = g_strdup("it does not tell its language");
    else if (install->locale && g_ascii_strcasecmp(image->language, install->locale) != 0)
        what = g_strdup_printf("its language is %s, not %s", image->language, install->locale);
    return !what || refuse(media, guest, what, error);
}

bool media_choose(const Media *media, const Guest *guest, const char *edition,
                  const InstallEdition **ret_edition, const MediaImage **ret_image, GError **error)
{
    const GPtrArray *editions = guest->install->editions;

    for (guint i = 0; i < editions->len; i++) {
        const InstallEdition *one = editions->pdata[i];
        const MediaImage *image = image_of(media, one);
        if (!image || (edition && strcmp(edition, one->id) != 0))
            continue;
        if (!check_image(media, guest, image, error))
            return false;
        *ret_edition = one;
        *ret_image = image;
        return true;
    }
    g_autofree char *what = edition ? g_strdup_printf("it has no edition '%s'", edition)
                                    : g_strdup("it has none of the recipe's editions");
    return refuse(media, guest, what, error);
}

bool media_is_evaluation(const MediaImage *image)
{
    return g_str_has_suffix(image->edition, "Eval");
}

bool media_holds(const char *path, const char *file, GError **error)
{
    bool found = false;

    if (!list(path, file, NULL, &found, error))
        return false;
    if (!found)
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "the medium '%s' has no %s", path, file);
    return found;
}
