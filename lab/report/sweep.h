/* SPDX-License-Identifier: GPL-2.0-or-later
 * Sweeps of damaged content: what a product made of each damaged file, in the attempt that decided
 * its case.
 *
 *   refused    it said no, and nothing was found afterwards
 *   survived   it took the file, or failed to, and nothing was found afterwards
 *   died       it or the guest went down: bugcheck, boot-loop, recovery-environment,
 *              recovery-needs-hands, hang, service-crash, sensor-dead, verifier-stop
 *   impaired   another finding: it is deaf, or slow
 *   unknown    the lab could not tell
 *
 * A file that was damaged in the guest (the fault content-corrupt) is not offered to the product,
 * which then cannot refuse it.
 */
#pragma once

#include "report/result.h"

typedef enum {
    MUTATION_REFUSED,
    MUTATION_SURVIVED,
    MUTATION_DIED,
    MUTATION_IMPAIRED,
    MUTATION_UNKNOWN,
    MUTATION_OUTCOMES, /* how many there are */
} MutationOutcome;

const char *mutation_outcome_name(MutationOutcome outcome);

typedef struct {
    const ResultCase *result_case;
    const ResultMutation *mutation;
    MutationOutcome outcome;
} SweepItem;

/* All that one test did to one target. Everything but the arrays belongs to the Result. */
typedef struct {
    const char *test;
    const char *target;
    guint counts[MUTATION_OUTCOMES];
    GArray *items; /* of SweepItem, in the order of the cases */
} Sweep;

/* Of Sweep*, in the order of the cases; empty where nothing was damaged. Free with
 * g_ptr_array_unref(). */
GPtrArray *sweeps_of(const Result *result);
