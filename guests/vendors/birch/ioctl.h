// SPDX-License-Identifier: GPL-2.0-or-later
// What birch's driver answers on its device \\.\Birch; include a Windows header first.
#pragma once

#include <stdint.h>

struct birch_ping {
    uint32_t product; /* major * 10 + minor */
    uint32_t pings;   /* answered since the driver started, this one included */
};

/* Out: struct birch_ping. */
#define BIRCH_IOCTL_PING CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_READ_ACCESS)
