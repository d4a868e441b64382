/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Exceptions to stop codes: see stop-code.h. */
#include "stop-code.h"

#define STATUS_ACCESS_VIOLATION_CODE 0xc0000005u
#define STATUS_STACK_OVERFLOW_CODE 0xc00000fdu
#define STATUS_STACK_BUFFER_OVERRUN_CODE 0xc0000409u
#define TRAP_DOUBLE_FAULT 8
#define ACCESS_EXECUTE 8
#define KERNEL_RANGE 0xffff800000000000u
/* What a processor that refuses a non-canonical address leaves in place of the address. */
#define NO_ADDRESS UINT64_MAX

static uint64_t page_fault_access(uint64_t access)
{
    return access == 0 ? 0 : access == 1 ? 2 : 0x10;
}

/* Windows sign-extends the NTSTATUS into the 64-bit parameter, but not in 0x3B. */
static uint64_t status_parameter(uint32_t status)
{
    return (uint64_t)(int64_t)(int32_t)status;
}

static struct stop stop_for_access(const struct trap *t)
{
    if (t->unloaded)
        return (struct stop){STOP_DRIVER_UNLOADED_WITHOUT_CANCELLING_PENDING_OPERATIONS,
                             {t->address, t->access, t->ip, 0}};
    if (t->freed_pool)
        return (struct stop){STOP_DRIVER_PAGE_FAULT_IN_FREED_SPECIAL_POOL,
                             {t->address, t->access, t->ip, 0}};
    if (t->beyond_pool)
        return (struct stop){STOP_DRIVER_PAGE_FAULT_BEYOND_END_OF_ALLOCATION,
                             {t->address, t->access, t->ip, 0}};
    if (t->irql >= IRQL_DISPATCH && t->address != NO_ADDRESS)
        return (struct stop){t->in_driver ? STOP_DRIVER_IRQL_NOT_LESS_OR_EQUAL
                                          : STOP_IRQL_NOT_LESS_OR_EQUAL,
                             {t->address, t->irql, t->access, t->ip}};
    if (t->access == ACCESS_EXECUTE && t->mapped)
        return (struct stop){STOP_ATTEMPTED_EXECUTE_OF_NOEXECUTE_MEMORY, {t->address, 0, 0, 0}};
    if (t->address >= KERNEL_RANGE && t->address != NO_ADDRESS)
        return (struct stop){STOP_PAGE_FAULT_IN_NONPAGED_AREA,
                             {t->address, page_fault_access(t->access), t->ip, 2}};
    return (struct stop){0};
}

struct stop stop_choose(const struct trap *t)
{
    struct stop stop = {0};

    if (t->status == STATUS_STACK_OVERFLOW_CODE)
        return (struct stop){STOP_UNEXPECTED_KERNEL_MODE_TRAP, {TRAP_DOUBLE_FAULT, 0, 0, t->ip}};
    if (t->status == STATUS_STACK_BUFFER_OVERRUN_CODE)
        return (struct stop){STOP_KERNEL_SECURITY_CHECK_FAILURE,
                             {t->address, t->context, t->record, 0}};
    if (t->status == STATUS_ACCESS_VIOLATION_CODE)
        stop = stop_for_access(t);
    if (stop.code)
        return stop;
    if (t->system_service)
        return (struct stop){STOP_SYSTEM_SERVICE_EXCEPTION, {t->status, t->ip, t->context, 0}};
    return (struct stop){STOP_SYSTEM_THREAD_EXCEPTION_NOT_HANDLED,
                         {status_parameter(t->status), t->ip, t->record, t->context}};
}
