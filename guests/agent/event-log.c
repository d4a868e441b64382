/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The System event log: see event-log.h. */
#include "event-log.h"

#include <stdio.h>

#include "text.h"

#define VALUE_MAX 600

static void append_value(struct text *line, const WCHAR *value)
{
    char utf8[VALUE_MAX] = "";

    WideCharToMultiByte(CP_UTF8, 0, value, -1, utf8, sizeof utf8 - 1, NULL, NULL);
    text_json(line, utf8);
}

void event_log_add(const char *provider, int id, const char *level, const char *const *names,
                   const WCHAR *const *values, size_t count, const char *message)
{
    struct text line = {0};
    SYSTEMTIME t;
    HANDLE file;
    DWORD written;

    GetSystemTime(&t);
    text_format(&line, "{\"time\": \"%04u-%02u-%02uT%02u:%02u:%02uZ\", \"provider\": \"%s\", ",
                t.wYear, t.wMonth, t.wDay, t.wHour, t.wMinute, t.wSecond, provider);
    text_format(&line, "\"id\": %d, \"level\": \"%s\", \"data\": {", id, level);
    for (size_t i = 0; i < count; i++) {
        text_format(&line, "%s\"%s\": ", i ? ", " : "", names[i]);
        append_value(&line, values[i]);
    }
    text_format(&line, "}, \"message\": ");
    text_json(&line, message);
    text_format(&line, "}\n");
    file = CreateFileW(EVENT_LOG_PATH, FILE_APPEND_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                       OPEN_ALWAYS, 0, NULL);
    if (file != INVALID_HANDLE_VALUE) {
        if (!line.failed)
            WriteFile(file, line.bytes, (DWORD)line.used, &written, NULL);
        CloseHandle(file);
    }
    text_clear(&line);
}
