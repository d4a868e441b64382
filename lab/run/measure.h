/* SPDX-License-Identifier: GPL-2.0-or-later
 * What the cases of a run measured, and the judgement of it against the control: the case without
 * vendors of the same test, guest and parameters in the same run, which runs before them.
 *
 * How a step uses it: it measures the same thing several times (or samples it over time), calls
 * measure_record() once with all of it, in controls too, and, where it has a limit,
 * measure_judge(). The steps of a test are the same with and without vendors, so the step's path
 * and the measurement's name tell which belong together. Tests that measure have Test.measures set:
 * their cases run alone.
 */
#pragma once

#include "run/attempt.h"
#include "run/compare.h"

#define MEASURE_VALUES_MAX 10000u /* of one measurement; what is beyond is left out */

typedef struct {
    const char *name; /* `file operations`: unique in its step */
    const char *unit; /* `1/s`, `us`, `MiB` */
    Better better;    /* for overhead */
    const double *values;
    guint count;
    const double *times_s; /* when each was taken, ascending: judged as growth; else NULL */
    double pressure;  /* measure_pressure(): above MEASURE_PRESSURE_MAX overhead is not judged; of a
                         rate measure_starved(): above it nothing is within the limit */
    const char *rate; /* of a counter: what it is told and limited in, `% of a processor` … */
    double rate_per_hour; /* … and how many of these one unit an hour is; NULL: the unit an hour */
} Measurement;

#define MEASURE_PRESSURE_MAX 0.25

/* A moment of the attempt's guest, and how much it was disturbed since then, 0 to 1: for how much
 * of the time its processors waited for one of this host's, or how much of the host others had, if
 * that is more. They slow a guest down that never waits for them: by caches, memory, and processors
 * that are halves of one core. Where that is not known: for how much of the time anything on this
 * host waited for a processor (/proc/pressure/cpu, its line `some`), or 0. */
typedef struct {
    gint64 us;      /* g_get_monotonic_time() */
    guint64 waited; /* us */
    guint64 others; /* us */
    bool own;       /* it is the guest that waited */
} MeasureMoment;
MeasureMoment measure_moment(const Attempt *attempt);
double measure_pressure(const Attempt *attempt, const MeasureMoment *since);

/* For how much of the time its processors waited, 0 to 1; 0 where that is not known. */
double measure_starved(const Attempt *attempt, const MeasureMoment *since);

/* A clock of the guest's that counts processor time. It goes on while the guest waits for the host:
 * that share of each stretch is taken off where it is known. */
typedef struct {
    double told_s, counted_s; /* by the guest; as it counts */
    MeasureMoment moment;
} MeasureClock;

/* What it shows now, `told_s` by the guest's account. Begin with a zeroed one. */
double measure_clock(const Attempt *attempt, MeasureClock *clock, double told_s);

/* A Measures holds the measurements of a run's controls. Any thread may use it. */
Measures *measures_new(void);
void measures_free(Measures *measures);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Measures, measures_free)

/* Keeps what a control without vendors measured in a step; for other cases it does nothing. A later
 * attempt's takes the place of an earlier one's. */
void measures_keep(Measures *measures, const PlanCase *plan_case, const char *step,
                   const Measurement *measurement);

/* Takes a `measure` record of an earlier process of the run; one that is not right is left out. */
void measures_replay(Measures *measures, const PlanCase *plan_case, const cJSON *record);

/* Records what the step under way measured, and keeps it where the case is a control. */
void measure_record(Attempt *attempt, const Measurement *measurement);

/* Compares it with the control's and records the outcome: overhead in percent, or growth per hour
 * in the measurement's unit. A control without vendors is not judged: true. false where the limit
 * is exceeded: ret_summary says by how much (g_free()), for a finding `overhead` or
 * `resource-leak`. Where it cannot be told the attempt becomes inconclusive, which is neither a
 * pass nor a finding: true. */
bool measure_judge(Attempt *attempt, const Measurement *measurement, double limit,
                   char **ret_summary);
