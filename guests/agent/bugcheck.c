/* SPDX-License-Identifier: GPL-2.0-or-later */
/* truce-bugcheck.exe: the reference guest's answer to an unhandled exception.
 *
 * Registered as the AeDebug debugger, it is started by Wine with the faulting process' id and an
 * event to set once it has attached. In Wine's driver host (winedevice.exe) the fault is a
 * driver's, so it is a fault of the machine: write a triage dump to C:\Windows\Minidump, leave the
 * stop screen's text in Z:\run\truce\stop, and ask the guest's first process, over
 * Z:\run\truce\control, to show it and to panic. Elsewhere the process ends alone: one line on the
 * serial port and a user-mode minidump in C:\CrashDumps.
 *
 *   truce-bugcheck.exe PID EVENT
 */
#include <windows.h>

#include <dbghelp.h>
#include <psapi.h>
#include <stdio.h>
#include <wchar.h>

#include "stop-code.h"
#include "triage-dump.h"

#define CONTROL L"\\\\?\\unix\\run\\truce\\control"
#define STOP_TEXT L"\\\\?\\unix\\run\\truce\\stop"
#define STOP_TEXT_UNIX "/run/truce/stop"
#define ATTACH_DEADLINE_MS 20000
#define COMMENT "Truce reference guest: written by Wine's driver host, not by a Windows kernel"

struct fault {
    HANDLE process;
    DWORD pid, tid;
    EXCEPTION_RECORD record;
    CONTEXT context;
    wchar_t image[MAX_PATH]; /* base name of the process' executable */
    struct triage_module modules[TRIAGE_MODULES_MAX];
    size_t module_count;
};

static void control(const char *request)
{
    HANDLE pipe = CreateFileW(CONTROL, GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                              OPEN_EXISTING, 0, NULL);
    DWORD written;

    if (pipe == INVALID_HANDLE_VALUE)
        return;
    WriteFile(pipe, request, (DWORD)strlen(request), &written, NULL);
    CloseHandle(pipe);
}

static const wchar_t *base_name(const wchar_t *path)
{
    const wchar_t *slash = wcsrchr(path, L'\\');

    return slash ? slash + 1 : path;
}

/* The PE header of a module in the other process: what the driver list tells of it. */
static void read_image_header(HANDLE process, struct triage_module *module)
{
    IMAGE_DOS_HEADER dos;
    IMAGE_NT_HEADERS64 nt;
    const char *base = (const char *)(ULONG_PTR)module->base;

    if (!ReadProcessMemory(process, base, &dos, sizeof dos, NULL) ||
        dos.e_magic != IMAGE_DOS_SIGNATURE || dos.e_lfanew < 0 ||
        !ReadProcessMemory(process, base + dos.e_lfanew, &nt, sizeof nt, NULL) ||
        nt.Signature != IMAGE_NT_SIGNATURE)
        return;
    module->size = nt.OptionalHeader.SizeOfImage;
    module->timestamp = nt.FileHeader.TimeDateStamp;
    module->checksum = nt.OptionalHeader.CheckSum;
    if (nt.OptionalHeader.AddressOfEntryPoint)
        module->entry = module->base + nt.OptionalHeader.AddressOfEntryPoint;
}

/* Windows' own dumps list the kernel first, then the HAL; readers count on that. */
static int rank(const wchar_t *path)
{
    const wchar_t *name = base_name(path);

    return !_wcsicmp(name, L"ntoskrnl.exe") ? 0 : !_wcsicmp(name, L"hal.dll") ? 1 : 2;
}

static void list_modules(struct fault *fault)
{
    HMODULE handles[TRIAGE_MODULES_MAX];
    wchar_t path[TRIAGE_PATH_MAX];
    DWORD bytes = 0;

    if (!EnumProcessModules(fault->process, handles, sizeof handles, &bytes))
        return;
    size_t count = min(bytes, sizeof handles) / sizeof *handles;
    for (int wanted = 0; wanted <= 2; wanted++) {
        for (size_t i = 0; i < count; i++) {
            struct triage_module *m = &fault->modules[fault->module_count];
            if (!GetModuleFileNameExW(fault->process, handles[i], path, TRIAGE_PATH_MAX) ||
                rank(path) != wanted)
                continue;
            path[TRIAGE_PATH_MAX - 1] = 0;
            memcpy(m->path, path, sizeof m->path);
            m->base = (ULONG_PTR)handles[i];
            read_image_header(fault->process, m);
            fault->module_count++;
        }
    }
}

static const struct triage_module *module_at(const struct fault *fault, uint64_t address)
{
    for (size_t i = 0; i < fault->module_count; i++) {
        const struct triage_module *m = &fault->modules[i];
        if (address >= m->base && address - m->base < m->size)
            return m;
    }
    return NULL;
}

/* Lets the other process run until its exception is about to end it, and leaves it stopped there.
 * What comes before that (the break that attaching makes, exceptions that a handler takes) passes.
 */
static BOOL wait_fault(struct fault *fault)
{
    ULONGLONG end = GetTickCount64() + ATTACH_DEADLINE_MS, now;
    DEBUG_EVENT event;

    while ((now = GetTickCount64()) < end && WaitForDebugEvent(&event, (DWORD)(end - now))) {
        DWORD how = DBG_CONTINUE;
        switch (event.dwDebugEventCode) {
        case EXIT_PROCESS_DEBUG_EVENT:
            return FALSE;
        case EXCEPTION_DEBUG_EVENT:
            fault->record = event.u.Exception.ExceptionRecord;
            fault->tid = event.dwThreadId;
            if (!event.u.Exception.dwFirstChance)
                return TRUE;
            if (fault->record.ExceptionCode != EXCEPTION_BREAKPOINT)
                how = DBG_EXCEPTION_NOT_HANDLED;
            break;
        case LOAD_DLL_DEBUG_EVENT:
            CloseHandle(event.u.LoadDll.hFile);
            break;
        case CREATE_PROCESS_DEBUG_EVENT:
            CloseHandle(event.u.CreateProcessInfo.hFile);
            break;
        }
        ContinueDebugEvent(event.dwProcessId, event.dwThreadId, how);
    }
    return FALSE;
}

static BOOL read_fault(struct fault *fault, HANDLE attached)
{
    wchar_t path[MAX_PATH];
    DWORD length = MAX_PATH;
    HANDLE thread;
    BOOL ok;

    fault->process = OpenProcess(PROCESS_ALL_ACCESS, FALSE, fault->pid);
    if (!fault->process)
        return FALSE;
    if (QueryFullProcessImageNameW(fault->process, 0, path, &length))
        wcscpy(fault->image, base_name(path));
    if (!DebugActiveProcess(fault->pid))
        return FALSE;
    SetEvent(attached);
    if (!wait_fault(fault))
        return FALSE;
    thread = OpenThread(THREAD_ALL_ACCESS, FALSE, fault->tid);
    fault->context.ContextFlags = CONTEXT_ALL;
    ok = thread && GetThreadContext(thread, &fault->context);
    if (thread)
        CloseHandle(thread);
    list_modules(fault);
    return ok;
}

/* The reference guest's ntoskrnl.exe traps on the first instruction of KeBugCheckEx and KeBugCheck,
 * so a driver's own bugcheck arrives here as an exception whose registers are the arguments. */
static BOOL is_kernel_function(const struct fault *fault, const char *name)
{
    HMODULE kernel = LoadLibraryExW(L"ntoskrnl.exe", NULL, DONT_RESOLVE_DLL_REFERENCES);
    const struct triage_module *loaded = module_at(fault, fault->context.Rip);
    FARPROC function = kernel ? GetProcAddress(kernel, name) : NULL;

    return function && loaded && rank(loaded->path) == 0 &&
           fault->context.Rip - loaded->base == (ULONG_PTR)function - (ULONG_PTR)kernel;
}

static uint64_t read_word(const struct fault *fault, uint64_t address)
{
    uint64_t word = 0;

    ReadProcessMemory(fault->process, (const void *)(ULONG_PTR)address, &word, sizeof word, NULL);
    return word;
}

/* The stop code, and in *ret_culprit the address that the stop screen names: for a driver's own
 * bugcheck its caller, otherwise where the exception happened. */
static struct stop choose_stop(const struct fault *fault, uint64_t *ret_culprit)
{
    const CONTEXT *c = &fault->context;
    const EXCEPTION_RECORD *r = &fault->record;
    BOOL access = r->ExceptionCode == EXCEPTION_ACCESS_VIOLATION && r->NumberParameters >= 2;
    struct stop stop = {0};

    *ret_culprit = c->Rip;

    if (is_kernel_function(fault, "KeBugCheckEx")) {
        *ret_culprit = read_word(fault, c->Rsp);
        stop = (struct stop){(uint32_t)c->Rcx,
                             {c->Rdx, c->R8, c->R9, read_word(fault, c->Rsp + 0x28)}};
    } else if (is_kernel_function(fault, "KeBugCheck")) {
        *ret_culprit = read_word(fault, c->Rsp);
        stop.code = (uint32_t)c->Rcx;
    } else {
        /* Where Windows would have put the record and the context: just below the stack pointer. */
        stop = stop_choose(r->ExceptionCode, c->Rip, access ? r->ExceptionInformation[0] : 0,
                           access ? r->ExceptionInformation[1] : 0, c->Rsp - sizeof *r,
                           c->Rsp - sizeof *r - sizeof *c);
    }
    return stop;
}

/* At most TRIAGE_STACK_MAX bytes from the stack pointer up, or as many as are readable. */
static size_t read_stack(const struct fault *fault, uint8_t *ret_stack)
{
    uint64_t address = fault->context.Rsp;
    size_t used = 0;

    while (used < TRIAGE_STACK_MAX) {
        size_t part = min(TRIAGE_STACK_MAX - used, 0x1000 - ((address + used) & 0xfff));
        if (!ReadProcessMemory(fault->process, (const void *)(ULONG_PTR)(address + used),
                               ret_stack + used, part, NULL))
            break;
        used += part;
    }
    return used;
}

static DWORD os_build(void)
{
    OSVERSIONINFOW version = {.dwOSVersionInfoSize = sizeof version};

    return GetVersionExW(&version) ? version.dwBuildNumber : 0;
}

static BOOL write_file(const wchar_t *path, DWORD disposition, const void *bytes, size_t size)
{
    HANDLE file = CreateFileW(path, GENERIC_WRITE, 0, NULL, disposition, 0, NULL);
    DWORD written = 0;
    BOOL ok;

    if (file == INVALID_HANDLE_VALUE)
        return FALSE;
    ok = WriteFile(file, bytes, (DWORD)size, &written, NULL) && written == size &&
         FlushFileBuffers(file);
    CloseHandle(file);
    return ok;
}

/* Windows' names: month, day and year, a number that differs between crashes, and -01. */
static BOOL save_dump(const uint8_t *dump, size_t size)
{
    wchar_t path[MAX_PATH];
    SYSTEMTIME now;

    GetLocalTime(&now);
    CreateDirectoryW(L"C:\\Windows\\Minidump", NULL);
    for (DWORD i = 0; i < 100; i++) {
        _snwprintf(path, MAX_PATH, L"C:\\Windows\\Minidump\\%02u%02u%02u-%05lu-01.dmp", now.wMonth,
                   now.wDay, now.wYear % 100, (GetTickCount() + i) % 100000);
        if (write_file(path, CREATE_NEW, dump, size))
            return TRUE;
        if (GetLastError() != ERROR_FILE_EXISTS)
            return FALSE;
    }
    return FALSE;
}

static BOOL write_kernel_dump(const struct fault *fault, const struct stop *stop)
{
    static uint8_t stack[TRIAGE_STACK_MAX];
    EXCEPTION_RECORD64 record = {0};
    FILETIME now;
    struct triage_crash crash = {
        .code = stop->code,
        .context = &fault->context,
        .context_size = sizeof fault->context,
        .exception = &record,
        .uptime = GetTickCount64() * 10000,
        .build = os_build(),
        .comment = COMMENT,
        .stack_address = fault->context.Rsp,
        .stack = stack,
        .stack_size = read_stack(fault, stack),
        .modules = fault->modules,
        .module_count = fault->module_count,
    };
    BOOL ok = FALSE;

    GetSystemTimeAsFileTime(&now);
    crash.system_time = (uint64_t)now.dwHighDateTime << 32 | now.dwLowDateTime;
    memcpy(crash.parameter, stop->parameter, sizeof crash.parameter);
    record.ExceptionCode = fault->record.ExceptionCode;
    record.ExceptionFlags = fault->record.ExceptionFlags;
    record.ExceptionAddress = (ULONG_PTR)fault->record.ExceptionAddress;
    record.NumberParameters = fault->record.NumberParameters;
    for (DWORD i = 0; i < EXCEPTION_MAXIMUM_PARAMETERS; i++)
        record.ExceptionInformation[i] = fault->record.ExceptionInformation[i];

    size_t size = triage_dump_size(&crash);
    uint8_t *dump = size ? HeapAlloc(GetProcessHeap(), 0, size) : NULL;
    if (dump && triage_dump_build(&crash, dump, size))
        ok = save_dump(dump, size);
    if (dump)
        HeapFree(GetProcessHeap(), 0, dump);
    return ok;
}

static void machine_fault(const struct fault *fault)
{
    uint64_t culprit;
    struct stop stop = choose_stop(fault, &culprit);
    const struct triage_module *m = module_at(fault, culprit);
    char text[1024];
    int n;

    if (!write_kernel_dump(fault, &stop))
        control("serial truce: bugcheck: the dump could not be written\n");
    n = snprintf(text, sizeof text, "*** STOP: 0x%08X (0x%016llX,0x%016llX,0x%016llX,0x%016llX)\n",
                 stop.code, stop.parameter[0], stop.parameter[1], stop.parameter[2],
                 stop.parameter[3]);
    if (m)
        snprintf(text + n, sizeof text - (size_t)n,
                 "***  %ls - Address %016llX base at %016llX, DateStamp %08x\n", base_name(m->path),
                 fault->context.Rip, m->base, m->timestamp);
    if (write_file(STOP_TEXT, CREATE_ALWAYS, text, strlen(text)))
        control("stop " STOP_TEXT_UNIX "\n");
    /* The first process ends all of Wine now. The crashed process must not run on before that. */
    Sleep(INFINITE);
}

static void process_fault(const struct fault *fault)
{
    const struct triage_module *m = module_at(fault, fault->context.Rip);
    CONTEXT context = fault->context;
    EXCEPTION_RECORD record = fault->record;
    EXCEPTION_POINTERS pointers = {&record, &context};
    MINIDUMP_EXCEPTION_INFORMATION info = {fault->tid, &pointers, FALSE};
    wchar_t path[MAX_PATH];
    char line[400];
    HANDLE file;

    snprintf(line, sizeof line,
             "serial truce: service crash %.100ls code 0x%08lx at %.100ls+0x%llx\n", fault->image,
             fault->record.ExceptionCode, m ? base_name(m->path) : L"?",
             fault->context.Rip - (m ? m->base : 0));
    control(line);
    CreateDirectoryW(L"C:\\CrashDumps", NULL);
    _snwprintf(path, MAX_PATH, L"C:\\CrashDumps\\%.100ls.%lu.dmp", fault->image, fault->pid);
    file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    if (file != INVALID_HANDLE_VALUE) {
        MiniDumpWriteDump(fault->process, fault->pid, file, MiniDumpNormal, &info, NULL, NULL);
        FlushFileBuffers(file);
        CloseHandle(file);
    }
    TerminateProcess(fault->process, fault->record.ExceptionCode);
}

int wmain(int argc, wchar_t **argv)
{
    static struct fault fault;
    char line[200];

    if (argc != 3)
        return 2;
    fault.pid = wcstoul(argv[1], NULL, 10);
    if (!read_fault(&fault, (HANDLE)(ULONG_PTR)wcstoull(argv[2], NULL, 10))) {
        snprintf(line, sizeof line,
                 "serial truce: bugcheck: cannot read the fault of %.100ls (%lu)\n", fault.image,
                 GetLastError());
        control(line);
        return 1;
    }
    if (!_wcsicmp(fault.image, L"winedevice.exe"))
        machine_fault(&fault);
    else
        process_fault(&fault);
    return 0;
}
