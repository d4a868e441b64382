/* SPDX-License-Identifier: GPL-2.0-or-later
 * Files and folders of the host.
 *
 * Failures are TRUCE_ERROR_LAB with the path and the system's reason, unless a function says
 * otherwise.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Makes a folder and its parents, mode 0700. */
bool files_make_folder(const char *path, GError **error);

/* Replaces a file whole or not at all: a temporary beside it, fsync, rename, fsync of the folder.
 */
bool files_write_atomic(const char *path, const char *data, gsize length, GError **error);

/* Reads a whole file of at most `limit` bytes; ret_data ends with a NUL that ret_length does not
 * count. TRUCE_ERROR_INPUT where it does not exist, is longer, or is no regular file. */
bool files_read(const char *path, gsize limit, char **ret_data, gsize *ret_length, GError **error);

/* SHA-256 of a file's bytes as 64 lower-case hex digits. Free with g_free(). Reads in pieces, so a
 * file's size does not matter for memory. Never waits for a pipe: it fails on what is no regular
 * file. */
bool files_sha256(const char *path, char **ret_hex, GError **error);

/* Removes a file or a whole folder; one that is not there is no error. Never follows a symbolic
 * link. */
bool files_remove_tree(const char *path, GError **error);

/* Copies a file, sharing its blocks where the file system can (FICLONE), and keeping holes. */
bool files_copy(const char *from, const char *to, GError **error);

/* Free bytes for this user on the file system that holds `path`. */
bool files_free_bytes(const char *path, guint64 *ret_bytes, GError **error);

/* Turns any text into one safe file name: [A-Za-z0-9._+@-], others become '-', at most 100 bytes,
 * never empty, never starting with a dot. Free with g_free(). */
char *files_safe_name(const char *text);

/* Where this lab keeps guests, warm states and libvirt's own files: $TRUCE_STATE, or
 * $XDG_STATE_HOME/truce, or ~/.local/state/truce. Free with g_free(). */
char *files_state_folder(void);

/* What ships with truce: ../share/truce beside the running binary, or $TRUCE_SHARE. `sub` is a
 * path below it, or NULL. Free with g_free(). */
char *files_share_path(const char *sub);
