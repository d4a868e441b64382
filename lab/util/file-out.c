/* SPDX-License-Identifier: GPL-2.0-or-later
 * A file that appears whole or not at all.
 */
#include "util/file-out.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "util/error.h"

#define BUFFER_BYTES (256 * 1024)

struct FileOut {
    char *path, *temporary;
    int fd;     /* -1 once it is closed */
    int failed; /* errno of the first write that failed */
    gsize used;
    char buffer[BUFFER_BYTES];
};

static bool fail(GError **error, int reason, const char *path)
{
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "cannot write '%s': %s", path,
                g_strerror(reason));
    return false;
}

bool file_out_new(const char *path, FileOut **ret_out, GError **error)
{
    g_autoptr(FileOut) out = g_new0(FileOut, 1);

    out->path = g_strdup(path);
    out->temporary = g_strconcat(path, FILE_OUT_TEMPORARY, NULL);
    out->fd = g_mkstemp_full(out->temporary, O_WRONLY | O_CLOEXEC, 0644);
    if (out->fd < 0)
        return fail(error, errno, path);
    *ret_out = g_steal_pointer(&out);
    return true;
}

void file_out_free(FileOut *out)
{
    if (!out)
        return;
    if (out->fd >= 0) {
        close(out->fd);
        g_unlink(out->temporary);
    }
    g_free(out->path);
    g_free(out->temporary);
    g_free(out);
}

static void write_all(FileOut *out, const char *data, gsize length)
{
    while (length > 0 && !out->failed) {
        ssize_t n = write(out->fd, data, length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            out->failed = errno;
            return;
        }
        data += n;
        length -= (gsize)n;
    }
}

static void flush(FileOut *out)
{
    write_all(out, out->buffer, out->used);
    out->used = 0;
}

void file_out_write(FileOut *out, const char *data, gsize length)
{
    if (length > BUFFER_BYTES - out->used)
        flush(out);
    if (length > BUFFER_BYTES) {
        write_all(out, data, length);
        return;
    }
    memcpy(out->buffer + out->used, data, length);
    out->used += length;
}

void file_out_text(FileOut *out, const char *text)
{
    file_out_write(out, text, strlen(text));
}

static bool sync_folder(const char *path)
{
    g_autofree char *folder = g_path_get_dirname(path);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool done = fd >= 0 && fsync(fd) == 0;

    if (fd >= 0)
        close(fd);
    return done;
}

bool file_out_commit(FileOut *out, GError **error)
{
    flush(out);
    if (!out->failed && fsync(out->fd) != 0)
        out->failed = errno;
    if (out->failed)
        return fail(error, out->failed, out->path);
    if (g_rename(out->temporary, out->path) != 0)
        return fail(error, errno, out->path);
    close(out->fd);
    out->fd = -1;
    return sync_folder(out->path) || fail(error, errno, out->path);
}

static bool is_temporary(const char *name)
{
    const char *end = strrchr(name, '.');

    return end && strlen(end) == strlen(FILE_OUT_TEMPORARY) &&
           strncmp(end, FILE_OUT_TEMPORARY, strlen(".truce~")) == 0;
}

void file_out_sweep(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        GStatBuf st;
        if (g_lstat(path, &st) != 0)
            continue;
        if (S_ISDIR(st.st_mode))
            file_out_sweep(path);
        else if (is_temporary(name))
            g_unlink(path);
    }
}
