// SPDX-License-Identifier: GPL-2.0-or-later
// alder-svc.exe: feeds file events to the driver and quarantines what the driver calls a detection.
#include "alder.h"

#include <windows.h>
#include <winioctl.h>

#include "../common/device.h"
#include "../common/scan.h"
#include "../common/service.h"
#include "ioctl.h"

static bool detects(const char *packed, size_t size)
{
    uint32_t rule = 0;

    return device_call(alder_vendor.device, ALDER_IOCTL_EVENT, packed, (DWORD)size, &rule,
                       sizeof rule) &&
           rule != 0;
}

static bool start(HANDLE stop)
{
    (void)stop;
    return true;
}

static void run(HANDLE stop)
{
    const struct scan scan = {
        .name = alder_vendor.service, .quarantine = alder_vendor.quarantine, .detects = detects};

    scan_run(&scan, stop);
}

int wmain(void)
{
    const struct service service = {.name = alder_vendor.service, .start = start, .run = run};

    return service_main(&service);
}
