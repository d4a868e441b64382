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

#define CLEAR "\r\033[J" /* from the cursor's line on */

struct Progress {
    GMutex mutex;
    bool quiet;
    bool terminal;
    bool coloured;
    bool is_table; /* what is shown was given by progress_table() */
    char **lines;  /* what stands below all other lines, or NULL; on a terminal only */
    bool drawn;    /* they are on the screen now */
};

Progress *progress_new(bool quiet)
{
    Progress *progress = g_new0(Progress, 1);
    const char *no_color = g_getenv("NO_COLOR");

    g_mutex_init(&progress->mutex);
    progress->quiet = quiet;
    progress->terminal = isatty(STDERR_FILENO) && g_strcmp0(g_getenv("TERM"), "dumb") != 0;
    progress->coloured = progress->terminal && !(no_color && *no_color);
    return progress;
}

void progress_plain(Progress *progress)
{
    progress->terminal = false;
}

static void find_size(guint *ret_rows, guint *ret_columns)
{
    struct winsize size;
    bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0;

    *ret_columns = known && size.ws_col > 0 ? size.ws_col : 80;
    *ret_rows = known && size.ws_row > 0 ? size.ws_row : 24;
}

/* The last column stays free: a terminal that is full to the last cell scrolls. */
static guint room_of(guint columns)
{
    return MAX(columns, 2) - 1;
}

guint progress_columns(void)
{
    guint rows, columns;

    find_size(&rows, &columns);
    return room_of(columns);
}

/* The cursor stands at the start of the first line that was drawn. Whatever the terminal made of
 * the others when it became narrower or lower, they are below it. */
static void erase(Progress *progress, GString *out)
{
    if (progress->drawn)
        g_string_append(out, CLEAR);
    progress->drawn = false;
}

static void draw_line(const char *line, guint columns, GString *out)
{
    g_autofree char *cut = g_utf8_substring(line, 0, MIN(g_utf8_strlen(line, -1), (glong)columns));
    g_string_append(out, cut);
}

/* Leaves a row free, as a column. */
static void draw(Progress *progress, GString *out)
{
    guint rows, columns, count = progress->lines ? g_strv_length(progress->lines) : 0;

    find_size(&rows, &columns);
    guint room = MAX(rows, 2) - 1, drawn = MIN(count, room);
    g_autofree char *rest = g_strdup_printf("… and %u more", count - drawn + 1);
    for (guint i = 0; i < drawn; i++) {
        bool is_rest = count > room && i > 0 && i == drawn - 1;
        g_string_append(out, i ? "\n" : "");
        draw_line(is_rest ? rest : progress->lines[i], room_of(columns), out);
    }
    if (drawn > 0)
        g_string_append_c(out, '\r');
    if (drawn > 1)
        g_string_append_printf(out, "\033[%uA", drawn - 1);
    progress->drawn = drawn > 0;
}

/* In one piece, so that nobody sees the lines gone. */
static void put(const GString *out)
{
    fwrite(out->str, 1, out->len, stderr);
    fflush(stderr);
}

void progress_free(Progress *progress)
{
    if (!progress)
        return;
    g_autoptr(GString) out = g_string_new(NULL);
    erase(progress, out);
    put(out);
    g_strfreev(progress->lines);
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
    g_autoptr(GString) out = g_string_new(NULL);

    erase(progress, out);
    g_strfreev(progress->lines);
    progress->lines = lines;
    draw(progress, out);
    put(out);
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

void progress_abandon(const Progress *progress)
{
    if (progress->terminal)
        (void)!write(STDERR_FILENO, CLEAR, strlen(CLEAR));
}

/* A status is over when a line comes; a table stays below it. */
static void print_line(Progress *progress, const char *before, const char *text)
{
    g_autoptr(GString) out = g_string_new(NULL);

    g_mutex_lock(&progress->mutex);
    erase(progress, out);
    g_string_append_printf(out, "%s%s\n", before, text);
    if (progress->is_table)
        draw(progress, out);
    else
        g_clear_pointer(&progress->lines, g_strfreev);
    put(out);
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
