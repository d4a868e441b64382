/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Replies being written: see text.h. */
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base64.h"

#define FIRST_SIZE 1024

static char *reserve(struct text *text, size_t count)
{
    size_t size = text->size ? text->size : FIRST_SIZE;
    char *bytes;

    if (text->failed || count > TEXT_MAX - text->used) {
        text->failed = true;
        return NULL;
    }
    while (size < text->used + count)
        size *= 2;
    if (size != text->size) {
        bytes = realloc(text->bytes, size);
        if (!bytes) {
            text->failed = true;
            return NULL;
        }
        text->bytes = bytes;
        text->size = size;
    }
    return text->bytes + text->used;
}

void text_append(struct text *text, const char *bytes, size_t count)
{
    char *at = reserve(text, count);

    if (!at)
        return;
    memcpy(at, bytes, count);
    text->used += count;
}

void text_format(struct text *text, const char *format, ...)
{
    char line[512];
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (n < 0 || (size_t)n >= sizeof line)
        text->failed = true;
    else
        text_append(text, line, (size_t)n);
}

void text_json(struct text *text, const char *string)
{
    text_append(text, "\"", 1);
    for (const char *c = string; *c; c++) {
        if (*c == '"' || *c == '\\')
            text_append(text, "\\", 1);
        if ((unsigned char)*c < 0x20)
            text_format(text, "\\u%04x", (unsigned)*c);
        else
            text_append(text, c, 1);
    }
    text_append(text, "\"", 1);
}

void text_base64(struct text *text, const uint8_t *bytes, size_t count)
{
    size_t size = base64_encoded_size(count);
    char *at = reserve(text, size + 2);

    if (!at)
        return;
    at[0] = at[size + 1] = '"';
    base64_encode(bytes, count, at + 1);
    text->used += size + 2;
}

void text_reset(struct text *text)
{
    text->used = 0;
    text->failed = false;
}

void text_clear(struct text *text)
{
    free(text->bytes);
    memset(text, 0, sizeof *text);
}
