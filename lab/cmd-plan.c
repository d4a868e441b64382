/* SPDX-License-Identifier: GPL-2.0-or-later
 * truce plan: which cases would run, and why each; and the planner by itself, for a PICT model or a
 * number of events.
 */
#include "cmd.h"

#include <stdio.h>
#include <string.h>

#include "plan/cover.h"
#include "plan/pict.h"
#include "plan/plan.h"
#include "plan/rows.h"
#include "plan/sequence.h"
#include "util/cleanup.h"

static char *arg_format;
static char *arg_model;
static char *arg_seeds;
static int arg_sequence;
static int arg_strength;
static double arg_budget = 10;
static int arg_seed = 1;

static const GOptionEntry options[] = {
    {"format", 'f', 0, G_OPTION_ARG_STRING, &arg_format,
     "text (default), json; csv for --model and --sequence", "FORMAT"},
    {"model", 0, 0, G_OPTION_ARG_FILENAME, &arg_model, "a PICT model, in the place of SCENARIO",
     "FILE"},
    {"rows", 0, 0, G_OPTION_ARG_FILENAME, &arg_seeds,
     "with --model: rows that must appear (PICT's seed file)", "FILE"},
    {"sequence", 0, 0, G_OPTION_ARG_INT, &arg_sequence, "orders of N events", "N"},
    {"strength", 0, 0, G_OPTION_ARG_INT, &arg_strength,
     "every T together (--model: 1 to 6, default 2; --sequence: 2 to 4, default 3)", "T"},
    {"budget", 0, 0, G_OPTION_ARG_DOUBLE, &arg_budget,
     "seconds to look for fewer rows (default 10)", "SECONDS"},
    {"seed", 0, 0, G_OPTION_ARG_INT, &arg_seed, "of the search (default 1)", "NUMBER"},
    G_OPTION_ENTRY_NULL};

static bool format_is(const char *name)
{
    return g_strcmp0(arg_format ? arg_format : "text", name) == 0;
}

static bool wrong(GError **error, const char *message)
{
    g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, message);
    return false;
}

static bool check_options(int argc, GError **error)
{
    bool alone = arg_model || arg_sequence;

    if (!format_is("text") && !format_is("json") && !(alone && format_is("csv")))
        return wrong(error, alone ? "--format is text, json or csv" : "--format is text or json");
    if (alone + argc != 1 || (arg_model && arg_sequence))
        return wrong(error, "one of SCENARIO, --model FILE and --sequence N is wanted");
    if (arg_seeds && !arg_model)
        return wrong(error, "--rows needs --model");
    if (arg_strength < 0 || arg_seed < 0 || arg_sequence < 0 || !(arg_budget >= 0))
        return wrong(error, "--strength, --seed, --sequence and --budget cannot be negative");
    return true;
}

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

static bool plan_scenario(const CmdContext *context, const char *path, GError **error)
{
    g_autoptr(Lab) lab = NULL;
    g_autoptr(Inputs) inputs = NULL;
    g_autoptr(Plan) plan = NULL;

    if (!cmd_lab(context, &lab, error) || !inputs_read(lab, path, &inputs, error) ||
        !plan_make(inputs, &plan, error))
        return false;
    if (format_is("json")) {
        g_autofree char *text = plan_to_json(plan);
        fputs(text, stdout);
    } else {
        print_table(plan);
    }
    return true;
}

static bool plan_model(GError **error)
{
    g_autoptr(CoverModel) model = NULL;
    g_autoptr(CoverArray) array = NULL;
    g_autoptr(GPtrArray) warnings = g_ptr_array_new_with_free_func(g_free);
    CoverOptions cover = COVER_OPTIONS_DEFAULT;

    cover.strength = arg_strength ? (guint)arg_strength : cover.strength;
    cover.budget_s = arg_budget;
    cover.seed = (guint64)arg_seed;
    if (!pict_read(arg_model, NULL, &model, error) ||
        (arg_seeds && !pict_seeds_read(model, arg_seeds, NULL, warnings, error)) ||
        !cover_generate(model, &cover, &array, error))
        return false;
    for (guint i = 0; i < warnings->len; i++)
        fprintf(stderr, "%s\n", (char *)warnings->pdata[i]);
    g_autofree char *text = format_is("json")
                                ? rows_to_json(model, array)
                                : rows_to_csv(model, array, format_is("csv") ? ',' : '\t');
    fputs(text, stdout);
    fprintf(stderr, "%u rows (%u after %.3f s), %.3f s%s\n", array->n_rows, array->first_rows,
            array->first_s, array->total_s, array->optimal ? ", no array has fewer" : "");
    return true;
}

static void print_sequences(const SequenceModel *model, const SequenceArray *array)
{
    if (format_is("json")) {
        g_autoptr(cJSON) object = sequence_array_json(model, array);
        char *text = cJSON_Print(object);
        puts(text);
        cJSON_free(text);
    } else if (format_is("csv")) {
        g_autofree char *text = sequence_array_csv(model, array);
        fputs(text, stdout);
    } else {
        for (guint i = 0; i < array->rows; i++) {
            g_autofree char *row = sequence_row_text(model, array, i);
            puts(row);
        }
    }
}

static bool plan_sequence(GError **error)
{
    g_autoptr(SequenceModel) model = NULL;
    g_autoptr(SequenceArray) array = NULL;
    SequenceOptions sequence = SEQUENCE_OPTIONS_DEFAULT;

    if (arg_sequence < 2 || arg_sequence > SEQUENCE_EVENTS_MAX)
        return wrong(error, "--sequence wants 2 to 120 events");
    model = sequence_model_new_numbered((guint)arg_sequence);
    sequence.strength = arg_strength ? (guint)arg_strength : sequence.strength;
    sequence.budget_s = arg_budget;
    sequence.seed = (guint)arg_seed;
    if (!sequence_generate(model, &sequence, &array, error))
        return false;
    print_sequences(model, array);
    fprintf(stderr, "%u orders\n", array->rows);
    return true;
}

static int run(const CmdContext *context, int argc, char **argv, GError **error)
{
    if (!check_options(argc, error))
        return -1;
    bool done = arg_model      ? plan_model(error)
                : arg_sequence ? plan_sequence(error)
                               : plan_scenario(context, argv[0], error);
    return done ? TRUCE_EXIT_PASSED : -1;
}

const Verb cmd_plan = {
    .name = "plan",
    .arguments = "[SCENARIO]",
    .summary = "show which cases a scenario would run, and why each",
    .details =
        "Nothing is started and no guest is needed. With --model and --sequence the planner is\n"
        "used by itself; rows go to stdout, their number and the time to stderr.\n"
        "\n"
        "Examples:\n"
        "  truce plan scenarios/quickstart.xml\n"
        "  truce plan --format json scenarios/quickstart.xml | jq '.cases[].id'\n"
        "  truce plan --model model.pict --strength 3 --format csv\n"
        "  truce plan --sequence 10 --strength 3 --format csv --budget 5\n",
    .options = options,
    .arguments_min = 0,
    .arguments_max = 1,
    .run = run,
};
