/* SPDX-License-Identifier: GPL-2.0-or-later
 * The selftest's scenario for one guest: scenarios/selftest.xml with another guest in it and, for
 * the quick one, a handful of its tests.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Writes the scenario `from` as `to`. Of the quick one's tests none may be missing:
 * TRUCE_ERROR_LAB. */
bool selftest_derive(const char *from, const char *guest, bool quick, const char *to,
                     GError **error);
