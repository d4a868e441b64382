// SPDX-License-Identifier: GPL-2.0-or-later
// Calls to a driver's control device; see device.h.
#include "device.h"

bool device_call(const wchar_t *device, DWORD code, const void *in, DWORD in_size, void *out,
                 DWORD out_size)
{
    DWORD got = 0;
    HANDLE handle = CreateFileW(device, GENERIC_READ | GENERIC_WRITE,
                                FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
    if (handle == INVALID_HANDLE_VALUE)
        return false;
    BOOL done = DeviceIoControl(handle, code, (void *)in, in_size, out, out_size, &got, NULL);
    DWORD error = done ? ERROR_INVALID_DATA : GetLastError();
    CloseHandle(handle);
    SetLastError(error);
    return done && got == out_size;
}
