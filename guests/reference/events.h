/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The System event log, as far as the first process writes it: what only the next start can know.
 *
 * Wine holds no event log, so there is a file of JSON lines, docs/reference-guest.md says which,
 * and wevtutil.exe of this project lists it. Source of the events: MS docs on event 41, and the
 * message tables of the providers named.
 */
#ifndef TRUCE_EVENTS_H
#define TRUCE_EVENTS_H

#include <stdbool.h>

/* A start of Windows: 41 and 6008 where the last run did not end in order, 1001 where it ended by
 * a bugcheck, then 6005. */
void events_at_start(void);

/* Keeps what the next start will tell of a bugcheck: TEXT is the stop screen's. */
void events_keep_stop(const char *text);

/* An end in order: 6006. */
void events_at_end(void);

#endif
