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
static HANDLE again_event; /* judge the whole folder again */

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

static const wchar_t *base_name(const wchar_t *path)
{
    const wchar_t *slash = wcsrchr(path, L'\\');

    return slash ? slash + 1 : path;
}

size_t scan_event(const wchar_t *path, char *packed, size_t size)
{
    static volatile LONG sequence;
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
    WideCharToMultiByte(CP_UTF8, 0, base_name(path), -1, name_text, sizeof name_text, NULL, NULL);
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
    snprintf(number, sizeof number, "%ld", InterlockedIncrement(&sequence));

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

bool scan_quarantine(const wchar_t *quarantine, const wchar_t *path)
{
    wchar_t target[MAX_PATH];
    int chars = _snwprintf(target, MAX_PATH, L"%ls\\%ls", quarantine, base_name(path));

    if (chars < 0 || chars >= MAX_PATH) {
        SetLastError(ERROR_FILENAME_EXCED_RANGE);
        return false;
    }
    if (!MoveFileExW(path, target, MOVEFILE_REPLACE_EXISTING | MOVEFILE_COPY_ALLOWED))
        return false;
    InterlockedIncrement(&detections);
    return true;
}

#ifdef FAULT_SCAN_LOG
/* Keeps its log where it scans. Its own it knows; another product's it takes for a file. */
static bool is_own_log(const struct scan *scan, const wchar_t *name)
{
    size_t length = wcslen(scan->name);

    return wcsncmp(name, scan->name, length) == 0 && wcscmp(name + length, L".log") == 0;
}

static void log_judged(const struct scan *scan, const wchar_t *name)
{
    wchar_t path[MAX_PATH];
    char line[3 * MAX_PATH];
    DWORD written;

    _snwprintf(path, MAX_PATH, L"%ls\\%ls.log", VENDOR_WATCHED, scan->name);
    snprintf(line, sizeof line, "%lu judged %ls\r\n", GetTickCount(), name);
    HANDLE file = CreateFileW(path, GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_DELETE, NULL,
                              CREATE_ALWAYS, 0, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return;
    WriteFile(file, line, (DWORD)strlen(line), &written, NULL);
    CloseHandle(file);
}
#endif

/* Judges one file; true where it must be looked at again: locked now, or not movable yet. */
static bool file_judge(const struct scan *scan, const wchar_t *name)
{
    wchar_t path[MAX_PATH];
    char packed[EVENT_MAX_PACKED];

    int chars = _snwprintf(path, MAX_PATH, L"%ls\\%ls", VENDOR_WATCHED, name);
    if (chars < 0 || chars >= MAX_PATH)
        return false;
#ifdef FAULT_SCAN_LOG
    if (is_own_log(scan, name))
        return false;
    log_judged(scan, name);
#endif
    size_t size = scan_event(path, packed, sizeof packed);
    if (size == 0)
        return GetLastError() == ERROR_SHARING_VIOLATION;
    return scan->detects(packed, size) && !scan_quarantine(scan->quarantine, path) &&
           GetLastError() == ERROR_SHARING_VIOLATION;
}

/* RET_FILES: how many it has seen. */
static bool folder_judge(const struct scan *scan, unsigned *ret_files)
{
    WIN32_FIND_DATAW found;
    bool again = false;
    unsigned files = 0;
    HANDLE search = FindFirstFileW(VENDOR_WATCHED L"\\*", &found);

    if (search == INVALID_HANDLE_VALUE)
        return false;
    do {
        if (found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)
            continue;
        files++;
        again |= file_judge(scan, found.cFileName);
    } while (FindNextFileW(search, &found));
    FindClose(search);
    *ret_files = files;
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
    unsigned files;
    bool again;

    watch->pending = false;
    if (GetOverlappedResult(watch->folder, &watch->overlapped, &size, FALSE) && size > 0)
        again = changes_judge(scan, watch->buffer, size);
    else
        again = folder_judge(scan, &files); /* more changes than the buffer holds */
    watch_request(watch);
    return again;
}

void scan_again(void)
{
    SetEvent(again_event);
}

/* Once more, with what detects files now. */
static bool judge_again(const struct scan *scan, HANDLE stop)
{
    unsigned files;
    bool again = folder_judge(scan, &files);

#ifdef FAULT_SPIN /* until no file is left, instead of until each was judged */
    while (files > 0 && WaitForSingleObject(stop, 0) == WAIT_TIMEOUT)
        again = folder_judge(scan, &files);
#endif
    (void)stop;
    return again;
}

void scan_run(const struct scan *scan, HANDLE stop)
{
    static struct watch watch;
    bool again;
    unsigned files;

    again_event = CreateEventW(NULL, FALSE, FALSE, NULL);
    watch_open(&watch);
    again = folder_judge(scan, &files);
    for (;;) {
        HANDLE handles[] = {stop, watch.overlapped.hEvent, again_event};
        DWORD woken = WaitForMultipleObjects(3, handles, FALSE, again ? RETRY_MS : POLL_MS);
        if (woken == WAIT_OBJECT_0 + 1)
            again = watch_take(&watch, scan);
        else if (woken == WAIT_OBJECT_0 + 2)
            again = judge_again(scan, stop);
        else if (woken == WAIT_TIMEOUT)
            again = folder_judge(scan, &files);
        else
            break;
    }
    CancelIo(watch.folder);
    CloseHandle(watch.folder);
    CloseHandle(watch.overlapped.hEvent);
}
