/* SPDX-License-Identifier: GPL-2.0-or-later */
/* truce-bugcheck.exe: the reference guest's answer to an unhandled exception in a program, and to
 * the end of a process that Windows cannot do without.
 *
 *   truce-bugcheck.exe PID EVENT
 *   truce-bugcheck.exe --died NAME
 *
 * Registered as the AeDebug debugger, it is started by Wine with the faulting process' id and an
 * event to set once it has attached; the process ends: one line on the serial port and a user-mode
 * minidump in C:\CrashDumps. A fault in a driver does not come here: see
 * guests/reference/kernel/kernel.h.
 *
 * --died is the first process' word that the critical process NAME has ended. That is a bugcheck,
 * 0xEF, with a triage dump that knows neither a thread nor a module: both are gone.
 */
#include <windows.h>

#include <dbghelp.h>
#include <psapi.h>
#include <stdio.h>
#include <wchar.h>

#include "control.h"
#include "dump-file.h"
#include "triage-dump.h"

#define ATTACH_DEADLINE_MS 20000
#define MODULES_MAX 256
#define COMMENT "Truce reference guest: a critical process died"

struct fault {
    HANDLE process;
    DWORD pid, tid;
    EXCEPTION_RECORD record;
    CONTEXT context;
    wchar_t image[MAX_PATH]; /* base name of the process' executable */
};

static const wchar_t *base_name(const wchar_t *path)
{
    const wchar_t *slash = wcsrchr(path, L'\\');

    return slash ? slash + 1 : path;
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
    return ok;
}

/* NAME+0xOFFSET of the module that an address lies in. */
static void describe_address(const struct fault *fault, uint64_t address, char *ret_text,
                             size_t size)
{
    HMODULE handles[MODULES_MAX];
    wchar_t path[MAX_PATH] = L"?";
    DWORD bytes = 0;

    snprintf(ret_text, size, "?+0x%llx", (unsigned long long)address);
    if (!EnumProcessModules(fault->process, handles, sizeof handles, &bytes))
        return;
    for (size_t i = 0; i < min(bytes, sizeof handles) / sizeof *handles; i++) {
        MODULEINFO info;
        uint64_t base = (ULONG_PTR)handles[i];
        if (!GetModuleInformation(fault->process, handles[i], &info, sizeof info) ||
            address < base || address - base >= info.SizeOfImage)
            continue;
        GetModuleFileNameExW(fault->process, handles[i], path, MAX_PATH - 1);
        snprintf(ret_text, size, "%.100ls+0x%llx", base_name(path),
                 (unsigned long long)(address - base));
        return;
    }
}

static void process_fault(const struct fault *fault)
{
    CONTEXT context = fault->context;
    EXCEPTION_RECORD record = fault->record;
    EXCEPTION_POINTERS pointers = {&record, &context};
    MINIDUMP_EXCEPTION_INFORMATION info = {fault->tid, &pointers, FALSE};
    wchar_t path[MAX_PATH];
    char line[400], place[140];
    HANDLE file;

    describe_address(fault, fault->context.Rip, place, sizeof place);
    snprintf(line, sizeof line, "serial truce: service crash %.100ls code 0x%08lx at %s\n",
             fault->image, fault->record.ExceptionCode, place);
    control_send(line);
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

/* What Windows gives as the first parameter is the process object's address; there is none here.
 */
static int critical_process_died(void)
{
    static CONTEXT context;
    static uint8_t record[TRIAGE_EXCEPTION_SIZE], dump[0x4000];
    OSVERSIONINFOW version = {.dwOSVersionInfoSize = sizeof version};
    struct stop stop = {STOP_CRITICAL_PROCESS_DIED, {0}};
    struct triage_crash crash = {.code = stop.code,
                                 .context = &context,
                                 .context_size = sizeof context,
                                 .exception = record,
                                 .system_time = dump_file_time(),
                                 .uptime = GetTickCount64() * 10000,
                                 .build = GetVersionExW(&version) ? version.dwBuildNumber : 0,
                                 .comment = COMMENT,
                                 .stack = ""};
    char text[DUMP_FILE_STOP_MAX];
    size_t size = triage_dump_build(&crash, dump, sizeof dump);

    if (!size || !dump_file_save(dump, size))
        control_send("serial truce: bugcheck: the dump could not be written\n");
    dump_file_stop_text(&stop, NULL, 0, 0, 0, text);
    return dump_file_leave_stop_text(text) && control_send("stop " DUMP_FILE_STOP_UNIX "\n") ? 0
                                                                                             : 1;
}

int wmain(int argc, wchar_t **argv)
{
    static struct fault fault;
    char line[200];

    if (argc != 3)
        return 2;
    if (!wcscmp(argv[1], L"--died"))
        return critical_process_died();
    fault.pid = wcstoul(argv[1], NULL, 10);
    if (!read_fault(&fault, (HANDLE)(ULONG_PTR)wcstoull(argv[2], NULL, 10))) {
        snprintf(line, sizeof line,
                 "serial truce: bugcheck: cannot read the fault of %.100ls (%lu)\n", fault.image,
                 GetLastError());
        control_send(line);
        return 1;
    }
    process_fault(&fault);
    return 0;
}
