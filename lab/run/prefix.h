/* SPDX-License-Identifier: GPL-2.0-or-later
 * The first steps of a case, as keys: two cases whose keys begin alike put their guests through the
 * same, so that what one guest became can serve the other (run/reuse.h).
 *
 * A *unit* is one step at the top level of a case for one vendor: `<install vendor="each"/>` of two
 * vendors is two. The key of a unit stands for the guest and all units up to it: the steps with
 * every parameter filled in, and what is expected of them. Steps that a case leaves out are no
 * units. Vendors count by name, since their files stay what they are while a run lasts.
 *
 * The keys end before the first step that is more than a package's, a probe's or a command's doing:
 * before faults, load, waiting, snapshots, other boot modes, copies of evidence. A case that
 * measures performance has none.
 */
#pragma once

#include "plan/plan.h"

/* Of char*, 64 hex digits each. Free with g_ptr_array_unref(). */
GPtrArray *prefix_keys(const PlanCase *plan_case);
