/* SPDX-License-Identifier: GPL-2.0-or-later
 * A file that is written piece by piece and appears whole or not at all: a temporary beside it,
 * fsync, rename, fsync of the folder.
 *
 * A write that fails is kept and told by file_out_commit(), so that writers need not look at each.
 * Failures are TRUCE_ERROR_LAB with the path and the system's reason.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* What a temporary's name ends with, for g_mkstemp(). The tilde is in no name that a guest chose
 * (files_safe_name()). */
#define FILE_OUT_TEMPORARY ".truce~XXXXXX"

typedef struct FileOut FileOut;

bool file_out_new(const char *path, FileOut **ret_out, GError **error);

/* Without a commit the temporary is removed and the path stays as it was. */
void file_out_free(FileOut *out);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FileOut, file_out_free)

void file_out_write(FileOut *out, const char *data, gsize length);
void file_out_text(FileOut *out, const char *text);
bool file_out_commit(FileOut *out, GError **error);

/* Removes the temporaries that killed writers left in a folder and below it; nobody else writes
 * there. Follows no symbolic link. What cannot be removed stays. */
void file_out_sweep(const char *folder);
