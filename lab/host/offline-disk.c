/* SPDX-License-Identifier: GPL-2.0-or-later
 * Reading the disk of a guest that is off, by libguestfs.
 */
#include "host/offline-disk.h"

#include <dlfcn.h>
#include <errno.h>
#include <glob.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/error.h"
#include "util/files.h"

#define LIBRARY "libguestfs.so.0"
#define MEMORY_MIB 512
#define TIMEOUT_S 600
#define PIECE (2u << 20) /* of a file; one message of libguestfs holds 4 MiB (guestfs(3)) */
#define PID_TEXT_MAX 32
#define SOCKETS "/tmp/libguestfs" /* … and six letters: root's sockets lie nowhere else */
#define SOCKETS_LENGTH (sizeof SOCKETS - 1 + 6)
#define SOCKETS_NOTE "sockets"
#define NOTE_MS 250

/* Of guestfs.h. */
typedef struct guestfs_h guestfs_h;
enum { CREATE_NO_ENVIRONMENT = 1, ADD_DRIVE_OPTS_READONLY = 0, ADD_DRIVE_OPTS_FORMAT = 1 };
#define GUESTFS_FUNCTIONS(F)                                                                       \
    F(guestfs_h *, create_flags, (unsigned flags, ...))                                            \
    F(void, close, (guestfs_h *))                                                                  \
    F(const char *, last_error, (guestfs_h *))                                                     \
    F(void, set_error_handler, (guestfs_h *, void *callback, void *data))                          \
    F(int, set_backend, (guestfs_h *, const char *backend))                                        \
    F(int, set_backend_setting, (guestfs_h *, const char *name, const char *value))                \
    F(int, set_tmpdir, (guestfs_h *, const char *folder))                                          \
    F(int, set_memsize, (guestfs_h *, int mib))                                                    \
    F(int, config, (guestfs_h *, const char *parameter, const char *value))                        \
    F(int, add_drive_opts, (guestfs_h *, const char *file, ...))                                   \
    F(int, launch, (guestfs_h *))                                                                  \
    F(int, shutdown, (guestfs_h *))                                                                \
    F(char **, list_filesystems, (guestfs_h *))                                                    \
    F(int, mount, (guestfs_h *, const char *device, const char *at))                               \
    F(int, mount_ro, (guestfs_h *, const char *device, const char *at))                            \
    F(int, umount_all, (guestfs_h *))                                                              \
    F(char *, case_sensitive_path, (guestfs_h *, const char *path))                                \
    F(int, is_dir, (guestfs_h *, const char *path))                                                \
    F(int, is_file, (guestfs_h *, const char *path))                                               \
    F(char **, glob_expand, (guestfs_h *, const char *pattern))                                    \
    F(int64_t, filesize, (guestfs_h *, const char *path))                                          \
    F(char *, pread, (guestfs_h *, const char *path, int count, int64_t offset, size_t *ret_size)) \
    F(int, rm, (guestfs_h *, const char *path))

#define MEMBER(type, name, arguments) type(*name) arguments;
static struct {
    GUESTFS_FUNCTIONS(MEMBER)
} fish;
#undef MEMBER

G_DEFINE_AUTOPTR_CLEANUP_FUNC(FILE, fclose)

static GMutex lock; /* guards `loaded` and `missing` */
static bool loaded;
static const char *missing;
static GMutex one; /* held while a disk is open: each has half a gigabyte of memory */

struct OfflineDisk {
    guestfs_h *handle;
    char *top; /* of C:, in the file system that is mounted: "" or "/wine/drive_c" */

    /* A machine that hangs is ended at the deadline; libguestfs has none. */
    char *folder; /* for pid_file */
    char *pid_file;
    GThread *guard;
    GMutex mutex; /* guards what follows */
    GCond wake;
    gint64 deadline;
    bool ending;
    bool late;
};

/* supermin makes libguestfs' machine from a kernel of the host's (supermin(1)). */
static bool has_kernel(void)
{
    static const char *const patterns[] = {"/boot/vmlinu?-*", "/lib/modules/*/vmlinu?"};
    bool found = false;

    for (guint i = 0; i < G_N_ELEMENTS(patterns) && !found; i++) {
        glob_t paths = {0};
        if (glob(patterns[i], 0, NULL, &paths) == 0)
            for (size_t path = 0; path < paths.gl_pathc && !found; path++)
                found = access(paths.gl_pathv[path], R_OK) == 0;
        globfree(&paths);
    }
    return found;
}

static void load_locked(void)
{
    loaded = true;
    if (!has_kernel()) {
        missing = "libguestfs needs a Linux kernel in /boot that this user may read";
        return;
    }
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        missing = LIBRARY " is not installed";
        return;
    }
#define LOAD(type, name, arguments)                                                                \
    if (!(*(void **)&fish.name = dlsym(library, "guestfs_" #name)))                                \
        missing = LIBRARY " lacks guestfs_" #name;
    GUESTFS_FUNCTIONS(LOAD)
#undef LOAD
}

bool offline_disk_available(const char **ret_reason)
{
    g_mutex_lock(&lock);
    if (!loaded)
        load_locked();
    *ret_reason = missing;
    g_mutex_unlock(&lock);
    return *ret_reason == NULL;
}

/* The process of libguestfs' machine; 0: it has not said yet which that is. */
static int machine_pid(const OfflineDisk *disk)
{
    char text[PID_TEXT_MAX] = "";
    g_autoptr(FILE) file = fopen(disk->pid_file, "re");

    return file && fgets(text, sizeof text, file) ? MAX(atoi(text), 0) : 0;
}

/* false: it has not said which process it is. */
static bool end_machine(const OfflineDisk *disk)
{
    int pid = machine_pid(disk);
    return pid > 1 && kill(pid, SIGKILL) == 0;
}

/* Where libguestfs has its sockets, for offline_disk_sweep(): only its machine's command line
 * tells. true: there is no more to note. */
static bool note_sockets(const OfflineDisk *disk)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/cmdline", machine_pid(disk));
    g_autofree char *line = NULL;
    gsize length;

    if (!g_file_get_contents(path, &line, &length, NULL))
        return false;
    const char *at = memmem(line, length, SOCKETS, strlen(SOCKETS));
    if (at && (gsize)(line + length - at) > SOCKETS_LENGTH) {
        g_autofree char *note = g_build_filename(disk->folder, SOCKETS_NOTE, NULL);
        files_write_atomic(note, at, SOCKETS_LENGTH, NULL);
    }
    return true;
}

void offline_disk_sweep(const char *folder)
{
    g_autofree char *pattern = g_build_filename(folder, "offline-*", SOCKETS_NOTE, NULL);
    glob_t notes = {0};

    if (glob(pattern, 0, NULL, &notes) == 0)
        for (gsize i = 0; i < notes.gl_pathc; i++) {
            g_autofree char *path = NULL;
            gsize length;
            if (files_read(notes.gl_pathv[i], SOCKETS_LENGTH, &path, &length, NULL) &&
                length == SOCKETS_LENGTH && g_str_has_prefix(path, SOCKETS) &&
                !strchr(path + strlen(SOCKETS), '/'))
                files_remove_tree(path, NULL);
        }
    globfree(&notes);
}

static gpointer guard_thread(gpointer data)
{
    OfflineDisk *disk = data;
    bool done = false, noted = false;

    g_mutex_lock(&disk->mutex);
    while (!disk->ending && !done) {
        noted = noted || note_sockets(disk);
        gint64 look = noted ? disk->deadline : MIN(disk->deadline, clock_deadline_ms(NOTE_MS));
        if (g_cond_wait_until(&disk->wake, &disk->mutex, look) || look < disk->deadline)
            continue;
        disk->late = true;
        done = end_machine(disk);
        disk->deadline = clock_deadline_s(1);
    }
    g_mutex_unlock(&disk->mutex);
    return NULL;
}

static bool fail(OfflineDisk *disk, GError **error, const char *doing, const char *what)
{
    const char *words = fish.last_error(disk->handle);

    g_mutex_lock(&disk->mutex);
    bool late = disk->late;
    g_mutex_unlock(&disk->mutex);
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "reading a guest's disk: cannot %s '%s': %s",
                doing, what,
                late    ? "libguestfs' own machine took too long"
                : words ? words
                        : "libguestfs does not say why");
    return false;
}

static void free_texts(char **texts)
{
    for (char **text = texts; text && *text; text++)
        free(*text);
    free(texts);
}

/* Whether what is mounted has a Windows below a folder. */
static bool has_windows(OfflineDisk *disk, const char *top)
{
    g_autofree char *path = g_strconcat(top, "/windows/system32", NULL);
    char *real = fish.case_sensitive_path(disk->handle, path);
    bool has = real && fish.is_dir(disk->handle, real) == 1;

    free(real);
    return has;
}

static bool mount_one(OfflineDisk *disk, const char *device, bool writable)
{
    static const char *const tops[] = {"", "/wine/drive_c"};

    if ((writable ? fish.mount : fish.mount_ro)(disk->handle, device, "/") != 0)
        return false;
    for (guint i = 0; i < G_N_ELEMENTS(tops); i++) {
        if (!has_windows(disk, tops[i]))
            continue;
        disk->top = g_strdup(tops[i]);
        return true;
    }
    fish.umount_all(disk->handle);
    return false;
}

/* Mounts the file system that C: is. It is sought read-only, so that others are left alone. */
static bool mount_windows(OfflineDisk *disk, const char *image, bool writable, GError **error)
{
    char **pairs = fish.list_filesystems(disk->handle);
    g_autofree char *device = NULL;
    g_autoptr(GString) seen = g_string_new(NULL);

    if (!pairs)
        return fail(disk, error, "list the file systems of", image);
    for (char **pair = pairs; pair[0] && pair[1] && !device; pair += 2) {
        g_string_append_printf(seen, "%s%s", seen->len ? ", " : "", pair[1]);
        if (mount_one(disk, pair[0], false))
            device = g_strdup(pair[0]);
    }
    free_texts(pairs);
    if (!device) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_GUEST,
                    "no file system of the guest's disk has a Windows (it has: %s)",
                    seen->len ? seen->str : "none");
        return false;
    }
    if (!writable)
        return true;
    g_clear_pointer(&disk->top, g_free);
    fish.umount_all(disk->handle);
    return mount_one(disk, device, true) || fail(disk, error, "mount for writing", device);
}

static bool launch(OfflineDisk *disk, const char *image, const OfflineDiskOptions *options,
                   GError **error)
{
    guestfs_h *handle = disk->handle;

    fish.set_error_handler(handle, NULL, NULL);
    /* -1 ends the list of options. */
    if (fish.set_backend(handle, "direct") != 0 || fish.set_tmpdir(handle, disk->folder) != 0 ||
        fish.set_memsize(handle, MEMORY_MIB) != 0 ||
        (options->emulate && fish.set_backend_setting(handle, "force_tcg", "1") != 0) ||
        fish.config(handle, "-pidfile", disk->pid_file) != 0 ||
        fish.add_drive_opts(handle, image, ADD_DRIVE_OPTS_READONLY, !options->writable,
                            ADD_DRIVE_OPTS_FORMAT, "qcow2", -1) != 0)
        return fail(disk, error, "attach", image);
    return fish.launch(handle) == 0 || fail(disk, error, "open", image);
}

bool offline_disk_open(const char *image, const OfflineDiskOptions *options, OfflineDisk **ret_disk,
                       GError **error)
{
    const char *reason;

    if (!offline_disk_available(&reason)) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB,
                    "a stopped guest's disk cannot be read: %s", reason);
        return false;
    }
    g_autofree char *beside = g_path_get_dirname(image);
    g_autofree char *folder = g_build_filename(beside, "offline-XXXXXX", NULL);
    if (!g_mkdtemp(folder)) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "cannot make '%s': %s", folder,
                    g_strerror(errno));
        return false;
    }
    g_mutex_lock(&one);
    g_autoptr(OfflineDisk) disk = g_new0(OfflineDisk, 1);
    g_mutex_init(&disk->mutex);
    g_cond_init(&disk->wake);
    disk->pid_file = g_build_filename(folder, "pid", NULL);
    disk->folder = g_steal_pointer(&folder);
    disk->handle = fish.create_flags(CREATE_NO_ENVIRONMENT);
    disk->deadline = clock_deadline_s(options->timeout_s ? options->timeout_s : TIMEOUT_S);
    disk->guard = g_thread_new("disk-guard", guard_thread, disk);
    if (!disk->handle) {
        g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "libguestfs has no handle left");
        return false;
    }
    if (!launch(disk, image, options, error) ||
        !mount_windows(disk, image, options->writable, error))
        return false;
    *ret_disk = g_steal_pointer(&disk);
    return true;
}

bool offline_disk_close(OfflineDisk *disk, GError **error)
{
    bool written = fish.umount_all(disk->handle) == 0 && fish.shutdown(disk->handle) == 0;

    if (!written)
        fail(disk, error, "finish", "C:");
    offline_disk_free(disk);
    return written;
}

void offline_disk_free(OfflineDisk *disk)
{
    if (!disk)
        return;
    if (disk->handle)
        fish.close(disk->handle);
    g_mutex_lock(&disk->mutex);
    disk->ending = true;
    g_cond_signal(&disk->wake);
    g_mutex_unlock(&disk->mutex);
    g_thread_join(disk->guard);
    g_mutex_clear(&disk->mutex);
    g_cond_clear(&disk->wake);
    files_remove_tree(disk->folder, NULL);
    g_free(disk->pid_file);
    g_free(disk->folder);
    g_free(disk->top);
    g_free(disk);
    g_mutex_unlock(&one);
}

/* The path in libguestfs' eyes; NULL where a folder on the way is missing or it is no path of C:.
 * Free with free(). */
static char *real_path(OfflineDisk *disk, const char *path)
{
    if (g_ascii_tolower(path[0]) != 'c' || path[1] != ':' || path[2] != '\\')
        return NULL;
    g_autofree char *name = g_strconcat(disk->top, path + 2, NULL);
    g_strdelimit(name, "\\", '/');
    return fish.case_sensitive_path(disk->handle, name);
}

/* A folder's name as a pattern that matches only it, and everything in it. */
static char *pattern_of_folder(const char *folder)
{
    GString *pattern = g_string_new(NULL);

    for (const char *c = folder; *c; c++) {
        if (strchr("\\*?[]{}~", *c))
            g_string_append_c(pattern, '\\');
        g_string_append_c(pattern, *c);
    }
    g_string_append(pattern, "/*");
    return g_string_free(pattern, FALSE);
}

/* A name that is good for a file on the host and matches. */
static bool is_wanted(const char *name, GPatternSpec *pattern)
{
    g_autofree char *lower = g_ascii_strdown(name, -1);

    if (!g_utf8_validate(name, -1, NULL) || name[0] == '.' || strchr(name, '\\') ||
        !g_pattern_spec_match_string(pattern, lower))
        return false;
    for (const char *c = name; *c; c++)
        if (g_ascii_iscntrl(*c))
            return false;
    return true;
}

static gint compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

bool offline_disk_list(OfflineDisk *disk, const char *folder, const char *pattern, guint limit,
                       GPtrArray **ret_names, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *lower = g_ascii_strdown(pattern, -1);
    g_autoptr(GPatternSpec) spec = g_pattern_spec_new(lower);
    char *real = real_path(disk, folder);

    if (real) {
        g_autofree char *all = pattern_of_folder(real);
        free(real);
        char **paths = fish.glob_expand(disk->handle, all);
        if (!paths)
            return fail(disk, error, "list", folder);
        for (char **path = paths; *path; path++) {
            const char *name = strrchr(*path, '/');
            if (name && name[1] && is_wanted(name + 1, spec)) /* a folder ends in a slash */
                g_ptr_array_add(names, g_strdup(name + 1));
        }
        free_texts(paths);
    }
    g_ptr_array_sort(names, compare_names);
    g_ptr_array_set_size(names, (gint)MIN(names->len, limit));
    *ret_names = g_steal_pointer(&names);
    return true;
}

/* Copies in pieces, so that nothing is longer than what was looked at. */
static bool copy(OfflineDisk *disk, const char *real, int64_t size, const char *to, GError **error)
{
    g_autoptr(FILE) file = fopen(to, "we");
    bool written = file != NULL;

    for (int64_t at = 0; at < size && written;) {
        size_t length = 0;
        int count = (int)MIN(size - at, (int64_t)PIECE);
        char *bytes = fish.pread(disk->handle, real, count, at, &length);
        if (!bytes || length == 0 || length > (size_t)count) {
            free(bytes);
            return fail(disk, error, "read", real);
        }
        written = fwrite(bytes, 1, length, file) == length;
        free(bytes);
        at += (int64_t)length;
    }
    if (written && fflush(file) == 0)
        return true;
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "cannot write '%s'", to);
    return false;
}

bool offline_disk_fetch(OfflineDisk *disk, const char *path, const char *to, gsize limit,
                        GError **error)
{
    char *real = real_path(disk, path);
    bool there = real && fish.is_file(disk->handle, real) == 1;
    int64_t size = there ? fish.filesize(disk->handle, real) : -1;
    bool fetched = false;

    if (!there)
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "the guest's disk has no file '%s'",
                    path);
    else if (size < 0)
        fail(disk, error, "measure", path);
    else if ((guint64)size > limit)
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "'%s' has %" G_GINT64_FORMAT " bytes, more than the %zu that are taken", path,
                    (gint64)size, limit);
    else
        fetched = copy(disk, real, size, to, error);
    free(real);
    return fetched;
}

bool offline_disk_delete(OfflineDisk *disk, const char *path, bool *ret_existed, GError **error)
{
    char *real = real_path(disk, path);
    bool there = real && fish.is_file(disk->handle, real) == 1;
    bool done = !there || fish.rm(disk->handle, real) == 0;

    if (!done)
        fail(disk, error, "delete", path);
    else
        *ret_existed = there;
    free(real);
    return done;
}
