/* SPDX-License-Identifier: GPL-2.0-or-later
 * The plan: scenario.xml must become plan.json (order, ids, reasons), plan.json must read back to
 * itself, wrong plans and wrong matrices must be refused. TRUCE_TEST_REGENERATE=1 writes the
 * expected files anew; review the diff.
 */
#include <glib/gstdio.h>
#include <string.h>

#include "inputs.h"
#include "plan/coverage.h"
#include "plan/plan-model.h"
#include "plan/plan.h"
#include "util/error.h"

static void compare(const char *file, const char *text)
{
    g_autofree char *expected = NULL;
    g_autoptr(GError) error = NULL;

    if (g_getenv("TRUCE_TEST_REGENERATE"))
        g_file_set_contents(file, text, -1, &error);
    g_assert_no_error(error);
    g_file_get_contents(file, &expected, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(text, ==, expected);
}

static char *with_extension(const char *file, const char *extension)
{
    g_autofree char *base = g_strndup(file, strlen(file) - strlen(".xml"));
    return g_strconcat(base, extension, NULL);
}

/* Every combination that the strength of a test asks for is in some case of the plan. */
static void check_coverage(const Scenario *scenario, const Plan *plan)
{
    for (guint i = 0; i < scenario->tests->len; i++) {
        g_autoptr(PlanModel) model = NULL;
        g_autoptr(Coverage) coverage = NULL;
        g_autoptr(GArray) cells = g_array_new(FALSE, FALSE, sizeof(guint16));
        g_assert_true(
            plan_model_new(scenario, g_ptr_array_index(scenario->tests, i), false, &model, NULL));
        guint n = model->cover->parameters->len;
        for (guint c = 0; c < plan->cases->len; c++) {
            const PlanCase *plan_case = g_ptr_array_index(plan->cases, c);
            g_array_set_size(cells, cells->len + n);
            if (plan_case->test != model->test ||
                !plan_model_row(model, plan_case, (guint16 *)cells->data + cells->len - n))
                g_array_set_size(cells, cells->len - n);
        }
        guint strength = MAX(model->strength, MIN(cover_model_counting(model->cover), 2));
        g_assert_true(coverage_measure(model->cover, (guint16 *)cells->data, cells->len / n, NULL,
                                       strength, 0, &coverage, NULL));
        g_assert_cmpuint(coverage->possible, >, 0);
        g_assert_cmpuint(coverage->covered, ==, coverage->possible);
        g_assert_cmpuint(coverage->invalid_rows, ==, 0);
    }
}

/* cases/<x>.xml must become cases/<x>.json, which holds what its matrix asks for. */
static void test_plans(gconstpointer data)
{
    const char *file = data;
    g_autoptr(Inputs) inputs = test_inputs(file);
    g_autofree char *expected = with_extension(file, ".json");
    g_autoptr(Plan) plan = NULL;
    g_autoptr(GError) error = NULL;

    plan_check(inputs, &error);
    g_assert_no_error(error);
    plan_make(inputs, &plan, &error);
    g_assert_no_error(error);
    g_autofree char *json = plan_to_json(plan);
    compare(expected, json);
    check_coverage(inputs->scenario, plan);
}

/* wrong/<x>.xml must fail with the message in wrong/<x>.err. */
static void test_wrong_matrix(gconstpointer data)
{
    const char *file = data;
    g_autoptr(Inputs) inputs = test_inputs(file);
    g_autofree char *expected = with_extension(file, ".err");
    g_autoptr(GError) error = NULL;
    Plan *plan = NULL;

    g_assert_false(plan_make(inputs, &plan, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    g_assert_null(plan);
    g_autofree char *text = g_strconcat(error->message, "\n", NULL);
    compare(expected, text);

    /* All but what only the number of cases shows is found without planning. */
    bool early = !strstr(file, "too-many");
    g_autoptr(GError) earlier = NULL;
    g_assert_cmpint(plan_check(inputs, &earlier), ==, !early);
    g_assert_cmpstr(early ? earlier->message : NULL, ==, early ? error->message : NULL);
}

static void add_folder(const char *folder, GTestDataFunc test)
{
    g_autofree char *path = g_build_filename(TRUCE_TEST_DATA, folder, NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);

    g_assert_nonnull(dir);
    for (const char *name; (name = g_dir_read_name(dir));) {
        g_autofree char *test_path = g_strdup_printf("/plan/%s/%s", folder, name);
        if (g_str_has_suffix(name, ".xml"))
            g_test_add_data_func_full(test_path, g_build_filename(folder, name, NULL), test,
                                      g_free);
    }
}

static void test_make(void)
{
    g_autoptr(Inputs) inputs = test_inputs("scenario.xml");
    g_autoptr(Plan) plan = NULL;
    g_autoptr(GError) error = NULL;

    plan_make(inputs, &plan, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(plan->cases->len, ==, scenario_cases(inputs->scenario));
    g_autofree char *json = plan_to_json(plan);
    compare("plan.json", json);

    const PlanCase *last = g_ptr_array_index(plan->cases, plan->cases->len - 1);
    g_assert_true(last->test == g_ptr_array_index(inputs->scenario->tests, 1));
}

static void test_read_back(void)
{
    g_autoptr(Plan) plan = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *expected = NULL;

    g_assert_cmpint(g_chdir(TRUCE_TEST_DATA), ==, 0);
    g_file_get_contents("plan.json", &expected, NULL, &error);
    g_assert_no_error(error);
    plan_read("plan.json", &plan, &error);
    g_assert_no_error(error);
    g_autofree char *json = plan_to_json(plan);
    g_assert_cmpstr(json, ==, expected);

    const PlanCase *with_content = NULL;
    for (guint i = 0; i < plan->cases->len && !with_content; i++) {
        const PlanCase *plan_case = g_ptr_array_index(plan->cases, i);
        g_assert_null(plan_case->test);
        if (g_hash_table_size(plan_case->parameters) == 2)
            with_content = plan_case;
    }
    g_autofree char *text = plan_case_expand(with_content, "c{content} m{minor} {other}");
    g_assert_cmpstr(text, ==, "c2 m0 {other}");
}

static void test_same_folder(void)
{
    g_autoptr(Scenario) scenario = NULL;
    g_autoptr(GError) error = NULL;
    Plan *plan = NULL;

    g_assert_cmpint(g_chdir(TRUCE_TEST_DATA), ==, 0);
    scenario_read("scenario-same-folder.xml", &scenario, &error);
    g_assert_no_error(error);
    const Inputs inputs = {.scenario = scenario};
    g_assert_false(plan_make(&inputs, &plan, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    g_assert_cmpstr(error->message, ==,
                    "scenario-same-folder.xml:10:3: the cases 'a-ref/win/none' and "
                    "'a/ref-win/none' would share the folder 'a-ref-win-none'; rename or shorten "
                    "the name of this test");
    g_assert_null(plan);
}

#define CASE(id, more)                                                                             \
    "{\"id\":" id ",\"test\":\"t\",\"title\":\"T\",\"guest\":\"g\",\"why\":\"w\"," more "}"
#define GOOD_MORE "\"vendors\":[],\"parameters\":{},\"control\":true"
#define PLAN(cases) "{\"format\":1,\"scenario\":\"s\",\"cases\":[" cases "]}"

static const struct {
    const char *text;
    const char *message; /* NULL: must be accepted */
} plans[] = {
    {PLAN(""), NULL},
    {PLAN(CASE("\"1\"", GOOD_MORE)), NULL},
    {"", ""},
    {"[]", "format: this is no plan of format 1"},
    {"{\"format\":2,\"scenario\":\"s\",\"cases\":[]}", "format: this is no plan of format 1"},
    {"{\"format\":1,\"cases\":[]}", "plan: scenario or cases is missing"},
    {"{\"format\":1,\"scenario\":\"s\",\"cases\":{}}", "plan: scenario or cases is missing"},
    {PLAN("1"), "case 1: id, test, title, guest or why is missing or too long"},
    {PLAN(CASE("\"\"", GOOD_MORE)), "case 1: id, test, title, guest or why is missing or too long"},
    {PLAN(CASE("7", GOOD_MORE)), "case 1: id, test, title, guest or why is missing or too long"},
    {PLAN(CASE("\"1\"", GOOD_MORE) "," CASE("\"1\"", GOOD_MORE)),
     "case 2: its id is that of an earlier case"},
    {PLAN(CASE("\"1\"", "\"vendors\":[1],\"parameters\":{},\"control\":true")),
     "case 1: vendors is no list of names"},
    {PLAN(CASE("\"1\"", "\"vendors\":{\"a\":\"b\"},\"parameters\":{},\"control\":true")),
     "case 1: vendors is no list of names"},
    {PLAN(CASE("\"1\"", "\"vendors\":[],\"parameters\":[\"a\"],\"control\":true")),
     "case 1: parameters is no object of texts"},
    {PLAN(CASE("\"1\"", "\"vendors\":[],\"parameters\":{\"a\":1},\"control\":true")),
     "case 1: parameters is no object of texts"},
    {PLAN(CASE("\"1\"", "\"vendors\":[],\"parameters\":{},\"control\":0")),
     "case 1: control is missing"},
};

static void read_text(const char *text, const char *message)
{
    g_autofree char *folder = g_dir_make_tmp("truce-plan-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "plan.json", NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(Plan) plan = NULL;

    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    g_assert_cmpint(plan_read(path, &plan, &error), ==, message == NULL);
    if (message) {
        g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
        g_assert_nonnull(strstr(error->message, path));
        g_assert_nonnull(strstr(error->message, message));
        g_assert_null(plan);
    }
    g_unlink(path);
    g_rmdir(folder);
}

static void test_wrong(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(plans); i++)
        read_text(plans[i].text, plans[i].message);
}

static void test_too_many(void)
{
    g_autoptr(GString) text = g_string_new("{\"format\":1,\"scenario\":\"s\",\"cases\":[");

    for (guint i = 0; i <= SCENARIO_CASES_MAX; i++)
        g_string_append_printf(text,
                               "%s{\"id\":\"%u\",\"test\":\"t\",\"title\":\"T\","
                               "\"guest\":\"g\",\"why\":\"w\"," GOOD_MORE "}",
                               i ? "," : "", i);
    g_string_append(text, "]}");
    read_text(text->str, "case 10001: more cases than a plan can have");
}

int main(int argc, char **argv)
{
    g_autofree char *share = g_build_filename(g_getenv("TRUCE_BINARY_DIR"), "share", "truce", NULL);

    g_test_init(&argc, &argv, NULL);
    g_setenv("TRUCE_SHARE", share, TRUE);
    add_folder("cases", test_plans);
    add_folder("wrong", test_wrong_matrix);
    g_test_add_func("/plan/make", test_make);
    g_test_add_func("/plan/read-back", test_read_back);
    g_test_add_func("/plan/same-folder", test_same_folder);
    g_test_add_func("/plan/wrong", test_wrong);
    g_test_add_func("/plan/too-many", test_too_many);
    return g_test_run();
}
