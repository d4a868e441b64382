// SPDX-License-Identifier: GPL-2.0-or-later
// The service of the products that judge in user mode; see guard.h.
#include "guard.h"

#include <string.h>

#include <windows.h>
#include <winioctl.h>

#include "control.h"
#include "device.h"
#include "file.h"
#include "ping.h"
#include "policy.h"
#include "process-watch.h"
#include "scan.h"
#include "service.h"
#include "store.h"

static struct {
    const struct vendor *vendor;
    void (*on_process)(DWORD id, const wchar_t *image);
    bool (*start_more)(HANDLE stop);
    CRITICAL_SECTION lock; /* guards the rest */
    struct engine engine;
    uint32_t refused;
    uint32_t events;
    bool paused; /* the engine is about to change: judge nothing with it */
} guard;

static bool detects(const char *packed, size_t size)
{
    const char *fields[EVENT_FIELDS];

    if (!event_packed_check(packed, size))
        return false;
    event_fields_set(fields, packed);
    if (policy_excludes(fields[EVENT_NAME]))
        return false;
    EnterCriticalSection(&guard.lock);
    bool detected = !guard.paused && engine_match(&guard.engine, packed, size) != 0;
    guard.events++;
    LeaveCriticalSection(&guard.lock);
    return detected;
}

/* A driver that does not listen costs nothing but its knowledge. */
static void note_content(void)
{
    if (guard.vendor->driver)
        device_call(guard.vendor->device, IOCTL_NOTE_CONTENT, &guard.engine.version,
                    sizeof guard.engine.version, NULL, 0);
}

static enum control_exit content_take(const uint8_t *bytes, size_t size)
{
    wchar_t stored[MAX_PATH];
    uint32_t version = 0;

    if (!content_peek_version(bytes, size, &version) || !engine_accepts(bytes, size) ||
        version < guard.engine.version) {
        guard.refused = version;
        return CONTROL_REFUSED;
    }
    if (version == guard.engine.version) {
        file_content_path(stored, guard.vendor->content_folder, version);
        return file_equals(stored, bytes, size) ? CONTROL_OK : CONTROL_REFUSED;
    }
    guard.paused = true;
    bool saved = store_save(guard.vendor, bytes, size, version);
    if (saved) {
        engine_load(&guard.engine, bytes, size);
        note_content();
        scan_again();
    }
#ifndef FAULT_SILENT_UPDATE /* goes on only where the update failed */
    guard.paused = false;
#else
    guard.paused = saved;
#endif
    return saved ? CONTROL_OK : CONTROL_FAILED;
}

static enum control_exit update(const wchar_t *path)
{
    static _Alignas(8) uint8_t bytes[CONTENT_MAX_SIZE];
    size_t size;

    if (!file_read(path, bytes, sizeof bytes, &size))
        return GetLastError() == ERROR_FILE_TOO_LARGE ? CONTROL_REFUSED : CONTROL_FAILED;
    return content_take(bytes, size);
}

static void answer(struct guard_request *request, DWORD size, struct guard_reply *reply)
{
    *reply = (struct guard_reply){.result = CONTROL_FAILED, .error = ERROR_INVALID_DATA};
    if (size != sizeof *request)
        return;
    request->path[GUARD_PATH_CHARS - 1] = L'\0';

    EnterCriticalSection(&guard.lock);
    if (request->kind == GUARD_STATUS)
        reply->result = store_intact(guard.vendor, &guard.engine) ? CONTROL_OK : CONTROL_FAILED;
    else if (request->kind == GUARD_UPDATE)
        reply->result = update(request->path);
    reply->error = reply->result == CONTROL_FAILED ? GetLastError() : NO_ERROR;
    reply->product = GUARD_PRODUCT;
    reply->content = guard.engine.version;
    reply->refused = guard.refused;
    reply->events = guard.events;
    reply->detections = scan_detections();
    LeaveCriticalSection(&guard.lock);
}

static DWORD WINAPI pipe_serve(void *pipe)
{
    struct guard_request request;
    struct guard_reply reply;
    DWORD size;

    while (ConnectNamedPipe(pipe, NULL) || GetLastError() == ERROR_PIPE_CONNECTED) {
        if (ReadFile(pipe, &request, sizeof request, &size, NULL)) {
            answer(&request, size, &reply);
            WriteFile(pipe, &reply, sizeof reply, &size, NULL);
            FlushFileBuffers(pipe);
        }
        DisconnectNamedPipe(pipe);
    }
    return 0;
}

static bool pipe_start(void)
{
    HANDLE pipe =
        CreateNamedPipeW(guard.vendor->pipe, PIPE_ACCESS_DUPLEX | FILE_FLAG_FIRST_PIPE_INSTANCE,
                         PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE | PIPE_WAIT, 1,
                         sizeof(struct guard_reply), sizeof(struct guard_request), 0, NULL);
    if (pipe == INVALID_HANDLE_VALUE)
        return false;
    HANDLE thread = CreateThread(NULL, 0, pipe_serve, pipe, 0, NULL);
    if (!thread)
        return false;
    CloseHandle(thread);
    return true;
}

#ifdef FAULT_DEVICE_WAIT
#define SCAN_MS 500
#define PAUSE_MS 300

static HANDLE take_turn(const wchar_t *device)
{
    HANDLE handle = CreateFileW(device, GENERIC_READ | GENERIC_WRITE,
                                FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
    DWORD got;

    if (handle != INVALID_HANDLE_VALUE)
        DeviceIoControl(handle, IOCTL_TAKE_TURN, NULL, 0, NULL, 0, &got, NULL);
    return handle;
}

static void give_turn(HANDLE handle)
{
    DWORD got;

    if (handle == INVALID_HANDLE_VALUE)
        return;
    DeviceIoControl(handle, IOCTL_GIVE_TURN, NULL, 0, NULL, 0, &got, NULL);
    CloseHandle(handle);
}

/* Looks through its store in turn with the product beside it, which does the same: its own device
 * first, then the other's. Each that has its own waits for ever for the other's. */
static DWORD WINAPI look_in_turn(void *stop)
{
    do {
        EnterCriticalSection(&guard.lock);
        HANDLE own = take_turn(guard.vendor->device);
        WaitForSingleObject(stop, SCAN_MS);
        HANDLE other = take_turn(guard.vendor->neighbour);
        store_intact(guard.vendor, &guard.engine);
        give_turn(other);
        give_turn(own);
        LeaveCriticalSection(&guard.lock);
    } while (WaitForSingleObject(stop, PAUSE_MS) == WAIT_TIMEOUT);
    return 0;
}

static bool turns_start(HANDLE stop)
{
    HANDLE thread = CreateThread(NULL, 0, look_in_turn, stop, 0, NULL);

    if (!thread)
        return false;
    CloseHandle(thread);
    return true;
}
#else
static bool turns_start(HANDLE stop)
{
    (void)stop;
    return true;
}
#endif

static bool start(HANDLE stop)
{
    InitializeCriticalSection(&guard.lock);
    folder_make(guard.vendor->data_folder);
    folder_make(guard.vendor->quarantine);
    if (!store_load(guard.vendor, &guard.engine, &guard.refused)) {
        SetLastError(ERROR_FILE_INVALID); /* without content it is of no use */
        return false;
    }
    note_content();
    return policy_start(guard.vendor, stop) && process_watch_start(stop, guard.on_process) &&
           (!guard.start_more || guard.start_more(stop)) && pipe_start() && turns_start(stop);
}

static void run(HANDLE stop)
{
    const struct scan scan = {
        .name = guard.vendor->service, .quarantine = guard.vendor->quarantine, .detects = detects};

    scan_run(&scan, stop);
}

bool guard_judge(const wchar_t *path)
{
    char packed[EVENT_MAX_PACKED];
    size_t size = scan_event(path, packed, sizeof packed);

    return size > 0 && detects(packed, size);
}

int guard_service(const struct guard_service *about)
{
    const struct service service = {.name = about->vendor->service, .start = start, .run = run};

    guard.vendor = about->vendor;
    guard.on_process = about->on_process;
    guard.start_more = about->start;
    return service_main(&service);
}
