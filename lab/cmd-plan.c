/* SPDX-License-Identifier: GPL-2.0-or-later
 * truce plan: which cases would run, and why each.
 */
#include "cmd.h"

#include <stdio.h>
#include <string.h>

#include "plan/plan.h"

static char *arg_format;

static const GOptionEntry options[] = {
    {"format", 'f', 0, G_OPTION_ARG_STRING, &arg_format, "text (default) or json", "FORMAT"},
    G_OPTION_ENTRY_NULL};

static void print_table(const Plan *plan)
{
    int width = 4;
    for (guint i = 0; i < plan->cases->len; i++)
        width = MAX(width, (int)strlen(((PlanCase *)plan->cases->pdata[i])->id));
    for (guint i = 0; i < plan->cases->len; i++) {
        const PlanCase *plan_case = plan->cases->pdata[i];
        printf("%3u  %-*s  %s\n", i + 1, width, plan_case->id, plan_case->why);
    }
    printf("%u cases\n", plan->cases->len);
}

static int run(const CmdContext *context, int argc, char **argv, GError **error)
{
    g_autoptr(Lab) lab = NULL;
    g_autoptr(Inputs) inputs = NULL;
    g_autoptr(Plan) plan = NULL;
    (void)argc;

    if (arg_format && strcmp(arg_format, "text") != 0 && strcmp(arg_format, "json") != 0) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "'%s' is no format: text or json",
                    arg_format);
        return -1;
    }
    if (!cmd_lab(context, &lab, error) || !inputs_read(lab, argv[0], &inputs, error) ||
        !plan_make(inputs, &plan, error))
        return -1;
    if (g_strcmp0(arg_format, "json") == 0) {
        g_autofree char *text = plan_to_json(plan);
        fputs(text, stdout);
    } else {
        print_table(plan);
    }
    return TRUCE_EXIT_PASSED;
}

const Verb cmd_plan = {
    .name = "plan",
    .arguments = "SCENARIO",
    .summary = "show which cases a scenario would run, and why each",
    .details = "Nothing is started and no guest is needed.\n"
               "\n"
               "Examples:\n"
               "  truce plan scenarios/quickstart.xml\n"
               "  truce plan --format json scenarios/quickstart.xml | jq '.cases[].id'\n",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
