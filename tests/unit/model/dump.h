/* SPDX-License-Identifier: GPL-2.0-or-later
 * What a parser made of a file, as text for golden files: one member a line, lists indented.
 */
#pragma once

#include "model/lab.h"
#include "model/load-profile.h"

/* Free with g_free(). */
char *dump_guest(const Guest *guest);
char *dump_vendor(const Vendor *vendor);
char *dump_scenario(const Scenario *scenario);
char *dump_lab(const Lab *lab);
char *dump_load_profile(const LoadProfile *profile);
