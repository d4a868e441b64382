// SPDX-License-Identifier: GPL-2.0-or-later
// What the drivers of birch and cedar answer on their devices; include a Windows header first.
#pragma once

#include <stdint.h>

struct driver_ping {
    uint32_t pings;       /* answered since the driver started, this one included */
    uint32_t content;     /* what the service said last, 0: nothing */
    uint32_t allocations; /* of pool that its hook has seen; 0 without one */
    uint32_t may_unload;  /* 0: another product's hook would jump into what goes away */
};

/* Out: struct driver_ping. */
#define IOCTL_PING CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_READ_ACCESS)
/* One program at a time may scan: waits until it is this handle's turn; gives the turn on. */
#define IOCTL_TAKE_TURN CTL_CODE(FILE_DEVICE_UNKNOWN, 0x802, METHOD_BUFFERED, FILE_READ_ACCESS)
#define IOCTL_GIVE_TURN CTL_CODE(FILE_DEVICE_UNKNOWN, 0x803, METHOD_BUFFERED, FILE_READ_ACCESS)
/* In: uint32_t, the content that the service has in use. */
#define IOCTL_NOTE_CONTENT                                                                         \
    CTL_CODE(FILE_DEVICE_UNKNOWN, 0x801, METHOD_BUFFERED, FILE_READ_ACCESS | FILE_WRITE_ACCESS)
