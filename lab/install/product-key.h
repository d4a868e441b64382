/* SPDX-License-Identifier: GPL-2.0-or-later
 * A product key from a file of the user's: never from a command line, where others see it.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* The first line: five groups of five letters and digits, joined by '-'. Messages never show what
 * the file holds. TRUCE_ERROR_INPUT. Free with g_free(). */
bool install_read_key(const char *path, char **ret_key, GError **error);
