/* SPDX-License-Identifier: GPL-2.0-or-later
 * Unit test: PICT's model and seed files, rows as CSV and JSON.
 */
#include <string.h>

#include "brute.h"
#include "plan/pict.h"
#include "plan/rows.h"
#include "util/error.h"

/* The model in one line a parameter, group and constraint. */
static char *describe(const CoverModel *model)
{
    GString *text = g_string_new(NULL);
    for (guint p = 0; p < model->parameters->len; p++) {
        const CoverParameter *parameter = cover_model_parameter(model, p);
        g_string_append_printf(text, "%s%s%s", parameter->name, parameter->numeric ? " #" : "",
                               parameter->result ? " $" : "");
        for (guint v = 0; v < parameter->values->len; v++) {
            const CoverValue *value = parameter->values->pdata[v];
            g_string_append_printf(text, " <%s", value->negative ? "~" : "");
            for (guint n = 0; n < value->names->len; n++)
                g_string_append_printf(text, "%s%s", n > 0 ? "|" : "",
                                       (char *)value->names->pdata[n]);
            if (value->weight != 1)
                g_string_append_printf(text, "*%u", value->weight);
            g_string_append_c(text, '>');
        }
        g_string_append_c(text, '\n');
    }
    for (guint g = 0; g < model->groups->len; g++) {
        const CoverGroup *group = model->groups->pdata[g];
        for (guint m = 0; m < group->members->len; m++)
            g_string_append_printf(text, "%s%u", m > 0 ? "," : "{",
                                   g_array_index(group->members, guint, m));
        g_string_append_printf(text, "}@%u\n", group->strength);
    }
    for (guint c = 0; c < model->constraints->len; c++) {
        const Expression *expression = model->constraints->pdata[c];
        g_string_append_printf(text, "%s %s\n", expression->where, expression->text);
    }
    return g_string_free(text, FALSE);
}

static void expect(const char *text, const PictOptions *options, const char *described)
{
    g_autoptr(CoverModel) model = NULL;
    g_autoptr(GError) error = NULL;
    pict_parse(text, strlen(text), "m", options, &model, &error);
    g_assert_no_error(error);
    g_autofree char *found = describe(model);
    g_assert_cmpstr(found, ==, described);
}

static void test_parameters(void)
{
    expect("# comment\n\nA: 1, 2.5, -3\n  B b :x|y z,~ bad (3) , w (10)\r\nC, p, q\n", NULL,
           "A # <1> <2.5> <-3>\nB b <x|y z> <~bad*3> <w*10>\nC <p> <q>\n");
    expect("\xef\xbb\xbf"
           "A: 1, x\nB: <A>, y\nC: <b>, <Nobody>\n$R: a, b\nD: a(b), (2), é\n",
           NULL,
           "A <1> <x>\nB <1> <x> <y>\nC <1> <x> <y> <<Nobody>>\n$R $ <a> <b>\n"
           "D <a(b)> <*2> <é>\n");
    expect("A: 1;2,3\nB: x!y; -z\n", &(PictOptions){';', '!', '-', true},
           "A <1> <2,3>\nB <x|y> <~z>\n");
    /* Only the first name says whether a value is negative or a number. */
    expect("A: ~1|x, 2|~y\n", NULL, "A # <~1|x> <2|~y>\n");
    expect("a: 1\nA: 2\n", &(PictOptions){',', '|', '~', true}, "a # <1>\nA # <2>\n");
}

static void test_sections(void)
{
    expect("A: 1, 2\nB: 1, 2\nC: 1, 2\n\n{ C, A } @ 2\n# comment\n{b}\n"
           "IF [A] = 1\n# between\nTHEN [B] = 2; [C] = 1;\n",
           NULL,
           "A # <1> <2>\nB # <1> <2>\nC # <1> <2>\n{0,2}@2\n{1}@0\n"
           "m:8:1 IF [A] = 1 THEN [B] = 2;\nm:10:15 [C] = 1;\n");
    expect("A: 1, 2\nIfs: 1, 2\nNotes: x\nIF\n[A] = 1 THEN [Ifs] = 1;\n", NULL,
           "A # <1> <2>\nIfs # <1> <2>\nNotes <x>\nm:4:1 IF [A] = 1 THEN [Ifs] = 1;\n");
    expect("A: 1, ~2\nNOT [A] = 1;\n", NULL, "A # <1> <~2>\nm:2:1 NOT [A] = 1;\n");
    expect("A: 1, ~2\nIF IsNegative(A) THEN [A] = 2;\n", NULL,
           "A # <1> <~2>\nm:2:1 IF IsNegative(A) THEN [A] = 2;\n");
    expect("A: 1, 2\n([A] = 1);\n", NULL, "A # <1> <2>\nm:2:1 ([A] = 1);\n");
}

static void test_errors(void)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "m:1:1: the model has no parameters"},
        {"# only a comment\n", "has no parameters"},
        {"A: 1\n  what is this\n", "m:2:3: expected a parameter and its values"},
        {"A: 1\na: 2\n", "m:2:1: the parameter 'a' is there twice"},
        {"A @ 3: 1, 2\n", "m:1:1: an order on a single parameter"},
        {"A: 1, 2\nB: 1\n{ A, X } @ 2\n", "m:3:1: there is no parameter 'X'"},
        {"A: 1, 2\nB: 1\n{ A, A } @ 2\n", "m:3:1: a group names a parameter twice"},
        {"A: 1, 2\nB: 1\n{ A, B } @ 3\n", "m:3:1: a group has a strength over"},
        {"A: 1, 2\nB: 1\n{ A, B } @ x\n", "m:3:9: expected '@' and a strength"},
        {"A: 1, 2\nB: 1\n{ A, B } 2\n", "m:3:9: expected '@' and a strength"},
        {"A: 1, 2\nB: 1\n{ A, B }\nC: 1\n", "m:4:1: expected a sub-model"},
        {"A: 1, 2\n\n[A] = 1;\n [A] = \"x\";\n", "m:4:8: 'A' has numbers"},
        {"A: 1, 2\n[A] = 1;\nB: 1\n", "m:3:1: expected a parameter in brackets"},
        {"A: 1\n\xff\n", "m:2: not UTF-8"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(CoverModel) model = NULL;
        g_autoptr(GError) error = NULL;
        g_assert_false(pict_parse(cases[i].text, strlen(cases[i].text), "m", NULL, &model, &error));
        g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
        if (!strstr(error->message, cases[i].message))
            g_error("'%s' instead of '%s'", error->message, cases[i].message);
        g_assert_null(model);
    }
    g_autoptr(GError) error = NULL;
    g_autoptr(CoverModel) model = NULL;
    g_assert_false(pict_parse("A: 1\0B: 2\n", 10, "m", NULL, &model, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
}

/* Each line doubles the values: it must be refused, not done. */
static void test_doubling(void)
{
    g_autoptr(GString) text = g_string_new("P0: a, b\n");
    g_autoptr(CoverModel) model = NULL;
    g_autoptr(GError) error = NULL;
    for (guint i = 1; i < 60; i++)
        g_string_append_printf(text, "P%u: <P%u>, <P%u>\n", i, i - 1, i - 1);
    g_assert_false(pict_parse(text->str, text->len, "m", NULL, &model, &error));
    g_assert_nonnull(strstr(error->message, "too many values"));
}

static void test_seeds(void)
{
    static const char seeds[] = "Ver\tSKU\tNobody\tLang\tArch\n"
                                "Win7\tPro\tz\tEN\tx86\n"
                                "win7\t\tz\tFR|x\tx86\n"
                                "Win10\tHome\tz\tEN\tx64\n"
                                "\n"
                                "Win10\tPro\tz\tEN\t~arm\textra\n"
                                "~Win95\tPro\tz\tEN\t~arm\n";
    g_autoptr(CoverModel) model =
        brute_model("Ver: Win7, Win10, ~Win95\nSKU: Pro, Home\nLang: EN, FR\nArch: x86, x64, ~arm\n"
                    "IF [Ver] = \"Win10\" THEN [SKU] = \"Pro\";\n");
    g_autoptr(GPtrArray) warnings = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;
    pict_seeds_parse(model, seeds, strlen(seeds), "s", NULL, warnings, &error);
    g_assert_no_error(error);
    static const guint16 rows[][4] = {{0, 0, 0, 0}, {0, COVER_ANY, COVER_ANY, 0}, {1, 0, 0, 2}};
    static const char *const said[] = {
        "s:1: the model has no parameter 'Nobody': its column is left out",
        "s:3: 'FR|x' is no value of 'Lang': the cell is left free",
        "s:4: the row breaks the constraints and is skipped",
        "s:6: a cell without a column is left out",
        "s:7: the row has two negative values and is skipped"};
    g_assert_cmpuint(model->seeds->len, ==, G_N_ELEMENTS(rows));
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
        g_assert_cmpmem(model->seeds->pdata[i], sizeof rows[i], rows[i], sizeof rows[i]);
    g_assert_cmpuint(warnings->len, ==, G_N_ELEMENTS(said));
    for (guint i = 0; i < G_N_ELEMENTS(said); i++)
        g_assert_cmpstr(warnings->pdata[i], ==, said[i]);
    g_assert_false(pict_seeds_parse(model, "X\tY\n", 4, "s", NULL, warnings, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
}

static CoverArray *array_of(guint n_parameters, guint n_rows, const guint16 *cells)
{
    CoverArray *array = g_new0(CoverArray, 1);
    array->n_parameters = n_parameters;
    array->n_rows = n_rows;
    array->cells = g_memdup2(cells, n_parameters * n_rows * sizeof *cells);
    array->seeded = g_new0(bool, n_rows);
    return array;
}

static void test_csv(void)
{
    static const guint16 cells[] = {0, 0, 1, 1, 0, 2, 2, 1};
    static const char csv[] = "A,\"B,b\"\r\nx,1\r\n\"a \"\"b\"\"\",~2\r\ny,3\r\nc d,~2\r\n";
    g_autoptr(CoverModel) model = brute_model("A: x|y, a \"b\", c d\n");
    GPtrArray *values = g_ptr_array_new();
    for (guint i = 1; i <= 3; i++) {
        g_autofree char *name = g_strdup_printf("%u", i);
        g_ptr_array_add(values, cover_value_new(name));
    }
    ((CoverValue *)values->pdata[1])->negative = true;
    g_assert_true(cover_model_add(model, "B,b", values, NULL));
    g_autoptr(CoverArray) array = array_of(2, 4, cells);
    g_autofree char *text = rows_to_csv(model, array, ',');
    g_assert_cmpstr(text, ==, csv);

    g_autoptr(CoverArray) back = NULL;
    g_autoptr(GError) error = NULL;
    rows_from_csv(model, csv, strlen(csv), "r", &back, &error);
    g_assert_no_error(error);
    g_assert_cmpmem(back->cells, sizeof cells, cells, sizeof cells);

    array->seeded[0] = true;
    g_autofree char *json = rows_to_json(model, array);
    g_auto(GStrv) words = g_strsplit_set(json, " \t\n", -1);
    g_autofree char *flat = g_strjoinv("", words);
    g_assert_true(g_str_has_prefix(
        flat, "{\"version\":1,\"parameters\":[\"A\",\"B,b\"],\"rows\":[{\"values\":{\"A\":\"x\","
              "\"B,b\":\"1\"},\"seeded\":true},{\"values\":{\"A\":\"a\\\"b\\\"\",\"B,b\":\"2\"},"
              "\"negative\":\"B,b\"}"));
}

static void test_csv_reading(void)
{
    static const struct {
        const char *text, *message;
    } wrong[] = {
        {"", "r:1: empty"},
        {"A,X\n", "r:1: the model has no parameter 'X'"},
        {"A,A\n", "r:1: the column 'A' is there twice"},
        {"A\n1\n9\n", "r:3: '9' is no value of 'A'"},
        {"A\n1,2\n", "r:2: more cells than columns"},
        {"A\n\"1\n", "r:2: a double quote does not end"},
        {"A\n\"1\"2\n", "r:2: expected ','"},
        {"A\n\xff\n", "not UTF-8"},
    };
    static const guint16 cells[] = {COVER_ANY, 1, 0, COVER_ANY, COVER_ANY, COVER_ANY};
    g_autoptr(CoverModel) model = brute_model("A: 0, 1\nB: 0, 1\n");
    for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autoptr(CoverArray) array = NULL;
        g_autoptr(GError) error = NULL;
        g_assert_false(
            rows_from_csv(model, wrong[i].text, strlen(wrong[i].text), "r", &array, &error));
        g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
        if (!strstr(error->message, wrong[i].message))
            g_error("'%s' instead of '%s'", error->message, wrong[i].message);
    }
    g_autoptr(CoverArray) array = NULL;
    g_assert_true(rows_from_csv(model, "B,A\n1\n,0\n\n", 10, "r", &array, NULL));
    g_assert_cmpuint(array->n_rows, ==, 3);
    g_assert_cmpmem(array->cells, sizeof cells, cells, sizeof cells);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pict/parameters", test_parameters);
    g_test_add_func("/pict/sections", test_sections);
    g_test_add_func("/pict/errors", test_errors);
    g_test_add_func("/pict/doubling", test_doubling);
    g_test_add_func("/pict/seeds", test_seeds);
    g_test_add_func("/rows/csv", test_csv);
    g_test_add_func("/rows/csv-reading", test_csv_reading);
    return g_test_run();
}
