/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Exceptions, and what they are in a kernel.
 *
 * A driver's own exception handlers come first, as in a kernel; what none of them takes is the
 * machine's end. Before them come only what no handler may have: the end of the stack, fast fail,
 * and the instructions that a kernel may execute and a process may not. Of those Wine knows most;
 * here are the ones where it matters what they do: CR8, which holds the IRQL, and the port writes
 * that reset a PC.
 */
#include "kernel.h"

#define STATUS_STACK_BUFFER_OVERRUN_CODE 0xc0000409u
#define STACK_GUARANTEE 0x10000
#define PAGE 0x1000
#define RESET_PORT_PCI 0xcf9
#define RESET_PORT_KEYBOARD 0x64
#define RESET_KEYBOARD 0xfe
#define RESET_PCI 0x06

static DWORD irql_slot, service_slot;

unsigned trap_irql(void)
{
    return (unsigned)(ULONG_PTR)TlsGetValue(irql_slot);
}

void trap_set_irql(unsigned irql)
{
    TlsSetValue(irql_slot, (void *)(ULONG_PTR)irql);
}

/* Of each thread that begins: room on its stack for the bugcheck that the end of its stack is. Wine
 * leaves its guard page at the very end, whatever room was asked for. */
static void NTAPI on_thread(void *module, DWORD reason, void *reserved)
{
    MEMORY_BASIC_INFORMATION stack;
    ULONG bytes = STACK_GUARANTEE;
    DWORD old;

    (void)module;
    (void)reserved;
    if ((reason != DLL_PROCESS_ATTACH && reason != DLL_THREAD_ATTACH) ||
        !SetThreadStackGuarantee(&bytes) || !VirtualQuery(&stack, &stack, sizeof stack))
        return;
    VirtualProtect((char *)stack.AllocationBase + STACK_GUARANTEE + PAGE, PAGE,
                   PAGE_READWRITE | PAGE_GUARD, &old);
}

/* The loader calls what stands in this section at the beginning of each thread. */
static PIMAGE_TLS_CALLBACK const thread_callback __attribute__((section(".CRT$XLC"), used)) =
    on_thread;

void trap_is_system_service(void)
{
    TlsSetValue(service_slot, (void *)1);
}

static bool is_mapped(uint64_t address)
{
    MEMORY_BASIC_INFORMATION info;

    return VirtualQuery((void *)(ULONG_PTR)address, &info, sizeof info) && info.State == MEM_COMMIT;
}

static void __attribute__((noreturn))
stop(const EXCEPTION_POINTERS *e, uint32_t status, uint64_t first)
{
    const EXCEPTION_RECORD *r = e->ExceptionRecord;
    bool access = status == EXCEPTION_ACCESS_VIOLATION && r->NumberParameters >= 2;
    struct trap trap = {
        .status = status,
        .ip = e->ContextRecord->Rip,
        .access = access ? r->ExceptionInformation[0] : 0,
        .address = access ? r->ExceptionInformation[1] : first,
        /* Where Windows would have put them: just below the stack pointer. */
        .record = e->ContextRecord->Rsp - sizeof *r,
        .context = e->ContextRecord->Rsp - sizeof *r - sizeof(CONTEXT),
        .irql = trap_irql(),
        .system_service = TlsGetValue(service_slot) != NULL,
    };
    struct image image;
    bool gone;
    enum pool_place place = access ? pool_at(trap.address) : POOL_ELSEWHERE;

    if (image_at(trap.ip, &image, &gone))
        trap.in_driver = image.driver;
    trap.unloaded = access && image_at(trap.address, &image, &gone) && gone;
    trap.mapped = access && is_mapped(trap.address);
    trap.freed_pool = place == POOL_FREED;
    trap.beyond_pool = place == POOL_BEYOND_END;

    struct stop chosen = stop_choose(&trap);
    crash_stop(&chosen, trap.unloaded ? trap.address : trap.ip, e->ContextRecord, r);
}

/* The general registers in the order of their numbers. */
static DWORD64 *general_register(CONTEXT *context, unsigned number)
{
    return &context->Rax + number;
}

/* mov REGISTER, cr8 and mov cr8, REGISTER: 44 or 45, 0F, 20 or 22, 11 000 rrr. */
static bool emulate_cr8(CONTEXT *context)
{
    const uint8_t *code = (const uint8_t *)(ULONG_PTR)context->Rip;
    DWORD64 *general;

    if ((code[0] & 0xfe) != 0x44 || code[1] != 0x0f || (code[2] != 0x20 && code[2] != 0x22) ||
        (code[3] & 0xf8) != 0xc0)
        return false;
    general = general_register(context, (code[0] & 1) << 3 | (code[3] & 7));
    if (code[2] == 0x20)
        *general = trap_irql();
    else
        trap_set_irql((unsigned)*general & 15);
    context->Rip += 4;
    return true;
}

/* out dx, al to one of the ports that reset a PC. */
static bool is_reset(const CONTEXT *context)
{
    const uint8_t *code = (const uint8_t *)(ULONG_PTR)context->Rip;
    uint16_t port = (uint16_t)context->Rdx;
    uint8_t value = (uint8_t)context->Rax;

    return code[0] == 0xee && ((port == RESET_PORT_KEYBOARD && value == RESET_KEYBOARD) ||
                               (port == RESET_PORT_PCI && (value & RESET_PCI) == RESET_PCI));
}

static LONG CALLBACK on_exception(EXCEPTION_POINTERS *e)
{
    switch (e->ExceptionRecord->ExceptionCode) {
    case EXCEPTION_STACK_OVERFLOW:
        stop(e, EXCEPTION_STACK_OVERFLOW, 0);
    case EXCEPTION_ILLEGAL_INSTRUCTION:
        if (image_is_fast_fail(e->ContextRecord->Rip))
            stop(e, STATUS_STACK_BUFFER_OVERRUN_CODE, e->ContextRecord->Rcx & 0xffffffff);
        break;
    case EXCEPTION_PRIV_INSTRUCTION:
        if (is_reset(e->ContextRecord))
            crash_reset();
        if (emulate_cr8(e->ContextRecord))
            return EXCEPTION_CONTINUE_EXECUTION;
        break;
    }
    return EXCEPTION_CONTINUE_SEARCH;
}

static LONG WINAPI on_unhandled(EXCEPTION_POINTERS *e)
{
    stop(e, e->ExceptionRecord->ExceptionCode, 0);
}

void trap_start(void)
{
    irql_slot = TlsAlloc();
    service_slot = TlsAlloc();
    AddVectoredExceptionHandler(TRUE, on_exception);
    SetUnhandledExceptionFilter(on_unhandled);
}
