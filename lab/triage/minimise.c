/* SPDX-License-Identifier: GPL-2.0-or-later
 * Delta debugging over the parts of a case.
 */
#include "triage/minimise.h"

typedef struct {
    const MinimiseProblem *problem;
    MinimiseStep step;
    bool waits; /* for the answer to step.ask */
} Search;

static guint32 bit(guint part)
{
    return (guint32)1 << part;
}

static guint32 all_parts(const MinimiseProblem *problem)
{
    return problem->parts < 32 ? bit(problem->parts) - 1 : G_MAXUINT32;
}

guint32 minimise_close(const MinimiseProblem *problem, guint32 set)
{
    guint32 before;

    do {
        before = set;
        for (guint i = 0; i < problem->parts; i++)
            if ((problem->needs[i] & ~set) != 0)
                set &= ~bit(i);
    } while (set != before);
    return set;
}

guint32 minimise_alone(const MinimiseProblem *problem, guint vendor)
{
    return minimise_close(problem, all_parts(problem) & ~(problem->vendors & ~bit(vendor)));
}

/* Whether the set fails. Notes the question where nobody knows; the search then comes to rest. */
static bool fails(Search *search, guint32 set)
{
    if (search->waits)
        return false;
    if (set == search->step.set)
        return true;
    if ((set & search->problem->vendors) == 0 && !search->problem->bare)
        return false; /* the control without vendors */
    Trial trial = search->problem->look_up(search->problem->data, set);
    if (trial == TRIAL_UNTRIED) {
        search->waits = true;
        search->step.ask = set;
    }
    return trial == TRIAL_FAILS;
}

static void try_leads(Search *search)
{
    const MinimiseProblem *problem = search->problem;

    for (guint i = 0; i < problem->leads && !search->waits; i++) {
        guint part = problem->order[i];
        guint32 alone = minimise_alone(problem, part);
        if ((problem->vendors & bit(part)) != 0 && fails(search, alone)) {
            search->step.set = alone;
            return;
        }
    }
}

/* The members of `mask` that the current set has, the likeliest first. */
static guint members(const Search *search, guint32 mask, guint ret_list[])
{
    const MinimiseProblem *problem = search->problem;
    guint count = 0;

    for (guint i = 0; i < problem->parts; i++)
        if ((search->step.set & mask & bit(problem->order[i])) != 0)
            ret_list[count++] = problem->order[i];
    return count;
}

/* One of `pieces` pieces of a list. */
static guint32 piece(const guint list[], guint count, guint pieces, guint index)
{
    guint32 set = 0;
    for (guint i = count * index / pieces; i < count * (index + 1) / pieces; i++)
        set |= bit(list[i]);
    return set;
}

/* Goes over to the first piece, or to the first rest without one piece, that still fails. */
static bool shrink(Search *search, guint32 mask, const guint list[], guint count, guint pieces,
                   bool rest)
{
    guint32 others = search->step.set & ~mask;

    for (guint i = 0; i < pieces && !search->waits; i++) {
        guint32 part = piece(list, count, pieces, i);
        guint32 kept = rest ? search->step.set & mask & ~part : part;
        guint32 set = minimise_close(search->problem, others | kept);
        if (fails(search, set)) {
            search->step.set = set;
            return true;
        }
    }
    return false;
}

/* ddmin over the members of `mask`; all others stay, but for those that need what went. */
static void reduce(Search *search, guint32 mask)
{
    guint list[MINIMISE_PARTS_MAX];
    guint pieces = 2;

    for (;;) {
        guint count = members(search, mask, list);
        pieces = MIN(pieces, count);
        if (count == 0 || search->waits)
            return;
        if (pieces > 1 && shrink(search, mask, list, count, pieces, /* rest */ false)) {
            pieces = 2;
        } else if (pieces != 2 && shrink(search, mask, list, count, pieces, /* rest */ true)) {
            pieces = MAX(pieces - 1, 2);
        } else if (pieces < count) {
            pieces *= 2;
        } else {
            return;
        }
    }
}

/* Whether the set was tried, or need not be, and passes. */
static bool known_to_pass(const MinimiseProblem *problem, guint32 set)
{
    if ((set & problem->vendors) == 0 && !problem->bare)
        return true;
    return problem->look_up(problem->data, set) == TRIAL_PASSES;
}

static void check_parties(Search *search)
{
    guint32 vendors = search->step.set & search->problem->vendors;

    for (guint i = 0; i < search->problem->parts && !search->waits; i++) {
        guint32 alone = minimise_close(search->problem, search->step.set & (~vendors | bit(i)));
        if ((vendors & bit(i)) != 0 && alone != search->step.set && fails(search, alone)) {
            search->step.set = alone; /* another vendor had hidden it */
            return;
        }
    }
}

/* Whether it fails without each: the answers are looked up, the set stays. */
static void ask_for_details(Search *search)
{
    guint32 details = search->step.set & search->problem->details;

    for (guint i = 0; i < search->problem->parts && !search->waits; i++)
        if ((details & bit(i)) != 0)
            fails(search, minimise_close(search->problem, search->step.set & ~bit(i)));
}

static void conclude(Search *search)
{
    const MinimiseProblem *problem = search->problem;
    MinimiseStep *step = &search->step;
    guint32 vendors = step->set & problem->vendors;

    step->done = !search->waits;
    step->minimal = step->whose = true;
    step->parties = (vendors & (vendors - 1)) != 0;
    for (guint i = 0; i < problem->parts; i++) {
        if ((step->set & ~problem->details & bit(i)) == 0)
            continue;
        bool needed = known_to_pass(problem, minimise_close(problem, step->set & ~bit(i)));
        step->minimal &= needed;
        step->whose &= needed || (vendors & bit(i)) == 0;
        if ((vendors & bit(i)) != 0)
            step->parties &=
                known_to_pass(problem, minimise_close(problem, step->set & (~vendors | bit(i))));
    }
}

MinimiseStep minimise_step(const MinimiseProblem *problem)
{
    Search search = {.problem = problem, .step = {.set = all_parts(problem)}};
    guint32 before;

    try_leads(&search);
    do {
        before = search.step.set;
        reduce(&search, problem->vendors);
        reduce(&search, ~problem->vendors & ~problem->details);
        check_parties(&search);
    } while (!search.waits && search.step.set != before);
    ask_for_details(&search);
    conclude(&search);
    return search.step;
}
