/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The recovery environment: a small guest agent without Wine, with access to the files of C:.
 *
 * Windows goes to its recovery environment after two starts in a row that failed (Microsoft's
 * support article on event 41; Windows RE's technical reference): a system of its own, which needs
 * nothing of the damaged one. So does this one. The commands are those of the QEMU guest agent;
 * files are those of the disk's drive C:, found without regard to case; guest-exec starts Wine when
 * it is first needed, on the disk's own Windows, with no service and no driver. guest-shutdown with
 * mode "reboot" leaves it; the next start is an ordinary one.
 */
#define _GNU_SOURCE

#include "init.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../agent/answer.h"
#include "../agent/base64.h"
#include "../agent/frame.h"

#define FILES_MAX 64
#define PROCESSES_MAX 16
#define ARGUMENTS_MAX 64
#define CAPTURE_MAX (1u << 20)
#define READ_MAX (16 << 20)
#define RETRY_MS 100
#define DRIVE_C "/wine/drive_c"

struct process {
    pid_t pid;
    bool ended;
    int status; /* of waitpid */
    int out, err;
};

static int files[FILES_MAX]; /* descriptor + 1, 0: free; the handle is the index + 1 */
static struct process processes[PROCESSES_MAX];

static const char *system_error(const char *what)
{
    static char message[200];

    snprintf(message, sizeof message, "%s: %s", what, strerror(errno));
    return message;
}

/* The name in FOLDER that equals NAME but for case; NAME itself where there is none. */
static void find_name(const char *folder, const char *name, size_t length, char *ret_name)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;

    snprintf(ret_name, 256, "%.*s", (int)length, name);
    while (dir && (entry = readdir(dir))) {
        if (strlen(entry->d_name) == length && !strncasecmp(entry->d_name, name, length)) {
            snprintf(ret_name, 256, "%s", entry->d_name);
            break;
        }
    }
    if (dir)
        closedir(dir);
}

/* C:\Some\File to the file below DRIVE_C. False for another drive, a relative path or "..". */
static bool find_path(const char *path, char *ret_path, size_t size)
{
    size_t used = (size_t)snprintf(ret_path, size, "%s", DRIVE_C);

    if ((path[0] != 'C' && path[0] != 'c') || path[1] != ':' ||
        (path[2] && !strchr("\\/", path[2])))
        return false;
    for (path += 2; *path;) {
        size_t length;
        char name[256];
        path += strspn(path, "\\/");
        length = strcspn(path, "\\/");
        if (length == 0)
            break;
        if (length >= sizeof name || !strncmp(path, "..", length > 2 ? length : 2))
            return false;
        find_name(ret_path, path, length, name);
        used += (size_t)snprintf(ret_path + used, size - used, "/%s", name);
        if (used >= size)
            return false;
        path += length;
    }
    return true;
}

static const char *command_get_osinfo(const struct json *arguments, struct text *reply)
{
    (void)arguments;
    text_format(reply, "{\"id\": \"truce-recovery\", \"name\": \"Truce recovery environment\", "
                       "\"pretty-name\": \"Truce reference guest: recovery environment\", "
                       "\"variant\": \"recovery\", \"variant-id\": \"recovery\", "
                       "\"machine\": \"x86_64\"}");
    return NULL;
}

static const char *command_get_time(const struct json *arguments, struct text *reply)
{
    struct timespec t;

    (void)arguments;
    clock_gettime(CLOCK_REALTIME, &t);
    text_format(reply, "%lld", t.tv_sec * 1000000000LL + t.tv_nsec);
    return NULL;
}

static int *find_file(const struct json *arguments)
{
    int64_t id;

    if (!json_number(arguments, "handle", &id) || id <= 0 || id > FILES_MAX || !files[id - 1])
        return NULL;
    return &files[id - 1];
}

static const char no_handle[] = "handle: no such open file";

/* fopen's modes, with or without b. */
static int open_flags(const char *mode)
{
    int access = strchr(mode, '+') ? O_RDWR : *mode == 'r' ? O_RDONLY : O_WRONLY;

    return *mode == 'r'   ? access
           : *mode == 'w' ? access | O_CREAT | O_TRUNC
           : *mode == 'a' ? access | O_CREAT | O_APPEND
                          : -1;
}

static const char *command_file_open(const struct json *arguments, struct text *reply)
{
    const char *path = json_string(arguments, "path"), *mode = json_string(arguments, "mode");
    int flags = open_flags(mode ? mode : "r"), fd, slot = 0;
    char name[4096];
    struct stat about;

    if (!path || !find_path(path, name, sizeof name))
        return "path: a file on C: is wanted";
    if (flags < 0)
        return "mode: one of r, w, a, each also with + or b, is wanted";
    while (slot < FILES_MAX && files[slot])
        slot++;
    if (slot == FILES_MAX)
        return "too many open files";
    fd = open(name, flags | O_CLOEXEC | O_NONBLOCK, 0644);
    if (fd >= 0 && (fstat(fd, &about) || !S_ISREG(about.st_mode))) {
        close(fd);
        fd = -1;
        errno = EACCES;
    }
    if (fd < 0)
        return system_error("Failed to open file");
    files[slot] = fd + 1;
    text_format(reply, "%d", slot + 1);
    return NULL;
}

static const char *command_file_close(const struct json *arguments, struct text *reply)
{
    int *file = find_file(arguments);

    if (!file)
        return no_handle;
    close(*file - 1);
    *file = 0;
    text_format(reply, "{}");
    return NULL;
}

static const char *command_file_flush(const struct json *arguments, struct text *reply)
{
    int *file = find_file(arguments);

    if (!file)
        return no_handle;
    if (fsync(*file - 1))
        return system_error("Failed to flush file");
    text_format(reply, "{}");
    return NULL;
}

static const char *command_file_read(const struct json *arguments, struct text *reply)
{
    int *file = find_file(arguments);
    int64_t count = 4096;
    uint8_t *bytes;
    ssize_t got;

    if (!file)
        return no_handle;
    json_number(arguments, "count", &count);
    if (count < 0 || count > READ_MAX || !(bytes = malloc((size_t)count + 1)))
        return "count: 0 to 16777216 is wanted";
    got = read(*file - 1, bytes, (size_t)count);
    if (got >= 0) {
        text_format(reply, "{\"count\": %zd, \"buf-b64\": ", got);
        text_base64(reply, bytes, (size_t)got);
        text_format(reply, ", \"eof\": %s}", got < count ? "true" : "false");
    }
    free(bytes);
    return got < 0 ? system_error("Failed to read file") : NULL;
}

static const char *command_file_write(const struct json *arguments, struct text *reply)
{
    int *file = find_file(arguments);
    const struct json *data = json_member(arguments, "buf-b64");
    uint8_t *bytes;
    size_t size;
    ssize_t written = -1;
    bool decoded;

    if (!file)
        return no_handle;
    if (!data || data->type != JSON_STRING || !(bytes = malloc(data->length + 3)))
        return "buf-b64: base64 is wanted";
    decoded = base64_decode(data->string, data->length, bytes, &size);
    if (decoded)
        written = write(*file - 1, bytes, size);
    free(bytes);
    if (!decoded)
        return "buf-b64: base64 is wanted";
    if (written < 0)
        return system_error("Failed to write to file");
    text_format(reply, "{\"count\": %zd, \"eof\": false}", written);
    return NULL;
}

static const char *command_file_seek(const struct json *arguments, struct text *reply)
{
    static const char *const names[] = {"set", "cur", "end"};
    int *file = find_file(arguments);
    const char *name = json_string(arguments, "whence");
    int64_t offset, whence = -1;
    off_t position;

    if (!file)
        return no_handle;
    json_number(arguments, "whence", &whence);
    for (int i = 0; i < 3; i++)
        if (name && !strcmp(name, names[i]))
            whence = i;
    if (!json_number(arguments, "offset", &offset) || whence < 0 || whence > 2)
        return "offset, whence: a number and one of set, cur, end are wanted";
    position = lseek(*file - 1, offset, (int[]){SEEK_SET, SEEK_CUR, SEEK_END}[whence]);
    if (position < 0)
        return system_error("Failed to seek file");
    text_format(reply, "{\"position\": %lld, \"eof\": false}", (long long)position);
    return NULL;
}

/* An unnamed file in memory, for what a program prints: it never blocks the program. */
static int capture_file(void)
{
    return open("/run", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
}

static const char *command_exec(const struct json *arguments, struct text *reply)
{
    const char *path = json_string(arguments, "path");
    const struct json *list = json_member(arguments, "arg");
    char *line[ARGUMENTS_MAX + 3] = {NULL, (char *)(uintptr_t)path};
    struct process *p = processes;
    size_t count = 2;
    int null;

    if (!path || (list && list->type != JSON_ARRAY))
        return "path, arg: a string and a list of strings are wanted";
    for (const struct json *a = list ? list->child : NULL; a; a = a->next) {
        if (a->type != JSON_STRING || count == ARGUMENTS_MAX + 2)
            return "arg: a list of at most 64 strings is wanted";
        line[count++] = (char *)(uintptr_t)a->string;
    }
    while (p < processes + PROCESSES_MAX && p->pid)
        p++;
    if (p == processes + PROCESSES_MAX)
        return "too many processes: ask for the status of those that have ended";
    *p = (struct process){.out = capture_file(), .err = capture_file()};
    null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    p->pid = start_windows(line, null, p->out, p->err);
    close(null);
    text_format(reply, "{\"pid\": %d}", (int)p->pid);
    return NULL;
}

static void append_output(struct text *reply, const char *name, int fd)
{
    off_t size = lseek(fd, 0, SEEK_END);
    uint8_t *bytes = size > 0 ? malloc(CAPTURE_MAX) : NULL;
    ssize_t got = bytes ? pread(fd, bytes, CAPTURE_MAX, 0) : 0;

    if (got > 0) {
        text_format(reply, ", \"%s-data\": ", name);
        text_base64(reply, bytes, (size_t)got);
        if (size > got)
            text_format(reply, ", \"%s-truncated\": true", name);
    }
    free(bytes);
    close(fd);
}

static void reap_processes(void)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        for (struct process *p = processes; p < processes + PROCESSES_MAX; p++) {
            if (p->pid == pid && !p->ended) {
                p->ended = true;
                p->status = status;
            }
        }
    }
}

static const char *command_exec_status(const struct json *arguments, struct text *reply)
{
    int64_t pid = 0;

    json_number(arguments, "pid", &pid);
    for (struct process *p = processes; p < processes + PROCESSES_MAX; p++) {
        if (pid <= 0 || p->pid != pid)
            continue;
        reap_processes();
        if (!p->ended) {
            text_format(reply, "{\"exited\": false}");
            return NULL;
        }
        if (WIFSIGNALED(p->status))
            text_format(reply, "{\"exited\": true, \"signal\": %d", WTERMSIG(p->status));
        else
            text_format(reply, "{\"exited\": true, \"exitcode\": %d", WEXITSTATUS(p->status));
        append_output(reply, "out", p->out);
        append_output(reply, "err", p->err);
        text_format(reply, "}");
        *p = (struct process){0};
        return NULL;
    }
    return "Invalid parameter 'pid'";
}

static const char *command_shutdown(const struct json *arguments, struct text *reply)
{
    const char *mode = json_string(arguments, "mode");
    bool reboot = mode && !strcmp(mode, "reboot");

    (void)reply;
    if (mode && !reboot && strcmp(mode, "powerdown") && strcmp(mode, "halt"))
        return "mode: one of reboot, powerdown, halt is wanted";
    leave(reboot ? RB_AUTOBOOT : RB_POWER_OFF);
    return NULL;
}

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
    {"guest-get-osinfo", command_get_osinfo, true},
    {"guest-get-time", command_get_time, true},
    {"guest-info", command_info, true},
    {"guest-ping", command_ping, true},
    {"guest-shutdown", command_shutdown, false},
    {"guest-sync", command_sync, true},
    {"guest-sync-delimited", command_sync, true},
};

static const char *command_info(const struct json *arguments, struct text *reply)
{
    (void)arguments;
    answer_info(table, sizeof table / sizeof *table, reply);
    return NULL;
}

static bool send_reply(int port, const struct text *reply)
{
    for (size_t done = 0; done < reply->used;) {
        ssize_t n = write(port, reply->bytes + done, reply->used - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        done += (size_t)n;
    }
    return true;
}

/* No host at the other end: a read gives nothing then, and the port has no event for its return. */
static void wait_for_host(struct frame *frame)
{
    frame_reset(frame);
    reap_processes();
    poll(NULL, 0, RETRY_MS);
}

void recovery_serve(void (*announce)(void))
{
    static char bytes[65536];
    struct frame frame = {0};
    struct text reply = {0};
    int port = open(AGENT_PORT_LINK, O_RDWR | O_CLOEXEC);

    if (port < 0)
        die("open the agent's port");
    announce();
    for (;;) {
        ssize_t count = read(port, bytes, sizeof bytes);
        if (count <= 0)
            wait_for_host(&frame);
        for (ssize_t i = 0; i < count; i++) {
            if (frame_feed(&frame, bytes[i]) != FRAME_REQUEST)
                continue;
            answer_request(table, sizeof table / sizeof *table, frame.text, frame.length, &reply);
            if (!send_reply(port, &reply))
                break;
        }
    }
}
