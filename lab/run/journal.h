/* SPDX-License-Identifier: GPL-2.0-or-later
 * The journal of a run: append-only, one JSON object a line, flushed to disk where a state changes
 * (docs/run-folder.md lists the records).
 *
 * Any thread may write. A write that fails (disk full) is kept and told by journal_check(), so that
 * a run stops as the lab's own error instead of going on unrecorded.
 */
#pragma once

#include "util/json.h"

typedef struct Journal Journal;

/* Opens the journal of a run folder to append, made where there is none. The torn end of a line
 * that a killed run left is cut off. Whoever has a journal open holds a lock on it:
 * TRUCE_ERROR_INPUT where another process goes on with this run; else TRUCE_ERROR_LAB. */
bool journal_open(const char *path, Journal **ret_journal, GError **error);

/* Whether a process has the journal open now. */
bool journal_in_use(const char *path);
void journal_close(Journal *journal);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Journal, journal_close)

/* A new record of a type, stamped with `t` and `ms`. The caller adds members and gives it to
 * journal_write(). */
cJSON *journal_record(Journal *journal, const char *type);

/* Called with each record after it was written, by the thread that wrote it, one at a time. */
typedef void (*JournalObserver)(gpointer data, const cJSON *record);
void journal_observe(Journal *journal, JournalObserver observer, gpointer data);

/* Appends the record and frees it; fsync for the types that change a state. */
void journal_write(Journal *journal, cJSON *record);

/* false with TRUCE_ERROR_LAB where an earlier write failed. */
bool journal_check(Journal *journal, GError **error);
