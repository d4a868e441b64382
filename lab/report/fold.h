/* SPDX-License-Identifier: GPL-2.0-or-later
 * Folding a journal's records into a Result: the run and its cases (fold.c), and the details of an
 * attempt (fold-details.c). Private to report/.
 */
#pragma once

#include "report/record.h"

#define LINE_BYTES_MAX (1u << 20)

typedef struct {
    Source source;
    Result *result;
    GHashTable *cases; /* id → ResultCase* */
    GHashTable *ended; /* set of ids with a case-end */
    const char *time;  /* of the record under way */
    gint64 ms;         /* the same on the journal's own clock */
    gint64 earlier_ms; /* what the processes before this one took */
    gint64 latest_ms;
    bool began;
} Fold;

typedef struct {
    const char *type;
    bool (*fold)(Fold *fold, const cJSON *record, GError **error);
} FoldType;

/* Steps, events, evidence, measurements; NULL ends them. */
extern const FoldType fold_detail_types[];

bool fold_find_case(const Fold *fold, const cJSON *record, ResultCase **ret_case, GError **error);
bool fold_find_attempt(const Fold *fold, const cJSON *record, ResultAttempt **ret_attempt,
                       GError **error);

/* What an event says of states that cases share. */
bool fold_reuse(Fold *fold, const cJSON *record, GError **error);

/* Folds a record whose line begins at `offset` of the journal into the details of its case, and
 * remembers where it lies. */
bool fold_detail(Fold *fold, const FoldType *type, const cJSON *record, guint64 offset,
                 GError **error);

/* Makes the arrays of an attempt's details, empty. */
void fold_new_details(ResultAttempt *attempt);

/* Reads at most `length` bytes of the journal at `offset`; -1 and errno where that fails. */
gssize fold_read_journal(const Result *result, guint64 offset, char *bytes, gsize length);
