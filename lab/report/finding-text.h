/* SPDX-License-Identifier: GPL-2.0-or-later
 * A finding in words, for the reports that people read as text.
 */
#pragma once

#include "report/result.h"

/* What stands between vendors: several are certain only where experiments showed that it takes all
 * of them (docs/blame.md); else each is a candidate. */
const char *finding_between(const char *confidence);

/* `alder (high)`, `alder with birch (high)`, `alder or birch (low)`, `unknown`. */
char *finding_blame(const ResultFinding *finding);

/* `alder.sys+0x1234`, `alder.sys`, or NULL. */
char *finding_place(const ResultFinding *finding);

/* What makes two findings the same thing, wherever and whenever they were seen:
 * `boot-loop|0x0000007E|alder.sys|alder+birch`: kind, stop code, module in lower case, vendors in
 * alphabetical order; nothing between the bars where one does not apply. Where no module says what
 * failed, kind of step, subject and what of it do: `sensor-dead|||alder|probe alder status`. Free
 * with g_free(). */
char *finding_signature(const ResultFinding *finding);

/* `hands, 41.0 s, 1 reboot: …`, or NULL. */
char *finding_recovery(const ResultFinding *finding);

/* `41.0 s`, `3 min 12 s`. */
char *duration_text(gint64 milliseconds);
