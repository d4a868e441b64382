/* SPDX-License-Identifier: GPL-2.0-or-later
 * What the files of machine-fault.h share, and how they end with a machine's domain.
 */
#pragma once

#include "host/machine-fault.h"
#include "host/machine-private.h"
#include "host/write-log.h"

typedef struct CpuThief CpuThief;

/* A filter that QEMU has between an image's format and its file, so that what lies below can be
 * exchanged while the guest runs. */
typedef struct {
    char *node;
    char *below; /* node that it normally passes everything to */
    bool read_only;
    bool failing; /* a blkdebug node is between the two */
} DiskSwitch;

/* What a domain has of faults; made with the first. */
struct MachineFaults {
    CpuThief *thief;
    GPtrArray *switches; /* of DiskSwitch*, the guest's own image first; NULL: none yet */
    char *log;           /* of its writes; NULL: not recorded … */
    char *before;        /* … and the disk as it was when that began */
};

struct MachineFaults *machine_faults(Machine *machine);

/* The domain ends: lets QEMU run and forgets the rest. */
void machine_faults_end(Machine *machine);

/* QEMU's process, checked to be this machine's; close it. */
bool machine_qemu(Machine *machine, int *ret_pidfd, GError **error);

/* Whether a thread that QEMU names is one of the machine's QEMU on this host. */
bool machine_has_thread(const Machine *machine, gint64 thread);

/* Takes away processor time until cpu_thief_free(); the pidfd is copied. */
CpuThief *cpu_thief_new(int pidfd, guint percent);
void cpu_thief_free(CpuThief *thief);
