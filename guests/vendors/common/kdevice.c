// SPDX-License-Identifier: GPL-2.0-or-later
// The control device of a reference vendor's driver; see kdevice.h.
#include "kdevice.h"

NTSTATUS kdevice_complete(IRP *irp, NTSTATUS status, ULONG_PTR information)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = information;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

static NTSTATUS WINAPI open_or_close(DEVICE_OBJECT *device, IRP *irp)
{
    (void)device;
    return kdevice_complete(irp, STATUS_SUCCESS, 0);
}

NTSTATUS kdevice_create(DRIVER_OBJECT *driver, const WCHAR *device_name, const WCHAR *link_name,
                        ULONG size, PDRIVER_DISPATCH control, DEVICE_OBJECT **ret_device)
{
    UNICODE_STRING name, link;
    DEVICE_OBJECT *device;

    RtlInitUnicodeString(&name, device_name);
    RtlInitUnicodeString(&link, link_name);
    NTSTATUS status = IoCreateDevice(driver, size, &name, FILE_DEVICE_UNKNOWN,
                                     FILE_DEVICE_SECURE_OPEN, FALSE, &device);
    if (!NT_SUCCESS(status))
        return status;
    status = IoCreateSymbolicLink(&link, &name);
    if (!NT_SUCCESS(status)) {
        IoDeleteDevice(device);
        return status;
    }
    driver->MajorFunction[IRP_MJ_CREATE] = open_or_close;
    driver->MajorFunction[IRP_MJ_CLOSE] = open_or_close;
    driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = control;
    device->Flags &= ~DO_DEVICE_INITIALIZING;
    *ret_device = device;
    return STATUS_SUCCESS;
}

void kdevice_delete(DEVICE_OBJECT *device, const WCHAR *link_name)
{
    UNICODE_STRING link;

    RtlInitUnicodeString(&link, link_name);
    IoDeleteSymbolicLink(&link);
    IoDeleteDevice(device);
}
