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
    bool status_shown;
};

Progress *progress_new(bool quiet)
{
    Progress *progress = g_new0(Progress, 1);
    g_mutex_init(&progress->mutex);
    progress->quiet = quiet;
    progress->terminal = isatty(STDERR_FILENO) && g_strcmp0(g_getenv("TERM"), "dumb") != 0;
    return progress;
}

static void clear_status(Progress *progress)
{
    if (progress->status_shown)
        fputs("\r\033[K", stderr);
    progress->status_shown = false;
}

void progress_free(Progress *progress)
{
    if (!progress)
        return;
    clear_status(progress);
    g_mutex_clear(&progress->mutex);
    g_free(progress);
}

/* Text may come from a guest: nothing in it may move the cursor or change the terminal. */
static char *printable(const char *format, va_list args)
{
    g_autofree char *plain = g_strdup_vprintf(format, args);
    g_autofree char *text = redact_text(plain);
    return text_printable(text, strlen(text), G_MAXSIZE);
}

static int columns(void)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20)
        return size.ws_col;
    return 80;
}

void progress_status(Progress *progress, const char *format, ...)
{
    if (progress->quiet)
        return;
    va_list args;
    va_start(args, format);
    g_autofree char *text = printable(format, args);
    va_end(args);

    g_mutex_lock(&progress->mutex);
    if (progress->terminal) {
        clear_status(progress);
        g_autofree char *cut =
            g_utf8_substring(text, 0, MIN(g_utf8_strlen(text, -1), columns() - 1));
        fputs(cut, stderr);
        progress->status_shown = true;
    } else {
        fprintf(stderr, "%s\n", text);
    }
    fflush(stderr);
    g_mutex_unlock(&progress->mutex);
}

void progress_line(Progress *progress, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = printable(format, args);
    va_end(args);

    g_mutex_lock(&progress->mutex);
    clear_status(progress);
    fprintf(stderr, "%s\n", text);
    fflush(stderr);
    g_mutex_unlock(&progress->mutex);
}
