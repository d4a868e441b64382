/* SPDX-License-Identifier: GPL-2.0-or-later
 * The result of a run: what the plan and the journal of a run folder say, folded into one model
 * that every report is written from (docs/run-folder.md has the journal's records).
 *
 * All strings and arrays belong to the Result; no array is NULL, and a string is NULL only where
 * its member says so. Times are UTC text as in the journal; durations are milliseconds.
 *
 * What an attempt did (steps, events, evidence) stays in the journal and is read a case at a time,
 * so that a run of a hundred thousand cases needs little memory.
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
    char *code;          /* `0x0000007E` */
    char *name;          /* `SYSTEM_THREAD_EXCEPTION_NOT_HANDLED`, or NULL */
    char *parameters[4]; /* all NULL where a screen is all that is known of it */
    char *module;        /* or NULL */
    char *offset;        /* `0x1234`, or NULL */
    char *source;        /* minidump, hypervisor, serial, screen */
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
    char *subject;      /* vendor whose product failed, whoever is to blame; or NULL */
    char *about;        /* what of it: a probe, a service, a quantity; or NULL */
    GPtrArray *vendors; /* of char*; empty: unknown */
    char *confidence;
    GPtrArray *reasons;       /* of char* */
    ResultBugcheck *bugcheck; /* or NULL */
    guint boots;              /* 0: does not apply */
    ResultRecovery *recovery; /* or NULL */
    GPtrArray *evidence;      /* of char*: paths relative to the run folder */
    char *known_issue;        /* its name where it is known and expected, or NULL … */
    char *known_issue_text;   /* … and what is known of it */
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

/* What a step measured. */
typedef struct {
    char *step;
    char *name;
    char *unit;
    char *better;    /* less, more */
    GArray *values;  /* of double */
    GArray *times_s; /* of double: when, in a series; else empty */
} ResultMeasure;

/* A measurement beside that of a control. */
typedef struct {
    char *step;
    char *name;
    char *kind;    /* overhead, growth */
    char *unit;    /* `%`, or the measurement's per hour */
    char *verdict; /* within, exceeded, inconclusive */
    char *reason;  /* or NULL */
    double limit, estimate;
    double low, high;  /* the interval around the estimate; NAN: not bounded on that side */
    double confidence; /* of that interval, 0.95 */
    gint64 control_count, count;
} ResultComparison;

/* A content file that was damaged on purpose, and what the product answered (report/sweep.h). */
typedef struct {
    char *step;
    char *target; /* `alder content 2`, or the path of a file of the guest */
    char *damage; /* `bit-flip-7` */
    char *text;   /* what was done to the bytes */
    char *answer; /* applied, refused, failed; NULL: it was not asked, or did not come to answer */
} ResultMutation;

typedef struct {
    guint number; /* from 1 */
    char *began;
    char *ended;        /* NULL: it never ended */
    gint64 began_ms;    /* on the journal's own clock */
    CaseState state;    /* CASE_NOT_RUN where it never ended, or was interrupted */
    char *reason;       /* or NULL */
    bool inconclusive;  /* a measurement could not be judged */
    gint64 duration_ms; /* to its end, or to the last that is recorded of it */
    gint64 clone_ms, ready_ms, steps_ms, evidence_ms, end_ms; /* -1: not measured */
    char *began_with;     /* the shared state (run/reuse.h); NULL: the guest's own, or none */
    char *saved_by;       /* id of the case that saved that */
    gint64 spared_ms;     /* what its steps took, which were not repeated */
    guint saved;          /* states that this attempt saved for others */
    GPtrArray *findings;  /* of ResultFinding* */
    GPtrArray *mutations; /* of ResultMutation* */
    /* The details, empty but between result_load() and result_unload(). */
    GPtrArray *steps;       /* of ResultStep* */
    GPtrArray *events;      /* of ResultEvent* */
    GPtrArray *evidence;    /* of ResultEvidence* */
    GPtrArray *measures;    /* of ResultMeasure* */
    GPtrArray *comparisons; /* of ResultComparison* */
} ResultAttempt;

typedef struct {
    char *id;
    char *test;
    char *title;
    char *guest;
    GPtrArray *vendors;      /* of char*: in install order */
    GPtrArray *parameters;   /* of char*, `name=value`, sorted */
    GPtrArray *requirements; /* of char*: ids that it is evidence for */
    GPtrArray *faults;       /* of char*: what is done to its guest on purpose */
    bool control;
    char *why;
    char *parent; /* id of the case that this one was added for during the run; NULL: planned */
    CaseState state;
    char *reason;        /* or NULL */
    GPtrArray *attempts; /* of ResultAttempt* */

    GArray *lines;         /* of guint64: where the journal's lines with its details begin */
    GStringChunk *details; /* holds their strings; NULL: none are loaded */
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

/* The last time that this lab proved itself on a guest. */
typedef struct {
    char *time;
    char *truce; /* version */
    bool quick, passed;
    bool other_image, other_truce; /* it was of another one than this run's guest or lab */
    gint64 faults, found;          /* how many were tried; found and rightly blamed */
    gint64 healthy, quiet;         /* twins and controls: tried; without a finding */
} ResultSelftest;

/* What a guest said of itself: `Secure Boot`, `on`. */
typedef struct {
    char *name;
    char *value;
} ResultFact;

typedef struct {
    char *name;
    char *kind;
    char *title;
    char *limits;
    char *image_sha256;
    GPtrArray *deviations;    /* of char*: protections that were off */
    GPtrArray *environment;   /* of ResultFact* */
    ResultSelftest *selftest; /* NULL: there was none, or it is not known */
} ResultGuest;

/* States that cases shared, of all attempts. */
typedef struct {
    guint saved, used;
    gint64 spared_ms;
} ResultReuse;

/* Met: every case that is evidence for it passed, but for skipped ones, and one did. Not met: one
 * failed or is flaky. Not tested: all else. */
typedef enum {
    REQUIREMENT_MET,
    REQUIREMENT_NOT_MET,
    REQUIREMENT_NOT_TESTED,
    REQUIREMENT_STATES, /* how many there are */
} RequirementState;

const char *requirement_state_name(RequirementState state);

typedef struct {
    char *id;
    char *title; /* empty where the catalogue does not have it */
    RequirementState state;
    GPtrArray *cases; /* of ResultCase*, not owned */
} ResultRequirement;

typedef struct {
    char *libvirt, *qemu, *accelerator, *kernel;
    gint64 cpus, memory_mib;
    GPtrArray *out; /* of char*: hosts of a pool that were taken out, `name: why` */
} ResultHost;

typedef struct {
    char *folder; /* the run folder; NULL where it was parsed from memory */
    char *run;
    char *truce; /* version */
    char *scenario, *scenario_title, *scenario_file, *scenario_sha256;
    char *scenario_path, *lab_path; /* absolute, where they were; or NULL */
    char *began;                    /* NULL: killed before its first record */
    char *ended;                    /* NULL: killed, or still running */
    char *outcome;                  /* finished, interrupted, stopped, killed */
    char *reason;                   /* or NULL */
    gint64 duration_ms;             /* without the time between a kill and its resume */
    ResultHost host;
    GPtrArray *guests;       /* of ResultGuest* */
    GPtrArray *vendors;      /* of ResultVendor* */
    GPtrArray *requirements; /* of ResultRequirement*: the catalogue, maybe empty */
    GPtrArray *cases; /* of ResultCase*, in the plan's order, then those that the run added */
    gint64 planned;   /* cases of the whole plan, where this run is a part of it; else 0 */
    guint counts[CASE_STATES];
    ResultReuse reuse;
    guint findings;        /* of all cases, in the attempt that decided each */
    GStringChunk *strings; /* holds every string above but those of details */
    int journal;           /* a descriptor to read details from, or -1 … */
    GBytes *memory;        /* … and the journal itself */
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

/* Reads the details of a case's attempts from the journal. TRUCE_ERROR_LAB where the journal
 * changed or is gone since result_read(). */
bool result_load(const Result *result, ResultCase *result_case, GError **error);
void result_unload(ResultCase *result_case);

/* The attempt that decided a case, whose findings count: the last that failed where the case
 * failed or is flaky, else the last that ran to its end; NULL where none did. */
const ResultAttempt *result_deciding_attempt(const ResultCase *result_case);

/* All attempts of a case together. */
gint64 result_case_duration_ms(const ResultCase *result_case);

/* The cases of each test, of GPtrArray* of ResultCase*, both in the plan's order. Free with
 * g_ptr_array_unref(). */
GPtrArray *result_tests(const Result *result);

/* How many cases ran to an end: passed, failed, error or flaky. */
/* Cases of the plan that are in no part of this run: 0 but for a shard, or a merge that lacks one.
 */
gint64 result_elsewhere(const Result *result);
guint result_ran(const Result *result);

/* One phrase on the last selftest of the lab on this guest, or that there was none. Free with
 * g_free(). */
char *result_selftest_text(const ResultGuest *guest);

/* `2 states shared by 3 attempts: 12.0 s of steps not repeated`; NULL where none was saved. Free
 * with g_free(). */
char *result_reuse_text(const Result *result);

/* One sentence: `3 of 14 cases failed: …`. Free with g_free(). */
char *result_verdict(const Result *result);

/* The exit status of the run that had this result (util/error.h). A run that was interrupted or
 * killed: 130. One in which no case ran: TRUCE_EXIT_LAB. Else failures come before errors and cases
 * that did not run, those before flaky ones. Skipped cases change nothing: they do not apply. */
int result_exit_status(const Result *result);
