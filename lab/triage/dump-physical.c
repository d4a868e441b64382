/* SPDX-License-Identifier: GPL-2.0-or-later
 * Where a memory dump holds a page of physical memory.
 *
 * Pages follow each other without gaps; three ways tell which ones they are.
 *
 *   full     header +0x88: u32 runs, +0x98: a run is u64 first frame, u64 count; pages at 0x2000
 *   bitmap   0x2000 'SDMP' or 'FDMP', 'DUMP'; 0x2020 u64 offset of the first page;
 *            0x2028 u64 pages present; 0x2030 u64 bits; 0x2038 a bit a frame
 *   ranges   0x2000 u32 0x40, 'RDMP', 'DUMP'; 0x2010 u64 size of what lies between 0x2020 and the
 *            first page; 0x2018 u64 offset of the first page; 0x2028 u64 pages (type 10 only);
 *            0x2030 ranges like the runs, ended by frame 0
 */
#include "triage/dump-private.h"

#include <string.h>

#define RUNS_AT 0x88
#define RUNS_MAX 42 /* what fits into the header's 700 bytes */
#define ENTRY_SIZE 16
#define BITS_MAX (1ull << 31) /* 8 TiB of memory */
#define RANGES_MAX (1ull << 20)
#define BUDGET (1ll << 27)

static bool has_magic(const DumpFile *file, guint64 offset, const char *magic)
{
    return dump_has(file, offset, 8) && memcmp(file->bytes + offset, magic, 8) == 0;
}

/* Adds up the pages of runs or ranges; false where they exceed what the file can hold. */
static bool index_list(DumpPhysical *physical, guint64 *ret_pages)
{
    guint64 pages = 0;

    physical->stride = physical->count / DUMP_CHECKPOINTS + 1;
    for (guint64 i = 0; i < physical->count; i++) {
        const guint8 *entry = physical->file->bytes + physical->list + i * ENTRY_SIZE;
        guint64 first = dump_u64(entry), count = dump_u64(entry + 8);
        guint64 group = i / physical->stride;
        if (count > physical->file->length / DUMP_PAGE_SIZE)
            return false;
        if (i % physical->stride == 0) {
            physical->checkpoints[group].before = pages;
            physical->checkpoints[group].lowest = first;
        }
        physical->checkpoints[group].lowest = MIN(physical->checkpoints[group].lowest, first);
        physical->checkpoints[group].highest =
            MAX(physical->checkpoints[group].highest, first + count);
        pages += count;
    }
    *ret_pages = pages;
    return true;
}

static bool check_end(const DumpPhysical *physical, guint64 pages, GError **error)
{
    const DumpFile *file = physical->file;

    if (physical->first > file->length || pages > (file->length - physical->first) / DUMP_PAGE_SIZE)
        return dump_fail(file, file->length,
                         "the dump is cut short: it states more pages of memory than it holds",
                         error);
    return true;
}

static bool open_runs(DumpPhysical *physical, GError **error)
{
    const DumpFile *file = physical->file;
    guint64 pages;

    physical->kind = DUMP_PAGES_RUNS;
    physical->list = RUNS_AT + 0x10;
    physical->count = dump_u32_at(file, RUNS_AT);
    physical->first = DUMP_HEADER_SIZE;
    if (physical->count == 0 || physical->count > RUNS_MAX)
        return dump_fail(file, RUNS_AT, "a full dump with an impossible number of memory runs",
                         error);
    if (!index_list(physical, &pages))
        return dump_fail(file, file->length,
                         "the dump is cut short: a run of memory is longer than the file", error);
    return check_end(physical, pages, error);
}

/* Bits set in the bytes from `from` to `to` of the bitmap; `to` may lie within the last word. */
static guint64 count_bits(const DumpPhysical *physical, guint64 from, guint64 to)
{
    const guint8 *bytes = physical->file->bytes + physical->list;
    guint64 count = 0;

    for (; to - from >= 8; from += 8) {
        guint64 word;
        memcpy(&word, bytes + from, sizeof word);
        count += (guint64)__builtin_popcountll(word);
    }
    for (; from < to; from++)
        count += (guint64)__builtin_popcount(bytes[from]);
    return count;
}

static guint64 index_bitmap(DumpPhysical *physical)
{
    guint64 size = physical->count / 8;
    guint64 total = 0;

    physical->stride = (size / DUMP_CHECKPOINTS + 8) & ~7ull;
    for (guint64 i = 0; i < DUMP_CHECKPOINTS; i++) {
        guint64 from = MIN(i * physical->stride, size);
        physical->checkpoints[i].before = total;
        total += count_bits(physical, from, MIN(from + physical->stride, size));
    }
    if (physical->count % 8 != 0) {
        guint8 last = physical->file->bytes[physical->list + size];
        total += (guint64)__builtin_popcount(last & ((1u << physical->count % 8) - 1));
    }
    return total;
}

static bool open_bitmap(DumpPhysical *physical, GError **error)
{
    const DumpFile *file = physical->file;

    if (!dump_has(file, 0x2000, 0x38))
        return dump_fail(file, file->length, "the dump ends before its bitmap", error);
    physical->kind = DUMP_PAGES_BITMAP;
    physical->first = dump_u64_at(file, 0x2020);
    physical->count = dump_u64_at(file, 0x2030);
    physical->list = 0x2038;
    if (physical->count > BITS_MAX || !dump_has(file, physical->list, (physical->count + 7) / 8))
        return dump_fail(file, 0x2030, "the bitmap of pages is longer than the file", error);
    if (physical->first < physical->list + (physical->count + 7) / 8)
        return dump_fail(file, 0x2020, "the first page lies inside the bitmap of pages", error);
    return check_end(physical, index_bitmap(physical), error);
}

static bool open_ranges(DumpPhysical *physical, guint32 type, GError **error)
{
    const DumpFile *file = physical->file;
    guint64 pages;

    if (!dump_has(file, 0x2000, 0x30))
        return dump_fail(file, file->length, "the dump ends before its list of ranges", error);
    guint64 size = dump_u64_at(file, 0x2010);
    physical->kind = DUMP_PAGES_RANGES;
    physical->first = dump_u64_at(file, 0x2018);
    physical->list = 0x2030;
    if (size < 0x10 || size > file->length || physical->first != size + 0x2020)
        return dump_fail(file, 0x2010,
                         "the list of ranges and the first page contradict each other", error);
    if (!dump_has(file, physical->list, size - 0x10))
        return dump_fail(file, 0x2010, "the list of ranges is longer than the file", error);

    guint64 room = MIN((size - 0x10) / ENTRY_SIZE, RANGES_MAX);
    while (physical->count < room &&
           dump_u64_at(file, physical->list + physical->count * ENTRY_SIZE) != 0)
        physical->count++;
    if (!index_list(physical, &pages))
        return dump_fail(file, file->length,
                         "the dump is cut short: a range of memory is longer than the file", error);
    if (type == DUMP_TYPE_COMPLETE && dump_u64_at(file, 0x2028) > pages)
        return dump_fail(file, 0x2028, "the ranges hold fewer pages than the header states", error);
    return check_end(physical, pages, error);
}

bool dump_physical_open(const DumpFile *file, guint32 type, DumpPhysical *physical, bool *ret_none,
                        GError **error)
{
    memset(physical, 0, sizeof *physical);
    physical->file = file;
    physical->budget = BUDGET;
    *ret_none = false;

    if (type == DUMP_TYPE_FULL)
        return open_runs(physical, error);
    if (has_magic(file, DUMP_HEADER_SIZE, "SDMPDUMP") ||
        has_magic(file, DUMP_HEADER_SIZE, "FDMPDUMP"))
        return open_bitmap(physical, error);
    if (has_magic(file, DUMP_HEADER_SIZE + 4, "RDMPDUMP"))
        return open_ranges(physical, type, error);
    if ((type >= DUMP_TYPE_BITMAP_FULL && type <= DUMP_TYPE_COMPLETE))
        return dump_fail(file, DUMP_HEADER_SIZE,
                         "no bitmap and no list of ranges where a dump of this type has one",
                         error);
    *ret_none = true;
    return true;
}

static bool find_in_group(DumpPhysical *physical, guint64 group, guint64 frame, guint64 *ret_index)
{
    guint64 before = physical->checkpoints[group].before;
    guint64 from = group * physical->stride;
    guint64 to = MIN(from + physical->stride, physical->count);

    physical->budget -= (gint64)(to - from);
    for (guint64 i = from; i < to; i++) {
        const guint8 *entry = physical->file->bytes + physical->list + i * ENTRY_SIZE;
        guint64 first = dump_u64(entry), count = dump_u64(entry + 8);
        if (frame >= first && frame - first < count) {
            *ret_index = before + (frame - first);
            return true;
        }
        before += count;
    }
    return false;
}

/* The number of the frame's page in the file; false: it is not there. Lists are sorted in honest
 * dumps, so nearly every group can be passed over. */
static bool find_in_list(DumpPhysical *physical, guint64 frame, guint64 *ret_index)
{
    guint64 groups = (physical->count + physical->stride - 1) / physical->stride;

    for (guint64 group = 0; group < groups && physical->budget > 0; group++, physical->budget--)
        if (frame >= physical->checkpoints[group].lowest &&
            frame <= physical->checkpoints[group].highest &&
            find_in_group(physical, group, frame, ret_index))
            return true;
    return false;
}

static bool find_in_bitmap(DumpPhysical *physical, guint64 frame, guint64 *ret_index)
{
    const guint8 *bits = physical->file->bytes + physical->list;

    if (frame >= physical->count || !(bits[frame / 8] & 1u << frame % 8) || physical->budget <= 0)
        return false;
    guint64 checkpoint = frame / 8 / physical->stride;
    guint64 from = checkpoint * physical->stride;
    physical->budget -= (gint64)((frame / 8 - from) / 8);
    *ret_index = physical->checkpoints[checkpoint].before + count_bits(physical, from, frame / 8) +
                 (guint64)__builtin_popcount(bits[frame / 8] & ((1u << frame % 8) - 1));
    return true;
}

const guint8 *dump_physical_page(DumpPhysical *physical, guint64 frame)
{
    guint slot = frame % DUMP_CACHE;
    guint64 index;

    if (physical->cache[slot].offset == 0 || physical->cache[slot].frame != frame) {
        bool found = physical->kind == DUMP_PAGES_BITMAP ? find_in_bitmap(physical, frame, &index)
                                                         : find_in_list(physical, frame, &index);
        if (!found)
            return NULL;
        /* dump_physical_open() has seen that all pages lie in the file. */
        physical->cache[slot].frame = frame;
        physical->cache[slot].offset = physical->first + index * DUMP_PAGE_SIZE;
    }
    return physical->file->bytes + physical->cache[slot].offset;
}
