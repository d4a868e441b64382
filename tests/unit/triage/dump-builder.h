/* SPDX-License-Identifier: GPL-2.0-or-later
 * Makes triage dumps for tests: a right one, which a test then spoils.
 */
#pragma once

#include <glib.h>

typedef struct {
    const char *path; /* as in the dump: `\SystemRoot\system32\drivers\alder.sys`, UTF-8 */
    guint64 base;
    guint32 size;
    guint32 timestamp;
} BuilderModule;

typedef struct {
    guint32 code;
    guint64 parameters[4];
    guint32 type; /* 0: triage */
    guint64 rip;  /* 0: unset */
    guint64 rsp;  /* 0: unset */
    guint32 exception_status;
    guint64 exception_address;
    const BuilderModule *modules;  /* ended by one without a path; NULL: none */
    const BuilderModule *unloaded; /* the same; triage dumps only */
    const guint64 *stack;          /* ended by 0, at `rsp`; NULL: none; triage dumps only */
} BuilderDump;

/* Where the driver list of a built dump begins. */
#define BUILDER_DRIVERS 0x2100
#define BUILDER_DRIVER_SIZE 0x90

GByteArray *dump_build(const BuilderDump *what);

/* Writes the header of a kernel dump into the first 0x2000 bytes, which are there. */
void builder_header(GByteArray *bytes, const BuilderDump *what);

void bytes_put32(GByteArray *bytes, gsize offset, guint32 value);
void bytes_put64(GByteArray *bytes, gsize offset, guint64 value);
