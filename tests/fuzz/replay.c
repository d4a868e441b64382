/* SPDX-License-Identifier: GPL-2.0-or-later
 * Feeds the files of the folders that it is given to a fuzz target, once each, so that every build
 * runs the corpus. Fails where a folder holds none.
 */
#include <stdint.h>
#include <stdio.h>

#include <glib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_folder(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    int count = 0;

    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        g_autofree char *text = NULL;
        gsize length = 0;
        if (!g_file_get_contents(path, &text, &length, NULL))
            continue;
        LLVMFuzzerTestOneInput((const uint8_t *)text, length);
        count++;
    }
    return count;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        int count = replay_folder(argv[i]);
        printf("%s: %d inputs\n", argv[i], count);
        if (count == 0)
            return 1;
    }
    return argc < 2;
}
