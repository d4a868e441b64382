/* SPDX-License-Identifier: GPL-2.0-or-later
 * How many guests this host can hold at once.
 */
#include "run/budget.h"

#include <stdlib.h>
#include <string.h>

#include "util/error.h"
#include "util/files.h"

/* A line `Name:   123 kB`; 0 where there is none. */
static guint64 meminfo_mib(const char *meminfo, const char *name)
{
    const char *line = meminfo;
    gsize length = strlen(name);

    while (line && strncmp(line, name, length) != 0) {
        line = strchr(line, '\n');
        line = line ? line + 1 : NULL;
    }
    return line ? g_ascii_strtoull(line + length, NULL, 10) >> 10 : 0;
}

guint64 budget_memory_mib(const char *meminfo)
{
    guint64 available = meminfo_mib(meminfo, "MemAvailable:");
    guint64 reserve = meminfo_mib(meminfo, "MemTotal:") / 10;
    return available > reserve ? available - reserve : 0;
}

bool budget_measure(const char *run_folder, const char *state_folder, Budget *ret_budget,
                    GError **error)
{
    g_autofree char *meminfo = NULL;

    if (!g_file_get_contents("/proc/meminfo", &meminfo, NULL, NULL)) {
        g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_LAB,
                            "cannot read /proc/meminfo: how much memory guests may use is unknown");
        return false;
    }
    *ret_budget = (Budget){.memory_mib = budget_memory_mib(meminfo),
                           .cpus = g_get_num_processors(),
                           .folders = {run_folder, state_folder}};
    return true;
}

bool budget_check_disk(const Budget *budget, guint guests, GError **error)
{
    guint64 needed = BUDGET_DISK_BYTES * guests;

    for (guint i = 0; i < G_N_ELEMENTS(budget->folders); i++) {
        guint64 bytes;
        if (!files_free_bytes(budget->folders[i], &bytes, error))
            return false;
        if (bytes < needed) {
            g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB,
                        "no disk space: '%s' has %" G_GUINT64_FORMAT
                        " MiB free, %u guest%s %s %" G_GUINT64_FORMAT " MiB",
                        budget->folders[i], bytes >> 20, guests, guests == 1 ? "" : "s",
                        guests == 1 ? "needs" : "at once need", needed >> 20);
            return false;
        }
    }
    return true;
}

static guint64 needs_mib(const Guest *guest)
{
    return (guint64)guest->memory_mib + BUDGET_QEMU_MIB;
}

bool budget_has_memory(const Budget *budget, const GPtrArray *guests, const Guest *another)
{
    guint64 used = needs_mib(another);

    for (guint i = 0; i < guests->len; i++)
        used += needs_mib(guests->pdata[i]);
    return used <= budget->memory_mib;
}

guint budget_jobs(const Budget *budget, GHashTable *guests)
{
    guint64 memory = 1, jobs;
    guint vcpus = 1;
    GHashTableIter iter;
    gpointer guest;

    g_hash_table_iter_init(&iter, guests);
    while (g_hash_table_iter_next(&iter, NULL, &guest)) {
        memory = MAX(memory, needs_mib(guest));
        vcpus = MAX(vcpus, ((const Guest *)guest)->vcpus);
    }
    jobs = MIN(budget->memory_mib / memory, budget->cpus / vcpus);
    jobs = CLAMP(jobs, 1, BUDGET_JOBS_MAX);
    while (jobs > 1 && !budget_check_disk(budget, (guint)jobs, NULL))
        jobs--;
    return (guint)jobs;
}
