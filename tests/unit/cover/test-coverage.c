/* SPDX-License-Identifier: GPL-2.0-or-later
 * Unit test: what rows cover, why each is there, in which order they cover most; and the parts that
 * arrays are made from.
 */
#include <string.h>

#include "brute.h"
#include "plan/construct.h"
#include "plan/coverage-show.h"
#include "plan/field.h"
#include "plan/random.h"
#include "plan/symmetry.h"
#include "util/error.h"

#define ANY COVER_ANY

static void expect_coverage(const CoverModel *model, const guint16 *cells, guint n_rows,
                            guint strength, const guint64 expected[3], const char *first_missing)
{
    g_autoptr(Coverage) coverage = NULL;
    g_autoptr(GError) error = NULL;
    coverage_measure(model, cells, n_rows, NULL, strength, 2, &coverage, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(coverage->covered, ==, expected[0]);
    g_assert_cmpuint(coverage->possible, ==, expected[1]);
    g_assert_cmpuint(coverage->impossible, ==, expected[2]);
    if (!first_missing) {
        g_assert_cmpuint(coverage->missing->len, ==, 0);
        return;
    }
    g_autofree char *text =
        coverage_tuple_text(model, &g_array_index(coverage->missing, CoverageTuple, 0));
    g_assert_cmpstr(text, ==, first_missing);
    g_assert_cmpuint(coverage->missing->len, <=, 2);
}

static void test_measure(void)
{
    static const guint16 cells[] = {0, 0, 0, 1, 1, 1, 1, ANY, 0};
    g_autoptr(CoverModel) model = brute_model("A: a, b\nB: c, d\nC: e, f\n");
    expect_coverage(model, cells, 0, 2, (guint64[]){0, 12, 0}, "A=a, B=c");
    expect_coverage(model, cells, 3, 2, (guint64[]){7, 12, 0}, "A=a, B=d");
    expect_coverage(model, cells, 3, 1, (guint64[]){6, 6, 0}, NULL);
    expect_coverage(model, cells, 3, 3, (guint64[]){2, 8, 0}, "A=a, B=c, C=f");
}

/* Rows against the rules cover nothing, a failing value hides the others of its row. */
static void test_measure_rules(void)
{
    static const guint16 cells[] = {0, 0, 1, 1, 2, 0, 2, 2, 1, 0};
    g_autoptr(CoverModel) model =
        brute_model("A: 0, 1, ~2\nB: 0, 1, ~2\nIF [A] = 0 THEN [B] = 0;\n");
    g_autoptr(Coverage) coverage = NULL;
    /* Possible: 00 10 11 20 21 12; 01 and 22 and 02 are not. */
    expect_coverage(model, cells, 5, 2, (guint64[]){4, 6, 3}, "A=1, B=~2");
    expect_coverage(model, cells, 3, 1, (guint64[]){5, 6, 0}, "B=~2");
    g_assert_true(coverage_measure(model, cells, 5, NULL, 2, 0, &coverage, NULL));
    g_assert_cmpuint(coverage->invalid_rows, ==, 1);
}

static void test_measure_limits(void)
{
    g_autoptr(CoverModel) model = brute_product("2^3");
    for (guint t = 0; t <= 4; t += 4) {
        g_autoptr(Coverage) coverage = NULL;
        g_autoptr(GError) error = NULL;
        g_assert_false(coverage_measure(model, NULL, 0, NULL, t, 0, &coverage, &error));
        g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    }
}

static void test_explain(void)
{
    static const guint16 cells[] = {0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1};
    static const guint64 alone[] = {2, 2, 0, 0};
    g_autoptr(CoverModel) model = brute_model("A: a, b\nB: c, d\nC: e, f\n");
    g_autoptr(GPtrArray) rows = NULL;
    g_assert_true(coverage_explain(model, cells, 4, 2, 1, &rows, NULL));
    g_assert_cmpuint(rows->len, ==, 4);
    for (guint r = 0; r < 4; r++)
        g_assert_cmpuint(((CoverageRow *)rows->pdata[r])->alone, ==, alone[r]);
    const CoverageRow *second = rows->pdata[1];
    g_assert_cmpuint(second->tuples->len, ==, 1);
    g_autofree char *text =
        coverage_tuple_text(model, &g_array_index(second->tuples, CoverageTuple, 0));
    g_assert_cmpstr(text, ==, "A=a, C=f");
}

/* Within a group its own strength says why a row is there, and what a row adds. */
static void test_groups(void)
{
    static const guint16 cells[] = {0, 0, 0, 0, 0, 0, 1, 1, 0, 1, 0, 1, 0, 1, 1, 0,
                                    1, 0, 0, 1, 1, 0, 1, 0, 1, 1, 0, 0, 1, 1, 1, 1};
    g_autoptr(CoverModel) model =
        brute_model("A: a, b\nB: c, d\nC: e, f\nD: g, h\n{ A, B, C } @ 3\n{ B, C } @ 2\n");
    g_autoptr(GPtrArray) rows = NULL, levels = NULL;
    g_autoptr(GArray) order = NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    model->groups_mean = COVER_GROUPS_STRENGTH;
    g_assert_true(coverage_explain(model, cells, 8, 2, 9, &rows, NULL));
    for (guint r = 0; r < 8; r++) {
        const CoverageRow *row = rows->pdata[r];
        g_assert_cmpuint(row->alone, ==, 1);
        g_assert_cmpuint(g_array_index(row->tuples, CoverageTuple, 0).n, ==, 3);
    }
    g_assert_true(coverage_order(model, cells, 8, 2, NULL, &order, NULL));
    g_assert_cmpuint(g_array_index(order, CoverageStep, 0).fresh, ==, 4);
    g_assert_true(coverage_levels(model, cells, 7, NULL, 2, 2, &levels, NULL));
    coverage_levels_text(text, model, levels);
    g_assert_cmpstr(text->str, ==,
                    "  1 at a time: 8 of 8 values covered (100.0 %)\n"
                    "  2 at a time: 24 of 24 pairs covered (100.0 %)\n"
                    "  3 at a time of A, B, C: 7 of 8 triples covered (87.5 %)\n"
                    "    missing:\n"
                    "      A=b, B=d, C=f\n"
                    "  2 at a time of B, C: 4 of 4 pairs covered (100.0 %)\n");
}

static void check_order(const CoverModel *model, const guint16 *cells, const CoverageWishes *wishes,
                        const guint *rows, const guint64 *fresh)
{
    g_autoptr(GArray) order = NULL;
    g_assert_true(coverage_order(model, cells, 4, 2, wishes, &order, NULL));
    g_assert_cmpuint(order->len, ==, 4);
    for (guint i = 0; i < 4; i++) {
        g_assert_cmpuint(g_array_index(order, CoverageStep, i).row, ==, rows[i]);
        g_assert_cmpuint(g_array_index(order, CoverageStep, i).fresh, ==, fresh[i]);
    }
}

static void test_order(void)
{
    static const guint16 cells[] = {0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1};
    static const double cost[] = {1, 1, 1, 0.2};
    static const guint tier[] = {1, 0, 1, 0};
    static const guint plain[] = {0, 2, 1, 3}, costly[] = {3, 0, 1, 2}, tiered[] = {1, 3, 0, 2};
    static const guint64 plain_fresh[] = {3, 3, 2, 0}, costly_fresh[] = {3, 3, 2, 0},
                         tiered_fresh[] = {3, 3, 2, 0};
    g_autoptr(CoverModel) model = brute_product("2^3");
    check_order(model, cells, NULL, plain, plain_fresh);
    check_order(model, cells, &(CoverageWishes){.cost = cost}, costly, costly_fresh);
    check_order(model, cells, &(CoverageWishes){.tier = tier}, tiered, tiered_fresh);
}

/* At every step of the order no row that waits would have added more. */
static void test_order_is_greedy(void)
{
    enum { N = 40, COLUMNS = 5 };
    g_autoptr(CoverModel) model = brute_product("3^5");
    g_autoptr(GArray) order = NULL;
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    guint16 cells[N * COLUMNS];
    bool placed[N] = {false};
    Random random = {7};
    for (guint i = 0; i < G_N_ELEMENTS(cells); i++)
        cells[i] = (guint16)random_below(&random, 3);
    g_assert_true(coverage_order(model, cells, N, 2, NULL, &order, NULL));
    for (guint step = 0; step < N; step++) {
        guint64 most = 0, own = 0;
        for (guint pass = 0; pass < 2; pass++)
            for (guint r = 0; r < N; r++) {
                guint row = g_array_index(order, CoverageStep, step).row;
                guint64 fresh = 0;
                for (guint p = 0; p < COLUMNS; p++)
                    for (guint q = p + 1; q < COLUMNS; q++) {
                        const guint16 *at = cells + r * COLUMNS;
                        guint pair = 1 + ((p * COLUMNS + q) * 3 + at[p]) * 3 + at[q];
                        bool known = g_hash_table_contains(seen, GUINT_TO_POINTER(pair));
                        fresh += !known;
                        if (pass == 1 && r == row)
                            g_hash_table_add(seen, GUINT_TO_POINTER(pair));
                    }
                if (pass == 0 && !placed[r])
                    most = MAX(most, fresh);
                if (pass == 0 && r == row)
                    own = fresh;
            }
        g_assert_cmpuint(own, ==, most);
        g_assert_cmpuint(own, ==, g_array_index(order, CoverageStep, step).fresh);
        placed[g_array_index(order, CoverageStep, step).row] = true;
    }
}

static void test_fields(void)
{
    static const guint orders[] = {2, 3, 4, 5, 7, 8, 9, 11, 13, 16, 25, 27, 32};
    g_autofree Field *field = g_new(Field, 1);
    for (guint i = 0; i < G_N_ELEMENTS(orders); i++) {
        g_assert_true(field_init(field, orders[i]));
        for (guint a = 0; a < orders[i]; a++) {
            g_assert_cmpuint(field->sum[a][0], ==, a);
            g_assert_cmpuint(field->product[a][1], ==, a);
            for (guint b = 0; b < orders[i]; b++) {
                g_assert_cmpuint(field->product[a][b], ==, field->product[b][a]);
                g_assert_true((field->product[a][b] == 0) == (a == 0 || b == 0));
                for (guint c = 0; c < orders[i]; c++)
                    g_assert_cmpuint(field->product[a][field->sum[b][c]], ==,
                                     field->sum[field->product[a][b]][field->product[a][c]]);
            }
        }
    }
    for (guint order = 0; order < 70; order++)
        if (order < 2 || order == 6 || order == 10 || order == 12 || order > FIELD_ORDER_MAX)
            g_assert_false(field_init(field, order));
}

/* Checks cells that some construction made; their rows must number `rows` (0: any). */
static void check_cells(const char *product, guint strength, GArray *cells, guint rows)
{
    g_autoptr(CoverModel) model = brute_product(product);
    g_autoptr(CoverArray) array = g_new0(CoverArray, 1);
    g_autoptr(Coverage) coverage = NULL;
    g_assert_nonnull(cells);
    g_assert_cmpuint(cells->len % model->parameters->len, ==, 0);
    array->n_parameters = model->parameters->len;
    array->n_rows = cells->len / model->parameters->len;
    array->cells = (guint16 *)g_array_free(cells, FALSE);
    g_assert_true(
        coverage_measure(model, array->cells, array->n_rows, NULL, strength, 0, &coverage, NULL));
    g_assert_cmpuint(coverage->covered, ==, coverage->possible);
    if (rows > 0)
        g_assert_cmpuint(array->n_rows, ==, rows);
}

static GArray *constructed(const char *product, guint strength)
{
    g_autoptr(CoverModel) model = brute_product(product);
    g_autofree guint *levels = g_new(guint, model->parameters->len);
    for (guint p = 0; p < model->parameters->len; p++)
        levels[p] = cover_model_parameter(model, p)->values->len;
    return construct_cover(model->parameters->len, levels, strength);
}

static void test_constructions(void)
{
    check_cells("3^4", 2, constructed("3^4", 2), 9);
    check_cells("5^6", 2, constructed("5^6", 2), 25);
    check_cells("8^9", 2, constructed("8^9", 2), 64);
    check_cells("6^8", 2, constructed("6^8", 2), 49);
    check_cells("4^5", 3, constructed("4^5", 3), 64);
    check_cells("6^4", 3, constructed("6^4", 3), 216);
    check_cells("2^5", 4, constructed("2^5", 4), 16);
    check_cells("5 4 3 2^3", 2, constructed("5 4 3 2^3", 2), 25);
    check_cells("2^3", 2, constructed("2^3", 2), 4);
    check_cells("2^100", 2, constructed("2^100", 2), 10);
    check_cells("2^126", 2, constructed("2^126", 2), 10);
    check_cells("2^127 1", 2, constructed("2^127 1", 2), 11);
    g_assert_null(constructed("3^2", 2));
}

static GArray *symmetric(guint n, guint levels, guint strength, guint below)
{
    guint64 done = 0;
    return symmetry_cover(n, levels, strength, below, 1, 3000000, G_MAXINT64, &done);
}

static void test_symmetries(void)
{
    check_cells("3^7", 3, symmetric(7, 3, 3, 60), 0);
    check_cells("4^6", 3, symmetric(6, 4, 3, 130), 0);
    check_cells("5^8", 2, symmetric(8, 5, 2, 60), 0);
    check_cells("6^12", 2, symmetric(12, 6, 2, 90), 0);
    check_cells("2^9", 4, symmetric(9, 2, 4, 45), 0);
    g_assert_null(symmetric(7, 3, 3, 28));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/coverage/measure", test_measure);
    g_test_add_func("/coverage/measure/rules", test_measure_rules);
    g_test_add_func("/coverage/measure/limits", test_measure_limits);
    g_test_add_func("/coverage/explain", test_explain);
    g_test_add_func("/coverage/groups", test_groups);
    g_test_add_func("/coverage/order", test_order);
    g_test_add_func("/coverage/order-is-greedy", test_order_is_greedy);
    g_test_add_func("/parts/fields", test_fields);
    g_test_add_func("/parts/constructions", test_constructions);
    g_test_add_func("/parts/symmetries", test_symmetries);
    return g_test_run();
}
