/* SPDX-License-Identifier: GPL-2.0-or-later
 * The sealed base image of a guest.
 */
#include "host/image.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include <glib/gstdio.h>

#include "util/error.h"
#include "util/files.h"
#include "util/json.h"
#include "util/proc.h"
#include "util/text.h"

#define MANIFEST_FILES_MAX 64
#define BUILT_BYTES_MAX 100
#define DEVIATIONS_MAX 100
#define DEVIATION_BYTES_MAX 1000
#define LAYERS_MAX (1u << 20)

void image_free(Image *image)
{
    if (!image)
        return;
    g_free(image->folder);
    g_free(image->name);
    g_free(image->built);
    g_free(image->sha256);
    g_free(image->inputs);
    g_clear_pointer(&image->deviations, g_ptr_array_unref);
    g_free(image);
}

static bool fail_input(GError **error, const char *manifest, const char *what)
{
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "%s: %s", manifest, what);
    return false;
}

static bool file_name_ok(const char *name)
{
    g_autofree char *safe = name ? files_safe_name(name) : NULL;
    return safe && g_str_equal(safe, name) && !g_str_equal(name, "manifest.json");
}

static bool check_size(const char *folder, const cJSON *entry, GError **error)
{
    g_autofree char *path = g_build_filename(folder, entry->string, NULL);
    struct stat st;

    if (lstat(path, &st) != 0 || !S_ISREG(st.st_mode)) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "'%s' of the guest's image is missing: build the guest again", path);
        return false;
    }
    if ((gint64)st.st_size != json_int(entry, "size", -1)) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "'%s' is not as it was built: its size is %" G_GINT64_FORMAT
                    " bytes; build the guest again",
                    path, (gint64)st.st_size);
        return false;
    }
    return true;
}

static bool check_sum(const char *folder, const cJSON *entry, GError **error)
{
    g_autofree char *path = g_build_filename(folder, entry->string, NULL);
    g_autofree char *sum = NULL;

    if (!files_sha256(path, &sum, error))
        return false;
    if (g_str_equal(sum, json_string(entry, "sha256", "")))
        return true;
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                "'%s' is not as it was built: its SHA-256 is %s; build the guest again", path, sum);
    return false;
}

static bool check_files(const char *folder, const char *manifest, const cJSON *files,
                        GError **error)
{
    const cJSON *entry;

    /* Sizes first: a file that was cut is told without reading the others. */
    cJSON_ArrayForEach (entry, files) {
        if (!file_name_ok(entry->string) || strlen(json_string(entry, "sha256", "")) != 64)
            return fail_input(error, manifest, "a file's name or checksum is not right");
        if (!check_size(folder, entry, error))
            return false;
    }
    cJSON_ArrayForEach (entry, files)
        if (!check_sum(folder, entry, error))
            return false;
    return true;
}

/* What the guest says of a protection that is not on, or NULL. Windows' own words for one that is:
 * "True" of Confirm-SecureBootUEFI, "Normal" of Get-MpComputerStatus' AMRunningMode (MS docs). */
static char *protection_off(const cJSON *item)
{
    const char *text = cJSON_GetStringValue(item);

    if (cJSON_IsFalse(item))
        return g_strdup_printf("%s is off", item->string);
    if (!text || g_str_equal(text, "True") || g_str_equal(text, "Normal"))
        return NULL;
    return g_strdup_printf("%s: %s", item->string, text);
}

/* What is off by the installer's account, and by the guest's own. */
static GPtrArray *read_deviations(const cJSON *manifest)
{
    GPtrArray *deviations = g_ptr_array_new_with_free_func(g_free);
    const cJSON *item;

    cJSON_ArrayForEach (item, cJSON_GetObjectItemCaseSensitive(manifest, "deviations")) {
        const char *text = cJSON_GetStringValue(item);
        if (text && deviations->len < DEVIATIONS_MAX)
            g_ptr_array_add(deviations, text_printable(text, strlen(text), DEVIATION_BYTES_MAX));
    }
    cJSON_ArrayForEach (item, cJSON_GetObjectItemCaseSensitive(manifest, "protections")) {
        g_autofree char *off = protection_off(item);
        if (off && deviations->len < DEVIATIONS_MAX)
            g_ptr_array_add(deviations, text_printable(off, strlen(off), DEVIATION_BYTES_MAX));
    }
    return deviations;
}

static bool check_manifest(const char *path, const cJSON *value, const char *guest, GError **error)
{
    const cJSON *files = cJSON_GetObjectItemCaseSensitive(value, "files");

    if (json_int(value, "format", 0) != 1)
        return fail_input(error, path, "is no image manifest of format 1: build the guest again");
    if (g_strcmp0(json_string(value, "name", NULL), guest) != 0)
        return fail_input(error, path, "is the manifest of another guest");
    if (!cJSON_IsObject(files) || cJSON_GetArraySize(files) > MANIFEST_FILES_MAX ||
        !cJSON_GetObjectItemCaseSensitive(files, "disk.qcow2"))
        return fail_input(error, path, "names no disk.qcow2 among its files");
    return true;
}

static bool open_folder(const char *folder, const char *guest, Image **ret_image, GError **error)
{
    g_autofree char *path = g_build_filename(folder, "manifest.json", NULL);
    g_autoptr(cJSON) value = NULL;

    if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB,
                    "guest '%s' is not built: run `truce guest build %s` (looked for '%s')", guest,
                    guest, path);
        return false;
    }
    if (!json_read_file(path, IMAGE_MANIFEST_MAX, &value, error) ||
        !check_manifest(path, value, guest, error))
        return false;

    const cJSON *files = cJSON_GetObjectItemCaseSensitive(value, "files");
    const cJSON *disk = cJSON_GetObjectItemCaseSensitive(files, "disk.qcow2");
    const char *built = json_string(value, "built", "");
    if (!check_files(folder, path, files, error))
        return false;

    Image *image = g_new0(Image, 1);
    image->folder = g_strdup(folder);
    image->name = g_strdup(guest);
    image->built = text_printable(built, strlen(built), BUILT_BYTES_MAX);
    image->sha256 = g_strdup(json_string(disk, "sha256", ""));
    image->bytes = (guint64)json_int(disk, "size", 0);
    image->inputs = g_strdup(json_string(value, "inputs", NULL));
    image->deviations = read_deviations(value);
    *ret_image = image;
    return true;
}

bool image_open(const char *state_folder, const char *guest, Image **ret_image, GError **error)
{
    g_autofree char *folder = g_build_filename(state_folder, "guests", guest, NULL);

    return open_folder(folder, guest, ret_image, error);
}

bool image_replace(const char *made, const char *guest, const char *folder, Image **ret_image,
                   GError **error)
{
    g_autoptr(Image) image = NULL;

    if (!open_folder(made, guest, &image, error) || !files_remove_tree(folder, error))
        return false;
    if (rename(made, folder) != 0) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "cannot name '%s': %s", folder,
                    g_strerror(errno));
        return false;
    }
    g_free(image->folder);
    image->folder = g_strdup(folder);
    *ret_image = g_steal_pointer(&image);
    return true;
}

bool image_overlay(const char *backing, const char *overlay, GError **error)
{
    g_autofree char *absolute = g_canonicalize_filename(backing, NULL);
    const char *const argv[] = {"qemu-img", "create", "-q",     "-f",    "qcow2", "-F",
                                "qcow2",    "-b",     absolute, overlay, NULL};
    const ProcOptions options = {.timeout_s = 60};
    return proc_run(argv, &options, error);
}

bool image_create(const char *path, guint gib, GError **error)
{
    g_autofree char *size = g_strdup_printf("%uG", gib);
    const char *const argv[] = {"qemu-img", "create", "-q", "-f", "qcow2", path, size, NULL};
    const ProcOptions options = {.timeout_s = 60};
    return proc_run(argv, &options, error);
}

static void add_line(const char *line, gpointer text)
{
    g_string_append(text, line);
}

char **image_layers(const char *path)
{
    const char *const argv[] = {"qemu-img", "info", "-U", "--backing-chain", "--output=json", "-f",
                                "qcow2",    path,   NULL};
    g_autoptr(GString) text = g_string_new(NULL);
    const ProcOptions options = {.timeout_s = 60, .on_line = add_line, .on_line_data = text};
    g_autoptr(GPtrArray) layers = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(cJSON) chain = NULL;
    const cJSON *image;

    if (!proc_run(argv, &options, NULL) ||
        !json_parse(text->str, text->len, LAYERS_MAX, "qemu-img", &chain, NULL))
        return NULL;
    cJSON_ArrayForEach (image, chain) {
        const char *file = json_string(image, "filename", "");
        if (!g_path_is_absolute(file) || !g_str_equal(json_string(image, "format", ""), "qcow2"))
            return NULL;
        g_ptr_array_add(layers, g_strdup(file));
    }
    if (layers->len == 0)
        return NULL;
    g_ptr_array_remove_index(layers, 0); /* itself */
    g_ptr_array_add(layers, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&layers), FALSE);
}
