/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pipe that driver hosts load and unload drivers by, and Wine's main loop: see kernel.h. */
#include "kernel.h"

#include <stdio.h>

#include "../../agent/control.h"
#include "../../agent/event-log.h"
#include "../linux-call.h"

#define SERVICES L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\"

typedef NTSTATUS WINAPI driver_function(const UNICODE_STRING *name);
typedef NTSTATUS CDECL main_loop_function(HANDLE stop);
typedef NTSTATUS CDECL enumerate_function(const WCHAR *name);

/* A driver that did not start is in the System event log. */
static DWORD tell_failed(const WCHAR *name, DWORD error)
{
    static const char *const names[] = {"param1", "param2"};
    WCHAR detail[16];
    const WCHAR *values[] = {name, detail};
    char message[KERNEL_NAME_MAX + 100];

    if (error == NO_ERROR)
        return error;
    _snwprintf(detail, 16, L"%%%%%lu", error);
    snprintf(message, sizeof message,
             "The %ls service failed to start due to the following error: %lu", name, error);
    event_log_add(EVENT_LOG_SCM, 7000, "Error", names, values, 2, message);
    return error;
}

/* The filter manager's statuses have errors of their own (MS docs, "Filter manager error codes"),
 * which Wine does not know. */
static DWORD to_error(NTSTATUS status)
{
    return ((ULONG)status & 0xffff0000) == 0xc01c0000 ? 0x801f0000 | (status & 0xffff)
                                                      : RtlNtStatusToDosError(status);
}

static DWORD carry_out(const struct kernel_request *request)
{
    WCHAR path[KERNEL_NAME_MAX + sizeof SERVICES / sizeof(WCHAR)];
    UNICODE_STRING name;
    driver_function *load = image_kernel_function("ZwLoadDriver");
    driver_function *unload = image_kernel_function("ZwUnloadDriver");
    enumerate_function *enumerate = image_kernel_function("wine_enumerate_root_devices");

    wcscpy(path, SERVICES);
    wcsncat(path, request->name, KERNEL_NAME_MAX - 1);
    RtlInitUnicodeString(&name, path);
    switch (request->control) {
    case KERNEL_START:
        return tell_failed(request->name, to_error(load(&name)));
    case KERNEL_STOP:
        return RtlNtStatusToDosError(unload(&name));
    case KERNEL_ENUMERATE:
        return RtlNtStatusToDosError(enumerate(request->name));
    default:
        return ERROR_INVALID_SERVICE_CONTROL;
    }
}

/* One request. A DriverEntry may take its time, so each has a thread of its own. */
static DWORD WINAPI serve_request(void *argument)
{
    HANDLE pipe = argument;
    struct kernel_request request;
    DWORD count, answer = ERROR_INVALID_DATA;

    if (ReadFile(pipe, &request, sizeof request, &count, NULL) && count == sizeof request) {
        request.name[KERNEL_NAME_MAX - 1] = 0;
        answer = carry_out(&request);
    }
    if (WriteFile(pipe, &answer, sizeof answer, &count, NULL))
        FlushFileBuffers(pipe);
    CloseHandle(pipe);
    return 0;
}

static HANDLE make_pipe(void)
{
    return CreateNamedPipeW(KERNEL_PIPE, PIPE_ACCESS_DUPLEX,
                            PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE | PIPE_WAIT,
                            PIPE_UNLIMITED_INSTANCES, sizeof(struct kernel_request),
                            sizeof(struct kernel_request), 0, NULL);
}

static DWORD WINAPI serve(void *argument)
{
    HANDLE pipe = argument;

    for (;;) {
        if (ConnectNamedPipe(pipe, NULL) || GetLastError() == ERROR_PIPE_CONNECTED) {
            HANDLE next = make_pipe();
            HANDLE thread = CreateThread(NULL, 0, serve_request, pipe, 0, NULL);
            CloseHandle(thread);
            pipe = next;
        }
    }
    return 0;
}

int wmain(void)
{
    HANDLE pipe, stop = CreateEventW(NULL, TRUE, FALSE, NULL);
    WCHAR drivers[MAX_PATH];
    char line[64];

    GetSystemDirectoryW(drivers, MAX_PATH - 20);
    wcscat(drivers, L"\\drivers");
    AddDllDirectory(drivers);
    crash_start();
    if (!image_start())
        return 1;
    pool_start();
    trap_start();
    snprintf(line, sizeof line, "critical %d System\n", linux_pid());
    control_send(line);
    pipe = make_pipe();
    if (pipe == INVALID_HANDLE_VALUE)
        return 1;
    CloseHandle(CreateThread(NULL, 0, serve, pipe, 0, NULL));
    trap_is_system_service();
    ((main_loop_function *)image_kernel_function("wine_ntoskrnl_main_loop"))(stop);
    return 0;
}
