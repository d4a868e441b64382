/* SPDX-License-Identifier: GPL-2.0-or-later
 * Reading memory dumps: every type that holds physical memory, spoilt ones, and a file of 6 GiB.
 */
#include "triage/dump.h"

#include <string.h>
#include <sys/resource.h>

#include <glib/gstdio.h>

#include "memory-builder.h"
#include "util/error.h"

#define NT_BASE 0xFFFFF80000800000u
#define ALDER_BASE 0xFFFFF80010000000u
#define BIRCH_BASE 0xFFFFF80020000000u

static const BuilderModule modules[] = {
    {"\\SystemRoot\\system32\\ntoskrnl.exe", NT_BASE, 0x1000000, 0x11111111},
    {"\\SystemRoot\\system32\\drivers\\alder.sys", ALDER_BASE, 0x8000, 0x22222222},
    {"\\SystemRoot\\system32\\drivers\\birch.sys", BIRCH_BASE, 0x8000, 0x33333333},
    {NULL, 0, 0, 0},
};
static const guint64 stack[] = {NT_BASE + 0x1234,    1, BIRCH_BASE + 0x2222, ALDER_BASE + 0x1111,
                                BIRCH_BASE + 0x3333, 0};
static const BuilderDump crash = {.code = 0xD1,
                                  .parameters = {0x10, 2, 0, ALDER_BASE + 0x1F2A},
                                  .rip = NT_BASE + 0x5000,
                                  .modules = modules};
static const guint32 types[] = {1, 5, 6, 8, 9, 10};

static Dump *parse_ok(const GByteArray *bytes)
{
    g_autoptr(GError) error = NULL;
    Dump *dump = NULL;

    dump_parse(bytes->data, bytes->len, "test.dmp", &dump, &error);
    g_assert_no_error(error);
    return dump;
}

static void parse_fails(const GByteArray *bytes, const char *message)
{
    g_autoptr(GError) error = NULL;
    Dump *dump = NULL;

    g_assert_false(dump_parse(bytes->data, bytes->len, "test.dmp", &dump, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    g_assert_true(g_str_has_prefix(error->message, "test.dmp: byte 0x"));
    g_assert_nonnull(strstr(error->message, message));
}

static void check_whole(const Dump *dump, guint32 type)
{
    g_assert_cmpuint(dump->type, ==, type);
    g_assert_cmpuint(dump->modules->len, ==, 3);
    const DumpModule *alder = dump->modules->pdata[1];
    g_assert_cmpstr(alder->name, ==, "alder.sys");
    g_assert_cmphex(alder->base, ==, ALDER_BASE);
    g_assert_cmphex(alder->size, ==, 0x8000);
    g_assert_cmphex(alder->timestamp, ==, 0x22222222);
    g_assert_true(dump->faulting == alder);
    g_assert_cmphex(dump->offset, ==, 0x1F2A);
    g_assert_cmpstr(dump->os_lab, ==, "19041.1.amd64fre.test");
    g_assert_cmpuint(dump->unloaded->len, ==, 1);
    g_assert_cmpstr(((const DumpModule *)dump->unloaded->pdata[0])->name, ==, "gone.sys");

    g_assert_cmpuint(dump->stack_bytes, ==, 0x100); /* up to the end of its page */
    g_assert_cmpuint(dump->stack->len, ==, 3);
    const DumpStackModule *birch = dump->stack->pdata[1];
    g_assert_cmpstr(birch->module->name, ==, "birch.sys");
    g_assert_cmphex(birch->offset, ==, 0x2222);
    g_assert_cmphex(birch->stack_address, ==, MEMORY_STACK + 16);
    g_assert_cmpuint(birch->count, ==, 2);
    g_assert_cmpuint(dump->notes->len, ==, 0);
}

static void test_types(void)
{
    g_autoptr(Memory) memory = memory_new(&crash, stack);

    for (guint i = 0; i < G_N_ELEMENTS(types); i++) {
        g_autoptr(GByteArray) bytes = memory_dump(memory, types[i]);
        g_autoptr(Dump) dump = parse_ok(bytes);
        check_whole(dump, types[i]);
    }
}

/* The time stamp of the image itself counts for more than the loader's. */
static void test_image_header(void)
{
    g_autoptr(Memory) memory = memory_new(&crash, stack);
    memory_write(memory, ALDER_BASE, "MZ", 2);
    memory_write64(memory, ALDER_BASE + 0x3C, 0x80);
    memory_write(memory, ALDER_BASE + 0x80, "PE\0\0\x64\x86\1\0\x44\x44\x44\x44", 12);
    g_autoptr(GByteArray) bytes = memory_dump(memory, 1);
    g_autoptr(Dump) dump = parse_ok(bytes);

    g_assert_cmphex(((const DumpModule *)dump->modules->pdata[1])->timestamp, ==, 0x44444444);
    g_assert_cmphex(((const DumpModule *)dump->modules->pdata[2])->timestamp, ==, 0x33333333);
}

/* Exception record and context that the parameters of 0x7E point at. */
static void test_pointed(void)
{
    BuilderDump what = crash;
    what.code = 0x7E;
    what.parameters[0] = 0xFFFFFFFFC0000005;
    what.parameters[1] = ALDER_BASE + 0x1F2A;
    what.parameters[2] = MEMORY_EXCEPTION;
    what.parameters[3] = MEMORY_EXCEPTION + 0x800; /* crosses into the next page */
    g_autoptr(Memory) memory = memory_new(&what, NULL);
    memory_write64(memory, MEMORY_EXCEPTION, 0xC0000005);
    memory_write64(memory, MEMORY_EXCEPTION + 0x10, ALDER_BASE + 0x1F2A);
    memory_write64(memory, MEMORY_EXCEPTION + 0x800 + 0x30, 0x10001F);
    memory_write64(memory, MEMORY_EXCEPTION + 0x800 + 0x98, MEMORY_STACK + 0x40);
    memory_write64(memory, MEMORY_EXCEPTION + 0x800 + 0xF8, ALDER_BASE + 0x1F2A);
    memory_write64(memory, MEMORY_EXCEPTION + 0x1000, 0);
    memory_write64(memory, MEMORY_STACK + 0x40, ALDER_BASE + 0x1F00);
    g_autoptr(GByteArray) bytes = memory_dump(memory, 6);
    g_autoptr(Dump) dump = parse_ok(bytes);

    g_assert_cmphex(dump->exception.code, ==, 0xC0000005);
    g_assert_cmphex(dump->context.registers[DUMP_RIP], ==, ALDER_BASE + 0x1F2A);
    g_assert_cmphex(dump->context.registers[DUMP_RSP], ==, MEMORY_STACK + 0x40);
    g_assert_cmpuint(dump->stack->len, ==, 1);
}

/* A large page, and one in transition. */
static void test_page_kinds(void)
{
    static const guint64 large = 0xFFFFA00040012340;
    static const guint8 record[0x98] = {0x05, 0, 0, 0xC0, [0x10] = 0x2A, 0x1F};
    static const guint8 context[0x98] = {0x1F, 0, 0x10};
    BuilderDump what = crash;
    what.code = 0x7E;
    what.parameters[2] = large;
    what.parameters[3] = MEMORY_EXCEPTION;
    for (guint i = 0; i < G_N_ELEMENTS(types); i++) {
        g_autoptr(Memory) memory = memory_new(&what, stack);
        memory_write_large(memory, large, record, sizeof record);
        memory_write(memory, MEMORY_EXCEPTION + 0x30, context, sizeof context);
        memory_write64(memory, MEMORY_EXCEPTION + 0xF8, 0x1234);
        memory_make_transition(memory, MEMORY_EXCEPTION);
        g_autoptr(GByteArray) bytes = memory_dump(memory, types[i]);
        g_autoptr(Dump) dump = parse_ok(bytes);
        g_assert_cmphex(dump->exception.code, ==, 0xC0000005);
        g_assert_cmphex(dump->exception.address, ==, 0x1F2A);
        g_assert_cmphex(dump->context.registers[DUMP_RIP], ==, 0x1234);
    }
}

static const char *only_note(const Dump *dump)
{
    g_assert_cmpuint(dump->notes->len, ==, 1);
    return dump->notes->pdata[0];
}

/* Rings that do not close, and loops that leave out the head, end. */
static void test_broken_lists(void)
{
    static const struct {
        guint64 address, value;
        guint modules;
    } broken[] = {
        {MEMORY_ENTRY + 0x400, MEMORY_ENTRY, 3},         /* the last goes back to the first */
        {MEMORY_ENTRY + 0x400, MEMORY_ENTRY + 0x400, 3}, /* the last is its own next */
        {MEMORY_ENTRY + 0x200, 0xFFFFF80077777000, 2},   /* not mapped */
        {MEMORY_ENTRY + 0x200, 0x0000900000000000, 2},   /* not canonical */
        {MEMORY_ENTRY + 0x208, MEMORY_LIST, 1},          /* does not know where we come from */
        {MEMORY_LIST, 0, 0},
    };

    for (guint i = 0; i < G_N_ELEMENTS(broken); i++) {
        g_autoptr(Memory) memory = memory_new(&crash, stack);
        memory_write64(memory, broken[i].address, broken[i].value);
        g_autoptr(GByteArray) bytes = memory_dump(memory, 1);
        g_autoptr(Dump) dump = parse_ok(bytes);
        g_assert_cmpuint(dump->modules->len, ==, broken[i].modules);
        g_assert_nonnull(strstr(only_note(dump), "breaks off"));
    }
}

static void test_many_modules(void)
{
    g_autofree BuilderModule *many = g_new0(BuilderModule, 4097 + 1);
    BuilderDump what = crash;

    for (guint i = 0; i < 4097; i++)
        many[i] = (BuilderModule){"\\x\\same.sys", 0x1000000 + i * 0x1000, 0x1000, i + 1};
    what.modules = many;
    g_autoptr(Memory) memory = memory_new(&what, stack);
    g_autoptr(GByteArray) bytes = memory_dump(memory, 6);
    g_autoptr(Dump) dump = parse_ok(bytes);
    g_assert_cmpuint(dump->modules->len, ==, 4096);
    g_assert_nonnull(strstr(only_note(dump), "Only the first 4096"));
}

static void test_not_there(void)
{
    g_autoptr(Memory) memory = memory_new(&crash, NULL);
    memory_write(memory, MEMORY_KDBG + 0x10, "XXXX", 4);
    g_autoptr(GByteArray) bytes = memory_dump(memory, 1);
    bytes_put64(bytes, 0x20, 0xFFFFF80099999000);
    g_autoptr(Dump) dump = parse_ok(bytes);

    g_assert_cmpuint(dump->modules->len, ==, 0);
    g_assert_cmpuint(dump->unloaded->len, ==, 0);
    g_assert_null(dump->os_lab);
    g_assert_cmpuint(dump->notes->len, ==, 3);
    g_assert_nonnull(strstr(dump->notes->pdata[0], "list of loaded modules is not in"));
    g_assert_nonnull(strstr(dump->notes->pdata[1], "debugger's data block"));
    g_assert_nonnull(strstr(dump->notes->pdata[2], "stack is not in the dump"));
}

static void test_arm64(void)
{
    g_autoptr(Memory) memory = memory_new(&crash, stack);
    g_autoptr(GByteArray) bytes = memory_dump(memory, 6);
    bytes_put32(bytes, 0x30, 0xAA64);
    g_autoptr(Dump) dump = parse_ok(bytes);

    g_assert_cmphex(dump->code, ==, 0xD1);
    g_assert_false(dump->context.known);
    g_assert_cmpuint(dump->modules->len, ==, 0);
    g_assert_nonnull(strstr(dump->notes->pdata[0], "registers are not read"));
    g_assert_nonnull(strstr(dump->notes->pdata[1], "memory is not read"));
}

static void test_spoilt(void)
{
    static const struct {
        guint32 type;
        gsize offset;
        guint64 value;
        const char *message;
    } spoilt[] = {
        {1, 0x88, 0, "number of memory runs"},
        {1, 0x88, 43, "number of memory runs"},
        {1, 0xA0, 0xFFFFFFFFFFFFFFFF, "cut short"},
        {1, 0xA0, 0x100, "cut short"},
        {6, 0x2000, 0, "no bitmap"},
        {5, 0x2030, 0xFFFFFFFFFFFFFFF0, "bitmap of pages is longer"},
        {5, 0x2030, 0x7FFFFFFF, "bitmap of pages is longer"},
        {6, 0x2020, 0x2038, "inside the bitmap"},
        {6, 0x2020, 0xFFFFFFFFFFFFF000, "cut short"},
        {6, 0x2020, 0x4000, "cut short"},
        {8, 0x2000, 0, "no bitmap and no list"},
        {8, 0x2010, 0x20, "contradict"},
        {8, 0x2018, 0x20, "contradict"},
        {9, 0x2038, 0xFFFFFFFFFFFFFFFF, "cut short"},
        {10, 0x2028, 0x1000, "fewer pages"},
    };
    g_autoptr(Memory) memory = memory_new(&crash, stack);

    for (guint i = 0; i < G_N_ELEMENTS(spoilt); i++) {
        g_autoptr(GByteArray) bytes = memory_dump(memory, spoilt[i].type);
        bytes_put64(bytes, spoilt[i].offset, spoilt[i].value);
        if (spoilt[i].offset == 0x2000)
            bytes_put64(bytes, 0x2004, spoilt[i].value);
        parse_fails(bytes, spoilt[i].message);
    }
}

/* A dump that lacks its last byte, or more, is cut short whatever its type. */
static void test_cut(void)
{
    g_autoptr(Memory) memory = memory_new(&crash, stack);

    for (guint i = 0; i < G_N_ELEMENTS(types); i++) {
        g_autoptr(GByteArray) whole = memory_dump(memory, types[i]);
        for (guint length = 0; length < whole->len;
             length += length < 0x1FF0 || length > 0x2100 ? 997 : 1) {
            g_autofree guint8 *exact = g_memdup2(whole->data, length);
            g_autoptr(Dump) dump = NULL;
            g_assert_false(dump_parse(exact, length, "cut.dmp", &dump, NULL));
        }
        g_byte_array_set_size(whole, whole->len - 1);
        parse_fails(whole, "cut short");
    }
}

/* 6 GiB, of which only the pages that matter are touched. */
static void test_large(void)
{
    const guint64 frames = 6ull << 18;
    g_autofree char *folder = g_dir_make_tmp("truce-dump-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "memory.dmp", NULL);
    g_autoptr(Memory) memory = memory_new(&crash, stack);

    for (guint i = 0; i < G_N_ELEMENTS(types); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Dump) dump = NULL;
        struct rusage before, after;
        memory_dump_sparse(memory, types[i], frames, path);
        getrusage(RUSAGE_SELF, &before);
        gint64 began = g_get_monotonic_time();
        g_assert_true(dump_read(path, &dump, &error));
        gint64 took = g_get_monotonic_time() - began;
        g_assert_cmpint(took, <, 5 * G_USEC_PER_SEC);
        getrusage(RUSAGE_SELF, &after);
        g_test_message("type %u, 6 GiB: %.1f ms, %ld page faults", types[i], (double)took / 1000,
                       after.ru_minflt + after.ru_majflt - before.ru_minflt - before.ru_majflt);
        g_assert_cmpint(after.ru_maxrss - before.ru_maxrss, <, 32 * 1024);
        check_whole(dump, types[i]);
        g_unlink(path);
    }
    g_rmdir(folder);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/dump-memory/types", test_types);
    g_test_add_func("/dump-memory/image-header", test_image_header);
    g_test_add_func("/dump-memory/pointed", test_pointed);
    g_test_add_func("/dump-memory/page-kinds", test_page_kinds);
    g_test_add_func("/dump-memory/broken-lists", test_broken_lists);
    g_test_add_func("/dump-memory/many-modules", test_many_modules);
    g_test_add_func("/dump-memory/not-there", test_not_there);
    g_test_add_func("/dump-memory/arm64", test_arm64);
    g_test_add_func("/dump-memory/spoilt", test_spoilt);
    g_test_add_func("/dump-memory/cut", test_cut);
    g_test_add_func("/dump-memory/large", test_large);
    return g_test_run();
}
