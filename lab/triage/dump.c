/* SPDX-License-Identifier: GPL-2.0-or-later
 * Opens a crash dump, hands it to the reader of its kind, and finds the module that faulted.
 */
#include "triage/dump.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "triage/dump-private.h"
#include "util/error.h"

typedef bool (*ReadFunction)(const DumpFile *file, Dump *dump, GError **error);

static void module_free(gpointer data)
{
    DumpModule *module = data;
    g_free(module->name);
    g_free(module);
}

static const DumpModule *find_module(const GPtrArray *modules, guint64 address)
{
    for (guint i = 0; address != 0 && i < modules->len; i++) {
        const DumpModule *module = modules->pdata[i];
        if (address >= module->base && address - module->base < module->size)
            return module;
    }
    return NULL;
}

const DumpModule *dump_module_at(const Dump *dump, guint64 address)
{
    return find_module(dump->modules, address);
}

const DumpModule *dump_unloaded_at(const Dump *dump, guint64 address)
{
    return find_module(dump->unloaded, address);
}

static bool parse(const DumpFile *file, ReadFunction read_kind, Dump **ret_dump, GError **error)
{
    g_autoptr(Dump) dump = g_new0(Dump, 1);

    dump->modules = g_ptr_array_new_with_free_func(module_free);
    dump->unloaded = g_ptr_array_new_with_free_func(module_free);
    dump->stack = g_ptr_array_new_with_free_func(g_free);
    dump->notes = g_ptr_array_new_with_free_func(g_free);
    if (!read_kind(file, dump, error))
        return false;
    dump->faulting = dump_module_at(dump, dump->address);
    if (dump->faulting)
        dump->offset = dump->address - dump->faulting->base;
    *ret_dump = g_steal_pointer(&dump);
    return true;
}

static bool read_any_kind(const DumpFile *file, Dump *dump, GError **error)
{
    if (dump_has(file, 0, 4) && memcmp(file->bytes, "MDMP", 4) == 0)
        return dump_user_read(file, dump, error);
    if (!dump_has(file, 0, 4) || memcmp(file->bytes, "PAGE", 4) != 0)
        return dump_fail(file, 0, "this is no Windows crash dump: neither PAGEDU64 nor MDMP",
                         error);
    return dump_kernel_read(file, dump, error);
}

bool dump_parse(const guint8 *bytes, gsize length, const char *what, Dump **ret_dump,
                GError **error)
{
    const DumpFile file = {bytes, length, what};
    return parse(&file, dump_kernel_read, ret_dump, error);
}

bool dump_parse_any(const guint8 *bytes, gsize length, const char *what, Dump **ret_dump,
                    GError **error)
{
    const DumpFile file = {bytes, length, what};
    return parse(&file, read_any_kind, ret_dump, error);
}

/* A pipe or a device would block or never end: only a regular file can be a dump. */
static GMappedFile *map_file(const char *path, GError **error)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "cannot read the dump '%s': %s", path,
                    fd < 0 ? g_strerror(errno) : "it is not a file");
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    g_autoptr(GError) cause = NULL;
    GMappedFile *mapped = g_mapped_file_new_from_fd(fd, FALSE, &cause);
    close(fd);
    if (!mapped)
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "cannot read the dump '%s': %s", path,
                    cause->message);
    return mapped;
}

static bool read_file(const char *path, ReadFunction read_kind, Dump **ret_dump, GError **error)
{
    g_autoptr(GMappedFile) mapped = map_file(path, error);

    if (!mapped)
        return false;
    const DumpFile file = {(const guint8 *)g_mapped_file_get_contents(mapped),
                           g_mapped_file_get_length(mapped), path};
    return parse(&file, read_kind, ret_dump, error);
}

bool dump_read(const char *path, Dump **ret_dump, GError **error)
{
    return read_file(path, dump_kernel_read, ret_dump, error);
}

bool dump_read_any(const char *path, Dump **ret_dump, GError **error)
{
    return read_file(path, read_any_kind, ret_dump, error);
}

const char *dump_type_name(const Dump *dump)
{
    static const char *const names[] = {
        [DUMP_TYPE_FULL] = "full",
        [DUMP_TYPE_SUMMARY] = "summary",
        [DUMP_TYPE_HEADER] = "header",
        [DUMP_TYPE_TRIAGE] = "triage",
        [DUMP_TYPE_BITMAP_FULL] = "bitmap-full",
        [DUMP_TYPE_BITMAP_KERNEL] = "bitmap-kernel",
        [DUMP_TYPE_AUTOMATIC] = "automatic",
        [DUMP_TYPE_KERNEL] = "kernel",
        [DUMP_TYPE_KERNEL_USER] = "kernel-and-user",
        [DUMP_TYPE_COMPLETE] = "complete",
    };

    if (dump->user)
        return "user";
    return dump->type < G_N_ELEMENTS(names) && names[dump->type] ? names[dump->type] : "unknown";
}

void dump_free(Dump *dump)
{
    if (!dump)
        return;
    g_ptr_array_unref(dump->stack);
    g_ptr_array_unref(dump->modules);
    g_ptr_array_unref(dump->unloaded);
    g_ptr_array_unref(dump->notes);
    g_free(dump->os_lab);
    g_free(dump->comment);
    g_free(dump);
}
