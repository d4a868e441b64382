/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cuts the bytes of a port into requests.
 *
 * A request is one JSON object; it ends where its braces close, whether or not a newline follows.
 * The byte 0xFF, which no JSON text holds, drops what has come so far: the host sends it to begin
 * again with a guest-sync-delimited. Pure: bytes in, requests out.
 */
#ifndef TRUCE_FRAME_H
#define TRUCE_FRAME_H

#include <stdbool.h>
#include <stddef.h>

#define FRAME_REQUEST_MAX (8u << 20)

enum frame_event {
    FRAME_MORE,    /* no request is complete yet */
    FRAME_REQUEST, /* text, length hold one; valid until the next byte */
    FRAME_BAD,     /* something that is no object has ended, or a request was too long */
};

struct frame {
    char *text; /* ends with a zero byte */
    size_t length;
    size_t size;
    int depth;
    bool in_string, escaped, bad;
};

enum frame_event frame_feed(struct frame *frame, char byte);

/* Drops what has come so far, as after 0xFF. */
void frame_reset(struct frame *frame);

/* Releases the buffer. */
void frame_clear(struct frame *frame);

#endif
