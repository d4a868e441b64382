/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bugcheck handler's pure parts: the stop code and the triage dump's layout. */
#include "stop-code.h"
#include "triage-dump.h"

#include <glib.h>
#include <string.h>

#define IP 0x421234u

static void expect_stop(struct stop stop, uint32_t code, uint64_t p1, uint64_t p2, uint64_t p3,
                        uint64_t p4)
{
    g_assert_cmphex(stop.code, ==, code);
    g_assert_cmphex(stop.parameter[0], ==, p1);
    g_assert_cmphex(stop.parameter[1], ==, p2);
    g_assert_cmphex(stop.parameter[2], ==, p3);
    g_assert_cmphex(stop.parameter[3], ==, p4);
}

#define RECORD 1
#define CONTEXT_AT 2

static struct trap access_trap(uint64_t access, uint64_t address)
{
    return (struct trap){.status = 0xc0000005,
                         .ip = IP,
                         .access = access,
                         .address = address,
                         .record = RECORD,
                         .context = CONTEXT_AT,
                         .in_driver = true};
}

static void test_access_violations(void)
{
    uint64_t kernel = 0xffff840500000074u, av = 0xffffffffc0000005u;
    struct trap t = access_trap(0, kernel);

    expect_stop(stop_choose(&t), 0x50, kernel, 0, IP, 2);
    t = access_trap(1, kernel);
    expect_stop(stop_choose(&t), 0x50, kernel, 2, IP, 2);
    t = access_trap(8, kernel);
    expect_stop(stop_choose(&t), 0x50, kernel, 0x10, IP, 2);
    t = access_trap(0, 0x9c);
    expect_stop(stop_choose(&t), 0x7e, av, IP, RECORD, CONTEXT_AT);
    t.system_service = true;
    expect_stop(stop_choose(&t), 0x3b, 0xc0000005, IP, CONTEXT_AT, 0);
    /* Non-canonical: the processor gives no address, Windows no page fault. */
    t = access_trap(0, UINT64_MAX);
    t.irql = 2;
    expect_stop(stop_choose(&t), 0x7e, av, IP, RECORD, CONTEXT_AT);
    t = access_trap(8, 0x5000);
    t.mapped = true;
    expect_stop(stop_choose(&t), 0xfc, 0x5000, 0, 0, 0);
}

static void test_places(void)
{
    struct trap t = access_trap(1, 0x5000);

    t.irql = 2;
    expect_stop(stop_choose(&t), 0xd1, 0x5000, 2, 1, IP);
    t.in_driver = false;
    expect_stop(stop_choose(&t), 0x0a, 0x5000, 2, 1, IP);
    t.freed_pool = true;
    expect_stop(stop_choose(&t), 0xd5, 0x5000, 1, IP, 0);
    t.freed_pool = false;
    t.beyond_pool = true;
    expect_stop(stop_choose(&t), 0xd6, 0x5000, 1, IP, 0);
    t.unloaded = true;
    expect_stop(stop_choose(&t), 0xce, 0x5000, 1, IP, 0);
}

static void test_other_exceptions(void)
{
    struct trap t = {.status = 0xc0000094, .ip = IP, .record = RECORD, .context = CONTEXT_AT};

    expect_stop(stop_choose(&t), 0x7e, 0xffffffffc0000094u, IP, RECORD, CONTEXT_AT);
    t.status = 0x80000003;
    expect_stop(stop_choose(&t), 0x7e, 0xffffffff80000003u, IP, RECORD, CONTEXT_AT);
    t.status = 0xc00000fd;
    expect_stop(stop_choose(&t), 0x7f, 8, 0, 0, IP);
    t.status = 0xc0000409;
    t.address = 3;
    expect_stop(stop_choose(&t), 0x139, 3, CONTEXT_AT, RECORD, 0);
}

static uint64_t get(const uint8_t *at, size_t bytes)
{
    uint64_t value = 0;

    for (size_t i = 0; i < bytes; i++)
        value |= (uint64_t)at[i] << (8 * i);
    return value;
}

static void name_module(struct triage_module *module, const char *path)
{
    for (size_t i = 0; path[i]; i++)
        module->path[i] = (uint16_t)path[i];
}

static struct triage_crash sample(struct triage_module *modules, const uint8_t *context,
                                  const uint8_t *exception, const uint8_t *stack)
{
    static const struct triage_unloaded unloaded = {
        .base = 0x500000,
        .size = 0x3000,
        .name = {'c', 'e', 'd', 'a', 'r', '.', 's', 'y', 's'},
    };
    struct triage_crash crash = {
        .code = 0x7e,
        .parameter = {0xffffffffc0000005u, IP, 3, 4},
        .context = context,
        .context_size = 1232,
        .exception = exception,
        .system_time = 0x01dd7a33dea2b65e,
        .uptime = 123456789,
        .build = 18362,
        .comment = "a comment",
        .stack_address = 0x239fd28,
        .stack = stack,
        .stack_size = 100,
        .modules = modules,
        .module_count = 2,
        .unloaded = &unloaded,
        .unloaded_count = 1,
    };

    name_module(&modules[0], "C:\\windows\\system32\\ntoskrnl.exe");
    modules[0].base = 0x31ca90000;
    name_module(&modules[1], "C:\\windows\\system32\\drivers\\alder.sys");
    modules[1].base = 0x420000;
    modules[1].entry = 0x421000;
    modules[1].size = 0x9000;
    modules[1].timestamp = 0x6720a1b2;
    modules[1].checksum = 0xabcd;
    return crash;
}

static void check_header(const uint8_t *d, size_t size)
{
    g_assert_cmpmem(d, 8, "PAGEDU64", 8);
    g_assert_cmphex(get(d + 0x0c, 4), ==, 18362);
    g_assert_cmphex(get(d + 0x30, 4), ==, 0x8664);
    g_assert_cmphex(get(d + 0x38, 4), ==, 0x7e);
    g_assert_cmphex(get(d + 0x48, 8), ==, IP);
    g_assert_cmpmem(d + 0x10, 4, "PAGE", 4);
    g_assert_cmphex(d[0x348 + 0xf8], ==, 0x11);
    g_assert_cmphex(d[0xf00], ==, 0x22);
    g_assert_cmphex(get(d + 0xf98, 4), ==, 4);
    g_assert_cmphex(get(d + 0xfa0, 8), ==, size);
    g_assert_cmphex(get(d + 0xfa8, 8), ==, 0x01dd7a33dea2b65eu);
    g_assert_cmpstr((const char *)d + 0xfb0, ==, "a comment");
    g_assert_cmphex(get(d + 0x1030, 8), ==, 123456789);
}

static void check_triage(const uint8_t *d, size_t size)
{
    const uint8_t *h = d + 0x2000, *entry, *name;
    size_t stack = get(h + 0x28, 4), drivers = get(h + 0x30, 4);

    g_assert_cmphex(get(h + 0x04, 4), ==, size);
    g_assert_cmpmem(d + get(h + 0x08, 4), 4, "TRGD", 4);
    g_assert_cmphex(get(h + 0x0c, 4), ==, 0x348);
    g_assert_cmphex(get(h + 0x10, 4), ==, 0xf00);
    const uint8_t *unloaded = d + get(h + 0x18, 4);
    g_assert_cmphex(get(unloaded, 8), ==, 1);
    g_assert_cmphex(get(unloaded + 8, 2), ==, 18);
    g_assert_cmphex(get(unloaded + 0x18, 4), ==, 'c' | 'e' << 16);
    g_assert_cmphex(get(unloaded + 0x30, 8), ==, 0x500000);
    g_assert_cmphex(get(unloaded + 0x38, 8), ==, 0x503000);
    g_assert_cmphex(get(h + 0x2c, 4), ==, 100);
    g_assert_cmphex(d[stack], ==, 0x33);
    g_assert_cmphex(d[stack + 99], ==, 0x33);
    g_assert_cmphex(get(h + 0x34, 4), ==, 2);
    g_assert_cmphex(get(h + 0x48, 8), ==, 0x239fd28);
    entry = d + drivers + 0x90;
    g_assert_cmphex(get(entry + 0x38, 8), ==, 0x420000);
    g_assert_cmphex(get(entry + 0x40, 8), ==, 0x421000);
    g_assert_cmphex(get(entry + 0x48, 4), ==, 0x9000);
    g_assert_cmphex(get(entry + 0x80, 4), ==, 0xabcd);
    g_assert_cmphex(get(entry + 0x88, 4), ==, 0x6720a1b2);
    name = d + get(entry, 4);
    g_assert_cmpuint(get(name, 4), ==, strlen("C:\\windows\\system32\\drivers\\alder.sys"));
    g_assert_cmphex(get(name + 4, 4), ==, 'C' | ':' << 16);
    g_assert_cmpuint(get(h + 0x38, 4) + get(h + 0x3c, 4), ==, stack);
}

static void test_dump(void)
{
    struct triage_module modules[2] = {0};
    uint8_t context[1232] = {0}, exception[TRIAGE_EXCEPTION_SIZE] = {0}, stack[100] = {0};
    struct triage_crash crash = sample(modules, context, exception, stack);
    size_t size = triage_dump_size(&crash);
    g_autofree uint8_t *dump = g_malloc(size), *small = g_malloc(size - 1);

    memset(context, 0x11, sizeof context);
    memset(exception, 0x22, sizeof exception);
    memset(stack, 0x33, sizeof stack);
    g_assert_cmpuint(triage_dump_build(&crash, small, size - 1), ==, 0);
    g_assert_cmpuint(triage_dump_build(&crash, dump, size), ==, size);
    check_header(dump, size);
    check_triage(dump, size);
}

static void test_limits(void)
{
    struct triage_module modules[2] = {0};
    uint8_t context[1232] = {0}, exception[TRIAGE_EXCEPTION_SIZE] = {0}, stack[100] = {0};
    struct triage_crash crash = sample(modules, context, exception, stack), bad = crash;

    bad.module_count = TRIAGE_MODULES_MAX + 1;
    g_assert_cmpuint(triage_dump_size(&bad), ==, 0);
    bad = crash;
    bad.unloaded_count = TRIAGE_UNLOADED_MAX + 1;
    g_assert_cmpuint(triage_dump_size(&bad), ==, 0);
    bad = crash;
    bad.stack_size = TRIAGE_STACK_MAX + 1;
    g_assert_cmpuint(triage_dump_size(&bad), ==, 0);
    bad = crash;
    bad.context_size = TRIAGE_CONTEXT_MAX + 1;
    g_assert_cmpuint(triage_dump_size(&bad), ==, 0);
    /* A path without an end is taken to the array's. */
    for (size_t i = 0; i < TRIAGE_PATH_MAX; i++)
        modules[0].path[i] = 'x';
    g_assert_cmpuint(triage_dump_size(&crash), >, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/agent/bugcheck/access-violations", test_access_violations);
    g_test_add_func("/agent/bugcheck/places", test_places);
    g_test_add_func("/agent/bugcheck/other-exceptions", test_other_exceptions);
    g_test_add_func("/agent/bugcheck/dump", test_dump);
    g_test_add_func("/agent/bugcheck/limits", test_limits);
    return g_test_run();
}
