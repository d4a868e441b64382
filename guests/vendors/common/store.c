// SPDX-License-Identifier: GPL-2.0-or-later
// A product's content folder; see store.h.
#include "store.h"

#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include <windows.h>

#include "file.h"

static bool newest_below(const struct vendor *vendor, uint32_t below, uint32_t *ret_version)
{
    WIN32_FIND_DATAW found;
    wchar_t pattern[MAX_PATH];
    unsigned template_id, version;
    uint32_t newest = 0;

    _snwprintf(pattern, MAX_PATH, L"%ls\\C-*.bin", vendor->content_folder);
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

bool store_load(const struct vendor *vendor, struct engine *engine, uint32_t *ret_refused)
{
    static _Alignas(8) uint8_t bytes[CONTENT_MAX_SIZE];
    wchar_t path[MAX_PATH];
    uint32_t refused = 0;

    for (uint32_t below = UINT32_MAX, version; newest_below(vendor, below, &version);
         below = version) {
        size_t size;
        file_content_path(path, vendor->content_folder, version);
        if (file_read(path, bytes, sizeof bytes, &size) && engine_load(engine, bytes, size)) {
            *ret_refused = refused;
            return true;
        }
        refused = refused ? refused : version;
    }
    return false;
}

#ifdef FAULT_TORN_UPDATE
/* Makes room first: from now until the new content is whole, the product has none. */
static void remove_content(const struct vendor *vendor)
{
    wchar_t path[MAX_PATH];

    for (uint32_t below = UINT32_MAX, old; newest_below(vendor, below, &old); below = old) {
        file_content_path(path, vendor->content_folder, old);
        DeleteFileW(path);
    }
}
#endif

bool store_save(const struct vendor *vendor, const void *data, size_t size, uint32_t version)
{
    wchar_t path[MAX_PATH], content[MAX_PATH];
    char text[16];

    _snwprintf(path, MAX_PATH, L"%ls\\current.txt", vendor->content_folder);
    snprintf(text, sizeof text, "%u\r\n", version);
    file_content_path(content, vendor->content_folder, version);
#ifdef FAULT_TORN_UPDATE
    remove_content(vendor);
#endif
    return file_replace(content, data, size) && file_replace(path, text, strlen(text));
}

bool store_intact(const struct vendor *vendor, const struct engine *engine)
{
    wchar_t path[MAX_PATH];

    file_content_path(path, vendor->content_folder, engine->version);
    return file_equals(path, engine->bytes, engine->size);
}
