// SPDX-License-Identifier: GPL-2.0-or-later
// What alder's driver answers on its device \\.\Alder; include a Windows header first.
#pragma once

#include <stdint.h>

struct alder_status {
    uint32_t product;         /* major * 10 + minor */
    uint32_t content_version; /* the content in use; 0: none */
    uint32_t
        refused_version; /* the newest content file that was refused at the last load; 0: none */
    uint32_t events;     /* evaluated since the driver started */
    uint32_t matches;
};

/* Out: struct alder_status. */
#define ALDER_IOCTL_STATUS CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_READ_ACCESS)
/* Loads the newest acceptable content file. Out: struct alder_status. */
#define ALDER_IOCTL_LOAD                                                                           \
    CTL_CODE(FILE_DEVICE_UNKNOWN, 0x801, METHOD_BUFFERED, FILE_READ_ACCESS | FILE_WRITE_ACCESS)
/* In: a packed event (event.h). Out: uint32_t, the rule that matched, 0 for none. */
#define ALDER_IOCTL_EVENT                                                                          \
    CTL_CODE(FILE_DEVICE_UNKNOWN, 0x802, METHOD_BUFFERED, FILE_READ_ACCESS | FILE_WRITE_ACCESS)
