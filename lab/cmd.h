/* SPDX-License-Identifier: GPL-2.0-or-later
 * The verbs of the command line: one file a verb, one table (main.c) that gives dispatch, help and
 * shell completion. Only verbs print: results on stdout, talk on stderr.
 */
#pragma once

#include "model/lab.h"
#include "util/error.h"
#include "util/progress.h"

/* What every verb can be told. */
typedef struct {
    char *lab_file; /* --lab */
    char *uri;      /* --connect */
    gboolean quiet; /* --quiet */
} CmdContext;

typedef struct {
    const char *name;
    const char *arguments; /* `SCENARIO`, as in the synopsis */
    const char *summary;   /* one line, no full stop */
    const char *details;   /* what the help says below the options: exit statuses, examples */
    const GOptionEntry *options;
    guint arguments_min, arguments_max;
    /* Returns the exit status, or -1 with an error that main() reports. argv holds the arguments
     * alone. */
    int (*run)(const CmdContext *context, int argc, char **argv, GError **error);
} Verb;

extern const Verb cmd_doctor, cmd_guest, cmd_check, cmd_plan, cmd_run, cmd_resume, cmd_report,
    cmd_diff, cmd_triage, cmd_selftest, cmd_vendor, cmd_verify, cmd_faults, cmd_submit, cmd_status,
    cmd_cancel;

/* The lab as files and options say: lab.xml, then --connect. On a cluster's node $TRUCE_NODE_STATE
 * is the state folder, whatever lab.xml says. */
bool cmd_lab(const CmdContext *context, Lab **ret_lab, GError **error);
