// SPDX-License-Identifier: GPL-2.0-or-later
// birch-svc.exe: judges files in user mode and takes content updates over a pipe.
#include "birch.h"

#include <string.h>

#include <windows.h>

#include "../common/control.h"
#include "../common/file.h"
#include "../common/scan.h"
#include "../common/service.h"
#include "store.h"

static struct {
    CRITICAL_SECTION lock; /* guards the rest */
    struct birch_engine engine;
    uint32_t refused;
    uint32_t events;
} birch;

static bool detects(const char *packed, size_t size)
{
    EnterCriticalSection(&birch.lock);
    bool detected = birch_engine_match(&birch.engine, packed, size) != 0;
    birch.events++;
    LeaveCriticalSection(&birch.lock);
    return detected;
}

static enum control_exit content_take(const uint8_t *bytes, size_t size)
{
    wchar_t stored[MAX_PATH];
    uint32_t version = 0;

    if (!content_peek_version(bytes, size, &version) || !birch_engine_accepts(bytes, size) ||
        version < birch.engine.version) {
        birch.refused = version;
        return CONTROL_REFUSED;
    }
    if (version == birch.engine.version) {
        file_content_path(stored, birch_vendor.content_folder, version);
        return file_equals(stored, bytes, size) ? CONTROL_OK : CONTROL_REFUSED;
    }
    if (!store_save(bytes, size, version))
        return CONTROL_FAILED;
    birch_engine_load(&birch.engine, bytes, size);
    return CONTROL_OK;
}

static enum control_exit update(const wchar_t *path)
{
    static _Alignas(8) uint8_t bytes[CONTENT_MAX_SIZE];
    size_t size;

    if (!file_read(path, bytes, sizeof bytes, &size))
        return GetLastError() == ERROR_FILE_TOO_LARGE ? CONTROL_REFUSED : CONTROL_FAILED;
    return content_take(bytes, size);
}

static void answer(struct birch_request *request, DWORD size, struct birch_reply *reply)
{
    *reply = (struct birch_reply){.result = CONTROL_FAILED, .error = ERROR_INVALID_DATA};
    if (size != sizeof *request)
        return;
    request->path[BIRCH_PATH_CHARS - 1] = L'\0';

    EnterCriticalSection(&birch.lock);
    if (request->kind == BIRCH_STATUS)
        reply->result = CONTROL_OK;
    else if (request->kind == BIRCH_UPDATE)
        reply->result = update(request->path);
    reply->error = reply->result == CONTROL_FAILED ? GetLastError() : NO_ERROR;
    reply->content = birch.engine.version;
    reply->refused = birch.refused;
    reply->events = birch.events;
    reply->detections = scan_detections();
    LeaveCriticalSection(&birch.lock);
}

static DWORD WINAPI pipe_serve(void *pipe)
{
    struct birch_request request;
    struct birch_reply reply;
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

static bool start(HANDLE stop)
{
    (void)stop;
    InitializeCriticalSection(&birch.lock);
    folder_make(birch_vendor.data_folder);
    folder_make(birch_vendor.quarantine);
    store_load(&birch.engine, &birch.refused);
    HANDLE pipe =
        CreateNamedPipeW(BIRCH_PIPE, PIPE_ACCESS_DUPLEX | FILE_FLAG_FIRST_PIPE_INSTANCE,
                         PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE | PIPE_WAIT, 1,
                         sizeof(struct birch_reply), sizeof(struct birch_request), 0, NULL);
    if (pipe == INVALID_HANDLE_VALUE)
        return false;
    HANDLE thread = CreateThread(NULL, 0, pipe_serve, pipe, 0, NULL);
    if (!thread)
        return false;
    CloseHandle(thread);
    return true;
}

static void run(HANDLE stop)
{
    const struct scan scan = {.quarantine = birch_vendor.quarantine, .detects = detects};

    scan_run(&scan, stop);
}

int wmain(void)
{
    const struct service service = {.name = birch_vendor.service, .start = start, .run = run};

    return service_main(&service);
}
