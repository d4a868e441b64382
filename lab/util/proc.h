/* SPDX-License-Identifier: GPL-2.0-or-later
 * Helper programs of the host (qemu-img, a guest's builder): run with a deadline, their output
 * bounded, their whole process group ended when time is up or the user interrupts. A program whose
 * truce is killed gets SIGTERM.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Called for each line that the program prints, without the newline, as valid UTF-8. Of a line that
 * is longer than 4096 bytes the rest is dropped; an empty one is not told. */
typedef void (*ProcLine)(const char *line, gpointer data);

typedef struct {
    guint timeout_s;    /* required */
    const char *folder; /* working folder, or NULL */
    ProcLine on_line;   /* stdout and stderr together, or NULL to keep the last lines */
    gpointer on_line_data;
    const bool *cancelled; /* looked at while waiting, or NULL */
} ProcOptions;

/* Runs argv (searched in PATH) with an empty stdin, until that program itself ends. Returns false
 * with TRUCE_ERROR_LAB where it cannot be started, ends with a status that is not 0 (the message
 * holds its last line), TRUCE_ERROR_TIMEOUT or TRUCE_ERROR_CANCELLED. */
bool proc_run(const char *const *argv, const ProcOptions *options, GError **error);

/* The path of a program in PATH, or NULL. Free with g_free(). */
char *proc_find(const char *program);
