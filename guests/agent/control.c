/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests to the first process: see control.h. */
#include "control.h"

#include <windows.h>

#include <string.h>

bool control_send(const char *request)
{
    HANDLE pipe = CreateFileW(CONTROL_PATH, GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                              OPEN_EXISTING, 0, NULL);
    DWORD written = 0;
    bool ok;

    if (pipe == INVALID_HANDLE_VALUE)
        return false;
    ok = WriteFile(pipe, request, (DWORD)strlen(request), &written, NULL);
    CloseHandle(pipe);
    return ok;
}
