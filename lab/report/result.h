/* SPDX-License-Identifier: GPL-2.0-or-later
 * The result of a run: what the plan and the journal of a run folder say, folded into one model
 * that every report is written from (docs/run-folder.md has the journal's records).
 *
 * All strings and arrays belong to the Result; no array is NULL, and a string is NULL only where
 * its member says so. Times are UTC text as in the journal; durations are milliseconds.
 *
 * Text in a journal may come from a guest. Every string of a Result is clean (report/clean.h):
 * valid UTF-8 that XML 1.0 can hold and that does nothing to a terminal but print.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum {
    CASE_PASSED,
    CASE_FAILED,
    CASE_ERROR,
    CASE_FLAKY,
    CASE_SKIPPED,
    CASE_NOT_RUN,
    CASE_STATES, /* how many there are */
} CaseState;

const char *case_state_name(CaseState state);
bool case_state_from_name(const char *name, CaseState *ret_state);

typedef struct {
    char *code; /* `0x0000007E` */
    char *name; /* `SYSTEM_THREAD_EXCEPTION_NOT_HANDLED`, or NULL */
    char *parameters[4];
    char *module; /* or NULL */
    char *offset; /* `0x1234`, or NULL */
    char *source; /* minidump, serial, hypervisor */
} ResultBugcheck;

typedef struct {
    char *grade; /* self, remote, hands, lost */
    gint64 duration_ms;
    guint reboots;
    char *text;
} ResultRecovery;

typedef struct {
    char *id;
    char *kind;
    char *summary;
    char *step;         /* or NULL */
    char *step_name;    /* or NULL */
    GPtrArray *vendors; /* of char*; empty: unknown */
    char *confidence;
    GPtrArray *reasons;       /* of char* */
    ResultBugcheck *bugcheck; /* or NULL */
    guint boots;              /* 0: does not apply */
    ResultRecovery *recovery; /* or NULL */
    GPtrArray *evidence;      /* of char*: paths relative to the run folder */
} ResultFinding;

typedef struct {
    char *step;
    char *name;
    char *began;        /* NULL: it never began */
    char *outcome;      /* ok, failed, error, skipped; NULL: it never ended */
    char *message;      /* or NULL */
    gint64 duration_ms; /* -1: it never ended */
} ResultStep;

typedef struct {
    char *time;
    char *kind;
    char *text;
} ResultEvent;

typedef struct {
    char *kind;
    char *outcome;
    char *file; /* or NULL */
    gint64 bytes;
    char *sha256; /* or NULL */
    char *reason; /* or NULL */
} ResultEvidence;

typedef struct {
    guint number; /* from 1 */
    char *began;
    char *ended;        /* NULL: it never ended */
    gint64 began_ms;    /* on the journal's own clock */
    CaseState state;    /* CASE_NOT_RUN where it never ended, or was interrupted */
    char *reason;       /* or NULL */
    gint64 duration_ms; /* to its end, or to the last that is recorded of it */
    gint64 clone_ms, ready_ms, steps_ms, evidence_ms, end_ms; /* -1: not measured */
    GPtrArray *steps;                                         /* of ResultStep* */
    GPtrArray *events;                                        /* of ResultEvent* */
    GPtrArray *findings;                                      /* of ResultFinding* */
    GPtrArray *evidence;                                      /* of ResultEvidence* */
} ResultAttempt;

typedef struct {
    char *id;
    char *test;
    char *title;
    char *guest;
    GPtrArray *vendors;    /* of char*: in install order */
    GPtrArray *parameters; /* of char*, `name=value`, sorted */
    bool control;
    char *why;
    char *parent; /* id of the case that this one was added for during the run; NULL: planned */
    CaseState state;
    char *reason;        /* or NULL */
    GPtrArray *attempts; /* of ResultAttempt* */
} ResultCase;

typedef struct {
    char *file;
    char *sha256;
} ResultFile;

typedef struct {
    char *name;
    char *title;
    GPtrArray *files; /* of ResultFile* */
} ResultVendor;

typedef struct {
    char *name;
    char *kind;
    char *title;
    char *limits;
    char *image_sha256;
} ResultGuest;

typedef struct {
    char *libvirt, *qemu, *accelerator, *kernel;
    gint64 cpus, memory_mib;
} ResultHost;

typedef struct {
    char *folder; /* the run folder; NULL where it was parsed from memory */
    char *run;
    char *truce; /* version */
    char *scenario, *scenario_title, *scenario_file, *scenario_sha256;
    char *began;        /* NULL: killed before its first record */
    char *ended;        /* NULL: killed, or still running */
    char *outcome;      /* finished, interrupted, stopped, killed */
    char *reason;       /* or NULL */
    gint64 duration_ms; /* without the time between a kill and its resume */
    ResultHost host;
    GPtrArray *guests;  /* of ResultGuest* */
    GPtrArray *vendors; /* of ResultVendor* */
    GPtrArray *cases;   /* of ResultCase*, in the plan's order, then those that the run added */
    guint counts[CASE_STATES];
    guint findings;        /* of all cases, in the attempt that decided each */
    GStringChunk *strings; /* holds every string above */
} Result;

/* Folds plan.json and journal.ndjson of a run folder. TRUCE_ERROR_INPUT with file:line where one is
 * no such file; a torn last line is passed over, and so are records of types that this version does
 * not know. The journal is read as hostile: lines are at most 1 MiB long, and a record that
 * contradicts the plan or an earlier record is an error. */
bool result_read(const char *run_folder, Result **ret_result, GError **error);
/* The same from memory. */
bool result_parse(const char *plan, gsize plan_length, const char *journal, gsize journal_length,
                  Result **ret_result, GError **error);
void result_free(Result *result);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Result, result_free)

/* The attempt that decided a case, whose findings count: the last that failed where the case
 * failed or is flaky, else the last that ran to its end; NULL where none did. */
const ResultAttempt *result_deciding_attempt(const ResultCase *result_case);

/* All attempts of a case together. */
gint64 result_case_duration_ms(const ResultCase *result_case);

/* How many cases ran to an end: passed, failed, error or flaky. */
guint result_ran(const Result *result);

/* One sentence: `3 of 14 cases failed: …`. Free with g_free(). */
char *result_verdict(const Result *result);

/* The exit status of the run that had this result (util/error.h). A run that was interrupted or
 * killed: 130. One in which no case ran: TRUCE_EXIT_LAB. Else failures come before errors and cases
 * that did not run, those before flaky ones. Skipped cases change nothing: they do not apply. */
int result_exit_status(const Result *result);
