/* SPDX-License-Identifier: GPL-2.0-or-later
 * Altitudes of minifilters: where in the stack of filters one stands.
 *
 * An altitude is a decimal number of any length, as text: 321410, 329355.5. Two are compared by
 * their digits, never as doubles, which take 385600.00000000000000001 for 385600.
 *
 * Source: Microsoft Learn, "Load order groups and altitudes for minifilter drivers".
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define ALTITUDE_MAX_CHARACTERS 64

/* Digits, at most one point with digits on both sides. */
bool altitude_is_valid(const char *text);

/* -1, 0 or 1; -1 where `a` is lower in the stack. Both must be valid. */
int altitude_compare(const char *a, const char *b);

/* Microsoft's name of the load-order group whose range holds the altitude, `FSFilter Anti-Virus`;
 * NULL for one outside all ranges. */
const char *altitude_group(const char *altitude);
