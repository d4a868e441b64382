// SPDX-License-Identifier: GPL-2.0-or-later
// The load 'files': create, write, rename and delete churn; see stress.h.
#include "stress.h"

#include <stdio.h>
#include <string.h>

#include <windows.h>

#define WORKING_SET 64
#define FILE_BYTES 4096

struct churn {
    const struct stress_options *options;
    uint32_t random;
    uint32_t next_name;
    uint32_t files[WORKING_SET]; /* names, as numbers, of the files that exist now */
    size_t count;
    char bytes[FILE_BYTES];
};

enum operation { CREATE, WRITE, RENAME, REMOVE };

/* xorshift32 (Marsaglia, 2003). */
static uint32_t random_next(struct churn *churn)
{
    uint32_t x = churn->random;

    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return churn->random = x;
}

static void file_path(const struct churn *churn, uint32_t name, wchar_t *path)
{
    _snwprintf(path, MAX_PATH, L"%ls\\stress-%08x-%08u.dat", churn->options->dir,
               churn->options->seed, name);
    path[MAX_PATH - 1] = L'\0';
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

static enum operation operation_choose(struct churn *churn)
{
    if (churn->count == 0)
        return CREATE;
    if (churn->count == WORKING_SET)
        return REMOVE;
    return random_next(churn) % 4;
}

static void file_forget(struct churn *churn, size_t index)
{
    churn->files[index] = churn->files[--churn->count];
}

/* Does one operation on a file of the working set; what failed is forgotten, and made no more. */
static bool operation_do(struct churn *churn, enum operation operation)
{
    wchar_t path[MAX_PATH], target[MAX_PATH];
    size_t index = operation == CREATE ? churn->count : random_next(churn) % churn->count;
    bool done;

    if (operation == CREATE)
        churn->files[churn->count++] = churn->next_name++;
    file_path(churn, churn->files[index], path);
    switch (operation) {
    case CREATE:
        done = file_fill(churn, path, CREATE_NEW);
        break;
    case WRITE:
        done = file_fill(churn, path, OPEN_EXISTING);
        break;
    case RENAME:
        file_path(churn, churn->next_name, target);
        done = MoveFileExW(path, target, 0);
        if (done)
            churn->files[index] = churn->next_name++;
        break;
    default:
        done = DeleteFileW(path);
        break;
    }
    if (!done || operation == REMOVE) {
        DWORD error = GetLastError();
        file_forget(churn, index);
        SetLastError(error);
    }
    return done;
}

static void wait_until(uint64_t due_us)
{
    for (uint64_t now = latency_now_us(); now < due_us; now = latency_now_us())
        Sleep((DWORD)((due_us - now + 999) / 1000));
}

static void count_outcome(struct stress_result *result, bool done, enum operation operation)
{
    result->operations++;
    if (done)
        return;
    DWORD error = GetLastError();
    result->errors++;
    if (operation != CREATE && (error == ERROR_FILE_NOT_FOUND || error == ERROR_PATH_NOT_FOUND))
        result->vanished++;
}

static void files_remove(struct churn *churn, struct stress_result *result)
{
    while (churn->count > 0)
        count_outcome(result, operation_do(churn, REMOVE), REMOVE);
}

/* Looked at once a second, because a look is a file operation too. */
static bool stop_wanted(const struct stress_options *options, uint64_t operation)
{
    return options->stop_file && operation % options->rate == 0 &&
           GetFileAttributesW(options->stop_file) != INVALID_FILE_ATTRIBUTES;
}

bool stress_files(const struct stress_options *options, struct stress_result *ret_result)
{
    static struct churn churn;
    struct stress_result result = {0};

    if (!CreateDirectoryW(options->dir, NULL) && GetLastError() != ERROR_ALREADY_EXISTS)
        return false;
    churn = (struct churn){.options = options, .random = options->seed ? options->seed : 1};
    for (size_t i = 0; i < FILE_BYTES; i++)
        churn.bytes[i] = (char)('a' + random_next(&churn) % 26);

    uint64_t start = latency_now_us(), planned = (uint64_t)options->rate * options->seconds;
    for (uint64_t i = 0; i < planned; i++) {
        uint64_t due = start + i * 1000000 / options->rate;
        wait_until(due);
        if (latency_now_us() - start >= (uint64_t)options->seconds * 1000000 ||
            stop_wanted(options, i))
            break;
        enum operation operation = operation_choose(&churn);
        uint64_t before = latency_now_us();
        bool done = operation_do(&churn, operation);
        DWORD error = GetLastError();
        latency_add(&result.latency, latency_now_us() - before);
        SetLastError(error);
        count_outcome(&result, done, operation);
    }
    files_remove(&churn, &result);
    *ret_result = result;
    return true;
}
