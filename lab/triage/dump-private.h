/* SPDX-License-Identifier: GPL-2.0-or-later
 * What the readers of crash dumps share: the file as bytes, and the memory that it holds.
 *
 * All numbers in dumps are little-endian; what was never set reads 'PAGE', again and again.
 * Sources of the layouts in these files: kdmp-parser, volatility3 (crash64), rizin and QEMU
 * (win_dump_defs.h), where they agree, checked against a real triage dump; user minidumps:
 * Microsoft's documentation of minidumpapiset.h.
 */
#pragma once

#include "triage/dump.h"

#define DUMP_HEADER_SIZE 0x2000
#define DUMP_PAGE_SIZE 0x1000
#define DUMP_MODULES_MAX 4096
#define DUMP_UNLOADED_MAX 64
#define DUMP_MACHINE_AMD64 0x8664
#define DUMP_MACHINE_ARM64 0xAA64
#define DUMP_UNSET_32 0x45474150u
#define DUMP_UNSET_64 0x4547415045474150u

enum {
    DUMP_TYPE_FULL = 1,
    DUMP_TYPE_SUMMARY = 2,
    DUMP_TYPE_HEADER = 3,
    DUMP_TYPE_TRIAGE = 4,
    DUMP_TYPE_BITMAP_FULL = 5,
    DUMP_TYPE_BITMAP_KERNEL = 6,
    DUMP_TYPE_AUTOMATIC = 7,
    DUMP_TYPE_KERNEL = 8,
    DUMP_TYPE_KERNEL_USER = 9,
    DUMP_TYPE_COMPLETE = 10,
};

/* dump-file.c: the file. The readers of numbers want bytes that dump_has() has found there. */
typedef struct {
    const guint8 *bytes;
    gsize length;
    const char *what;
} DumpFile;

bool dump_fail(const DumpFile *file, guint64 offset, const char *why, GError **error);
bool dump_has(const DumpFile *file, guint64 offset, guint64 size);
guint16 dump_u16(const guint8 *bytes);
guint32 dump_u32(const guint8 *bytes);
guint64 dump_u64(const guint8 *bytes);
guint32 dump_u32_at(const DumpFile *file, guint64 offset);
guint64 dump_u64_at(const DumpFile *file, guint64 offset);

/* The base name of a path in UTF-16, as dump.h promises names. Free with g_free(). */
char *dump_name(const guint8 *units, guint64 count);

/* Takes the name. */
DumpModule *dump_module_add(GPtrArray *modules, char *name, guint64 base, guint32 size);
void dump_note(Dump *dump, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* dump-physical.c: where the file holds a page of physical memory. */
#define DUMP_CHECKPOINTS 1024
#define DUMP_CACHE 1024

typedef enum { DUMP_PAGES_RUNS, DUMP_PAGES_BITMAP, DUMP_PAGES_RANGES } DumpPagesKind;

typedef struct {
    const DumpFile *file;
    DumpPagesKind kind;
    guint64 list;   /* file offset of runs or ranges, or of the bitmap */
    guint64 count;  /* of runs or ranges; of bits */
    guint64 first;  /* file offset of the first page */
    guint64 stride; /* runs, ranges or bytes of the bitmap from checkpoint to checkpoint */
    struct {
        guint64 before;          /* pages that come before it */
        guint64 lowest, highest; /* frames from here to the next; not of a bitmap */
    } checkpoints[DUMP_CHECKPOINTS];
    struct {
        guint64 frame, offset; /* offset 0: empty */
    } cache[DUMP_CACHE];
    gint64 budget; /* steps of search left: a hostile list cannot keep us for hours */
} DumpPhysical;

/* ret_none: the dump is of a type that holds no memory. */
bool dump_physical_open(const DumpFile *file, guint32 type, DumpPhysical *physical, bool *ret_none,
                        GError **error);
/* NULL: the dump does not hold that page. */
const guint8 *dump_physical_page(DumpPhysical *physical, guint64 frame);

/* dump-memory.c: virtual memory, by page tables or as a list of blocks. */
typedef struct DumpMemory {
    const DumpFile *file;
    /* Bytes from an address up to the end of what lies together, or NULL. */
    const guint8 *(*find)(struct DumpMemory *memory, guint64 address, guint64 *ret_left);
    guint64 list, count; /* of blocks: file offset of the table, and its entries */
    guint64 data;        /* file offset of the first block, where blocks follow each other */
    struct {
        guint64 address, offset, size;
    } stack; /* a block of its own in triage dumps and user minidumps */
    DumpPhysical *physical;
    guint64 table; /* of pages: DirectoryTableBase */
} DumpMemory;

/* Lists of blocks longer than this are read so far. */
#define DUMP_BLOCKS_MAX 65536

const guint8 *dump_memory_none(DumpMemory *memory, guint64 address, guint64 *ret_left);
const guint8 *dump_memory_pages(DumpMemory *memory, guint64 address, guint64 *ret_left);
const guint8 *dump_memory_stack(DumpMemory *memory, guint64 address, guint64 *ret_left);
bool dump_memory_read(DumpMemory *memory, guint64 address, void *buffer, guint64 size);
bool dump_memory_u64(DumpMemory *memory, guint64 address, guint64 *ret_value);
/* A UNICODE_STRING's base name, or NULL where it is not there or implausible. */
char *dump_memory_name(DumpMemory *memory, guint64 unicode_string);

/* dump-modules.c: what the kernel's own lists say. */
void dump_read_modules(DumpMemory *memory, guint64 head, Dump *dump);
/* From KDDEBUGGER_DATA64: build string and unloaded drivers. */
void dump_read_debugger_data(DumpMemory *memory, guint64 address, Dump *dump);
void dump_read_build_string(DumpMemory *memory, guint64 address, Dump *dump);

/* dump-triage.c, dump-kernel.c, dump-user.c: one kind of file each. */
bool dump_triage_read(const DumpFile *file, DumpMemory *memory, Dump *dump, GError **error);
bool dump_kernel_read(const DumpFile *file, Dump *dump, GError **error);
bool dump_user_read(const DumpFile *file, Dump *dump, GError **error);

void dump_context_amd64(const guint8 *context, DumpContext *ret_context);
void dump_exception_record(const guint8 *record, DumpException *ret_exception);

/* dump-stack.c */
#define DUMP_STACK_MAX 0x12000 /* a large kernel stack: 72 KiB */
/* Scans memory from an address up for values that point into modules; stops where it ends. */
void dump_stack_scan(DumpMemory *memory, guint64 address, guint64 size, Dump *dump);
