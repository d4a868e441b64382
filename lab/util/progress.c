/* SPDX-License-Identifier: GPL-2.0-or-later
 * Progress on a terminal, plain lines in CI.
 */
#include "util/progress.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "util/redact.h"
#include "util/text.h"

struct Progress {
    GMutex mutex;
    bool quiet;
    bool terminal;
    bool coloured;
    bool is_table; /* what is shown was given by progress_table() */
    char **lines;  /* what stands below all other lines, or NULL; on a terminal only */
    GArray *drawn; /* of guint: how many characters of each are on the screen now */
};

Progress *progress_new(bool quiet)
{
    Progress *progress = g_new0(Progress, 1);
    const char *no_color = g_getenv("NO_COLOR");

    g_mutex_init(&progress->mutex);
    progress->quiet = quiet;
    progress->terminal = isatty(STDERR_FILENO) && g_strcmp0(g_getenv("TERM"), "dumb") != 0;
    progress->coloured = progress->terminal && !(no_color && *no_color);
    progress->drawn = g_array_new(FALSE, FALSE, sizeof(guint));
    return progress;
}

static void find_size(guint *ret_rows, guint *ret_columns)
{
    struct winsize size;
    bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0;

    *ret_columns = known && size.ws_col > 0 ? size.ws_col : 80;
    *ret_rows = known && size.ws_row > 0 ? size.ws_row : 24;
}

/* The cursor stands at the end of the last line that was drawn. A terminal that became narrower has
 * broken the lines: they take more rows than they were. */
static void erase(Progress *progress)
{
    guint rows, columns, taken = 0;

    if (progress->drawn->len == 0)
        return;
    find_size(&rows, &columns);
    for (guint i = 0; i < progress->drawn->len; i++) {
        guint length = g_array_index(progress->drawn, guint, i);
        taken += length == 0 ? 1 : (length + columns - 1) / columns;
    }
    taken = MIN(taken, rows);
    fputs("\r", stderr);
    if (taken > 1)
        fprintf(stderr, "\033[%uA", taken - 1);
    fputs("\033[J", stderr);
    g_array_set_size(progress->drawn, 0);
}

/* Leaves a column and a row free: a terminal that is full to the last cell scrolls. */
static void draw(Progress *progress)
{
    guint rows, columns, count = progress->lines ? g_strv_length(progress->lines) : 0;

    find_size(&rows, &columns);
    count = MIN(count, MAX(rows, 2) - 1);
    for (guint i = 0; i < count; i++) {
        const char *line = progress->lines[i];
        guint length = (guint)MIN(g_utf8_strlen(line, -1), (glong)MAX(columns, 2) - 1);
        g_autofree char *cut = g_utf8_substring(line, 0, length);
        fprintf(stderr, "%s%s", i ? "\n" : "", cut);
        g_array_append_val(progress->drawn, length);
    }
}

void progress_free(Progress *progress)
{
    if (!progress)
        return;
    erase(progress);
    g_strfreev(progress->lines);
    g_array_unref(progress->drawn);
    g_mutex_clear(&progress->mutex);
    g_free(progress);
}

/* Text may come from a guest: nothing in it may move the cursor or change the terminal. */
static char *printable(const char *plain)
{
    g_autofree char *text = redact_text(plain);
    return text_printable(text, strlen(text), G_MAXSIZE);
}

static char *format_printable(const char *format, va_list args)
{
    g_autofree char *text = g_strdup_vprintf(format, args);
    return printable(text);
}

/* Takes `lines` over. */
static void show(Progress *progress, char **lines)
{
    erase(progress);
    g_strfreev(progress->lines);
    progress->lines = lines;
    draw(progress);
    fflush(stderr);
}

void progress_status(Progress *progress, const char *format, ...)
{
    va_list args;

    if (progress->quiet)
        return;
    va_start(args, format);
    g_autofree char *text = format_printable(format, args);
    va_end(args);

    g_mutex_lock(&progress->mutex);
    if (!progress->terminal) {
        fprintf(stderr, "%s\n", text);
        fflush(stderr);
    } else if (!progress->is_table) {
        const char *const lines[] = {text, NULL};
        show(progress, g_strdupv((char **)lines));
    }
    g_mutex_unlock(&progress->mutex);
}

void progress_table(Progress *progress, const char *const *lines)
{
    g_autoptr(GStrvBuilder) clean = g_strv_builder_new();

    if (progress->quiet || !progress->terminal)
        return;
    for (guint i = 0; lines && lines[i]; i++) {
        g_autofree char *line = printable(lines[i]);
        g_strv_builder_add(clean, line);
    }
    g_mutex_lock(&progress->mutex);
    progress->is_table = lines != NULL;
    show(progress, g_strv_builder_end(clean));
    g_mutex_unlock(&progress->mutex);
}

/* A status is over when a line comes; a table stays below it. */
static void print_line(Progress *progress, const char *before, const char *text)
{
    g_mutex_lock(&progress->mutex);
    erase(progress);
    fprintf(stderr, "%s%s\n", before, text);
    if (progress->is_table)
        draw(progress);
    else
        g_clear_pointer(&progress->lines, g_strfreev);
    fflush(stderr);
    g_mutex_unlock(&progress->mutex);
}

void progress_line(Progress *progress, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = format_printable(format, args);
    va_end(args);

    print_line(progress, "", text);
}

void progress_verdict(Progress *progress, ProgressTone tone, const char *word, const char *format,
                      ...)
{
    static const char *const colours[] = {"", "\033[32m", "\033[31m", "\033[33m"};
    bool coloured = progress->coloured && tone != TONE_PLAIN;
    va_list args;
    va_start(args, format);
    g_autofree char *text = format_printable(format, args);
    va_end(args);

    g_autofree char *column = g_strdup_printf("%s%-8s%s ", coloured ? colours[tone] : "", word,
                                              coloured ? "\033[0m" : "");
    print_line(progress, column, text);
}
