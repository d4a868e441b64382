// SPDX-License-Identifier: GPL-2.0-or-later
// A reference vendor's control tool: the verbs install, remove, status and update.
/*
 *   install        makes the data folders, registers and starts the driver (the package runs it)
 *   remove         stops and removes the driver and all data (the package runs it)
 *   status         one JSON line on stdout; exit 0 only where service, driver and device are well
 *   update FILE    applies a content file; exit 0 applied, 5 refused, 1 failed
 *
 * Exit 2: wrong usage. Failures are told on stderr.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "vendor.h"

enum control_exit {
    CONTROL_OK = 0,
    CONTROL_FAILED = 1,
    CONTROL_USAGE = 2,
    CONTROL_REFUSED = 5,
};

struct control_state {
    uint32_t product; /* major * 10 + minor */
    uint32_t content; /* version in use, 0 for none */
    uint32_t refused; /* version of the content file refused last, 0 for none */
    uint32_t events;
    uint32_t detections;
    bool damaged; /* it answers, but not all of it is as it should be */
};

struct control {
    const struct vendor *vendor;
    /* Asks the product over its device; false where it does not answer. */
    bool (*query)(struct control_state *ret_state);
    /* May the driver be unloaded now? NULL: always. */
    bool (*may_unload)(void);
    /* Applies the content file PATH. RET_VERSION: the content in use afterwards, 0 if unknown. */
    enum control_exit (*update)(const wchar_t *path, uint32_t *ret_version);
};

int control_main(const struct control *control, int argc, wchar_t **argv);
