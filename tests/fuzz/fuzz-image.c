/* SPDX-License-Identifier: GPL-2.0-or-later
 * Fuzz target: the manifest of an image, which may be fetched from another host. Only files of the
 * image's own folder are looked at, and what is told of it can be shown.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "host/image.h"
#include "util/files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *state, *manifest;

static void clean_up(void)
{
    files_remove_tree(state, NULL);
}

/* Beside the manifest an empty disk, whose checksum is that of no bytes. */
static void set_up(void)
{
    state = g_dir_make_tmp("truce-fuzz-XXXXXX", NULL);
    g_autofree char *folder = g_build_filename(state, "guests", "tiny", NULL);
    g_autofree char *disk = g_build_filename(folder, "disk.qcow2", NULL);

    manifest = g_build_filename(folder, "manifest.json", NULL);
    g_assert_true(files_make_folder(folder, NULL));
    g_assert_true(g_file_set_contents(disk, "", 0, NULL));
    atexit(clean_up);
}

static void check_text(const char *text)
{
    g_assert_true(g_utf8_validate(text, -1, NULL));
    for (const char *c = text; *c; c = g_utf8_next_char(c))
        g_assert_false(g_unichar_iscntrl(g_utf8_get_char(c)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(Image) image = NULL;
    g_autoptr(GError) error = NULL;

    if (!state)
        set_up();
    g_assert_true(g_file_set_contents(manifest, (const char *)data, (gssize)size, NULL));
    if (!image_open(state, "tiny", &image, &error)) {
        check_text(error->message);
        return 0;
    }
    check_text(image->built);
    g_assert_cmpuint(image->bytes, ==, 0);
    for (guint i = 0; i < image->deviations->len; i++)
        check_text(image->deviations->pdata[i]);
    return 0;
}
