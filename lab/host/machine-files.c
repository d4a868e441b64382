/* SPDX-License-Identifier: GPL-2.0-or-later
 * The files that make a machine's state besides its memory.
 */
#include "host/machine-files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/image.h"
#include "util/error.h"
#include "util/files.h"
#include "util/proc.h"

#define DATA_NAME "data.qcow2"
#define NVRAM_NAME "nvram.fd"
#define TPM_NAME "tpm2-00.permall"

static bool is_there(const char *path)
{
    return g_file_test(path, G_FILE_TEST_IS_REGULAR);
}

/* Copies a file where there is one. */
static bool take_copy(Machine *machine, const char *folder, const char *name, GError **error)
{
    g_autofree char *from = g_build_filename(folder, name, NULL);
    g_autofree char *to = g_build_filename(machine->work_folder, name, NULL);

    return !is_there(from) || (files_copy(from, to, error) && host_give(machine->host, to, error));
}

static bool take_data_disk(Machine *machine, const char *folder, GError **error)
{
    g_autofree char *from = g_build_filename(folder, DATA_NAME, NULL);
    g_autofree char *to = g_build_filename(machine->work_folder, DATA_NAME, NULL);

    if (is_there(from) ? !host_let_read(machine->host, from, error) ||
                             !overlays_make(machine->host->overlays, from, to,
                                            &machine->paths.data_layers, error)
                       : !image_create(to, machine->guest->data_disk_gib, error))
        return false;
    return host_give(machine->host, to, error);
}

bool machine_files_take(Machine *machine, const char *folder, const char *backing, GError **error)
{
    const Guest *guest = machine->guest;

    if (guest->tpm && !machine->host->embed_root) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB,
                    "guest '%s' has a TPM, whose state this lab can only keep with libvirt's "
                    "embedded driver, not with %s",
                    guest->name, machine->host->info.uri);
        return false;
    }
    return overlays_make(machine->host->overlays, backing, machine->disk,
                         &machine->paths.disk_layers, error) &&
           host_give(machine->host, machine->disk, error) &&
           (!guest->data_disk_gib || take_data_disk(machine, folder, error)) &&
           (!guest->secure_boot || take_copy(machine, folder, NVRAM_NAME, error)) &&
           (!guest->tpm || take_copy(machine, folder, TPM_NAME, error));
}

static char *tpm_folder(Machine *machine)
{
    return g_build_filename(machine->host->embed_root, "lib", "swtpm", machine->uuid, "tpm2", NULL);
}

/* A blank TPM 2.0. libvirt would make one as well, but with certificates of a CA that belongs to
 * another user of the host than the one QEMU runs as. */
static bool make_tpm(const char *folder, GError **error)
{
    enum { SETUP_S = 60 };
    const char *const argv[] = {"swtpm_setup", "--tpm2", "--tpmstate",  folder, "--createek",
                                "--pcr-banks", "sha256", "--overwrite", NULL};
    const ProcOptions options = {.timeout_s = SETUP_S};
    g_autofree char *lock = g_build_filename(folder, ".lock", NULL);

    if (!proc_run(argv, &options, error))
        return false;
    unlink(lock); /* of this user: the swtpm of QEMU's could not open it */
    return true;
}

/* What libvirt finds here it takes as it is. swtpm runs as QEMU's user (host.c). */
bool machine_files_before_start(Machine *machine, GError **error)
{
    if (!machine->guest->tpm)
        return true;
    g_autofree char *state = g_build_filename(machine->work_folder, TPM_NAME, NULL);
    g_autofree char *folder = tpm_folder(machine);
    g_autofree char *parent = g_path_get_dirname(folder);
    g_autofree char *all = g_path_get_dirname(parent);
    g_autofree char *to = g_build_filename(folder, TPM_NAME, NULL);

    return files_make_folder(folder, error) && host_let_reach(machine->host, all, error) &&
           (is_there(state) ? files_copy(state, to, error) : make_tpm(folder, error)) &&
           host_give(machine->host, parent, error) && host_give(machine->host, folder, error) &&
           host_give(machine->host, to, error);
}

bool machine_files_after_end(Machine *machine, GError **error)
{
    if (!machine->guest->tpm)
        return true;
    g_autofree char *folder = tpm_folder(machine);
    g_autofree char *parent = g_path_get_dirname(folder);
    g_autofree char *from = g_build_filename(folder, TPM_NAME, NULL);
    g_autofree char *to = g_build_filename(machine->work_folder, TPM_NAME, NULL);

    if (is_there(from) && !files_copy(from, to, error))
        return false;
    return files_remove_tree(parent, error);
}

bool machine_files_keep(Machine *machine, const char *folder, GError **error)
{
    static const char *const names[] = {DATA_NAME, NVRAM_NAME, TPM_NAME};

    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *from = g_build_filename(machine->work_folder, names[i], NULL);
        g_autofree char *to = g_build_filename(folder, names[i], NULL);
        if (is_there(from) &&
            (!files_copy(from, to, error) || !host_give(machine->host, to, error)))
            return false;
    }
    return true;
}
