/* SPDX-License-Identifier: GPL-2.0-or-later
 * Unit test: the constraint language, and the solver against walking over all rows.
 */
#include <string.h>

#include "brute.h"
#include "plan/feasible.h"
#include "plan/random.h"
#include "util/error.h"

static const char sample[] = "A: 1, 2, 3\n"
                             "B: 2, 3.5, 10\n"
                             "C: alpha, Beta, \"quoted\", a]b\n"
                             "D: ALPHA, gamma\n"
                             "E: ~0, 5\n";

/* The rows that obey a constraint, as a string of digits: which values of `parameter`, the other
 * parameters being 0. */
static char *holding(const char *text, guint parameter)
{
    g_autoptr(CoverModel) model = brute_model(sample);
    g_autoptr(GError) error = NULL;
    GString *found = g_string_new(NULL);
    cover_model_constrain(model, text, "test", 1, &error);
    g_assert_no_error(error);
    for (guint v = 0; v < cover_model_parameter(model, parameter)->values->len; v++) {
        guint16 row[5] = {0};
        bool all = true;
        row[parameter] = (guint16)v;
        for (guint c = 0; c < model->constraints->len; c++)
            all = all && expression_truth(model->constraints->pdata[c], row) == TRUTH_TRUE;
        if (all)
            g_string_append_printf(found, "%u", v);
    }
    return g_string_free(found, FALSE);
}

static void test_meaning(void)
{
    static const struct {
        const char *text;
        guint parameter;
        const char *values;
    } cases[] = {
        {"[A] = 2;", 0, "1"},
        {"[A] <> 2;", 0, "02"},
        {"[A] < 2;", 0, "0"},
        {"[a]<=2.0;", 0, "01"},
        {"[A] > 1e0;", 0, "12"},
        {"[A]>=+3;", 0, "2"},
        {"[A] IN {1, 3, 7};", 0, "02"},
        {"[A] not in {1,3};", 0, "1"},
        {"[A] = [B];", 0, "1"},
        {"[A] < [B];", 0, "0"},
        {"[A] >= [B];", 0, "12"},
        {"[B] > [A];", 0, "0"},
        {"[A] <> [B];", 0, "02"},
        {"[C] = \"BETA\";", 2, "1"},
        {"[C] >= \"b\";", 2, "1"},
        {"[C] LIKE \"*A\";", 2, "01"},
        {"[C] LIKE \"?eta\";", 2, "1"},
        {"[C] NOT LIKE \"*a*\";", 2, "2"},
        {"[C] LIKE \"\\\"q*ed\\\"\";", 2, "2"},
        {"[C] = \"a\\]b\";", 2, "3"},
        {"[C] = [D];", 2, "0"},
        {"[C] IN {\"alpha\", \"a]b\", \"nothing\"};", 2, "03"},
        {"NOT [A] = 1;", 0, "12"},
        {"NOT NOT [A] = 1;", 0, "0"},
        {"NOT [A] = 1 AND [A] < 3;", 0, "1"},
        {"[A] = 1 OR [A] = 2 AND [A] = 3;", 0, "0"},
        {"([A] = 1 OR [A] = 2) AND [A] <> 1;", 0, "1"},
        {"NOT ([A] = 1 OR [A] = 2);", 0, "2"},
        {"IF [A] > 1 THEN [A] > 2;", 0, "02"},
        {"if [A] = 1 then [A] = 2 else [A] = 3;", 0, "2"},
        {"IF[A]=1 OR[A]=2 THEN[B]=2;", 0, "012"},
        {"IsNegative(E);", 4, "0"},
        {"IsPositive(e);", 4, "1"},
        {"ISNEGATIVE();", 4, "0"},
        {"IsPositive();", 4, "1"},
        {"[E] = 0;", 4, "0"},
        {"[A] > 1; [A] < 3;", 0, "1"},
        {"[A] = [A];", 0, "012"},
        {"[A] < [A];", 0, ""},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *values = holding(cases[i].text, cases[i].parameter);
        if (strcmp(values, cases[i].values) != 0)
            g_error("%s: %s instead of %s", cases[i].text, values, cases[i].values);
    }
}

static void test_errors(void)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"[A] = 1", "test:1:8: expected ';'"},
        {"[A] == 1;", "test:1:6: expected a number"},
        {"[A] = \"x\";", "test:1:7: 'A' has numbers"},
        {"[C] = 1;", "test:1:7: 'C' has texts"},
        {"[A] LIKE \"1*\";", "LIKE is for texts"},
        {"[C] LIKE 3;", "test:1:10: 'C' has texts"},
        {"[A] = [C];", "test:1:7: 'A' has numbers and 'C' has texts"},
        {"[Nobody] = 1;", "test:1:1: there is no parameter 'Nobody'"},
        {"IF [A] = 1;", "expected AND, OR or THEN"},
        {"IF [A] = 1 THEN;", "test:1:16: expected a parameter in brackets"},
        {"\n\n  [A] IN {1, 2;", "test:3:15: expected ',' or '}'"},
        {"[A] IN 1;", "expected '{'"},
        {"([A] = 1;", "test:1:1: the parenthesis opened here has no ')'"},
        {"[C] = \"x;", "no closing '\"'"},
        {"[C = 1;", "no closing ']'"},
        {"[C] = \"\\x\";", "after '\\' only"},
        {"[A] NOT 1;", "expected LIKE or IN after NOT"},
        {"[A] ! 1;", "expected a relation"},
        {"IsNegative E;", "expected '('"},
        {"IsNegative(X);", "there is no parameter 'X'"},
        {"[A] = 1e999;", "expected a number"},
        {"A = 1;", "expected a parameter in brackets"},
        {";", "expected a parameter in brackets"},
    };
    g_autoptr(CoverModel) model = brute_model(sample);
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(cover_model_constrain(model, cases[i].text, "test", 1, &error));
        g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
        if (!strstr(error->message, cases[i].message))
            g_error("%s: '%s' instead of '%s'", cases[i].text, error->message, cases[i].message);
    }
    g_assert_cmpuint(model->constraints->len, ==, 0);
}

static void test_depth(void)
{
    g_autoptr(CoverModel) model = brute_model(sample);
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    for (guint i = 0; i < 100000; i++)
        g_string_append_c(text, '(');
    g_assert_false(cover_model_constrain(model, text->str, "test", 1, &error));
    g_assert_nonnull(strstr(error->message, "nested deeper"));
}

static void test_open(void)
{
    static const struct {
        guint16 row[2];
        Truth truth;
    } cases[] = {
        {{0, 0}, TRUTH_TRUE},         {{0, 1}, TRUTH_FALSE},        {{0, COVER_ANY}, TRUTH_OPEN},
        {{1, COVER_ANY}, TRUTH_TRUE}, {{COVER_ANY, 0}, TRUTH_TRUE}, {{COVER_ANY, 1}, TRUTH_OPEN},
    };
    g_autoptr(CoverModel) model = brute_product("3^2");
    g_assert_true(cover_model_constrain(model, "IF [P0] = 0 THEN [P1] = 0;", "test", 1, NULL));
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpint(expression_truth(model->constraints->pdata[0], cases[i].row), ==,
                        cases[i].truth);
}

/* ---- the solver ----------------------------------------------------------------------------- */

/* A random tree of terms over four parameters of three values. */
static void random_predicate(Random *random, guint depth, GString *text)
{
    static const char *const relations[] = {"=", "<>", "<", "<=", ">", ">="};
    guint kind = depth == 0 ? random_below(random, 3) : random_below(random, 7);
    const char *relation = relations[random_below(random, 6)];
    guint a = random_below(random, 4), b = random_below(random, 4);
    switch (kind) {
    case 0:
    case 1:
        g_string_append_printf(text, "[P%u] %s %u", a, relation, random_below(random, 3));
        return;
    case 2:
        g_string_append_printf(text, "[P%u] %s [P%u]", a, relation, b);
        return;
    case 3:
        g_string_append_printf(text, "[P%u] IN {%u, %u}", a, random_below(random, 3),
                               random_below(random, 4));
        return;
    case 4:
        g_string_append(text, "NOT ");
        break;
    default:
        break;
    }
    g_string_append_c(text, '(');
    random_predicate(random, depth - 1, text);
    g_string_append(text, kind == 5 ? " AND " : " OR ");
    random_predicate(random, depth - 1, text);
    g_string_append_c(text, ')');
}

static void random_constraint(Random *random, GString *text)
{
    if (random_below(random, 2)) {
        random_predicate(random, 2, text);
    } else {
        g_string_append(text, "IF ");
        random_predicate(random, 1, text);
        g_string_append(text, " THEN ");
        random_predicate(random, 1, text);
        if (random_below(random, 2)) {
            g_string_append(text, " ELSE ");
            random_predicate(random, 1, text);
        }
    }
    g_string_append(text, ";\n");
}

static bool walk_obeys(const CoverModel *model, const guint16 *row, guint without)
{
    for (guint c = 0; c < model->constraints->len; c++)
        if (c != without && expression_truth(model->constraints->pdata[c], row) != TRUTH_TRUE)
            return false;
    return true;
}

/* Whether some complete row fits the partial one, by trying all 81. */
static bool walk_possible(const CoverModel *model, const guint16 *partial, const GArray *only)
{
    for (guint i = 0; i < 81; i++) {
        guint16 row[] = {(guint16)(i % 3), (guint16)(i / 3 % 3), (guint16)(i / 9 % 3),
                         (guint16)(i / 27)};
        bool fits = true;
        for (guint p = 0; p < 4; p++)
            fits = fits && (partial[p] == COVER_ANY || partial[p] == row[p]);
        for (guint c = 0; only && c < only->len; c++)
            fits =
                fits && expression_truth(model->constraints->pdata[g_array_index(only, guint, c)],
                                         row) == TRUTH_TRUE;
        if (fits && (only || walk_obeys(model, row, G_MAXUINT)))
            return true;
    }
    return false;
}

static void check_partial(Feasible *feasible, const CoverModel *model, const guint16 *partial)
{
    guint16 row[4];
    bool possible = walk_possible(model, partial, NULL);
    g_assert_true(feasible_partial(feasible, partial) == possible);
    memcpy(row, partial, sizeof row);
    g_assert_true(feasible_complete(feasible, row, NULL) == possible);
    for (guint p = 0; p < 4; p++)
        g_assert_true(partial[p] == COVER_ANY ? !possible || row[p] < 3 : row[p] == partial[p]);
    if (possible)
        g_assert_true(walk_obeys(model, row, G_MAXUINT));
}

/* None of a minimal conflict's constraints can be left out, and together they are one. */
static void check_conflict(Feasible *feasible, const CoverModel *model)
{
    static const guint16 none[] = {COVER_ANY, COVER_ANY, COVER_ANY, COVER_ANY};
    g_autoptr(GArray) conflict = feasible_conflict(feasible);
    if (walk_possible(model, none, NULL)) {
        g_assert_cmpuint(conflict->len, ==, 0);
        return;
    }
    g_assert_cmpuint(conflict->len, >, 0);
    g_assert_false(walk_possible(model, none, conflict));
    for (guint i = 0; i < conflict->len; i++) {
        g_autoptr(GArray) rest = g_array_copy(conflict);
        g_array_remove_index(rest, i);
        g_assert_true(walk_possible(model, none, rest));
    }
}

static void test_solver(void)
{
    guint64 all[4] = {7, 7, 7, 7};
    guint64 *const allowed[] = {&all[0], &all[1], &all[2], &all[3]};
    Random random = {1};
    guint impossible = 0;
    for (guint i = 0; i < 300; i++) {
        g_autoptr(CoverModel) model = brute_product("3^4");
        g_autoptr(GString) text = g_string_new(NULL);
        for (guint c = 1 + random_below(&random, 5); c > 0; c--)
            random_constraint(&random, text);
        g_autoptr(GError) error = NULL;
        cover_model_constrain(model, text->str, "test", 1, &error);
        g_assert_no_error(error);
        g_autoptr(Feasible) feasible = feasible_new(model, allowed);
        for (guint j = 0; j < 256; j++) {
            guint16 partial[4];
            for (guint p = 0; p < 4; p++)
                partial[p] = (j >> (2 * p) & 3) == 3 ? COVER_ANY : (guint16)(j >> (2 * p) & 3);
            check_partial(feasible, model, partial);
        }
        check_conflict(feasible, model);
        static const guint16 none[] = {COVER_ANY, COVER_ANY, COVER_ANY, COVER_ANY};
        impossible += !feasible_partial(feasible, none);
    }
    /* The sample has both kinds of model. */
    g_assert_cmpuint(impossible, >, 20);
    g_assert_cmpuint(impossible, <, 280);
}

/* Nine pigeons in eight holes: it must give up, or say no, in bounded time. */
static void test_hard(void)
{
    g_autoptr(CoverModel) model = brute_product("11^12");
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(CoverArray) array = NULL;
    CoverOptions options = {.strength = 2};
    for (guint a = 0; a < 12; a++)
        for (guint b = a + 1; b < 12; b++)
            g_string_append_printf(text, "[P%u] <> [P%u];\n", a, b);
    g_assert_true(cover_model_constrain(model, text->str, "test", 1, NULL));
    g_assert_false(cover_generate(model, &options, &array, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    g_assert_nonnull(strstr(error->message, "too hard"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/expression/meaning", test_meaning);
    g_test_add_func("/expression/errors", test_errors);
    g_test_add_func("/expression/depth", test_depth);
    g_test_add_func("/expression/open", test_open);
    g_test_add_func("/expression/solver", test_solver);
    g_test_add_func("/expression/hard", test_hard);
    return g_test_run();
}
