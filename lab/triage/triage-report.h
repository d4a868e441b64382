/* SPDX-License-Identifier: GPL-2.0-or-later
 * A crash dump and its lead, for people and for programs. docs/triage.md describes both.
 */
#pragma once

#include "triage/lead.h"
#include "util/json.h"

/* Text of several lines, printable whatever the dump holds. Free with g_free(). */
char *triage_text(const Dump *dump, const Lead *lead);

/* One JSON object; every member is always there, null where it is not known. */
cJSON *triage_json(const Dump *dump, const Lead *lead);
