/* SPDX-License-Identifier: GPL-2.0-or-later */
/* truce-agent.exe: answers the QEMU guest agent's protocol over one port.
 *
 *   truce-agent.exe --port PATH [--control PATH]
 *   truce-agent.exe [--com COMn]
 *
 * --port is a virtio port (\\.\Global\org.qemu.guest_agent.0 on Windows, the port's Linux device
 * under Wine); --com a serial port, which is set to 115200 8N1. Without either it is the last
 * serial port that the system has: where the kernel's debugger holds the first, the second is
 * called COM1, so its name tells nothing. --control is the reference guest's (see commands.h); a
 * line 'ready' goes there once the port is open.
 *
 * A host that goes away makes reads end or fail. The port has no event for its return, so the agent
 * tries again every RETRY_MS.
 */
#include <windows.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "commands.h"
#include "frame.h"

#define RETRY_MS 100

#define COM_CHARACTERS 32
/* Longer than any request of the lab's, which waits for the reply: ReactOS' driver keeps 16 bytes
 * unless told, and drops what comes while nobody reads. */
#define COM_QUEUE (256 * 1024)
#define COM_READ 4096

struct options {
    const wchar_t *port, *com, *control;
};

/* The number of COMn, 0 for another name. */
static unsigned long com_number(const wchar_t *name)
{
    return wcsncmp(name, L"COM", 3) ? 0 : wcstoul(name + 3, NULL, 10);
}

/* The serial port of the highest number; "" where there is none yet. */
static const wchar_t *last_com(void)
{
    static wchar_t last[COM_CHARACTERS];
    wchar_t name[COM_CHARACTERS * 4], data[COM_CHARACTERS];
    HKEY key;

    last[0] = 0;
    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, L"HARDWARE\\DEVICEMAP\\SERIALCOMM", 0, KEY_READ, &key))
        return last;
    for (DWORD i = 0;; i++) {
        DWORD characters = COM_CHARACTERS * 4, bytes = sizeof data - sizeof *data, type;
        memset(data, 0, sizeof data);
        LSTATUS status =
            RegEnumValueW(key, i, name, &characters, NULL, &type, (BYTE *)data, &bytes);
        if (status == ERROR_NO_MORE_ITEMS)
            break;
        if (status == ERROR_SUCCESS && type == REG_SZ && com_number(data) > com_number(last))
            wcscpy(last, data);
    }
    RegCloseKey(key);
    return last;
}

static HANDLE open_com(const wchar_t *name)
{
    COMMTIMEOUTS timeouts = {.ReadIntervalTimeout = MAXDWORD,
                             .ReadTotalTimeoutMultiplier = MAXDWORD,
                             .ReadTotalTimeoutConstant = RETRY_MS};
    DCB state = {.DCBlength = sizeof state};
    wchar_t path[64];
    HANDLE port;

    _snwprintf(path, 63, L"\\\\.\\%ls", name);
    path[63] = 0;
    port = CreateFileW(path, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    if (port == INVALID_HANDLE_VALUE)
        return port;
    SetupComm(port, COM_QUEUE, COM_QUEUE / 64);
    if (GetCommState(port, &state)) {
        state.BaudRate = CBR_115200;
        state.ByteSize = 8;
        state.Parity = NOPARITY;
        state.StopBits = ONESTOPBIT;
        SetCommState(port, &state);
    }
    SetCommTimeouts(port, &timeouts);
    return port;
}

static HANDLE open_port(const struct options *options)
{
    if (!options->port)
        return open_com(options->com ? options->com : last_com());
    return CreateFileW(options->port, GENERIC_READ | GENERIC_WRITE,
                       FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
}

static bool send_reply(HANDLE port, const struct text *reply)
{
    DWORD written;

    for (size_t done = 0; done < reply->used; done += written)
        if (!WriteFile(port, reply->bytes + done, (DWORD)(reply->used - done), &written, NULL) ||
            written == 0)
            return false;
    return true;
}

static bool serve_bytes(HANDLE port, struct frame *frame, const char *bytes, DWORD count)
{
    struct text reply = {0};
    bool ok = true;

    for (DWORD i = 0; i < count && ok; i++) {
        enum frame_event event = frame_feed(frame, bytes[i]);
        if (event == FRAME_MORE)
            continue;
        if (event == FRAME_REQUEST)
            commands_answer(frame->text, frame->length, &reply);
        else
            answer_unreadable(&reply);
        ok = send_reply(port, &reply);
        text_clear(&reply);
    }
    return ok;
}

/* Until the port fails. No host at the other end is no failure: a read gives nothing then. A serial
 * port gives few bytes at a time, and ReactOS takes as much of the kernel's memory as is asked for.
 */
static void serve(HANDLE port, bool serial)
{
    struct frame frame = {0};
    static char bytes[65536];
    DWORD count;

    while (ReadFile(port, bytes, serial ? COM_READ : sizeof bytes, &count, NULL)) {
        if (count > 0 && !serve_bytes(port, &frame, bytes, count))
            break;
        if (count == 0) {
            if (!serial) {
                frame_reset(&frame);
                Sleep(RETRY_MS);
            }
        }
    }
    frame_clear(&frame);
}

static bool read_options(int argc, wchar_t **argv, struct options *ret_options)
{
    struct options o = {0};

    for (int i = 1; i + 1 < argc; i += 2) {
        if (!wcscmp(argv[i], L"--port"))
            o.port = argv[i + 1];
        else if (!wcscmp(argv[i], L"--com"))
            o.com = argv[i + 1];
        else if (!wcscmp(argv[i], L"--control"))
            o.control = argv[i + 1];
        else
            return false;
    }
    *ret_options = o;
    return argc % 2 == 1 && !(o.port && o.com);
}

/* One agent is enough for the last serial port: the first desktop starts it twice. The mutex goes
 * with the process. */
static bool is_second(void)
{
    return CreateMutexW(NULL, FALSE, L"truce-agent-serial") &&
           GetLastError() == ERROR_ALREADY_EXISTS;
}

int wmain(int argc, wchar_t **argv)
{
    struct options options;
    bool announced = false;

    if (!read_options(argc, argv, &options)) {
        fputs("usage: truce-agent.exe --port PATH | [--com COMn] [--control PATH]\n", stderr);
        return 2;
    }
    if (!options.port && !options.com && is_second())
        return 0;
    commands_use_control(options.control);
    for (;;) {
        HANDLE port = open_port(&options);
        if (port != INVALID_HANDLE_VALUE) {
            if (!announced)
                commands_control("ready\n");
            announced = true;
            serve(port, options.port == NULL);
            CloseHandle(port);
        }
        Sleep(RETRY_MS);
    }
}
