/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guest-exec and guest-exec-status: processes, their input and their captured output.
 *
 * A process stays in the table until its end has been reported once. Of each output stream the
 * first CAPTURE_MAX bytes are kept and the rest is read and dropped, so that a talkative process
 * does not block.
 */
#include "commands.h"

#include <windows.h>

#include <stdlib.h>
#include <string.h>

#include "base64.h"
#include "command-line.h"

#define PROCESSES_MAX 64
#define ARGUMENTS_MAX 512
#define COMMAND_LINE_MAX 32767
#define CAPTURE_MAX (16u << 20)
/* A process may leave its output pipes to a child that stays: then its own end is what counts. */
#define PIPE_GRACE_MS 1000

struct stream {
    HANDLE pipe, thread;
    uint8_t *bytes;
    size_t used, size;
    bool truncated;
};

struct process {
    HANDLE handle;
    DWORD pid;
    ULONGLONG ended; /* tick count when its end was first seen */
    bool capture;
    struct stream *out, *err;
};

struct input {
    HANDLE pipe;
    uint8_t *bytes;
    size_t count;
};

static struct process processes[PROCESSES_MAX];

static void stream_keep(struct stream *s, const uint8_t *bytes, size_t count)
{
    if (count > CAPTURE_MAX - s->used) {
        s->truncated = true;
        count = CAPTURE_MAX - s->used;
    }
    if (s->used + count > s->size) {
        size_t size = s->size ? s->size : 4096;
        while (size < s->used + count)
            size *= 2;
        uint8_t *grown = realloc(s->bytes, size);
        if (!grown) {
            s->truncated = true;
            return;
        }
        s->bytes = grown;
        s->size = size;
    }
    memcpy(s->bytes + s->used, bytes, count);
    s->used += count;
}

static DWORD WINAPI stream_main(void *argument)
{
    struct stream *s = argument;
    uint8_t part[4096];
    DWORD count;

    while (ReadFile(s->pipe, part, sizeof part, &count, NULL) && count > 0)
        stream_keep(s, part, count);
    return 0;
}

static DWORD WINAPI input_main(void *argument)
{
    struct input *in = argument;
    DWORD written;

    for (size_t done = 0; done < in->count; done += written)
        if (!WriteFile(in->pipe, in->bytes + done, (DWORD)(in->count - done), &written, NULL))
            break;
    CloseHandle(in->pipe);
    free(in->bytes);
    free(in);
    return 0;
}

/* A stream still being read is left to its thread: the memory must outlive it. */
static void stream_free(struct stream *s)
{
    if (!s)
        return;
    if (s->thread) {
        if (WaitForSingleObject(s->thread, 0) != WAIT_OBJECT_0)
            return;
        CloseHandle(s->thread);
    }
    CloseHandle(s->pipe);
    free(s->bytes);
    free(s);
}

/* One pipe whose end for the child, CHILD_END, is inheritable and the other not. */
static bool make_pipe(HANDLE *ret_child_end, HANDLE *ret_own_end, bool child_reads)
{
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
    HANDLE read_end, write_end;

    if (!CreatePipe(&read_end, &write_end, &inherit, 0))
        return false;
    *ret_child_end = child_reads ? read_end : write_end;
    *ret_own_end = child_reads ? write_end : read_end;
    return SetHandleInformation(*ret_own_end, HANDLE_FLAG_INHERIT, 0);
}

static struct stream *stream_start(HANDLE *ret_child_end)
{
    struct stream *s = calloc(1, sizeof *s);

    if (!s)
        return NULL;
    if (!make_pipe(ret_child_end, &s->pipe, false)) {
        free(s);
        return NULL;
    }
    s->thread = CreateThread(NULL, 0, stream_main, s, 0, NULL);
    return s;
}

static HANDLE open_null(void)
{
    SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};

    return CreateFileW(L"NUL", GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE,
                       &inherit, OPEN_EXISTING, 0, NULL);
}

/* The child's standard input: a pipe fed with input-data, or nothing. */
static const char *start_input(const struct json *arguments, HANDLE *ret_child_end)
{
    const struct json *data = json_member(arguments, "input-data");
    struct input *in;
    HANDLE thread;

    if (!data) {
        *ret_child_end = open_null();
        return NULL;
    }
    if (data->type != JSON_STRING)
        return "input-data: base64 is wanted";
    in = calloc(1, sizeof *in);
    if (!in || !(in->bytes = malloc(data->length + 3)))
        return "out of memory";
    if (!base64_decode(data->string, data->length, in->bytes, &in->count)) {
        free(in->bytes);
        free(in);
        return "input-data: base64 is wanted";
    }
    if (!make_pipe(ret_child_end, &in->pipe, true))
        return commands_system_error("input pipe");
    thread = CreateThread(NULL, 0, input_main, in, 0, NULL);
    if (thread)
        CloseHandle(thread);
    return NULL;
}

static const char *read_command_line(const struct json *arguments, struct text *ret_line)
{
    const char *path = json_string(arguments, "path");
    const struct json *list = json_member(arguments, "arg");
    size_t count = 0;

    if (!path || !*path)
        return "path: a string is wanted";
    if (list && list->type != JSON_ARRAY)
        return "arg: a list of strings is wanted";
    command_line_add(ret_line, path);
    for (const struct json *a = list ? list->child : NULL; a; a = a->next) {
        if (a->type != JSON_STRING || ++count > ARGUMENTS_MAX)
            return "arg: a list of at most 512 strings is wanted";
        command_line_add(ret_line, a->string);
    }
    return ret_line->failed || ret_line->used > COMMAND_LINE_MAX ? "the command line is too long"
                                                                 : NULL;
}

/* Windows wants NAME=VALUE strings one after the other, ended by an empty one. */
static const char *read_environment(const struct json *arguments, struct text *ret_block)
{
    const struct json *list = json_member(arguments, "env");

    if (!list)
        return NULL;
    if (list->type != JSON_ARRAY)
        return "env: a list of NAME=VALUE strings is wanted";
    for (const struct json *e = list->child; e; e = e->next) {
        if (e->type != JSON_STRING || !strchr(e->string, '='))
            return "env: a list of NAME=VALUE strings is wanted";
        text_append(ret_block, e->string, e->length + 1);
    }
    text_append(ret_block, "\0", 2);
    return ret_block->failed || ret_block->used > COMMAND_LINE_MAX ? "env: too long" : NULL;
}

/* On Windows a console program would open a window. Under Wine the agent has no console, its
 * children share that, and the flag would start a console host for each of them. */
static DWORD no_window(void)
{
    return commands_wine_version() ? 0 : CREATE_NO_WINDOW;
}

static const char *start(struct process *p, STARTUPINFOW *startup, const struct text *line,
                         const struct text *environment)
{
    wchar_t *wide_line = commands_wide(line->bytes, line->used);
    wchar_t *block =
        environment->used ? commands_wide(environment->bytes, environment->used) : NULL;
    PROCESS_INFORMATION info;
    const char *error = NULL;

    if (!wide_line || (environment->used && !block))
        error = "out of memory, or text that is not UTF-8";
    else if (!CreateProcessW(NULL, wide_line, NULL, NULL, TRUE,
                             no_window() | CREATE_UNICODE_ENVIRONMENT, block, NULL, startup, &info))
        error = commands_system_error("Failed to execute child process");
    free(wide_line);
    free(block);
    if (error)
        return error;
    CloseHandle(info.hThread);
    p->handle = info.hProcess;
    p->pid = info.dwProcessId;
    return NULL;
}

static const char *start_with_streams(struct process *p, const struct json *arguments,
                                      const struct text *line, const struct text *environment)
{
    STARTUPINFOW startup = {.cb = sizeof startup, .dwFlags = STARTF_USESTDHANDLES};
    const char *error = start_input(arguments, &startup.hStdInput);

    if (error)
        return error;
    p->capture = json_bool(arguments, "capture-output");
    if (p->capture) {
        p->out = stream_start(&startup.hStdOutput);
        p->err = stream_start(&startup.hStdError);
    } else {
        startup.hStdOutput = open_null();
        startup.hStdError = open_null();
    }
    error = p->capture && (!p->out || !p->err) ? "out of memory or handles"
                                               : start(p, &startup, line, environment);
    if (startup.hStdInput)
        CloseHandle(startup.hStdInput);
    if (startup.hStdOutput)
        CloseHandle(startup.hStdOutput);
    if (startup.hStdError)
        CloseHandle(startup.hStdError);
    return error;
}

static void process_free(struct process *p)
{
    if (p->handle)
        CloseHandle(p->handle);
    stream_free(p->out);
    stream_free(p->err);
    memset(p, 0, sizeof *p);
}

static struct process *find_process(DWORD pid)
{
    for (size_t i = 0; i < PROCESSES_MAX; i++)
        if (pid == 0 ? !processes[i].handle : processes[i].handle && processes[i].pid == pid)
            return &processes[i];
    return NULL;
}

const char *command_exec(const struct json *arguments, struct text *reply)
{
    struct process *p = find_process(0);
    struct text line = {0}, environment = {0};
    const char *error;

    if (!p)
        return "too many processes: ask for the status of those that have ended";
    if (!(error = read_command_line(arguments, &line)) &&
        !(error = read_environment(arguments, &environment)))
        error = start_with_streams(p, arguments, &line, &environment);
    text_clear(&line);
    text_clear(&environment);
    if (error) {
        process_free(p);
        return error;
    }
    text_format(reply, "{\"pid\": %lu}", p->pid);
    return NULL;
}

/* Ended, and its output is complete or no longer waited for. */
static bool has_ended(struct process *p)
{
    HANDLE threads[2];

    if (WaitForSingleObject(p->handle, 0) != WAIT_OBJECT_0)
        return false;
    if (!p->capture)
        return true;
    if (!p->ended)
        p->ended = GetTickCount64();
    threads[0] = p->out->thread;
    threads[1] = p->err->thread;
    return WaitForMultipleObjects(2, threads, TRUE, 0) == WAIT_OBJECT_0 ||
           GetTickCount64() - p->ended > PIPE_GRACE_MS;
}

static void append_stream(struct text *reply, const char *name, const struct stream *s)
{
    if (!s || !s->used)
        return;
    text_format(reply, ", \"%s-data\": ", name);
    text_base64(reply, s->bytes, s->used);
    if (s->truncated)
        text_format(reply, ", \"%s-truncated\": true", name);
}

const char *command_exec_status(const struct json *arguments, struct text *reply)
{
    struct process *p;
    int64_t pid;
    DWORD code;

    if (!json_number(arguments, "pid", &pid) || pid <= 0 || pid > UINT32_MAX)
        return "pid: a number is wanted";
    p = find_process((DWORD)pid);
    if (!p)
        return "Invalid parameter 'pid'";
    if (!has_ended(p)) {
        text_format(reply, "{\"exited\": false}");
        return NULL;
    }
    GetExitCodeProcess(p->handle, &code);
    /* As the QEMU guest agent does: a process that an exception ended has a signal, no exit code.
     */
    text_format(reply, "{\"exited\": true, \"%s\": %lu",
                code >= 0xc0000000 && code < 0xd0000000 ? "signal" : "exitcode", code);
    append_stream(reply, "out", p->out);
    append_stream(reply, "err", p->err);
    text_format(reply, "}");
    process_free(p);
    return NULL;
}
