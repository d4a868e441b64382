/* SPDX-License-Identifier: GPL-2.0-or-later
 * Which rows obey a model's constraints, and which partial rows can be completed to one that does.
 *
 * Exact: backtracking over the values, with propagation through the trees of the constraints
 * (what must be true of a part so that the whole holds). Parameters that no chain of constraints
 * links are solved apart, and answers are remembered. A query gives up after FEASIBLE_STEPS_MAX
 * choices, says so, and counts as impossible.
 *
 * One object serves one thread.
 */
#pragma once

#include "plan/cover-model.h"

#define FEASIBLE_STEPS_MAX 200000

typedef struct Feasible Feasible;

/* `allowed` has a bit a value for each parameter; it and the model must outlive the object. */
Feasible *feasible_new(const CoverModel *model, guint64 *const *allowed);
void feasible_free(Feasible *feasible);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Feasible, feasible_free)

/* Whether any constraint speaks of the parameter. */
bool feasible_constrained(const Feasible *feasible, guint parameter);

/* Whether a complete row obeys the constraints that speak of `parameter`. */
bool feasible_holds(const Feasible *feasible, const guint16 *row, guint parameter);

/* Whether a complete row obeys all constraints. */
bool feasible_holds_all(const Feasible *feasible, const guint16 *row);

/* Whether the cells of the row can be completed, as far as parameters linked with `parameter` go;
 * feasible_partial() asks for all parameters. */
bool feasible_partial_with(Feasible *feasible, const guint16 *row, guint parameter);
bool feasible_partial(Feasible *feasible, const guint16 *row);

/* Fills the cells that are COVER_ANY; where `hint` (may be NULL) has a value, that is tried first.
 * False, and the row as it was, where there is no way. */
bool feasible_complete(Feasible *feasible, guint16 *row, const guint16 *hint);

/* Whether some query gave up. */
bool feasible_gave_up(const Feasible *feasible);

/* The numbers (of guint) of constraints that cannot hold together with each other, none of which
 * can be left out of that set; empty where the model can be fulfilled. */
GArray *feasible_conflict(Feasible *feasible);

guint feasible_parameters(const Feasible *feasible);
