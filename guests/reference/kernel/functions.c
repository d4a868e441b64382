/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel functions that this process puts in, and their table: see functions.h.
 *
 * What each does is its Microsoft documentation's; Wine's own raises no IRQL, checks no pool, and
 * has none of the questions about Driver Verifier.
 */
#include "functions.h"

#include "kernel.h"

#include <string.h>

#include "filter.h"
#include "pool.h"

#define POOL_FLAG_UNINITIALIZED 0x2
#define VF_OBJECT_DRIVER 0
#define HAL_REBOOT 3
#define STATUS_INVALID_HANDLE_CODE ((NTSTATUS)0xc0000008)
#define STATUS_NOT_SUPPORTED_CODE ((NTSTATUS)0xc00000bb)

/* Where a DRIVER_OBJECT of 64-bit Windows has its image's address. */
#define DRIVER_START_OFFSET 0x18

struct lock_queue {
    void *next;
    LONG64 volatile *lock;
    UCHAR irql;
};

static void NTAPI bug_check_ex(ULONG code, ULONG_PTR p1, ULONG_PTR p2, ULONG_PTR p3, ULONG_PTR p4)
{
    CRASH_CALLER(code, p1, p2, p3, p4);
}

static void NTAPI bug_check(ULONG code)
{
    CRASH_CALLER(code, 0, 0, 0, 0);
}

static void *NTAPI allocate_tag(ULONG type, SIZE_T size, ULONG tag)
{
    return pool_take(type, size, tag, POOL_CALLER);
}

static void *NTAPI allocate(ULONG type, SIZE_T size)
{
    return pool_take(type, size, 0x656e6f4e /* "None" */, POOL_CALLER);
}

static void *NTAPI allocate_priority(ULONG type, SIZE_T size, ULONG tag, ULONG priority)
{
    (void)priority;
    return pool_take(type, size, tag, POOL_CALLER);
}

static void *NTAPI allocate2(ULONG64 flags, SIZE_T size, ULONG tag)
{
    /* POOL_FLAG_PAGED is 0x100. */
    void *bytes = pool_take(flags & 0x100 ? 1 : 0, size, tag, POOL_CALLER);

    if (bytes && !(flags & POOL_FLAG_UNINITIALIZED))
        memset(bytes, 0, size);
    return bytes;
}

static void *NTAPI allocate3(ULONG64 flags, SIZE_T size, ULONG tag, const void *parameters,
                             ULONG count)
{
    void *bytes = pool_take(flags & 0x100 ? 1 : 0, size, tag, POOL_CALLER);

    (void)parameters;
    (void)count;
    if (bytes && !(flags & POOL_FLAG_UNINITIALIZED))
        memset(bytes, 0, size);
    return bytes;
}

static void NTAPI free_tag(void *bytes, ULONG tag)
{
    pool_give(bytes, tag, POOL_CALLER);
}

static void NTAPI free_pool(void *bytes)
{
    pool_give(bytes, 0, POOL_CALLER);
}

static UCHAR NTAPI get_irql(void)
{
    return (UCHAR)trap_irql();
}

static UCHAR raise_irql(unsigned irql)
{
    unsigned old = trap_irql();

    trap_set_irql(irql);
    return (UCHAR)old;
}

static UCHAR NTAPI raise_to(UCHAR irql)
{
    return raise_irql(irql);
}

static UCHAR NTAPI raise_to_dispatch(void)
{
    return raise_irql(IRQL_DISPATCH);
}

static void NTAPI lower_irql(UCHAR irql)
{
    trap_set_irql(irql);
}

static void take_lock(LONG64 volatile *spin_lock)
{
    while (InterlockedCompareExchange64(spin_lock, 1, 0))
        YieldProcessor();
}

static UCHAR NTAPI acquire_spin_lock(LONG64 volatile *spin_lock)
{
    unsigned irql = trap_irql();

    if (irql > IRQL_DISPATCH && pool_is_verified((ULONG_PTR)__builtin_return_address(0)))
        CRASH_CALLER(STOP_DRIVER_VERIFIER_DETECTED_VIOLATION, 0x42, irql, (ULONG_PTR)spin_lock, 0);
    trap_set_irql(IRQL_DISPATCH);
    take_lock(spin_lock);
    return (UCHAR)irql;
}

static void NTAPI release_spin_lock(LONG64 volatile *spin_lock, UCHAR irql)
{
    if (trap_irql() != IRQL_DISPATCH && pool_is_verified((ULONG_PTR)__builtin_return_address(0)))
        CRASH_CALLER(STOP_DRIVER_VERIFIER_DETECTED_VIOLATION, 0x32, trap_irql(),
                     (ULONG_PTR)spin_lock, 0);
    InterlockedExchange64(spin_lock, 0);
    trap_set_irql(irql);
}

static void NTAPI acquire_queued(LONG64 volatile *spin_lock, struct lock_queue *queue)
{
    queue->lock = spin_lock;
    queue->irql = raise_irql(IRQL_DISPATCH);
    take_lock(spin_lock);
}

static void NTAPI release_queued(struct lock_queue *queue)
{
    InterlockedExchange64(queue->lock, 0);
    trap_set_irql(queue->irql);
}

static ULONG NTAPI is_driver_verifying(const void *driver)
{
    uint64_t start;

    memcpy(&start, (const char *)driver + DRIVER_START_OFFSET, sizeof start);
    return pool_is_verified(start);
}

static ULONG NTAPI is_address_verifying(const void *address)
{
    return pool_is_verified((ULONG_PTR)address);
}

static NTSTATUS NTAPI is_verifier_enabled(ULONG *ret_flags)
{
    *ret_flags = pool_verifier_flags();
    return *ret_flags ? 0 : STATUS_NOT_SUPPORTED_CODE;
}

static BOOLEAN NTAPI is_verification_enabled(ULONG kind, const void *object)
{
    return kind == VF_OBJECT_DRIVER && object ? is_driver_verifying(object) != 0
                                              : pool_verifier_flags() != 0;
}

static NTSTATUS NTAPI close_handle(HANDLE handle)
{
    NTSTATUS status = NtClose(handle);

    if (status == STATUS_INVALID_HANDLE_CODE &&
        pool_is_verified((ULONG_PTR)__builtin_return_address(0)))
        CRASH_CALLER(STOP_INVALID_KERNEL_HANDLE, (ULONG_PTR)handle, 1, 0, 0);
    return status;
}

static NTSTATUS NTAPI reference_handle(HANDLE handle, ULONG access, void *type, CHAR mode,
                                       void **ret_object, void *info)
{
    static NTSTATUS(NTAPI * original)(HANDLE, ULONG, void *, CHAR, void **, void *);
    NTSTATUS status;

    if (!original)
        original = (NTSTATUS(NTAPI *)(HANDLE, ULONG, void *, CHAR, void **,
                                      void *))image_kernel_function("ObReferenceObjectByHandle");
    status = original(handle, access, type, mode, ret_object, info);
    if (status == STATUS_INVALID_HANDLE_CODE &&
        pool_is_verified((ULONG_PTR)__builtin_return_address(0)))
        CRASH_CALLER(STOP_DRIVER_VERIFIER_DETECTED_VIOLATION, 0x3c, (ULONG_PTR)handle,
                     (ULONG_PTR)type, 0);
    return status;
}

static void NTAPI return_to_firmware(ULONG what)
{
    if (what == HAL_REBOOT)
        crash_reset();
}

const struct function functions[] = {
    {"KeBugCheckEx", bug_check_ex, false},
    {"KeBugCheck", bug_check, false},
    {"ExAllocatePool", allocate, false},
    {"ExAllocatePoolWithQuota", allocate, false},
    {"ExAllocatePoolWithQuotaTag", allocate_tag, false},
    {"ExAllocatePoolWithTag", allocate_tag, false},
    {"ExAllocatePoolWithTagPriority", allocate_priority, false},
    {"ExFreePool", free_pool, false},
    {"ExFreePoolWithTag", free_tag, false},
    {"KeAcquireSpinLockRaiseToDpc", acquire_spin_lock, false},
    {"KeReleaseSpinLock", release_spin_lock, false},
    {"KeAcquireInStackQueuedSpinLock", acquire_queued, false},
    {"KeReleaseInStackQueuedSpinLock", release_queued, false},
    {"KeLowerIrql", lower_irql, false},
    {"KfRaiseIrql", raise_to, false},
    {"MmIsDriverVerifying", is_driver_verifying, false},
    {"MmIsVerifierEnabled", is_verifier_enabled, false},
    {"VfIsVerificationEnabled", is_verification_enabled, false},
    {"ExAllocatePool2", allocate2, true},
    {"ExAllocatePool3", allocate3, true},
    {"FltRegisterFilter", filter_register, true},
    {"FltStartFiltering", filter_start, true},
    {"FltUnregisterFilter", filter_unregister, true},
    {"HalReturnToFirmware", return_to_firmware, true},
    {"KeGetCurrentIrql", get_irql, true},
    {"KeRaiseIrqlToDpcLevel", raise_to_dispatch, true},
    {"MmIsDriverVerifyingByAddress", is_address_verifying, true},
    {"ObReferenceObjectByHandle", reference_handle, true},
    {"ZwClose", close_handle, true},
};
const size_t functions_count = sizeof functions / sizeof *functions;
