/* SPDX-License-Identifier: GPL-2.0-or-later
 * The rest of a triage dump (minidump of the kernel), at 0x2000, u32 members:
 *
 *   +0x04 size of the dump          +0x30 drivers, offset      +0x70 debugger's data, offset
 *   +0x08 last u32: 'TRGD'          +0x34 drivers, number      +0x74 its size
 *   +0x18 unloaded drivers, offset  +0x38 strings, offset      +0x78 data blocks, offset
 *   +0x28 stack, offset             +0x3C their size           +0x7C data blocks, number
 *   +0x2C stack, size               +0x48 u64 the stack's address
 *
 *   driver, 0x90 bytes     +0x00 u32 offset of its name, +0x38 u64 base, +0x48 u32 size of its
 *                          image, +0x80 u32 checksum, +0x88 u32 time stamp
 *   name                   u32 number of UTF-16 units, then those units: a path
 *   unloaded drivers       u64 number, then 0x38 bytes each: +0x00 u16 bytes of the name,
 *                          +0x10 the name's first 12 units, +0x28 u64 start, +0x30 u64 end
 *   data block             u64 address, u32 offset, u32 size
 */
#include "triage/dump-private.h"

#include <string.h>

#define DRIVER_SIZE 0x90
#define UNLOADED_SIZE 0x38
#define UNLOADED_NAME_UNITS 12
#define BLOCK_SIZE 16
#define DEBUGGER_DATA_SIZE 0x230

/* A member of the triage header; 0 where it was never set or the file has no such part of it. */
static guint64 member(const DumpFile *file, guint64 offset)
{
    guint64 at = DUMP_HEADER_SIZE + offset;
    guint64 valid = dump_u32_at(file, DUMP_HEADER_SIZE + 8);

    if (at + 4 > valid || !dump_has(file, at, 4) || dump_u32_at(file, at) == DUMP_UNSET_32)
        return 0;
    return dump_u32_at(file, at);
}

static bool read_name(const DumpFile *file, guint64 offset, char **ret_name, GError **error)
{
    if (!dump_has(file, offset, 4))
        return dump_fail(file, offset, "a driver's name lies outside the file", error);
    guint64 count = dump_u32_at(file, offset);
    if (!dump_has(file, offset + 4, 2 * count))
        return dump_fail(file, offset, "a driver's name is longer than the file", error);
    *ret_name = dump_name(file->bytes + offset + 4, count);
    return true;
}

static bool read_drivers(const DumpFile *file, Dump *dump, GError **error)
{
    guint64 list = dump_u32_at(file, DUMP_HEADER_SIZE + 0x30);
    guint64 count = dump_u32_at(file, DUMP_HEADER_SIZE + 0x34);
    if (!dump_has(file, list, count * DRIVER_SIZE))
        return dump_fail(file, list, "the list of drivers is longer than the file", error);

    for (guint64 i = 0; i < MIN(count, DUMP_MODULES_MAX); i++) {
        guint64 at = list + i * DRIVER_SIZE;
        char *name = NULL;
        if (!read_name(file, dump_u32_at(file, at), &name, error))
            return false;
        DumpModule *module = dump_module_add(dump->modules, name, dump_u64_at(file, at + 0x38),
                                             dump_u32_at(file, at + 0x48));
        module->checksum = dump_u32_at(file, at + 0x80);
        module->timestamp = dump_u32_at(file, at + 0x88);
    }
    if (count > DUMP_MODULES_MAX)
        dump_note(dump, "Only the first %u of the loaded modules were read.", DUMP_MODULES_MAX);
    return true;
}

static bool read_unloaded(const DumpFile *file, Dump *dump, GError **error)
{
    guint64 list = member(file, 0x18);

    if (list == 0)
        return true;
    if (!dump_has(file, list, 8))
        return dump_fail(file, list, "the list of unloaded drivers lies outside the file", error);
    guint64 count = dump_u64_at(file, list);
    if (count > file->length / UNLOADED_SIZE || !dump_has(file, list + 8, count * UNLOADED_SIZE))
        return dump_fail(file, list, "the list of unloaded drivers is longer than the file", error);
    for (guint64 i = 0; i < MIN(count, DUMP_UNLOADED_MAX); i++) {
        const guint8 *entry = file->bytes + list + 8 + i * UNLOADED_SIZE;
        guint64 units = MIN(dump_u16(entry) / 2, UNLOADED_NAME_UNITS);
        guint64 start = dump_u64(entry + 0x28), end = dump_u64(entry + 0x30);
        dump_module_add(dump->unloaded, dump_name(entry + 0x10, units), start,
                        end > start ? (guint32)MIN(end - start, G_MAXUINT32) : 0);
    }
    return true;
}

/* Memory of a triage dump: the stack, and the blocks of a table. */
static const guint8 *find(DumpMemory *memory, guint64 address, guint64 *ret_left)
{
    const guint8 *stack = dump_memory_stack(memory, address, ret_left);
    if (stack)
        return stack;
    for (guint64 i = 0; i < memory->count; i++) {
        const guint8 *block = memory->file->bytes + memory->list + i * BLOCK_SIZE;
        guint64 start = dump_u64(block), offset = dump_u32(block + 8), size = dump_u32(block + 12);
        if (address >= start && address - start < size && dump_has(memory->file, offset, size)) {
            *ret_left = size - (address - start);
            return memory->file->bytes + offset + (address - start);
        }
    }
    return NULL;
}

static bool open_memory(const DumpFile *file, DumpMemory *memory, GError **error)
{
    memory->find = find;
    memory->stack.offset = member(file, 0x28);
    memory->stack.size = memory->stack.offset ? member(file, 0x2C) : 0;
    if (!dump_has(file, memory->stack.offset, memory->stack.size))
        return dump_fail(file, memory->stack.offset, "the stack is longer than the file", error);
    if (memory->stack.size > 0)
        memory->stack.address = dump_u64_at(file, DUMP_HEADER_SIZE + 0x48);

    memory->list = member(file, 0x78);
    memory->count = memory->list ? member(file, 0x7C) : 0;
    if (!dump_has(file, memory->list, memory->count * BLOCK_SIZE))
        return dump_fail(file, memory->list, "the list of data blocks is longer than the file",
                         error);
    memory->count = MIN(memory->count, DUMP_BLOCKS_MAX);
    return true;
}

bool dump_triage_read(const DumpFile *file, DumpMemory *memory, Dump *dump, GError **error)
{
    if (!dump_has(file, DUMP_HEADER_SIZE, 0x50))
        return dump_fail(file, DUMP_HEADER_SIZE, "the dump ends before its triage header", error);
    guint64 valid = dump_u32_at(file, DUMP_HEADER_SIZE + 0x08);
    if (!dump_has(file, valid, 4) || memcmp(file->bytes + valid, "TRGD", 4) != 0)
        return dump_fail(file, valid, "no end mark: the dump was not written to its end", error);
    if (!read_drivers(file, dump, error) || !read_unloaded(file, dump, error) ||
        !open_memory(file, memory, error))
        return false;

    guint64 debugger = member(file, 0x70), size = debugger ? member(file, 0x74) : 0;
    if (!dump_has(file, debugger, size))
        return dump_fail(file, debugger, "the debugger's data block is longer than the file",
                         error);
    if (size >= DEBUGGER_DATA_SIZE && memcmp(file->bytes + debugger + 0x10, "KDBG", 4) == 0)
        dump_read_build_string(memory, dump_u64_at(file, debugger + 0x208), dump);
    return true;
}
