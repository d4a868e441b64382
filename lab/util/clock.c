/* SPDX-License-Identifier: GPL-2.0-or-later
 * Deadlines and stamps.
 */
#include "util/clock.h"

gint64 clock_deadline_s(guint seconds)
{
    return g_get_monotonic_time() + (gint64)seconds * G_USEC_PER_SEC;
}

gint64 clock_deadline_ms(guint milliseconds)
{
    return g_get_monotonic_time() + (gint64)milliseconds * 1000;
}

guint clock_left_ms(gint64 deadline)
{
    gint64 left = deadline - g_get_monotonic_time();
    return left <= 0 ? 0 : (guint)MIN((left + 999) / 1000, G_MAXINT);
}

guint clock_elapsed_ms(gint64 since)
{
    return (guint)MAX(0, (g_get_monotonic_time() - since) / 1000);
}

char *clock_now_utc(void)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *seconds = g_date_time_format(now, "%Y-%m-%dT%H:%M:%S");
    return g_strdup_printf("%s.%03dZ", seconds, g_date_time_get_microsecond(now) / 1000);
}

char *clock_now_name(void)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    return g_date_time_format(now, "%Y-%m-%dT%H-%M-%SZ");
}
