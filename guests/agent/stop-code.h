/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which bugcheck an unhandled exception in kernel mode is: the code and four parameters.
 *
 * Pure. Source of the codes and parameters: Microsoft's bug check reference, at each code.
 */
#ifndef TRUCE_STOP_CODE_H
#define TRUCE_STOP_CODE_H

#include <stdbool.h>
#include <stdint.h>

#define STOP_IRQL_NOT_LESS_OR_EQUAL 0x0a
#define STOP_BAD_POOL_HEADER 0x19
#define STOP_SYSTEM_SERVICE_EXCEPTION 0x3b
#define STOP_PAGE_FAULT_IN_NONPAGED_AREA 0x50
#define STOP_SYSTEM_THREAD_EXCEPTION_NOT_HANDLED 0x7e
#define STOP_UNEXPECTED_KERNEL_MODE_TRAP 0x7f
#define STOP_INVALID_KERNEL_HANDLE 0x93
#define STOP_SPECIAL_POOL_DETECTED_MEMORY_CORRUPTION 0xc1
#define STOP_BAD_POOL_CALLER 0xc2
#define STOP_DRIVER_VERIFIER_DETECTED_VIOLATION 0xc4
#define STOP_DRIVER_UNLOADED_WITHOUT_CANCELLING_PENDING_OPERATIONS 0xce
#define STOP_DRIVER_IRQL_NOT_LESS_OR_EQUAL 0xd1
#define STOP_DRIVER_PAGE_FAULT_IN_FREED_SPECIAL_POOL 0xd5
#define STOP_DRIVER_PAGE_FAULT_BEYOND_END_OF_ALLOCATION 0xd6
#define STOP_CRITICAL_PROCESS_DIED 0xef
#define STOP_ATTEMPTED_EXECUTE_OF_NOEXECUTE_MEMORY 0xfc
#define STOP_KERNEL_SECURITY_CHECK_FAILURE 0x139

#define IRQL_DISPATCH 2

struct stop {
    uint32_t code;
    uint64_t parameter[4];
};

struct trap {
    uint32_t status; /* the exception's NTSTATUS */
    uint64_t ip;
    uint64_t access; /* of an access violation: 0 read, 1 write, 8 execute */
    /* Of an access violation: what was accessed. Of a fast fail: its number. */
    uint64_t address;
    /* Where the exception's record and context lie, for the parameters that are such addresses. */
    uint64_t record, context;
    unsigned irql;
    bool system_service;          /* on a program's behalf, not in a thread of the system */
    bool in_driver;               /* the instruction is a driver's, not the kernel's */
    bool mapped;                  /* there is memory at the address that was accessed */
    bool unloaded;                /* the address accessed was that of a driver which has gone */
    bool freed_pool, beyond_pool; /* what special pool says of the address */
};

struct stop stop_choose(const struct trap *trap);

#endif
