/* SPDX-License-Identifier: GPL-2.0-or-later */
/* truce-kernel.exe: the one address space in which all drivers of the reference guest run.
 *
 * Wine has a driver host for each load-order group; Windows has one kernel. Here each driver host
 * that Wine's service control manager starts (winedevice.c) hands its drivers to this process,
 * which runs Wine's ntoskrnl.exe and puts in what that lacks: stop codes, a pool that notices
 * misuse, IRQLs, fast fail, the names of unloaded drivers, the checks of Driver Verifier, a hard
 * reset.
 *
 *   main.c   the pipe that driver hosts load and unload drivers by; Wine's main loop
 *   image.c  what comes in and goes out of the address space; functions that are put in
 *   trap.c   exceptions, and what they are in a kernel
 *   pool.c   ExAllocatePool and the like; special pool
 *   filter.c the altitudes of minifilters
 *   crash.c  from a stop code to the dump and the stop screen
 */
#ifndef TRUCE_KERNEL_H
#define TRUCE_KERNEL_H

#include <windows.h>

#include <winternl.h>

#include <stdbool.h>
#include <stdint.h>

#include "../../agent/stop-code.h"

#define KERNEL_PIPE L"\\\\.\\pipe\\truce-kernel"
#define KERNEL_START 0
#define KERNEL_STOP 1
#define KERNEL_ENUMERATE 128
#define KERNEL_NAME_MAX 260

/* What a driver host asks over KERNEL_PIPE; the answer is a DWORD, a Windows error. */
struct kernel_request {
    DWORD control; /* as the service control manager forwards it: 0 start, 1 stop, 128 enumerate */
    WCHAR name[KERNEL_NAME_MAX];
};

/* image.c */

struct image {
    uint64_t base;
    uint32_t size, timestamp;
    WCHAR name[64]; /* base name */
    bool driver;
};

/* The loader's list of images, of LDR_DATA_TABLE_ENTRY by InMemoryOrderLinks. */
const LIST_ENTRY *image_list(void);

/* Maps Wine's kernel, puts the functions of this process in, watches images from now on. */
bool image_start(void);

/* The function NAME of Wine's kernel. */
void *image_kernel_function(const char *name);

/* Copies what is at ADDRESS: a loaded image, or one of the last drivers that were unloaded
 * (*ret_unloaded). Takes no lock: also for a crashed process. */
bool image_at(uint64_t address, struct image *ret_image, bool *ret_unloaded);

/* The INDEX-th driver that was unloaded, the last one first. False beyond the end. */
bool image_unloaded(size_t index, struct image *ret_image);

/* True where the instruction at ADDRESS was an int 29h when its driver was loaded. */
bool image_is_fast_fail(uint64_t address);

/* trap.c */

void trap_start(void);
unsigned trap_irql(void);
void trap_set_irql(unsigned irql);
/* This thread carries out requests of programs, so its exceptions are those of a system service. */
void trap_is_system_service(void);

/* pool.c */

void pool_start(void);
/* What a special pool has at ADDRESS. */
enum pool_place { POOL_ELSEWHERE, POOL_FREED, POOL_BEYOND_END };
enum pool_place pool_at(uint64_t address);
/* Called before a driver's image goes: a verified driver must have freed all it took. */
void pool_check_unload(const struct image *image);
/* Whether Driver Verifier's settings of this start name the driver whose code is at ADDRESS. */
bool pool_is_verified(uint64_t address);
/* Of this start; 0 where no driver is verified. */
DWORD pool_verifier_flags(void);

/* crash.c */

void crash_start(void);

/* Ends the machine. CULPRIT: the address that the stop screen names. RECORD may be NULL. */
void crash_stop(const struct stop *stop, uint64_t culprit, const CONTEXT *context,
                const EXCEPTION_RECORD *record) __attribute__((noreturn));

/* The same, called by a function in place of one of the kernel's: the culprit is its caller. */
#define CRASH_CALLER(code, p1, p2, p3, p4)                                                         \
    crash_call(                                                                                    \
        (struct stop){code, {(uint64_t)(p1), (uint64_t)(p2), (uint64_t)(p3), (uint64_t)(p4)}},     \
        __builtin_return_address(0), __builtin_frame_address(0))
void crash_call(struct stop stop, void *caller, void *frame) __attribute__((noreturn));

/* Restarts the machine at once, as the processor's reset line would. */
void crash_reset(void) __attribute__((noreturn));

#endif
