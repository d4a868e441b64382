/* SPDX-License-Identifier: GPL-2.0-or-later
 * Words that must not reach a file or a terminal: licence keys, tokens, host names. They are added
 * once, when the lab's file is read, before other threads run; then any thread may redact.
 *
 * A word is found as it stands (ASCII letters in either case), as JSON escapes it, as UTF-16LE, and
 * in base64 of either, wherever it begins in what was encoded. It is not found in what is
 * compressed or encrypted, or drawn on a screenshot.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define REDACT_MARK "[secret]"
#define REDACT_BYTES_MIN 4 /* shorter ones would be found everywhere */
#define REDACT_BYTES_MAX 1000

/* `instead` stands for the word from now on; NULL: REDACT_MARK. false, and nothing is added, where
 * the word is too short or too long, or is no UTF-8. */
bool redact_add(const char *word, const char *instead);

/* Forgets all words. For tests. */
void redact_clear(void);

/* A copy in which nothing of the words is left. Free with g_free(). */
char *redact_text(const char *text);

/* The same for text that was cut at its end and so may end within a word. */
char *redact_cut_text(const char *text);

/* The same in place, for any bytes. */
void redact_bytes(GString *bytes);

/* How many bytes at the end may be the beginning of a word that goes on later. */
gsize redact_held(const char *bytes, gsize length);

/* Whether a file holds a word. false where it cannot be read. */
bool redact_in_file(const char *path);
