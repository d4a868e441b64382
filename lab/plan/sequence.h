/* SPDX-License-Identifier: GPL-2.0-or-later
 * Sequence covering arrays: few orders of n events in which every t of them occur in every order.
 *
 * A row is one order of events, without repeats. An order of t events is covered by a row in which
 * all of them are present and stand in that order, not necessarily next to each other. The array
 * covers every t-order that the rules allow.
 *
 * Rules say which orders count. `first` before `second` holds in every row in which both are
 * present; a t-order that breaks it is not wanted. A rule with `needed` also keeps `second` out of
 * every row without `first` (no update without an install). Places FIRST and LAST are rules against
 * all other events that do not have the same place.
 *
 * Optional events may be absent. What is then covered as well, by SequenceOptions.presence:
 *   1  each optional event is absent in some row;
 *   2  for each two optional events, every combination of present and absent that the rules allow.
 * An event that a mandatory one needs is mandatory, whatever its `optional` says.
 *
 * What comes out depends on the model, the options and the seed only, never on `threads`. How far
 * the search goes in `budget_s` depends on the machine; `iterations` instead bounds its steps, and
 * then the array is the same everywhere.
 *
 * Limits: 2..SEQUENCE_EVENTS_MAX events, strength 2..4. Memory: 2·n^(t-1)·32·ceil(n/32) bytes for
 * each of at most two searches (n = 80 at t = 3: 1.2 MB; n = 30 at t = 4: 1.7 MB; n = 80 at t = 4:
 * 98 MB). How it works and what it reaches: docs/sequences.md.
 */
#pragma once

#include <cjson/cJSON.h>
#include <glib.h>
#include <stdbool.h>

#define SEQUENCE_EVENTS_MAX 120
#define SEQUENCE_STRENGTH_MAX 4

typedef enum {
    SEQUENCE_ANYWHERE,
    SEQUENCE_FIRST, /* before every event that is not FIRST too */
    SEQUENCE_LAST,  /* after every event that is not LAST too */
} SequencePlace;

typedef struct {
    char *name;
    SequencePlace place;
    bool optional;
} SequenceEvent;

typedef struct {
    guint first, second; /* indices of events */
    bool needed;         /* second occurs only where first does */
} SequenceRule;

typedef struct {
    GArray *events; /* SequenceEvent */
    GArray *rules;  /* SequenceRule */
} SequenceModel;

SequenceModel *sequence_model_new(void);
void sequence_model_free(SequenceModel *model);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SequenceModel, sequence_model_free)

/* A model of n mandatory events named "1" to "n", without rules. */
SequenceModel *sequence_model_new_numbered(guint n);

/* Adds an event and returns its index; the name is copied. */
guint sequence_model_add_event(SequenceModel *model, const char *name, SequencePlace place,
                               bool optional);
void sequence_model_add_rule(SequenceModel *model, guint first, guint second, bool needed);

typedef struct {
    guint strength;        /* t, 2..4; with fewer than t events, all of them in every order */
    guint presence;        /* see above: 1 or 2; 0 is 2 */
    guint64 seed;          /* any */
    guint threads;         /* 0: as many as help */
    double budget_s;       /* seconds for making the first array smaller; 0: none */
    guint64 iterations;    /* where not 0: steps of each search, and budget_s is ignored */
    const bool *cancelled; /* looked at while searching, or NULL; ends with TRUCE_ERROR_CANCELLED */
} SequenceOptions;

#define SEQUENCE_OPTIONS_DEFAULT                                                                   \
    {                                                                                              \
        .strength = 3, .presence = 2, .seed = 1, .budget_s = 10                                    \
    }

typedef struct {
    guint strength, presence; /* what it covers; strength is at most the number of events */
    guint events;             /* of the model */
    guint rows;
    guint *length;      /* [rows]: how many events the row holds */
    guint *cells;       /* [rows][events]: indices of events in order, the first `length` count */
    guint lower_bound;  /* no array has fewer rows; equal to `rows`: this one is optimal */
    guint first_rows;   /* what the greedy start had */
    double first_s;     /* seconds until then */
    double last_s;      /* seconds until the last row was saved */
    double seconds;     /* altogether */
    guint64 iterations; /* steps of each search */
} SequenceArray;

void sequence_array_free(SequenceArray *array);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SequenceArray, sequence_array_free)

/* TRUCE_ERROR_INPUT where the model is wrong: too few or too many events, an empty name or one that
 * stands twice, rules that form a cycle (the message names its events). */
bool sequence_generate(const SequenceModel *model, const SequenceOptions *options,
                       SequenceArray **ret_array, GError **error);

/* One thing that an array was to cover and does not. */
typedef struct {
    guint count;                         /* events named below: t, or 1 or 2 for presence */
    guint event[SEQUENCE_STRENGTH_MAX];  /* in the order that is missing */
    bool is_presence;                    /* not an order but a combination of presences */
    bool present[SEQUENCE_STRENGTH_MAX]; /* for is_presence */
} SequenceGap;

typedef struct {
    guint64 wanted, missing; /* t-orders and combinations of presence */
    GArray *gaps;            /* SequenceGap: the first ones of `missing`, at most the limit given */
} SequenceCheck;

void sequence_check_free(SequenceCheck *check);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SequenceCheck, sequence_check_free)

/* Measures any array, also a hand-written or a shortened one, against `array->strength` and
 * `array->presence`. It shares no code with the generator. TRUCE_ERROR_INPUT where a row is no row
 * of this model: an event twice, a mandatory one absent, a rule broken. */
bool sequence_verify(const SequenceModel *model, const SequenceArray *array, guint limit,
                     SequenceCheck **ret_check, GError **error);

/* A gap for people: "update-b before install-a before reboot", or "'update' present and 'reboot'
 * absent". Free with g_free(). */
char *sequence_gap_text(const SequenceModel *model, const SequenceGap *gap);

/* One row as the value of a parameter in a covering array: its events' names joined by " > ". */
char *sequence_row_text(const SequenceModel *model, const SequenceArray *array, guint row);

/* All rows so, ended by NULL. Free with g_strfreev(). */
char **sequence_array_values(const SequenceModel *model, const SequenceArray *array);

/* RFC 4180 text with a heading: row,step1..stepN; steps of absent events are empty, at the end. */
char *sequence_array_csv(const SequenceModel *model, const SequenceArray *array);

/* {"format":"truce-sequences","version":1,…}; docs/sequences.md lists the members. Free with
 * cJSON_Delete(). */
cJSON *sequence_array_json(const SequenceModel *model, const SequenceArray *array);
