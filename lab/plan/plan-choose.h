/* SPDX-License-Identifier: GPL-2.0-or-later
 * Running a part of a plan, or running it in another order.
 */
#pragma once

#include "plan/plan-past.h"

/* Keeps the cases that a change can affect, and the controls that these are compared with. A change
 * is `vendor=alder`, `guest=…`, `test=…`, or a parameter's key and value, `alder.content=3`;
 * several (ended by NULL) add up. TRUCE_ERROR_INPUT where one is in no case of the plan. */
bool plan_keep_changed(Plan *plan, const char *const *changes, GError **error);

/* Keeps the cases of these ids (ended by NULL), and the controls without vendors of their guests
 * and tests. TRUCE_ERROR_INPUT where the plan has none of an id. */
bool plan_keep_cases(Plan *plan, const char *const *ids, GError **error);

/* Which of n shards each case of the plan belongs to: array of guint from 0, one a case. Every case
 * is in one shard. The cases of a test that measures stay together with their control, guest by
 * guest: figures of two machines cannot be compared. Shards are balanced by plan_case_seconds():
 * none takes more than SHARD_SLACK over its share, but for the length of one case. A case stays
 * where a hash of its id puts it, as far as that allows: when cases come or go, or take longer, few
 * others move. */
#define SHARD_SLACK 1.05
GArray *plan_shards(const Plan *plan, guint n);

/* Keeps the cases of one shard, 0 ≤ shard < n, numbered by their places in the whole plan. */
void plan_keep_shard(Plan *plan, guint shard, guint n);

/* Orders the cases so that a run stopped at any time has covered most for the time spent. Controls
 * stay first, those without vendors before the others; then cases with vendors in `changed`, then
 * with those in `fragile` (of char*; may be NULL), then the rest; among these whichever covers most
 * that is new for the seconds it takes. */
bool plan_order(Plan *plan, const Inputs *inputs, const GPtrArray *changed,
                const GPtrArray *fragile, GError **error);

/* The cases at the plan's begin that fit into so many seconds, one after the other. */
guint plan_fits(const Plan *plan, double seconds);
