/* SPDX-License-Identifier: GPL-2.0-or-later
 * Building a guest's base image.
 */
#include "run/guest-build.h"

#include "host/image.h"
#include "util/error.h"
#include "util/files.h"
#include "util/proc.h"

bool guest_check_space(const Guest *guest, const char *folder, GError **error)
{
    guint64 bytes;
    if (!files_free_bytes(folder, &bytes, error))
        return false;
    if (bytes >> 20 >= guest->build_disk_mib)
        return true;
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB,
                "no disk space: '%s' has %" G_GUINT64_FORMAT
                " MiB free, building guest '%s' needs %u MiB",
                folder, bytes >> 20, guest->name, guest->build_disk_mib);
    return false;
}

static void show_line(const char *line, gpointer data)
{
    progress_status(data, "%s", line);
}

bool guest_build(const Lab *lab, const Guest *guest, bool again, Progress *progress,
                 const bool *cancelled, GError **error)
{
    g_autofree char *parent = g_build_filename(lab->state_folder, "guests", NULL);
    g_autofree char *folder = g_build_filename(parent, guest->name, NULL);
    g_autofree char *recipe = g_path_get_dirname(guest->file);
    g_autoptr(Image) image = NULL;

    if (!again && image_open(lab->state_folder, guest->name, &image, NULL)) {
        progress_line(progress, "guest '%s' is built already (%s)", guest->name, folder);
        return true;
    }
    if (!files_make_folder(parent, error) || !guest_check_space(guest, parent, error) ||
        !files_remove_tree(folder, error))
        return false;

    g_autofree char *program = g_build_filename(recipe, guest->builder, NULL);
    const char *const argv[] = {program, "--out", folder, "--programs", recipe, NULL};
    ProcOptions options = {.timeout_s = guest->build_timeout_s,
                           .on_line = show_line,
                           .on_line_data = progress,
                           .cancelled = cancelled};
    if (!proc_run(argv, &options, error) ||
        !image_open(lab->state_folder, guest->name, &image, error)) {
        g_prefix_error(error, "building guest '%s': ", guest->name);
        return false;
    }
    progress_line(progress, "guest '%s' is built: %" G_GUINT64_FORMAT " MiB in %s", guest->name,
                  image->bytes >> 20, folder);
    return true;
}

bool guest_remove(const Lab *lab, const char *name, GError **error)
{
    g_autofree char *folder = g_build_filename(lab->state_folder, "guests", name, NULL);

    if (!g_file_test(folder, G_FILE_TEST_IS_DIR)) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "guest '%s' is not built", name);
        return false;
    }
    return files_remove_tree(folder, error);
}
