/* SPDX-License-Identifier: GPL-2.0-or-later
 * User minidumps, as Windows Error Reporting and MiniDumpWriteDump() write them.
 *
 *   header      'MDMP', +0x08 u32 streams, +0x0C u32 offset of their directory, +0x14 u32 time
 *   directory   12 bytes each: u32 type, u32 size, u32 offset
 *
 *   3 threads   u32 number, 48 bytes each: +0x00 u32 id, +0x18 u64 address of the stack,
 *               +0x20 u32 its size, +0x24 u32 its offset, +0x28 u32 size and +0x2C u32 offset of
 *               the context
 *   4 modules   u32 number, 108 bytes each: +0x00 u64 base, +0x08 u32 size, +0x0C u32 checksum,
 *               +0x10 u32 time stamp, +0x14 u32 offset of the name, +0x18 VS_FIXEDFILEINFO
 *               (+0x00 u32 0xFEEF04BD, +0x08 and +0x0C u32 file version)
 *   5 memory    u32 number, 16 bytes each: u64 address, u32 size, u32 offset
 *   6 exception u32 thread, +0x08 exception record, +0xA0 u32 size and +0xA4 u32 offset of the
 *               context
 *   7 system    +0x00 u16 architecture (9: x86-64), +0x06 u8 processors, +0x07 u8 product,
 *               +0x08 u32 major, +0x0C u32 minor, +0x10 u32 build
 *   9 memory 64 u64 number, u64 offset of the first, 16 bytes each: u64 address, u64 size
 *   14 unloaded u32 size of this header, u32 size of an entry, u32 number; an entry: u64 base,
 *               u32 size, +0x0C u32 checksum, u32 time stamp, u32 offset of the name
 *   15 misc     +0x04 u32 flags (1: process id, 2: times), +0x08 u32 process id, +0x0C u32 started
 *   a name      u32 bytes, then UTF-16
 */
#include "triage/dump-private.h"

#define HEADER_SIZE 0x20
#define STREAMS_MAX 1024
#define THREAD_SIZE 48
#define THREADS_MAX 65536
#define MODULE_SIZE 108
#define BLOCK_SIZE 16
#define CONTEXT_SIZE 0x4D0
#define VERSION_MAGIC 0xFEEF04BDu

enum {
    STREAM_THREADS = 3,
    STREAM_MODULES = 4,
    STREAM_MEMORY = 5,
    STREAM_EXCEPTION = 6,
    STREAM_SYSTEM = 7,
    STREAM_MEMORY_64 = 9,
    STREAM_UNLOADED = 14,
    STREAM_MISC = 15,
    STREAMS = 16
};

/* Where the streams lie that we read; size 0: the dump has none of that type. */
typedef struct {
    guint32 size, offset;
} Stream;

static bool find_streams(const DumpFile *file, Stream streams[STREAMS], GError **error)
{
    if (!dump_has(file, 0, HEADER_SIZE))
        return dump_fail(file, file->length, "the dump ends inside its header", error);
    guint64 count = dump_u32_at(file, 0x08), list = dump_u32_at(file, 0x0C);
    if (count > STREAMS_MAX || !dump_has(file, list, count * 12))
        return dump_fail(file, 0x08, "the directory of streams is longer than the file", error);

    for (guint64 i = 0; i < count; i++) {
        guint64 at = list + 12 * i;
        guint32 type = dump_u32_at(file, at);
        Stream stream = {dump_u32_at(file, at + 4), dump_u32_at(file, at + 8)};
        if (type == 0 || type >= STREAMS)
            continue;
        if (!dump_has(file, stream.offset, stream.size))
            return dump_fail(file, at, "a stream is longer than the file", error);
        if (streams[type].size == 0)
            streams[type] = stream;
    }
    return true;
}

/* A list `u32 number, entries`: the number, or a failure where the stream cannot hold it. */
static bool list_length(const DumpFile *file, const Stream *stream, guint64 entry_size,
                        guint64 *ret_count, GError **error)
{
    *ret_count = 0;
    if (stream->size == 0)
        return true;
    if (stream->size < 4 || dump_u32_at(file, stream->offset) > (stream->size - 4) / entry_size)
        return dump_fail(file, stream->offset, "a list is longer than its stream", error);
    *ret_count = dump_u32_at(file, stream->offset);
    return true;
}

static bool read_name(const DumpFile *file, guint64 offset, char **ret_name, GError **error)
{
    if (!dump_has(file, offset, 4))
        return dump_fail(file, offset, "a module's name lies outside the file", error);
    guint64 size = dump_u32_at(file, offset);
    if (!dump_has(file, offset + 4, size))
        return dump_fail(file, offset, "a module's name is longer than the file", error);
    *ret_name = dump_name(file->bytes + offset + 4, size / 2);
    return true;
}

static bool read_modules(const DumpFile *file, const Stream *stream, Dump *dump, GError **error)
{
    guint64 count;

    if (!list_length(file, stream, MODULE_SIZE, &count, error))
        return false;
    for (guint64 i = 0; i < MIN(count, DUMP_MODULES_MAX); i++) {
        guint64 at = stream->offset + 4 + i * MODULE_SIZE;
        char *name = NULL;
        if (!read_name(file, dump_u32_at(file, at + 0x14), &name, error))
            return false;
        DumpModule *module = dump_module_add(dump->modules, name, dump_u64_at(file, at),
                                             dump_u32_at(file, at + 0x08));
        module->checksum = dump_u32_at(file, at + 0x0C);
        module->timestamp = dump_u32_at(file, at + 0x10);
        if (dump_u32_at(file, at + 0x18) == VERSION_MAGIC)
            module->version =
                (guint64)dump_u32_at(file, at + 0x20) << 32 | dump_u32_at(file, at + 0x24);
    }
    return true;
}

static bool read_unloaded(const DumpFile *file, const Stream *stream, Dump *dump, GError **error)
{
    if (stream->size == 0)
        return true;
    if (stream->size < 12)
        return dump_fail(file, stream->offset, "the list of unloaded modules is cut short", error);
    guint64 header = dump_u32_at(file, stream->offset);
    guint64 entry = dump_u32_at(file, stream->offset + 4);
    guint64 count = dump_u32_at(file, stream->offset + 8);
    if (header < 12 || entry < 24 || header > stream->size ||
        count > (stream->size - header) / entry)
        return dump_fail(file, stream->offset, "a list is longer than its stream", error);
    for (guint64 i = 0; i < MIN(count, DUMP_UNLOADED_MAX); i++) {
        guint64 at = stream->offset + header + i * entry;
        char *name = NULL;
        if (!read_name(file, dump_u32_at(file, at + 0x14), &name, error))
            return false;
        dump_module_add(dump->unloaded, name, dump_u64_at(file, at), dump_u32_at(file, at + 8));
    }
    return true;
}

static void read_context(const DumpFile *file, guint64 size, guint64 offset, Dump *dump)
{
    if (dump->machine == DUMP_MACHINE_AMD64 && size >= CONTEXT_SIZE &&
        dump_has(file, offset, CONTEXT_SIZE))
        dump_context_amd64(file->bytes + offset, &dump->context);
}

static bool read_exception(const DumpFile *file, const Stream *stream, Dump *dump, GError **error)
{
    if (stream->size == 0) {
        dump_note(dump, "No exception: the process was dumped while it ran, so nothing faulted.");
        return true;
    }
    if (stream->size < 0xA8)
        return dump_fail(file, stream->offset, "the exception is cut short", error);
    dump->thread_id = dump_u32_at(file, stream->offset);
    dump_exception_record(file->bytes + stream->offset + 8, &dump->exception);
    dump->address = dump->exception.address;
    read_context(file, dump_u32_at(file, stream->offset + 0xA0),
                 dump_u32_at(file, stream->offset + 0xA4), dump);
    return true;
}

static bool read_system(const DumpFile *file, const Stream *stream, Dump *dump, GError **error)
{
    static const struct {
        guint16 architecture;
        guint32 machine;
    } machines[] = {{0, 0x14C}, {5, 0x1C4}, {9, DUMP_MACHINE_AMD64}, {12, DUMP_MACHINE_ARM64}};

    if (stream->size < 0x14)
        return dump_fail(file, stream->offset, "a user minidump without its system's description",
                         error);
    const guint8 *system = file->bytes + stream->offset;
    for (guint i = 0; i < G_N_ELEMENTS(machines); i++)
        if (machines[i].architecture == dump_u16(system))
            dump->machine = machines[i].machine;
    dump->processors = system[6];
    dump->product = system[7];
    dump->os_major = dump_u32(system + 0x08);
    dump->os_minor = dump_u32(system + 0x0C);
    dump->os_build = dump_u32(system + 0x10);
    if (dump->machine != DUMP_MACHINE_AMD64)
        dump_note(dump, "The registers are not read: only those of x86-64 are.");
    return true;
}

static void read_misc(const DumpFile *file, const Stream *stream, Dump *dump)
{
    guint32 now = dump_u32_at(file, 0x14);

    dump->time = (gint64)now * G_USEC_PER_SEC;
    if (stream->size < 0x10)
        return;
    guint32 flags = dump_u32_at(file, stream->offset + 4);
    guint32 started = dump_u32_at(file, stream->offset + 0x0C);
    if (flags & 1)
        dump->process_id = dump_u32_at(file, stream->offset + 8);
    if (flags & 2 && started != 0 && now >= started)
        dump->uptime_ms = (guint64)(now - started) * 1000;
}

/* Memory of a minidump: the thread's stack, else one of the two lists of blocks. */
static const guint8 *find_short(DumpMemory *memory, guint64 address, guint64 *ret_left)
{
    for (guint64 i = 0; i < memory->count; i++) {
        const guint8 *block = memory->file->bytes + memory->list + i * BLOCK_SIZE;
        guint64 start = dump_u64(block), size = dump_u32(block + 8), offset = dump_u32(block + 12);
        if (address >= start && address - start < size && dump_has(memory->file, offset, size)) {
            *ret_left = size - (address - start);
            return memory->file->bytes + offset + (address - start);
        }
    }
    return NULL;
}

static const guint8 *find_long(DumpMemory *memory, guint64 address, guint64 *ret_left)
{
    guint64 offset = memory->data;

    for (guint64 i = 0; i < memory->count; i++) {
        const guint8 *block = memory->file->bytes + memory->list + i * BLOCK_SIZE;
        guint64 start = dump_u64(block), size = dump_u64(block + 8);
        if (!dump_has(memory->file, offset, size))
            return NULL;
        if (address >= start && address - start < size) {
            *ret_left = size - (address - start);
            return memory->file->bytes + offset + (address - start);
        }
        offset += size;
    }
    return NULL;
}

static bool open_memory(const DumpFile *file, const Stream streams[STREAMS], DumpMemory *memory,
                        GError **error)
{
    const Stream *large = &streams[STREAM_MEMORY_64], *small = &streams[STREAM_MEMORY];

    if (large->size >= 16) {
        memory->find = find_long;
        memory->list = large->offset + 16;
        memory->count = dump_u64_at(file, large->offset);
        memory->data = dump_u64_at(file, large->offset + 8);
        if (memory->count > (large->size - 16) / BLOCK_SIZE)
            return dump_fail(file, large->offset, "a list is longer than its stream", error);
    } else if (small->size > 0) {
        memory->find = find_short;
        memory->list = small->offset + 4;
        if (!list_length(file, small, BLOCK_SIZE, &memory->count, error))
            return false;
    }
    memory->count = MIN(memory->count, DUMP_BLOCKS_MAX);
    return true;
}

/* The thread that had the exception, else the first one. */
static bool read_thread(const DumpFile *file, const Stream *stream, DumpMemory *memory, Dump *dump,
                        GError **error)
{
    guint64 count, at = 0;

    if (!list_length(file, stream, THREAD_SIZE, &count, error))
        return false;
    for (guint64 i = 0; i < MIN(count, THREADS_MAX); i++) {
        guint64 thread = stream->offset + 4 + i * THREAD_SIZE;
        if (at == 0 || dump_u32_at(file, thread) == dump->thread_id)
            at = thread;
    }
    if (at == 0) {
        dump_note(dump, "The dump lists no thread, so there is no stack.");
        return true;
    }
    dump->thread_id = dump_u32_at(file, at);
    if (!dump->context.known)
        read_context(file, dump_u32_at(file, at + 0x28), dump_u32_at(file, at + 0x2C), dump);

    guint64 start = dump_u64_at(file, at + 0x18), size = dump_u32_at(file, at + 0x20);
    guint64 offset = dump_u32_at(file, at + 0x24);
    if (size > 0 && offset > 0 && !dump_has(file, offset, size))
        return dump_fail(file, at + 0x24, "a thread's stack is longer than the file", error);
    guint64 rsp = dump->context.known ? dump->context.registers[DUMP_RSP] : start;
    if (size > 0 && offset > 0) {
        memory->find = dump_memory_stack;
        memory->stack.address = start;
        memory->stack.offset = offset;
        memory->stack.size = size;
        rsp = rsp >= start && rsp - start < size ? rsp : start;
    }
    dump_stack_scan(memory, rsp, DUMP_STACK_MAX, dump);
    if (dump->stack_bytes == 0)
        dump_note(dump, "The stack is not in the dump.");
    return true;
}

bool dump_user_read(const DumpFile *file, Dump *dump, GError **error)
{
    Stream streams[STREAMS] = {0};
    DumpMemory memory = {.file = file, .find = dump_memory_none};

    dump->user = true;
    if (!find_streams(file, streams, error) ||
        !read_system(file, &streams[STREAM_SYSTEM], dump, error) ||
        !read_modules(file, &streams[STREAM_MODULES], dump, error) ||
        !read_unloaded(file, &streams[STREAM_UNLOADED], dump, error) ||
        !read_exception(file, &streams[STREAM_EXCEPTION], dump, error) ||
        !open_memory(file, streams, &memory, error))
        return false;
    read_misc(file, &streams[STREAM_MISC], dump);
    return read_thread(file, &streams[STREAM_THREADS], &memory, dump, error);
}
