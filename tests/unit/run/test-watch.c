/* SPDX-License-Identifier: GPL-2.0-or-later
 * What samples of processors and the host's memory say.
 */
#include <string.h>

#include "run/watch.h"

static char *text_of(const MachineCpu *cpus, guint count, guint instants)
{
    g_autoptr(GArray) samples = g_array_new(FALSE, FALSE, sizeof(MachineCpu));
    g_array_append_vals(samples, cpus, count);
    return watch_cpus_text(samples, instants);
}

static void test_spin(void)
{
    const MachineCpu cpus[] = {
        {.pc = 0x10, .user = true}, {.pc = 0x14, .user = true}, {.pc = 0x10, .user = true}};
    g_autofree char *text = text_of(cpus, 3, 3);
    g_assert_cmpstr(text, ==, "its processors spin in user mode, at 2 addresses in 3 looks (0x10)");
}

static void test_halted(void)
{
    const MachineCpu cpus[] = {{.pc = 0x10, .halted = true}, {.pc = 0x10, .halted = true}};
    g_autofree char *text = text_of(cpus, 2, 2);
    g_assert_cmpstr(text, ==, "its processors stood halted each of 2 times");
    const MachineCpu dead[] = {{.halted = true, .masked = true}, {.halted = true, .masked = true}};
    g_autofree char *for_ever = text_of(dead, 2, 1);
    g_assert_cmpstr(for_ever, ==,
                    "its processors stood halted, with interrupts off, each of 1 times");
    g_autofree char *one = text_of(dead, 1, 1);
    g_assert_nonnull(strstr(one, "interrupts off"));
}

static void test_busy(void)
{
    MachineCpu cpus[20];
    for (guint i = 0; i < G_N_ELEMENTS(cpus); i++)
        cpus[i] = (MachineCpu){.pc = 0x1000 + i, .user = i % 2 == 0};
    g_autofree char *busy = text_of(cpus, 20, 20);
    g_assert_cmpstr(busy, ==, "its processors were busy each of 20 times");
    cpus[3].halted = true;
    g_autofree char *mixed = text_of(cpus, 20, 20);
    g_assert_cmpstr(mixed, ==, "its processors were halted 1 times of 20");
    g_autofree char *none = text_of(cpus, 0, 3);
    g_assert_cmpstr(none, ==, "its processors could not be looked at");
}

static void test_memory(void)
{
    g_autofree char *trouble =
        watch_memory_trouble("MemTotal: 4000000 kB\nMemAvailable:      2048 kB\n");
    g_assert_nonnull(strstr(trouble, "2 MiB"));
    g_assert_null(watch_memory_trouble("MemTotal: 4000000 kB\nMemAvailable: 2000000 kB\n"));
    g_assert_null(watch_memory_trouble(""));
}

static void test_disk(void)
{
    g_autofree char *tmp = watch_host_trouble(g_get_tmp_dir());
    g_assert_null(tmp);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/watch/spin", test_spin);
    g_test_add_func("/watch/halted", test_halted);
    g_test_add_func("/watch/busy", test_busy);
    g_test_add_func("/watch/memory", test_memory);
    g_test_add_func("/watch/disk", test_disk);
    return g_test_run();
}
