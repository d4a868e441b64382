/* SPDX-License-Identifier: GPL-2.0-or-later
 * Makes memory dumps and user minidumps for tests. The layouts are described at the top of the
 * readers, lab/triage/dump-*.c.
 */
#include "memory-builder.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define PAGE 0x1000
#define FIRST_FRAME 0x11
#define USER_STACK 0x200000
#define USER_TIME 1700000000
#define LARGE_FRAME 0x400 /* a multiple of 512 */
#define GAP 5 /* after so many frames some are left out, so that a dump has more than one run */

struct Memory {
    BuilderDump what;
    GHashTable *pages; /* frame to bytes */
    guint64 next, root;
};

static guint8 *page_of(const Memory *memory, guint64 frame)
{
    return g_hash_table_lookup(memory->pages, GSIZE_TO_POINTER(frame));
}

static guint64 new_frame(Memory *memory)
{
    guint64 frame = memory->next++;

    if (g_hash_table_size(memory->pages) % GAP == GAP - 1)
        memory->next += 3;
    g_hash_table_insert(memory->pages, GSIZE_TO_POINTER(frame), g_malloc0(PAGE));
    return frame;
}

static void put64(guint8 *at, guint64 value)
{
    guint64 little = GUINT64_TO_LE(value);
    memcpy(at, &little, sizeof little);
}

static guint64 get64(const guint8 *at)
{
    guint64 value;
    memcpy(&value, at, sizeof value);
    return GUINT64_FROM_LE(value);
}

/* The entry of an address in the table whose entries span 1 << `last` bytes. */
static guint8 *entry_of(Memory *memory, guint64 address, guint last)
{
    guint64 frame = memory->root;

    for (guint shift = 39;; shift -= 9) {
        guint8 *entry = page_of(memory, frame) + 8 * (address >> shift & 0x1FF);
        if (shift == last)
            return entry;
        if (get64(entry) == 0)
            put64(entry, new_frame(memory) << 12 | 1);
        frame = get64(entry) >> 12;
    }
}

static guint8 *map(Memory *memory, guint64 address)
{
    guint8 *entry = entry_of(memory, address, 12);

    if (get64(entry) == 0)
        put64(entry, new_frame(memory) << 12 | 1);
    return page_of(memory, get64(entry) >> 12);
}

void memory_write_large(Memory *memory, guint64 address, const void *bytes, gsize size)
{
    guint64 frame = LARGE_FRAME + (address >> 12 & 0x1FF);
    guint8 *page = g_malloc0(PAGE);

    g_assert_cmpuint(address % PAGE + size, <=, PAGE);
    put64(entry_of(memory, address, 21), (guint64)LARGE_FRAME << 12 | 0x81);
    memcpy(page + address % PAGE, bytes, size);
    g_hash_table_insert(memory->pages, GSIZE_TO_POINTER(frame), page);
}

void memory_make_transition(Memory *memory, guint64 address)
{
    guint8 *entry = entry_of(memory, address, 12);
    put64(entry, (get64(entry) & ~1ull) | 1 << 11);
}

void memory_write(Memory *memory, guint64 address, const void *bytes, gsize size)
{
    for (gsize i = 0; i < size; i++)
        map(memory, address + i)[(address + i) % PAGE] = ((const guint8 *)bytes)[i];
}

void memory_write64(Memory *memory, guint64 address, guint64 value)
{
    guint8 bytes[8];
    put64(bytes, value);
    memory_write(memory, address, bytes, sizeof bytes);
}

/* A UNICODE_STRING at `address`, its text at `text`. */
static void write_name(Memory *memory, guint64 address, guint64 text, const char *name)
{
    glong units;
    g_autofree gunichar2 *utf16 = g_utf8_to_utf16(name, -1, NULL, &units, NULL);

    memory_write64(memory, address, (guint64)units * 2 | (guint64)units * 2 << 16);
    memory_write64(memory, address + 8, text);
    memory_write(memory, text, utf16, (gsize)units * 2);
}

static void write_modules(Memory *memory)
{
    const BuilderModule *modules = memory->what.modules;
    guint64 previous = MEMORY_LIST;
    guint i = 0;

    for (; modules && modules[i].path; i++) {
        guint64 entry = MEMORY_ENTRY + i * 0x200;
        const char *base_name = strrchr(modules[i].path, '\\');
        memory_write64(memory, previous, entry);
        memory_write64(memory, entry + 0x08, previous);
        memory_write64(memory, entry + 0x30, modules[i].base);
        memory_write64(memory, entry + 0x40, modules[i].size);
        write_name(memory, entry + 0x58, entry + 0x100,
                   base_name ? base_name + 1 : modules[i].path);
        memory_write64(memory, entry + 0x98, (guint64)modules[i].timestamp << 32);
        previous = entry;
    }
    memory_write64(memory, previous, MEMORY_LIST);
    memory_write64(memory, MEMORY_LIST + 8, previous);
}

static void write_debugger_data(Memory *memory)
{
    guint64 lab = MEMORY_KDBG + 0x400, drivers = MEMORY_KDBG + 0x500;

    memory_write(memory, MEMORY_KDBG + 0x10, "KDBG", 4);
    memory_write64(memory, MEMORY_KDBG + 0x208, lab);
    memory_write(memory, lab, "19041.1.amd64fre.test", 21);
    memory_write64(memory, MEMORY_KDBG + 0x220, drivers);
    memory_write64(memory, drivers, drivers + 0x100);
    write_name(memory, drivers + 0x100, drivers + 0x80, "gone.sys");
    memory_write64(memory, drivers + 0x110, 0xFFFFF80050000000);
    memory_write64(memory, drivers + 0x118, 0xFFFFF80050006000);
}

Memory *memory_new(const BuilderDump *what, const guint64 *stack)
{
    Memory *memory = g_new0(Memory, 1);

    memory->what = *what;
    memory->what.rsp = MEMORY_STACK;
    memory->pages = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    memory->next = FIRST_FRAME;
    memory->root = new_frame(memory);
    write_modules(memory);
    write_debugger_data(memory);
    for (guint i = 0; stack && stack[i] != 0; i++)
        memory_write64(memory, MEMORY_STACK + 8 * i, stack[i]);
    return memory;
}

void memory_free(Memory *memory)
{
    g_hash_table_unref(memory->pages);
    g_free(memory);
}

static gint compare_frames(gconstpointer a, gconstpointer b)
{
    return GPOINTER_TO_SIZE(a) < GPOINTER_TO_SIZE(b) ? -1 : 1;
}

/* Runs of frames in the dump, as {first, count} pairs: the machine's, or one of all `frames`. */
static GArray *find_runs(const Memory *memory, guint64 frames)
{
    GArray *runs = g_array_new(FALSE, FALSE, 2 * sizeof(guint64));
    g_autoptr(GList) sorted = g_list_sort(g_hash_table_get_keys(memory->pages), compare_frames);

    if (frames != 0) {
        g_array_append_vals(runs, (guint64[]){1, frames - 1}, 1);
        return runs;
    }
    for (GList *at = sorted; at; at = at->next) {
        guint64 frame = GPOINTER_TO_SIZE(at->data);
        guint64 *last = runs->len ? (guint64 *)runs->data + 2 * (runs->len - 1) : NULL;
        if (last && last[0] + last[1] == frame)
            last[1]++;
        else
            g_array_append_vals(runs, (guint64[]){frame, 1}, 1);
    }
    return runs;
}

static guint64 run_of(const GArray *runs, guint i, guint member)
{
    return ((const guint64 *)runs->data)[2 * i + member];
}

static guint64 append_runs(GByteArray *bytes, gsize at, const GArray *runs)
{
    guint64 pages = 0;

    for (guint i = 0; i < runs->len; i++) {
        bytes_put64(bytes, at + 16 * i, run_of(runs, i, 0));
        bytes_put64(bytes, at + 16 * i + 8, run_of(runs, i, 1));
        pages += run_of(runs, i, 1);
    }
    return pages;
}

static void append_bitmap(GByteArray *bytes, guint32 type, const GArray *runs)
{
    guint64 bits = run_of(runs, runs->len - 1, 0) + run_of(runs, runs->len - 1, 1) + 3;
    guint64 pages = 0;
    guint old = bytes->len;

    g_byte_array_set_size(bytes, (guint)((0x2038 + bits / 8 + PAGE) & ~(guint64)(PAGE - 1)));
    memset(bytes->data + old, 0, bytes->len - old);
    memcpy(bytes->data + 0x2000, type == 5 ? "FDMPDUMP" : "SDMPDUMP", 8);
    for (guint i = 0; i < runs->len; i++)
        for (guint64 n = 0; n < run_of(runs, i, 1); n++, pages++) {
            guint64 frame = run_of(runs, i, 0) + n;
            bytes->data[0x2038 + frame / 8] |= (guint8)(1u << frame % 8);
        }
    bytes_put64(bytes, 0x2020, bytes->len);
    bytes_put64(bytes, 0x2028, pages);
    bytes_put64(bytes, 0x2030, bits);
}

static void append_ranges(GByteArray *bytes, const GArray *runs)
{
    guint64 size = 0x10 + 16 * ((guint64)runs->len + 2);

    g_byte_array_set_size(bytes, (guint)(0x2020 + size));
    memset(bytes->data + 0x2000, 0, bytes->len - 0x2000);
    bytes_put32(bytes, 0x2000, 0x40);
    memcpy(bytes->data + 0x2004, "RDMPDUMP", 8);
    bytes_put64(bytes, 0x2010, size);
    bytes_put64(bytes, 0x2018, 0x2020 + size);
    bytes_put64(bytes, 0x2028, append_runs(bytes, 0x2030, runs));
}

/* All that comes before the pages. */
static GByteArray *make_front(const Memory *memory, guint32 type, const GArray *runs)
{
    GByteArray *bytes = g_byte_array_new();
    BuilderDump what = memory->what;

    what.type = type;
    g_byte_array_set_size(bytes, 0x2000);
    builder_header(bytes, &what);
    bytes_put64(bytes, 0x10, memory->root << 12);
    bytes_put64(bytes, 0x20, MEMORY_LIST);
    bytes_put64(bytes, 0x80, MEMORY_KDBG);
    if (type == 1) {
        g_assert_cmpuint(runs->len, <=, 42);
        bytes_put32(bytes, 0x88, runs->len);
        bytes_put64(bytes, 0x90, append_runs(bytes, 0x98, runs));
    } else if (type == 5 || type == 6) {
        append_bitmap(bytes, type, runs);
    } else {
        append_ranges(bytes, runs);
    }
    return bytes;
}

GByteArray *memory_dump(const Memory *memory, guint32 type)
{
    g_autoptr(GArray) runs = find_runs(memory, 0);
    GByteArray *bytes = make_front(memory, type, runs);

    for (guint i = 0; i < runs->len; i++)
        for (guint64 n = 0; n < run_of(runs, i, 1); n++)
            g_byte_array_append(bytes, page_of(memory, run_of(runs, i, 0) + n), PAGE);
    return bytes;
}

void memory_dump_sparse(const Memory *memory, guint32 type, guint64 frames, const char *path)
{
    g_autoptr(GArray) runs = find_runs(memory, frames);
    g_autoptr(GByteArray) front = make_front(memory, type, runs);
    GHashTableIter iter;
    gpointer frame, page;
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(ftruncate(fd, (off_t)(front->len + (frames - 1) * PAGE)), ==, 0);
    g_assert_cmpint(pwrite(fd, front->data, front->len, 0), ==, (gssize)front->len);
    g_hash_table_iter_init(&iter, memory->pages);
    while (g_hash_table_iter_next(&iter, &frame, &page)) {
        off_t at = (off_t)(front->len + (GPOINTER_TO_SIZE(frame) - 1) * PAGE);
        g_assert_cmpint(pwrite(fd, page, PAGE, at), ==, PAGE);
    }
    close(fd);
}

static guint append_zeros(GByteArray *bytes, guint size)
{
    guint at = bytes->len;

    g_byte_array_set_size(bytes, at + size);
    memset(bytes->data + at, 0, size);
    return at;
}

static guint append_module_name(GByteArray *bytes, const char *path)
{
    glong units;
    g_autofree gunichar2 *utf16 = g_utf8_to_utf16(path, -1, NULL, &units, NULL);
    guint at = append_zeros(bytes, 4);

    bytes_put32(bytes, at, (guint32)units * 2);
    g_byte_array_append(bytes, (const guint8 *)utf16, (guint)units * 2);
    return at;
}

static guint append_user_modules(GByteArray *bytes, const BuilderModule *modules, guint count)
{
    guint at = append_zeros(bytes, 4 + count * 108);

    bytes_put32(bytes, at, count);
    for (guint i = 0; i < count; i++) {
        guint entry = at + 4 + i * 108;
        bytes_put64(bytes, entry, modules[i].base);
        bytes_put32(bytes, entry + 0x08, modules[i].size);
        bytes_put32(bytes, entry + 0x10, modules[i].timestamp);
        bytes_put32(bytes, entry + 0x14, append_module_name(bytes, modules[i].path));
        bytes_put32(bytes, entry + 0x18, 0xFEEF04BD);
        bytes_put32(bytes, entry + 0x20, 7 << 16 | 1);
        bytes_put32(bytes, entry + 0x24, 2 << 16 | 3);
    }
    return at;
}

static void put_stream(GByteArray *bytes, guint index, guint32 type, guint32 size, guint32 offset)
{
    bytes_put32(bytes, 0x20 + 12 * index, type);
    bytes_put32(bytes, 0x20 + 12 * index + 4, size);
    bytes_put32(bytes, 0x20 + 12 * index + 8, offset);
}

static guint append_user_stack(GByteArray *bytes, const guint64 *stack, guint *ret_size)
{
    guint count = 0, at = bytes->len;

    for (; stack[count] != 0; count++) {
        append_zeros(bytes, 8);
        bytes_put64(bytes, at + 8 * count, stack[count]);
    }
    *ret_size = 8 * count;
    return at;
}

/* Two threads, 41 and 42; the second has the stack. */
static void add_threads(GByteArray *bytes, guint index, guint stack_size, guint data)
{
    guint at = append_zeros(bytes, 4 + 2 * 48);

    bytes_put32(bytes, at, 2);
    bytes_put32(bytes, at + 4, 41);
    bytes_put32(bytes, at + 52, 42);
    bytes_put64(bytes, at + 52 + 0x18, USER_STACK);
    bytes_put32(bytes, at + 52 + 0x20, stack_size);
    bytes_put32(bytes, at + 52 + 0x24, data);
    put_stream(bytes, index, 3, 4 + 2 * 48, at);
}

static void add_exception(GByteArray *bytes, guint index, const BuilderDump *what)
{
    guint context = append_zeros(bytes, 0x4D0);
    bytes_put64(bytes, context + 0x98, USER_STACK);
    bytes_put64(bytes, context + 0xF8, what->rip);

    guint at = append_zeros(bytes, 0xA8);
    bytes_put32(bytes, at, 42);
    bytes_put32(bytes, at + 8, what->exception_status);
    bytes_put64(bytes, at + 8 + 0x10, what->exception_address);
    bytes_put32(bytes, at + 0xA0, 0x4D0);
    bytes_put32(bytes, at + 0xA4, context);
    put_stream(bytes, index, 6, 0xA8, at);
}

static void add_system(GByteArray *bytes, guint index)
{
    guint at = append_zeros(bytes, 0x38);

    bytes_put32(bytes, at, 9);
    bytes->data[at + 6] = 4;
    bytes->data[at + 7] = 1;
    bytes_put32(bytes, at + 8, 10);
    bytes_put32(bytes, at + 0x10, 22631);
    put_stream(bytes, index, 7, 0x38, at);
}

static void add_misc(GByteArray *bytes, guint index)
{
    guint at = append_zeros(bytes, 0x18);

    bytes_put32(bytes, at + 4, 3);
    bytes_put32(bytes, at + 8, 1234);
    bytes_put32(bytes, at + 0xC, USER_TIME - 60);
    put_stream(bytes, index, 15, 0x18, at);
}

static void add_unloaded(GByteArray *bytes, guint index)
{
    guint at = append_zeros(bytes, 12 + 24);

    bytes_put32(bytes, at, 12);
    bytes_put32(bytes, at + 4, 24);
    bytes_put32(bytes, at + 8, 1);
    bytes_put64(bytes, at + 12, 0x50000000);
    bytes_put32(bytes, at + 20, 0x6000);
    bytes_put32(bytes, at + 32, append_module_name(bytes, "C:\\gone.dll"));
    put_stream(bytes, index, 14, 36, at);
}

static void add_memory(GByteArray *bytes, guint index, guint stack_size, guint data)
{
    guint at = append_zeros(bytes, 4 + 16);

    bytes_put32(bytes, at, 1);
    bytes_put64(bytes, at + 4, USER_STACK);
    bytes_put32(bytes, at + 12, stack_size);
    bytes_put32(bytes, at + 16, data);
    put_stream(bytes, index, 5, 20, at);
}

static void add_all_memory(GByteArray *bytes, guint index, guint stack_size, guint data)
{
    guint at = append_zeros(bytes, 16 + 16);

    bytes_put64(bytes, at, 1);
    bytes_put64(bytes, at + 8, data);
    bytes_put64(bytes, at + 16, USER_STACK);
    bytes_put64(bytes, at + 24, stack_size);
    put_stream(bytes, index, 9, 32, at);
}

GByteArray *user_dump(const BuilderDump *what, const guint64 *stack, UserStack where)
{
    GByteArray *bytes = g_byte_array_new();
    guint count = 0, stack_size;

    while (what->modules[count].path)
        count++;
    append_zeros(bytes, 0x20 + 7 * 12);
    memcpy(bytes->data, "MDMP\x93\xA7\0\0", 8);
    bytes_put32(bytes, 0x08, where == USER_STACK_THREAD ? 6 : 7);
    bytes_put32(bytes, 0x0C, 0x20);
    bytes_put32(bytes, 0x14, USER_TIME);

    guint data = append_user_stack(bytes, stack, &stack_size);
    if (where == USER_STACK_THREAD)
        add_threads(bytes, 0, stack_size, data);
    else
        add_threads(bytes, 0, 0, 0);
    put_stream(bytes, 1, 4, 4 + count * 108, append_user_modules(bytes, what->modules, count));
    add_exception(bytes, 2, what);
    add_system(bytes, 3);
    add_misc(bytes, 4);
    add_unloaded(bytes, 5);
    if (where == USER_STACK_LIST)
        add_memory(bytes, 6, stack_size, data);
    if (where == USER_STACK_LIST_64)
        add_all_memory(bytes, 6, stack_size, data);
    return bytes;
}
