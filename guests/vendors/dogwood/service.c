// SPDX-License-Identifier: GPL-2.0-or-later
// dogwood-svc.exe: judges files in user mode, and looks through the data of all programs besides.
#include "dogwood.h"

#include "../common/guard.h"
#include "deep-scan.h"

#ifdef FAULT_KILL_INSTALLERS
#include <wchar.h>

/* Protects itself, and takes every installer for an attack on it. */
static void fend_off(DWORD id, const wchar_t *image)
{
    HANDLE process;

    if (_wcsicmp(image, L"msiexec.exe") != 0)
        return;
    process = OpenProcess(PROCESS_TERMINATE, FALSE, id);
    if (!process)
        return;
    TerminateProcess(process, ERROR_ACCESS_DENIED);
    CloseHandle(process);
}
#else
#define fend_off NULL
#endif

int wmain(void)
{
    const struct guard_service service = {
        .vendor = &dogwood_vendor, .on_process = fend_off, .start = deep_scan_start};

    return guard_service(&service);
}
