/* SPDX-License-Identifier: GPL-2.0-or-later
 * Progress: plain lines without a terminal, one rewritten line on one, and nothing that moves the
 * cursor.
 */
#include "util/progress.h"

#include <fcntl.h>
#include <pty.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* What `talk` writes to stderr where that is `fd`; what comes is read from `from`. */
static char *said(void (*talk)(void), int fd, int from)
{
    char bytes[256];
    int saved = dup(STDERR_FILENO);

    fflush(stderr);
    dup2(fd, STDERR_FILENO);
    talk();
    fflush(stderr);
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(fd);
    /* Until the end: a terminal hands over what was written in several pieces. */
    GString *text = g_string_new(NULL);
    ssize_t n;
    while ((n = read(from, bytes, sizeof bytes)) > 0)
        g_string_append_len(text, bytes, n);
    close(from);
    return g_string_free(text, FALSE);
}

static char *said_to_pipe(void (*talk)(void))
{
    int ends[2];
    g_assert_cmpint(pipe(ends), ==, 0);
    return said(talk, ends[1], ends[0]);
}

static char *said_to_terminal(void (*talk)(void))
{
    int master, slave;
    struct winsize size = {.ws_row = 24, .ws_col = 30};
    g_assert_cmpint(openpty(&master, &slave, NULL, NULL, &size), ==, 0);
    return said(talk, slave, master);
}

static void talk(void)
{
    g_autoptr(Progress) progress = progress_new(false);
    progress_status(progress, "case %d of %d", 1, 2);
    progress_line(progress, "alder: %s", "passed");
    progress_status(progress, "case 2 of 2");
}

static void talk_plainly(void)
{
    g_autoptr(Progress) progress = progress_new(false);
    const char *const lines[] = {"1 of 2", NULL};

    progress_plain(progress);
    progress_status(progress, "case 1 of 2");
    progress_table(progress, lines);
    progress_verdict(progress, TONE_PLAIN, "passed", "alder");
}

static void talk_quietly(void)
{
    g_autoptr(Progress) progress = progress_new(true);
    progress_status(progress, "case 1 of 2");
    progress_line(progress, "alder: passed");
}

static void talk_hostile(void)
{
    g_autoptr(Progress) progress = progress_new(false);
    progress_line(progress, "a%sz",
                  "\x1B[2J\r\n\t\x7F\xC2\x9B"
                  "2J\xE2\x80\xAE\xFF");
    progress_status(progress, "%s", "\x1B]0;x\x07");
}

static void talk_verdict(void)
{
    g_autoptr(Progress) progress = progress_new(false);
    progress_verdict(progress, TONE_GOOD, "passed", "alder");
}

static void talk_long(void)
{
    g_autoptr(Progress) progress = progress_new(false);
    progress_status(progress, "%s", "\u00E4 line that is longer than the terminal is wide");
}

static void set_size(int fd, unsigned short rows, unsigned short columns)
{
    struct winsize size = {.ws_row = rows, .ws_col = columns};
    g_assert_cmpint(ioctl(fd, TIOCSWINSZ, &size), ==, 0);
}

/* A table below what happens; then the terminal becomes narrow, and so low that only one line has
 * room. */
static void talk_table(void)
{
    const char *const lines[] = {"1 of 2", "0:42 main/alder x\x1B[2J", NULL};
    g_autoptr(Progress) progress = progress_new(false);

    progress_table(progress, lines);
    progress_status(progress, "not above a table");
    progress_verdict(progress, TONE_BAD, "failed", "alder");
    set_size(STDERR_FILENO, 24, 12);
    progress_table(progress, lines);
    set_size(STDERR_FILENO, 2, 30);
    progress_table(progress, lines);
    progress_table(progress, NULL);
}

static void talk_high(void)
{
    const char *const lines[] = {"a", "b", "c", "d", "e", NULL};
    g_autoptr(Progress) progress = progress_new(false);

    set_size(STDERR_FILENO, 4, 30);
    g_assert_cmpuint(progress_columns(), ==, 29);
    progress_table(progress, lines);
    progress_abandon(progress);
}

/* After each line the cursor goes back to the start of the first one. */
static void test_table(void)
{
#define CLEAR "\r\033[J"
#define FIRST "1 of 2\r\n0:42 main/alder x?[2J\r\033[1A"
    g_setenv("TERM", "xterm", true);
    g_autofree char *shown = said_to_terminal(talk_table);
    g_assert_cmpstr(shown, ==,
                    FIRST CLEAR "\033[31mfailed  \033[0m alder\r\n" FIRST CLEAR
                                "1 of 2\r\n0:42 main/a\r\033[1A" CLEAR "1 of 2\r" CLEAR);
    g_autofree char *high = said_to_terminal(talk_high);
    g_assert_cmpstr(high, ==, "a\r\nb\r\n… and 3 more\r\033[2A" CLEAR CLEAR);

    g_setenv("NO_COLOR", "1", true);
    g_autofree char *plain = said_to_terminal(talk_table);
    g_assert_nonnull(strstr(plain, "\033[Jfailed   alder\r\n"));
    g_unsetenv("NO_COLOR");

    g_setenv("TERM", "dumb", true);
    g_autofree char *dumb = said_to_terminal(talk_table);
    g_assert_cmpstr(dumb, ==, "not above a table\r\nfailed   alder\r\n");
    g_autofree char *piped = said_to_pipe(talk_verdict);
    g_assert_cmpstr(piped, ==, "passed   alder\n");
}

static void test_plain(void)
{
    g_autofree char *plain = said_to_pipe(talk);
    g_assert_cmpstr(plain, ==, "case 1 of 2\nalder: passed\ncase 2 of 2\n");
    g_autofree char *quiet = said_to_pipe(talk_quietly);
    g_assert_cmpstr(quiet, ==, "alder: passed\n");
}

static void test_terminal(void)
{
    g_setenv("TERM", "xterm", true);
    g_autofree char *shown = said_to_terminal(talk);
    g_assert_cmpstr(shown, ==, "case 1 of 2\r" CLEAR "alder: passed\r\ncase 2 of 2\r" CLEAR);
    g_autofree char *plainly = said_to_terminal(talk_plainly);
    g_assert_cmpstr(plainly, ==, "case 1 of 2\r\npassed   alder\r\n");
    g_autofree char *cut = said_to_terminal(talk_long);
    g_assert_cmpstr(cut, ==, "\u00E4 line that is longer than th\r" CLEAR);

    g_setenv("TERM", "dumb", true);
    g_autofree char *dumb = said_to_terminal(talk);
    g_assert_cmpstr(dumb, ==, "case 1 of 2\r\nalder: passed\r\ncase 2 of 2\r\n");
}

static void test_control_characters(void)
{
    g_autofree char *shown = said_to_pipe(talk_hostile);
    g_assert_cmpstr(shown, ==, "a?[2J?????2J?\uFFFDz\n?]0;x?\n");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/progress/plain", test_plain);
    g_test_add_func("/progress/terminal", test_terminal);
    g_test_add_func("/progress/table", test_table);
    g_test_add_func("/progress/control-characters", test_control_characters);
    return g_test_run();
}
