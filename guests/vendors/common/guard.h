// SPDX-License-Identifier: GPL-2.0-or-later
// The products that judge in user mode (birch, cedar, dogwood): their service, and what their
// control tool says to it.
/*
 * The service loads the newest content that is acceptable, watches VENDOR_WATCHED, takes content
 * updates over the vendor's pipe, and obeys its policy: the value Exclusions of the policy key
 * holds names of files, separated by semicolons, that are not judged; a change counts at once.
 *
 * FAULT_* macros choose a version's documented fault; docs/reference-vendors.md lists them, and
 * each stands where it is wrong.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <windows.h>

#include "vendor.h"

#define GUARD_PATH_CHARS 260

enum guard_request_kind {
    GUARD_STATUS = 1,
    GUARD_UPDATE = 2,
};

/* One message each way. */
struct guard_request {
    uint32_t kind;
    wchar_t path[GUARD_PATH_CHARS]; /* of GUARD_UPDATE: the content file, zero-terminated */
};

struct guard_reply {
    uint32_t result;  /* enum control_exit */
    uint32_t error;   /* Windows' error code where the result is a failure */
    uint32_t product; /* major * 10 + minor */
    uint32_t content; /* version in use, 0 for none */
    uint32_t refused; /* version of the content refused last, 0 for none */
    uint32_t events;
    uint32_t detections;
};

struct guard_service {
    const struct vendor *vendor;
    /* Either may be NULL. Told of each process that starts; what else is to be started with the
     * service, and ends when STOP is set. */
    void (*on_process)(DWORD id, const wchar_t *image);
    bool (*start)(HANDLE stop);
};

/* Runs the service; returns the process's exit code. */
int guard_service(const struct guard_service *about);

/* Is the file a detection? For what the service starts besides. */
bool guard_judge(const wchar_t *path);

/* Runs the control tool. A product with a driver is well only where its device answers a ping
 * (ping.h) too. */
int guard_control(const struct vendor *vendor, int argc, wchar_t **argv);
