// SPDX-License-Identifier: GPL-2.0-or-later
// Watches the folder VENDOR_WATCHED, turns each changed file into an event, quarantines detections.
/*
 * Changes come from ReadDirectoryChangesW; a slow poll of the whole folder runs beside it, for what
 * was still locked when it changed and for hosts without notifications.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <windows.h>

struct scan {
    const wchar_t *quarantine;
    /* Is the packed event (event.h) a detection? Called from scan_run's thread only. */
    bool (*detects)(const char *packed, size_t size);
};

/* Returns when STOP is set. */
void scan_run(const struct scan *scan, HANDLE stop);

/* Files moved to quarantine since the process started. */
unsigned scan_detections(void);
