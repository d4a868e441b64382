// SPDX-License-Identifier: GPL-2.0-or-later
// Alder's names and places, for its service and control tool.
#pragma once

#include "../common/vendor.h"

static const struct vendor alder_vendor = {
    .title = L"Alder Sensor",
    .service = L"AlderSvc",
    .driver = L"alder",
    .driver_path = L"C:\\Windows\\System32\\drivers\\alder.sys",
    .group = L"FSFilter Activity Monitor",
    .altitude = L"388710.291",
    .device = L"\\\\.\\Alder",
    .content_folder = L"C:\\Windows\\System32\\drivers\\Alder",
    .data_folder = L"C:\\ProgramData\\Alder",
    .quarantine = L"C:\\ProgramData\\Alder\\Quarantine",
};
