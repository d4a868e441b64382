/* SPDX-License-Identifier: GPL-2.0-or-later
 * Files and folders of the host.
 */
#include "util/files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <openssl/evp.h>

#include "util/error.h"
#include "util/file-out.h"

static bool fail(GError **error, const char *doing, const char *path)
{
    int saved = errno;
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "cannot %s '%s': %s", doing, path,
                g_strerror(saved));
    return false;
}

bool files_make_folder(const char *path, GError **error)
{
    if (g_mkdir_with_parents(path, 0700) != 0)
        return fail(error, "make the folder", path);
    return true;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}
#define autofd __attribute__((cleanup(close_fd))) int

static bool write_all(int fd, const char *data, gsize length)
{
    while (length > 0) {
        ssize_t n = write(fd, data, length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        data += n;
        length -= (gsize)n;
    }
    return true;
}

bool files_write_atomic(const char *path, const char *data, gsize length, GError **error)
{
    g_autoptr(FileOut) out = NULL;

    if (!file_out_new(path, &out, error))
        return false;
    file_out_write(out, data, length);
    return file_out_commit(out, error);
}

/* Without waiting, as for a pipe that nobody writes to. -1 with an error of that code. */
static int open_regular(const char *path, int code, struct stat *ret_st, GError **error)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    bool opened = fd >= 0 && fstat(fd, ret_st) == 0;

    if (opened && S_ISREG(ret_st->st_mode))
        return fd;
    g_set_error(error, TRUCE_ERROR, code, "cannot read '%s': %s", path,
                opened ? "it is not a regular file" : g_strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

bool files_read(const char *path, gsize limit, char **ret_data, gsize *ret_length, GError **error)
{
    struct stat st;
    autofd fd = open_regular(path, TRUCE_ERROR_INPUT, &st, error);

    if (fd < 0)
        return false;
    if ((guint64)st.st_size > limit) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "cannot read '%s': it is longer than %" G_GSIZE_FORMAT " bytes", path, limit);
        return false;
    }

    g_autofree char *data = g_malloc((gsize)st.st_size + 1);
    gsize length = 0;
    while (length < (gsize)st.st_size) {
        ssize_t n = read(fd, data + length, (gsize)st.st_size - length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail(error, "read", path);
        if (n == 0)
            break;
        length += (gsize)n;
    }
    data[length] = '\0';
    *ret_data = g_steal_pointer(&data);
    *ret_length = length;
    return true;
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(EVP_MD_CTX, EVP_MD_CTX_free)

/* An image of some GB is looked through whenever it is used: libcrypto has the processor's own
 * instructions for it, GLib has not. */
bool files_sha256(const char *path, char **ret_hex, GError **error)
{
    const gsize size = 1 << 20;
    struct stat st;
    autofd fd = open_regular(path, TRUCE_ERROR_LAB, &st, error);
    g_autoptr(EVP_MD_CTX) sum = EVP_MD_CTX_new();
    g_autofree guchar *piece = g_malloc(size);
    guchar digest[32];
    ssize_t n = -1;

    if (fd < 0)
        return false;
    bool summed = EVP_DigestInit_ex(sum, EVP_sha256(), NULL);
    while (summed && (n = read(fd, piece, size)) != 0) {
        if (n < 0 && errno != EINTR)
            return fail(error, "read", path);
        summed = n < 0 || EVP_DigestUpdate(sum, piece, (size_t)n);
    }
    if (!summed || !EVP_DigestFinal_ex(sum, digest, NULL)) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "libcrypto has no SHA-256");
        return false;
    }
    GString *hex = g_string_sized_new(2 * sizeof digest);
    for (gsize i = 0; i < sizeof digest; i++)
        g_string_append_printf(hex, "%02x", digest[i]);
    *ret_hex = g_string_free(hex, FALSE);
    return true;
}

static bool remove_tree(const char *path, GError **error)
{
    struct stat st;

    if (lstat(path, &st) != 0)
        return errno == ENOENT ? true : fail(error, "look at", path);
    if (!S_ISDIR(st.st_mode))
        return unlink(path) == 0 || errno == ENOENT ? true : fail(error, "remove", path);

    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;
    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *child = g_build_filename(path, name, NULL);
        if (!remove_tree(child, error))
            return false;
    }
    return rmdir(path) == 0 || errno == ENOENT ? true : fail(error, "remove", path);
}

bool files_remove_tree(const char *path, GError **error)
{
    /* With a slash at its end, lstat() would follow a link. */
    g_autofree char *plain = g_canonicalize_filename(path, NULL);
    return remove_tree(plain, error);
}

/* One piece from `from` to `to`, which both move on. */
static bool copy_piece(int in, int out, off_t *from, off_t *to, off_t end)
{
    ssize_t n = copy_file_range(in, from, out, to, (size_t)(end - *from), 0);
    if (n > 0)
        return true;
    if (n == 0) {
        errno = EIO; /* the file became shorter under us */
        return false;
    }
    if (errno != EXDEV && errno != EOPNOTSUPP && errno != ENOSYS)
        return errno == EINTR;

    /* Not between these two file systems. */
    g_autofree char *piece = g_malloc(1 << 20);
    n = pread(in, piece, (size_t)MIN(end - *from, 1 << 20), *from);
    if (n <= 0 || lseek(out, *to, SEEK_SET) < 0 || !write_all(out, piece, (gsize)n))
        return false;
    *from += n;
    *to += n;
    return true;
}

/* Copies data between holes only, so that a sparse disk stays sparse. */
static bool copy_extents(int in, int out, off_t size)
{
    for (off_t at = 0; at < size;) {
        off_t data = lseek(in, at, SEEK_DATA);
        if (data < 0)
            return errno == ENXIO;
        off_t end = lseek(in, data, SEEK_HOLE);
        if (end < 0)
            return false;
        for (off_t from = data, to = data; from < end;)
            if (!copy_piece(in, out, &from, &to, end))
                return false;
        at = end;
    }
    return true;
}

bool files_copy(const char *from, const char *to, GError **error)
{
    autofd in = open(from, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (in < 0 || fstat(in, &st) != 0)
        return fail(error, "read", from);

    autofd out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (out < 0)
        return fail(error, "create", to);
    if (ioctl(out, FICLONE, in) == 0)
        return true;
    if (ftruncate(out, st.st_size) != 0 || !copy_extents(in, out, st.st_size)) {
        fail(error, "write", to);
        unlink(to);
        return false;
    }
    return true;
}

bool files_free_bytes(const char *path, guint64 *ret_bytes, GError **error)
{
    struct statvfs fs;
    if (statvfs(path, &fs) != 0)
        return fail(error, "look at the file system of", path);
    *ret_bytes = (guint64)fs.f_bavail * fs.f_frsize;
    return true;
}

char *files_safe_name(const char *text)
{
    GString *name = g_string_new(*text == '\0' || *text == '.' ? "-" : NULL);
    for (const char *c = text; *c && name->len < 100; c++)
        g_string_append_c(name, g_ascii_isalnum(*c) || strchr("._+@-", *c) ? *c : '-');
    return g_string_free(name, FALSE);
}

char *files_state_folder(void)
{
    const char *set = g_getenv("TRUCE_STATE");
    if (set && *set)
        return g_canonicalize_filename(set, NULL);
    return g_build_filename(g_get_user_state_dir(), "truce", NULL);
}

char *files_share_path(const char *sub)
{
    const char *set = g_getenv("TRUCE_SHARE");
    g_autofree char *share = NULL;

    if (set && *set) {
        share = g_canonicalize_filename(set, NULL);
    } else {
        g_autofree char *binary = g_file_read_link("/proc/self/exe", NULL);
        g_autofree char *bin = g_path_get_dirname(binary ? binary : ".");
        g_autofree char *prefix = g_path_get_dirname(bin);
        share = g_build_filename(prefix, "share", "truce", NULL);
    }
    return sub ? g_build_filename(share, sub, NULL) : g_steal_pointer(&share);
}
