/* SPDX-License-Identifier: GPL-2.0-or-later
 * Virtual memory out of a dump: x86-64 page tables of four levels, and reading across pages.
 *
 * A table has 512 u64 entries. Bit 0: present; bit 7: a large page (levels 3 and 2); bits 12 to 51:
 * the frame. A page in transition (bit 0 clear, bit 11 set, bit 10 clear: not a prototype) still
 * has its contents. Source: Intel SDM volume 3, 4-level paging; transition: Windows'
 * MMPTE_TRANSITION.
 */
#include "triage/dump-private.h"

#include <string.h>

#define FRAME_MASK 0x000FFFFFFFFFF000ull
#define NAME_UNITS_MAX 512

const guint8 *dump_memory_none(DumpMemory *memory, guint64 address, guint64 *ret_left)
{
    (void)memory;
    (void)address;
    (void)ret_left;
    return NULL;
}

const guint8 *dump_memory_stack(DumpMemory *memory, guint64 address, guint64 *ret_left)
{
    guint64 inside = address - memory->stack.address;

    if (address < memory->stack.address || inside >= memory->stack.size)
        return NULL;
    *ret_left = memory->stack.size - inside;
    return memory->file->bytes + memory->stack.offset + inside;
}

static bool entry_has_page(guint64 entry, guint level)
{
    if (entry & 1)
        return true;
    return level == 0 && (entry & 1 << 11) && !(entry & 1 << 10);
}

/* The physical address of a virtual one. */
static bool translate(DumpMemory *memory, guint64 address, guint64 *ret_physical)
{
    guint64 table = memory->table & FRAME_MASK;

    for (int level = 3; level >= 0; level--) {
        guint shift = 12 + 9 * (guint)level;
        const guint8 *page = dump_physical_page(memory->physical, table >> 12);
        if (!page)
            return false;
        guint64 entry = dump_u64(page + 8 * (address >> shift & 0x1FF));
        if (!entry_has_page(entry, (guint)level))
            return false;
        bool large = (level == 2 || level == 1) && (entry & 1 << 7);
        if (level == 0 || large) {
            guint64 inside = (1ull << shift) - 1;
            *ret_physical = (entry & FRAME_MASK & ~inside) | (address & inside);
            return true;
        }
        table = entry & FRAME_MASK;
    }
    return false;
}

const guint8 *dump_memory_pages(DumpMemory *memory, guint64 address, guint64 *ret_left)
{
    guint64 physical;
    guint64 top = address >> 47;

    if ((top != 0 && top != 0x1FFFF) || !translate(memory, address, &physical))
        return NULL;
    const guint8 *page = dump_physical_page(memory->physical, physical >> 12);
    if (!page)
        return NULL;
    *ret_left = DUMP_PAGE_SIZE - physical % DUMP_PAGE_SIZE;
    return page + physical % DUMP_PAGE_SIZE;
}

bool dump_memory_read(DumpMemory *memory, guint64 address, void *buffer, guint64 size)
{
    guint8 *out = buffer;

    while (size > 0) {
        guint64 left = 0;
        const guint8 *bytes = memory->find(memory, address, &left);
        if (!bytes || left == 0)
            return false;
        guint64 piece = MIN(left, size);
        memcpy(out, bytes, piece);
        out += piece;
        address += piece;
        size -= piece;
    }
    return true;
}

bool dump_memory_u64(DumpMemory *memory, guint64 address, guint64 *ret_value)
{
    guint8 bytes[8];

    if (!dump_memory_read(memory, address, bytes, sizeof bytes))
        return false;
    *ret_value = dump_u64(bytes);
    return true;
}

char *dump_memory_name(DumpMemory *memory, guint64 unicode_string)
{
    guint8 header[16];
    guint8 units[2 * NAME_UNITS_MAX];

    if (!dump_memory_read(memory, unicode_string, header, sizeof header))
        return NULL;
    guint64 count = dump_u16(header) / 2;
    if (count == 0 || count > NAME_UNITS_MAX ||
        !dump_memory_read(memory, dump_u64(header + 8), units, 2 * count))
        return NULL;
    return dump_name(units, count);
}
