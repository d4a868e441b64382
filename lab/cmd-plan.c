/* SPDX-License-Identifier: GPL-2.0-or-later
 * truce plan: which cases a scenario would run, why, and what they cover; or the planner by itself,
 * on a PICT model or a number of events.
 */
#include "cmd.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cmd-choice.h"
#include "plan/coverage-show.h"
#include "plan/pict.h"
#include "plan/plan-choose.h"
#include "plan/plan-coverage.h"
#include "plan/plan-csv.h"
#include "plan/plan-table.h"
#include "plan/rows.h"
#include "plan/sequence.h"
#include "util/cleanup.h"
#include "util/json.h"

#define MODEL_BUDGET_S 10.0 /* where --budget gives none */
#define SHOWN_TEXT 10       /* combinations named a case, or a strength, in text … */
#define SHOWN_JSON 1000     /* … and in JSON */
#define NOT_GIVEN G_MININT

static char *arg_format;
static char *arg_model;
static char *arg_seeds;
static char *arg_of;
static int arg_sequence = NOT_GIVEN;
static int arg_strength = NOT_GIVEN;
static int arg_seed = NOT_GIVEN;
static int arg_shards = NOT_GIVEN;
static gboolean arg_explain;
static gboolean arg_coverage;

static const GOptionEntry options[] = {
    {"format", 'f', 0, G_OPTION_ARG_STRING, &arg_format, "text (default), csv, json", "FORMAT"},
    {"explain", 0, 0, G_OPTION_ARG_NONE, &arg_explain,
     "name the combinations that only this case covers, for each case", NULL},
    {"coverage", 0, 0, G_OPTION_ARG_NONE, &arg_coverage,
     "say how many combinations are covered, and which are missing", NULL},
    {"of", 0, 0, G_OPTION_ARG_FILENAME, &arg_of,
     "with --coverage: not of the plan made here but of a CSV file, a plan.json or a run folder",
     "FILE"},
    CMD_CHOICE_OPTIONS,
    {"shards", 0, 0, G_OPTION_ARG_INT, &arg_shards, "which case belongs to which of N shards", "N"},
    {"model", 0, 0, G_OPTION_ARG_FILENAME, &arg_model, "a PICT model, in the place of SCENARIO",
     "FILE"},
    {"rows", 0, 0, G_OPTION_ARG_FILENAME, &arg_seeds,
     "with --model: rows that must appear (PICT's seed file)", "FILE"},
    {"sequence", 0, 0, G_OPTION_ARG_INT, &arg_sequence, "orders of N events", "N"},
    {"strength", 0, 0, G_OPTION_ARG_INT, &arg_strength,
     "every T together (--model, --explain, --coverage: 1 to 6, default 2 or the matrix's; "
     "--sequence: 2 to 4, default 3)",
     "T"},
    {"seed", 0, 0, G_OPTION_ARG_INT, &arg_seed, "of the search, with --model and --sequence",
     "NUMBER"},
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

/* What --model and --sequence have no use for. */
static bool check_alone(GError **error)
{
    if (cmd_choice.cases || cmd_choice.changed || cmd_choice.durations || cmd_choice.shard ||
        arg_shards)
        return wrong(error, "--case, --changed, --durations, --shard and --shards need a SCENARIO");
    if (arg_sequence && (arg_explain || arg_coverage))
        return wrong(error, "--explain and --coverage need a SCENARIO or --model");
    return true;
}

/* Options that were not given become 0, which none of them can be. */
static bool check_numbers(GError **error)
{
    int *const numbers[] = {&arg_strength, &arg_sequence, &arg_shards};

    if (arg_strength != NOT_GIVEN && (arg_strength < 1 || arg_strength > COVER_STRENGTH_MAX))
        return wrong(error, "--strength wants 1 to 6");
    if (arg_sequence != NOT_GIVEN && (arg_sequence < 2 || arg_sequence > SEQUENCE_EVENTS_MAX))
        return wrong(error, "--sequence wants 2 to 120 events");
    if (arg_shards != NOT_GIVEN && (arg_shards < 1 || arg_shards > CMD_SHARDS_MAX))
        return wrong(error, "--shards wants 1 to 10000");
    if (arg_seed != NOT_GIVEN && arg_seed < 0)
        return wrong(error, "--seed cannot be negative");
    for (guint i = 0; i < G_N_ELEMENTS(numbers); i++)
        if (*numbers[i] == NOT_GIVEN)
            *numbers[i] = 0;
    return true;
}

static bool check_options(int argc, GError **error)
{
    if (!check_numbers(error))
        return false;
    bool alone = arg_model || arg_sequence;

    if (!format_is("text") && !format_is("json") && !format_is("csv"))
        return wrong(error, "--format is text, csv or json");
    if (alone + argc != 1 || (arg_model && arg_sequence))
        return wrong(error, "one of SCENARIO, --model FILE and --sequence N is wanted");
    if (arg_seeds && !arg_model)
        return wrong(error, "--rows needs --model");
    if (!alone && arg_seed != NOT_GIVEN)
        return wrong(error, "--seed needs --model or --sequence: a scenario has one plan");
    if (!alone && arg_strength && !arg_explain && !arg_coverage)
        return wrong(error, "--strength of a scenario stands in its matrix; here it goes with "
                            "--explain and --coverage");
    if (arg_explain + arg_coverage + (arg_shards != 0) > 1)
        return wrong(error, "--explain, --coverage and --shards: one at a time");
    if (arg_of && !arg_coverage)
        return wrong(error, "--of needs --coverage");
    if ((arg_explain || arg_coverage || arg_shards) && format_is("csv"))
        return wrong(error, "--explain, --coverage and --shards come as text or json");
    return !alone || check_alone(error);
}

static void put(char *text)
{
    fputs(text, stdout);
    if (!g_str_has_suffix(text, "\n"))
        putchar('\n');
    g_free(text);
}

static guint shown(void)
{
    return format_is("json") ? SHOWN_JSON : SHOWN_TEXT;
}

/* A scenario */

static guint terminal_width(void)
{
    struct winsize size;

    return isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

static void print_shards(const Plan *plan)
{
    g_autoptr(GArray) shards = plan_shards(plan, (guint)arg_shards);
    g_autoptr(cJSON) root = cJSON_CreateObject();

    cJSON_AddNumberToObject(root, "format", 1);
    json_add_text(root, "scenario", plan->scenario);
    cJSON *list = cJSON_AddArrayToObject(root, "shards");
    for (guint s = 0; s < (guint)arg_shards; s++) {
        g_autofree char *name = g_strdup_printf("%u/%d", s + 1, arg_shards);
        cJSON *object = cJSON_CreateObject(), *ids = cJSON_CreateArray();
        double seconds = 0;
        for (guint i = 0; i < plan->cases->len; i++) {
            const PlanCase *plan_case = plan->cases->pdata[i];
            if (g_array_index(shards, guint, i) != s)
                continue;
            seconds += plan_case_seconds(plan_case);
            cJSON_AddItemToArray(ids, cJSON_CreateString(plan_case->id));
        }
        g_autofree char *time = plan_time_text(seconds);
        if (format_is("text"))
            printf("%s: %d cases, about %s\n", name, cJSON_GetArraySize(ids), time);
        json_add_text(object, "shard", name);
        cJSON_AddNumberToObject(object, "expected_s", seconds);
        cJSON_AddItemToObject(object, "cases", ids);
        cJSON_AddItemToArray(list, object);
    }
    if (format_is("json"))
        put(json_line(root));
}

static void print_plan(const Plan *plan, double budget_s)
{
    if (arg_shards)
        print_shards(plan);
    else if (format_is("json"))
        put(plan_to_json(plan));
    else if (format_is("csv"))
        put(plan_to_csv(plan));
    else
        put(plan_table(plan, terminal_width(), budget_s));
}

static bool explain(const Inputs *inputs, const Plan *plan, GError **error)
{
    g_autoptr(GPtrArray) tests = NULL;

    if (!plan_tests_new(inputs, plan, (guint)arg_strength, &tests, error) ||
        !plan_tests_explain(tests, shown(), error))
        return false;
    put(format_is("json") ? plan_explain_json(plan, tests) : plan_explain_text(plan, tests));
    return true;
}

/* The plan that --of names, and the past where it is a run. */
static bool read_other_plan(const Inputs *inputs, Plan **ret_plan, PlanPast **ret_past,
                            GError **error)
{
    g_autofree char *path = g_build_filename(arg_of, "plan.json", NULL);
    g_autoptr(PlanPast) past = plan_past_new();

    if (!g_file_test(arg_of, G_FILE_TEST_IS_DIR))
        return g_str_has_suffix(arg_of, ".json")
                   ? plan_read(arg_of, ret_plan, error)
                   : plan_from_csv(inputs->scenario, arg_of, ret_plan, error);
    if (!plan_past_add(past, arg_of, error) || !plan_read(path, ret_plan, error))
        return false;
    *ret_past = g_steal_pointer(&past);
    return true;
}

static bool cover(const Inputs *inputs, const Plan *own, GError **error)
{
    g_autoptr(GPtrArray) tests = NULL;
    g_autoptr(Plan) other = NULL;
    g_autoptr(PlanPast) past = NULL;

    if ((arg_of && !read_other_plan(inputs, &other, &past, error)) ||
        !plan_tests_new(inputs, other ? other : own, (guint)arg_strength, &tests, error) ||
        !plan_tests_cover(tests, past, shown(), error))
        return false;
    put(format_is("json") ? plan_coverage_json(tests) : plan_coverage_text(tests));
    return true;
}

static bool plan_scenario(const CmdContext *context, const char *path, GError **error)
{
    g_autoptr(Lab) lab = NULL;
    g_autoptr(Inputs) inputs = NULL;
    g_autoptr(Plan) plan = NULL;
    double budget_s;

    if (!cmd_lab(context, &lab, error) || !inputs_read(lab, path, &inputs, error) ||
        !cmd_choice_budget(&budget_s, error))
        return false;
    if (!arg_of && (!plan_make(inputs, &plan, error) || !cmd_choose(inputs, plan, error)))
        return false;
    if (arg_explain)
        return explain(inputs, plan, error);
    if (arg_coverage)
        return cover(inputs, plan, error);
    print_plan(plan, budget_s);
    return true;
}

/* A PICT model */

static bool explain_rows(const CoverModel *model, const CoverArray *array, guint strength,
                         GError **error)
{
    g_autoptr(GPtrArray) rows = NULL;
    g_autoptr(cJSON) root = cJSON_CreateObject();
    g_autoptr(GString) text = g_string_new(NULL);

    if (!coverage_explain(model, array->cells, array->n_rows, strength, shown(), &rows, error))
        return false;
    cJSON *list = cJSON_AddArrayToObject(root, "rows");
    for (guint r = 0; r < rows->len; r++) {
        g_autofree char *values = rows_text(model, array, r);
        cJSON *object = coverage_row_json(model, rows->pdata[r], strength);
        json_add_text(object, "row", values);
        cJSON_AddItemToArray(list, object);
        g_string_append_printf(text, "%3u  %s\n", r + 1, values);
        coverage_row_text(text, model, rows->pdata[r], strength);
    }
    put(format_is("json") ? json_line(root) : g_strdup(text->str));
    return true;
}

static bool cover_rows(const CoverModel *model, const CoverArray *array, guint strength,
                       GError **error)
{
    g_autoptr(GPtrArray) levels = NULL;
    g_autoptr(cJSON) root = cJSON_CreateObject();
    g_autoptr(GString) text = g_string_new(NULL);

    if (!coverage_levels(model, array->cells, array->n_rows, NULL, strength, shown(), &levels,
                         error))
        return false;
    cJSON_AddNumberToObject(root, "rows", array->n_rows);
    cJSON_AddItemToObject(root, "levels", coverage_levels_json(model, levels));
    g_string_append_printf(text, "%u rows", array->n_rows);
    const CoverageLevel *first = levels->len ? levels->pdata[0] : NULL;
    if (first && first->tried->invalid_rows > 0)
        g_string_append_printf(text, "; %u of them break the model's rules and cover nothing",
                               first->tried->invalid_rows);
    g_string_append_c(text, '\n');
    coverage_levels_text(text, model, levels);
    put(format_is("json") ? json_line(root) : g_strdup(text->str));
    return true;
}

static void print_rows(const CoverModel *model, const CoverArray *array)
{
    put(format_is("json") ? rows_to_json(model, array)
                          : rows_to_csv(model, array, format_is("csv") ? ',' : '\t'));
    fprintf(stderr, "%u rows (%u after %.3f s), %.3f s%s\n", array->n_rows, array->first_rows,
            array->first_s, array->total_s,
            array->optimal       ? ", no array has fewer"
            : array->clock_ended ? ", ended by the clock"
                                 : "");
}

static void warn(const GPtrArray *warnings)
{
    for (guint i = 0; i < warnings->len; i++)
        fprintf(stderr, "%s\n", (char *)warnings->pdata[i]);
}

static bool make_rows(CoverModel *model, const CoverOptions *cover_options, CoverArray **ret_array,
                      GError **error)
{
    g_autoptr(GPtrArray) warnings = g_ptr_array_new_with_free_func(g_free);

    if (arg_of)
        return rows_read_csv(model, arg_of, ret_array, error);
    if (arg_seeds && !pict_seeds_read(model, arg_seeds, NULL, warnings, error))
        return false;
    warn(warnings);
    warn(model->doubts);
    return cover_generate(model, cover_options, ret_array, error);
}

static bool plan_model(double budget_s, GError **error)
{
    g_autoptr(CoverModel) model = NULL;
    g_autoptr(CoverArray) array = NULL;
    CoverOptions cover_options = COVER_OPTIONS_DEFAULT;

    cover_options.strength = arg_strength ? (guint)arg_strength : cover_options.strength;
    cover_options.budget_s = budget_s;
    if (arg_seed != NOT_GIVEN)
        cover_options.seed = (guint64)arg_seed;
    if (!pict_read(arg_model, NULL, &model, error) ||
        !make_rows(model, &cover_options, &array, error))
        return false;
    guint strength = MIN(cover_options.strength, cover_model_counting(model));
    if (arg_explain)
        return explain_rows(model, array, strength, error);
    if (arg_coverage)
        return cover_rows(model, array, strength, error);
    print_rows(model, array);
    return true;
}

/* Events */

static void print_sequences(const SequenceModel *model, const SequenceArray *array)
{
    if (format_is("json")) {
        g_autoptr(cJSON) object = sequence_array_json(model, array);
        char *text = cJSON_Print(object);
        puts(text);
        cJSON_free(text);
    } else if (format_is("csv")) {
        put(sequence_array_csv(model, array));
    } else {
        for (guint i = 0; i < array->rows; i++)
            put(sequence_row_text(model, array, i));
    }
}

static bool plan_sequence(double budget_s, GError **error)
{
    g_autoptr(SequenceModel) model = NULL;
    g_autoptr(SequenceArray) array = NULL;
    SequenceOptions sequence = SEQUENCE_OPTIONS_DEFAULT;

    model = sequence_model_new_numbered((guint)arg_sequence);
    sequence.strength = arg_strength ? (guint)arg_strength : sequence.strength;
    sequence.budget_s = budget_s;
    if (arg_seed != NOT_GIVEN)
        sequence.seed = (guint64)arg_seed;
    if (!sequence_generate(model, &sequence, &array, error))
        return false;
    print_sequences(model, array);
    fprintf(stderr, "%u orders (%u after %.3f s), %.3f s%s\n", array->rows, array->first_rows,
            array->first_s, array->seconds,
            array->rows == array->lower_bound ? ", no array has fewer" : "");
    return true;
}

static int run(const CmdContext *context, int argc, char **argv, GError **error)
{
    double budget_s;

    if (!check_options(argc, error) || !cmd_choice_budget(&budget_s, error))
        return -1;
    if (!cmd_choice.budget)
        budget_s = MODEL_BUDGET_S;
    bool done = arg_model      ? plan_model(budget_s, error)
                : arg_sequence ? plan_sequence(budget_s, error)
                               : plan_scenario(context, argv[0], error);
    return done ? TRUCE_EXIT_PASSED : -1;
}

const Verb cmd_plan = {
    .name = "plan",
    .arguments = "[SCENARIO]",
    .summary = "show which cases a scenario would run, why each, and what they cover",
    .details =
        "Nothing is started and no guest is needed. A plan is the same for the same inputs, on\n"
        "every machine. --changed, --durations, --shard and --budget mean the same to 'truce "
        "run'.\n"
        "\n"
        "With --budget the cases are ordered so that a run stopped at any time has covered most:\n"
        "controls, then cases with vendors that changed since the last of --durations, then those\n"
        "with vendors that are known to fail, each where it covers most for its time. Shards are\n"
        "disjoint, and stay the same as far as cases and times do.\n"
        "\n"
        "--coverage --of RUN says what a run has proven, also one that was cut short: 'covered'\n"
        "counts the cases that ended, 'proven' those that passed.\n"
        "\n"
        "With --model and --sequence the planner is used by itself; rows go to stdout, their\n"
        "number and the time to stderr, and --budget is the time to look for fewer rows (10 s).\n"
        "\n"
        "Examples:\n"
        "  truce plan scenarios/quickstart.xml\n"
        "  truce plan --format json scenarios/quickstart.xml | jq '.cases[].id'\n"
        "  truce plan --explain scenarios/quickstart.xml\n"
        "  truce plan --coverage --of runs/nightly scenarios/quickstart.xml\n"
        "  truce plan --budget 2h --durations runs/nightly scenarios/quickstart.xml\n"
        "  truce plan --changed vendor=alder --shard 2/5 scenarios/quickstart.xml\n"
        "  truce plan --shards 5 --format json scenarios/quickstart.xml\n"
        "  truce plan --model model.pict --strength 3 --format csv\n"
        "  truce plan --model model.pict --coverage --of rows.csv\n"
        "  truce plan --sequence 10 --strength 3 --format csv --budget 5\n",
    .options = options,
    .arguments_min = 0,
    .arguments_max = 1,
    .run = run,
};
