// SPDX-License-Identifier: GPL-2.0-or-later
// Whole files and folder trees; see file.h.
#include "file.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "content.h"

#define PIECE 64 /* bytes */
#define SHARE_ALL (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)

bool file_read_head(const wchar_t *path, void *bytes, size_t size, size_t *ret_size)
{
    DWORD got = 0;
    HANDLE file = CreateFileW(path, GENERIC_READ, SHARE_ALL, NULL, OPEN_EXISTING, 0, NULL);

    if (file == INVALID_HANDLE_VALUE)
        return false;
    BOOL done = ReadFile(file, bytes, (DWORD)size, &got, NULL);
    CloseHandle(file);
    if (done)
        *ret_size = got;
    return done;
}

bool file_read(const wchar_t *path, void *bytes, size_t size, size_t *ret_size)
{
    size_t got = 0;
    char *with_one_more = malloc(size + 1);
    bool done = with_one_more && file_read_head(path, with_one_more, size + 1, &got);

    if (done && got > size) {
        SetLastError(ERROR_FILE_TOO_LARGE);
        done = false;
    }
    if (done) {
        memcpy(bytes, with_one_more, got);
        *ret_size = got;
    }
    free(with_one_more);
    return done;
}

bool file_write_durably(const wchar_t *path, const void *bytes, size_t size)
{
    DWORD written = 0;
    bool done = true;
    HANDLE file = CreateFileW(path, GENERIC_WRITE, FILE_SHARE_READ, NULL, CREATE_ALWAYS, 0, NULL);

    if (file == INVALID_HANDLE_VALUE)
        return false;
    for (size_t at = 0; done && at < size; at += written)
        done = WriteFile(file, (const char *)bytes + at, (DWORD)min(PIECE, size - at), &written,
                         NULL) &&
               written > 0 && FlushFileBuffers(file);
    CloseHandle(file);
    return done;
}

bool file_replace(const wchar_t *path, const void *bytes, size_t size)
{
    wchar_t beside[MAX_PATH];

    _snwprintf(beside, MAX_PATH, L"%ls.tmp", path);
    beside[MAX_PATH - 1] = L'\0';
    if (file_write_durably(beside, bytes, size) &&
        MoveFileExW(beside, path, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH))
        return true;
    DWORD error = GetLastError();
    DeleteFileW(beside);
    SetLastError(error);
    return false;
}

bool file_equals(const wchar_t *path, const void *bytes, size_t size)
{
    size_t got = 0;
    char *other = malloc(size + 1);
    bool same = other && file_read(path, other, size, &got) && got == size &&
                memcmp(other, bytes, size) == 0;

    free(other);
    return same;
}

void file_content_path(wchar_t *path, const wchar_t *folder, unsigned version)
{
    _snwprintf(path, MAX_PATH, L"%ls\\C-%08u-%08u.bin", folder, CONTENT_TEMPLATE, version);
    path[MAX_PATH - 1] = L'\0';
}

bool folder_make(const wchar_t *path)
{
    return CreateDirectoryW(path, NULL) || GetLastError() == ERROR_ALREADY_EXISTS;
}

bool folder_remove(const wchar_t *path)
{
    wchar_t inner[MAX_PATH];
    WIN32_FIND_DATAW found;

    _snwprintf(inner, MAX_PATH, L"%ls\\*", path);
    HANDLE search = FindFirstFileW(inner, &found);
    if (search == INVALID_HANDLE_VALUE)
        return GetFileAttributesW(path) == INVALID_FILE_ATTRIBUTES;
    do {
        if (wcscmp(found.cFileName, L".") == 0 || wcscmp(found.cFileName, L"..") == 0)
            continue;
        int chars = _snwprintf(inner, MAX_PATH, L"%ls\\%ls", path, found.cFileName);
        if (chars < 0 || chars >= MAX_PATH)
            continue;
        if (found.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT)
            continue;
        if (found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)
            folder_remove(inner);
        else
            DeleteFileW(inner);
    } while (FindNextFileW(search, &found));
    FindClose(search);
    return RemoveDirectoryW(path);
}
