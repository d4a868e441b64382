/* SPDX-License-Identifier: GPL-2.0-or-later
 * Helper programs with a deadline and bounded output.
 */
#include "util/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib-unix.h>

#include "util/clock.h"
#include "util/error.h"
#include "util/text.h"

#define LINE_MAX_BYTES 4096
#define CANCEL_POLL_MS 200
#define POLITE_S 10
#define MESSAGE_MAX 500

/* A group of its own, so that what the program starts ends with it. A caller that is killed ends
 * nothing: then the kernel asks the program to end, and a builder cleans up. */
static void set_up_child(gpointer caller)
{
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != GPOINTER_TO_INT(caller)) /* killed already */
        _exit(1);
}

typedef struct {
    const ProcOptions *options;
    GString *line;
    char *last; /* the last line that is not empty: what a failure is explained with */
} Output;

static void end_line(Output *output)
{
    if (output->line->len > 0) {
        g_free(output->last);
        output->last = g_utf8_make_valid(output->line->str, (gssize)output->line->len);
        if (output->options->on_line)
            output->options->on_line(output->last, output->options->on_line_data);
    }
    g_string_truncate(output->line, 0);
}

static void take_bytes(Output *output, const char *bytes, gsize length)
{
    for (gsize i = 0; i < length; i++) {
        if (bytes[i] == '\n')
            end_line(output);
        else if (output->line->len < LINE_MAX_BYTES)
            g_string_append_c(output->line, bytes[i]);
    }
}

typedef struct {
    GPid pid;
    int pidfd; /* readable once the program ended */
    int pipe;  /* its stdout and stderr */
} Child;

typedef enum { CHILD_ENDED, CHILD_TIME_UP, CHILD_CANCELLED } Outcome;

/* Takes what is there now; false where nothing more will come. */
static bool read_some(const Child *child, Output *output)
{
    char bytes[4096];
    ssize_t n = read(child->pipe, bytes, sizeof bytes);

    if (n < 0)
        return errno == EINTR;
    take_bytes(output, bytes, (gsize)n);
    return n > 0;
}

/* Reads until the program itself ends: what it left running may keep the pipe open for ever. */
static Outcome follow(const Child *child, Output *output, gint64 deadline, const bool *cancelled)
{
    struct pollfd waits[] = {
        {.fd = child->pipe, .events = POLLIN},
        {.fd = child->pidfd, .events = POLLIN},
    };
    while (clock_left_ms(deadline) > 0) {
        int ready = poll(waits, 2, (int)MIN(clock_left_ms(deadline), CANCEL_POLL_MS));
        if (cancelled && *cancelled)
            return CHILD_CANCELLED;
        if (ready <= 0)
            continue;
        if (waits[0].revents) {
            if (!read_some(child, output))
                waits[0].fd = -1;
        } else if (waits[1].revents) {
            return CHILD_ENDED; /* and its pipe is empty */
        }
    }
    return CHILD_TIME_UP;
}

/* Ends the group: first politely, so that builders can clean up, then for certain. */
static void end_group(const Child *child, Output *output)
{
    kill(-child->pid, SIGTERM);
    follow(child, output, clock_deadline_s(POLITE_S), NULL);
    kill(-child->pid, SIGKILL);
}

static bool start(const char *const *argv, const char *folder, Child *ret_child, GError **error)
{
    g_autoptr(GError) cause = NULL;
    int ends[2];

    if (!g_unix_open_pipe(ends, FD_CLOEXEC, &cause)) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "cannot start '%s': %s", argv[0],
                    cause->message);
        return false;
    }
    /* GLib waits until nobody has the pipe any more on which a child tells why it does not start:
     * without CLOEXEC_PIPES, whatever another thread starts meanwhile has it to its own end. */
    bool started = g_spawn_async_with_pipes_and_fds(
        folder, argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_CLOEXEC_PIPES,
        set_up_child, GINT_TO_POINTER(getpid()), -1, ends[1], ends[1], NULL, NULL, 0,
        &ret_child->pid, NULL, NULL, NULL, &cause);
    close(ends[1]);
    if (!started) {
        close(ends[0]);
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "cannot start '%s': %s", argv[0],
                    cause->message);
        return false;
    }
    ret_child->pipe = ends[0];
    ret_child->pidfd = pidfd_open(ret_child->pid, 0);
    if (ret_child->pidfd < 0) {
        int saved = errno;
        kill(-ret_child->pid, SIGKILL);
        waitpid(ret_child->pid, NULL, 0);
        close(ends[0]);
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "cannot watch '%s': %s", argv[0],
                    g_strerror(saved));
        return false;
    }
    return true;
}

/* Turns how it ended into true or the error. */
static bool judge(const char *name, Outcome outcome, int status, const Output *output,
                  GError **error)
{
    g_autoptr(GError) cause = NULL;

    if (outcome == CHILD_CANCELLED) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_CANCELLED, "'%s' was interrupted", name);
    } else if (outcome == CHILD_TIME_UP) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_TIMEOUT, "'%s' did not end within %u s", name,
                    output->options->timeout_s);
    } else if (!g_spawn_check_wait_status(status, &cause)) {
        const char *last = output->last ? output->last : "it printed nothing";
        g_autofree char *shown = text_printable(last, strlen(last), MESSAGE_MAX);
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "'%s' failed: %s (%s)", name, shown,
                    cause->message);
    } else {
        return true;
    }
    return false;
}

bool proc_run(const char *const *argv, const ProcOptions *options, GError **error)
{
    Child child;
    if (!start(argv, options->folder, &child, error))
        return false;

    Output output = {.options = options, .line = g_string_new(NULL)};
    Outcome outcome =
        follow(&child, &output, clock_deadline_s(options->timeout_s), options->cancelled);
    if (outcome != CHILD_ENDED)
        end_group(&child, &output);
    close(child.pipe);
    close(child.pidfd);

    int status = 0;
    while (waitpid(child.pid, &status, 0) < 0 && errno == EINTR)
        ;
    end_line(&output);
    bool good = judge(argv[0], outcome, status, &output, error);
    g_string_free(output.line, TRUE);
    g_free(output.last);
    return good;
}

char *proc_find(const char *program)
{
    return g_find_program_in_path(program);
}
