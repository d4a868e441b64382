/* SPDX-License-Identifier: GPL-2.0-or-later
 * Building a guest's base image.
 */
#include "run/guest-build.h"

#include <errno.h>
#include <string.h>

#include "host/host.h"
#include "run/guest-inputs.h"
#include "util/error.h"
#include "util/files.h"
#include "util/proc.h"

#define ROOM_MIN (16u << 20)

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

typedef struct {
    Progress *progress;
    const char *const places[2]; /* where a builder writes: the images' folder, temporary files */
    bool filled;                 /* one of them was full at some time */
} Building;

/* What a builder wrote is gone again when it has failed, so its disk is looked at meanwhile; some
 * tools remove theirs even before they tell. */
static bool is_full(const Building *building, const char *line)
{
    guint64 bytes;

    for (guint i = 0; i < G_N_ELEMENTS(building->places); i++)
        if (files_free_bytes(building->places[i], &bytes, NULL) && bytes < ROOM_MIN)
            return true;
    return strstr(line, g_strerror(ENOSPC)) || strstr(line, "No space left on device");
}

static void show_line(const char *line, gpointer data)
{
    Building *building = data;

    building->filled = building->filled || is_full(building, line);
    progress_status(building->progress, "%s", line);
}

static bool run_builder(const char *const *argv, ProcOptions *options, Building *building,
                        GError **error)
{
    g_autoptr(GError) failure = NULL;

    options->on_line = show_line;
    options->on_line_data = building;
    if (proc_run(argv, options, &failure))
        return true;
    if (!building->filled) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return false;
    }
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB,
                "no disk space: what was free below '%s' or '%s' was used up meanwhile; %s",
                building->places[0], building->places[1], failure->message);
    return false;
}

/* A run's guests lie on the image. */
static bool refuse_in_use(const Lab *lab, const char *folder, GError **error)
{
    if (!g_file_test(folder, G_FILE_TEST_EXISTS) || !host_in_use(lab->state_folder))
        return true;
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB,
                "another truce uses the images in the state folder '%s': wait for it, or set "
                "TRUCE_STATE to another folder",
                lab->state_folder);
    return false;
}

bool guest_build(const Lab *lab, const Guest *guest, bool again, Progress *progress,
                 const bool *cancelled, GError **error)
{
    g_autofree char *parent = g_build_filename(lab->state_folder, "guests", NULL);
    g_autofree char *folder = g_build_filename(parent, guest->name, NULL);
    g_autofree char *made = g_strconcat(folder, ".new", NULL);
    g_autofree char *recipe = g_path_get_dirname(guest->file);
    g_autoptr(Image) image = NULL;

    if (!again && image_open(lab->state_folder, guest->name, &image, NULL)) {
        bool outdated = guest_is_outdated(guest, image);
        progress_line(progress, "guest '%s' is built already (%s)%s", guest->name, folder,
                      outdated ? ", but of other files than the recipe has now: again" : "");
        if (!outdated)
            return true;
        g_clear_pointer(&image, image_free);
    }
    if (!refuse_in_use(lab, folder, error) || !files_make_folder(parent, error) ||
        !guest_check_space(guest, parent, error) || !files_remove_tree(made, error))
        return false;

    g_autofree char *program = g_build_filename(recipe, guest->builder, NULL);
    g_autofree char *inputs = guest_inputs_sum(recipe);
    const char *const argv[] = {
        program, "--out", made, "--programs", recipe, inputs ? "--inputs" : NULL, inputs, NULL};
    ProcOptions options = {.timeout_s = guest->build_timeout_s, .cancelled = cancelled};
    Building building = {.progress = progress, .places = {parent, g_get_tmp_dir()}};
    if (!run_builder(argv, &options, &building, error) || !refuse_in_use(lab, folder, error) ||
        !image_replace(made, guest->name, folder, &image, error)) {
        files_remove_tree(made, NULL);
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
    return refuse_in_use(lab, folder, error) && files_remove_tree(folder, error);
}
