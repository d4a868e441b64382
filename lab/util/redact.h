/* SPDX-License-Identifier: GPL-2.0-or-later
 * Words that must not reach a file or a terminal: licence keys, tokens, host names. They are added
 * once, when the lab's file is read, before other threads run; then any thread may redact.
 *
 * A word is found (ASCII letters in either case):
 *   as it stands;
 *   as JSON writes it in a string (`\/`, `\u00e9`), XML (`&amp;`, `&#233;`) and a URL (`%2F`, `+`);
 *   in base64 of its UTF-8 or UTF-16LE, wherever it begins in what was encoded, also the alphabet
 * of URLs, and wrapped into lines that may be indented or escaped; as hexadecimal digits of these
 * bytes, also with blanks, `:`, `,`, `-`, `0x` or `\x` between; and each of these in UTF-8,
 * UTF-16LE and UTF-16BE.
 *
 * It is not found in what is compressed, encrypted or drawn on a screenshot, split over lines (but
 * for base64 and digits), spelled twice (base64 of base64, JSON in a string of JSON where an escape
 * is in the word) or by other means: other encodings, a hex dump with addresses.
 *
 * Where words overlap, or one begins another, nothing of either is left; one mark stands for all.
 * Time is that of one pass: what a place costs depends on the words, not on the text's length.
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

/* The same for a word of any length that counts only where no letter or digit is beside it, and
 * only as it stands. */
bool redact_add_whole(const char *word, const char *instead);

/* Forgets all words. For tests. */
void redact_clear(void);

/* A copy in which nothing of the words is left. Free with g_free(). */
char *redact_text(const char *text);

/* The same for text that was cut at its end and so may end within a word. */
char *redact_cut_text(const char *text);

/* The same for any bytes that come in pieces: moves what is certain from the beginning of `held` to
 * the end of `out`. With `ended` false the beginning of a word that may go on later stays in
 * `held`, at most 128 KiB. */
void redact_stream(GString *held, bool ended, GString *out);

/* Whether a file holds a word. false where it cannot be read. */
bool redact_in_file(const char *path);
