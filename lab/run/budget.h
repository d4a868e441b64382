/* SPDX-License-Identifier: GPL-2.0-or-later
 * How many guests this host can hold at once: its memory, its disk, its processors.
 *
 * A guest counts with all the memory that its recipe gives it, though a clone shares most of it
 * with its template: it may touch all of it. Its overlay and evidence count with
 * BUDGET_DISK_BYTES, which the run and the state folder must both have free for each guest.
 */
#pragma once

#include "model/guest.h"

#define BUDGET_DISK_BYTES (1024ull << 20)
#define BUDGET_QEMU_MIB 96u /* what QEMU itself needs beside the guest's memory */
#define BUDGET_JOBS_MAX 64u

typedef struct {
    guint64 memory_mib; /* for all guests together: what is available now, but for a reserve */
    guint cpus;
    const char *folders[2]; /* the run's and the lab's state folder; belong to the caller */
} Budget;

/* Looks at the host. TRUCE_ERROR_LAB where it does not tell. */
bool budget_measure(const char *run_folder, const char *state_folder, Budget *ret_budget,
                    GError **error);

/* What of the text of /proc/meminfo guests may use, in MiB: MemAvailable less a tenth of MemTotal;
 * 0 where the text does not tell. */
guint64 budget_memory_mib(const char *meminfo);

/* Whether the disks have room for so many guests at once. TRUCE_ERROR_LAB: `no disk space: …`. */
bool budget_check_disk(const Budget *budget, guint guests, GError **error);

/* Whether the memory has room for another guest beside those (of const Guest*). */
bool budget_has_memory(const Budget *budget, const GPtrArray *guests, const Guest *another);

/* For --jobs auto: how many of the largest of these guests (name → Guest*) fit at once, from 1 to
 * BUDGET_JOBS_MAX; no more than the processors can run. */
guint budget_jobs(const Budget *budget, GHashTable *guests);
