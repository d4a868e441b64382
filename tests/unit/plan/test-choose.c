/* SPDX-License-Identifier: GPL-2.0-or-later
 * Parts and orders of a plan, what earlier runs teach it, and what it covers.
 */
#include <glib/gstdio.h>
#include <string.h>

#include "inputs.h"
#include "plan/plan-case.h"
#include "plan/plan-choose.h"
#include "plan/plan-coverage.h"
#include "plan/plan-csv.h"
#include "plan/plan-table.h"
#include "util/error.h"

#define SCENARIO "cases/pairs.xml"

static Plan *make_plan(const Inputs *inputs)
{
    g_autoptr(GError) error = NULL;
    Plan *plan = NULL;

    plan_make(inputs, &plan, &error);
    g_assert_no_error(error);
    return plan;
}

static PlanCase *case_at(const Plan *plan, guint i)
{
    return g_ptr_array_index(plan->cases, i);
}

static bool has_vendor(const PlanCase *plan_case, const char *name)
{
    return g_ptr_array_find_with_equal_func(plan_case->vendors, name, g_str_equal, NULL);
}

/* Changes */

static void test_changed(void)
{
    const char *const changes[] = {"vendor=bolt", NULL};
    g_autoptr(Inputs) inputs = test_inputs(SCENARIO);
    g_autoptr(Plan) plan = make_plan(inputs), all = make_plan(inputs);
    guint affected = 0, acme_alone = 0, base = 0, wanted = 0;

    for (guint i = 0; i < all->cases->len; i++)
        wanted += has_vendor(case_at(all, i), "bolt");
    g_assert_true(plan_keep_changed(plan, changes, NULL));
    for (guint i = 0; i < plan->cases->len; i++) {
        const PlanCase *plan_case = case_at(plan, i);
        affected += has_vendor(plan_case, "bolt");
        acme_alone += plan_case->control && has_vendor(plan_case, "acme");
        base += plan_case->vendors->len == 0;
    }
    g_assert_cmpuint(affected, ==, wanted);
    g_assert_cmpuint(base, >, 0);
    g_assert_cmpuint(acme_alone, >, 0); /* the conflict with acme is judged by it */
    g_assert_cmpuint(affected + acme_alone + base, ==, plan->cases->len);
    g_assert_cmpuint(plan->cases->len, <, all->cases->len);
}

static void test_changed_parameter(void)
{
    const char *const changes[] = {"load=registry", NULL};
    g_autoptr(Inputs) inputs = test_inputs(SCENARIO);
    g_autoptr(Plan) plan = make_plan(inputs);

    g_assert_true(plan_keep_changed(plan, changes, NULL));
    g_assert_cmpuint(plan->cases->len, >, 0);
    for (guint i = 0; i < plan->cases->len; i++)
        g_assert_cmpstr(g_hash_table_lookup(case_at(plan, i)->parameters, "load"), ==, "registry");
}

static void test_changed_wrong(void)
{
    static const char *const wrong[] = {"vendor=blot", "vendor", "lode=files", "test=x", "="};
    g_autoptr(Inputs) inputs = test_inputs(SCENARIO);
    g_autoptr(Plan) plan = make_plan(inputs);

    for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
        const char *const changes[] = {wrong[i], NULL};
        g_autoptr(GError) error = NULL;
        g_assert_false(plan_keep_changed(plan, changes, &error));
        g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    }
}

/* Shards */

/* A plan of n cases that take 10 to 109 s. */
static Plan *long_plan(guint n)
{
    Plan *plan = plan_new("long");

    for (guint i = 0; i < n; i++) {
        PlanCase *plan_case = plan_case_new();
        plan_case->id = g_strdup_printf("case-%u", i);
        plan_case->expected_s = 10 + i * 37 % 100;
        g_ptr_array_add(plan->cases, plan_case);
    }
    return plan;
}

static void test_shards_balance(void)
{
    enum { N = 7 };
    g_autoptr(Plan) plan = long_plan(500);
    g_autoptr(GArray) shards = plan_shards(plan, N), again = plan_shards(plan, N);
    double load[N] = {0}, total = 0;
    guint cases = 0;

    g_assert_cmpmem(shards->data, shards->len * sizeof(guint), again->data,
                    again->len * sizeof(guint));
    for (guint i = 0; i < plan->cases->len; i++) {
        load[g_array_index(shards, guint, i)] += case_at(plan, i)->expected_s;
        total += case_at(plan, i)->expected_s;
    }
    for (guint s = 0; s < N; s++) {
        g_autoptr(Plan) part = long_plan(500);
        g_assert_cmpfloat(load[s], <=, total / N * SHARD_SLACK + 109);
        g_assert_cmpfloat(load[s], >=, total / N * 0.6);
        plan_keep_shard(part, s, N);
        cases += part->cases->len;
        for (guint i = 0; i < part->cases->len; i++) { /* each case in the shard that was said */
            guint number = (guint)g_ascii_strtoull(case_at(part, i)->id + 5, NULL, 10);
            g_assert_cmpuint(g_array_index(shards, guint, number), ==, s);
        }
    }
    g_assert_cmpuint(cases, ==, 500);
}

static void test_shards_stable(void)
{
    g_autoptr(Plan) plan = long_plan(500), longer = long_plan(510);
    g_autoptr(GArray) shards = plan_shards(plan, 5), after = plan_shards(longer, 5);
    guint moved = 0;

    for (guint i = 0; i < 500; i++)
        moved += g_array_index(shards, guint, i) != g_array_index(after, guint, i);
    g_assert_cmpuint(moved, <, 100);
}

/* Order */

static guint tier_of(const PlanCase *plan_case)
{
    return plan_case->vendors->len == 0     ? 0
           : plan_case->control             ? 1
           : has_vendor(plan_case, "plain") ? 2
                                            : 3;
}

static void test_order(void)
{
    g_autoptr(Inputs) inputs = test_inputs("cases/three.xml");
    g_autoptr(Plan) plan = make_plan(inputs);
    g_autoptr(GPtrArray) changed = g_ptr_array_new();
    g_autoptr(GHashTable) ids = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GError) error = NULL;
    guint n = plan->cases->len, changed_cases = 0;

    g_ptr_array_add(changed, (gpointer) "plain");
    plan_order(plan, inputs, changed, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(plan->cases->len, ==, n);
    for (guint i = 0; i < n; i++) {
        g_assert_true(g_hash_table_add(ids, case_at(plan, i)->id));
        if (i > 0)
            g_assert_cmpuint(tier_of(case_at(plan, i - 1)), <=, tier_of(case_at(plan, i)));
        changed_cases += tier_of(case_at(plan, i)) == 2;
    }
    g_assert_cmpuint(changed_cases, >, 0);
    g_assert_cmpuint(changed_cases, <, n);
}

/* Half of the time covers more in the order for a budget than in the plan's own. */
static void test_order_covers_early(void)
{
    g_autoptr(Inputs) inputs = test_inputs("cases/three.xml");
    guint64 covered[2];

    for (guint ordered = 0; ordered < 2; ordered++) {
        g_autoptr(Plan) plan = make_plan(inputs);
        g_autoptr(GPtrArray) tests = NULL;
        if (ordered)
            g_assert_true(plan_order(plan, inputs, NULL, NULL, NULL));
        g_ptr_array_set_size(plan->cases, (int)plan_fits(plan, plan->cases->len * PLAN_CASE_S / 2));
        g_assert_true(plan_tests_new(inputs, plan, 2, &tests, NULL));
        g_assert_true(plan_tests_cover(tests, NULL, 0, NULL));
        const PlanTest *test = g_ptr_array_index(tests, 0);
        covered[ordered] =
            ((const CoverageLevel *)g_ptr_array_index(test->levels, 1))->tried->covered;
    }
    g_assert_cmpuint(covered[1], >, covered[0]);
}

/* Earlier runs */

static char *make_run(const Plan *plan, const char *journal)
{
    g_autofree char *folder = g_dir_make_tmp("truce-past-XXXXXX", NULL);
    g_autofree char *plan_path = g_build_filename(folder, "plan.json", NULL);
    g_autofree char *journal_path = g_build_filename(folder, "journal.ndjson", NULL);
    g_autofree char *json = plan_to_json(plan);

    g_assert_true(g_file_set_contents(plan_path, json, -1, NULL));
    g_assert_true(g_file_set_contents(journal_path, journal, -1, NULL));
    return g_steal_pointer(&folder);
}

static void remove_run(const char *folder)
{
    g_autofree char *plan_path = g_build_filename(folder, "plan.json", NULL);
    g_autofree char *journal_path = g_build_filename(folder, "journal.ndjson", NULL);

    g_unlink(plan_path);
    g_unlink(journal_path);
    g_rmdir(folder);
}

#define RUN_BEGIN                                                                                  \
    "{\"t\":\"x\",\"ms\":5,\"type\":\"run-begin\",\"vendors\":[{\"name\":\"acme\",\"files\":"      \
    "[{\"file\":\"vendor.xml\",\"sha256\":\"00\"}]}]}\n"

static void append_case(GString *journal, const char *id, const char *state, guint from, guint to)
{
    g_string_append_printf(journal, "{\"ms\":%u,\"type\":\"case-begin\",\"case\":\"%s\"}\n", from,
                           id);
    if (state)
        g_string_append_printf(
            journal, "{\"ms\":%u,\"type\":\"case-end\",\"case\":\"%s\",\"state\":\"%s\"}\n", to, id,
            state);
}

static void test_past(void)
{
    g_autoptr(Inputs) inputs = test_inputs(SCENARIO);
    g_autoptr(Plan) plan = make_plan(inputs);
    g_autoptr(GString) journal = g_string_new(RUN_BEGIN);
    g_autoptr(PlanPast) past = plan_past_new();
    g_autoptr(GPtrArray) changed = NULL;
    g_autoptr(GError) error = NULL;
    guint last = plan->cases->len - 1;

    append_case(journal, case_at(plan, 0)->id, "passed", 1000, 11000);
    append_case(journal, case_at(plan, last)->id, "failed", 20000, 50000);
    append_case(journal, case_at(plan, 1)->id, "error", 60000, 99000);
    append_case(journal, case_at(plan, 2)->id, NULL, 100000, 0);
    g_string_append(journal, "{\"ms\":1,\"type\":\"case-end\",\"ca"); /* torn */
    g_autofree char *folder = make_run(plan, journal->str);
    plan_past_add(past, folder, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(past->cases->len, ==, plan->cases->len);
    plan_past_expect(past, plan);
    g_assert_cmpfloat(case_at(plan, 0)->expected_s, ==, 10);
    g_assert_cmpfloat(case_at(plan, last)->expected_s, ==, 30);
    g_assert_cmpfloat(case_at(plan, 1)->expected_s, ==, 10);        /* as many vendors */
    g_assert_cmpfloat(case_at(plan, last - 1)->expected_s, ==, 30); /* as many vendors */
    g_assert_cmpuint(plan_fits(plan, 21), ==, 2);

    /* The failed case had both vendors, and no finding said which; acme's files are others now. */
    g_autoptr(GPtrArray) fragile = plan_past_fragile(past, inputs);
    g_assert_true(g_ptr_array_find_with_equal_func(fragile, "bolt", g_str_equal, NULL));
    g_assert_true(plan_past_changed(past, inputs, &changed, NULL));
    g_assert_cmpuint(changed->len, ==, 1);
    g_assert_cmpstr(g_ptr_array_index(changed, 0), ==, "acme");

    /* What that run has proven. */
    g_autoptr(GPtrArray) tests = NULL;
    g_assert_true(plan_tests_new(inputs, plan, 1, &tests, NULL));
    g_assert_true(plan_tests_cover(tests, past, 5, NULL));
    const PlanTest *test = g_ptr_array_index(tests, 0);
    const CoverageLevel *level = g_ptr_array_index(test->levels, 0);
    g_assert_cmpuint(level->tried->covered, ==, 6); /* the failed case's; the control is outside */
    g_assert_cmpuint(level->proven->covered, ==, 0);
    remove_run(folder);
}

static void test_past_resumed(void)
{
    g_autoptr(Inputs) inputs = test_inputs(SCENARIO);
    g_autoptr(Plan) plan = make_plan(inputs);
    g_autoptr(GString) journal = g_string_new(RUN_BEGIN);
    g_autoptr(PlanPast) past = plan_past_new();

    append_case(journal, case_at(plan, 0)->id, NULL, 90000, 0);
    g_string_append(journal, RUN_BEGIN);
    append_case(journal, case_at(plan, 0)->id, "passed", 100, 4100);
    g_autofree char *folder = make_run(plan, journal->str);
    g_assert_true(plan_past_add(past, folder, NULL));
    g_assert_cmpfloat(((const PlanPastCase *)g_ptr_array_index(past->cases, 0))->seconds, ==, 4);
    remove_run(folder);
}

static void test_past_wrong(void)
{
    g_autoptr(Inputs) inputs = test_inputs(SCENARIO);
    g_autoptr(Plan) plan = make_plan(inputs);
    g_autoptr(GString) endless = g_string_new(NULL);
    const char *const journals[] = {"{\"type\":\"case-end\",}\n", endless->str};

    for (guint i = 0; i <= (1u << 20); i++)
        g_string_append_c(endless, 'x');
    g_string_append_c(endless, '\n');
    for (guint i = 0; i < G_N_ELEMENTS(journals); i++) {
        g_autoptr(PlanPast) past = plan_past_new();
        g_autoptr(GError) error = NULL;
        g_autofree char *folder = make_run(plan, i ? endless->str : journals[0]);
        g_assert_false(plan_past_add(past, folder, &error));
        g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
        g_assert_nonnull(strstr(error->message, "journal.ndjson:1: "));
        remove_run(folder);
    }
    g_autoptr(PlanPast) past = plan_past_new();
    g_autoptr(GError) error = NULL;
    g_assert_false(plan_past_add(past, "/nowhere", &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
}

/* CSV */

static Plan *read_csv(const Inputs *inputs, const char *text, GError **error)
{
    g_autofree char *folder = g_dir_make_tmp("truce-csv-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "plan.csv", NULL);
    Plan *plan = NULL;

    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    plan_from_csv(inputs->scenario, path, &plan, error);
    g_unlink(path);
    g_rmdir(folder);
    return plan;
}

static void test_csv(void)
{
    g_autoptr(Inputs) inputs = test_inputs(SCENARIO);
    g_autoptr(Plan) plan = make_plan(inputs);
    g_autofree char *csv = plan_to_csv(plan);
    g_autoptr(GError) error = NULL;
    g_autoptr(Plan) back = read_csv(inputs, csv, &error);

    g_assert_no_error(error);
    g_assert_cmpuint(back->cases->len, ==, plan->cases->len);
    for (guint i = 0; i < plan->cases->len; i++) {
        const PlanCase *one = case_at(plan, i), *other = case_at(back, i);
        g_autofree char *vendors = plan_names_text(one->vendors, " ");
        g_autofree char *others = plan_names_text(other->vendors, " ");
        g_autofree char *values = plan_case_parameters_text(one->test, one, " ");
        g_autofree char *other_values = plan_case_parameters_text(other->test, other, " ");
        g_assert_cmpstr(vendors, ==, others);
        g_assert_cmpstr(values, ==, other_values);
    }
}

static void test_csv_wrong(void)
{
    static const struct {
        const char *text, *message;
    } wrong[] = {
        {"test,guest\ntogether,ref\n", ":1: the column 'vendors' is missing"},
        {"test,guest,vendors,lode\n", ":1: the scenario has no parameter 'lode'"},
        {"test,guest,vendors,test\n", ":1: the column 'test' is there twice"},
        {"test,guest,vendors\nx,ref,none\n", ":2: the scenario has no test 'x'"},
        {"test,guest,vendors\ntogether,ref,none,1\n", ":2: more cells than columns"},
        {"test,guest,vendors\n\"together,ref,none\n", ":2: a double quote does not end"},
        {"test,guest,vendors\ntogether\n", ":2: the test or the guest is missing"},
        {"test,guest,vendors\n\xff\n", ":1: this is no UTF-8 text"},
    };
    g_autoptr(Inputs) inputs = test_inputs(SCENARIO);

    for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(read_csv(inputs, wrong[i].text, &error));
        g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
        g_assert_nonnull(strstr(error->message, wrong[i].message));
    }
}

/* Coverage and reasons of a plan that lacks a case: what only it covered is what is missing. */
static void test_coverage(void)
{
    g_autoptr(Inputs) inputs = test_inputs(SCENARIO);
    g_autoptr(Plan) plan = make_plan(inputs);
    g_autoptr(GPtrArray) whole = NULL, less = NULL;

    g_assert_true(plan_tests_new(inputs, plan, 2, &whole, NULL));
    g_assert_true(plan_tests_explain(whole, 1000, NULL));
    g_assert_true(plan_tests_cover(whole, NULL, 10, NULL));
    const PlanTest *test = g_ptr_array_index(whole, 0);
    const Coverage *full = ((const CoverageLevel *)g_ptr_array_index(test->levels, 1))->tried;
    guint last = test->cases->len - 1;
    guint64 alone = ((const CoverageRow *)g_ptr_array_index(test->rows, last))->alone;
    g_assert_cmpuint(full->covered, ==, full->possible);
    g_assert_cmpuint(alone, >, 0);
    g_assert_true(g_ptr_array_index(test->cases, last) == case_at(plan, plan->cases->len - 1));

    g_autofree char *text = plan_coverage_text(whole);
    g_assert_nonnull(strstr(text, "pairs covered (100.0 %)"));
    g_ptr_array_set_size(plan->cases, (int)plan->cases->len - 1);
    g_assert_true(plan_tests_new(inputs, plan, 2, &less, NULL));
    g_assert_true(plan_tests_cover(less, NULL, 10, NULL));
    const PlanTest *cut = g_ptr_array_index(less, 0);
    const Coverage *part = ((const CoverageLevel *)g_ptr_array_index(cut->levels, 1))->tried;
    g_assert_cmpuint(part->possible, ==, full->possible);
    g_assert_cmpuint(part->possible - part->covered, ==, alone);
}

static void test_table(void)
{
    g_autoptr(Inputs) inputs = test_inputs(SCENARIO);
    g_autoptr(Plan) plan = make_plan(inputs);
    g_autofree char *narrow = plan_table(plan, 100, 120);
    g_autofree char *wide = plan_table(plan, 0, 0);
    g_auto(GStrv) lines = g_strsplit(narrow, "\n", -1);

    g_assert_cmpuint(g_strv_length(lines), ==, plan->cases->len + 4); /* head, budget, sum, end */
    g_assert_cmpstr(lines[3], ==, "--- 2 min end about here");
    g_assert_nonnull(strstr(lines[1], "none"));
    g_assert_null(strstr(wide, "…"));
    g_assert_null(strstr(wide, "---"));
    g_autofree char *seconds = plan_time_text(59.4), *hours = plan_time_text(7500);
    g_assert_cmpstr(seconds, ==, "59 s");
    g_assert_cmpstr(hours, ==, "2 h 5 min");
}

int main(int argc, char **argv)
{
    g_autofree char *share = g_build_filename(g_getenv("TRUCE_BINARY_DIR"), "share", "truce", NULL);

    g_test_init(&argc, &argv, NULL);
    g_setenv("TRUCE_SHARE", share, TRUE);
    g_test_add_func("/choose/changed", test_changed);
    g_test_add_func("/choose/changed-parameter", test_changed_parameter);
    g_test_add_func("/choose/changed-wrong", test_changed_wrong);
    g_test_add_func("/choose/shards-balance", test_shards_balance);
    g_test_add_func("/choose/shards-stable", test_shards_stable);
    g_test_add_func("/choose/order", test_order);
    g_test_add_func("/choose/order-covers-early", test_order_covers_early);
    g_test_add_func("/past/run", test_past);
    g_test_add_func("/past/resumed", test_past_resumed);
    g_test_add_func("/past/wrong", test_past_wrong);
    g_test_add_func("/csv/round", test_csv);
    g_test_add_func("/csv/wrong", test_csv_wrong);
    g_test_add_func("/coverage/scenario", test_coverage);
    g_test_add_func("/table", test_table);
    return g_test_run();
}
