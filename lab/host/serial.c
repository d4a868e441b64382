/* SPDX-License-Identifier: GPL-2.0-or-later
 * A guest's serial port.
 */
#include "host/serial.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include <glib/gstdio.h>

#include "host/remote.h"
#include "util/error.h"
#include "util/redact.h"

struct SerialPump {
    GMutex lock;
    int pipe_fd; /* -1: there is none, but … */
    Host *host;
    char *volume;   /* … this, read … */
    guint64 offset; /* … up to here */
    int log_fd;
    guint64 left; /* bytes that the log still takes */
    int watch;
    GString *held; /* not written yet */
};

static void write_log(SerialPump *pump, const char *data, gsize length)
{
    static const char cut[] = "\n[truce: the serial log ends here, it has reached its limit]\n";

    if (pump->left == 0)
        return;
    gsize taken = MIN(length, pump->left);
    pump->left -= taken;
    while (taken > 0) {
        ssize_t n = write(pump->log_fd, data, taken);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            /* A full disk: the run's own watch tells of it, the pump only must not stop. */
            pump->left = 0;
            return;
        }
        data += n;
        taken -= (gsize)n;
    }
    if (pump->left == 0 && write(pump->log_fd, cut, strlen(cut)) < 0)
        return;
}

/* The end of what came may be the beginning of a secret: it waits for what comes next. */
static void append(SerialPump *pump, const char *data, gsize length, bool ended)
{
    g_autoptr(GString) said = g_string_new(NULL);

    g_string_append_len(pump->held, data, (gssize)length);
    redact_stream(pump->held, ended, said);
    write_log(pump, said->str, said->len);
}

static int take_remote(virStreamPtr stream, const char *data, size_t length, void *opaque)
{
    SerialPump *pump = opaque;

    (void)stream;
    append(pump, data, length, false);
    pump->offset += length;
    return pump->left > 0 ? (int)length : -1;
}

/* A host that does not answer is told of elsewhere. */
static void drain_remote(SerialPump *pump)
{
    if (pump->left > 0)
        remote_read(pump->host, pump->volume, pump->offset, take_remote, pump, NULL);
    else
        remote_empty(pump->host, pump->volume);
}

static void drain_pipe(SerialPump *pump)
{
    char data[16384];
    ssize_t n;

    /* Bounded by what the pipe holds: a guest that writes faster than this reads is left to the
     * next turn of the event loop. */
    for (int turn = 0; turn < 16; turn++) {
        n = read(pump->pipe_fd, data, sizeof data);
        if (n <= 0)
            break;
        append(pump, data, (gsize)n, false);
    }
}

void serial_pump_drain(SerialPump *pump)
{
    g_mutex_lock(&pump->lock);
    if (pump->volume)
        drain_remote(pump);
    else
        drain_pipe(pump);
    g_mutex_unlock(&pump->lock);
}

static void on_readable(int watch, int fd, int events, void *data)
{
    (void)watch;
    (void)fd;
    (void)events;
    serial_pump_drain(data);
}

/* The event thread's last word on a pump: it may be in on_readable() until then. */
static void pump_destroy(void *data)
{
    SerialPump *pump = data;

    append(pump, "", 0, true);
    g_string_free(pump->held, TRUE);
    if (pump->pipe_fd >= 0)
        close(pump->pipe_fd);
    close(pump->log_fd);
    g_free(pump->volume);
    g_mutex_clear(&pump->lock);
    g_free(pump);
}

static bool make_pipe(Host *host, const char *path, const char *end, char **ret_path,
                      GError **error)
{
    g_autofree char *pipe = g_strconcat(path, end, NULL);

    if (mkfifo(pipe, 0600) != 0) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "cannot make the pipe '%s': %s", pipe,
                    g_strerror(errno));
        return false;
    }
    if (!host_give(host, pipe, error))
        return false;
    *ret_path = g_steal_pointer(&pipe);
    return true;
}

static bool open_log(const char *log, int *ret_fd, GError **error)
{
    int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

    if (fd < 0) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "cannot write the serial log '%s': %s",
                    log, g_strerror(errno));
        return false;
    }
    *ret_fd = fd;
    return true;
}

/* Takes the descriptors over. */
static SerialPump *pump_new(int pipe_fd, int log_fd, guint64 limit)
{
    SerialPump *pump = g_new0(SerialPump, 1);

    g_mutex_init(&pump->lock);
    pump->pipe_fd = pipe_fd;
    pump->log_fd = log_fd;
    pump->left = limit;
    pump->held = g_string_new(NULL);
    return pump;
}

bool serial_pump_new_remote(Host *host, const char *volume, const char *log, guint64 limit,
                            SerialPump **ret_pump, GError **error)
{
    int log_fd;

    if (!open_log(log, &log_fd, error))
        return false;
    SerialPump *pump = pump_new(-1, log_fd, limit);
    pump->host = host;
    pump->volume = g_strdup(volume);
    *ret_pump = pump;
    return true;
}

bool serial_pump_new(Host *host, const char *path, const char *log, guint64 limit,
                     SerialPump **ret_pump, GError **error)
{
    g_autofree char *in = NULL, *out = NULL;

    if (!make_pipe(host, path, ".in", &in, error) || !make_pipe(host, path, ".out", &out, error))
        return false;

    auto_fd log_fd = -1;
    if (!open_log(log, &log_fd, error))
        return false;
    /* Open for writing too, so that the end of one QEMU is not the end of the pipe. */
    auto_fd pipe_fd = open(out, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (pipe_fd < 0) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "cannot open the pipe '%s': %s", out,
                    g_strerror(errno));
        return false;
    }

    SerialPump *pump = pump_new(g_steal_fd(&pipe_fd), g_steal_fd(&log_fd), limit);
    pump->watch = virEventAddHandle(pump->pipe_fd, VIR_EVENT_HANDLE_READABLE, on_readable, pump,
                                    pump_destroy);
    if (pump->watch < 0) {
        pump_destroy(pump);
        return host_fail(error, "cannot watch the serial port");
    }
    *ret_pump = pump;
    return true;
}

void serial_pump_free(SerialPump *pump)
{
    if (!pump)
        return;
    serial_pump_drain(pump);
    if (pump->volume)
        pump_destroy(pump);
    else
        virEventRemoveHandle(pump->watch);
}
