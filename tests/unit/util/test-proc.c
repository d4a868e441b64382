/* SPDX-License-Identifier: GPL-2.0-or-later
 * Helper programs: exit status, deadlines, interruption, bounded output, and nobody left behind.
 */
#include "util/proc.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "util/clock.h"
#include "util/error.h"

static bool shell(const char *script, const ProcOptions *options, GError **error)
{
    const char *const argv[] = {"sh", "-c", script, NULL};
    return proc_run(argv, options, error);
}

static void assert_fails(const char *script, guint timeout_s, TruceError code, const char *message)
{
    g_autoptr(GError) error = NULL;
    ProcOptions options = {.timeout_s = timeout_s};
    g_assert_false(shell(script, &options, &error));
    g_assert_error(error, TRUCE_ERROR, (int)code);
    g_assert_nonnull(strstr(error->message, message));
    g_assert_null(strchr(error->message, '\n'));
}

static void add_line(const char *line, gpointer data)
{
    g_assert_true(g_utf8_validate(line, -1, NULL));
    g_ptr_array_add(data, g_strdup(line));
}

static char *lines_of(const char *script)
{
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;
    ProcOptions options = {.timeout_s = 20, .on_line = add_line, .on_line_data = lines};
    g_assert_true(shell(script, &options, &error));
    g_assert_no_error(error);
    g_ptr_array_add(lines, NULL);
    return g_strjoinv("|", (char **)lines->pdata);
}

static void test_output(void)
{
    g_autofree char *both = lines_of("echo one; echo two >&2; echo; printf three");
    g_assert_cmpstr(both, ==, "one|two|three");
    g_autofree char *none = lines_of("true");
    g_assert_cmpstr(none, ==, "");
    g_autofree char *foreign = lines_of("printf 'a\\377b\\nc\\000d\\n'");
    g_assert_cmpstr(foreign, ==, "a\uFFFDb|c\uFFFDd");
    /* stdin is empty, not the terminal. */
    g_autofree char *input = lines_of("cat; echo end");
    g_assert_cmpstr(input, ==, "end");
}

static void test_status(void)
{
    assert_fails("echo first; echo why it failed >&2; exit 3", 20, TRUCE_ERROR_LAB,
                 "'sh' failed: why it failed");
    assert_fails("exit 3", 20, TRUCE_ERROR_LAB, "3");
    assert_fails("kill -9 $$", 20, TRUCE_ERROR_LAB, "signal");
    assert_fails("printf 'a\\033[2Jb'; exit 1", 20, TRUCE_ERROR_LAB, "a?[2Jb");
}

static guint open_files(void)
{
    g_autoptr(GDir) dir = g_dir_open("/proc/self/fd", 0, NULL);
    guint count = 0;
    while (g_dir_read_name(dir))
        count++;
    return count;
}

static void test_missing_program(void)
{
    static const char *const argv[] = {"truce-no-such-program", "x", NULL};
    ProcOptions options = {.timeout_s = 5};
    guint before = open_files();

    for (int i = 0; i < 5; i++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(proc_run(argv, &options, &error));
        g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB);
        g_assert_nonnull(strstr(error->message, "'truce-no-such-program'"));
    }
    options.folder = "/nonexistent";
    g_autoptr(GError) error = NULL;
    g_assert_false(shell("true", &options, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB);
    options.folder = "/";
    for (int i = 0; i < 5; i++)
        g_assert_true(shell("test $(pwd) = /", &options, NULL));
    g_assert_cmpuint(open_files(), ==, before);
}

static bool has_ended(pid_t pid)
{
    return kill(pid, 0) != 0;
}

/* Whether a process whose id stands in a file ends; who reaps orphans may take a moment. */
static void assert_ends(const char *pid_file)
{
    g_autofree char *text = NULL;
    g_assert_true(g_file_get_contents(pid_file, &text, NULL, NULL));
    pid_t pid = (pid_t)g_ascii_strtoll(text, NULL, 10);
    g_assert_cmpint(pid, >, 1);
    g_autofree char *stat_path = g_strdup_printf("/proc/%d/stat", (int)pid);
    gint64 deadline = clock_deadline_s(5);
    while (!has_ended(pid) && clock_left_ms(deadline) > 0) {
        g_autofree char *stat = NULL;
        if (!g_file_get_contents(stat_path, &stat, NULL, NULL) || strstr(stat, ") Z "))
            return; /* a zombie runs no more */
        g_usleep(10000);
    }
    g_assert_true(has_ended(pid));
}

static char *pid_file(void)
{
    char *path = NULL;
    g_close(g_file_open_tmp("truce-proc-XXXXXX", &path, NULL), NULL);
    return path;
}

static void test_timeout_ends_the_group(void)
{
    g_autofree char *path = pid_file();
    g_autofree char *script =
        g_strdup_printf("(sh -c 'echo $$ > %s; exec sleep 600') & echo started; wait", path);
    gint64 started = g_get_monotonic_time();

    assert_fails(script, 1, TRUCE_ERROR_TIMEOUT, "'sh' did not end within 1 s");
    g_assert_cmpuint(clock_elapsed_ms(started), <, 8000);
    assert_ends(path);
    g_unlink(path);
}

/* The parent heeds SIGTERM, its child does not. */
static void test_timeout_ends_the_stubborn(void)
{
    g_autofree char *path = pid_file();
    g_autofree char *script =
        g_strdup_printf("sh -c 'trap \"\" TERM; echo $$ > %s; sleep 600; sleep 600' & wait", path);

    assert_fails(script, 1, TRUCE_ERROR_TIMEOUT, "did not end");
    assert_ends(path);
    g_unlink(path);
}

/* Neither a flood of output nor closed output hides that time is up. */
static void test_timeout_whatever_is_printed(void)
{
    gint64 started = g_get_monotonic_time();
    assert_fails("exec yes", 1, TRUCE_ERROR_TIMEOUT, "did not end");
    g_assert_cmpuint(clock_elapsed_ms(started), <, 10000);
    started = g_get_monotonic_time();
    assert_fails("exec sleep 600 >&- 2>&-", 1, TRUCE_ERROR_TIMEOUT, "did not end");
    g_assert_cmpuint(clock_elapsed_ms(started), <, 10000);
}

static void raise_flag(const char *line, gpointer data)
{
    (void)line;
    *(bool *)data = true;
}

static void test_cancel(void)
{
    g_autofree char *path = pid_file();
    g_autofree char *script = g_strdup_printf("echo $$ > %s; echo up; exec sleep 600", path);
    g_autoptr(GError) error = NULL;
    bool cancelled = false;
    ProcOptions options = {.timeout_s = 60,
                           .on_line = raise_flag,
                           .on_line_data = &cancelled,
                           .cancelled = &cancelled};
    gint64 started = g_get_monotonic_time();

    g_assert_false(shell(script, &options, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_CANCELLED);
    g_assert_cmpuint(clock_elapsed_ms(started), <, 8000);
    assert_ends(path);
    g_unlink(path);
}

static void die(const char *line, gpointer data)
{
    (void)line;
    (void)data;
    raise(SIGKILL);
}

/* Whoever started it is killed, and can end nothing. */
static void test_caller_killed(void)
{
    g_autofree char *path = pid_file();
    g_autofree char *script = g_strdup_printf("echo $$ > %s; echo up; exec sleep 600", path);
    const ProcOptions options = {.timeout_s = 60, .on_line = die};
    int status = 0;
    pid_t caller = fork();

    if (caller == 0) {
        shell(script, &options, NULL);
        _exit(0);
    }
    g_assert_cmpint(waitpid(caller, &status, 0), ==, caller);
    g_assert_true(WIFSIGNALED(status));
    assert_ends(path);
    g_unlink(path);
}

/* What a program leaves running may keep its output open; that does not keep the lab waiting. */
static void test_background_child(void)
{
    g_autofree char *path = pid_file();
    g_autofree char *script = g_strdup_printf("sleep 600 & echo $! > %s; echo done", path);
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    ProcOptions options = {.timeout_s = 30, .on_line = add_line, .on_line_data = lines};
    gint64 started = g_get_monotonic_time();

    g_assert_true(shell(script, &options, NULL));
    g_assert_cmpuint(clock_elapsed_ms(started), <, 10000);
    g_assert_cmpuint(lines->len, ==, 1);
    g_assert_cmpstr(lines->pdata[0], ==, "done");
    g_autofree char *text = NULL;
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    kill((pid_t)g_ascii_strtoll(text, NULL, 10), SIGKILL);
    g_unlink(path);
}

static void test_huge_line(void)
{
    g_autofree char *huge = lines_of("head -c 10000000 /dev/zero | tr '\\0' x; echo; echo after");
    char **parts = g_strsplit(huge, "|", -1);
    g_assert_cmpuint(g_strv_length(parts), ==, 2);
    g_assert_cmpuint(strlen(parts[0]), ==, 4096);
    g_assert_cmpstr(parts[1], ==, "after");
    g_strfreev(parts);
}

/* Nothing that was printed before the end is lost. */
static void test_much_output(void)
{
    g_autofree char *much = lines_of("seq 20000");
    g_assert_true(g_str_has_suffix(much, "|19999|20000"));
    char **parts = g_strsplit(much, "|", -1);
    g_assert_cmpuint(g_strv_length(parts), ==, 20000);
    g_strfreev(parts);
}

static void test_find(void)
{
    g_autofree char *sh = proc_find("sh");
    g_assert_true(sh && g_path_is_absolute(sh));
    g_assert_null(proc_find("truce-no-such-program"));
}

/* Another thread starts programs of its own, which live long. */
#define FORKS 100

static gpointer run_forks(gpointer data)
{
    pid_t *pids = data;
    const char *const argv[] = {"sleep", "300", NULL};

    for (guint i = 0; i < FORKS; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            execvp(argv[0], (char *const *)argv);
            _exit(127);
        }
    }
    return NULL;
}

/* They keep no descriptor that a start waits for. */
static void test_beside_forks(void)
{
    pid_t pids[FORKS];
    gint64 began = g_get_monotonic_time();
    GThread *forks = g_thread_new("forks", run_forks, pids);

    for (guint i = 0; i < FORKS; i++) {
        g_autofree char *none = lines_of("true");
        g_assert_cmpstr(none, ==, "");
    }
    g_thread_join(forks);
    for (guint i = 0; i < FORKS; i++) {
        kill(pids[i], SIGKILL);
        waitpid(pids[i], NULL, 0);
    }
    g_assert_cmpuint(clock_elapsed_ms(began), <, 60000);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/proc/output", test_output);
    g_test_add_func("/proc/status", test_status);
    g_test_add_func("/proc/missing-program", test_missing_program);
    g_test_add_func("/proc/timeout/group", test_timeout_ends_the_group);
    g_test_add_func("/proc/timeout/stubborn", test_timeout_ends_the_stubborn);
    g_test_add_func("/proc/timeout/whatever-is-printed", test_timeout_whatever_is_printed);
    g_test_add_func("/proc/cancel", test_cancel);
    g_test_add_func("/proc/caller-killed", test_caller_killed);
    g_test_add_func("/proc/background-child", test_background_child);
    g_test_add_func("/proc/beside-forks", test_beside_forks);
    g_test_add_func("/proc/huge-line", test_huge_line);
    g_test_add_func("/proc/much-output", test_much_output);
    g_test_add_func("/proc/find", test_find);
    return g_test_run();
}
