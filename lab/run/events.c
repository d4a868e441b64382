/* SPDX-License-Identifier: GPL-2.0-or-later
 * A stream of NDJSON lines.
 */
#include "run/events.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/error.h"

struct Events {
    GThread *thread;
    int fd;

    GMutex mutex; /* guards what follows */
    GCond changed;
    GQueue lines; /* of char* */
    guint lost;
    int failed;      /* errno of the write that failed */
    gint64 deadline; /* 0: open; else closing until then */
};

/* Waits until the reader takes something, or the stream is closing and its time is over. */
static bool wait_writable(Events *events)
{
    for (;;) {
        struct pollfd poll_fd = {.fd = events->fd, .events = POLLOUT};
        int ready = poll(&poll_fd, 1, 200);
        if (ready > 0)
            return true;
        if (ready < 0 && errno != EINTR)
            return false;
        g_mutex_lock(&events->mutex);
        bool over = events->deadline && g_get_monotonic_time() > events->deadline;
        g_mutex_unlock(&events->mutex);
        if (over) {
            errno = ETIMEDOUT;
            return false;
        }
    }
}

static bool write_line(Events *events, const char *line)
{
    gsize length = strlen(line);

    while (length > 0) {
        if (!wait_writable(events))
            return false;
        /* A pipe that can be written to takes PIPE_BUF bytes without waiting for its reader. */
        ssize_t n = write(events->fd, line, MIN(length, 4096));
        if (n < 0 && errno != EINTR && errno != EAGAIN)
            return false;
        if (n > 0) {
            line += n;
            length -= (gsize)n;
        }
    }
    return true;
}

/* The next line; NULL when there is none and the stream is closing. */
static char *next_line(Events *events)
{
    char *line;

    g_mutex_lock(&events->mutex);
    while (!(line = g_queue_pop_head(&events->lines)) && !events->deadline)
        g_cond_wait(&events->changed, &events->mutex);
    if (events->lost > 0 && g_queue_get_length(&events->lines) < EVENTS_WAITING_MAX / 2) {
        g_queue_push_tail(
            &events->lines,
            g_strdup_printf("{\"type\":\"events-lost\",\"count\":%u}\n", events->lost));
        events->lost = 0;
    }
    g_mutex_unlock(&events->mutex);
    return line;
}

static gpointer write_lines(gpointer data)
{
    Events *events = data;
    char *line;

    while ((line = next_line(events))) {
        bool written = write_line(events, line);
        int saved = errno;
        g_free(line);
        if (written)
            continue;
        g_mutex_lock(&events->mutex);
        events->failed = saved;
        g_mutex_unlock(&events->mutex);
        break;
    }
    return NULL;
}

bool events_open(const char *target, Events **ret_events, GError **error)
{
    bool standard = g_str_equal(target, "-");
    int fd = standard ? dup(STDOUT_FILENO)
                      : open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

    if (fd < 0) {
        int saved = errno;
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "cannot write events to '%s': %s", target,
                    g_strerror(saved));
        return false;
    }
    Events *events = g_new0(Events, 1);
    events->fd = fd;
    g_mutex_init(&events->mutex);
    g_cond_init(&events->changed);
    g_queue_init(&events->lines);
    events->thread = g_thread_new("events", write_lines, events);
    *ret_events = events;
    return true;
}

void events_put(Events *events, const char *line)
{
    g_mutex_lock(&events->mutex);
    if (events->failed) {
        /* nobody reads any more */
    } else if (g_queue_get_length(&events->lines) < EVENTS_WAITING_MAX) {
        g_queue_push_tail(&events->lines, g_strconcat(line, "\n", NULL));
        g_cond_signal(&events->changed);
    } else {
        events->lost++;
    }
    g_mutex_unlock(&events->mutex);
}

bool events_close(Events *events, char **ret_reason)
{
    if (!events)
        return true;
    g_mutex_lock(&events->mutex);
    events->deadline = clock_deadline_s(EVENTS_CLOSE_S);
    g_cond_signal(&events->changed);
    g_mutex_unlock(&events->mutex);
    g_thread_join(events->thread);

    int failed = events->failed;
    if (failed)
        *ret_reason = g_strdup(g_strerror(failed));
    close(events->fd);
    g_queue_clear_full(&events->lines, g_free);
    g_mutex_clear(&events->mutex);
    g_cond_clear(&events->changed);
    g_free(events);
    return failed == 0;
}
