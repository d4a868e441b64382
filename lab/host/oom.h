/* SPDX-License-Identifier: GPL-2.0-or-later
 * Whether the host's kernel ended processes because memory ran out, the host's or a control
 * group's.
 *
 * Source: proc(5), /proc/vmstat; the kernel counts its out-of-memory kills there since 4.13.
 */
#pragma once

#include <glib.h>

/* How many processes since the host started; 0 where the kernel does not say. */
guint64 oom_kills(void);

/* The same from the text of /proc/vmstat. */
guint64 oom_kills_read(const char *vmstat);
