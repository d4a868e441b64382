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

#define OVERLAY_MAX (4u << 20) /* bytes of an empty one */
#define OVERLAYS_KEPT 32

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

/* What an empty overlay on the file depends on: its path, and that it is the same file still. */
static char *overlay_key(const char *backing)
{
    struct stat st = {0};

    stat(backing, &st);
    return g_strdup_printf("%s %ju %jd.%09ld %jd", backing, (uintmax_t)st.st_ino,
                           (intmax_t)st.st_mtim.tv_sec, st.st_mtim.tv_nsec, (intmax_t)st.st_size);
}

static void keep_overlay(Host *host, const char *key, const char *overlay)
{
    g_autofree char *bytes = NULL;
    gsize length;

    if (!files_read(overlay, OVERLAY_MAX, &bytes, &length, NULL))
        return;
    g_mutex_lock(&host->lock);
    if (g_hash_table_size(host->overlays) >= OVERLAYS_KEPT)
        g_hash_table_remove_all(host->overlays);
    g_hash_table_replace(host->overlays, g_strdup(key),
                         g_bytes_new_take(g_steal_pointer(&bytes), length));
    g_mutex_unlock(&host->lock);
}

/* All empty overlays on one file are the same: qemu-img, whose start takes a tenth of a clone's
 * time, makes the first. */
static bool take_overlay(Host *host, const char *backing, const char *overlay, GError **error)
{
    g_autofree char *key = overlay_key(backing);
    g_autoptr(GBytes) bytes = NULL;
    gsize length = 0;

    g_mutex_lock(&host->lock);
    GBytes *kept = g_hash_table_lookup(host->overlays, key);
    bytes = kept ? g_bytes_ref(kept) : NULL;
    g_mutex_unlock(&host->lock);
    if (!bytes) {
        if (!image_overlay(backing, overlay, error))
            return false;
        keep_overlay(host, key, overlay);
        return true;
    }
    const char *data = g_bytes_get_data(bytes, &length);
    auto_fd fd = open(overlay, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        return host_fail_errno(error, "make", overlay);
    ssize_t written = write(fd, data, length);
    if (written == (ssize_t)length)
        return true;
    if (written >= 0)
        errno = ENOSPC; /* it took a part */
    return host_fail_errno(error, "write", overlay);
}

static bool take_data_disk(Machine *machine, const char *folder, GError **error)
{
    g_autofree char *from = g_build_filename(folder, DATA_NAME, NULL);
    g_autofree char *to = g_build_filename(machine->work_folder, DATA_NAME, NULL);

    if (is_there(from) ? !host_let_read(machine->host, from, error) ||
                             !take_overlay(machine->host, from, to, error)
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
    return take_overlay(machine->host, backing, machine->disk, error) &&
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
