// SPDX-License-Identifier: GPL-2.0-or-later
// Dogwood's names and places: all of it is user mode.
#pragma once

#include "../common/vendor.h"

static const struct vendor dogwood_vendor = {
    .title = L"Dogwood Shield",
    .service = L"DogwoodSvc",
    .pipe = L"\\\\.\\pipe\\Dogwood",
    .content_folder = L"C:\\ProgramData\\Dogwood\\Content",
    .data_folder = L"C:\\ProgramData\\Dogwood",
    .quarantine = L"C:\\ProgramData\\Dogwood\\Quarantine",
    .policy = L"SOFTWARE\\Dogwood\\Policy",
};
