/* SPDX-License-Identifier: GPL-2.0-or-later
 * Which records of Windows' event logs bear on products and crashes, and the queries that pick them
 * out: the log itself filters, so a limit on the number of records loses none to others.
 *
 * Format: Microsoft Learn, "Query Schema" (an XPath expression has at most 32 terms, so a longer
 * list of numbers takes several <Select>) and "Consuming Events".
 */
#pragma once

#include <glib.h>

typedef struct {
    const char *log;
    char *xml; /* <QueryList>…</QueryList> */
} EventQuery;

/* One query a log, of EventQuery*, for records since a time of the lab's own (UTC,
 * 2026-11-22T10:31:07Z). Free with g_ptr_array_unref(). */
GPtrArray *event_queries(const char *since_utc);
