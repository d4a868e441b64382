/* SPDX-License-Identifier: GPL-2.0-or-later
 * One covering problem without negative values: what has to be covered by rows of which values.
 *
 * A model with negative values falls into several problems: one of valid values only, and one for
 * each negative value, whose rows all have it and otherwise valid values. So no row has two, and a
 * combination of valid values is never counted as covered by a row that fails anyway.
 */
#pragma once

#include "plan/feasible.h"
#include "plan/search.h"
#include "plan/space.h"

typedef struct {
    const CoverModel *model;
    guint64 **allowed; /* a bit a value, for each parameter; ends with NULL */
    Space *space;
    Feasible *feasible;
    GPtrArray *seeds; /* of const guint16*: belong to the model */
    bool free;        /* no constraints, no seeds, no forbidden values: any row will do */
} Problem;

/* All problems of a model at a strength (groups by COVER_GROUPS_STRENGTH): the valid one first.
 * TRUCE_ERROR_INPUT where the constraints cannot be fulfilled, where a seed breaks them, or where
 * there are too many combinations. Returns an array of Problem*. */
GPtrArray *problems_of(const CoverModel *model, guint strength, GError **error);

void problem_free(Problem *problem);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Problem, problem_free)

/* The sets of parameters to be covered: an array as space_sets_all() gives. */
GArray *problem_sets(const CoverModel *model, guint strength, GError **error);

bool problem_allows(const Problem *problem, guint parameter, guint value);

/* Rules for a search; `feasible` is of the same thread. */
SearchRules problem_rules(Feasible *feasible);

/* An object of its own for another thread. */
Feasible *problem_feasible_new(const Problem *problem);
