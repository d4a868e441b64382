/* SPDX-License-Identifier: GPL-2.0-or-later
 * What an image is built from.
 */
#include "run/guest-inputs.h"

#include <string.h>

#include "util/files.h"

char *guest_inputs_sum(const char *recipe)
{
    g_autoptr(GDir) dir = g_dir_open(recipe, 0, NULL);
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    g_autolist(GRefString) names = NULL;
    const char *name;

    while (dir && (name = g_dir_read_name(dir)))
        if (!g_str_equal(name, "guest.xml"))
            names = g_list_insert_sorted(names, g_ref_string_new(name), (GCompareFunc)strcmp);
    for (const GList *at = names; at; at = at->next) {
        g_autofree char *path = g_build_filename(recipe, at->data, NULL);
        g_autofree char *of_file = NULL;
        if (!files_sha256(path, &of_file, NULL))
            return NULL;
        g_checksum_update(sum, at->data, (gssize)strlen(at->data) + 1);
        g_checksum_update(sum, (const guchar *)of_file, -1);
    }
    return g_strdup(g_checksum_get_string(sum));
}

bool guest_is_outdated(const Guest *guest, const Image *image)
{
    g_autofree char *recipe = g_path_get_dirname(guest->file);
    g_autofree char *inputs = guest->builder && image->inputs ? guest_inputs_sum(recipe) : NULL;
    return inputs && !g_str_equal(inputs, image->inputs);
}
