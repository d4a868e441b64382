// SPDX-License-Identifier: GPL-2.0-or-later
// Alder's content interpreter, which its driver runs in kernel mode.
/*
 * A healthy version refuses content that reads a field beyond EVENT_FIELDS; a declared field that
 * is a wildcard in every rule is never read and stays allowed.
 *
 * FAULT_OUT_OF_BOUNDS: alder_accept() takes any well-formed content, and alder_match() reads as
 * many fields as the content declares, whatever the sensor supplied. FAULT_ZERO_FILLED:
 * alder_accept() looks its template up before it has checked the file, and takes it for granted
 * that there is one. FAULT_DEEP_RECURSION: alder_match() looks for a text by calling itself for
 * each character.
 */
#pragma once

#include "../common/content.h"
#include "../common/event.h"

/* An event in one pool block. What follows the pointers is text, so a pointer read beyond them is
 * eight characters: no canonical x86-64 address. */
struct alder_event {
    const char *fields[EVENT_FIELDS];
    char text[EVENT_MAX_PACKED];
};

/* Copies SIZE bytes of packed event; false where they are not one. */
bool alder_event_set(struct alder_event *event, const char *packed, size_t size);

/* Checks a content file's bytes as content_check() does, and in 1.1 its reach. */
bool alder_accept(const void *data, size_t size, struct content *ret_content);

/* The number, from 1, of the first rule that matches FIELDS; 0 where none does. */
uint32_t alder_match(const struct content *content, const char *const *fields);
