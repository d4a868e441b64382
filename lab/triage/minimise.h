/* SPDX-License-Identifier: GPL-2.0-or-later
 * The smallest set of parts that still fails: delta debugging over the vendors, updates and faults
 * of a case.
 *
 * A case is a set of parts, one bit each. What is known of a set is looked up; where an answer is
 * missing, minimise_step() names the set to try next. It keeps nothing between calls and always
 * goes the same way, so what controls and other cases have shown is never tried again, and a search
 * that was cut short goes on where it stood.
 *
 * The way: leads alone, the likeliest first; then vendors are taken away by ddmin (halves, then
 * smaller pieces and what is left without each, until no single one can go); then updates and
 * faults in the same manner; then each remaining vendor alone, because a conflict is named only
 * where each party passes alone; last the details. Nothing is concluded from sets that were not
 * tried: a failure that a third vendor hides is no contradiction here.
 *
 * Source of ddmin: Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input",
 * IEEE TSE 28(2), 2002.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define MINIMISE_PARTS_MAX 32

typedef enum {
    TRIAL_UNTRIED,
    TRIAL_FAILS, /* in the same way */
    TRIAL_PASSES,
    TRIAL_UNCLEAR, /* another failure, the lab's own fault: it says nothing */
} Trial;

typedef struct {
    guint parts;                       /* how many, at most MINIMISE_PARTS_MAX */
    guint32 vendors;                   /* which of them are vendors; at least one */
    guint32 needs[MINIMISE_PARTS_MAX]; /* parts without which this one cannot be */
    guint order[MINIMISE_PARTS_MAX];   /* all parts, the likeliest first */
    guint leads;                       /* how many of `order` are leads */
    guint32 details; /* parts, no vendors, that only tell more of the failure: what each one's loss
                        does is asked last, none is taken away, none counts for `minimal` */
    bool bare;       /* also try the case without any vendor */
    Trial (*look_up)(gpointer data, guint32 set);
    gpointer data;
} MinimiseProblem;

typedef struct {
    guint32 set;  /* the smallest set known to fail */
    guint32 ask;  /* what to try next; meaningless where `done` */
    bool done;    /* nothing is left to try */
    bool minimal; /* without any one part of `set` it passes, each tried */
    bool whose;   /* without any one vendor of `set` it passes, each tried but for none at all */
    bool parties; /* each vendor of `set` alone passes, each tried; false for one vendor */
} MinimiseStep;

/* All parts together fail: that is where the search starts. */
MinimiseStep minimise_step(const MinimiseProblem *problem);

/* The set without parts that miss another one they need. */
guint32 minimise_close(const MinimiseProblem *problem, guint32 set);

/* One vendor with everything that does not need another. */
guint32 minimise_alone(const MinimiseProblem *problem, guint vendor);
