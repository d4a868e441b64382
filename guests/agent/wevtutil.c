/* SPDX-License-Identifier: GPL-2.0-or-later */
/* wevtutil.exe of the reference guest: lists its System event log (event-log.h).
 *
 *   wevtutil qe System [/c:COUNT] [/rd:true] [/f:text|xml|json] [/q:*[System[(EventID=N or ...)]]]
 *   wevtutil cl System
 *   wevtutil el
 *
 * Of a query only its EventID=N count. The oldest comes first unless /rd:true.
 */
#include <windows.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "event-log.h"
#include "json.h"

#define LOG_MAX_BYTES (4u << 20)
#define LINES_MAX 20000
#define NODES_MAX 64
#define IDS_MAX 32

struct options {
    enum { TEXT, XML, JSON } format;
    size_t count;
    BOOL reverse;
    long ids[IDS_MAX];
    size_t id_count;
};

static char computer[256];
static char *lines[LINES_MAX];
static size_t line_count;

/* The file's lines, appended to `lines`; a last one without its end is not whole and left out. */
static void read_lines(const WCHAR *path)
{
    HANDLE file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                              OPEN_EXISTING, 0, NULL);
    char *bytes = file == INVALID_HANDLE_VALUE ? NULL : malloc(LOG_MAX_BYTES + 1);
    DWORD size = 0;

    if (bytes && ReadFile(file, bytes, LOG_MAX_BYTES, &size, NULL)) {
        bytes[size] = '\0';
        for (char *end; (end = strchr(bytes, '\n')) && line_count < LINES_MAX; bytes = end + 1) {
            *end = '\0';
            lines[line_count++] = bytes;
        }
    }
    if (file != INVALID_HANDLE_VALUE)
        CloseHandle(file);
}

static void print_escaped(const char *text)
{
    for (; *text; text++) {
        const char *entity = *text == '<'    ? "&lt;"
                             : *text == '&'  ? "&amp;"
                             : *text == '\'' ? "&apos;"
                                             : NULL;
        if (entity)
            fputs(entity, stdout);
        else
            putchar(*text);
    }
}

static const char *text_of(const struct json *event, const char *name)
{
    const char *text = json_string(event, name);

    return text ? text : "";
}

static void print_xml(const struct json *event, long id)
{
    const struct json *data = json_member(event, "data");
    const char *level = text_of(event, "level");

    printf("<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
           "<Provider Name='");
    print_escaped(text_of(event, "provider"));
    printf("'/><EventID>%ld</EventID><Level>%d</Level><TimeCreated SystemTime='", id,
           !strcmp(level, "Critical") ? 1
           : !strcmp(level, "Error")  ? 2
                                      : 4);
    print_escaped(text_of(event, "time"));
    printf("'/><Channel>System</Channel><Computer>");
    print_escaped(computer);
    printf("</Computer></System><EventData>");
    for (const struct json *d = data ? data->child : NULL; d; d = d->next) {
        printf("<Data Name='");
        print_escaped(d->key);
        printf("'>");
        if (d->type == JSON_STRING)
            print_escaped(d->string);
        else
            printf("%lld", (long long)d->number);
        printf("</Data>");
    }
    puts("</EventData></Event>");
}

static void print_text(const struct json *event, long id, size_t index)
{
    printf("Event[%u]:\n  Log Name: System\n  Source: %s\n  Date: %s\n  Event ID: %ld\n"
           "  Level: %s\n  Computer: %s\n  Description:\n%s\n\n",
           (unsigned)index, text_of(event, "provider"), text_of(event, "time"), id,
           text_of(event, "level"), computer, text_of(event, "message"));
}

static BOOL wanted(const struct options *o, long id)
{
    for (size_t i = 0; i < o->id_count; i++)
        if (o->ids[i] == id)
            return TRUE;
    return o->id_count == 0;
}

static void list(const struct options *o)
{
    size_t printed = 0;

    for (size_t i = 0; i < line_count && printed < o->count; i++) {
        char *line = lines[o->reverse ? line_count - 1 - i : i], *copy = _strdup(line);
        struct json nodes[NODES_MAX];
        const struct json *event = copy ? json_parse(copy, strlen(copy), nodes, NODES_MAX) : NULL;
        int64_t id;
        if (json_number(event, "id", &id) && wanted(o, (long)id)) {
            if (o->format == JSON)
                puts(line);
            else if (o->format == XML)
                print_xml(event, (long)id);
            else
                print_text(event, (long)id, printed);
            printed++;
        }
        free(copy);
    }
}

static BOOL read_option(const WCHAR *option, struct options *o)
{
    if (!wcsncmp(option, L"/c:", 3))
        o->count = wcstoul(option + 3, NULL, 10);
    else if (!_wcsicmp(option, L"/rd:true"))
        o->reverse = TRUE;
    else if (!_wcsicmp(option, L"/f:xml"))
        o->format = XML;
    else if (!_wcsicmp(option, L"/f:text"))
        o->format = TEXT;
    else if (!_wcsicmp(option, L"/f:json"))
        o->format = JSON;
    else if (!wcsncmp(option, L"/q:", 3))
        for (const WCHAR *at = option; (at = wcsstr(at, L"EventID=")) && o->id_count < IDS_MAX;)
            o->ids[o->id_count++] = wcstol(at += 8, NULL, 10);
    else if (_wcsicmp(option, L"/rd:false"))
        return FALSE;
    return TRUE;
}

int wmain(int argc, wchar_t **argv)
{
    struct options o = {.format = XML, .count = LINES_MAX};
    DWORD length = sizeof computer;
    BOOL ok = argc >= 3 && !_wcsicmp(argv[2], L"System");

    if (argc == 2 && !_wcsicmp(argv[1], L"el")) {
        puts("System");
        return 0;
    }
    if (ok && !_wcsicmp(argv[1], L"cl")) {
        DeleteFileW(EVENT_LOG_OLD_PATH);
        return DeleteFileW(EVENT_LOG_PATH) || GetLastError() == ERROR_FILE_NOT_FOUND ? 0 : 1;
    }
    ok = ok && !_wcsicmp(argv[1], L"qe");
    for (int i = 3; ok && i < argc; i++)
        ok = read_option(argv[i], &o);
    if (!ok) {
        fputs("usage: wevtutil qe System [/c:COUNT] [/rd:true] [/f:xml|text|json] "
              "[/q:*[System[(EventID=N or EventID=M)]]]\n       wevtutil cl System | el\n",
              stderr);
        return 87;
    }
    GetComputerNameExA(ComputerNamePhysicalDnsHostname, computer, &length);
    read_lines(EVENT_LOG_OLD_PATH);
    read_lines(EVENT_LOG_PATH);
    list(&o);
    return 0;
}
