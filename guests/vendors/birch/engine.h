// SPDX-License-Identifier: GPL-2.0-or-later
// Birch's detection engine: user mode, content validated before use. Pure C, no locking of its own.
#pragma once

#include "../common/content.h"
#include "../common/event.h"

/* Zero-initialised: no content, nothing detected. */
struct birch_engine {
    _Alignas(8) uint8_t bytes[CONTENT_MAX_SIZE];
    struct content content; /* points into bytes; unset while version is 0 */
    uint32_t version;
};

/* Would the engine take these bytes? They must be well-formed and read no field that the sensor
 * does not supply. */
bool birch_engine_accepts(const void *data, size_t size);

/* Takes over content; false, with what was there kept, where it is not acceptable. */
bool birch_engine_load(struct birch_engine *engine, const void *data, size_t size);

/* The number, from 1, of the first rule that matches the packed event; 0 for none. */
uint32_t birch_engine_match(const struct birch_engine *engine, const char *packed, size_t size);
