/* SPDX-License-Identifier: GPL-2.0-or-later
 * A plan shared out to a cluster: shards by expected time, and lots of shards that a scheduler can
 * treat alike, because they ask for the same memory, processors and licences and may begin at the
 * same moment.
 *
 * Controls come first, in lots of their own. All else waits until the cases without vendors have
 * ended: where the guest itself is not well nothing else is worth its time. What several vendors do
 * together waits until the cases with one vendor have begun: it is looked at when it is known what
 * each does alone, and no node is idle meanwhile. A test that measures keeps its controls with it,
 * on one node, so it has no part in that.
 */
#pragma once

#include "model/lab.h"
#include "plan/plan.h"

typedef enum { LOT_CONTROLS, LOT_ALONE, LOT_CASES } LotStage;
const char *lot_stage_name(LotStage stage);
/* false: no stage has that name. */
bool lot_stage_from_name(const char *name, LotStage *ret_stage);

typedef struct {
    LotStage stage;
    char *guest;            /* name */
    char *licences;         /* of one guest, as Slurm has them, `seat:1,windows:1`; NULL: none */
    bool here;              /* its faults need QEMU on the host that truce runs on */
    guint memory_mib, cpus; /* of one guest, by its recipe */
    guint first, last;      /* shards, from 1 */
    double longest_s;       /* expected of the longest shard of its like */
    char *job;              /* the scheduler's id of the array; NULL: not submitted */
} Lot;

Lot *lot_new(void);
void lot_free(Lot *lot);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Lot, lot_free)

#define LOT_SHARDS_MAX 20000u /* of all lots together … */
#define LOT_ARRAY_MAX 1000u   /* … and of one: Slurm's usual limit of an array (MaxArraySize) */
/* Shards for each task that may run at once: the last task of all begins late and is short. */
#define LOT_SHARDS_EACH 12u

/* Shares the plan out. A shard takes about `shard_s` (plan_case_seconds()). The cases without
 * vendors are at least `at_least` shards, and so are all others, where there are that many cases;
 * never more than LOT_SHARDS_MAX together.
 * ret_lots: of Lot*, stage by stage; together their shards are 1, 2, 3 … with no gap. ret_shards:
 * array of guint, the shard of each case of the plan. Free both with …_unref(). */
void lots_share(const Plan *plan, const Inputs *inputs, const Lab *lab, double shard_s,
                guint at_least, GPtrArray **ret_lots, GArray **ret_shards);
