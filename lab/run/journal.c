/* SPDX-License-Identifier: GPL-2.0-or-later
 * The append-only journal.
 */
#include "run/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/error.h"
#include "util/redact.h"

struct Journal {
    GMutex mutex;
    int fd;
    char *path;
    gint64 began;
    int failed; /* errno of the first write that failed */
    JournalObserver observer;
    gpointer data;
};

static bool fail_errno(const char *path, GError **error)
{
    int saved = errno;
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "cannot write the journal '%s': %s", path,
                g_strerror(saved));
    return false;
}

/* Cuts off what follows the last newline. */
static bool cut_torn_end(int fd, const char *path, GError **error)
{
    char piece[4096];
    off_t end = lseek(fd, 0, SEEK_END);

    while (end > 0) {
        size_t length = (size_t)MIN(end, (off_t)sizeof piece);
        ssize_t n = pread(fd, piece, length, end - (off_t)length);
        if (n != (ssize_t)length)
            return fail_errno(path, error);
        const char *newline = memrchr(piece, '\n', length);
        end -= (off_t)length;
        if (newline) {
            end += newline - piece + 1;
            break;
        }
    }
    return end >= 0 && ftruncate(fd, end) == 0 ? true : fail_errno(path, error);
}

static bool lock(int fd, const char *path, GError **error)
{
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        return true;
    if (errno != EWOULDBLOCK)
        return fail_errno(path, error);
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                "this run goes on: another truce writes its journal '%s'", path);
    return false;
}

bool journal_open(const char *path, Journal **ret_journal, GError **error)
{
    int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0644);

    if (fd < 0)
        return fail_errno(path, error);
    if (!lock(fd, path, error) || !cut_torn_end(fd, path, error)) {
        close(fd);
        return false;
    }
    Journal *journal = g_new0(Journal, 1);
    g_mutex_init(&journal->mutex);
    journal->fd = fd;
    journal->path = g_strdup(path);
    journal->began = g_get_monotonic_time();
    *ret_journal = journal;
    return true;
}

bool journal_in_use(const char *path)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool in_use = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    close(fd);
    return in_use;
}

void journal_close(Journal *journal)
{
    if (!journal)
        return;
    close(journal->fd);
    g_mutex_clear(&journal->mutex);
    g_free(journal->path);
    g_free(journal);
}

void journal_observe(Journal *journal, JournalObserver observer, gpointer data)
{
    g_mutex_lock(&journal->mutex);
    journal->observer = observer;
    journal->data = data;
    g_mutex_unlock(&journal->mutex);
}

cJSON *journal_record(Journal *journal, const char *type)
{
    cJSON *record = cJSON_CreateObject();
    g_autofree char *now = clock_now_utc();

    cJSON_AddStringToObject(record, "t", now);
    cJSON_AddNumberToObject(record, "ms", clock_elapsed_ms(journal->began));
    cJSON_AddStringToObject(record, "type", type);
    return record;
}

static bool changes_state(const char *type)
{
    return g_str_has_prefix(type, "run-") || g_str_has_prefix(type, "case-") ||
           g_str_has_prefix(type, "attempt-") || g_str_equal(type, "finding") ||
           g_str_equal(type, "blame");
}

void journal_write(Journal *journal, cJSON *record)
{
    g_autofree char *plain = json_line(record);
    g_autofree char *text = redact_text(plain);
    g_autofree char *line = g_strconcat(text, "\n", NULL);
    gsize length = strlen(line), done = 0;

    /* One write a line where the system allows it: a kill then tears the last line at most. */
    g_mutex_lock(&journal->mutex);
    while (done < length && !journal->failed) {
        ssize_t n = write(journal->fd, line + done, length - done);
        if (n >= 0)
            done += (gsize)n;
        else if (errno != EINTR)
            journal->failed = errno;
    }
    if (!journal->failed && changes_state(json_string(record, "type", "")) &&
        fsync(journal->fd) != 0)
        journal->failed = errno;
    if (journal->observer)
        journal->observer(journal->data, record);
    g_mutex_unlock(&journal->mutex);
    cJSON_Delete(record);
}

bool journal_check(Journal *journal, GError **error)
{
    g_mutex_lock(&journal->mutex);
    int failed = journal->failed;
    g_mutex_unlock(&journal->mutex);
    if (failed)
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "cannot write the journal '%s': %s",
                    journal->path, g_strerror(failed));
    return failed == 0;
}
