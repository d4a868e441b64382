/* SPDX-License-Identifier: GPL-2.0-or-later
 * How many guests fit: memory, processors, disk.
 */
#include "run/budget.h"

#include <string.h>

#include "util/error.h"

static const char meminfo[] = "MemTotal:       16000000 kB\nMemFree:         100000 kB\n"
                              "MemAvailable:    8000000 kB\n";

static void test_meminfo(void)
{
    g_assert_cmpuint(budget_memory_mib(meminfo), ==, 8000000 / 1024 - 16000000 / 1024 / 10);
    g_assert_cmpuint(budget_memory_mib(""), ==, 0);
    g_assert_cmpuint(budget_memory_mib("MemTotal: 100 kB"), ==, 0);
    g_assert_cmpuint(budget_memory_mib("MemTotal: 9000000 kB\nMemAvailable: 1000 kB\n"), ==, 0);
}

static void test_memory(void)
{
    Budget budget = {.memory_mib = 1000, .cpus = 8, .folders = {"/", "/"}};
    Guest small = {.memory_mib = 200, .vcpus = 1}, big = {.memory_mib = 800, .vcpus = 1};
    g_autoptr(GPtrArray) running = g_ptr_array_new();

    g_assert_true(budget_has_memory(&budget, running, &big));
    g_ptr_array_add(running, &small);
    g_assert_false(budget_has_memory(&budget, running, &big));
    g_ptr_array_add(running, &small);
    g_assert_true(budget_has_memory(&budget, running, &small));
    g_ptr_array_add(running, &small);
    g_assert_false(budget_has_memory(&budget, running, &small));
}

static void test_jobs(void)
{
    Budget budget = {.memory_mib = 1200, .cpus = 8, .folders = {"/", "/"}};
    Guest small = {.memory_mib = 204, .vcpus = 1}, wide = {.memory_mib = 204, .vcpus = 3};
    g_autoptr(GHashTable) guests = g_hash_table_new(g_str_hash, g_str_equal);

    g_hash_table_insert(guests, (char *)"small", &small);
    guint jobs = budget_jobs(&budget, guests);
    g_assert_cmpuint(jobs, <=, 4); /* fewer where this host's disk is nearly full */
    if (budget_check_disk(&budget, 4, NULL))
        g_assert_cmpuint(jobs, ==, 4);
    g_hash_table_insert(guests, (char *)"wide", &wide);
    g_assert_cmpuint(budget_jobs(&budget, guests), <=, 2);
    budget.memory_mib = 0; /* one is always tried */
    g_assert_cmpuint(budget_jobs(&budget, guests), ==, 1);
}

static void test_disk(void)
{
    Budget budget = {.memory_mib = 1, .cpus = 1, .folders = {"/", "/"}};
    g_autoptr(GError) error = NULL;

    g_assert_false(budget_check_disk(&budget, G_MAXUINT, &error)); /* 4 EiB */
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB);
    g_assert_true(g_str_has_prefix(error->message, "no disk space: '/' has "));
    g_assert_null(strchr(error->message, '\n'));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/budget/meminfo", test_meminfo);
    g_test_add_func("/budget/memory", test_memory);
    g_test_add_func("/budget/jobs", test_jobs);
    g_test_add_func("/budget/disk", test_disk);
    return g_test_run();
}
