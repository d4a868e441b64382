/* SPDX-License-Identifier: GPL-2.0-or-later
 * The lab's proof of itself: the findings of a run of scenarios/selftest.xml against the faults
 * that the vendor packs document (`known-fault` in vendor.xml).
 *
 * A test of that scenario has one case. It is named after a fault, `<id>`, or after that fault's
 * healthy twin, `<id>-twin`; any other name is a control, in which nothing may be found either. A
 * fault is found where its case has a finding of the documented kind that blames exactly the
 * documented vendors and, where the documentation names one, has that module in its bugcheck. A
 * documented fault without a test, or one that is not found and blamed so, is open.
 *
 * The tests may be spread over several runs, of one guest in one image; of a test that several have
 * the last one counts.
 */
#pragma once

#include "model/lab.h"
#include "report/result.h"
#include "util/cleanup.h"

#define SELFTEST_TWIN "-twin"

typedef enum {
    SELFTEST_FOUND, /* of a fault: found and rightly blamed */
    SELFTEST_OPEN,  /* of a fault: not found, not blamed, or in part only */
    SELFTEST_WRONG, /* of a fault: a vendor is blamed that has no part in it */
    SELFTEST_QUIET, /* of a twin or control: nothing found */
    SELFTEST_NOISY, /* of a twin or control: a finding where there is no fault */
    SELFTEST_ERROR, /* the case did not run to its end */
    SELFTEST_VERDICTS,
} SelftestVerdict;

const char *selftest_verdict_name(SelftestVerdict verdict);

typedef struct {
    char *test;               /* name in the scenario, or the fault's id where it has no test */
    const Vendor *vendor;     /* whose fault it is; NULL for a control */
    const VendorFault *fault; /* NULL for a control */
    bool twin;
    SelftestVerdict verdict;
    char *reason;                 /* why it is no success, one line; NULL where it is one */
    const ResultFinding *finding; /* the one that was judged, or NULL; belongs to the result */
    guint cases;                  /* how many the run has for it; 0: none */
    guint extra;                  /* of those, added to find out whose fault it is */
    gint64 duration_ms;           /* of those */
} SelftestRow;

typedef struct {
    const GPtrArray *results; /* of Result* */
    char *guest;
    bool part;       /* not all was asked for */
    GPtrArray *rows; /* of SelftestRow*: controls, then each fault followed by its twin */
    guint counts[SELFTEST_VERDICTS];
} Selftest;

/* Whether a test is one of these, or the twin of one. */
bool selftest_is_asked(const char *test, const char *const *only);

/* Judges runs, at least one. `inputs` are what the scenario as it ships names: its vendors'
 * documented faults are the measure. `only` NULL: all of them; else these with their twins. What no
 * run has a case for is no success. The results and the inputs must outlive the Selftest.
 * TRUCE_ERROR_INPUT where there is no such test, where a run is of another scenario, guest, image
 * or version than the first, or two packs document a fault of one id. */
bool selftest_judge(const Inputs *inputs, const GPtrArray *results, const char *const *only,
                    Selftest **ret_selftest, GError **error);
void selftest_free(Selftest *selftest);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Selftest, selftest_free)

/* Every fault found and rightly blamed, everything else quiet, and something was tried at all. */
bool selftest_passed(const Selftest *selftest);

/* The table for a terminal, and one sentence with the figures. Free with g_free(). */
char *selftest_table(const Selftest *selftest);
char *selftest_sentence(const Selftest *selftest);

/* All of it as JSON (docs/selftest.md). Free with cJSON_Delete(). */
cJSON *selftest_json(const Selftest *selftest);
