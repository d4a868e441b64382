/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests out of a stream of bytes: see frame.h. */
#include "frame.h"

#include <stdlib.h>
#include <string.h>

#define RESYNC '\xff'
#define FIRST_SIZE 4096

void frame_reset(struct frame *frame)
{
    frame->length = 0;
    frame->depth = 0;
    frame->in_string = frame->escaped = frame->bad = false;
}

void frame_clear(struct frame *frame)
{
    free(frame->text);
    memset(frame, 0, sizeof *frame);
}

static bool append(struct frame *frame, char byte)
{
    if (frame->length + 1 >= frame->size) {
        size_t size = frame->size ? frame->size * 2 : FIRST_SIZE;
        char *text = size <= FRAME_REQUEST_MAX ? realloc(frame->text, size) : NULL;
        if (!text)
            return false;
        frame->text = text;
        frame->size = size;
    }
    frame->text[frame->length++] = byte;
    frame->text[frame->length] = '\0';
    return true;
}

static void track(struct frame *frame, char byte)
{
    if (frame->escaped)
        frame->escaped = false;
    else if (frame->in_string && byte == '\\')
        frame->escaped = true;
    else if (byte == '"')
        frame->in_string = !frame->in_string;
    else if (!frame->in_string)
        frame->depth += (byte == '{' || byte == '[') - (byte == '}' || byte == ']');
}

/* Between requests: white space is nothing, an object begins one, the rest of a line is bad. */
static enum frame_event feed_between(struct frame *frame, char byte)
{
    if (byte == '\n') {
        bool bad = frame->bad;
        frame_reset(frame);
        return bad ? FRAME_BAD : FRAME_MORE;
    }
    if (byte != ' ' && byte != '\t' && byte != '\r')
        frame->bad = true;
    return FRAME_MORE;
}

enum frame_event frame_feed(struct frame *frame, char byte)
{
    if (byte == RESYNC) {
        frame_reset(frame);
        return FRAME_MORE;
    }
    if (frame->depth == 0 && frame->length > 0)
        frame_reset(frame);
    if (frame->bad || (frame->depth == 0 && byte != '{'))
        return feed_between(frame, byte);
    if ((frame->in_string && byte == '\n') || !append(frame, byte)) {
        bool ended = byte == '\n';
        frame_reset(frame);
        frame->bad = !ended;
        return ended ? FRAME_BAD : FRAME_MORE;
    }
    track(frame, byte);
    return frame->depth == 0 ? FRAME_REQUEST : FRAME_MORE;
}
