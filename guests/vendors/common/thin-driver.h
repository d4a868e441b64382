// SPDX-License-Identifier: GPL-2.0-or-later
// Kernel side: the driver of birch and cedar, which answers a ping (ping.h) on its control device.
/*
 * With THIN_DRIVER_HOOKS it counts the machine's pool allocations by hooking
 * ExAllocatePoolWithTag inline (khook.h). With THIN_DRIVER_FILTER it registers with the filter
 * manager, as a minifilter that looks at nothing yet. FAULT_* macros choose a version's documented
 * fault.
 */
#pragma once

#include <ntddk.h>

struct thin_driver {
    const WCHAR *device_name, *link_name;
    ULONG pool_tag;
};

/* Each driver defines its own. */
extern const struct thin_driver thin_driver;
