// SPDX-License-Identifier: GPL-2.0-or-later
// birch.sys: a thin driver; it answers a ping on its device. Content never enters the kernel.
#include "../common/thin-driver.h"

const struct thin_driver thin_driver = {
    .device_name = L"\\Device\\Birch",
    .link_name = L"\\DosDevices\\Birch",
    .pool_tag = 0x63726942, /* "Birc" */
};
