/* SPDX-License-Identifier: GPL-2.0-or-later
 * ReactOS' boot medium, re-mastered so that it installs by itself and leaves the lab's agent.
 *
 * The user's medium stays as it is; a copy gets \reactos\unattend.inf and \lab, and boots as before
 * (xorriso replays its boot images). unattend.inf is an INF file with CR LF line ends; the settings
 * are a table with the reason of each.
 *
 * Source: boot/bootdata/bootcd/unattend.inf of ReactOS, whose comments name the settings.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* The text of unattend.inf. Free with g_free(). */
char *reactos_unattend(void);

/* The same as a table in Markdown, with reasons. Free with g_free(). */
char *reactos_settings_table(void);

/* Makes `to` from the user's medium. TRUCE_ERROR_INPUT where that is no boot medium of ReactOS,
 * TRUCE_ERROR_LAB where xorriso or the 32-bit agent is missing. */
bool reactos_medium_make(const char *iso, const char *to, GError **error);
