/* SPDX-License-Identifier: GPL-2.0-or-later
 * Text from a guest, made fit for reports and terminals.
 */
#pragma once

#include <glib.h>

/* Returns a copy in which U+FFFD stands for every byte that is not UTF-8 and every character that
 * is not printable: controls (so no terminal escapes), bidirectional overrides, surrogates and what
 * XML 1.0 forbids. Tabs and newlines stay; a carriage return before a newline goes. NULL gives
 * NULL. Free with g_free(). */
char *clean_text(const char *text);

/* Returns a copy on one line: newlines and tabs become spaces. Free with g_free(). */
char *clean_line(const char *clean);
