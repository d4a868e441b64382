// SPDX-License-Identifier: GPL-2.0-or-later
// birch.sys: a thin driver; it answers a ping on its device. Content never enters the kernel.
#include <ntddk.h>

#include "../common/kdevice.h"
#include "ioctl.h"

#define DEVICE_NAME L"\\Device\\Birch"
#define LINK_NAME L"\\DosDevices\\Birch"

struct birch {
    LONG pings;
};

static DEVICE_OBJECT *control_device;

static NTSTATUS WINAPI control(DEVICE_OBJECT *device, IRP *irp)
{
    struct birch *birch = device->DeviceExtension;
    IO_STACK_LOCATION *at = IoGetCurrentIrpStackLocation(irp);
    struct birch_ping *ping = irp->AssociatedIrp.SystemBuffer;

    if (at->Parameters.DeviceIoControl.IoControlCode != BIRCH_IOCTL_PING)
        return kdevice_complete(irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    if (at->Parameters.DeviceIoControl.OutputBufferLength < sizeof *ping)
        return kdevice_complete(irp, STATUS_BUFFER_TOO_SMALL, 0);
    *ping = (struct birch_ping){
        .product = BIRCH_PRODUCT,
        .pings = (uint32_t)InterlockedIncrement(&birch->pings),
    };
    return kdevice_complete(irp, STATUS_SUCCESS, sizeof *ping);
}

static void WINAPI unload(DRIVER_OBJECT *driver)
{
    (void)driver;
    kdevice_delete(control_device, LINK_NAME);
}

NTSTATUS WINAPI DriverEntry(DRIVER_OBJECT *driver, UNICODE_STRING *registry_path)
{
    (void)registry_path;
    driver->DriverUnload = unload;
    return kdevice_create(driver, DEVICE_NAME, LINK_NAME, sizeof(struct birch), control,
                          &control_device);
}
