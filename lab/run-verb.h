/* SPDX-License-Identifier: GPL-2.0-or-later
 * What `truce run` and `truce resume` have in common: the signals that end a run, the progress that
 * is shown, the reports at its end.
 */
#pragma once

#include "cmd.h"
#include "run/command.h"
#include "run/run.h"

typedef struct {
    const Lab *lab;
    const Inputs *inputs;
    const Plan *plan;
    Host *host;
    Progress *progress;
    const char *folder;        /* the run folder, absolute */
    const RunCommand *command; /* what the run was asked for */
    double budget_s;           /* no case begins after so many seconds; 0: no limit */
    const char *events;        /* --events: a file, `-` for stdout, or NULL */
    bool resume;
} RunVerb;

/* Blocks the signals that end a run, in this thread and those that come after; to be called before
 * the first thread is made. */
void run_verb_block_signals(void);

/* Runs, or goes on with a run. false where it could not be done to its end; what there is can be
 * reported all the same where the folder has a journal. */
bool run_verb_execute(const RunVerb *verb, GError **error);

/* Writes all reports, one more at `junit` where that is not NULL, and prints the summary, on stderr
 * where stdout has the events. Returns the exit status; -1 with an error. */
int run_verb_report(const char *folder, const char *events, const char *junit, GError **error);

/* Whether `--jobs` is right: `auto` or a number. */
bool run_verb_check_jobs(const char *jobs, GError **error);

/* How many cases a run may add: what the option says (-1: it was not given), the scenario, the lab,
 * or EXPERIMENTS_DEFAULT. */
guint run_verb_experiments(int option, const Lab *lab, const Scenario *scenario);
