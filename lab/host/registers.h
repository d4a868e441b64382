/* SPDX-License-Identifier: GPL-2.0-or-later
 * What QEMU's `info registers -a` says of x86 processors, for machine_cpus().
 *
 *     CPU#0
 *     RAX=… … RIP=ffffffff81c2f1ab RFL=00000246 [---Z-P-] CPL=0 II=0 A20=1 SMM=0 HLT=1
 *
 * A processor in 32-bit mode says EIP and EFL. Source: QEMU's target/i386/cpu-dump.c.
 */
#pragma once

#include <glib.h>

/* Of MachineCpu, at most MACHINE_CPUS_MAX; processors whose line is not as above are left out. */
GArray *registers_parse(const char *text);
