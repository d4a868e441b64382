// SPDX-License-Identifier: GPL-2.0-or-later
// User side: looks at the machine's processes as they come and go.
#pragma once

#include <stdbool.h>

#include <windows.h>

/* Watches on a thread of its own until STOP is set. ON_START, which may be NULL, is called there
 * for each process that has come since the watch began: its id and the base name of its image. */
bool process_watch_start(HANDLE stop, void (*on_start)(DWORD id, const wchar_t *image));
