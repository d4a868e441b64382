// SPDX-License-Identifier: GPL-2.0-or-later
// A product's content folder: one file a version, written whole or not at all.
#pragma once

#include <stdbool.h>

#include "engine.h"
#include "vendor.h"

/* Loads the newest content file that the engine accepts: so a file that was damaged on disk costs
 * one version, not the product. RET_REFUSED: the newest that was refused on the way, 0 for none. */
bool store_load(const struct vendor *vendor, struct engine *engine, uint32_t *ret_refused);

/* Stores content under its version by writing beside it, flushing and renaming, and notes it as the
 * one in use in the file `current.txt`, which is replaced in the same way. GetLastError() on
 * failure. */
bool store_save(const struct vendor *vendor, const void *data, size_t size, uint32_t version);

/* Is the content that the engine has in use on the disk as it was loaded? */
bool store_intact(const struct vendor *vendor, const struct engine *engine);
