/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dispatch of the guest agent's commands: see commands.h. */
#include "commands.h"

#include <windows.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef const char *wine_version_function(void);

static command_function command_info;

static const struct command table[] = {
    {"guest-exec", command_exec, true},
    {"guest-exec-status", command_exec_status, true},
    {"guest-file-close", command_file_close, true},
    {"guest-file-flush", command_file_flush, true},
    {"guest-file-open", command_file_open, true},
    {"guest-file-read", command_file_read, true},
    {"guest-file-seek", command_file_seek, true},
    {"guest-file-write", command_file_write, true},
    {"guest-get-host-name", command_get_host_name, true},
    {"guest-get-osinfo", command_get_osinfo, true},
    {"guest-get-time", command_get_time, true},
    {"guest-get-timezone", command_get_timezone, true},
    {"guest-info", command_info, true},
    {"guest-ping", command_ping, true},
    {"guest-set-time", command_set_time, true},
    {"guest-shutdown", command_shutdown, false},
    {"guest-sync", command_sync, true},
    {"guest-sync-delimited", command_sync, true},
    {"truce-set-identity", command_set_identity, true},
};

static const wchar_t *control_path;

void commands_use_control(const wchar_t *path)
{
    control_path = path;
}

void commands_control(const char *request)
{
    HANDLE pipe;
    DWORD written;

    if (!control_path)
        return;
    pipe = CreateFileW(control_path, GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                       OPEN_EXISTING, 0, NULL);
    if (pipe == INVALID_HANDLE_VALUE)
        return;
    WriteFile(pipe, request, (DWORD)strlen(request), &written, NULL);
    CloseHandle(pipe);
}

bool commands_owns_linux(void)
{
    return control_path && commands_wine_version();
}

const char *commands_wine_version(void)
{
    wine_version_function *get = (wine_version_function *)(void *)GetProcAddress(
        GetModuleHandleA("ntdll"), "wine_get_version");

    return get ? get() : NULL;
}

const char *commands_system_error(const char *what)
{
    static char message[256];
    DWORD error = GetLastError();
    char *end;

    snprintf(message, sizeof message, "%s: error %lu: ", what, error);
    end = message + strlen(message);
    if (!FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL, error, 0,
                        end, (DWORD)(sizeof message - (size_t)(end - message)), NULL))
        snprintf(end, sizeof message - (size_t)(end - message), "unknown");
    message[strcspn(message, "\r\n")] = '\0';
    return message;
}

wchar_t *commands_wide(const char *utf8, size_t length)
{
    int size = length > 0
                   ? MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, utf8, (int)length, NULL, 0)
                   : 0;
    wchar_t *wide = size > 0 || length == 0 ? malloc(((size_t)size + 1) * sizeof *wide) : NULL;

    if (!wide)
        return NULL;
    if (size > 0)
        MultiByteToWideChar(CP_UTF8, 0, utf8, (int)length, wide, size);
    wide[size] = 0;
    return wide;
}

char *commands_utf8(const wchar_t *wide)
{
    int size = WideCharToMultiByte(CP_UTF8, 0, wide, -1, NULL, 0, NULL, NULL);
    char *utf8 = size > 0 ? malloc((size_t)size) : NULL;

    if (utf8)
        WideCharToMultiByte(CP_UTF8, 0, wide, -1, utf8, size, NULL, NULL);
    return utf8;
}

static const char *command_info(const struct json *arguments, struct text *reply)
{
    (void)arguments;
    answer_info(table, sizeof table / sizeof *table, reply);
    return NULL;
}

void commands_answer(char *text, size_t length, struct text *reply)
{
    answer_request(table, sizeof table / sizeof *table, text, length, reply);
}
