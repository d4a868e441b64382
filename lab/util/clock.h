/* SPDX-License-Identifier: GPL-2.0-or-later
 * Time as the lab uses it: deadlines on the monotonic clock, stamps in UTC.
 */
#pragma once

#include <glib.h>

/* A deadline: g_get_monotonic_time() at which something must have happened, in microseconds. */
gint64 clock_deadline_s(guint seconds);
gint64 clock_deadline_ms(guint milliseconds);

/* Milliseconds until a deadline; 0 where it has passed. */
guint clock_left_ms(gint64 deadline);

/* Milliseconds from a g_get_monotonic_time() value to now. */
guint clock_elapsed_ms(gint64 since);

/* Now in UTC as `2026-11-22T10:31:07.123Z`. Free with g_free(). */
char *clock_now_utc(void);

/* Now in UTC as a name for a folder, `2026-11-22T10-31-07Z`. Free with g_free(). */
char *clock_now_name(void);
