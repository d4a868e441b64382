/* SPDX-License-Identifier: GPL-2.0-or-later
 * A guest to measure, and QEMU by itself.
 */
#include "bare-qemu.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run/warm.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/files.h"

bool bench_guest_open(const char *name, BenchGuest *guest, GError **error)
{
    g_autoptr(Progress) progress = progress_new(false);
    volatile gint cancelled = 0;

    guest->folder = g_dir_make_tmp("truce-bench-XXXXXX", error);
    return guest->folder && lab_read(NULL, &guest->lab, error) &&
           lab_guest(guest->lab, name, &guest->guest, error) &&
           image_open(guest->lab->state_folder, name, &guest->image, error) &&
           host_open(guest->lab->uri, guest->lab->state_folder, &guest->host, error) &&
           warm_ensure(guest->host, guest->guest, guest->image, progress, &cancelled, &guest->warm,
                       error);
}

void bench_guest_close(BenchGuest *guest)
{
    host_close(guest->host);
    image_free(guest->image);
    guest_free(guest->guest);
    lab_free(guest->lab);
    if (guest->folder)
        files_remove_tree(guest->folder, NULL);
    g_free(guest->folder);
    g_free(guest->warm);
}

static bool lab_call(gpointer data, const char *request, guint timeout_ms, char **ret_reply,
                     GError **error)
{
    return machine_agent_call(data, request, timeout_ms, ret_reply, error);
}

static bool lab_wait(gpointer data, guint ms, GError **error)
{
    MachineEvent event = machine_next_event(data, clock_deadline_ms(ms));
    if (event == MACHINE_EVENT_NONE)
        return true;
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_GUEST, "the guest: %s", machine_event_name(event));
    return false;
}

AgentTransport bench_lab_agent(Machine *machine)
{
    return (AgentTransport){.call = lab_call, .wait = lab_wait, .data = machine};
}

/* One line from the socket; NULL with the error set where none comes in time. */
char *bench_line(int fd, gint64 deadline, GError **error)
{
    g_autoptr(GString) line = g_string_new(NULL);
    char byte;

    for (;;) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        if (poll(&wait, 1, (int)clock_left_ms(deadline)) <= 0) {
            g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_TIMEOUT, "no reply");
            return NULL;
        }
        if (read(fd, &byte, 1) != 1) {
            g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "QEMU ended");
            return NULL;
        }
        if (byte == '\n')
            return g_strdup(line->str);
        g_string_append_c(line, byte);
    }
}

/* Bare QEMU's agent channel: a UNIX socket. As libvirt does, each request follows a guest-sync, so
 * that a late reply belongs to no later request. */
static bool bare_call(gpointer data, const char *request, guint timeout_ms, char **ret_reply,
                      GError **error)
{
    static guint id = 1000000;
    int fd = *(int *)data;
    gint64 deadline = clock_deadline_ms(timeout_ms);
    g_autofree char *number = g_strdup_printf("%u", ++id);
    g_autofree char *sync = g_strdup_printf(
        "\xFF{\"execute\":\"guest-sync-delimited\",\"arguments\":{\"id\":%s}}\n", number);
    g_autofree char *line = g_strconcat(request, "\n", NULL);
    g_autofree char *reply = NULL;

    if (write(fd, sync, strlen(sync)) < 0) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "agent socket: %s", g_strerror(errno));
        return false;
    }
    do {
        g_free(reply);
        reply = bench_line(fd, deadline, error);
        if (!reply)
            return false;
    } while (!strstr(reply, number));
    if (write(fd, line, strlen(line)) < 0) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "agent socket: %s", g_strerror(errno));
        return false;
    }
    *ret_reply = bench_line(fd, deadline, error);
    return *ret_reply != NULL;
}

static bool bare_wait(gpointer data, guint ms, GError **error)
{
    (void)data;
    (void)error;
    poll(NULL, 0, (int)ms);
    return true;
}

AgentTransport bench_bare_agent(int *fd)
{
    return (AgentTransport){.call = bare_call, .wait = bare_wait, .data = fd};
}

int bench_connect(const char *path, gint64 deadline)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    g_strlcpy(address.sun_path, path, sizeof address.sun_path);
    while (clock_left_ms(deadline) > 0) {
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
            return fd;
        close(fd);
        poll(NULL, 0, 5);
    }
    return -1;
}

pid_t bench_start(const char *const *argv, int inherited)
{
    pid_t pid = fork();
    if (pid == 0) {
        if (inherited == 9)
            fcntl(9, F_SETFD, 0); /* dup2() would leave it to be closed */
        else if (inherited >= 0)
            dup2(inherited, 9);
        execvp(argv[0], (char *const *)argv);
        _exit(127);
    }
    return pid;
}

void bench_end(pid_t pid)
{
    if (pid <= 0)
        return; /* it never started */
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

double bench_median(double *values, guint count)
{
    qsort(values, count, sizeof *values, compare);
    return values[count / 2];
}
