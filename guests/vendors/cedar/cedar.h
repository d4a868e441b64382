// SPDX-License-Identifier: GPL-2.0-or-later
// Cedar's names and places. Its load-order group is birch's: drivers of one group share what they
// hook.
#pragma once

#include "../common/vendor.h"

#ifndef CEDAR_ALTITUDE
#define CEDAR_ALTITUDE L"326310.291"
#endif

static const struct vendor cedar_vendor = {
    .title = L"Cedar Guard",
    .service = L"CedarSvc",
    .driver = L"cedar",
    .driver_path = L"C:\\Windows\\System32\\drivers\\cedar.sys",
    .group = L"FSFilter Anti-Virus",
    .altitude = CEDAR_ALTITUDE,
    .device = L"\\\\.\\Cedar",
    .neighbour = L"\\\\.\\Birch",
    .pipe = L"\\\\.\\pipe\\Cedar",
    .content_folder = L"C:\\ProgramData\\Cedar\\Content",
    .data_folder = L"C:\\ProgramData\\Cedar",
    .quarantine = L"C:\\ProgramData\\Cedar\\Quarantine",
    .policy = L"SOFTWARE\\Cedar\\Policy",
};
