/* SPDX-License-Identifier: GPL-2.0-or-later */
/* faulty.sys: a driver that does one wrong thing, chosen by its service key's DWORD value Fault, so
 * that the live tests can see which faults reach the bugcheck path and with which stop code.
 *
 *   0  none: loads, makes \\.\Faulty, unloads      5  thread: read of a kernel-range address
 *   1  DriverEntry: null pointer read              6  thread: endless recursion
 *   2  DriverEntry: kernel-range read              7  thread: KeBugCheckEx(0xE2, 1, 2, 3, 4)
 *   3  thread: null pointer read                   8  dispatch: null pointer write, on open
 *   4  thread: null pointer write                  9  thread: divide by zero
 *                                                 10  DriverEntry: never returns
 */
#include <ntddk.h>

static PDEVICE_OBJECT device;
static ULONG fault;

/* Volatile, or the compiler would see through the faults and refuse them. */
static volatile ULONG *volatile null_page = (volatile ULONG *)(ULONG_PTR)0x9c;
static volatile ULONG *volatile kernel_page = (volatile ULONG *)(ULONG_PTR)0xffff840500000074;
static volatile ULONG recursion_end;

static __attribute__((noinline)) ULONG recurse(ULONG depth)
{
    volatile ULONG frame[256];

    if (depth == recursion_end)
        return 0;
    frame[depth % 256] = depth;
    return recurse(depth + 1) + frame[depth % 256];
}

static void go_wrong(void)
{
    volatile ULONG zero = 0;
    LARGE_INTEGER never;

    switch (fault) {
    case 1:
    case 3:
        DbgPrint("%lu", *null_page);
        break;
    case 2:
    case 5:
        DbgPrint("%lu", *kernel_page);
        break;
    case 4:
    case 8:
        *null_page = 1;
        break;
    case 6:
        recurse(1);
        break;
    case 7:
        KeBugCheckEx(0xe2, 1, 2, 3, 4);
        break;
    case 10:
        never.QuadPart = MINLONGLONG;
        for (;;)
            KeDelayExecutionThread(KernelMode, FALSE, &never);
    case 9:
        DbgPrint("%lu", 100 / zero);
        break;
    }
}

static void NTAPI thread_main(void *context)
{
    (void)context;
    go_wrong();
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static NTSTATUS NTAPI dispatch(PDEVICE_OBJECT object, PIRP irp)
{
    (void)object;
    if (fault == 8 && IoGetCurrentIrpStackLocation(irp)->MajorFunction == IRP_MJ_CREATE)
        go_wrong();
    irp->IoStatus.Status = STATUS_SUCCESS;
    irp->IoStatus.Information = 0;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return STATUS_SUCCESS;
}

static void NTAPI unload(PDRIVER_OBJECT driver)
{
    UNICODE_STRING link = RTL_CONSTANT_STRING(L"\\DosDevices\\Faulty");

    (void)driver;
    IoDeleteSymbolicLink(&link);
    IoDeleteDevice(device);
}

static void read_fault(PUNICODE_STRING path)
{
    RTL_QUERY_REGISTRY_TABLE table[2] = {{0}};

    table[0].Flags = RTL_QUERY_REGISTRY_DIRECT;
    table[0].Name = (PWSTR)L"Fault";
    table[0].EntryContext = &fault;
    RtlQueryRegistryValues(RTL_REGISTRY_ABSOLUTE, path->Buffer, table, NULL, NULL);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path)
{
    UNICODE_STRING name = RTL_CONSTANT_STRING(L"\\Device\\Faulty");
    UNICODE_STRING link = RTL_CONSTANT_STRING(L"\\DosDevices\\Faulty");
    NTSTATUS status = IoCreateDevice(driver, 0, &name, FILE_DEVICE_UNKNOWN, 0, FALSE, &device);
    HANDLE thread;

    if (!NT_SUCCESS(status))
        return status;
    IoCreateSymbolicLink(&link, &name);
    driver->DriverUnload = unload;
    driver->MajorFunction[IRP_MJ_CREATE] = dispatch;
    driver->MajorFunction[IRP_MJ_CLOSE] = dispatch;
    read_fault(path);
    if (fault == 1 || fault == 2 || fault == 10)
        go_wrong();
    else if (fault >= 3 && fault != 8)
        PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, thread_main, NULL);
    return STATUS_SUCCESS;
}
