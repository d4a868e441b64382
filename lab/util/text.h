/* SPDX-License-Identifier: GPL-2.0-or-later
 * Text from outside (a guest, a helper program, a damaged file) made fit to show.
 */
#pragma once

#include <glib.h>

/* The text as one printable line: bytes that are not UTF-8 become U+FFFD, every character that
 * does not print (controls, direction marks, line ends) becomes '?', and past `max` bytes the text
 * is cut and ends in '…'. Free with g_free(). */
char *text_printable(const char *bytes, gsize length, gsize max);
