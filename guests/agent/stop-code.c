/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Exceptions to stop codes: see stop-code.h. */
#include "stop-code.h"

#define STATUS_ACCESS_VIOLATION_CODE 0xc0000005u
#define STATUS_STACK_OVERFLOW_CODE 0xc00000fdu
#define TRAP_DOUBLE_FAULT 8
#define KERNEL_RANGE 0xffff800000000000u
/* What a processor that refuses a non-canonical address leaves in place of the address. */
#define NO_ADDRESS UINT64_MAX

static uint64_t page_fault_access(uint64_t access)
{
    return access == 0 ? 0 : access == 1 ? 2 : 0x10;
}

/* Windows sign-extends the NTSTATUS into the 64-bit parameter. */
static uint64_t status_parameter(uint32_t status)
{
    return (uint64_t)(int64_t)(int32_t)status;
}

struct stop stop_choose(uint32_t status, uint64_t ip, uint64_t access, uint64_t address,
                        uint64_t record, uint64_t context)
{
    if (status == STATUS_STACK_OVERFLOW_CODE)
        return (struct stop){STOP_UNEXPECTED_KERNEL_MODE_TRAP, {TRAP_DOUBLE_FAULT, 0, 0, ip}};
    if (status == STATUS_ACCESS_VIOLATION_CODE && address >= KERNEL_RANGE && address != NO_ADDRESS)
        return (struct stop){STOP_PAGE_FAULT_IN_NONPAGED_AREA,
                             {address, page_fault_access(access), ip, 2}};
    return (struct stop){STOP_SYSTEM_THREAD_EXCEPTION_NOT_HANDLED,
                         {status_parameter(status), ip, record, context}};
}
