// SPDX-License-Identifier: GPL-2.0-or-later
// Kernel side: the one control device that each reference vendor's driver has.
#pragma once

#include <ntddk.h>

/* Creates \Device\NAME and the link \DosDevices\NAME, so that user mode opens \\.\NAME, and sets
 * the open, close and control routines. SIZE bytes of zeroed device extension. */
NTSTATUS kdevice_create(DRIVER_OBJECT *driver, const WCHAR *device_name, const WCHAR *link_name,
                        ULONG size, PDRIVER_DISPATCH control, DEVICE_OBJECT **ret_device);

void kdevice_delete(DEVICE_OBJECT *device, const WCHAR *link_name);

/* Completes IRP with STATUS and INFORMATION bytes of output; returns STATUS. */
NTSTATUS kdevice_complete(IRP *irp, NTSTATUS status, ULONG_PTR information);
