/* SPDX-License-Identifier: GPL-2.0-or-later
 * Warm states inside host/; docs/warm-states.md tells how they work.
 */
#pragma once

#include "host/machine-private.h"

/* What a state's folder is called until it is whole. */
#define WARM_HALF ".new"

/* Makes the file that a template's memory is mapped from. */
bool warm_make_memory(Machine *machine, GError **error);
