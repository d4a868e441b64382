/* SPDX-License-Identifier: GPL-2.0-or-later
 * Reading user minidumps.
 */
#include "triage/dump.h"

#include <string.h>

#include "memory-builder.h"
#include "util/error.h"

static const BuilderModule modules[] = {
    {"C:\\Program Files\\Alder\\alder-svc.exe", 0x140000000, 0x20000, 0x22222222},
    {"C:\\Windows\\System32\\ntdll.dll", 0x7FF800000000, 0x200000, 0x11111111},
    {NULL, 0, 0, 0},
};
static const guint64 stack[] = {0x140001234, 9, 0x7FF800001111, 0x140002345, 0};
static const BuilderDump crash = {.rip = 0x140001F2A,
                                  .exception_status = 0xC0000005,
                                  .exception_address = 0x140001F2A,
                                  .modules = modules};

static Dump *parse_ok(const GByteArray *bytes)
{
    g_autoptr(GError) error = NULL;
    Dump *dump = NULL;

    dump_parse_any(bytes->data, bytes->len, "test.dmp", &dump, &error);
    g_assert_no_error(error);
    return dump;
}

static void test_members(void)
{
    for (UserStack where = 0; where < USER_STACKS; where++) {
        g_autoptr(GByteArray) bytes = user_dump(&crash, stack, where);
        g_autoptr(Dump) dump = parse_ok(bytes);

        g_assert_true(dump->user);
        g_assert_cmpstr(dump_type_name(dump), ==, "user");
        g_assert_cmpuint(dump->os_major, ==, 10);
        g_assert_cmpuint(dump->os_build, ==, 22631);
        g_assert_cmpuint(dump->processors, ==, 4);
        g_assert_cmpuint(dump->process_id, ==, 1234);
        g_assert_cmpuint(dump->thread_id, ==, 42);
        g_assert_cmpuint(dump->uptime_ms, ==, 60000);
        g_assert_cmphex(dump->exception.code, ==, 0xC0000005);
        g_assert_cmphex(dump->context.registers[DUMP_RIP], ==, 0x140001F2A);
        g_assert_cmpstr(dump->faulting->name, ==, "alder-svc.exe");
        g_assert_cmphex(dump->offset, ==, 0x1F2A);
        g_assert_cmphex(dump->faulting->version, ==, 0x0007000100020003);
        g_assert_cmpuint(dump->unloaded->len, ==, 1);
        g_assert_cmpstr(((const DumpModule *)dump->unloaded->pdata[0])->name, ==, "gone.dll");
        g_assert_cmpuint(dump->stack_bytes, ==, 32);
        g_assert_cmpuint(dump->stack->len, ==, 2);
        g_assert_cmpuint(((const DumpStackModule *)dump->stack->pdata[0])->count, ==, 2);
    }
}

/* The engine asks for kernel dumps: this is none. */
static void test_no_kernel_dump(void)
{
    g_autoptr(GByteArray) bytes = user_dump(&crash, stack, USER_STACK_THREAD);
    g_autoptr(GError) error = NULL;
    Dump *dump = NULL;

    g_assert_false(dump_parse(bytes->data, bytes->len, "test.dmp", &dump, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
}

static void test_no_exception(void)
{
    g_autoptr(GByteArray) bytes = user_dump(&crash, stack, USER_STACK_THREAD);
    bytes_put32(bytes, 0x20 + 12 * 2, 0); /* its stream is unused now */
    g_autoptr(Dump) dump = parse_ok(bytes);

    g_assert_false(dump->exception.known);
    g_assert_cmphex(dump->address, ==, 0);
    g_assert_null(dump->faulting);
    g_assert_cmpuint(dump->thread_id, ==, 41);
    g_assert_nonnull(strstr(dump->notes->pdata[0], "No exception"));
}

static void test_spoilt(void)
{
    static const struct {
        gsize offset;
        guint32 value;
        const char *message;
    } spoilt[] = {
        {0x08, 0xFFFFFFFF, "directory of streams"},
        {0x0C, 0xFFFFFFFF, "directory of streams"},
        {0x24, 0xFFFFFFFF, "a stream is longer"},
        {0x28, 0xFFFFFFFF, "a stream is longer"},
        {0x24, 5, "a list is longer"},
        {0x20 + 12 * 2 + 4, 8, "exception is cut short"},
        {0x20 + 12 * 3 + 4, 8, "system's description"},
        {0x20 + 12 * 5 + 4, 8, "unloaded modules is cut short"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(spoilt); i++) {
        g_autoptr(GByteArray) bytes = user_dump(&crash, stack, USER_STACK_THREAD);
        g_autoptr(GError) error = NULL;
        Dump *dump = NULL;
        bytes_put32(bytes, spoilt[i].offset, spoilt[i].value);
        g_assert_false(dump_parse_any(bytes->data, bytes->len, "test.dmp", &dump, &error));
        g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
        g_assert_true(g_str_has_prefix(error->message, "test.dmp: byte 0x"));
        g_assert_nonnull(strstr(error->message, spoilt[i].message));
    }
}

static void test_cut_anywhere(void)
{
    for (UserStack where = 0; where < USER_STACKS; where++) {
        g_autoptr(GByteArray) whole = user_dump(&crash, stack, where);
        for (guint length = 0; length < whole->len; length++) {
            g_autofree guint8 *exact = g_memdup2(whole->data, length);
            g_autoptr(Dump) dump = NULL;
            if (dump_parse_any(exact, length, "cut.dmp", &dump, NULL))
                g_assert_cmpuint(length, >, 0x700); /* what is cut off is a list that is not read */
        }
    }
}

static void test_neither(void)
{
    g_autoptr(GError) error = NULL;
    Dump *dump = NULL;

    g_assert_false(dump_parse_any((const guint8 *)"ELF.....", 8, "x.dmp", &dump, &error));
    g_assert_cmpstr(error->message, ==,
                    "x.dmp: byte 0x0: this is no Windows crash dump: neither PAGEDU64 nor MDMP");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/dump-user/members", test_members);
    g_test_add_func("/dump-user/no-kernel-dump", test_no_kernel_dump);
    g_test_add_func("/dump-user/no-exception", test_no_exception);
    g_test_add_func("/dump-user/spoilt", test_spoilt);
    g_test_add_func("/dump-user/cut-anywhere", test_cut_anywhere);
    g_test_add_func("/dump-user/neither", test_neither);
    return g_test_run();
}
