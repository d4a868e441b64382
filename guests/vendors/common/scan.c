// SPDX-License-Identifier: GPL-2.0-or-later
// The folder watcher; see scan.h.
#include "scan.h"

#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "event.h"
#include "file.h"
#include "vendor.h"

#define POLL_MS 5000
#define RETRY_MS 250

struct watch {
    HANDLE folder;
    OVERLAPPED overlapped;
    bool pending; /* a request for notifications is under way */
    _Alignas(DWORD) char buffer[16384];
};

static volatile LONG detections;

unsigned scan_detections(void)
{
    return (unsigned)detections;
}

static void head_make_text(char *head, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (head[i] == '\0')
            head[i] = '.';
    }
    head[size] = '\0';
}

/* Packs the event of one file; 0 where it cannot be read now. */
static size_t file_event(const wchar_t *path, const wchar_t *name, char *packed, size_t size)
{
    static unsigned sequence;
    WIN32_FILE_ATTRIBUTE_DATA info;
    char head[EVENT_MAX_HEAD + 1], path_text[3 * MAX_PATH], name_text[3 * MAX_PATH];
    char bytes[24], attributes[12], created[24], written[24], number[12];
    size_t head_size;

    SetLastError(ERROR_SUCCESS);
    if (!GetFileAttributesExW(path, GetFileExInfoStandard, &info) ||
        (info.dwFileAttributes & (FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_REPARSE_POINT)) ||
        !file_read_head(path, head, EVENT_MAX_HEAD, &head_size))
        return 0;
    head_make_text(head, head_size);
    WideCharToMultiByte(CP_UTF8, 0, path, -1, path_text, sizeof path_text, NULL, NULL);
    WideCharToMultiByte(CP_UTF8, 0, name, -1, name_text, sizeof name_text, NULL, NULL);
    const char *extension = strrchr(name_text, '.');
    snprintf(bytes, sizeof bytes, "%llu",
             (unsigned long long)info.nFileSizeHigh << 32 | info.nFileSizeLow);
    snprintf(attributes, sizeof attributes, "%#lx", info.dwFileAttributes);
    snprintf(created, sizeof created, "%llu",
             (unsigned long long)info.ftCreationTime.dwHighDateTime << 32 |
                 info.ftCreationTime.dwLowDateTime);
    snprintf(written, sizeof written, "%llu",
             (unsigned long long)info.ftLastWriteTime.dwHighDateTime << 32 |
                 info.ftLastWriteTime.dwLowDateTime);
    snprintf(number, sizeof number, "%u", ++sequence);

    const char *fields[EVENT_FIELDS] = {
        [EVENT_KIND] = "file-change",
        [EVENT_PATH] = path_text,
        [EVENT_NAME] = name_text,
        [EVENT_EXTENSION] = extension ? extension + 1 : "",
        [EVENT_HEAD] = head,
        [EVENT_SIZE] = bytes,
        [EVENT_ATTRIBUTES] = attributes,
        [EVENT_CREATED] = created,
        [EVENT_WRITTEN] = written,
        [EVENT_VOLUME] = "C:",
        [EVENT_SEQUENCE] = number,
    };
    return event_pack(packed, size, fields);
}

/* Judges one file; true where it must be looked at again: locked now, or not movable yet. */
static bool file_judge(const struct scan *scan, const wchar_t *name)
{
    wchar_t path[MAX_PATH], target[MAX_PATH];
    char packed[EVENT_MAX_PACKED];

    int chars = _snwprintf(path, MAX_PATH, L"%ls\\%ls", VENDOR_WATCHED, name);
    int target_chars = _snwprintf(target, MAX_PATH, L"%ls\\%ls", scan->quarantine, name);
    if (chars < 0 || chars >= MAX_PATH || target_chars < 0 || target_chars >= MAX_PATH)
        return false;
    size_t size = file_event(path, name, packed, sizeof packed);
    if (size == 0)
        return GetLastError() == ERROR_SHARING_VIOLATION;
    if (!scan->detects(packed, size))
        return false;
    if (!MoveFileExW(path, target, MOVEFILE_REPLACE_EXISTING | MOVEFILE_COPY_ALLOWED))
        return GetLastError() == ERROR_SHARING_VIOLATION;
    InterlockedIncrement(&detections);
    return false;
}

static bool folder_judge(const struct scan *scan)
{
    WIN32_FIND_DATAW found;
    bool again = false;
    HANDLE search = FindFirstFileW(VENDOR_WATCHED L"\\*", &found);

    if (search == INVALID_HANDLE_VALUE)
        return false;
    do {
        if (!(found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY))
            again |= file_judge(scan, found.cFileName);
    } while (FindNextFileW(search, &found));
    FindClose(search);
    return again;
}

/* Judges the files that SIZE bytes of notifications name. */
static bool changes_judge(const struct scan *scan, const char *buffer, DWORD size)
{
    wchar_t name[MAX_PATH];
    bool again = false;

    for (DWORD at = 0, next = 1; next != 0 && at + sizeof(FILE_NOTIFY_INFORMATION) <= size;
         at += next) {
        const FILE_NOTIFY_INFORMATION *change = (const void *)(buffer + at);
        DWORD chars = change->FileNameLength / sizeof(wchar_t);
        next = change->NextEntryOffset;
        if (change->Action == FILE_ACTION_REMOVED ||
            change->Action == FILE_ACTION_RENAMED_OLD_NAME || chars >= MAX_PATH)
            continue;
        memcpy(name, change->FileName, chars * sizeof(wchar_t));
        name[chars] = L'\0';
        again |= file_judge(scan, name);
    }
    return again;
}

static void watch_request(struct watch *watch)
{
    if (watch->pending || watch->folder == INVALID_HANDLE_VALUE)
        return;
    watch->pending = ReadDirectoryChangesW(
        watch->folder, watch->buffer, sizeof watch->buffer, FALSE,
        FILE_NOTIFY_CHANGE_FILE_NAME | FILE_NOTIFY_CHANGE_LAST_WRITE | FILE_NOTIFY_CHANGE_SIZE,
        NULL, &watch->overlapped, NULL);
}

static void watch_open(struct watch *watch)
{
    folder_make(VENDOR_WATCHED);
    watch->folder = CreateFileW(
        VENDOR_WATCHED, FILE_LIST_DIRECTORY, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
        NULL, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OVERLAPPED, NULL);
    watch->overlapped.hEvent = CreateEventW(NULL, FALSE, FALSE, NULL);
    watch_request(watch);
}

static bool watch_take(struct watch *watch, const struct scan *scan)
{
    DWORD size = 0;
    bool again;

    watch->pending = false;
    if (GetOverlappedResult(watch->folder, &watch->overlapped, &size, FALSE) && size > 0)
        again = changes_judge(scan, watch->buffer, size);
    else
        again = folder_judge(scan); /* more changes than the buffer holds */
    watch_request(watch);
    return again;
}

void scan_run(const struct scan *scan, HANDLE stop)
{
    static struct watch watch;
    bool again;

    watch_open(&watch);
    again = folder_judge(scan);
    for (;;) {
        HANDLE handles[] = {stop, watch.overlapped.hEvent};
        DWORD woken = WaitForMultipleObjects(2, handles, FALSE, again ? RETRY_MS : POLL_MS);
        if (woken == WAIT_OBJECT_0 + 1)
            again = watch_take(&watch, scan);
        else if (woken == WAIT_TIMEOUT)
            again = folder_judge(scan);
        else
            break;
    }
    CancelIo(watch.folder);
    CloseHandle(watch.folder);
    CloseHandle(watch.overlapped.hEvent);
}
