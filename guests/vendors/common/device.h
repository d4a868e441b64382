// SPDX-License-Identifier: GPL-2.0-or-later
// User side: calls to a driver's control device.
#pragma once

#include <stdbool.h>

#include <windows.h>

/* Opens DEVICE, sends one control CODE with IN_SIZE bytes, and wants exactly OUT_SIZE bytes back.
 * On failure GetLastError() says why. */
bool device_call(const wchar_t *device, DWORD code, const void *in, DWORD in_size, void *out,
                 DWORD out_size);
