/* SPDX-License-Identifier: GPL-2.0-or-later
 * The last selftest of a lab and guest, kept in the lab's state folder as
 * `selftests/<guest>.json` (what `truce selftest --json` prints), so that every report can name it.
 */
#pragma once

#include "util/cleanup.h"

#include <stdbool.h>

typedef struct {
    char *time;         /* UTC, when that run ended */
    char *truce;        /* version */
    char *image_sha256; /* of the guest */
    bool quick;
    bool passed;
    guint faults, found;  /* how many were tried; found and rightly blamed */
    guint healthy, quiet; /* twins and controls: tried; without a finding */
} SelftestRecord;

/* false, with nothing set, where there is none or what is there cannot be read. */
bool selftest_record_read(const char *state_folder, const char *guest, SelftestRecord **ret_record);
void selftest_record_free(SelftestRecord *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SelftestRecord, selftest_record_free)

/* Replaces the record of that guest, but by nothing that says less: an older one, or a part where a
 * whole one of the same image and version is kept. TRUCE_ERROR_LAB. */
bool selftest_record_write(const char *state_folder, const char *guest, const cJSON *selftest,
                           GError **error);
