/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guest-file-open, -close, -read, -write, -seek, -flush. */
#include "commands.h"

#include <windows.h>

#include <stdlib.h>
#include <string.h>

#include "base64.h"

#define FILES_MAX 64
#define READ_DEFAULT 4096
#define READ_MAX (16 << 20)

struct file {
    HANDLE handle;
    int64_t id;
};

struct mode {
    const char *name; /* as fopen's */
    DWORD access, disposition;
    bool append;
};

static const struct mode modes[] = {
    {"r", GENERIC_READ, OPEN_EXISTING, false},
    {"r+", GENERIC_READ | GENERIC_WRITE, OPEN_EXISTING, false},
    {"w", GENERIC_WRITE, CREATE_ALWAYS, false},
    {"w+", GENERIC_READ | GENERIC_WRITE, CREATE_ALWAYS, false},
    {"a", FILE_APPEND_DATA, OPEN_ALWAYS, true},
    {"a+", GENERIC_READ | FILE_APPEND_DATA, OPEN_ALWAYS, true},
};

static struct file files[FILES_MAX];
static int64_t last_id;

/* "rb", "r+b" and "rb+" name the same modes as "r" and "r+": every file is binary here. */
static const struct mode *find_mode(const char *name)
{
    char plain[4] = "";
    size_t used = 0;

    for (; *name; name++) {
        if (*name == 'b')
            continue;
        if (used == sizeof plain - 1)
            return NULL;
        plain[used++] = *name;
    }
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (!strcmp(modes[i].name, plain))
            return &modes[i];
    return NULL;
}

static struct file *find_file(const struct json *arguments)
{
    int64_t id;

    if (!json_number(arguments, "handle", &id) || id <= 0)
        return NULL;
    for (size_t i = 0; i < FILES_MAX; i++)
        if (files[i].id == id)
            return &files[i];
    return NULL;
}

static const char no_handle[] = "handle: no such open file";

const char *command_file_open(const struct json *arguments, struct text *reply)
{
    const char *path = json_string(arguments, "path"), *name = json_string(arguments, "mode");
    const struct mode *mode = find_mode(name ? name : "r");
    struct file *file = NULL;
    wchar_t *wide;
    HANDLE handle;

    if (!path)
        return "path: a string is wanted";
    if (!mode)
        return "mode: one of r, w, a, each also with + or b, is wanted";
    for (size_t i = 0; i < FILES_MAX && !file; i++)
        if (files[i].id == 0)
            file = &files[i];
    if (!file)
        return "too many open files";
    wide = commands_wide(path, strlen(path));
    if (!wide)
        return "path: not UTF-8";
    handle = CreateFileW(wide, mode->access, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                         NULL, mode->disposition, 0, NULL);
    free(wide);
    if (handle == INVALID_HANDLE_VALUE)
        return commands_system_error("Failed to open file");
    if (mode->append)
        SetFilePointer(handle, 0, NULL, FILE_END);
    file->handle = handle;
    file->id = ++last_id;
    text_format(reply, "%lld", (long long)file->id);
    return NULL;
}

const char *command_file_close(const struct json *arguments, struct text *reply)
{
    struct file *file = find_file(arguments);

    if (!file)
        return no_handle;
    CloseHandle(file->handle);
    memset(file, 0, sizeof *file);
    text_format(reply, "{}");
    return NULL;
}

const char *command_file_read(const struct json *arguments, struct text *reply)
{
    struct file *file = find_file(arguments);
    int64_t count = READ_DEFAULT;
    const char *error = NULL;
    uint8_t *bytes;
    DWORD got;

    if (!file)
        return no_handle;
    json_number(arguments, "count", &count);
    if (count < 0 || count > READ_MAX)
        return "count: 0 to 16777216 is wanted";
    bytes = malloc((size_t)count + 1);
    if (!bytes)
        return "out of memory";
    if (!ReadFile(file->handle, bytes, (DWORD)count, &got, NULL)) {
        error = commands_system_error("Failed to read file");
    } else {
        text_format(reply, "{\"count\": %lu, \"buf-b64\": ", got);
        text_base64(reply, bytes, got);
        text_format(reply, ", \"eof\": %s}", got < (DWORD)count ? "true" : "false");
    }
    free(bytes);
    return error;
}

const char *command_file_write(const struct json *arguments, struct text *reply)
{
    struct file *file = find_file(arguments);
    const struct json *data = json_member(arguments, "buf-b64");
    int64_t count;
    const char *error = NULL;
    uint8_t *bytes;
    size_t size;
    DWORD written;

    if (!file)
        return no_handle;
    if (!data || data->type != JSON_STRING || !(bytes = malloc(data->length + 3)))
        return "buf-b64: base64 is wanted";
    if (!base64_decode(data->string, data->length, bytes, &size)) {
        error = "buf-b64: base64 is wanted";
    } else {
        if (!json_number(arguments, "count", &count))
            count = (int64_t)size;
        if (count < 0 || (uint64_t)count > size)
            error = "count: more than buf-b64 holds";
        else if (!WriteFile(file->handle, bytes, (DWORD)count, &written, NULL))
            error = commands_system_error("Failed to write to file");
        else
            text_format(reply, "{\"count\": %lu, \"eof\": false}", written);
    }
    free(bytes);
    return error;
}

/* whence is a number (0, 1, 2) or, since QEMU 2.9, a name. */
static bool read_whence(const struct json *arguments, DWORD *ret_method)
{
    static const char *const names[] = {"set", "cur", "end"};
    const char *name = json_string(arguments, "whence");
    int64_t number = -1;

    json_number(arguments, "whence", &number);
    for (DWORD i = 0; i < 3; i++) {
        if (number == i || (name && !strcmp(name, names[i]))) {
            *ret_method = i;
            return true;
        }
    }
    return false;
}

const char *command_file_seek(const struct json *arguments, struct text *reply)
{
    struct file *file = find_file(arguments);
    LARGE_INTEGER to, position;
    int64_t offset;
    DWORD method;

    if (!file)
        return no_handle;
    if (!json_number(arguments, "offset", &offset) || !read_whence(arguments, &method))
        return "offset, whence: a number and one of set, cur, end are wanted";
    to.QuadPart = offset;
    if (!SetFilePointerEx(file->handle, to, &position, method))
        return commands_system_error("Failed to seek file");
    text_format(reply, "{\"position\": %lld, \"eof\": false}", (long long)position.QuadPart);
    return NULL;
}

const char *command_file_flush(const struct json *arguments, struct text *reply)
{
    struct file *file = find_file(arguments);

    if (!file)
        return no_handle;
    if (!FlushFileBuffers(file->handle))
        return commands_system_error("Failed to flush file");
    text_format(reply, "{}");
    return NULL;
}
