// SPDX-License-Identifier: GPL-2.0-or-later
// Birch's names and places, and what its parts say to each other.
#pragma once

#include <stdint.h>
#include <wchar.h>

#include "../common/vendor.h"

#define BIRCH_PIPE L"\\\\.\\pipe\\Birch"
#define BIRCH_PATH_CHARS 260

enum birch_request_kind {
    BIRCH_STATUS = 1,
    BIRCH_UPDATE = 2,
};

/* From the control tool to the service, over BIRCH_PIPE, one message each way. */
struct birch_request {
    uint32_t kind;
    wchar_t path[BIRCH_PATH_CHARS]; /* of BIRCH_UPDATE: the content file, zero-terminated */
};

struct birch_reply {
    uint32_t result;  /* enum control_exit */
    uint32_t error;   /* Windows' error code where the result is a failure */
    uint32_t content; /* version in use, 0 for none */
    uint32_t refused; /* version of the content refused last, 0 for none */
    uint32_t events;
    uint32_t detections;
};

static const struct vendor birch_vendor = {
    .title = L"Birch Protect",
    .service = L"BirchSvc",
    .driver = L"birch",
    .driver_path = L"C:\\Windows\\System32\\drivers\\birch.sys",
    .group = L"FSFilter Anti-Virus",
    .altitude = L"328810.291",
    .device = L"\\\\.\\Birch",
    .content_folder = L"C:\\ProgramData\\Birch\\Content",
    .data_folder = L"C:\\ProgramData\\Birch",
    .quarantine = L"C:\\ProgramData\\Birch\\Quarantine",
};
