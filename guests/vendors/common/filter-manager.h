// SPDX-License-Identifier: GPL-2.0-or-later
// Kernel side: what a driver that registers with the filter manager needs of it; MinGW has no
// header for it. Source: MS docs, FltRegisterFilter and FLT_REGISTRATION.
#pragma once

#include <ntddk.h>

#define FLT_VERSION 0x0202 /* of Windows 7 */

struct flt_registration {
    USHORT size;
    USHORT version;
    ULONG flags;
    const void *contexts;
    const void *operations; /* NULL: none is looked at */
    NTSTATUS(WINAPI *unload)(ULONG flags);
    const void *others[9]; /* optional callbacks */
};

DECLSPEC_IMPORT NTSTATUS WINAPI FltRegisterFilter(DRIVER_OBJECT *driver,
                                                  const struct flt_registration *registration,
                                                  void **ret_filter);
DECLSPEC_IMPORT NTSTATUS WINAPI FltStartFiltering(void *filter);
DECLSPEC_IMPORT void WINAPI FltUnregisterFilter(void *filter);
