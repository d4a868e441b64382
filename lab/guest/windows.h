/* SPDX-License-Identifier: GPL-2.0-or-later
 * Windows operations on top of the agent. The same on Windows and on the reference guest.
 *
 * Paths and patterns go through cmd.exe: one that is empty or holds a control character or one of
 * " % ^ & | < > , ; = (in a path also * ?) is TRUCE_ERROR_INPUT and never reaches the guest.
 */
#pragma once

#include "guest/agent.h"

/* Splits a command line by the rules of CommandLineToArgvW (Microsoft Learn); an empty one has no
 * arguments. Free with g_strfreev(). */
char **windows_split(const char *command_line);

/* Makes a folder with its parents; one that exists is no error. */
bool windows_make_folder(Agent *agent, const char *path, GError **error);

/* Whether a file is there: opened, or where the guest refuses that, listed by its folder. So a file
 * that something holds or hides from being opened is there. */
bool windows_file_exists(Agent *agent, const char *path, bool *ret_exists, GError **error);

/* Deletes one file, also a read-only or hidden one; ret_existed tells whether it was there. A file
 * that is still there afterwards (something holds it) is TRUCE_ERROR_AGENT. */
bool windows_delete_file(Agent *agent, const char *path, bool *ret_existed, GError **error);

/* Base names of the files in a folder that match a pattern (`*` any characters, `?` one; case does
 * not matter), sorted by bytes; where there are more
 * than `limit`, the first ones. A folder that does not exist has none. Names that could leave a
 * folder on the host (`..`, separators, control characters) are TRUCE_ERROR_AGENT. Free with
 * g_ptr_array_unref(). */
bool windows_list_files(Agent *agent, const char *folder, const char *pattern, guint limit,
                        GPtrArray **ret_names, GError **error);

/* The base name of a Windows path: what follows its last separator. Points into `path`. */
const char *windows_base_name(const char *path);
