/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A growing buffer for one reply. After a failure (no memory, beyond TEXT_MAX) it only notes that.
 */
#ifndef TRUCE_TEXT_H
#define TRUCE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEXT_MAX (64u << 20)

struct text {
    char *bytes; /* not zero-ended */
    size_t used, size;
    bool failed;
};

void text_append(struct text *text, const char *bytes, size_t count);
void text_format(struct text *text, const char *format, ...)
    __attribute__((format(gnu_printf, 2, 3)));

/* STRING, UTF-8, as a JSON string with its quotes. */
void text_json(struct text *text, const char *string);

/* BYTES as base64 in a JSON string with its quotes. */
void text_base64(struct text *text, const uint8_t *bytes, size_t count);

/* Empties the buffer and forgets a failure; text_clear releases it too. */
void text_reset(struct text *text);
void text_clear(struct text *text);

#endif
