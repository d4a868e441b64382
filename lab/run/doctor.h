/* SPDX-License-Identifier: GPL-2.0-or-later
 * What this host can run: a list of checks, each with what is lost where it fails.
 */
#pragma once

#include <cjson/cJSON.h>

#include "model/lab.h"

typedef enum {
    CHECK_OK,
    CHECK_NOTE,    /* works, but slower or with less */
    CHECK_MISSING, /* the main job cannot run */
} CheckState;

typedef struct {
    const char *name; /* libvirt, qemu, kvm, memory, disk, guest … */
    CheckState state;
    char *text;   /* what was found */
    char *advice; /* what to do, or what is lost; NULL where all is well */
} DoctorCheck;

/* Looks at everything. Of DoctorCheck*. Free with g_ptr_array_unref(). */
GPtrArray *doctor_examine(const Lab *lab);

/* Whether the main job can run: no check is CHECK_MISSING. */
bool doctor_ready(const GPtrArray *checks);

/* {"format":1,"ready":…,"checks":[{"name","state","text","advice"}]} */
cJSON *doctor_json(const GPtrArray *checks);

/* `ok`, `note`, `missing`. */
const char *check_state_name(CheckState state);
