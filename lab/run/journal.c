/* SPDX-License-Identifier: GPL-2.0-or-later
 * The append-only journal.
 */
#include "run/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/error.h"

struct Journal {
    GMutex mutex;
    int fd;
    char *path;
    gint64 began;
    int failed; /* errno of the first write that failed */
};

bool journal_open(const char *path, Journal **ret_journal, GError **error)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0) {
        int saved = errno;
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "cannot write the journal '%s': %s", path,
                    g_strerror(saved));
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

void journal_close(Journal *journal)
{
    if (!journal)
        return;
    close(journal->fd);
    g_mutex_clear(&journal->mutex);
    g_free(journal->path);
    g_free(journal);
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
           g_str_has_prefix(type, "attempt-") || g_str_equal(type, "finding");
}

void journal_write(Journal *journal, cJSON *record)
{
    g_autofree char *text = json_line(record);
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
