/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Base64 (RFC 4648, section 4), as the guest agent's protocol carries bytes. */
#ifndef TRUCE_BASE64_H
#define TRUCE_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The characters that SIZE bytes take, without a closing zero. */
size_t base64_encoded_size(size_t size);

/* Writes base64_encoded_size(size) characters to OUT, and no closing zero. */
void base64_encode(const uint8_t *bytes, size_t size, char *out);

/* Decodes LENGTH characters to OUT, which may be TEXT itself and holds at least LENGTH / 4 * 3
 * bytes. False if the text is not canonical base64 with its padding (white space included). */
bool base64_decode(const char *text, size_t length, uint8_t *out, size_t *ret_size);

#endif
