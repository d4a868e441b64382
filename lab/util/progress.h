/* SPDX-License-Identifier: GPL-2.0-or-later
 * What a person sees while the lab works: on a terminal one line that is rewritten, elsewhere plain
 * lines without control codes. Only verbs make one. Any thread may call it.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct Progress Progress;

/* Writes to stderr. `quiet`: only progress_line() speaks. */
Progress *progress_new(bool quiet);
void progress_free(Progress *progress);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Progress, progress_free)

/* What is going on now. On a terminal it replaces the line before; elsewhere it is printed. */
void progress_status(Progress *progress, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* A line that stays. In both, what does not print is shown as '?' (util/text.h). */
void progress_line(Progress *progress, const char *format, ...) G_GNUC_PRINTF(2, 3);
