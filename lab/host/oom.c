/* SPDX-License-Identifier: GPL-2.0-or-later
 * Counts what the host's kernel killed for want of memory.
 */
#include "host/oom.h"

#include <string.h>

guint64 oom_kills_read(const char *vmstat)
{
    static const char words[] = "\noom_kill ";
    const char *line = strstr(vmstat, words);

    return line ? g_ascii_strtoull(line + sizeof words - 1, NULL, 10) : 0;
}

guint64 oom_kills(void)
{
    g_autofree char *vmstat = NULL;

    return g_file_get_contents("/proc/vmstat", &vmstat, NULL, NULL) ? oom_kills_read(vmstat) : 0;
}
