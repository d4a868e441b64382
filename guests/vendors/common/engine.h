// SPDX-License-Identifier: GPL-2.0-or-later
// The detection engine of the products that judge in user mode: content is validated before use.
// Pure C, no locking of its own.
#pragma once

#include "content.h"
#include "event.h"

/* Zero-initialised: no content, nothing detected. */
struct engine {
    _Alignas(8) uint8_t bytes[CONTENT_MAX_SIZE];
    struct content content; /* points into bytes; unset while version is 0 */
    uint32_t version;
    size_t size; /* of the content */
};

/* Would the engine take these bytes? They must be well-formed and read no field that the sensor
 * does not supply. */
bool engine_accepts(const void *data, size_t size);

/* Takes over content; false, with what was there kept, where it is not acceptable. */
bool engine_load(struct engine *engine, const void *data, size_t size);

/* The number, from 1, of the first rule that matches the packed event; 0 for none. */
uint32_t engine_match(const struct engine *engine, const char *packed, size_t size);
