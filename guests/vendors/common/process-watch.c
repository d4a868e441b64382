// SPDX-License-Identifier: GPL-2.0-or-later
// The process watcher; see process-watch.h. It asks again and again: user mode has no call-back.
#include "process-watch.h"

#include <stdlib.h>
#include <string.h>

#include <tlhelp32.h>

#define POLL_MS 500
#define PROCESSES_MAX 512
#define HISTORY_BYTES 65536

/* What is kept of a process while it lives. */
struct process {
    DWORD id;
    HANDLE handle;
    char *history;
};

static struct {
    HANDLE stop;
    void (*on_start)(DWORD id, const wchar_t *image);
    struct process known[PROCESSES_MAX];
    size_t count;
} watcher;

static struct process *find(DWORD id)
{
    for (size_t i = 0; i < watcher.count; i++) {
        if (watcher.known[i].id == id)
            return &watcher.known[i];
    }
    return NULL;
}

/* Whether it began after this service did, whenever that comes to look: what began before may be
 * the service's own installer. */
static bool is_new(HANDLE process)
{
    FILETIME began, own, unused[3];

    return GetProcessTimes(process, &began, &unused[0], &unused[1], &unused[2]) &&
           GetProcessTimes(GetCurrentProcess(), &own, &unused[0], &unused[1], &unused[2]) &&
           CompareFileTime(&began, &own) > 0;
}

/* One without a name has not begun yet: the next look finds it. One that cannot be opened has
 * ended, and another may get its id. */
static void begin(const PROCESSENTRY32W *entry)
{
    HANDLE handle = NULL;

    if (watcher.count < PROCESSES_MAX && *entry->szExeFile)
        handle = OpenProcess(SYNCHRONIZE | PROCESS_QUERY_INFORMATION, FALSE, entry->th32ProcessID);
    if (!handle)
        return;
    struct process *process = &watcher.known[watcher.count++];
    process->id = entry->th32ProcessID;
    process->handle = handle;
    process->history = malloc(HISTORY_BYTES);
    if (process->history)
        memset(process->history, 0, HISTORY_BYTES);
    if (watcher.on_start && is_new(handle))
        watcher.on_start(entry->th32ProcessID, entry->szExeFile);
}

static void end(struct process *process)
{
#ifndef FAULT_LEAK /* forgets the process, and with it what was opened and allocated for it */
    CloseHandle(process->handle);
    free(process->history);
#endif
    *process = watcher.known[--watcher.count];
}

/* A new process may have the id of one that is gone: the old one is forgotten first. */
static bool is_known(DWORD id)
{
    struct process *process = find(id);

    if (!process)
        return false;
    if (WaitForSingleObject(process->handle, 0) != WAIT_OBJECT_0)
        return true;
    end(process);
    return false;
}

static void look(void)
{
    PROCESSENTRY32W entry = {.dwSize = sizeof entry};
    DWORD alive[PROCESSES_MAX];
    size_t count = 0;
    HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);

    if (snapshot == INVALID_HANDLE_VALUE)
        return;
    for (BOOL more = Process32FirstW(snapshot, &entry); more && count < PROCESSES_MAX;
         more = Process32NextW(snapshot, &entry)) {
        alive[count++] = entry.th32ProcessID;
        if (!is_known(entry.th32ProcessID))
            begin(&entry);
    }
    CloseHandle(snapshot);
    for (size_t i = watcher.count; i-- > 0;) {
        bool found = false;
        for (size_t j = 0; !found && j < count; j++)
            found = alive[j] == watcher.known[i].id;
        if (!found)
            end(&watcher.known[i]);
    }
}

static DWORD WINAPI watch(void *unused)
{
    (void)unused;
    do
        look();
    while (WaitForSingleObject(watcher.stop, POLL_MS) == WAIT_TIMEOUT);
    return 0;
}

bool process_watch_start(HANDLE stop, void (*on_start)(DWORD id, const wchar_t *image))
{
    watcher.stop = stop;
    watcher.on_start = on_start;
    HANDLE thread = CreateThread(NULL, 0, watch, NULL, 0, NULL);
    if (!thread)
        return false;
    CloseHandle(thread);
    return true;
}
