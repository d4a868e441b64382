/* SPDX-License-Identifier: GPL-2.0-or-later
 * truce diff: what is different between two reports.
 */
#include "cmd.h"

#include <stdio.h>
#include <string.h>

#include "report/diff.h"

static char *arg_fail_on;
static gboolean arg_json;

static const GOptionEntry options[] = {
    {"fail-on", 0, 0, G_OPTION_ARG_STRING, &arg_fail_on,
     "when to end with status 1: new (NEW is worse), any (any difference) or none (default)",
     "WHAT"},
    {"json", 0, 0, G_OPTION_ARG_NONE, &arg_json, "one JSON object instead of text", NULL},
    G_OPTION_ENTRY_NULL};

static void print(const Diff *diff)
{
    if (!arg_json) {
        g_autofree char *text = diff_text(diff);
        fputs(text, stdout);
        return;
    }
    g_autoptr(cJSON) object = diff_json(diff);
    char *text = cJSON_Print(object);
    puts(text);
    cJSON_free(text);
}

static int run(const CmdContext *context, int argc, char **argv, GError **error)
{
    static const char *const allowed[] = {"new", "any", "none", NULL};
    const char *fail_on = arg_fail_on ? arg_fail_on : "none";
    g_autoptr(Diff) diff = NULL;
    (void)context;
    (void)argc;

    if (!g_strv_contains(allowed, fail_on)) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "--fail-on is new, any or none, not '%s'", fail_on);
        return -1;
    }
    if (!diff_read(argv[0], argv[1], &diff, error))
        return -1;
    print(diff);
    if (strcmp(fail_on, "none") == 0)
        return TRUCE_EXIT_PASSED;
    bool any = strcmp(fail_on, "any") == 0 && diff_any(diff);
    return any || diff_worse(diff) ? TRUCE_EXIT_FAILED : TRUCE_EXIT_PASSED;
}

const Verb cmd_diff = {
    .name = "diff",
    .arguments = "BASE NEW",
    .summary = "compare two reports: new, gone and changed findings, cases that no longer run",
    .details =
        "BASE and NEW are each a report.json, or the folder of a run that has one.\n"
        "\n"
        "--fail-on new ends with status 1 where NEW has a finding that BASE does not have, where\n"
        "a case no longer runs or no longer passes, or where a new case did not pass.\n"
        "\n"
        "Examples:\n"
        "  truce diff baseline/report.json runs/2026-11-22T10-31-07Z\n"
        "  truce diff --fail-on new --json baseline runs/2026-11-22T10-31-07Z\n",
    .options = options,
    .arguments_min = 2,
    .arguments_max = 2,
    .run = run,
};
