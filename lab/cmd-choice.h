/* SPDX-License-Identifier: GPL-2.0-or-later
 * The options by which `truce plan` and `truce run` take a part of a plan, or put it into another
 * order: the same words with the same meaning.
 */
#pragma once

#include "model/lab.h"
#include "plan/plan.h"

typedef struct {
    char **cases;
    char **changed;
    char **durations;
    char *shard;
    char *budget;
} Choice;

extern Choice cmd_choice;

/* Entries for a verb's table of options. */
#define CMD_CHOICE_OPTIONS                                                                         \
    {"case",                                                                                       \
     0,                                                                                            \
     0,                                                                                            \
     G_OPTION_ARG_STRING_ARRAY,                                                                    \
     &cmd_choice.cases,                                                                            \
     "only the case of that id, and its controls; may be repeated",                                \
     "ID"},                                                                                        \
        {"changed",                                                                                \
         0,                                                                                        \
         0,                                                                                        \
         G_OPTION_ARG_STRING_ARRAY,                                                                \
         &cmd_choice.changed,                                                                      \
         "only what a change can affect, and its controls: vendor=NAME, guest=NAME, test=NAME or " \
         "PARAMETER=VALUE; may be repeated",                                                       \
         "WHAT=NAME"},                                                                             \
        {"durations",                                                                              \
         0,                                                                                        \
         0,                                                                                        \
         G_OPTION_ARG_FILENAME_ARRAY,                                                              \
         &cmd_choice.durations,                                                                    \
         "learn from the journal of an earlier run how long cases take and what failed; may be "   \
         "repeated, the newest last",                                                              \
         "RUN"},                                                                                   \
        {"shard",                                                                                  \
         0,                                                                                        \
         0,                                                                                        \
         G_OPTION_ARG_STRING,                                                                      \
         &cmd_choice.shard,                                                                        \
         "only the I-th of N parts that take about the same time",                                 \
         "I/N"},                                                                                   \
    {                                                                                              \
        "budget", 0, 0, G_OPTION_ARG_STRING, &cmd_choice.budget,                                   \
            "cases in the order in which most is covered early; 90, 45m, 2h, 1d", "TIME"           \
    }

#define CMD_SHARDS_MAX 10000

/* Applies the options to a plan. */
bool cmd_choose(const Inputs *inputs, Plan *plan, GError **error);

/* The budget in seconds; 0 where there is none. TRUCE_ERROR_INPUT where it is no time. */
bool cmd_choice_budget(double *ret_seconds, GError **error);
