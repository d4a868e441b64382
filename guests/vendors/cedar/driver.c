// SPDX-License-Identifier: GPL-2.0-or-later
// cedar.sys: hooks the kernel's pool allocation inline to count it, and answers a ping on its
// device.
#include "../common/thin-driver.h"

const struct thin_driver thin_driver = {
    .device_name = L"\\Device\\Cedar",
    .link_name = L"\\DosDevices\\Cedar",
    .pool_tag = 0x72646543, /* "Cedr" */
};
