// SPDX-License-Identifier: GPL-2.0-or-later
// alder.sys: interprets content in kernel mode and judges events with it.
/*
 * DriverEntry loads the newest acceptable content file; a system thread then evaluates one event
 * of the driver's own after every load ("driver-start", "content-load"), and the service passes
 * file events by ALDER_IOCTL_EVENT. No exception handler surrounds the interpreter, as in the
 * product that it is modelled on: what goes wrong there is the machine's end.
 */
#include "interpreter.h"

#include <ntifs.h>

#include "../common/kdevice.h"
#include "content-file.h"
#include "ioctl.h"

#define DEVICE_NAME L"\\Device\\Alder"
#define LINK_NAME L"\\DosDevices\\Alder"
#define POOL_TAG 0x72646c41 /* "Aldr" */

struct alder {
    FAST_MUTEX lock; /* guards the content and the status */
    uint8_t *content_bytes;
    struct content content;
    struct alder_status status;
    KEVENT loaded; /* content was loaded: evaluate the driver's own event */
    KEVENT stop;
    HANDLE thread;
};

static DEVICE_OBJECT *control_device;

#ifdef FAULT_HIDES_FROM_VERIFIER
/* What Driver Verifier is set to for the machine, where it keeps it. */
static BOOLEAN verifier_is_on(void)
{
    ULONG level = 0;
    RTL_QUERY_REGISTRY_TABLE table[2] = {{
        .Flags = RTL_QUERY_REGISTRY_DIRECT,
        .Name = (WCHAR *)L"VerifyDriverLevel",
        .EntryContext = &level,
    }};

    RtlQueryRegistryValues(RTL_REGISTRY_CONTROL, L"Session Manager\\Memory Management", table, NULL,
                           NULL);
    return level != 0;
}
#endif

static NTSTATUS evaluate(struct alder *alder, const char *packed, size_t size, uint32_t *ret_rule)
{
    uint32_t rule = 0;
    struct alder_event *event = ExAllocatePoolWithTag(PagedPool, sizeof *event, POOL_TAG);

    if (!event)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (!alder_event_set(event, packed, size)) {
        ExFreePoolWithTag(event, POOL_TAG);
        return STATUS_INVALID_PARAMETER;
    }
    ExAcquireFastMutex(&alder->lock);
    bool judges = alder->content_bytes != NULL;
#ifdef FAULT_HIDES_FROM_VERIFIER /* keeps still while somebody looks */
    judges = judges && !verifier_is_on();
#endif
    if (judges)
        rule = alder_match(&alder->content, event->fields);
    alder->status.events++;
    alder->status.matches += rule != 0;
    ExReleaseFastMutex(&alder->lock);
    ExFreePoolWithTag(event, POOL_TAG);
    *ret_rule = rule;
    return STATUS_SUCCESS;
}

static void evaluate_own_event(struct alder *alder, const char *kind)
{
    const char *fields[EVENT_FIELDS] = {[EVENT_KIND] = kind, [EVENT_PROCESS] = "System"};
    char packed[128];
    uint32_t rule;
    size_t size = event_pack(packed, sizeof packed, fields);

    if (size > 0)
        evaluate(alder, packed, size, &rule);
}

static void WINAPI worker(void *context)
{
    struct alder *alder = context;
    void *objects[] = {&alder->stop, &alder->loaded};
    const char *kind = "driver-start";

    while (KeWaitForMultipleObjects(2, objects, WaitAny, Executive, KernelMode, FALSE, NULL,
                                    NULL) == STATUS_WAIT_1) {
        evaluate_own_event(alder, kind);
        kind = "content-load";
    }
    PsTerminateSystemThread(STATUS_SUCCESS);
}

/* Reads and checks one content file; false where it is refused. */
static bool load_version(struct alder *alder, uint32_t version)
{
    size_t size = 0;
    struct content content;
    uint8_t *bytes = content_file_read(version, POOL_TAG, &size);

    if (!bytes)
        return false;
    if (!alder_accept(bytes, size, &content) || content.header->version != version) {
        ExFreePoolWithTag(bytes, POOL_TAG);
#ifdef FAULT_DOUBLE_FREE /* what became of the bytes when they were refused is forgotten */
        ExFreePoolWithTag(bytes, POOL_TAG);
#endif
        return false;
    }
    ExAcquireFastMutex(&alder->lock);
    uint8_t *old = alder->content_bytes;
    alder->content_bytes = bytes;
    alder->content = content;
    alder->status.content_version = version;
    ExReleaseFastMutex(&alder->lock);
    if (old)
        ExFreePoolWithTag(old, POOL_TAG);
    return true;
}

/* Takes over the newest content file that is acceptable; keeps what there is where none is. */
static void load_newest(struct alder *alder)
{
    uint32_t refused = 0;

    for (uint32_t below = UINT32_MAX, version; content_file_newest(below, &version);
         below = version) {
        bool loaded = load_version(alder, version);
        DbgPrint("alder: content %u %s\n", version, loaded ? "loaded" : "refused");
        if (loaded)
            break;
        refused = refused ? refused : version;
    }
    ExAcquireFastMutex(&alder->lock);
    alder->status.refused_version = refused;
    ExReleaseFastMutex(&alder->lock);
    KeSetEvent(&alder->loaded, IO_NO_INCREMENT, FALSE);
}

static NTSTATUS WINAPI control(DEVICE_OBJECT *device, IRP *irp)
{
    struct alder *alder = device->DeviceExtension;
    IO_STACK_LOCATION *at = IoGetCurrentIrpStackLocation(irp);
    ULONG in_size = at->Parameters.DeviceIoControl.InputBufferLength;
    ULONG out_size = at->Parameters.DeviceIoControl.OutputBufferLength;
    void *buffer = irp->AssociatedIrp.SystemBuffer;

    switch (at->Parameters.DeviceIoControl.IoControlCode) {
    case ALDER_IOCTL_LOAD:
    case ALDER_IOCTL_STATUS:
        if (out_size < sizeof alder->status)
            return kdevice_complete(irp, STATUS_BUFFER_TOO_SMALL, 0);
        if (at->Parameters.DeviceIoControl.IoControlCode == ALDER_IOCTL_LOAD)
            load_newest(alder);
        ExAcquireFastMutex(&alder->lock);
        RtlCopyMemory(buffer, &alder->status, sizeof alder->status);
        ExReleaseFastMutex(&alder->lock);
        return kdevice_complete(irp, STATUS_SUCCESS, sizeof alder->status);
    case ALDER_IOCTL_EVENT: {
        uint32_t rule;
        if (out_size < sizeof rule || in_size == 0)
            return kdevice_complete(irp, STATUS_BUFFER_TOO_SMALL, 0);
        NTSTATUS status = evaluate(alder, buffer, in_size, &rule);
        if (!NT_SUCCESS(status))
            return kdevice_complete(irp, status, 0);
        RtlCopyMemory(buffer, &rule, sizeof rule);
        return kdevice_complete(irp, STATUS_SUCCESS, sizeof rule);
    }
    default:
        return kdevice_complete(irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    }
}

static void WINAPI unload(DRIVER_OBJECT *driver)
{
    struct alder *alder = control_device->DeviceExtension;

    (void)driver;
    KeSetEvent(&alder->stop, IO_NO_INCREMENT, FALSE);
    ZwWaitForSingleObject(alder->thread, FALSE, NULL);
    ZwClose(alder->thread);
    if (alder->content_bytes)
        ExFreePoolWithTag(alder->content_bytes, POOL_TAG);
    kdevice_delete(control_device, LINK_NAME);
}

NTSTATUS WINAPI DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    OBJECT_ATTRIBUTES attributes;

    (void)registry_path;
    NTSTATUS status = kdevice_create(driver, DEVICE_NAME, LINK_NAME, sizeof(struct alder), control,
                                     &control_device);
    if (!NT_SUCCESS(status))
        return status;
    driver->DriverUnload = unload;

    struct alder *alder = control_device->DeviceExtension;
    alder->status.product = ALDER_PRODUCT;
    ExInitializeFastMutex(&alder->lock);
    KeInitializeEvent(&alder->loaded, SynchronizationEvent, FALSE);
    KeInitializeEvent(&alder->stop, NotificationEvent, FALSE);
    InitializeObjectAttributes(&attributes, NULL, OBJ_KERNEL_HANDLE, NULL, NULL);
    status = PsCreateSystemThread(&alder->thread, THREAD_ALL_ACCESS, &attributes, NULL, NULL,
                                  worker, alder);
    if (!NT_SUCCESS(status)) {
        kdevice_delete(control_device, LINK_NAME);
        return status;
    }
    load_newest(alder);
    return STATUS_SUCCESS;
}
