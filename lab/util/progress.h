/* SPDX-License-Identifier: GPL-2.0-or-later
 * What a person sees while the lab works: on a terminal lines that are rewritten in place,
 * elsewhere plain lines without control codes. Only verbs make one. Any thread may call it.
 *
 * On a terminal of any width and height, also while those change: what is shown is cut to the width
 * of the moment. Colours only there, and not where NO_COLOR is set (no-color.org) or TERM is
 * `dumb`. In all texts what does not print is shown as '?' (util/text.h).
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct Progress Progress;

/* Writes to stderr. `quiet`: only progress_line() and progress_verdict() speak. */
Progress *progress_new(bool quiet);
void progress_free(Progress *progress);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Progress, progress_free)

/* From now on plain lines also on a terminal: something else is written to it as well. To be called
 * before anything is shown. */
void progress_plain(Progress *progress);

/* What is going on now. On a terminal it replaces what was shown before, and is passed over while a
 * table is shown; elsewhere it is printed. */
void progress_status(Progress *progress, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* On a terminal: lines that stand below all others until the next table; NULL takes them away.
 * Elsewhere nothing. Of lines that have no room the last one shown says how many they are. */
void progress_table(Progress *progress, const char *const *lines);

/* How many characters of a table's line are shown. */
guint progress_columns(void);

/* A line that stays. */
void progress_line(Progress *progress, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* For a process that ends at once: takes away what may be shown, without waiting for another thread
 * that is just writing. */
void progress_abandon(const Progress *progress);

typedef enum { TONE_PLAIN, TONE_GOOD, TONE_BAD, TONE_DOUBT } ProgressTone;

/* The same, after a word in a column of its own, which has a colour where there are any. */
void progress_verdict(Progress *progress, ProgressTone tone, const char *word, const char *format,
                      ...) G_GNUC_PRINTF(4, 5);
