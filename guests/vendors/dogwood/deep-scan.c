// SPDX-License-Identifier: GPL-2.0-or-later
// Dogwood's deep scan; see deep-scan.h.
#include "deep-scan.h"

#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "../common/content.h"
#include "../common/file.h"
#include "../common/guard.h"
#include "../common/scan.h"
#include "dogwood.h"

#define PLACE L"C:\\ProgramData"
#define DEPTH_MAX 8
#define PAUSE_MS 2000

static HANDLE stopped;

#ifndef FAULT_FOREIGN_CONTENT
static bool is_content(const wchar_t *path)
{
    char magic[4];
    size_t size;

    return file_read_head(path, magic, sizeof magic, &size) && size == sizeof magic &&
           memcmp(magic, CONTENT_MAGIC, sizeof magic) == 0;
}
#else
/* Knows content files by their place alone, its own folder. */
static bool is_content(const wchar_t *path)
{
    (void)path;
    return false;
}
#endif

#ifdef FAULT_HOLD_FILES
/* Keeps what it scans open until the scan is over; others may read it, and nothing else. */
static HANDLE held[256];
static size_t held_count;

static void hold(const wchar_t *path)
{
    HANDLE file;

    if (held_count == sizeof held / sizeof *held)
        return;
    file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    if (file != INVALID_HANDLE_VALUE)
        held[held_count++] = file;
}

static void end_scan(void)
{
    WaitForSingleObject(stopped, 10 * PAUSE_MS);
    while (held_count > 0)
        CloseHandle(held[--held_count]);
}
#else
static void hold(const wchar_t *path)
{
    (void)path;
}

static void end_scan(void)
{
    WaitForSingleObject(stopped, PAUSE_MS);
}
#endif

static void look_at(const wchar_t *path)
{
    if (!is_content(path) && guard_judge(path))
        scan_quarantine(dogwood_vendor.quarantine, path);
    else
        hold(path);
}

static void walk(const wchar_t *folder, int depth)
{
    wchar_t path[MAX_PATH];
    WIN32_FIND_DATAW found;
    int chars = _snwprintf(path, MAX_PATH, L"%ls\\*", folder);
    HANDLE search;

    if (depth > DEPTH_MAX || chars < 0 || chars >= MAX_PATH ||
        _wcsnicmp(folder, dogwood_vendor.data_folder, wcslen(dogwood_vendor.data_folder)) == 0)
        return;
    search = FindFirstFileW(path, &found);
    if (search == INVALID_HANDLE_VALUE)
        return;
    do {
        if (found.cFileName[0] == L'.' || (found.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT))
            continue;
        chars = _snwprintf(path, MAX_PATH, L"%ls\\%ls", folder, found.cFileName);
        if (chars < 0 || chars >= MAX_PATH)
            continue;
        if (found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)
            walk(path, depth + 1);
        else
            look_at(path);
    } while (FindNextFileW(search, &found));
    FindClose(search);
}

static DWORD WINAPI scan(void *unused)
{
    (void)unused;
    while (WaitForSingleObject(stopped, 0) == WAIT_TIMEOUT) {
        walk(PLACE, 0);
        end_scan();
    }
    return 0;
}

bool deep_scan_start(HANDLE stop)
{
    stopped = stop;
    HANDLE thread = CreateThread(NULL, 0, scan, NULL, 0, NULL);
    if (!thread)
        return false;
    CloseHandle(thread);
    return true;
}
