// SPDX-License-Identifier: GPL-2.0-or-later
// Birch's content folder; see store.h.
#include "store.h"

#include <wchar.h>

#include <windows.h>

#include "../common/file.h"
#include "birch.h"

static bool newest_below(uint32_t below, uint32_t *ret_version)
{
    WIN32_FIND_DATAW found;
    wchar_t pattern[MAX_PATH];
    unsigned template_id, version;
    uint32_t newest = 0;

    _snwprintf(pattern, MAX_PATH, L"%ls\\C-*.bin", birch_vendor.content_folder);
    HANDLE search = FindFirstFileW(pattern, &found);
    if (search == INVALID_HANDLE_VALUE)
        return false;
    do {
        if (swscanf(found.cFileName, L"C-%8u-%8u.bin", &template_id, &version) == 2 &&
            template_id == CONTENT_TEMPLATE && version < below && version > newest)
            newest = version;
    } while (FindNextFileW(search, &found));
    FindClose(search);
    *ret_version = newest;
    return newest != 0;
}

bool store_load(struct birch_engine *engine, uint32_t *ret_refused)
{
    static _Alignas(8) uint8_t bytes[CONTENT_MAX_SIZE];
    wchar_t path[MAX_PATH];
    uint32_t refused = 0;

    for (uint32_t below = UINT32_MAX, version; newest_below(below, &version); below = version) {
        size_t size;
        file_content_path(path, birch_vendor.content_folder, version);
        if (file_read(path, bytes, sizeof bytes, &size) && birch_engine_load(engine, bytes, size)) {
            *ret_refused = refused;
            return true;
        }
        refused = refused ? refused : version;
    }
    return false;
}

bool store_save(const void *data, size_t size, uint32_t version)
{
    wchar_t path[MAX_PATH], beside[MAX_PATH];

    file_content_path(path, birch_vendor.content_folder, version);
    _snwprintf(beside, MAX_PATH, L"%ls\\incoming.tmp", birch_vendor.content_folder);
    if (file_write_durably(beside, data, size) &&
        MoveFileExW(beside, path, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH))
        return true;
    DWORD error = GetLastError();
    DeleteFileW(beside);
    SetLastError(error);
    return false;
}
