// SPDX-License-Identifier: GPL-2.0-or-later
// Service skeleton; see service.h.
#include "service.h"

static const struct service *current;
static SERVICE_STATUS_HANDLE handle;
static HANDLE stop_event;

static void report(DWORD state, DWORD exit_code)
{
    SERVICE_STATUS status = {
        .dwServiceType = SERVICE_WIN32_OWN_PROCESS,
        .dwCurrentState = state,
        .dwControlsAccepted =
            state == SERVICE_RUNNING ? SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_SHUTDOWN : 0,
        .dwWin32ExitCode = exit_code,
        .dwWaitHint = state == SERVICE_RUNNING || state == SERVICE_STOPPED ? 0 : 10000,
    };

    SetServiceStatus(handle, &status);
}

static DWORD WINAPI on_control(DWORD code, DWORD type, void *data, void *context)
{
    (void)type;
    (void)data;
    (void)context;
    switch (code) {
    case SERVICE_CONTROL_STOP:
    case SERVICE_CONTROL_SHUTDOWN:
        report(SERVICE_STOP_PENDING, NO_ERROR);
        SetEvent(stop_event);
        return NO_ERROR;
    case SERVICE_CONTROL_INTERROGATE:
        return NO_ERROR;
    default:
        return ERROR_CALL_NOT_IMPLEMENTED;
    }
}

static void WINAPI on_start(DWORD argc, wchar_t **argv)
{
    (void)argc;
    (void)argv;
    handle = RegisterServiceCtrlHandlerExW(current->name, on_control, NULL);
    if (!handle)
        return;
    report(SERVICE_START_PENDING, NO_ERROR);
    if (!current->start(stop_event)) {
        DWORD error = GetLastError();
        report(SERVICE_STOPPED, error ? error : ERROR_GEN_FAILURE);
        return;
    }
    report(SERVICE_RUNNING, NO_ERROR);
    current->run(stop_event);
    report(SERVICE_STOPPED, NO_ERROR);
}

int service_main(const struct service *service)
{
    SERVICE_TABLE_ENTRYW table[] = {{(wchar_t *)service->name, on_start}, {NULL, NULL}};

    current = service;
    stop_event = CreateEventW(NULL, TRUE, FALSE, NULL);
    return stop_event && StartServiceCtrlDispatcherW(table) ? 0 : 1;
}
