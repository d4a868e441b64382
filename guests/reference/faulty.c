/* SPDX-License-Identifier: GPL-2.0-or-later */
/* faulty.sys: a driver that does one wrong thing, chosen by its service key's DWORD value Fault, so
 * that the live tests can see which faults reach the bugcheck path and with which stop code.
 *
 *    0  none: loads, makes \\.\Faulty, unloads     12  thread: fast fail 3
 *    1  DriverEntry: null pointer read              13  thread: bad read at DISPATCH_LEVEL
 *    2  DriverEntry: kernel-range read              14  dispatch: never returns, on open
 *    3  thread: null pointer read                   15  thread: resets the processor
 *    4  thread: null pointer write                  16  thread: pool block written beyond its end
 *    5  thread: read of a kernel-range address      17  unload: a pool block is not freed
 *    6  thread: endless recursion                   18  thread: read of a freed pool block
 *    7  thread: KeBugCheckEx(0xE2, 1, 2, 3, 4)      19  unload: a thread stays behind
 *    8  dispatch: null pointer write, on open       20  thread: closes a handle that is none
 *    9  thread: divide by zero                      21  thread: executes data
 *   10  DriverEntry: never returns                  22  thread: 7, unless it is verified
 *   11  thread: frees a pool block twice            23  DriverEntry: refuses to load
 *   24  thread: the kernel writes to a bad address for it at DISPATCH_LEVEL
 *
 * Faults 16 to 18 and 20 are silent, or found late, unless Driver Verifier watches faulty.sys.
 */
#include <ntddk.h>

#define TAG 0x746c7546 /* "Fult" */
#define TAKEN 40

DECLSPEC_IMPORT ULONG NTAPI MmIsDriverVerifying(PDRIVER_OBJECT driver);

static PDEVICE_OBJECT device;
static PDRIVER_OBJECT self;
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

static void wait_for_ever(void)
{
    LARGE_INTEGER never = {.QuadPart = MINLONGLONG};

    for (;;)
        KeDelayExecutionThread(KernelMode, FALSE, &never);
}

static void misuse_pool(void)
{
    volatile UCHAR *bytes = ExAllocatePoolWithTag(NonPagedPool, TAKEN, TAG);

    switch (fault) {
    case 11:
        ExFreePoolWithTag((void *)bytes, TAG);
        ExFreePoolWithTag((void *)bytes, TAG);
        break;
    case 16:
        /* Special pool aligns blocks to 16 bytes: beyond that is the next page. */
        for (int i = 0; i < 16; i++)
            bytes[TAKEN + i] = 1;
        ExFreePoolWithTag((void *)bytes, TAG);
        break;
    case 18:
        ExFreePoolWithTag((void *)bytes, TAG);
        DbgPrint("%u", bytes[0]);
        break;
    }
}

/* Wakes up after the driver has gone, to code that is no longer there. */
static void stay_behind(void)
{
    LARGE_INTEGER second = {.QuadPart = -10000000};

    for (;;)
        KeDelayExecutionThread(KernelMode, FALSE, &second);
}

static void read_at_dispatch_level(void)
{
    KIRQL old;

    KeRaiseIrql(DISPATCH_LEVEL, &old);
    DbgPrint("%lu", *kernel_page);
    KeLowerIrql(old);
}

/* The routine is the kernel's, so the kernel is where it happens. */
static void pass_at_dispatch_level(void)
{
    KIRQL old;

    KeRaiseIrql(DISPATCH_LEVEL, &old);
    KeInitializeEvent((PKEVENT)(ULONG_PTR)kernel_page, NotificationEvent, FALSE);
    KeLowerIrql(old);
}

static void go_wrong(void)
{
    volatile ULONG zero = 0;
    static UCHAR data[] = {0xc3};

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
    case 14:
        wait_for_ever();
        break;
    case 11:
    case 16:
    case 18:
        misuse_pool();
        break;
    case 12:
        __asm__ volatile("int $0x29" : : "c"(3));
        break;
    case 13:
        read_at_dispatch_level();
        break;
    case 15:
        __outbyte(0x64, 0xfe);
        break;
    case 19:
        stay_behind();
        break;
    case 20:
        ZwClose((HANDLE)0xbad0);
        break;
    case 21:
        ((void (*)(void))(ULONG_PTR)data)();
        break;
    case 22:
        if (!MmIsDriverVerifying(self))
            KeBugCheckEx(0xe2, 1, 2, 3, 4);
        break;
    case 24:
        pass_at_dispatch_level();
        break;
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
    if ((fault == 8 || fault == 14) &&
        IoGetCurrentIrpStackLocation(irp)->MajorFunction == IRP_MJ_CREATE)
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
    if (fault == 17)
        DbgPrint("%p", ExAllocatePoolWithTag(PagedPool, TAKEN, TAG));
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
    self = driver;
    IoCreateSymbolicLink(&link, &name);
    driver->DriverUnload = unload;
    driver->MajorFunction[IRP_MJ_CREATE] = dispatch;
    driver->MajorFunction[IRP_MJ_CLOSE] = dispatch;
    read_fault(path);
    if (fault == 23) {
        unload(driver);
        return STATUS_DEVICE_CONFIGURATION_ERROR;
    }
    if (fault == 1 || fault == 2 || fault == 10)
        go_wrong();
    else if (fault >= 3 && fault != 8 && fault != 14 && fault != 17)
        PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, thread_main, NULL);
    return STATUS_SUCCESS;
}
