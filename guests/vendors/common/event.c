// SPDX-License-Identifier: GPL-2.0-or-later
// Packing and unpacking of sensor events; see event.h.
#include "event.h"

#include <string.h>

bool event_packed_check(const char *packed, size_t size)
{
    size_t strings = 0;

    if (size > EVENT_MAX_PACKED)
        return false;
    for (size_t i = 0; i < size; i++)
        strings += packed[i] == '\0';
    return strings == EVENT_FIELDS && packed[size - 1] == '\0';
}

void event_fields_set(const char **fields, const char *packed)
{
    for (int i = 0; i < EVENT_FIELDS; i++) {
        fields[i] = packed;
        packed += strlen(packed) + 1;
    }
}

size_t event_pack(char *buffer, size_t size, const char *const fields[EVENT_FIELDS])
{
    size_t used = 0;

    for (int i = 0; i < EVENT_FIELDS; i++) {
        const char *text = fields[i] ? fields[i] : "";
        size_t length = strlen(text) + 1;
        if (length > size - used)
            return 0;
        memcpy(buffer + used, text, length);
        used += length;
    }
    return used;
}
