// SPDX-License-Identifier: GPL-2.0-or-later
// The event that a reference vendor's sensor supplies: 20 text fields, packed for transport.
/*
 * Packed form: EVENT_FIELDS zero-terminated strings one after another, nothing before, between or
 * after them, at most EVENT_MAX_PACKED bytes. Fields that do not apply are empty strings.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum event_field {
    EVENT_KIND, /* "driver-start", "content-load", "file-change" */
    EVENT_PATH,
    EVENT_NAME,
    EVENT_EXTENSION,
    EVENT_HEAD, /* the file's first bytes, zero bytes replaced by '.' */
    EVENT_SIZE,
    EVENT_ATTRIBUTES,
    EVENT_CREATED, /* FILETIME, decimal */
    EVENT_WRITTEN,
    EVENT_VOLUME,
    EVENT_PROCESS_ID,
    EVENT_PROCESS,
    EVENT_PARENT_ID,
    EVENT_SESSION,
    EVENT_USER,
    EVENT_HOST,
    EVENT_PIPE,
    EVENT_PIPE_OWNER,
    EVENT_SEQUENCE,
    EVENT_PRODUCT,
    EVENT_FIELDS
};

#define EVENT_MAX_HEAD 1024
#define EVENT_MAX_PACKED 4096

/* Are the SIZE bytes at PACKED exactly EVENT_FIELDS terminated strings? */
bool event_packed_check(const char *packed, size_t size);

/* Sets each of the EVENT_FIELDS pointers at FIELDS to its string in PACKED, which was checked. */
void event_fields_set(const char **fields, const char *packed);

/* Writes the packed form; a NULL field counts as empty. Returns its size, 0 where it does not fit
 * into SIZE bytes. */
size_t event_pack(char *buffer, size_t size, const char *const fields[EVENT_FIELDS]);
