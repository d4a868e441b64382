/* SPDX-License-Identifier: GPL-2.0-or-later */
/* services.exe of the reference guest: Wine's service control manager, with what it lacks.
 *
 * This program maps Wine's own services.exe (kept as scm.exe), binds its imports, some of them to
 * functions here, and runs it. Those functions give it Windows' load order, safe mode, the end of a
 * service's process, and the events 7000, 7009, 7023, 7034 and 7045 of the System log (names and
 * texts: MS docs and the message table of "Service Control Manager").
 *
 *   RegOpenKeyExW, RegQueryValueExW   the load order, as the Tag that Wine sorts services by
 *   RegCreateKeyW, RegSetValueExW     a new service
 *   CreateProcessW                    a service's process begins; in safe mode it does not
 *   TerminateProcess                  a service did not begin in time
 *   lstrcmpW                          one driver host for all load-order groups
 */
#include "load-order.h"

#include <windows.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "../agent/control.h"
#include "../agent/event-log.h"
#include "linux-call.h"

#define SCM L"C:\\windows\\system32\\scm.exe"
#define DRIVER_HOST L"winedevice.exe"
#define SAFE_MODE_MARK L"\\\\?\\unix\\run\\truce\\safe-mode"
#define NAME_MAX_UNITS 260
/* Wine: the right to tell of a service how it is, which SERVICE_ALL_ACCESS lacks. */
#define SET_STATUS 0x8000
#define SERVICES L"System\\CurrentControlSet\\Services"

struct process {
    HANDLE handle, wait;
    DWORD pid;
    bool terminated; /* by the service control manager */
    WCHAR service[NAME_MAX_UNITS];
};

static bool safe_mode;
static DWORD opened_slot, host_slot; /* of this thread: the key it opened; a driver host compared */
static WCHAR new_service[NAME_MAX_UNITS];
static HKEY new_key;

static bool ends_with(const WCHAR *text, const WCHAR *end)
{
    size_t length = text ? wcslen(text) : 0, wanted = wcslen(end);

    return length >= wanted && !_wcsicmp(text + length - wanted, end);
}

static void add_event(int id, const char *level, const WCHAR *service, const WCHAR *detail,
                      const char *format)
{
    static const char *const names[] = {"param1", "param2"};
    const WCHAR *values[] = {service, detail};
    char message[700];

    snprintf(message, sizeof message, format, service, detail ? detail : L"");
    event_log_add(EVENT_LOG_SCM, id, level, names, values, detail ? 2 : 1, message);
}

static void failed_to_start(const WCHAR *service, DWORD error)
{
    WCHAR detail[16];

    _snwprintf(detail, 16, L"%%%%%lu", error);
    add_event(7000, "Error", service, detail,
              "The %ls service failed to start due to the following error: %ls");
}

/* The service whose ImagePath begins with the program of LINE; "" where none does. */
static void find_service(const WCHAR *line, WCHAR *ret_name)
{
    HKEY services;

    *ret_name = 0;
    if (RegOpenKeyW(HKEY_LOCAL_MACHINE, SERVICES, &services))
        return;
    for (DWORD i = 0;; i++) {
        WCHAR name[NAME_MAX_UNITS], path[1024], expanded[1024];
        DWORD size = sizeof path;
        if (RegEnumKeyW(services, i, name, NAME_MAX_UNITS))
            break;
        if (!RegGetValueW(services, name, L"ImagePath",
                          RRF_RT_REG_SZ | RRF_RT_REG_EXPAND_SZ | RRF_NOEXPAND, NULL, path, &size) &&
            ExpandEnvironmentStringsW(path, expanded, 1024) && !_wcsicmp(expanded, line)) {
            wcscpy(ret_name, name);
            break;
        }
    }
    RegCloseKey(services);
}

/* Wine forgets to say that a service whose process has gone is stopped. */
static void set_stopped(const WCHAR *service, SERVICE_STATUS *ret_before)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    SC_HANDLE handle =
        manager ? OpenServiceW(manager, service, SERVICE_QUERY_STATUS | SET_STATUS) : NULL;

    ret_before->dwCurrentState = 0;
    if (handle && QueryServiceStatus(handle, ret_before) &&
        ret_before->dwCurrentState != SERVICE_STOPPED) {
        SERVICE_STATUS stopped = {.dwServiceType = ret_before->dwServiceType,
                                  .dwCurrentState = SERVICE_STOPPED,
                                  .dwWin32ExitCode = ERROR_PROCESS_ABORTED};
        SetServiceStatus((SERVICE_STATUS_HANDLE)handle, &stopped);
    }
    if (handle)
        CloseServiceHandle(handle);
    if (manager)
        CloseServiceHandle(manager);
}

static void CALLBACK on_end(void *context, BOOLEAN timed_out)
{
    struct process *p = context;
    SERVICE_STATUS before = {0};
    WCHAR detail[16];

    (void)timed_out;
    set_stopped(p->service, &before);
    _snwprintf(detail, 16, L"%%%%%lu", before.dwWin32ExitCode);
    if (before.dwCurrentState == SERVICE_RUNNING || before.dwCurrentState == SERVICE_STOP_PENDING)
        add_event(7034, "Error", p->service, L"1",
                  "The %ls service terminated unexpectedly. It has done this %ls time(s).");
    else if (before.dwCurrentState == SERVICE_START_PENDING ||
             before.dwWin32ExitCode == ERROR_SERVICE_NEVER_STARTED) {
        if (p->terminated)
            add_event(7009, "Error", p->service, L"30000",
                      "A timeout was reached while waiting for the %ls service to connect (%ls "
                      "milliseconds).");
        failed_to_start(p->service,
                        p->terminated ? ERROR_SERVICE_REQUEST_TIMEOUT : ERROR_PROCESS_ABORTED);
    } else if (before.dwCurrentState == SERVICE_STOPPED && before.dwWin32ExitCode)
        add_event(7023, "Error", p->service, detail,
                  "The %ls service terminated with the following error: %ls");
    CloseHandle(p->handle);
    free(p);
}

#define PROCESSES_MAX 64
static struct process *processes[PROCESSES_MAX]; /* for TerminateProcess; a ring */
static LONG process_count;

static void watch(const WCHAR *service, const PROCESS_INFORMATION *info)
{
    struct process *p = calloc(1, sizeof *p);

    if (!p)
        return;
    wcscpy(p->service, service);
    p->pid = info->dwProcessId;
    if (!DuplicateHandle(GetCurrentProcess(), info->hProcess, GetCurrentProcess(), &p->handle, 0,
                         FALSE, DUPLICATE_SAME_ACCESS)) {
        free(p);
        return;
    }
    processes[(ULONG)InterlockedIncrement(&process_count) % PROCESSES_MAX] = p;
    RegisterWaitForSingleObject(&p->wait, p->handle, on_end, p, INFINITE, WT_EXECUTEONLYONCE);
}

static BOOL WINAPI create_process(const WCHAR *application, WCHAR *line,
                                  SECURITY_ATTRIBUTES *process, SECURITY_ATTRIBUTES *thread,
                                  BOOL inherit, DWORD flags, void *environment, const WCHAR *folder,
                                  STARTUPINFOW *startup, PROCESS_INFORMATION *info)
{
    WCHAR service[NAME_MAX_UNITS] = L"";

    if (safe_mode && !ends_with(line, L"rpcss.exe")) {
        SetLastError(ERROR_NOT_SAFEBOOT_SERVICE);
        return FALSE;
    }
    if (!ends_with(line, DRIVER_HOST))
        find_service(line, service);
    if (!CreateProcessW(application, line, process, thread, inherit, flags, environment, folder,
                        startup, info)) {
        DWORD error = GetLastError();
        if (*service)
            failed_to_start(service, error);
        SetLastError(error);
        return FALSE;
    }
    if (*service)
        watch(service, info);
    return TRUE;
}

static BOOL WINAPI terminate_process(HANDLE handle, UINT code)
{
    DWORD pid = GetProcessId(handle);

    for (size_t i = 0; i < PROCESSES_MAX; i++)
        if (processes[i] && pid && processes[i]->pid == pid)
            processes[i]->terminated = true;
    return TerminateProcess(handle, code);
}

static LSTATUS WINAPI open_key(HKEY key, const WCHAR *name, DWORD options, REGSAM access, HKEY *ret)
{
    WCHAR *opened = TlsGetValue(opened_slot);

    if (!opened)
        TlsSetValue(opened_slot, opened = calloc(NAME_MAX_UNITS, sizeof *opened));
    if (opened && name)
        _snwprintf(opened, NAME_MAX_UNITS - 1, L"%ls", name);
    return RegOpenKeyExW(key, name, options, access, ret);
}

static LSTATUS WINAPI query_value(HKEY key, const WCHAR *name, DWORD *reserved, DWORD *type,
                                  BYTE *data, DWORD *size)
{
    const WCHAR *opened = TlsGetValue(opened_slot);
    DWORD tag = name && opened && !wcscmp(name, L"Tag") ? load_order_of(opened) : 0;

    if (!tag || !data || !size || *size < sizeof tag)
        return RegQueryValueExW(key, name, reserved, type, data, size);
    memcpy(data, &tag, sizeof tag);
    *size = sizeof tag;
    if (type)
        *type = REG_DWORD;
    return ERROR_SUCCESS;
}

static LSTATUS WINAPI create_key(HKEY key, const WCHAR *name, HKEY *ret)
{
    HKEY there;
    LSTATUS status;

    new_key = NULL;
    if (name && !RegOpenKeyExW(key, name, 0, KEY_READ, &there)) {
        RegCloseKey(there);
        return RegCreateKeyW(key, name, ret);
    }
    status = RegCreateKeyW(key, name, ret);
    if (!status && name) {
        new_key = *ret;
        _snwprintf(new_service, NAME_MAX_UNITS - 1, L"%ls", name);
    }
    return status;
}

static void tell_new_service(HKEY key, DWORD type)
{
    static const char *const names[] = {"ServiceName", "ImagePath", "ServiceType", "StartType"};
    static const WCHAR *const starts[] = {L"boot start", L"system start", L"auto start",
                                          L"demand start", L"disabled"};
    WCHAR path[600] = L"";
    DWORD size = sizeof path - sizeof *path, start = 3, start_size = sizeof start;
    char message[1200];

    RegGetValueW(key, NULL, L"ImagePath", RRF_RT_REG_SZ | RRF_RT_REG_EXPAND_SZ | RRF_NOEXPAND, NULL,
                 path, &size);
    RegGetValueW(key, NULL, L"Start", RRF_RT_REG_DWORD, NULL, &start, &start_size);
    const WCHAR *values[] = {new_service, path,
                             type & (SERVICE_KERNEL_DRIVER | SERVICE_FILE_SYSTEM_DRIVER)
                                 ? L"kernel mode driver"
                                 : L"user mode service",
                             starts[min(start, 4)]};
    snprintf(message, sizeof message, "A service was installed in the system: %ls (%ls).",
             new_service, path);
    event_log_add(EVENT_LOG_SCM, 7045, "Information", names, values, 4, message);
}

static LSTATUS WINAPI set_value(HKEY key, const WCHAR *name, DWORD reserved, DWORD type,
                                const BYTE *data, DWORD size)
{
    LSTATUS status;
    DWORD service_type;

    /* The order that query_value() makes up is nobody's setting. */
    if (name && !wcscmp(name, L"Tag"))
        return ERROR_SUCCESS;
    status = RegSetValueExW(key, name, reserved, type, data, size);
    if (!status && name && key == new_key && !wcscmp(name, L"Type") &&
        size == sizeof service_type) {
        memcpy(&service_type, data, sizeof service_type);
        new_key = NULL;
        tell_new_service(key, service_type);
    }
    return status;
}

/* Wine compares a driver host's path, then the load-order group it was started for, before it lets
 * another driver use it. Here any will do: all drivers run in one kernel. */
static int WINAPI compare(const WCHAR *a, const WCHAR *b)
{
    int result = lstrcmpW(a, b);
    bool path = ends_with(a, DRIVER_HOST), host = TlsGetValue(host_slot) != NULL;

    TlsSetValue(host_slot, (void *)(ULONG_PTR)(path && result == 0));
    return host && !path && wcsncmp(b, L"Services", 8) ? 0 : result;
}

static const struct {
    const char *name;
    void *function;
} bound[] = {
    {"CreateProcessW", create_process},
    {"TerminateProcess", terminate_process},
    {"RegOpenKeyExW", open_key},
    {"RegQueryValueExW", query_value},
    {"RegCreateKeyW", create_key},
    {"RegSetValueExW", set_value},
    {"lstrcmpW", compare},
};

static void *find_function(HMODULE module, const char *name)
{
    for (size_t i = 0; i < sizeof bound / sizeof *bound; i++)
        if (!strcmp(bound[i].name, name))
            return bound[i].function;
    return (void *)GetProcAddress(module, name);
}

/* Wine's loader binds the imports of a program only for the process' own one. */
static bool bind_imports(char *base, const IMAGE_NT_HEADERS64 *nt)
{
    const IMAGE_IMPORT_DESCRIPTOR *import =
        (const void *)(base + nt->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT]
                                  .VirtualAddress);
    DWORD old;

    for (; import->FirstThunk; import++) {
        HMODULE module = LoadLibraryA(base + import->Name);
        const IMAGE_THUNK_DATA64 *name = (const void *)(base + import->OriginalFirstThunk);
        IMAGE_THUNK_DATA64 *slot = (void *)(base + import->FirstThunk);
        for (; name->u1.AddressOfData; name++, slot++) {
            const IMAGE_IMPORT_BY_NAME *by_name = (const void *)(base + name->u1.AddressOfData);
            void *function = module ? find_function(module, by_name->Name) : NULL;
            if (!function || !VirtualProtect(slot, sizeof *slot, PAGE_READWRITE, &old))
                return false;
            slot->u1.Function = (ULONG_PTR)function;
        }
    }
    return true;
}

int wmain(void)
{
    char *base = (char *)LoadLibraryW(SCM), line[64];
    const IMAGE_NT_HEADERS64 *nt;

    if (!base)
        return 1;
    nt = (const void *)(base + ((const IMAGE_DOS_HEADER *)base)->e_lfanew);
    if ((ULONG_PTR)base != nt->OptionalHeader.ImageBase)
        return 1;
    opened_slot = TlsAlloc();
    host_slot = TlsAlloc();
    safe_mode = GetFileAttributesW(SAFE_MODE_MARK) != INVALID_FILE_ATTRIBUTES;
    load_order_read();
    if (!bind_imports(base, nt))
        return 1;
    snprintf(line, sizeof line, "critical %d services.exe\n", linux_pid());
    control_send(line);
    return ((int (*)(void))(void *)(base + nt->OptionalHeader.AddressOfEntryPoint))();
}
