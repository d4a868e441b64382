/* SPDX-License-Identifier: GPL-2.0-or-later
 * Fetching a guest's image once for each node.
 */
#include "host/image-fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "host/image.h"
#include "util/error.h"
#include "util/files.h"
#include "util/json.h"

static bool fail_errno(const char *what, const char *path, GError **error)
{
    int saved = errno;
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "cannot %s '%s': %s", what, path,
                g_strerror(saved));
    return false;
}

/* Waits for whoever fetches the same image. Closing the descriptor gives the lock back. */
static bool lock(const char *state_folder, const char *guest, int *ret_fd, GError **error)
{
    g_autofree char *path = g_strdup_printf("%s/fetch-%s.lock", state_folder, guest);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);

    if (fd < 0)
        return fail_errno("open", path, error);
    while (flock(fd, LOCK_EX) != 0)
        if (errno != EINTR) {
            close(fd);
            return fail_errno("lock", path, error);
        }
    *ret_fd = fd;
    return true;
}

/* What is read-only already, as a copy that was fetched before is, is shared where it can be. */
static bool copy_file(const char *source, const char *target, GError **error)
{
    struct stat st;

    if (lstat(source, &st) != 0)
        return fail_errno("look at", source, error);
    if (!S_ISREG(st.st_mode)) /* the image's warm states are not of the image */
        return true;
    if ((st.st_mode & 0777) == 0444 && link(source, target) == 0)
        return true;
    if (!files_copy(source, target, error))
        return false;
    return chmod(target, 0444) == 0 || fail_errno("protect", target, error);
}

static bool copy(const char *from, const char *to, GError **error)
{
    g_autoptr(GDir) dir = g_dir_open(from, 0, error);
    const char *name;

    if (!dir || !files_make_folder(to, error))
        return false;
    while ((name = g_dir_read_name(dir))) {
        g_autofree char *source = g_build_filename(from, name, NULL);
        g_autofree char *target = g_build_filename(to, name, NULL);
        if (!copy_file(source, target, error))
            return false;
    }
    return chmod(to, 0755) == 0 || fail_errno("open to all", to, error);
}

#define QCOW2_MAGIC 0x514649FB
#define QCOW2_DATA_FILE 4

/* Another host's image must not make QEMU open any other file of this one: in qcow2 (QEMU's
 * docs/interop/qcow2.txt; big-endian) a backing file's name has its offset at byte 8, and a data
 * file is bit 2 of the incompatible features, at byte 72 of version 3. */
static bool check_alone(const char *path, GError **error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    guint64 head[10] = {0};
    ssize_t length = fd < 0 ? -1 : read(fd, head, sizeof head);

    if (fd >= 0)
        close(fd);
    if (length < 0)
        return fail_errno("read", path, error);
    guint32 magic = (guint32)(GUINT64_FROM_BE(head[0]) >> 32);
    guint32 version = (guint32)GUINT64_FROM_BE(head[0]);
    if (magic != QCOW2_MAGIC && !g_str_has_suffix(path, ".qcow2"))
        return true;
    if (magic == QCOW2_MAGIC && length == sizeof head && head[1] == 0 &&
        (version == 2 || (version == 3 && (GUINT64_FROM_BE(head[9]) & QCOW2_DATA_FILE) == 0)))
        return true;
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                "'%s' is no qcow2 image that needs no other file", path);
    return false;
}

/* Of a folder whose image was verified: what its manifest does not name was not, and goes. */
static bool check_files(const char *folder, GError **error)
{
    g_autofree char *manifest = g_build_filename(folder, "manifest.json", NULL);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, error);
    g_autoptr(cJSON) value = NULL;

    if (!dir || !json_read_file(manifest, IMAGE_MANIFEST_MAX, &value, error))
        return false;
    const cJSON *files = cJSON_GetObjectItemCaseSensitive(value, "files");
    for (const char *name; (name = g_dir_read_name(dir));) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        if (g_str_equal(name, "manifest.json"))
            continue;
        if (!(cJSON_GetObjectItemCaseSensitive(files, name) ? check_alone(path, error)
                                                            : files_remove_tree(path, error)))
            return false;
    }
    return true;
}

/* Under a folder of its own until it is verified, so that nobody takes half of it for the whole. */
static bool fetch(const char *store, const char *state_folder, const char *guest, const char *half,
                  GError **error)
{
    g_autofree char *guests = g_build_filename(state_folder, "guests", NULL);
    g_autofree char *from = g_build_filename(store, "guests", guest, NULL);
    g_autofree char *part = g_build_filename(half, "guests", guest, NULL);
    g_autofree char *to = g_build_filename(guests, guest, NULL);
    g_autoptr(Image) image = NULL;

    if (!copy(from, part, error) || !image_open(half, guest, &image, error) ||
        !check_files(part, error) || !files_make_folder(guests, error))
        return false;
    if (chmod(guests, 0755) != 0 || g_rename(part, to) != 0)
        return fail_errno("move the image to", to, error);
    return files_remove_tree(half, error);
}

static bool fetch_locked(const char *store, const char *state_folder, const char *guest,
                         bool *ret_fetched, GError **error)
{
    g_autofree char *there = g_build_filename(state_folder, "guests", guest, "manifest.json", NULL);
    g_autofree char *wanted = g_build_filename(store, "guests", guest, "manifest.json", NULL);
    g_autofree char *half = g_strdup_printf("%s/fetch-%s", state_folder, guest);
    g_autofree char *have = NULL, *want = NULL;
    g_autoptr(Image) image = NULL;

    if (!files_remove_tree(half, error)) /* a killed process's */
        return false;
    *ret_fetched = !g_file_test(there, G_FILE_TEST_EXISTS);
    if (*ret_fetched)
        return fetch(store, state_folder, guest, half, error);
    if (!files_sha256(there, &have, error) || !files_sha256(wanted, &want, error))
        return false;
    if (g_str_equal(have, want))
        return image_open(state_folder, guest, &image, error);
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                "'%s' is of another image of the guest '%s' than '%s': remove it, or fetch to "
                "another state folder",
                there, guest, wanted);
    return false;
}

bool image_fetch(const char *store, const char *state_folder, const char *guest, bool *ret_fetched,
                 GError **error)
{
    int fd = -1;

    if (!files_make_folder(state_folder, error) || !lock(state_folder, guest, &fd, error))
        return false;
    bool done = fetch_locked(store, state_folder, guest, ret_fetched, error);
    close(fd);
    return done;
}
