/* SPDX-License-Identifier: GPL-2.0-or-later */
/* winedevice.exe of the reference guest: what the service control manager takes for a driver host.
 *
 * Wine's own runs the drivers of a load-order group; this one hands them to truce-kernel.exe, where
 * all run together (kernel/kernel.h), and starts that where it does not run yet.
 */
#include <windows.h>

#include <wchar.h>

#include "kernel/kernel.h"

#define FORWARDED 0x80000000 /* Wine's mark on a control that is for a driver, not for its host */
#define KERNEL_PROGRAM L"C:\\windows\\system32\\truce-kernel.exe"
#define KERNEL_DEADLINE_MS 30000
#define KERNEL_RETRY_MS 20

static SERVICE_STATUS_HANDLE handle;
static HANDLE stop;

static void set_status(DWORD state)
{
    SERVICE_STATUS status = {
        .dwServiceType = SERVICE_WIN32,
        .dwCurrentState = state,
        .dwControlsAccepted = state == SERVICE_RUNNING ? SERVICE_ACCEPT_STOP : 0,
    };

    SetServiceStatus(handle, &status);
}

/* Its pipe is there as soon as the kernel runs; a second one that is started ends by itself. */
static void start_kernel(void)
{
    STARTUPINFOW startup = {.cb = sizeof startup};
    PROCESS_INFORMATION process;
    WCHAR line[] = KERNEL_PROGRAM;

    if (!CreateProcessW(KERNEL_PROGRAM, line, NULL, NULL, FALSE, DETACHED_PROCESS, NULL, NULL,
                        &startup, &process))
        return;
    CloseHandle(process.hThread);
    CloseHandle(process.hProcess);
}

static DWORD ask_kernel(DWORD control, const WCHAR *name)
{
    ULONGLONG end = GetTickCount64() + KERNEL_DEADLINE_MS;
    struct kernel_request request = {.control = control};
    DWORD answer = 0, count;
    bool started = false;

    wcsncpy(request.name, name, KERNEL_NAME_MAX - 1);
    while (!CallNamedPipeW(KERNEL_PIPE, &request, sizeof request, &answer, sizeof answer, &count,
                           NMPWAIT_WAIT_FOREVER)) {
        if (GetLastError() != ERROR_FILE_NOT_FOUND && GetLastError() != ERROR_PIPE_BUSY)
            return GetLastError();
        if (GetTickCount64() > end)
            return ERROR_SERVICE_REQUEST_TIMEOUT;
        if (!started)
            start_kernel();
        started = true;
        Sleep(KERNEL_RETRY_MS);
    }
    return answer;
}

static DWORD WINAPI on_control(DWORD control, DWORD type, void *data, void *context)
{
    (void)type;
    (void)context;
    if (control & FORWARDED)
        return data ? ask_kernel(control & ~FORWARDED, data) : ERROR_INVALID_PARAMETER;
    if (control == SERVICE_CONTROL_STOP || control == SERVICE_CONTROL_SHUTDOWN)
        SetEvent(stop);
    return NO_ERROR;
}

static void WINAPI on_start(DWORD argc, WCHAR **argv)
{
    (void)argc;
    (void)argv;
    stop = CreateEventW(NULL, TRUE, FALSE, NULL);
    handle = RegisterServiceCtrlHandlerExW(L"winedevice", on_control, NULL);
    if (!handle)
        return;
    set_status(SERVICE_RUNNING);
    WaitForSingleObject(stop, INFINITE);
    set_status(SERVICE_STOPPED);
}

int wmain(void)
{
    SERVICE_TABLE_ENTRYW table[] = {{(WCHAR *)L"winedevice", on_start}, {NULL, NULL}};

    return StartServiceCtrlDispatcherW(table) ? 0 : 1;
}
