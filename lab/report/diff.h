/* SPDX-License-Identifier: GPL-2.0-or-later
 * What is different between two reports (report.json, docs/reports.md): findings by case and
 * signature, cases by id and state. Only findings of deciding attempts are compared.
 *
 * Both files are read as hostile: at most DIFF_BYTES_MAX, of format 1, each case once, each with a
 * state; text is cleaned (report/clean.h).
 */
#pragma once

#include "report/result.h"
#include "util/cleanup.h"

#define DIFF_BYTES_MAX (1024 * 1024 * 1024)

typedef struct {
    char *member; /* confidence, boots, recovery, summary */
    char *base, *new;
} DiffChange;

typedef struct {
    char *id; /* of the case */
    char *signature, *kind, *summary, *blame;
    bool judged;        /* whether the case was in NEW: else nothing shows that it is gone */
    GPtrArray *changes; /* of DiffChange*; empty but for changed findings */
} DiffFinding;

typedef struct {
    char *id;
    char *base, *new; /* states; NULL: the report has no such case */
    char *reason;     /* NEW's, or NULL */
} DiffCase;

/* A measurement's judgement (docs/run-folder.md, comparison): changed where its verdict is another,
 * or where the intervals of both have nothing in common. */
typedef struct {
    char *id; /* of the case */
    char *step, *name, *kind;
    char *base, *new; /* `12.5 % (8 to 17), within` */
    bool worse;       /* exceeded now, surely more than before, or not measured any more */
} DiffPerformance;

typedef struct {
    char *base_run, *new_run;
    guint cases, judged; /* of NEW; judged: passed, failed or flaky */
    /* Of DiffFinding*. */
    GPtrArray *findings_new, *findings_gone, *findings_changed;
    /* Of DiffCase*. A case that ran in BASE (passed, failed, error, flaky) and is skipped, not-run
     * or absent in NEW; one that BASE does not have; all others whose state is another. */
    GPtrArray *cases_no_longer_run, *cases_new, *cases_changed;
    GPtrArray *performance; /* of DiffPerformance*: of cases that both ran */
} Diff;

/* Each path is a report.json, or a run folder that has one. TRUCE_ERROR_INPUT with the file's name
 * where one is no such report. */
bool diff_read(const char *base, const char *new, Diff **ret_diff, GError **error);
void diff_free(Diff *diff);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Diff, diff_free)

/* Whether anything is different. */
bool diff_any(const Diff *diff);

/* Whether NEW is worse: a new finding, a case that no longer runs, one whose state says less for
 * the products (passed or skipped, then flaky, failed, error or not-run), a new case that neither
 * passed nor was skipped, performance that is worse; or no case of NEW was judged. */
bool diff_worse(const Diff *diff);

/* For people; ends with one line that counts. Free with g_free(). */
char *diff_text(const Diff *diff);
/* For programs (docs/reports.md). Free with cJSON_Delete(). */
cJSON *diff_json(const Diff *diff);
