/* SPDX-License-Identifier: GPL-2.0-or-later
 * The selftest's scenario for one guest: scenarios/selftest.xml with another guest in it and, where
 * not all is wanted, some of its tests.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Of the quick selftest: a crash in the kernel with its healthy twin, and a control. Ends with
 * NULL. */
extern const char *const selftest_quick_tests[];

/* Writes the scenario `from` as `to`. `only`, a list that ends with NULL, names the tests to keep,
 * a fault's name keeping its twin as well; NULL keeps all. TRUCE_ERROR_INPUT where one of `only` is
 * no test of it. */
bool selftest_derive(const char *from, const char *guest, const char *const *only, const char *to,
                     GError **error);
