/* SPDX-License-Identifier: GPL-2.0-or-later
 * `{name}` in command lines and versions: finding and replacing them.
 *
 * A placeholder is a name (a lower-case letter, then a-z, 0-9 and '-') in braces. Other braces are
 * ordinary text, and so is a GUID in braces (`msiexec.exe /x {90140000-…}`).
 * `{secret:…}` is one whatever its name, so that a wrong name is found: its name here is
 * `secret:…`.
 */
#pragma once

#include <glib.h>

#define PLACEHOLDER_SECRET "secret:"

/* The names of all placeholders in a text, of char*, in order, maybe twice. Free with
 * g_ptr_array_unref(). */
GPtrArray *placeholder_names(const char *text);

/* Replaces each placeholder by its value in `values` (name → value); one that is not there stays as
 * it is. Free with g_free(). */
char *placeholder_expand(const char *text, GHashTable *values);
