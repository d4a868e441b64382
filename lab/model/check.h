/* SPDX-License-Identifier: GPL-2.0-or-later
 * `truce check`: is a file that someone wrote right?
 */
#pragma once

#include "model/lab.h"

/* Checks a guest recipe, vendor pack, scenario (with all that it names), lab file or load profile;
 * which of them it is, its document element tells. `ret_summary` gets one line on what it holds.
 * Free with g_free(). TRUCE_ERROR_INPUT with file:line:column. */
bool check_file(const Lab *lab, const char *path, char **ret_summary, GError **error);
