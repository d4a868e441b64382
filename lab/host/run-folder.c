/* SPDX-License-Identifier: GPL-2.0-or-later
 * libvirt's status files in memory.
 */
#include "host/run-folder.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/error.h"
#include "util/files.h"

#define HASH_DIGITS 16

static char *folder_name(const char *embed_root, const char *memory)
{
    g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, embed_root, -1);
    return g_strdup_printf("%s/truce-%u-%.*s", memory, (guint)geteuid(), HASH_DIGITS, sum);
}

/* Everybody may make files in memory: what has that name must be a folder of ours alone. Mode 0711:
 * QEMU's user comes through to what lets it in. libvirt makes the folder inside when it starts,
 * which it does once in a process. */
static bool take_folder(const char *folder)
{
    g_autofree char *qemu = g_build_filename(folder, "qemu", NULL);
    struct stat st;

    if (mkdir(folder, 0711) != 0 && errno != EEXIST)
        return false;
    return lstat(folder, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid() &&
           (st.st_mode & (S_IWGRP | S_IWOTH)) == 0 && (mkdir(qemu, 0711) == 0 || errno == EEXIST);
}

static bool has_domains(const char *run)
{
    g_autofree char *qemu = g_build_filename(run, "qemu", NULL);
    g_autoptr(GDir) dir = g_dir_open(qemu, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir)))
        if (g_str_has_suffix(name, ".xml"))
            return true;
    return false;
}

bool run_folder_make(const char *embed_root, const char *memory, char **ret_folder, GError **error)
{
    g_autofree char *folder = folder_name(embed_root, memory);
    g_autofree char *run = g_build_filename(embed_root, "run", NULL);
    bool is_link = g_file_test(run, G_FILE_TEST_IS_SYMLINK);

    *ret_folder = NULL;
    /* An ordinary folder that a killed lab left: its domains are found there. */
    if (!is_link && has_domains(run))
        return true;
    bool in_memory = take_folder(folder);
    /* The link of a state folder that was copied leads to the other one's. */
    if ((is_link || in_memory) && !files_remove_tree(run, error))
        return false;
    if (!in_memory)
        return true;
    if (symlink(folder, run) != 0) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "cannot make the link '%s': %s", run,
                    g_strerror(errno));
        return false;
    }
    *ret_folder = g_steal_pointer(&folder);
    return true;
}

void run_folder_remove(const char *embed_root, const char *folder)
{
    if (!folder || has_domains(folder))
        return;
    g_autofree char *run = g_build_filename(embed_root, "run", NULL);
    files_remove_tree(run, NULL);
    files_remove_tree(folder, NULL);
}
