/* SPDX-License-Identifier: GPL-2.0-or-later
 * Which modules come with Windows, by their file names.
 *
 * A dump holds names, no signatures: a foreign driver may take such a name. So this serves to pick
 * a lead, never to clear anybody.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Case does not matter. The crash dump stack's copies (`dump_stornvme.sys`) count too. */
bool os_module_is(const char *name);

/* What runs on behalf of everybody: nt, hal, kd; in a process ntdll and its next layer. */
bool os_module_is_kernel(const char *name);
