/* SPDX-License-Identifier: GPL-2.0-or-later
 * What must hold, on a step or on a whole case: the `<expect>` element.
 *
 * One row of a table an attribute (scenario-expect.c): its name, the steps on which it may stand,
 * the steps that take it over from their test, where its value goes. What is asked is judged by
 * run/expect.c, overhead by the comparison with the control.
 */
#pragma once

#include "util/xml.h"

/* The worst that a recovery may need; the order is that of the grades. */
typedef enum { RECOVERS_UNASKED, RECOVERS_SELF, RECOVERS_REMOTE, RECOVERS_HANDS } ExpectRecovery;

/* Zero, or EXPECT_UNASKED for a limit that may be zero: not asked. */
#define EXPECT_UNASKED (-1)

typedef struct {
    bool no_bugcheck; /* always asked of every case; a scenario may say it */
    bool probes_green;
    bool nothing_left;
    ExpectRecovery recovers;
    gint64 boots_within_s;
    gint64 detection_within_s;
    gint64 handles_per_hour; /* growth at most, of all processes together */
    gint64 memory_mib_per_hour;
    gint64 processes_per_hour;
    gint64 processor_percent; /* of one processor, what all processes together take at most */
    gint64 overhead_percent;  /* slower than the same load in the control at most */
} Expect;

/* Nothing is asked. */
Expect expect_none(void);

/* What is asked of a step of the kind `kind` (its element): what it asks itself, else its test
 * where that means something on such a step. */
Expect expect_of_step(const Expect *step, const Expect *test, const char *kind);

/* Whether a limit is asked that only a comparison with the control can judge: growth, overhead. */
bool expect_measures(const Expect *expect);

/* Reads the <expect> inside `parent`, if there is one; the schema has been checked. */
Expect expect_read(const xmlNode *parent);

/* Whether everything that the <expect> of a step asks means something there: `kind` is the step's
 * element. TRUCE_ERROR_INPUT names the attribute and where it belongs. */
bool expect_check(const XmlFile *file, const xmlNode *step, GError **error);
