/* SPDX-License-Identifier: GPL-2.0-or-later
 * Reading crash dumps: built ones, spoilt ones, and a real one from the folder that
 * $TRUCE_TEST_DUMPS names.
 */
#include "triage/dump.h"

#include <string.h>

#include <glib/gstdio.h>

#include "dump-builder.h"
#include "util/error.h"

static const BuilderModule modules[] = {
    {"\\SystemRoot\\system32\\ntoskrnl.exe", 0xFFFFF80000000000, 0x1000000, 0x11111111},
    {"\\SystemRoot\\system32\\drivers\\alder.sys", 0xFFFFF80010000000, 0x8000, 0x22222222},
    {"C:/drivers/birch.sys", 0xFFFFF80020000000, 0x8000, 0x33333333},
    {NULL, 0, 0, 0},
};
#define NT_ADDRESS 0xFFFFF80000123456u
#define ALDER_ADDRESS 0xFFFFF80010001234u
#define BIRCH_ADDRESS 0xFFFFF80020000010u

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
    Dump *dump = (Dump *)"untouched";

    g_assert_false(dump_parse(bytes->data, bytes->len, "test.dmp", &dump, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    g_assert_true(g_str_has_prefix(error->message, "test.dmp: byte 0x"));
    g_assert_nonnull(strstr(error->message, message));
    g_assert_cmpstr((const char *)dump, ==, "untouched");
}

static void test_members(void)
{
    const BuilderDump what = {.code = 0x7E,
                              .parameters = {0xFFFFFFFFC0000005, ALDER_ADDRESS, 3, 4},
                              .rip = ALDER_ADDRESS,
                              .modules = modules};
    g_autoptr(GByteArray) bytes = dump_build(&what);
    g_autoptr(Dump) dump = parse_ok(bytes);

    g_assert_cmphex(dump->code, ==, 0x7E);
    g_assert_cmphex(dump->parameters[0], ==, 0xFFFFFFFFC0000005);
    g_assert_cmphex(dump->parameters[3], ==, 4);
    g_assert_cmpuint(dump->os_build, ==, 19041);
    g_assert_cmpuint(dump->type, ==, 4);
    g_assert_cmphex(dump->address, ==, ALDER_ADDRESS);
    g_assert_cmpuint(dump->modules->len, ==, 3);
    const DumpModule *birch = dump->modules->pdata[2];
    g_assert_cmpstr(birch->name, ==, "birch.sys");
    g_assert_cmphex(birch->base, ==, modules[2].base);
    g_assert_cmphex(birch->size, ==, 0x8000);
    g_assert_cmphex(birch->timestamp, ==, 0x33333333);
    g_assert_cmpstr(dump->faulting->name, ==, "alder.sys");
    g_assert_cmphex(dump->offset, ==, 0x1234);
}

/* Which of parameter, exception record and context names the instruction. */
static void test_address(void)
{
    static const struct {
        BuilderDump what;
        const char *faulting;
    } dumps[] = {
        {{.code = 0x50, .parameters = {1, 2, BIRCH_ADDRESS, 0}, .rip = NT_ADDRESS}, "birch.sys"},
        {{.code = 0xD1, .parameters = {1, 2, 0, BIRCH_ADDRESS}, .rip = NT_ADDRESS}, "birch.sys"},
        {{.code = 0x0A, .parameters = {1, 2, 0, ALDER_ADDRESS}, .rip = NT_ADDRESS}, "alder.sys"},
        {{.code = 0x1E, .parameters = {1, ALDER_ADDRESS}, .rip = NT_ADDRESS}, "alder.sys"},
        {{.code = 0x3B, .parameters = {1, ALDER_ADDRESS}, .rip = NT_ADDRESS}, "alder.sys"},
        {{.code = 0x1000007E, .parameters = {1, ALDER_ADDRESS}, .rip = NT_ADDRESS}, "alder.sys"},
        {{.code = 0x139,
          .parameters = {3, ALDER_ADDRESS},
          .rip = NT_ADDRESS,
          .exception_status = 0xC0000409,
          .exception_address = BIRCH_ADDRESS},
         "birch.sys"},
        {{.code = 0x139, .parameters = {3, ALDER_ADDRESS}, .rip = NT_ADDRESS}, "ntoskrnl.exe"},
        {{.code = 0x139}, NULL},
        {{.code = 0x7E, .parameters = {1, 0x1000}, .rip = NT_ADDRESS}, NULL},
    };

    for (guint i = 0; i < G_N_ELEMENTS(dumps); i++) {
        BuilderDump what = dumps[i].what;
        what.modules = modules;
        g_autoptr(GByteArray) bytes = dump_build(&what);
        g_autoptr(Dump) dump = parse_ok(bytes);
        g_assert_cmpstr(dump->faulting ? dump->faulting->name : NULL, ==, dumps[i].faulting);
    }
}

/* The first byte of a module belongs to it, the one after its last does not. */
static void test_module_ends(void)
{
    static const BuilderModule edge[] = {
        {"edge.sys", 0xFFFFFFFFFFFFF000, 0xFFFFFFFF, 1}, {"empty.sys", 0x5000, 0, 1}, {0}};
    static const struct {
        guint64 address;
        const char *faulting;
    } ends[] = {
        {0xFFFFFFFFFFFFF000, "edge.sys"},
        {0xFFFFFFFFFFFFFFFF, "edge.sys"},
        {0xFFFFFFFFFFFFEFFF, NULL},
        {0x10, NULL},
        {0x5000, NULL},
    };

    for (guint i = 0; i < G_N_ELEMENTS(ends); i++) {
        const BuilderDump what = {
            .code = 0x7E, .parameters = {0, ends[i].address}, .modules = edge};
        g_autoptr(GByteArray) bytes = dump_build(&what);
        g_autoptr(Dump) dump = parse_ok(bytes);
        g_assert_cmpstr(dump->faulting ? dump->faulting->name : NULL, ==, ends[i].faulting);
    }
}

static void test_names(void)
{
    g_autofree char *longest = g_strnfill(400, 'x');
    g_autofree char *path = g_strconcat("\\a\\", longest, NULL);
    const BuilderModule odd[] = {{"", 0, 0, 0},
                                 {"\\ends\\", 0, 0, 0},
                                 {"\\x\\\x1b[2J\xE2\x80\xAEsys.evil\x01", 0, 0, 0},
                                 {"\\x\\b\xC3\xA4r\xF0\x9F\x90\xBB.sys", 0, 0, 0},
                                 {path, 0, 0, 0},
                                 {0}};
    static const char *const names[] = {"", "", "\xEF\xBF\xBD[2J\xEF\xBF\xBDsys.evil\xEF\xBF\xBD",
                                        "b\xC3\xA4r\xF0\x9F\x90\xBB.sys"};
    const BuilderDump what = {.code = 1, .modules = odd};
    g_autoptr(GByteArray) bytes = dump_build(&what);
    /* half of a surrogate pair */
    bytes->data[bytes->len - 4 - 2] = 0x00;
    bytes->data[bytes->len - 4 - 1] = 0xD8;
    g_autoptr(Dump) dump = parse_ok(bytes);

    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        g_assert_cmpstr(((const DumpModule *)dump->modules->pdata[i])->name, ==, names[i]);
    const DumpModule *cut = dump->modules->pdata[4];
    g_assert_cmpuint(strlen(cut->name), ==, 255);
}

static void test_header_alone(void)
{
    const BuilderDump what = {.code = 0xD1, .type = 3, .rip = ALDER_ADDRESS, .modules = modules};
    g_autoptr(GByteArray) bytes = dump_build(&what);
    g_byte_array_set_size(bytes, 0x2000);
    g_autoptr(Dump) dump = parse_ok(bytes);

    g_assert_cmpuint(dump->type, ==, 3);
    g_assert_cmpuint(dump->modules->len, ==, 0);
    g_assert_cmpuint(dump->notes->len, ==, 2);
    g_assert_nonnull(strstr(dump->notes->pdata[0], "by its header alone"));
    g_assert_nonnull(strstr(dump->notes->pdata[1], "stack is not in the dump"));
}

static void test_machine(void)
{
    const BuilderDump what = {.code = 0x7E, .modules = modules};
    g_autoptr(GByteArray) bytes = dump_build(&what);
    memcpy(bytes->data + 0xFB0, "a\x1b[2Jcomment", 13);
    g_autoptr(Dump) dump = parse_ok(bytes);

    g_assert_cmphex(dump->machine, ==, 0x8664);
    g_assert_cmpuint(dump->processors, ==, 2);
    g_assert_cmpuint(dump->product, ==, 3);
    g_assert_cmpint(dump->time, ==, 1613926400ll * G_USEC_PER_SEC);
    g_assert_cmpuint(dump->uptime_ms, ==, 12345);
    g_assert_cmpstr(dump->comment, ==, "a?[2Jcomment");
    g_assert_false(dump->user);
}

/* Stack, unloaded modules, and records in data blocks. */
static void test_triage_parts(void)
{
    static const guint64 stack[] = {
        NT_ADDRESS, 7, BIRCH_ADDRESS + 0x1000, 0x999, NT_ADDRESS, 0xFFFFF80020000010, 0};
    static const BuilderModule gone[] = {{"gone.sys", 0xFFFFF80050000000, 0x6000, 0},
                                         {"dump_longer_than_12.sys", 0xFFFFF80060000000, 1, 0},
                                         {0}};
    const BuilderDump what = {.code = 0x7E,
                              .parameters = {0xFFFFFFFFC0000005, ALDER_ADDRESS, 0x500010, 4},
                              .rip = NT_ADDRESS,
                              .rsp = 0x600000,
                              .exception_status = 0x80000003,
                              .exception_address = NT_ADDRESS,
                              .modules = modules,
                              .unloaded = gone,
                              .stack = stack};
    g_autoptr(GByteArray) bytes = dump_build(&what);
    guint at = bytes->len;
    g_byte_array_set_size(bytes, at + 16 + 0x100);
    memset(bytes->data + at, 0, 16 + 0x100);
    bytes_put64(bytes, at, 0x500000);
    bytes_put32(bytes, at + 8, at + 16);
    bytes_put32(bytes, at + 12, 0x100);
    bytes_put32(bytes, at + 16 + 0x10, 0xC0000005);
    bytes_put64(bytes, at + 16 + 0x20, ALDER_ADDRESS);
    bytes_put32(bytes, at + 16 + 0x28, 2);
    bytes_put64(bytes, at + 16 + 0x38, 0x40);
    bytes_put32(bytes, 0x2000 + 0x78, at);
    bytes_put32(bytes, 0x2000 + 0x7C, 1);
    g_autoptr(Dump) dump = parse_ok(bytes);

    g_assert_cmphex(dump->exception.code, ==, 0xC0000005);
    g_assert_cmphex(dump->exception.address, ==, ALDER_ADDRESS);
    g_assert_cmpuint(dump->exception.count, ==, 2);
    g_assert_cmphex(dump->exception.information[1], ==, 0x40);
    g_assert_cmpuint(dump->unloaded->len, ==, 2);
    g_assert_cmpstr(((DumpModule *)dump->unloaded->pdata[0])->name, ==, "gone.sys");
    g_assert_cmpstr(((DumpModule *)dump->unloaded->pdata[1])->name, ==, "dump_longer_");
    g_assert_nonnull(dump_unloaded_at(dump, 0xFFFFF80050005FFF));
    g_assert_null(dump_unloaded_at(dump, 0xFFFFF80050006000));

    g_assert_cmpuint(dump->stack_bytes, ==, 48);
    g_assert_cmpuint(dump->stack->len, ==, 2); /* birch.sys+0x10 lies in its headers */
    const DumpStackModule *first = dump->stack->pdata[0], *second = dump->stack->pdata[1];
    g_assert_cmpstr(first->module->name, ==, "ntoskrnl.exe");
    g_assert_cmpuint(first->count, ==, 2);
    g_assert_cmphex(first->stack_address, ==, 0x600000);
    g_assert_cmpstr(second->module->name, ==, "birch.sys");
    g_assert_cmphex(second->offset, ==, 0x1010);
    g_assert_cmphex(second->stack_address, ==, 0x600010);
}

static void test_spoilt(void)
{
    static const struct {
        gsize offset;
        guint32 value;
        const char *message;
    } spoilt[] = {
        {0x0, 0x45474151, "not a Windows kernel crash dump"},
        {0x4, 0x504D5544, "not a crash dump of a 64-bit Windows"},
        {0x2000 + 0x08, 0xFFFFFFFF, "no end mark"},
        {0x2000 + 0x08, 0x10, "no end mark"},
        {0x2000 + 0x30, 0xFFFFFFFF, "list of drivers"},
        {0x2000 + 0x34, 0xFFFFFFFF, "list of drivers"},
        {BUILDER_DRIVERS, 0xFFFFFFFE, "name lies outside"},
        {BUILDER_DRIVERS, 0x0, "name is longer"},
        {0x2000 + 0x18, 0xFFFFFFFF, "unloaded drivers"},
        {0x2000 + 0x18, 0x2000, "unloaded drivers"},
        {0x2000 + 0x28, 0xFFFFFFFF, "stack is longer"},
        {0x2000 + 0x2C, 0x10000000, "stack is longer"},
        {0x2000 + 0x7C, 0x10000000, "data blocks"},
        {0x2000 + 0x74, 0x10000000, "debugger's data"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(spoilt); i++) {
        static const guint64 stack[] = {1, 2, 3, 0};
        const BuilderDump what = {
            .code = 0x7E, .rsp = 0x600000, .modules = modules, .stack = stack};
        g_autoptr(GByteArray) bytes = dump_build(&what);
        bytes_put32(bytes, 0x2000 + 0x70, BUILDER_DRIVERS);
        bytes_put32(bytes, 0x2000 + 0x78, BUILDER_DRIVERS);
        bytes_put32(bytes, spoilt[i].offset, spoilt[i].value);
        parse_fails(bytes, spoilt[i].message);
    }
}

/* A dump that was cut anywhere fails, or is one without a triage part. */
static void test_cut_anywhere(void)
{
    const BuilderDump what = {.code = 0x7E, .modules = modules};
    g_autoptr(GByteArray) whole = dump_build(&what);

    for (guint length = 0; length < whole->len; length++) {
        g_autoptr(GByteArray) bytes = g_byte_array_new();
        /* exactly as long, so that the sanitizer sees a read past the end */
        g_byte_array_append(bytes, whole->data, length);
        g_autofree guint8 *exact = g_memdup2(bytes->data, length);
        g_autoptr(Dump) dump = NULL;
        g_assert_false(dump_parse_any(exact, length, "cut.dmp", &dump, NULL));
    }
}

/* A list or a name may end with the file, not one byte later. */
static void test_end_of_file(void)
{
    const BuilderDump what = {.code = 0x7E, .modules = modules};
    g_autoptr(GByteArray) list = dump_build(&what);
    guint32 at = list->len;
    g_byte_array_set_size(list, at + 3 * BUILDER_DRIVER_SIZE);
    memcpy(list->data + at, list->data + BUILDER_DRIVERS, 3 * BUILDER_DRIVER_SIZE);
    bytes_put32(list, 0x2000 + 0x30, at);
    g_autoptr(Dump) with_list = parse_ok(list);
    g_byte_array_set_size(list, list->len - 1);
    parse_fails(list, "list of drivers");

    g_autoptr(GByteArray) name = dump_build(&what);
    at = name->len;
    g_byte_array_append(name, (const guint8 *)"\2\0\0\0a\0b\0", 8);
    bytes_put32(name, BUILDER_DRIVERS, at);
    g_autoptr(Dump) with_name = parse_ok(name);
    g_assert_cmpstr(((const DumpModule *)with_name->modules->pdata[0])->name, ==, "ab");
    g_byte_array_set_size(name, name->len - 1);
    parse_fails(name, "name is longer");
    g_byte_array_set_size(name, at + 3);
    parse_fails(name, "name lies outside");
}

static void test_many_drivers(void)
{
    const BuilderDump what = {.code = 0x7E, .modules = modules};
    g_autoptr(GByteArray) bytes = dump_build(&what);
    guint name = BUILDER_DRIVERS + 3 * BUILDER_DRIVER_SIZE;
    gsize list = bytes->len;

    g_byte_array_set_size(bytes, (guint)(list + 5000 * BUILDER_DRIVER_SIZE));
    for (guint i = 0; i < 5000; i++)
        bytes_put32(bytes, list + i * BUILDER_DRIVER_SIZE, name);
    bytes_put32(bytes, 0x2000 + 0x30, (guint32)list);
    bytes_put32(bytes, 0x2000 + 0x34, 5000);
    g_autoptr(Dump) dump = parse_ok(bytes);
    g_assert_cmpuint(dump->modules->len, ==, 4096);
}

static void test_files(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Dump) dump = NULL;
    const BuilderDump what = {.code = 0x7E, .modules = modules};
    g_autoptr(GByteArray) bytes = dump_build(&what);
    g_autofree char *folder = g_dir_make_tmp("truce-dump-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "test.dmp", NULL);

    g_assert_false(dump_read(path, &dump, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    g_clear_error(&error);
    g_assert_true(g_file_set_contents(path, "", 0, NULL));
    g_assert_false(dump_read(path, &dump, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    g_clear_error(&error);
    g_assert_true(g_file_set_contents(path, (const char *)bytes->data, bytes->len, NULL));
    g_assert_true(dump_read(path, &dump, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(dump->modules->len, ==, 3);
    g_unlink(path);
    g_rmdir(folder);
}

/* What WinDbg says of it: 1000007E (ffffffffc0000005, …), amdppm+334C, 151 drivers. */
static void test_real(void)
{
    const char *folder = g_getenv("TRUCE_TEST_DUMPS");
    g_autoptr(GError) error = NULL;
    g_autoptr(Dump) dump = NULL;

    if (!folder) {
        g_test_skip("$TRUCE_TEST_DUMPS names no folder with triage_x64.dmp");
        return;
    }
    g_autofree char *path = g_build_filename(folder, "triage_x64.dmp", NULL);
    g_assert_true(dump_read(path, &dump, &error));
    g_assert_no_error(error);
    g_assert_cmphex(dump->code, ==, 0x1000007E);
    g_assert_cmphex(dump->parameters[0], ==, 0xFFFFFFFFC0000005);
    g_assert_cmpuint(dump->modules->len, ==, 151);
    g_assert_cmpstr(((const DumpModule *)dump->modules->pdata[0])->name, ==, "ntoskrnl.exe");
    g_assert_nonnull(dump->faulting);
    g_assert_cmpstr(dump->faulting->name, ==, "amdppm.sys");
    g_assert_cmphex(dump->offset, ==, 0x334C);
    g_assert_cmphex(dump->exception.code, ==, 0xC0000005); /* of the record on the stack */
    g_assert_cmphex(dump->exception.address, ==, dump->address);
    g_assert_cmphex(dump->context.registers[DUMP_RIP], ==, dump->address);
    g_assert_cmpuint(dump->processors, ==, 16);
    g_assert_cmpstr(dump->os_lab, ==, "19041.1.amd64fre.vb_release.191206-1406");
    g_assert_cmpuint(dump->unloaded->len, ==, 4);
    g_assert_cmpstr(((const DumpModule *)dump->unloaded->pdata[0])->name, ==, "dam.sys");
    g_assert_cmpuint(dump->stack->len, ==, 3);
    g_assert_cmpuint(dump->notes->len, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/dump/members", test_members);
    g_test_add_func("/dump/address", test_address);
    g_test_add_func("/dump/module-ends", test_module_ends);
    g_test_add_func("/dump/names", test_names);
    g_test_add_func("/dump/header-alone", test_header_alone);
    g_test_add_func("/dump/machine", test_machine);
    g_test_add_func("/dump/triage-parts", test_triage_parts);
    g_test_add_func("/dump/spoilt", test_spoilt);
    g_test_add_func("/dump/cut-anywhere", test_cut_anywhere);
    g_test_add_func("/dump/end-of-file", test_end_of_file);
    g_test_add_func("/dump/many-drivers", test_many_drivers);
    g_test_add_func("/dump/files", test_files);
    g_test_add_func("/dump/real", test_real);
    return g_test_run();
}
