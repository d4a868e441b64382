/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Builds a 64-bit kernel triage dump ("minidump", DumpType 4) from what a fault in a driver left.
 *
 * Pure: bytes in, bytes out, no Windows call, so that it is tested natively. The layout is that of
 * Windows' own small memory dumps as read by other tools (kdmp-parser, volatility3's crash64 and
 * rizin agree on it): a DUMP_HEADER64 of 0x2000 bytes, the TRIAGE_DUMP64 header, then the list of
 * unloaded drivers, the driver list, the string pool, the call stack, and the marker
 * 'TRGD' that ValidOffset points at. Bytes of the header that nothing sets read 'PAGE'.
 *
 * All numbers are little-endian. Nothing is allocated: the caller owns every buffer.
 */
#ifndef TRUCE_TRIAGE_DUMP_H
#define TRUCE_TRIAGE_DUMP_H

#include <stddef.h>
#include <stdint.h>

#define TRIAGE_MODULES_MAX 256
#define TRIAGE_STACK_MAX 0x4000
#define TRIAGE_PATH_MAX 260
#define TRIAGE_CONTEXT_MAX 3000
#define TRIAGE_EXCEPTION_SIZE 0x98
#define TRIAGE_UNLOADED_MAX 32
#define TRIAGE_UNLOADED_NAME_MAX 12

struct triage_module {
    uint64_t base;
    uint64_t entry;
    uint32_t size;
    uint32_t timestamp;
    uint32_t checksum;
    uint16_t path[TRIAGE_PATH_MAX]; /* UTF-16, ends with 0 */
};

struct triage_unloaded {
    uint64_t base;
    uint32_t size;
    uint16_t name[TRIAGE_UNLOADED_NAME_MAX]; /* UTF-16; ends with 0 unless it fills the array */
};

struct triage_crash {
    uint32_t code;
    uint64_t parameter[4];
    const void *context; /* the AMD64 CONTEXT of the faulting thread */
    size_t context_size;
    const void *exception; /* EXCEPTION_RECORD64, TRIAGE_EXCEPTION_SIZE bytes */
    uint64_t system_time;  /* FILETIME */
    uint64_t uptime;       /* 100 ns */
    uint32_t build;        /* of the operating system, such as 19045 */
    const char *comment;   /* at most 127 bytes */
    uint64_t stack_address;
    const void *stack; /* the bytes from there up */
    size_t stack_size;
    const struct triage_module *modules;
    size_t module_count;
    const struct triage_unloaded *unloaded; /* the last one first */
    size_t unloaded_count;
};

/* The bytes that triage_dump_build writes for CRASH; 0 if CRASH goes beyond a limit above. */
size_t triage_dump_size(const struct triage_crash *crash);

/* Writes the dump to OUT, which holds SIZE bytes. Returns the bytes written, or 0, with OUT
 * untouched, if it does not fit or CRASH goes beyond a limit above. */
size_t triage_dump_build(const struct triage_crash *crash, uint8_t *out, size_t size);

#endif
