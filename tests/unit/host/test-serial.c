/* SPDX-License-Identifier: GPL-2.0-or-later
 * A guest that floods its serial port: the log keeps its limit and says so, the guest is never held
 * up; what a quiet guest prints is all there.
 */
#include "host/serial.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libvirt/libvirt.h>

#include "util/files.h"

#define LIMIT (64u << 10)
#define FLOOD (16u << 20)
#define LINE "I print and print and print \x1b[2J\r\n"

typedef struct {
    Host host;
    char *folder, *pipe, *out, *log;
    SerialPump *pump;
} Fixture;

static gpointer run_loop(gpointer unused)
{
    (void)unused;
    while (virEventRunDefaultImpl() == 0)
        ;
    return NULL;
}

static void set_up(Fixture *fixture, gconstpointer unused)
{
    g_autoptr(GError) error = NULL;
    (void)unused;

    fixture->folder = g_dir_make_tmp("truce-serial-XXXXXX", NULL);
    fixture->pipe = g_build_filename(fixture->folder, "serial", NULL);
    fixture->out = g_strconcat(fixture->pipe, ".out", NULL);
    fixture->log = g_build_filename(fixture->folder, "serial.log", NULL);
    serial_pump_new(&fixture->host, fixture->pipe, fixture->log, LIMIT, &fixture->pump, &error);
    g_assert_no_error(error);
}

static void tear_down(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    serial_pump_free(fixture->pump);
    g_assert_true(files_remove_tree(fixture->folder, NULL));
    g_free(fixture->folder);
    g_free(fixture->pipe);
    g_free(fixture->out);
    g_free(fixture->log);
}

/* As QEMU: to a pipe that blocks where nobody reads. */
static void print(const Fixture *fixture, gsize bytes)
{
    int fd = open(fixture->out, O_WRONLY | O_CLOEXEC);
    gsize length = strlen(LINE);

    g_assert_cmpint(fd, >=, 0);
    for (gsize done = 0; done < bytes; done += length)
        g_assert_cmpint(write(fd, LINE, length), ==, (gssize)length);
    close(fd);
}

static void test_flood(Fixture *fixture, gconstpointer unused)
{
    struct stat st;
    (void)unused;

    print(fixture, FLOOD);
    serial_pump_drain(fixture->pump);
    g_assert_cmpint(stat(fixture->log, &st), ==, 0);
    g_assert_cmpint(st.st_size, >=, LIMIT);
    g_assert_cmpint(st.st_size, <, LIMIT + 200);
    g_autofree char *text = NULL;
    g_assert_true(g_file_get_contents(fixture->log, &text, NULL, NULL));
    g_assert_nonnull(strstr(text, "has reached its limit"));
}

static void test_quiet(Fixture *fixture, gconstpointer unused)
{
    g_autofree char *text = NULL;
    gsize length;
    (void)unused;

    print(fixture, strlen(LINE) * 100);
    serial_pump_drain(fixture->pump);
    g_assert_true(g_file_get_contents(fixture->log, &text, &length, NULL));
    g_assert_cmpuint(length, ==, strlen(LINE) * 100);
    g_assert_true(g_str_has_prefix(text, LINE));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_cmpint(virEventRegisterDefaultImpl(), ==, 0);
    g_thread_unref(g_thread_new("events", run_loop, NULL));
    g_test_add("/serial/flood", Fixture, NULL, set_up, test_flood, tear_down);
    g_test_add("/serial/quiet", Fixture, NULL, set_up, test_quiet, tear_down);
    return g_test_run();
}
