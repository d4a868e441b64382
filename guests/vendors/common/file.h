// SPDX-License-Identifier: GPL-2.0-or-later
// User side: whole files and folder trees. Failures leave GetLastError() set.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <windows.h>

/* Reads at most SIZE bytes from the start of a file without hindering other users of it. */
bool file_read_head(const wchar_t *path, void *bytes, size_t size, size_t *ret_size);

/* Reads a whole file; fails with ERROR_FILE_TOO_LARGE where it has more than SIZE bytes. */
bool file_read(const wchar_t *path, void *bytes, size_t size, size_t *ret_size);

/* Creates or overwrites a file and returns after its bytes reached the disk, piece by piece: others
 * are not held up, and may look at it meanwhile. */
bool file_write_durably(const wchar_t *path, const void *bytes, size_t size);

/* Puts a file in the place of another, whole or not at all: written beside it, flushed, renamed. */
bool file_replace(const wchar_t *path, const void *bytes, size_t size);

/* Has the file exactly these bytes? */
bool file_equals(const wchar_t *path, const void *bytes, size_t size);

/* The path of a content file in FOLDER; PATH has room for MAX_PATH characters. */
void file_content_path(wchar_t *path, const wchar_t *folder, unsigned version);

/* Makes a folder; no failure where it exists. */
bool folder_make(const wchar_t *path);

/* Removes a folder with all that is in it, as far as possible; true where it is gone. */
bool folder_remove(const wchar_t *path);
