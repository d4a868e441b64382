// SPDX-License-Identifier: GPL-2.0-or-later
// Inline hooks; see khook.h.
#include "khook.h"

#ifdef __x86_64__

typedef NTSTATUS(WINAPI *protect_routine)(HANDLE process, void **address, SIZE_T *size,
                                          ULONG protection, ULONG *old);

static NTSTATUS make_writable(UCHAR *routine)
{
    UNICODE_STRING name = RTL_CONSTANT_STRING(L"ZwProtectVirtualMemory");
    protect_routine protect = (protect_routine)(ULONG_PTR)MmGetSystemRoutineAddress(&name);
    void *address = routine;
    SIZE_T size = KHOOK_BYTES;
    ULONG old;

    if (!protect)
        return STATUS_PROCEDURE_NOT_FOUND;
    return protect((HANDLE)(LONG_PTR)-1, &address, &size, PAGE_EXECUTE_READWRITE, &old);
}

/* All bytes at once: other threads run through them. */
static void write_bytes(UCHAR *routine, const UCHAR *bytes)
{
    const UINT64 *wanted = (const UINT64 *)(const void *)bytes;
    UINT64 low = ((UINT64 *)(void *)routine)[0], high = ((UINT64 *)(void *)routine)[1];
    BOOLEAN done;

    do {
        __asm__ volatile("lock cmpxchg16b %1\n\tsete %0"
                         : "=q"(done), "+m"(*(UINT64(*)[2])(void *)routine), "+a"(low), "+d"(high)
                         : "b"(wanted[0]), "c"(wanted[1])
                         : "cc", "memory");
    } while (!done);
}

static void make_jump(UCHAR *jump, const UCHAR *routine, const void *replacement)
{
    (void)routine;
    jump[0] = 0x48;
    jump[1] = 0xb8;
    RtlCopyMemory(jump + 2, &replacement, sizeof replacement);
    jump[10] = 0xff;
    jump[11] = 0xe0;
}

#else

/* NT 5.2 exports nothing that would do it: write_bytes() lifts the write protection itself. */
static NTSTATUS make_writable(UCHAR *routine)
{
    (void)routine;
    return STATUS_SUCCESS;
}

/* All bytes at once, with CR0.WP off and interrupts held off meanwhile. */
static void write_bytes(UCHAR *routine, const UCHAR *bytes)
{
    enum { WRITE_PROTECT = 1 << 16 };
    const ULONG *wanted = (const ULONG *)(const void *)bytes;
    ULONG low = ((ULONG *)(void *)routine)[0], high = ((ULONG *)(void *)routine)[1];
    ULONG flags, control;

    __asm__ volatile("pushfl; popl %0; cli; movl %%cr0, %1" : "=r"(flags), "=r"(control));
    __asm__ volatile("movl %0, %%cr0" : : "r"(control & ~(ULONG)WRITE_PROTECT));
    __asm__ volatile("1: lock cmpxchg8b %0\n\tjnz 1b"
                     : "+m"(*(UINT64 *)(void *)routine), "+a"(low), "+d"(high)
                     : "b"(wanted[0]), "c"(wanted[1])
                     : "cc", "memory");
    __asm__ volatile("movl %0, %%cr0; pushl %1; popfl"
                     :
                     : "r"(control), "r"(flags)
                     : "memory", "cc");
}

static void make_jump(UCHAR *jump, const UCHAR *routine, const void *replacement)
{
    ULONG distance = (ULONG)replacement - (ULONG)routine - 5;

    jump[0] = 0xe9;
    RtlCopyMemory(jump + 1, &distance, sizeof distance);
}

#endif

NTSTATUS khook_set(struct khook *hook, const WCHAR *name, void *replacement)
{
    UNICODE_STRING text;

    RtlInitUnicodeString(&text, name);
    hook->routine = MmGetSystemRoutineAddress(&text);
    if (!hook->routine || (ULONG_PTR)hook->routine % KHOOK_BYTES != 0)
        return STATUS_PROCEDURE_NOT_FOUND;
    NTSTATUS status = make_writable(hook->routine);
    if (!NT_SUCCESS(status))
        return status;
    RtlCopyMemory(hook->found, hook->routine, KHOOK_BYTES);
    RtlCopyMemory(hook->jump, hook->routine, KHOOK_BYTES);
    make_jump(hook->jump, hook->routine, replacement);
    khook_resume(hook);
    return STATUS_SUCCESS;
}

void khook_suspend(struct khook *hook)
{
    write_bytes(hook->routine, hook->found);
}

void khook_resume(struct khook *hook)
{
    write_bytes(hook->routine, hook->jump);
}

BOOLEAN khook_is_outermost(const struct khook *hook)
{
    return RtlCompareMemory(hook->routine, hook->jump, KHOOK_BYTES) == KHOOK_BYTES;
}

void khook_remove(struct khook *hook)
{
    khook_suspend(hook);
}
