// SPDX-License-Identifier: GPL-2.0-or-later
// Birch's names and places.
#pragma once

#include "../common/vendor.h"

static const struct vendor birch_vendor = {
    .title = L"Birch Protect",
    .service = L"BirchSvc",
    .driver = L"birch",
    .driver_path = L"C:\\Windows\\System32\\drivers\\birch.sys",
    .group = L"FSFilter Anti-Virus",
    .altitude = L"328810.291",
    .device = L"\\\\.\\Birch",
    .neighbour = L"\\\\.\\Cedar",
    .pipe = L"\\\\.\\pipe\\Birch",
    .content_folder = L"C:\\ProgramData\\Birch\\Content",
    .data_folder = L"C:\\ProgramData\\Birch",
    .quarantine = L"C:\\ProgramData\\Birch\\Quarantine",
    .policy = L"SOFTWARE\\Birch\\Policy",
};
