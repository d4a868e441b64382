/* SPDX-License-Identifier: GPL-2.0-or-later
 * One search for what a failure needs, and its outcome in words. Private to experiment*.c.
 */
#pragma once

#include "plan/plan.h"
#include "run/experiment-sum.h"
#include "run/journal.h"
#include "triage/minimise.h"

/* What can be taken away from a case: a vendor, a step that updates something or does a fault, or
 * that a product has the version that it has. */
typedef struct {
    const char *vendor;   /* its name, or NULL: a step */
    const char *name;     /* of the vendor, or of the step: `update alder content 3` */
    const char *path;     /* of the step, or NULL: a vendor, a product */
    guint owner;          /* part of the step's vendor, counted from 1; 0: it needs none */
    bool fault;           /* an injected fault … */
    guint32 inner;        /* … and the parts inside it that it waits for, bit by bit */
    const char *key;      /* parameter that gives the update's content, or NULL … */
    const char *product;  /* `cedar 1.3`, or NULL … */
    const char *previous; /* of content or product: the version before, which takes its place */
} Part;

typedef struct {
    guint32 set;
    char *id; /* of the case */
    Trial trial;
} SearchTrial;
void trial_free(gpointer trial);

typedef struct {
    const PlanCase *origin; /* the case that failed */
    const Failure *failure; /* its first finding */
    GHashTable *vendors;    /* name → Vendor*, of the run */
    GArray *parts;          /* of Part: the vendors first, in install order */
    GStringChunk *texts;    /* holds the parts' texts */
    MinimiseProblem problem;
    Trial reversed_trial; /* of the vendors in the other order; TRIAL_UNTRIED: not tried … */
    char *reversed_id;    /* … and its case; or NULL */
    SumVerdict sum;       /* of several vendors, where it was measured … */
    char *sum_text;       /* … and what each one costs; or NULL */
    GPtrArray *tried;     /* of SearchTrial* */
    guint extra;          /* cases that it added to the run */
    gint64 began;
    bool concluded;
} Search;

/* The case of a set of parts; `reversed`: its vendors in the other order. */
PlanCase *search_case(const Search *search, guint32 set, bool reversed);

/* Remembers what a case showed, each case once. */
void search_note_trial(Search *search, guint32 set, const char *id, Trial trial);

/* Why a case is added: one sentence. Free with g_free(). */
char *search_reason(const Search *search, guint32 set, bool reversed);

/* Whether something passed that lacks a vendor of the set, or an update or a version of its: that
 * the guest does not fail by itself has been seen. True for sets of no vendor or several, and where
 * a product tells that it failed itself: nothing does so without it. */
bool search_passed_without(const Search *search, guint32 set);

/* Journals the verdict on a failure of a case. */
void search_conclude(const Search *search, const MinimiseStep *step, Journal *journal,
                     const char *case_id, const Failure *failure);
