/* SPDX-License-Identifier: GPL-2.0-or-later
 * The kernel's own lists in a memory dump.
 *
 *   PsLoadedModuleList, a ring of _KLDR_DATA_TABLE_ENTRY:
 *     +0x00 next  +0x08 previous  +0x30 base  +0x40 u32 size  +0x48 full name  +0x58 base name
 *     +0x78 u32 checksum          +0x9C u32 time stamp (Windows 10 and later)
 *   KDDEBUGGER_DATA64:
 *     +0x10 'KDBG'  +0x208 build string  +0x220 MmUnloadedDrivers  +0x228 MmLastUnloadedDriver
 *   MmUnloadedDrivers points at 50 entries of 0x28 bytes: +0x00 name  +0x10 start  +0x18 end
 */
#include "triage/dump-private.h"

#include <string.h>

#include "util/text.h"

#define ENTRY_SIZE 0xA0
#define UNLOADED_ENTRIES 50
#define UNLOADED_SIZE 0x28
#define BUILD_STRING_MAX 128
#define BUILD_WINDOWS_10 10240

/* The time stamp of the image's own header; 0 where that page is not in the dump. */
static guint32 image_timestamp(DumpMemory *memory, guint64 base)
{
    guint8 dos[0x40], nt[12];

    if (!dump_memory_read(memory, base, dos, sizeof dos) || memcmp(dos, "MZ", 2) != 0 ||
        !dump_memory_read(memory, base + dump_u32(dos + 0x3C), nt, sizeof nt) ||
        memcmp(nt, "PE\0\0", 4) != 0)
        return 0;
    return dump_u32(nt + 8);
}

static void add_module(DumpMemory *memory, guint64 address, const guint8 *entry, Dump *dump)
{
    guint64 base = dump_u64(entry + 0x30);
    char *name = dump_memory_name(memory, address + 0x58);

    if (!name)
        name = dump_memory_name(memory, address + 0x48);
    if (!name)
        name = g_strdup("");
    DumpModule *module = dump_module_add(dump->modules, name, base, dump_u32(entry + 0x40));
    module->checksum = dump_u32(entry + 0x78);
    module->timestamp = image_timestamp(memory, base);
    if (module->timestamp == 0 && dump->os_build >= BUILD_WINDOWS_10)
        module->timestamp = dump_u32(entry + 0x9C);
}

void dump_read_modules(DumpMemory *memory, guint64 head, Dump *dump)
{
    guint64 previous = head, address;

    if (head == 0 || head == DUMP_UNSET_64 || !dump_memory_u64(memory, head, &address)) {
        dump_note(dump, "The list of loaded modules is not in the dump.");
        return;
    }
    while (address != head && dump->modules->len < DUMP_MODULES_MAX) {
        guint8 entry[ENTRY_SIZE];
        /* Each entry must know where we come from: so no loop can pass that leaves out the head. */
        if (!dump_memory_read(memory, address, entry, sizeof entry) ||
            dump_u64(entry + 8) != previous) {
            dump_note(dump, "The list of loaded modules breaks off after %u modules.",
                      dump->modules->len);
            return;
        }
        add_module(memory, address, entry, dump);
        previous = address;
        address = dump_u64(entry);
    }
    if (address != head)
        dump_note(dump, "Only the first %u of the loaded modules were read.", DUMP_MODULES_MAX);
}

void dump_read_build_string(DumpMemory *memory, guint64 address, Dump *dump)
{
    char text[BUILD_STRING_MAX];
    guint64 length = 0;

    while (length < sizeof text && dump_memory_read(memory, address + length, text + length, 1) &&
           text[length] != '\0')
        length++;
    if (length > 0 && !dump->os_lab)
        dump->os_lab = text_printable(text, length, BUILD_STRING_MAX);
}

static void read_unloaded(DumpMemory *memory, guint64 variable, Dump *dump)
{
    guint64 array;

    if (!dump_memory_u64(memory, variable, &array) || array == 0)
        return;
    for (guint i = 0; i < UNLOADED_ENTRIES; i++) {
        guint8 entry[UNLOADED_SIZE];
        guint64 address = array + i * UNLOADED_SIZE;
        if (!dump_memory_read(memory, address, entry, sizeof entry))
            return;
        guint64 start = dump_u64(entry + 0x10), end = dump_u64(entry + 0x18);
        char *name = start != 0 ? dump_memory_name(memory, address) : NULL;
        if (name)
            dump_module_add(dump->unloaded, name, start,
                            end > start ? (guint32)MIN(end - start, G_MAXUINT32) : 0);
    }
}

void dump_read_debugger_data(DumpMemory *memory, guint64 address, Dump *dump)
{
    guint8 data[0x230];

    if (address == 0 || address == DUMP_UNSET_64 ||
        !dump_memory_read(memory, address, data, sizeof data) ||
        memcmp(data + 0x10, "KDBG", 4) != 0) {
        dump_note(dump, "The debugger's data block is not in the dump, or encoded: no build string "
                        "and no unloaded modules.");
        return;
    }
    dump_read_build_string(memory, dump_u64(data + 0x208), dump);
    read_unloaded(memory, dump_u64(data + 0x220), dump);
}
