// SPDX-License-Identifier: GPL-2.0-or-later
// Dogwood's deep scan: all of C:\ProgramData, again and again, beside the watched folder.
/*
 * What it finds there goes to quarantine, but for content files: by their nature they hold what is
 * looked for.
 */
#pragma once

#include <stdbool.h>

#include <windows.h>

/* Scans on a thread of its own until STOP is set. */
bool deep_scan_start(HANDLE stop);
