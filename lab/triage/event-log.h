/* SPDX-License-Identifier: GPL-2.0-or-later
 * Events of Windows' System log, as `wevtutil qe System /f:xml` prints them: one <Event> after
 * another, without an element around them.
 *
 * Looked at are those that tell of a machine or a service that ended in disorder: 41
 * (Kernel-Power: started without a clean shutdown), 1001 (a bugcheck was reported), 6008 (the last
 * shutdown was unexpected), 7031 and 7034 (a service ended unexpectedly).
 *
 * Read as hostile: at most XML_SIZE_MAX bytes and EVENT_LOG_MAX events, texts cut and printable.
 *
 * Source: Microsoft Learn, "Event Schema" and the documentation of these events.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define EVENT_LOG_MAX 64u

/* The query for `wevtutil qe System /q:…`. */
#define EVENT_LOG_QUERY                                                                            \
    "*[System[(EventID=41 or EventID=1001 or EventID=6008 or EventID=7031 or EventID=7034)]]"

typedef struct {
    guint id;
    gint64 us;     /* since 1970, as g_get_real_time(); 0: not known */
    char *subject; /* its first datum: of 7031 and 7034 the service; NULL: it has none */
} LogEvent;

/* Free ret_events (of LogEvent*) with g_ptr_array_unref(). TRUCE_ERROR_INPUT where the text is no
 * such list. */
bool event_log_parse(const char *text, gsize length, GPtrArray **ret_events, GError **error);

/* Whether this one says that a service ended; the others tell of the whole machine. */
bool event_log_is_service(const LogEvent *event);

/* What it says, in a few words. Free with g_free(). */
char *event_log_text(const LogEvent *event);
