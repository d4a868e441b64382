/* SPDX-License-Identifier: GPL-2.0-or-later
 * A stream of NDJSON lines for other tools (--events, docs/events.md), written by a thread of its
 * own: a reader that is slow or goes away never holds up the run. At most EVENTS_WAITING_MAX lines
 * wait for a slow reader; what comes then is left out, and a line `events-lost` says how many were.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define EVENTS_WAITING_MAX 10000u
#define EVENTS_CLOSE_S 5u /* a reader that stands still at the end is given so long */

typedef struct Events Events;

/* `target`: a file, which is emptied, a FIFO, or `-` for stdout. Opening a FIFO waits for its
 * reader. TRUCE_ERROR_LAB. */
bool events_open(const char *target, Events **ret_events, GError **error);

/* Adds a line; the newline is added here. Any thread may call it. */
void events_put(Events *events, const char *line);

/* Writes what waits and closes. false where lines were not written, because the reader went away or
 * the disk is full: ret_reason (g_free()) says why. NULL-safe. */
bool events_close(Events *events, char **ret_reason);
