/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Base64: see base64.h. */
#include "base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t base64_encoded_size(size_t size)
{
    return (size + 2) / 3 * 4;
}

void base64_encode(const uint8_t *bytes, size_t size, char *out)
{
    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i;
        uint32_t group = (uint32_t)bytes[i] << 16 | (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
                         (left > 2 ? bytes[i + 2] : 0);
        *out++ = alphabet[group >> 18];
        *out++ = alphabet[group >> 12 & 63];
        *out++ = left > 1 ? alphabet[group >> 6 & 63] : '=';
        *out++ = left > 2 ? alphabet[group & 63] : '=';
    }
}

static int value_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool base64_decode(const char *text, size_t length, uint8_t *out, size_t *ret_size)
{
    size_t size = 0;

    if (length % 4)
        return false;
    for (size_t i = 0; i < length; i += 4) {
        size_t pad = i + 4 < length ? 0 : (text[i + 3] == '=') + (text[i + 2] == '=');
        uint32_t group = 0;
        if (pad == 1 ? text[i + 3] != '=' : pad == 2 && text[i + 3] != '=')
            return false;
        for (size_t k = 0; k < 4; k++) {
            int value = k < 4 - pad ? value_of(text[i + k]) : 0;
            if (value < 0)
                return false;
            group = group << 6 | (uint32_t)value;
        }
        if (group & (pad == 2 ? 0xffff : pad == 1 ? 0xff : 0))
            return false;
        out[size++] = (uint8_t)(group >> 16);
        if (pad < 2)
            out[size++] = (uint8_t)(group >> 8);
        if (pad < 1)
            out[size++] = (uint8_t)group;
    }
    *ret_size = size;
    return true;
}
