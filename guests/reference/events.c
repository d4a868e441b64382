/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The System event log, as far as the first process writes it: see events.h. */
#define _GNU_SOURCE

#include "events.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../agent/text.h"
#include "init.h"

#define LOG_FOLDER "/wine/drive_c/windows/system32/winevt/Logs"
#define LOG LOG_FOLDER "/System.jsonl"
#define OLD_LOG LOG_FOLDER "/System.old.jsonl"
#define LOG_MAX_BYTES (1 << 20)
#define MINIDUMPS "/wine/drive_c/windows/Minidump"
#define RUNNING STATE "/running"
#define LAST_STOP STATE "/last-stop"

static void format_time(time_t seconds, char *ret_text, size_t size)
{
    struct tm tm;

    gmtime_r(&seconds, &tm);
    strftime(ret_text, size, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

/* DATA is a JSON object's inside, "" for none. */
static void add_event(const char *provider, int id, const char *level, const char *data,
                      const char *message)
{
    struct text line = {0};
    char now[32];
    int fd = open(LOG, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

    format_time(time(NULL), now, sizeof now);
    text_format(&line, "{\"time\": \"%s\", \"provider\": \"%s\", \"id\": %d, \"level\": \"%s\", ",
                now, provider, id, level);
    text_format(&line, "\"data\": {%s}, \"message\": ", data);
    text_json(&line, message);
    text_format(&line, "}\n");
    if (fd < 0 || line.failed || write(fd, line.bytes, line.used) < 0 || fsync(fd))
        say("truce: init: event %d is lost", id);
    if (fd >= 0)
        close(fd);
    text_clear(&line);
}

static void keep_bounds(void)
{
    static const char *const folders[] = {"/wine/drive_c/windows/system32/winevt", LOG_FOLDER};
    struct stat about;

    for (int i = 0; i < 2; i++)
        mkdir(folders[i], 0755);
    if (!stat(LOG, &about) && about.st_size > LOG_MAX_BYTES)
        rename(LOG, OLD_LOG);
}

/* The name of the newest dump, "" where there is none. */
static void find_dump(char *ret_name, size_t size)
{
    DIR *dir = opendir(MINIDUMPS);
    struct dirent *entry;
    time_t newest = 0;

    *ret_name = '\0';
    while (dir && (entry = readdir(dir))) {
        struct stat about;
        if (strstr(entry->d_name, ".dmp") && !fstatat(dirfd(dir), entry->d_name, &about, 0) &&
            about.st_mtime >= newest) {
            newest = about.st_mtime;
            snprintf(ret_name, size, "%.*s", (int)size - 1, entry->d_name);
        }
    }
    if (dir)
        closedir(dir);
}

/* From "*** STOP: 0x0000007E (0x...,0x...,0x...,0x...)". */
static bool read_stop(const char *text, unsigned long *ret_code, unsigned long long ret_p[4])
{
    return sscanf(text, "*** STOP: 0x%lx (0x%llx,0x%llx,0x%llx,0x%llx)", ret_code, &ret_p[0],
                  &ret_p[1], &ret_p[2], &ret_p[3]) == 5;
}

static void tell_stop(const char *text)
{
    unsigned long long p[4] = {0};
    unsigned long code = 0;
    char dump[64], data[400], message[500], stop[160];

    if (!read_stop(text, &code, p))
        return;
    find_dump(dump, sizeof dump);
    snprintf(stop, sizeof stop, "0x%08lx (0x%016llx, 0x%016llx, 0x%016llx, 0x%016llx)", code, p[0],
             p[1], p[2], p[3]);
    snprintf(data, sizeof data,
             "\"param1\": \"%s\", \"param2\": \"C:\\\\Windows\\\\Minidump\\\\%s\"", stop, dump);
    snprintf(message, sizeof message,
             "The computer has rebooted from a bugcheck. The bugcheck was: %s. A dump was saved "
             "in: C:\\Windows\\Minidump\\%s.",
             stop, dump);
    add_event("Microsoft-Windows-WER-SystemErrorReporting", 1001, "Error", data, message);
}

/* Kernel-Power's numbers of the stop are decimal; all zero without one. */
static void tell_unexpected_end(const char *text)
{
    unsigned long long p[4] = {0};
    unsigned long code = 0;
    struct stat about;
    char data[400], when[32], message[200];

    read_stop(text, &code, p);
    snprintf(data, sizeof data,
             "\"BugcheckCode\": %lu, \"BugcheckParameter1\": \"0x%llx\", "
             "\"BugcheckParameter2\": \"0x%llx\", \"BugcheckParameter3\": \"0x%llx\", "
             "\"BugcheckParameter4\": \"0x%llx\", \"PowerButtonTimestamp\": 0",
             code, p[0], p[1], p[2], p[3]);
    add_event("Microsoft-Windows-Kernel-Power", 41, "Critical", data,
              "The system has rebooted without cleanly shutting down first.");
    format_time(stat(RUNNING, &about) ? 0 : about.st_mtime, when, sizeof when);
    snprintf(message, sizeof message,
             "The previous system shutdown was unexpected; the system had started at %s.", when);
    add_event("EventLog", 6008, "Error", "", message);
}

void events_at_start(void)
{
    char text[600];

    keep_bounds();
    file_read(LAST_STOP, text, sizeof text);
    add_event("EventLog", 6005, "Information", "", "The Event log service was started.");
    if (!access(RUNNING, F_OK)) {
        tell_unexpected_end(text);
        tell_stop(text);
    }
    unlink(LAST_STOP);
    unlink(RUNNING);
    state_write(RUNNING, "");
}

void events_keep_stop(const char *text)
{
    state_write(LAST_STOP, text);
}

void events_at_end(void)
{
    if (unlink(RUNNING))
        return;
    add_event("EventLog", 6006, "Information", "", "The Event log service was stopped.");
}
