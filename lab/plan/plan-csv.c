/* SPDX-License-Identifier: GPL-2.0-or-later
 * A plan as CSV, written and read back.
 */
#include "plan/plan-csv.h"

#include <string.h>

#include "plan/csv.h"
#include "plan/plan-case.h"
#include "util/error.h"
#include "util/files.h"

/* Writing */

static void add_key(GPtrArray *keys, const char *key)
{
    if (!g_ptr_array_find_with_equal_func(keys, key, g_str_equal, NULL))
        g_ptr_array_add(keys, g_strdup(key));
}

/* The keys of all cases, in the order of the matrices. */
static GPtrArray *keys_of(const Plan *plan)
{
    GPtrArray *keys = g_ptr_array_new_with_free_func(g_free);
    const Test *last = NULL;

    for (guint i = 0; i < plan->cases->len; i++) {
        const Test *test = ((const PlanCase *)g_ptr_array_index(plan->cases, i))->test;
        for (guint p = 0; test && test != last && p < test->parameters->len; p++)
            add_key(keys, ((const Parameter *)g_ptr_array_index(test->parameters, p))->key);
        last = test;
    }
    return keys;
}

static void append_cell(GString *csv, const char *text)
{
    csv_append(csv, text ? text : "", ',');
    g_string_append_c(csv, ',');
}

char *plan_to_csv(const Plan *plan)
{
    g_autoptr(GPtrArray) keys = keys_of(plan);
    GString *csv = g_string_new("test,guest,vendors,");

    for (guint k = 0; k < keys->len; k++)
        append_cell(csv, g_ptr_array_index(keys, k));
    g_string_append(csv, "control,expected_s,why\r\n");
    for (guint i = 0; i < plan->cases->len; i++) {
        const PlanCase *plan_case = g_ptr_array_index(plan->cases, i);
        g_autofree char *vendors = plan_names_text(plan_case->vendors, " ");
        append_cell(csv, plan_case->test_name);
        append_cell(csv, plan_case->guest);
        append_cell(csv, *vendors ? vendors : "none");
        for (guint k = 0; k < keys->len; k++)
            append_cell(csv,
                        g_hash_table_lookup(plan_case->parameters, g_ptr_array_index(keys, k)));
        g_string_append_printf(csv, "%s,%.0f,", plan_case->control ? "yes" : "no",
                               plan_case->expected_s);
        csv_append(csv, plan_case->why, ',');
        g_string_append(csv, "\r\n");
    }
    return g_string_free(csv, FALSE);
}

/* Reading */

typedef struct {
    CsvReader csv;
    const Scenario *scenario;
    GPtrArray *columns; /* of char*: their names */
    Plan *plan;
} Reader;

static bool is_known(const Reader *reader, const char *name)
{
    static const char *const others[] = {"test",       "guest", "vendors", "control",
                                         "expected_s", "why",   "id",      NULL};

    for (guint i = 0; i < reader->scenario->tests->len; i++) {
        const Test *test = g_ptr_array_index(reader->scenario->tests, i);
        for (guint p = 0; p < test->parameters->len; p++)
            if (g_str_equal(((const Parameter *)g_ptr_array_index(test->parameters, p))->key, name))
                return true;
    }
    return g_strv_contains(others, name);
}

static bool read_header(Reader *reader, GError **error)
{
    static const char *const needed[] = {"test", "guest", "vendors"};
    bool last = false;

    while (!last) {
        char *name = csv_take(&reader->csv, &last, error);
        if (!name)
            return false;
        g_strstrip(name);
        bool twice = g_ptr_array_find_with_equal_func(reader->columns, name, g_str_equal, NULL);
        g_ptr_array_add(reader->columns, name);
        if (twice)
            return csv_fail(&reader->csv, error, "the column '%s' is there twice", name);
        if (!is_known(reader, name))
            return csv_fail(&reader->csv, error, "the scenario has no parameter '%s'", name);
    }
    for (guint i = 0; i < G_N_ELEMENTS(needed); i++)
        if (!g_ptr_array_find_with_equal_func(reader->columns, needed[i], g_str_equal, NULL))
            return csv_fail(&reader->csv, error, "the column '%s' is missing", needed[i]);
    return true;
}

static void read_vendors(PlanCase *plan_case, const char *text)
{
    g_auto(GStrv) words = g_strsplit_set(text, " +", -1);

    for (guint i = 0; words[i]; i++)
        if (*words[i] && !g_str_equal(words[i], "none"))
            g_ptr_array_add(plan_case->vendors, g_strdup(words[i]));
}

/* Takes the text. */
static void read_cell(PlanCase *plan_case, const char *column, char *text)
{
    g_autofree char *value = g_strstrip(text);
    static const char *const passed_over[] = {"control", "expected_s", "why", "id", NULL};

    if (g_str_equal(column, "test"))
        plan_case->test_name = g_steal_pointer(&value);
    else if (g_str_equal(column, "guest"))
        plan_case->guest = g_steal_pointer(&value);
    else if (g_str_equal(column, "vendors"))
        read_vendors(plan_case, value);
    else if (*value && !g_strv_contains(passed_over, column))
        g_hash_table_insert(plan_case->parameters, g_strdup(column), g_steal_pointer(&value));
}

static const Test *find_test(const Scenario *scenario, const char *name)
{
    for (guint i = 0; i < scenario->tests->len; i++) {
        const Test *test = g_ptr_array_index(scenario->tests, i);
        if (g_str_equal(test->name, name))
            return test;
    }
    return NULL;
}

static bool read_row(Reader *reader, GError **error)
{
    g_autoptr(PlanCase) plan_case = plan_case_new();
    bool last = false;

    for (guint c = 0; !last; c++) {
        char *text = csv_take(&reader->csv, &last, error);
        if (!text)
            return false;
        if (c == 0 && last && *text == '\0' && reader->columns->len > 1) {
            g_free(text); /* an empty line */
            return true;
        }
        if (c == reader->columns->len) {
            g_free(text);
            return csv_fail(&reader->csv, error, "more cells than columns");
        }
        read_cell(plan_case, g_ptr_array_index(reader->columns, c), text);
    }
    if (!plan_case->test_name || !plan_case->guest)
        return csv_fail(&reader->csv, error, "the test or the guest is missing");
    if (!find_test(reader->scenario, plan_case->test_name))
        return csv_fail(&reader->csv, error, "the scenario has no test '%s'", plan_case->test_name);
    if (reader->plan->cases->len == SCENARIO_CASES_MAX)
        return csv_fail(&reader->csv, error, "more than %d cases", SCENARIO_CASES_MAX);
    plan_case->test = find_test(reader->scenario, plan_case->test_name);
    plan_case->title = g_strdup(plan_case->test->title);
    plan_case->control = plan_case->vendors->len < 2;
    plan_case->id = g_strdup_printf("line %u", reader->csv.line);
    plan_case->why = g_strdup("written by hand");
    g_ptr_array_add(reader->plan->cases, g_steal_pointer(&plan_case));
    return true;
}

bool plan_from_csv(const Scenario *scenario, const char *path, Plan **ret_plan, GError **error)
{
    g_autofree char *text = NULL;
    gsize length;
    g_autoptr(Plan) plan = plan_new(scenario->name);
    g_autoptr(GPtrArray) columns = g_ptr_array_new_with_free_func(g_free);

    if (!files_read(path, PLAN_CSV_BYTES_MAX, &text, &length, error))
        return false;
    Reader reader = {{text, text + length, path, 1}, scenario, columns, plan};
    if (!g_utf8_validate(text, (gssize)length, NULL))
        return csv_fail(&reader.csv, error, "this is no UTF-8 text");
    if (!read_header(&reader, error))
        return false;
    while (csv_next_line(&reader.csv))
        if (!read_row(&reader, error))
            return false;
    *ret_plan = g_steal_pointer(&plan);
    return true;
}
