/* SPDX-License-Identifier: GPL-2.0-or-later
 * How far an unattended installation is.
 */
#include "install/watch.h"

#include <string.h>

#include "util/text.h"

#define PREFIX "TRUCE-BUILD "
#define BEACON_MAX 512
#define DEVIATIONS_MAX 64

struct InstallWatch {
    const Guest *guest;
    gint64 stage_began;
    guint64 written;
    guint restarts;
    char *step; /* of the first logon, NULL before it */
    char *failure;
    bool done;
    GString *line;  /* not ended yet */
    gsize log_read; /* bytes */
    GPtrArray *deviations;
    char *protections;
};

InstallWatch *install_watch_new(const Guest *guest, gint64 now)
{
    InstallWatch *watch = g_new0(InstallWatch, 1);

    watch->guest = guest;
    watch->stage_began = now;
    watch->line = g_string_new(NULL);
    watch->deviations = g_ptr_array_new_with_free_func(g_free);
    return watch;
}

void install_watch_free(InstallWatch *watch)
{
    if (!watch)
        return;
    g_free(watch->step);
    g_free(watch->failure);
    g_free(watch->protections);
    g_string_free(watch->line, TRUE);
    g_ptr_array_unref(watch->deviations);
    g_free(watch);
}

static void keep(char **to, const char *text)
{
    g_free(*to);
    *to = g_strdup(text);
}

/* The agent and the serial port tell the same. */
static void add_deviation(InstallWatch *watch, const char *text)
{
    if (watch->deviations->len < DEVIATIONS_MAX &&
        !g_ptr_array_find_with_equal_func(watch->deviations, text, g_str_equal, NULL))
        g_ptr_array_add(watch->deviations, g_strdup(text));
}

static void take_line(InstallWatch *watch, const char *line, gint64 now)
{
    const char *text = line + strlen(PREFIX);

    if (!g_str_has_prefix(line, PREFIX))
        return;
    watch->stage_began = now;
    if (g_str_has_prefix(text, "step "))
        keep(&watch->step, text + strlen("step "));
    else if (g_str_has_prefix(text, "failed ") && !watch->failure)
        keep(&watch->failure, text + strlen("failed "));
    else if (g_str_has_prefix(text, "deviation "))
        add_deviation(watch, text + strlen("deviation "));
    else if (g_str_has_prefix(text, "protections "))
        keep(&watch->protections, text + strlen("protections "));
    else if (strcmp(text, "done") == 0)
        watch->done = true;
}

void install_watch_serial(InstallWatch *watch, const char *bytes, gsize length, gint64 now)
{
    for (gsize i = 0; i < length; i++) {
        if (bytes[i] == '\n' || bytes[i] == '\r') {
            g_autofree char *line = text_printable(watch->line->str, watch->line->len, BEACON_MAX);
            take_line(watch, line, now);
            g_string_truncate(watch->line, 0);
        } else if (watch->line->len < BEACON_MAX) {
            g_string_append_c(watch->line, bytes[i]);
        }
    }
}

void install_watch_log(InstallWatch *watch, const char *text, gsize length, gint64 now)
{
    const char *at = text + MIN(watch->log_read, length), *end = text + length;

    for (const char *next; (next = memchr(at, '\n', (gsize)(end - at))); at = next + 1) {
        gsize size = (gsize)(next - at);
        g_autofree char *line =
            text_printable(at, size > 0 && at[size - 1] == '\r' ? size - 1 : size, BEACON_MAX);
        take_line(watch, line, now);
    }
    watch->log_read = (gsize)(at - text);
}

void install_watch_written(InstallWatch *watch, guint64 written)
{
    watch->written = written;
}

void install_watch_restart(InstallWatch *watch, gint64 now)
{
    watch->restarts++;
    watch->stage_began = now;
}

guint install_watch_restarts(const InstallWatch *watch)
{
    return watch->restarts;
}

/* Nothing but the power-off is missing then, which no work of hours delays. */
static guint deadline_s(const InstallWatch *watch)
{
    guint stage_s = watch->guest->install->stage_s;
    return watch->done ? MIN(stage_s, INSTALL_SHUT_DOWN_S) : stage_s;
}

static bool is_stalled(const InstallWatch *watch, gint64 now)
{
    return now - watch->stage_began >= (gint64)deadline_s(watch) * G_USEC_PER_SEC;
}

InstallState install_watch_state(const InstallWatch *watch, gint64 now)
{
    if (watch->failure)
        return INSTALL_FAILED;
    if (is_stalled(watch, now))
        return INSTALL_STALLED;
    return watch->done ? INSTALL_DONE : INSTALL_RUNNING;
}

bool install_watch_is_done(const InstallWatch *watch)
{
    return watch->done && !watch->failure;
}

char *install_watch_stage(const InstallWatch *watch)
{
    if (watch->done)
        return g_strdup("shutting down");
    if (watch->step)
        return g_strdup_printf("first logon: %s", watch->step);
    return g_strdup_printf("setup of %s, %u restart%s", watch->guest->title, watch->restarts,
                           watch->restarts == 1 ? "" : "s");
}

/* There is no script of ours: its agent's first answer ends the installation. */
static const char *likely_cause_reactos(const InstallWatch *watch)
{
    if (watch->restarts == 0 && watch->written == 0)
        return "setup did not start: the medium does not boot, or its answers "
               "(reactos/unattend.inf) were not taken";
    if (watch->restarts == 0)
        return "the text stage shows a question or an error: see the screenshot";
    return "the graphical stage shows a question, the first desktop did not come, or the agent did "
           "not start there (lab/first.cmd): see the screenshot";
}

/* What usually is behind a stall, by how far it came. */
static const char *likely_cause(const InstallWatch *watch)
{
    if (watch->done)
        return "a service or a program does not let the shutdown go on: see the screenshot. "
               "Nothing is sealed, for the file system may not be whole";
    if (watch->guest->install->reactos)
        return likely_cause_reactos(watch);
    if (watch->step)
        return "a step of the first logon waits for something: see its name and the screenshot";
    if (watch->restarts == 0 && watch->written == 0)
        return "Setup did not start: the firmware refused the medium's boot loader for its "
               "signature "
               "(the screenshot says 'Security Violation' or 'Access Denied': see 'Firmware' in "
               "docs/windows.md), nobody answered 'Press any key', or the answer file was not "
               "taken";
    if (watch->restarts == 0)
        return "Setup shows a question or an error: the answer file's setting for it is missing "
               "or was refused (Panther/setuperr.log says which)";
    return "Setup's second part or the first logon did not come through: see the screenshot and "
           "Panther/UnattendGC/setupact.log";
}

char *install_watch_reason(const InstallWatch *watch, gint64 now)
{
    if (watch->failure)
        return g_strdup_printf("the first logon's step %s", watch->failure);
    if (!is_stalled(watch, now))
        return NULL;
    return g_strdup_printf("it did not get beyond this stage in %u s; likely cause: %s",
                           deadline_s(watch), likely_cause(watch));
}

const GPtrArray *install_watch_deviations(const InstallWatch *watch)
{
    return watch->deviations;
}

const char *install_watch_protections(const InstallWatch *watch)
{
    return watch->protections;
}
