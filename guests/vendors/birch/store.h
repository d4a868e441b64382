// SPDX-License-Identifier: GPL-2.0-or-later
// Birch's content folder: one file a version, written whole or not at all.
#pragma once

#include <stdbool.h>

#include "engine.h"

/* Loads the newest content file that the engine accepts: so a file that was damaged on disk costs
 * one version, not the product. RET_REFUSED: the newest that was refused on the way, 0 for none. */
bool store_load(struct birch_engine *engine, uint32_t *ret_refused);

/* Stores content under its version by writing beside it, flushing and renaming. GetLastError() on
 * failure. */
bool store_save(const void *data, size_t size, uint32_t version);
