// SPDX-License-Identifier: GPL-2.0-or-later
// Kinds of load on what programs talk through: pipe, loopback, device; see stress.h.
#include <winsock2.h>

#include "stress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE 64
#define PIPE_DEADLINE_MS 10000

static bool pipe_send(HANDLE from, HANDLE to)
{
    char sent[MESSAGE], came[MESSAGE] = {0};
    DWORD count;

    memset(sent, 'p', sizeof sent);
    if (!WriteFile(from, sent, sizeof sent, &count, NULL) ||
        !ReadFile(to, came, sizeof came, &count, NULL))
        return false;
    SetLastError(ERROR_INVALID_DATA);
    return count == sizeof came && memcmp(sent, came, sizeof came) == 0;
}

static bool pipe_once(struct work *work)
{
    wchar_t name[64];

    _snwprintf(name, 64, L"\\\\.\\pipe\\truce-stress-%08lx-%lu", (unsigned long)work->seed,
               (unsigned long)work->number);
    HANDLE server = CreateNamedPipeW(name, PIPE_ACCESS_DUPLEX, PIPE_TYPE_BYTE | PIPE_WAIT, 1,
                                     MESSAGE, MESSAGE, PIPE_DEADLINE_MS, NULL);
    if (server == INVALID_HANDLE_VALUE)
        return false;
    HANDLE client =
        CreateFileW(name, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    bool done = client != INVALID_HANDLE_VALUE;
    done = done && (ConnectNamedPipe(server, NULL) || GetLastError() == ERROR_PIPE_CONNECTED);
    done = done && pipe_send(client, server);
    DWORD error = GetLastError();
    if (client != INVALID_HANDLE_VALUE)
        CloseHandle(client);
    CloseHandle(server);
    SetLastError(error);
    return done;
}

const struct kind kind_pipe = {"pipe", NULL, pipe_once, NULL};

struct loopback {
    SOCKET listener;
    struct sockaddr_in address;
};

static bool loopback_begin(struct work *work)
{
    struct loopback *loopback = calloc(1, sizeof *loopback);
    WSADATA data;
    int size = sizeof loopback->address;

    work->state = loopback;
    if (!loopback || WSAStartup(MAKEWORD(2, 2), &data) != 0)
        return false;
    loopback->address.sin_family = AF_INET;
    loopback->address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    loopback->listener = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    return loopback->listener != INVALID_SOCKET &&
           bind(loopback->listener, (struct sockaddr *)&loopback->address, size) == 0 &&
           getsockname(loopback->listener, (struct sockaddr *)&loopback->address, &size) == 0 &&
           listen(loopback->listener, 1) == 0;
}

static bool socket_send(SOCKET from, SOCKET to)
{
    char sent[MESSAGE], came[MESSAGE];
    int count = 0;

    memset(sent, 's', sizeof sent);
    if (send(from, sent, sizeof sent, 0) != sizeof sent)
        return false;
    while (count < (int)sizeof came) {
        int more = recv(to, came + count, (int)sizeof came - count, 0);
        if (more <= 0)
            return false;
        count += more;
    }
    return memcmp(sent, came, sizeof came) == 0;
}

/* The listener's queue takes the connection before it is accepted: one thread is both ends. */
static bool loopback_once(struct work *work)
{
    struct loopback *loopback = work->state;
    SOCKET client = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP), server = INVALID_SOCKET;
    bool done = client != INVALID_SOCKET;

    done = done &&
           connect(client, (struct sockaddr *)&loopback->address, sizeof loopback->address) == 0;
    if (done) {
        server = accept(loopback->listener, NULL, NULL);
        done = server != INVALID_SOCKET && socket_send(client, server);
    }
    int error = WSAGetLastError();
    if (server != INVALID_SOCKET)
        closesocket(server);
    if (client != INVALID_SOCKET)
        closesocket(client);
    SetLastError((DWORD)error);
    return done;
}

static void loopback_end(struct work *work)
{
    struct loopback *loopback = work->state;

    if (!loopback)
        return;
    if (loopback->listener != INVALID_SOCKET)
        closesocket(loopback->listener);
    WSACleanup();
}

const struct kind kind_loopback = {"loopback", loopback_begin, loopback_once, loopback_end};

static bool device_once(struct work *work)
{
    HANDLE device = CreateFileW(L"\\\\.\\NUL", GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE,
                                NULL, OPEN_EXISTING, 0, NULL);

    (void)work;
    return device != INVALID_HANDLE_VALUE && CloseHandle(device);
}

const struct kind kind_device = {"device", NULL, device_once, NULL};
