// SPDX-License-Identifier: GPL-2.0-or-later
// Kinds of load on the file system: file, mapped, directory; see stress.h.
#include "stress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORKING_SET 64
#define FILE_BYTES 4096
#define VIEW_BYTES 65536

struct churn {
    uint32_t next_name;
    uint32_t files[WORKING_SET]; /* names, as numbers, of the files that exist now */
    uint32_t count;
    char bytes[FILE_BYTES];
};

enum operation { CREATE, WRITE, RENAME, REMOVE };

static bool file_begin(struct work *work)
{
    struct churn *churn = calloc(1, sizeof *churn);

    work->state = churn;
    if (!churn)
        return false;
    for (size_t i = 0; i < FILE_BYTES; i++)
        churn->bytes[i] = (char)('a' + work_random(work) % 26);
    return true;
}

static bool file_fill(const struct churn *churn, const wchar_t *path, DWORD disposition)
{
    DWORD written = 0;
    HANDLE file = CreateFileW(path, GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_DELETE, NULL,
                              disposition, 0, NULL);

    if (file == INVALID_HANDLE_VALUE)
        return false;
    BOOL done = WriteFile(file, churn->bytes, FILE_BYTES, &written, NULL);
    DWORD error = GetLastError();
    CloseHandle(file);
    SetLastError(error);
    return done && written == FILE_BYTES;
}

static enum operation file_choose(struct work *work, const struct churn *churn)
{
    if (churn->count == 0)
        return CREATE;
    if (churn->count == WORKING_SET)
        return REMOVE;
    return work_random(work) % 4;
}

/* One operation on file INDEX of the working set. */
static bool file_operate(struct work *work, struct churn *churn, enum operation operation,
                         uint32_t index)
{
    wchar_t path[MAX_PATH], target[MAX_PATH];

    work_path(work, churn->files[index], L"dat", path);
    switch (operation) {
    case CREATE:
        return file_fill(churn, path, CREATE_NEW);
    case WRITE:
        return file_fill(churn, path, OPEN_EXISTING);
    case RENAME:
        work_path(work, churn->next_name, L"dat", target);
        if (!MoveFileExW(path, target, 0))
            return false;
        churn->files[index] = churn->next_name++;
        return true;
    default:
        return DeleteFileW(path);
    }
}

/* A file that is removed, or with which anything failed, is forgotten. */
static bool file_do(struct work *work, struct churn *churn, enum operation operation)
{
    uint32_t index = operation == CREATE ? churn->count : work_random(work) % churn->count;

    if (operation == CREATE)
        churn->files[churn->count++] = churn->next_name++;
    bool done = file_operate(work, churn, operation, index);
    DWORD error = GetLastError();
    if (!done || operation == REMOVE)
        churn->files[index] = churn->files[--churn->count];
    if (!done && operation != CREATE &&
        (error == ERROR_FILE_NOT_FOUND || error == ERROR_PATH_NOT_FOUND))
        work->vanished++;
    SetLastError(error);
    return done;
}

static bool file_once(struct work *work)
{
    return file_do(work, work->state, file_choose(work, work->state));
}

static void file_end(struct work *work)
{
    struct churn *churn = work->state;

    while (churn && churn->count > 0)
        file_do(work, churn, REMOVE);
}

const struct kind kind_file = {"file", file_begin, file_once, file_end};

static bool view_write(HANDLE file, uint32_t fill)
{
    HANDLE mapping = CreateFileMappingW(file, NULL, PAGE_READWRITE, 0, VIEW_BYTES, NULL);
    void *view = mapping ? MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, VIEW_BYTES) : NULL;
    bool done = view != NULL;

    if (view) {
        memset(view, (int)fill, VIEW_BYTES);
        done = FlushViewOfFile(view, 0);
        done = UnmapViewOfFile(view) && done;
    }
    DWORD error = GetLastError();
    if (mapping)
        CloseHandle(mapping);
    SetLastError(error);
    return done;
}

static bool mapped_once(struct work *work)
{
    wchar_t path[MAX_PATH];

    work_path(work, 0, L"map", path);
    HANDLE file = CreateFileW(path, GENERIC_READ | GENERIC_WRITE,
                              FILE_SHARE_READ | FILE_SHARE_DELETE, NULL, CREATE_ALWAYS, 0, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return false;
    bool done = view_write(file, work_random(work));
    DWORD error = GetLastError();
    CloseHandle(file);
    if (!DeleteFileW(path) && done) {
        error = GetLastError();
        done = false;
    }
    SetLastError(error);
    return done;
}

const struct kind kind_mapped = {"mapped", NULL, mapped_once, NULL};

static bool directory_list(const wchar_t *folder)
{
    wchar_t pattern[MAX_PATH + 2];
    WIN32_FIND_DATAW found;

    _snwprintf(pattern, MAX_PATH + 2, L"%ls\\*", folder);
    pattern[MAX_PATH + 1] = L'\0';
    HANDLE search = FindFirstFileW(pattern, &found);
    if (search == INVALID_HANDLE_VALUE)
        return false;
    while (FindNextFileW(search, &found))
        continue;
    FindClose(search);
    return true;
}

static bool directory_once(struct work *work)
{
    wchar_t outer[MAX_PATH], inner[MAX_PATH];

    work_path(work, 0, L"dir", outer);
    _snwprintf(inner, MAX_PATH, L"%ls\\%lu", outer, (unsigned long)(work_random(work) % 1000));
    inner[MAX_PATH - 1] = L'\0';
    if (!CreateDirectoryW(outer, NULL))
        return false;
    bool done = CreateDirectoryW(inner, NULL) && directory_list(outer) && RemoveDirectoryW(inner);
    DWORD error = GetLastError();
    if (!RemoveDirectoryW(outer) && done) {
        error = GetLastError();
        done = false;
    }
    SetLastError(error);
    return done;
}

const struct kind kind_directory = {"directory", NULL, directory_once, NULL};
