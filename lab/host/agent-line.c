/* SPDX-License-Identifier: GPL-2.0-or-later
 * A guest's agent behind a serial port.
 */
#include "host/agent-line.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/json.h"

#define SENTINEL '\xFF'
#define SYNC_REPLY_MAX 256u

typedef struct {
    int fd;
    gint64 deadline;
    GString *in; /* bytes that came and were not used yet */
} Line;

static bool gone(GError **error, const char *doing)
{
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_GUEST,
                "the guest agent's serial port is gone (%s: %s)", doing, g_strerror(errno));
    return false;
}

/* A port that never falls silent does not put off the deadline. */
static bool wait_for(const Line *line, short events, GError **error)
{
    struct pollfd poller = {.fd = line->fd, .events = events};
    guint left_ms;
    int ready;

    do {
        left_ms = clock_left_ms(line->deadline);
        ready = left_ms > 0 ? poll(&poller, 1, (int)left_ms) : 0;
    } while (ready < 0 && errno == EINTR);
    if (ready < 0)
        return gone(error, "poll");
    if (ready == 0)
        g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_TIMEOUT,
                            "the guest agent did not answer on its serial port");
    return ready > 0;
}

/* A listener whose queue is full keeps a caller waiting: by SO_SNDTIMEO no longer than this. */
static bool open_line(Line *line, const char *path, GError **error)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    guint left_ms = clock_left_ms(line->deadline);
    struct timeval patience = {.tv_sec = left_ms / 1000, .tv_usec = left_ms % 1000 * 1000 + 1};

    if (g_strlcpy(address.sun_path, path, sizeof address.sun_path) >= sizeof address.sun_path) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "the socket's path '%s' is too long",
                    path);
        return false;
    }
    line->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (line->fd < 0 ||
        setsockopt(line->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) != 0 ||
        connect(line->fd, (struct sockaddr *)&address, sizeof address) != 0)
        return gone(error, "connect");
    return true;
}

static bool send_all(const Line *line, const char *bytes, gsize length, GError **error)
{
    while (length > 0) {
        ssize_t sent = send(line->fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && (errno == EAGAIN || errno == EINTR)) {
            if (!wait_for(line, POLLOUT, error))
                return false;
            continue;
        }
        if (sent < 0)
            return gone(error, "send");
        bytes += sent;
        length -= (gsize)sent;
    }
    return true;
}

/* Whatever comes next. */
static bool receive(Line *line, GError **error)
{
    char bytes[65536];
    ssize_t length;

    if (!wait_for(line, POLLIN, error))
        return false;
    length = recv(line->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return true;
    if (length == 0)
        errno = ECONNRESET;
    if (length <= 0)
        return gone(error, "recv");
    g_string_append_len(line->in, bytes, length);
    return true;
}

/* Waits for a line of at most `max` bytes and takes it. */
static bool take_line(Line *line, gsize max, char **ret_line, GError **error)
{
    gsize searched = 0;

    for (;;) {
        const char *end = memchr(line->in->str + searched, '\n', line->in->len - searched);
        if (end) {
            gsize length = (gsize)(end - line->in->str);
            *ret_line = g_strndup(line->in->str, length);
            g_string_erase(line->in, 0, (gssize)length + 1);
            return true;
        }
        searched = line->in->len;
        if (searched > max) {
            g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_AGENT,
                        "the guest agent's reply is longer than %" G_GSIZE_FORMAT " bytes", max);
            return false;
        }
        if (!receive(line, error))
            return false;
    }
}

/* Drops everything up to a sentinel. */
static bool skip_to_sentinel(Line *line, GError **error)
{
    for (;;) {
        const char *at = memchr(line->in->str, SENTINEL, line->in->len);
        if (at) {
            g_string_erase(line->in, 0, at - line->in->str + 1);
            return true;
        }
        g_string_truncate(line->in, 0);
        if (!receive(line, error))
            return false;
    }
}

/* Half a line of before may stand in front of the last sentinel. */
static bool is_sync_reply(const char *line, gint64 id)
{
    const char *sentinel = strrchr(line, SENTINEL);
    const char *text = sentinel ? sentinel + 1 : line;
    g_autoptr(cJSON) reply = NULL;
    return json_parse(text, strlen(text), SYNC_REPLY_MAX, "reply", &reply, NULL) &&
           json_int(reply, "return", -1) == id;
}

/* Until the agent has answered this very request, what comes belongs to an earlier one. */
static bool synchronise(Line *line, GError **error)
{
    gint64 id = g_random_int_range(1, G_MAXINT32);
    g_autofree char *request = g_strdup_printf(
        "\xFF{\"execute\":\"guest-sync-delimited\",\"arguments\":{\"id\":%" G_GINT64_FORMAT "}}\n",
        id);

    if (!send_all(line, request, strlen(request), error))
        return false;
    for (;;) {
        g_autofree char *reply = NULL;
        g_autoptr(GError) too_long = NULL;
        if (!skip_to_sentinel(line, error))
            return false;
        if (take_line(line, SYNC_REPLY_MAX, &reply, &too_long)) {
            if (is_sync_reply(reply, id))
                return true;
        } else if (!g_error_matches(too_long, TRUCE_ERROR, TRUCE_ERROR_AGENT)) {
            g_propagate_error(error, g_steal_pointer(&too_long));
            return false;
        }
    }
}

static bool exchange(Line *line, const char *request, char **ret_reply, GError **error)
{
    return synchronise(line, error) && send_all(line, request, strlen(request), error) &&
           send_all(line, "\n", 1, error) && take_line(line, AGENT_LINE_MAX, ret_reply, error);
}

bool agent_line_call(const char *socket_path, const char *request, gint64 deadline,
                     char **ret_reply, GError **error)
{
    g_autoptr(GString) in = g_string_new(NULL);
    Line line = {.fd = -1, .deadline = deadline, .in = in};

    bool ok = open_line(&line, socket_path, error) && exchange(&line, request, ret_reply, error);
    if (line.fd >= 0)
        close(line.fd);
    return ok;
}
