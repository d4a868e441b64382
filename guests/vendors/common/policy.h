// SPDX-License-Identifier: GPL-2.0-or-later
// User side: a product's policy, read from the registry and read again when it changes.
#pragma once

#include <stdbool.h>

#include <windows.h>

#include "vendor.h"

/* Reads the policy and watches it on a thread of its own until STOP is set. */
bool policy_start(const struct vendor *vendor, HANDLE stop);

/* Does the policy exempt files of this name (UTF-8)? Any thread may ask. */
bool policy_excludes(const char *name);
