/* SPDX-License-Identifier: GPL-2.0-or-later
 * The end of a QEMU that stands still while it starts, when libvirt has no domain to destroy yet.
 */
#include <signal.h>
#include <sys/wait.h>

#include "host/monitor-watch.h"
#include "util/files.h"

#define UUID "6ba7b810-9dad-11d1-80b4-00c04fd430c8"

typedef struct {
    char *folder, *pid_file;
    GPid pid; /* stands for QEMU */
} Fixture;

static void set_up(Fixture *fixture, gconstpointer unused)
{
    char *argv[] = {(char *)"sleep", (char *)"600", NULL};
    g_autoptr(GError) error = NULL;
    (void)unused;

    g_spawn_async(NULL, argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL,
                  &fixture->pid, &error);
    g_assert_no_error(error);
    fixture->folder = g_dir_make_tmp("truce-watch-XXXXXX", NULL);
    fixture->pid_file = g_build_filename(fixture->folder, "machine.pid", NULL);
}

static void tear_down(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    g_assert_true(files_remove_tree(fixture->folder, NULL));
    g_free(fixture->folder);
    g_free(fixture->pid_file);
}

static void write_pid(const Fixture *fixture)
{
    g_autofree char *text = g_strdup_printf("%d", fixture->pid);

    g_assert_true(g_file_set_contents(fixture->pid_file, text, -1, NULL));
}

/* The signal that it ended by: SIGTERM where nobody ended it before. */
static int end_process(const Fixture *fixture)
{
    int status = 0;

    kill(fixture->pid, SIGTERM);
    g_assert_cmpint(waitpid(fixture->pid, &status, 0), ==, fixture->pid);
    return WTERMSIG(status);
}

static void test_stands_still(Fixture *fixture, gconstpointer unused)
{
    g_auto(MonitorWatch) watch = {0};
    int status = 0;
    (void)unused;

    write_pid(fixture);
    g_assert_cmpint(kill(fixture->pid, SIGSTOP), ==, 0);
    monitor_watch_begin_start(&watch, NULL, UUID, fixture->pid_file, 0);
    g_assert_cmpint(waitpid(fixture->pid, &status, 0), ==, fixture->pid);
    g_assert_cmpint(WTERMSIG(status), ==, SIGKILL);
    monitor_watch_end(&watch);
    g_assert_true(monitor_watch_ended(UUID));
    g_assert_false(monitor_watch_ended(UUID)); /* told once */
}

static void test_starts(Fixture *fixture, gconstpointer unused)
{
    g_auto(MonitorWatch) watch = {0};
    (void)unused;

    write_pid(fixture);
    monitor_watch_begin_start(&watch, NULL, UUID, fixture->pid_file, 600);
    monitor_watch_end(&watch);
    g_assert_false(monitor_watch_ended(UUID));
    g_assert_cmpint(end_process(fixture), ==, SIGTERM);
}

/* A file without a process' number ends nobody, least of all a group or everybody. */
static void test_nobody(Fixture *fixture, gconstpointer unused)
{
    static const char *const texts[] = {"\n", "none", "0", "1", "-1", "99999999999999999999"};
    (void)unused;

    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_auto(MonitorWatch) watch = {0};
        g_assert_true(g_file_set_contents(fixture->pid_file, texts[i], -1, NULL));
        monitor_watch_begin_start(&watch, NULL, UUID, fixture->pid_file, 0);
        while (!monitor_watch_ended(UUID))
            g_thread_yield();
    }
    g_assert_cmpint(end_process(fixture), ==, SIGTERM);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_cmpint(virInitialize(), ==, 0); /* as host_open() does by connecting */
    g_test_add("/monitor-watch/stands-still", Fixture, NULL, set_up, test_stands_still, tear_down);
    g_test_add("/monitor-watch/starts", Fixture, NULL, set_up, test_starts, tear_down);
    g_test_add("/monitor-watch/nobody", Fixture, NULL, set_up, test_nobody, tear_down);
    return g_test_run();
}
