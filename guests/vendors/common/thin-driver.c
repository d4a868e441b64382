// SPDX-License-Identifier: GPL-2.0-or-later
// The driver of birch and cedar; see thin-driver.h.
#include "thin-driver.h"

#include <stdbool.h>

#include "filter-manager.h"
#include "kdevice.h"
#include "khook.h"
#include "ping.h"

#define SCRATCH_BYTES 256

struct extension {
    FAST_MUTEX lock; /* guards the rest */
    uint32_t pings;
    uint32_t content; /* what the service has in use */
};

static DEVICE_OBJECT *control_device;

#ifdef THIN_DRIVER_HOOKS
typedef void *(WINAPI *allocate_routine)(POOL_TYPE type, SIZE_T size, ULONG tag);

static struct khook pool_hook;
static FAST_MUTEX pool_lock;
static uint32_t allocations;

#ifdef FAULT_POOL_MARK
/* Marks paged blocks behind their last byte and asks for no room to do so: whoever frees one next
 * is found with a damaged block, whose it may be. */
static BOOLEAN marking;

static void mark_block(UCHAR *memory, SIZE_T size)
{
    static const char mark[] = "counted";

    if (memory && marking)
        RtlCopyMemory(memory + size, mark, sizeof mark);
}
#endif

static void *WINAPI allocate_hooked(POOL_TYPE type, SIZE_T size, ULONG tag)
{
    ExAcquireFastMutex(&pool_lock);
    khook_suspend(&pool_hook);
    void *memory = ((allocate_routine)(ULONG_PTR)pool_hook.routine)(type, size, tag);
    khook_resume(&pool_hook);
#ifdef FAULT_POOL_MARK
    if (type == PagedPool)
        mark_block(memory, size);
#endif
    allocations++;
    ExReleaseFastMutex(&pool_lock);
    return memory;
}

static NTSTATUS hooks_set(void)
{
    ExInitializeFastMutex(&pool_lock);
    return khook_set(&pool_hook, L"ExAllocatePoolWithTag", (void *)(ULONG_PTR)allocate_hooked);
}

/* Under another product's hook nothing can be put back: what stands there is not ours. */
static void hooks_remove(void)
{
    if (khook_is_outermost(&pool_hook))
        khook_remove(&pool_hook);
}

static BOOLEAN hooks_may_go(void)
{
    return khook_is_outermost(&pool_hook);
}
#else
static const uint32_t allocations;

static NTSTATUS hooks_set(void)
{
    return STATUS_SUCCESS;
}

static void hooks_remove(void)
{
}

static BOOLEAN hooks_may_go(void)
{
    return TRUE;
}
#endif

#ifdef THIN_DRIVER_FILTER
static void *filter;

static NTSTATUS WINAPI filter_unload(ULONG flags)
{
    (void)flags;
    FltUnregisterFilter(filter);
    return STATUS_SUCCESS;
}

static NTSTATUS filter_start(DRIVER_OBJECT *driver)
{
    static const struct flt_registration registration = {
        .size = sizeof registration, .version = FLT_VERSION, .unload = filter_unload};
    NTSTATUS status = FltRegisterFilter(driver, &registration, &filter);

    if (!NT_SUCCESS(status))
        return status;
    status = FltStartFiltering(filter);
    if (!NT_SUCCESS(status))
        FltUnregisterFilter(filter);
    return status;
}
#else
static NTSTATUS filter_start(DRIVER_OBJECT *driver)
{
    (void)driver;
    return STATUS_SUCCESS;
}
#endif

#ifdef FAULT_DEVICE_WAIT
/* One program at a time may scan: who asks while another does waits here. */
static FAST_MUTEX turn_lock;
static FILE_OBJECT *scanning;
static IRP *waiting;

static NTSTATUS turn_take(IRP *irp)
{
    ExAcquireFastMutex(&turn_lock);
    bool taken = scanning != NULL;
    if (taken) {
        IoMarkIrpPending(irp);
        waiting = irp;
    } else {
        scanning = IoGetCurrentIrpStackLocation(irp)->FileObject;
    }
    ExReleaseFastMutex(&turn_lock);
    return taken ? STATUS_PENDING : kdevice_complete(irp, STATUS_SUCCESS, 0);
}

static NTSTATUS turn_give(IRP *irp)
{
    ExAcquireFastMutex(&turn_lock);
    IRP *next = waiting;
    waiting = NULL;
    scanning = next ? IoGetCurrentIrpStackLocation(next)->FileObject : NULL;
    ExReleaseFastMutex(&turn_lock);
    if (next)
        kdevice_complete(next, STATUS_SUCCESS, 0);
    return kdevice_complete(irp, STATUS_SUCCESS, 0);
}
#endif

static NTSTATUS ping(struct extension *extension, struct driver_ping *answer)
{
    void *scratch = ExAllocatePoolWithTag(PagedPool, SCRATCH_BYTES, thin_driver.pool_tag);

    if (!scratch)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(scratch, SCRATCH_BYTES);
    ExFreePoolWithTag(scratch, thin_driver.pool_tag);
    ExAcquireFastMutex(&extension->lock);
    *answer = (struct driver_ping){
        .pings = ++extension->pings,
        .content = extension->content,
        .allocations = allocations,
        .may_unload = hooks_may_go(),
    };
    ExReleaseFastMutex(&extension->lock);
    return STATUS_SUCCESS;
}

static NTSTATUS note_content(struct extension *extension, uint32_t version)
{
    ExAcquireFastMutex(&extension->lock);
#ifdef FAULT_LOST_LOCK /* leaves with the lock held: the next request waits for ever */
    if (extension->content != 0 && version > extension->content + 1)
        return STATUS_INVALID_PARAMETER;
#endif
#ifdef FAULT_POOL_MARK
    marking = extension->content != 0 && version != extension->content;
#endif
    extension->content = version;
    ExReleaseFastMutex(&extension->lock);
    return STATUS_SUCCESS;
}

static NTSTATUS WINAPI control(DEVICE_OBJECT *device, IRP *irp)
{
    struct extension *extension = device->DeviceExtension;
    IO_STACK_LOCATION *at = IoGetCurrentIrpStackLocation(irp);
    ULONG in_size = at->Parameters.DeviceIoControl.InputBufferLength;
    ULONG out_size = at->Parameters.DeviceIoControl.OutputBufferLength;
    void *buffer = irp->AssociatedIrp.SystemBuffer;
    NTSTATUS status;

    switch (at->Parameters.DeviceIoControl.IoControlCode) {
    case IOCTL_PING:
        if (out_size < sizeof(struct driver_ping))
            return kdevice_complete(irp, STATUS_BUFFER_TOO_SMALL, 0);
        status = ping(extension, buffer);
        return kdevice_complete(irp, status, NT_SUCCESS(status) ? sizeof(struct driver_ping) : 0);
    case IOCTL_NOTE_CONTENT:
        if (in_size < sizeof(uint32_t))
            return kdevice_complete(irp, STATUS_BUFFER_TOO_SMALL, 0);
        return kdevice_complete(irp, note_content(extension, *(uint32_t *)buffer), 0);
#ifdef FAULT_DEVICE_WAIT
    case IOCTL_TAKE_TURN:
        return turn_take(irp);
    case IOCTL_GIVE_TURN:
        return turn_give(irp);
#endif
    default:
        return kdevice_complete(irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    }
}

#ifdef FAULT_DEVICE_NAME
/* A second device, for the scan engine that both makers bought; its name is the engine's, so only
 * one of them gets it. */
static DEVICE_OBJECT *engine_device;

static NTSTATUS engine_start(DRIVER_OBJECT *driver)
{
    UNICODE_STRING name = RTL_CONSTANT_STRING(L"\\Device\\ScanEngine");

    return IoCreateDevice(driver, 0, &name, FILE_DEVICE_UNKNOWN, 0, FALSE, &engine_device);
}

static void engine_stop(void)
{
    IoDeleteDevice(engine_device);
}
#else
static NTSTATUS engine_start(DRIVER_OBJECT *driver)
{
    (void)driver;
    return STATUS_SUCCESS;
}

static void engine_stop(void)
{
}
#endif

static void WINAPI unload(DRIVER_OBJECT *driver)
{
    (void)driver;
    hooks_remove();
    engine_stop();
    kdevice_delete(control_device, thin_driver.link_name);
}

NTSTATUS WINAPI DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    (void)registry_path;
    NTSTATUS status = kdevice_create(driver, thin_driver.device_name, thin_driver.link_name,
                                     sizeof(struct extension), control, &control_device);
    if (!NT_SUCCESS(status))
        return status;
    struct extension *extension = control_device->DeviceExtension;
    ExInitializeFastMutex(&extension->lock);
    driver->DriverUnload = unload;
#ifdef FAULT_DEVICE_WAIT
    ExInitializeFastMutex(&turn_lock);
#endif
    status = filter_start(driver);
    if (NT_SUCCESS(status))
        status = engine_start(driver);
    if (NT_SUCCESS(status)) {
        status = hooks_set();
        if (!NT_SUCCESS(status))
            engine_stop();
    }
    if (!NT_SUCCESS(status))
        kdevice_delete(control_device, thin_driver.link_name);
    return status;
}
