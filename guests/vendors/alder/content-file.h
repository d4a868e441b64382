// SPDX-License-Identifier: GPL-2.0-or-later
// Kernel side: alder's content folder, System32\drivers\Alder.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ntifs.h>

/* The highest version below BELOW that has a file in the folder; false where there is none. */
bool content_file_newest(uint32_t below, uint32_t *ret_version);

/* The bytes of one content file, in paged pool under TAG, to be freed by the caller; NULL where it
 * cannot be read or is larger than any content file. */
uint8_t *content_file_read(uint32_t version, ULONG tag, size_t *ret_size);
