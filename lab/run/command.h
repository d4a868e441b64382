/* SPDX-License-Identifier: GPL-2.0-or-later
 * command.json of a run folder: what the run was asked for, so that `truce resume` can go on.
 *
 *   {"format":1, "scenario":"/abs/s.xml", "lab":"/abs/lab.xml" or null, "connect":URI or null,
 *    "known":"/abs/known.xml" or null,
 *    "jobs":"2" or "auto", "attempts":1, "experiments":8, "core_dump":false, "reuse":true,
 *    "controls":["/abs/run", …] where there are any}
 *
 * Written before anything else. What was to be run stands in plan.json.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
    char *scenario; /* absolute path */
    char *lab;      /* absolute path of lab.xml, or NULL: none */
    char *connect;  /* libvirt's URI, or NULL: as the lab says */
    char *known;    /* absolute path of known issues, or NULL: as the lab says */
    char *jobs;     /* a number or `auto` */
    guint attempts;
    guint experiments; /* cases that the run may add */
    bool core_dump;
    bool reuse;      /* cases share states after their first steps */
    char **controls; /* run folders in which the cases without vendors run; or NULL */
} RunCommand;

#define RUN_CONTROLS_MAX 10000u

bool run_command_write(const RunCommand *command, const char *run_folder, GError **error);

/* TRUCE_ERROR_INPUT where the folder is no run's, or the file is not right. */
bool run_command_read(const char *run_folder, RunCommand **ret_command, GError **error);
void run_command_clear(RunCommand *command);
void run_command_free(RunCommand *command);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RunCommand, run_command_free)

/* Whether `text` is `auto` or a number of guests at once that is allowed. */
bool run_command_is_jobs(const char *text);
