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
    const wchar_t *name; /* of the service */
    const wchar_t *quarantine;
    /* Is the packed event (event.h) a detection? Called from scan_run's thread only. */
    bool (*detects)(const char *packed, size_t size);
};

/* Returns when STOP is set. */
void scan_run(const struct scan *scan, HANDLE stop);

/* Judges all that is in the folder again, soon: what detects files has changed. Any thread. */
void scan_again(void);

/* Packs the event of the file PATH; 0 where it cannot be read now. */
size_t scan_event(const wchar_t *path, char *packed, size_t size);

/* Moves the file PATH to the folder QUARANTINE under its own name and counts it as a detection. */
bool scan_quarantine(const wchar_t *quarantine, const wchar_t *path);

/* Files moved to quarantine since the process started. */
unsigned scan_detections(void);
