/* SPDX-License-Identifier: GPL-2.0-or-later
 * QEMU's register dumps: of its two shapes, and of anything else.
 */
#include <string.h>

#include "host/machine.h"
#include "host/registers.h"

static void test_two_processors(void)
{
    static const char text[] =
        "\r\nCPU#0\r\n"
        "RAX=ffffffff81c2f1ab RBX=0000000000000000 RCX=0000000000000001 RDX=0000000000000000\r\n"
        "R12=0000000000000000 R13=0000000000000000 R14=0000000000000000 R15=0000000000000000\r\n"
        "RIP=ffffffff81c2f1ab RFL=00000246 [---Z-P-] CPL=0 II=0 A20=1 SMM=0 HLT=1\r\n"
        "ES =0000 0000000000000000 00000000 00000000\r\n"
        "\r\nCPU#1\r\n"
        "EIP=00401000 EFL=00000002 [-------] CPL=3 II=0 A20=1 SMM=0 HLT=0\r\n";
    g_autoptr(GArray) cpus = registers_parse(text);

    g_assert_cmpuint(cpus->len, ==, 2);
    const MachineCpu *first = &g_array_index(cpus, MachineCpu, 0);
    g_assert_cmphex(first->pc, ==, 0xffffffff81c2f1ab);
    g_assert_true(first->halted);
    g_assert_false(first->user);
    g_assert_false(first->masked);
    const MachineCpu *second = &g_array_index(cpus, MachineCpu, 1);
    g_assert_cmphex(second->pc, ==, 0x401000);
    g_assert_false(second->halted);
    g_assert_true(second->user);
    g_assert_true(second->masked);
}

static void test_nothing(void)
{
    static const char *const texts[] = {
        "",
        "\n",
        "RIP=",
        "RIP=zz CPL=0 HLT=0",
        "RIP=12\nCPL=0 HLT=1\n",
        "RIP=12 CPL=0 HLT=1\n",
        "CPL=0 HLT=1",
        "info registers: unknown command",
    };
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GArray) cpus = registers_parse(texts[i]);
        g_assert_cmpuint(cpus->len, ==, 0);
    }
}

static void test_many(void)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < 1000; i++)
        g_string_append(text, "RIP=0000000000000001 RFL=00000000 CPL=0 II=0 HLT=0\n");
    g_autoptr(GArray) cpus = registers_parse(text->str);
    g_assert_cmpuint(cpus->len, ==, MACHINE_CPUS_MAX);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/registers/two-processors", test_two_processors);
    g_test_add_func("/registers/nothing", test_nothing);
    g_test_add_func("/registers/many", test_many);
    return g_test_run();
}
