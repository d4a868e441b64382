/* SPDX-License-Identifier: GPL-2.0-or-later
 * The keys of boot loaders and firmware.
 */
#include "install/boot-keys.h"

#include <string.h>

#include "install/media.h"
#include "util/error.h"
#include "util/files.h"
#include "util/json.h"

#define LOADER "efi/boot/bootx64.efi"
#define FILE_MAX (16u << 20)
#define DESCRIPTOR_MAX 65536

static const char *const names[] = {"Microsoft Windows Production PCA 2011",
                                    "Microsoft Corporation UEFI CA 2011", "Windows UEFI CA 2023",
                                    "Microsoft UEFI CA 2023"};

/* A bit for each name in the file; 0 where there is none, or it cannot be read. */
static guint keys_in(const char *path)
{
    g_autofree char *bytes = NULL;
    gsize length;
    guint keys = 0;

    if (!files_read(path, FILE_MAX, &bytes, &length, NULL))
        return 0;
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        if (memmem(bytes, length, names[i], strlen(names[i])))
            keys |= 1u << i;
    return keys;
}

/* Free with g_free(). */
static char *list_keys(guint keys)
{
    GString *list = g_string_new(NULL);

    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        if (keys & 1u << i)
            g_string_append_printf(list, "%s'%s'", list->len > 0 ? ", " : "", names[i]);
    return g_string_free(list, FALSE);
}

static bool has_feature(const cJSON *descriptor, const char *name)
{
    const cJSON *feature;

    cJSON_ArrayForEach (feature, cJSON_GetObjectItemCaseSensitive(descriptor, "features"))
        if (g_strcmp0(cJSON_GetStringValue(feature), name) == 0)
            return true;
    return false;
}

/* The file that the variables begin as; NULL where this firmware is another. Free with g_free(). */
static char *variables_of(const char *descriptor)
{
    g_autoptr(cJSON) value = NULL;

    if (!json_read_file(descriptor, DESCRIPTOR_MAX, &value, NULL) ||
        !has_feature(value, "enrolled-keys") || !has_feature(value, "secure-boot"))
        return NULL;
    const cJSON *mapping = cJSON_GetObjectItemCaseSensitive(value, "mapping");
    const cJSON *variables = cJSON_GetObjectItemCaseSensitive(mapping, "nvram-template");
    return g_strdup(json_string(variables, "filename", NULL));
}

static int compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static char *find_variables(const char *folder)
{
    g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    char *variables = NULL;

    for (const char *name; dir && (name = g_dir_read_name(dir));)
        g_ptr_array_add(files, g_build_filename(folder, name, NULL));
    g_ptr_array_sort(files, compare_names);
    for (guint i = 0; !variables && i < files->len; i++)
        variables = variables_of(files->pdata[i]);
    return variables;
}

bool boot_keys_check(const char *iso, const char *scratch, const char *firmware, GError **error)
{
    g_autofree char *folder = g_build_filename(scratch, "loader", NULL);
    g_autofree char *loader = g_build_filename(folder, LOADER, NULL);
    g_autofree char *variables = find_variables(firmware);

    if (!variables)
        return true;
    guint held = keys_in(variables), wanted = 0;
    bool ok = files_make_folder(folder, error) && media_unpack(iso, LOADER, folder, NULL, error);
    if (ok)
        wanted = keys_in(loader);
    files_remove_tree(folder, NULL);
    if (!ok || held == 0 || wanted == 0 || (held & wanted))
        return ok;
    g_autofree char *has = list_keys(held);
    g_autofree char *wants = list_keys(wanted);
    g_set_error(
        error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
        "the boot loader of '%s' is signed by %s, and the firmware (%s) holds %s, so secure "
        "boot would refuse it: take an older medium of this release, or a newer ovmf",
        iso, wants, variables, has);
    return false;
}
