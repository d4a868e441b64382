/* SPDX-License-Identifier: GPL-2.0-or-later
 * Sealing an installed machine.
 */
#include "install/seal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "host/image.h"
#include "host/machine-install.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/files.h"
#include "util/json.h"

#define PROTECTIONS_MAX 4096

static bool add_file(cJSON *files, const char *folder, const char *name, GError **error)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *sum = NULL;
    struct stat st;

    if (stat(path, &st) != 0 || !files_sha256(path, &sum, error))
        return error && *error ? false
                               : (g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB,
                                              "cannot read '%s': %s", path, g_strerror(errno)),
                                  false);
    cJSON *entry = cJSON_AddObjectToObject(files, name);
    cJSON_AddStringToObject(entry, "sha256", sum);
    cJSON_AddNumberToObject(entry, "size", (double)st.st_size);
    return true;
}

/* Every file of the folder: what machine_export() found worth keeping. */
static bool add_files(cJSON *manifest, const char *folder, GError **error)
{
    cJSON *files = cJSON_AddObjectToObject(manifest, "files");
    g_autoptr(GDir) dir = g_dir_open(folder, 0, error);

    if (!dir)
        return false;
    for (const char *name; (name = g_dir_read_name(dir));)
        if (!add_file(files, folder, name, error))
            return false;
    return true;
}

static void add_account(cJSON *manifest, const InstallWatch *watch)
{
    const GPtrArray *deviations = install_watch_deviations(watch);
    const char *protections = install_watch_protections(watch);
    cJSON *list = cJSON_AddArrayToObject(manifest, "deviations");
    cJSON *value = NULL;

    for (guint i = 0; i < deviations->len; i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(deviations->pdata[i]));
    if (protections)
        json_parse(protections, strlen(protections), PROTECTIONS_MAX, "protections", &value, NULL);
    cJSON_AddItemToObject(manifest, "protections", value ? value : cJSON_CreateNull());
}

static bool write_manifest(const Guest *guest, const InstallWatch *watch, const char *folder,
                           GError **error)
{
    g_autoptr(cJSON) manifest = cJSON_CreateObject();
    g_autofree char *path = g_build_filename(folder, "manifest.json", NULL);
    g_autofree char *now = clock_now_utc();

    cJSON_AddNumberToObject(manifest, "format", 1);
    cJSON_AddStringToObject(manifest, "name", guest->name);
    cJSON_AddStringToObject(manifest, "built", now);
    add_account(manifest, watch);
    if (!add_files(manifest, folder, error))
        return false;
    g_autofree char *text = json_line(manifest);
    return files_write_atomic(path, text, strlen(text), error);
}

bool seal_image(Machine *machine, const Guest *guest, const InstallWatch *watch,
                const char *state_folder, GError **error)
{
    g_autofree char *folder = g_build_filename(state_folder, "guests", guest->name, NULL);
    g_autofree char *temporary = g_strconcat(folder, ".new", NULL);
    g_autoptr(Image) image = NULL;

    if (!machine_power_off(machine, error) || !files_remove_tree(temporary, error) ||
        !files_make_folder(temporary, error))
        return false;
    if (!machine_export(machine, temporary, error) ||
        !write_manifest(guest, watch, temporary, error) ||
        !image_replace(temporary, guest->name, folder, &image, error)) {
        files_remove_tree(temporary, NULL);
        return false;
    }
    return true;
}
