/* SPDX-License-Identifier: GPL-2.0-or-later
 * Unit test: covering arrays hold what they must, checked by walking over all rows there are.
 */
#include <string.h>

#include "brute.h"
#include "plan/random.h"
#include "util/error.h"

#define WORK 300000

static guint size_of(const char *product, guint strength, guint64 work)
{
    g_autoptr(CoverModel) model = brute_product(product);
    g_autoptr(CoverArray) array = brute_generate(model, NULL, strength, work);
    return array->n_rows;
}

static void test_strengths(void)
{
    static const char *const products[] = {"3^4", "2^7", "4 3^2 2^3", "5 1 2 1 3", "6 5 4 3 2",
                                           "1^3", "7",   "2 2",       "3^6",       "10 2^3 1"};
    for (guint i = 0; i < G_N_ELEMENTS(products); i++)
        for (guint t = 1; t <= COVER_STRENGTH_MAX; t++)
            size_of(products[i], t, t > 3 ? WORK / 10 : WORK);
}

/* Sizes that are reached in a moment; the hard ones are bench-cover's. */
static void test_sizes(void)
{
    g_assert_cmpuint(size_of("3^4", 2, WORK), ==, 9);
    g_assert_cmpuint(size_of("4^5", 2, WORK), ==, 16);
    g_assert_cmpuint(size_of("2^10", 2, WORK), ==, 6);
    g_assert_cmpuint(size_of("3^4", 3, WORK), ==, 27);
    g_assert_cmpuint(size_of("6 5 2^3", 2, WORK), ==, 30);
    g_assert_cmpuint(size_of("4 3 2", 3, WORK), ==, 24);
    g_assert_cmpuint(size_of("5 3 1", 1, WORK), ==, 5);
}

static bool rule_implication(const guint16 *row)
{
    /* A: a b c; B: 1 2 3 4; C: x y; D: p q r */
    return (row[0] != 0 || row[1] <= 1) && (row[2] == 0 || row[3] != 2 || row[0] == 1);
}

static void test_constraints(void)
{
    g_autoptr(CoverModel) model = brute_model("A: a, b, c\nB: 1, 2, 3, 4\nC: x, y\nD: p, q, r\n"
                                              "E: 0, 1\n"
                                              "IF [A] = \"a\" THEN [B] < 3;\n"
                                              "[C] = \"x\" OR [D] <> \"r\" OR [A] = \"b\";\n");
    for (guint t = 1; t <= 4; t++) {
        g_autoptr(CoverArray) array = brute_generate(model, rule_implication, t, WORK);
        g_assert_cmpuint(array->n_rows, >, 0);
    }
}

static bool rule_chain(const guint16 *row)
{
    return row[0] <= row[1] && row[1] <= row[2] && row[2] <= row[3] && row[3] != row[4];
}

/* Combinations that only a chain of constraints rules out: A = 3 forces D = 3. */
static void test_implied_constraints(void)
{
    g_autoptr(CoverModel) model =
        brute_model("A: 0, 1, 2, 3\nB: 0, 1, 2, 3\nC: 0, 1, 2, 3\nD: 0, 1, 2, 3\nE: 0, 1, 2, 3\n"
                    "[A] <= [B]; [B] <= [C]; [C] <= [D];\n[D] <> [E];\n");
    g_autoptr(Coverage) coverage = NULL;
    for (guint t = 2; t <= 3; t++) {
        g_autoptr(CoverArray) array = brute_generate(model, rule_chain, t, WORK);
        if (t == 2)
            g_assert_true(
                coverage_measure(model, array->cells, array->n_rows, NULL, 2, 0, &coverage, NULL));
    }
    g_assert_cmpuint(coverage->impossible, >, 0);
}

/* Random constraints: each forbids one pair or triple, read by both sides from one table. */
#define FORBIDDEN_MAX 12
static struct {
    guint n, size;
    guint16 parameter[3], value[3];
} forbidden[FORBIDDEN_MAX];
static guint n_forbidden;

static bool rule_forbidden(const guint16 *row)
{
    for (guint f = 0; f < n_forbidden; f++) {
        guint same = 0;
        while (same < forbidden[f].size &&
               row[forbidden[f].parameter[same]] == forbidden[f].value[same])
            same++;
        if (same == forbidden[f].size)
            return false;
    }
    return true;
}

static void make_forbidden(Random *random, GString *text)
{
    n_forbidden = 1 + random_below(random, FORBIDDEN_MAX);
    for (guint f = 0; f < n_forbidden; f++) {
        guint order[5];
        random_order(random, 5, order);
        forbidden[f].size = 2 + random_below(random, 2);
        g_string_append(text, "NOT (");
        for (guint i = 0; i < forbidden[f].size; i++) {
            forbidden[f].parameter[i] = (guint16)order[i];
            forbidden[f].value[i] = (guint16)random_below(random, 3);
            g_string_append_printf(text, "%s[P%u] = %u", i > 0 ? " AND " : "",
                                   forbidden[f].parameter[i], forbidden[f].value[i]);
        }
        g_string_append(text, ");\n");
    }
}

static void test_random_constraints(void)
{
    Random random = {42};
    for (guint i = 0; i < 25; i++) {
        g_autoptr(CoverModel) model = brute_product("3^5");
        g_autoptr(GString) text = g_string_new(NULL);
        make_forbidden(&random, text);
        g_assert_true(cover_model_constrain(model, text->str, "test", 1, NULL));
        g_autoptr(CoverArray) array = brute_generate(model, rule_forbidden, 2 + i % 2, WORK / 3);
        g_assert_cmpuint(array->n_rows, >, 0);
    }
}

static bool rule_negative(const guint16 *row)
{
    return row[0] != 0 || row[2] != 1;
}

static void test_negative_values(void)
{
    g_autoptr(CoverModel) model = brute_model("A: ~-1, 0, 1, 2\nB: ~bad, ~worse, x, y\nC: p, q, r\n"
                                              "IF [A] = -1 THEN [C] <> \"q\";\n");
    for (guint t = 1; t <= 3; t++) {
        g_autoptr(CoverArray) array = brute_generate(model, rule_negative, t, WORK);
        guint negative = 0;
        for (guint r = 0; r < array->n_rows; r++) {
            const guint16 *row = cover_array_row(array, r);
            negative += row[0] == 0 || row[1] < 2;
            /* Rows with negative values stand last. */
            g_assert_true(negative == 0 || row[0] == 0 || row[1] < 2);
        }
        g_assert_cmpuint(negative, >=, 3);
    }
}

static GArray *members_of(guint n, const guint *members)
{
    GArray *array = g_array_new(FALSE, FALSE, sizeof(guint));
    return g_array_append_vals(array, members, n);
}

static void test_mixed_strength(void)
{
    static const guint members[] = {0, 2, 3, 5}, two[] = {1, 4};
    g_autoptr(CoverModel) model = brute_product("3 2^2 3 2 2");
    g_assert_true(cover_model_add_group(model, members_of(4, members), 3, NULL));
    g_assert_true(cover_model_add_group(model, members_of(2, two), 1, NULL));
    CoverOptions options = {.strength = 2, .seed = 1, .work = WORK};
    g_autoptr(CoverArray) array = NULL;
    g_assert_true(cover_generate(model, &options, &array, NULL));
    g_autoptr(GArray) group = members_of(4, members);
    brute_check(model, NULL, array, group, 3);
    for (guint p = 0; p < 6; p++) {
        for (guint q = p + 1; q < 6; q++) {
            guint pair[] = {p, q};
            g_autoptr(GArray) both = members_of(2, pair);
            if (p != 1 || q != 4)
                brute_check(model, NULL, array, both, 2);
        }
    }
    g_assert_cmpuint(array->n_rows, <=, 22);
}

/* PICT's sub-models: few different combinations of A, B, C, each with every D and E. */
static void test_groups_as_units(void)
{
    static const guint members[] = {0, 1, 2};
    g_autoptr(CoverModel) model =
        brute_model("A: 1, 2, 3\nB: 1, 2, 3\nC: 1, 2, 3\nD: x, y\nE: p, q, r\n"
                    "IF [D] = \"x\" THEN [A] <> 3;\n");
    g_autoptr(GHashTable) units = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GHashTable) pairs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(CoverArray) array = NULL;
    guint possible = 0;
    CoverOptions options = {.strength = 2, .seed = 1, .work = WORK};
    g_assert_true(cover_model_add_group(model, members_of(3, members), 2, NULL));
    model->groups_mean = COVER_GROUPS_UNITS;
    g_assert_true(cover_generate(model, &options, &array, NULL));
    for (guint r = 0; r < array->n_rows; r++) {
        const guint16 *row = cover_array_row(array, r);
        g_assert_true(row[3] != 0 || row[0] != 2);
        g_autofree char *unit = g_strdup_printf("%u %u %u", row[0], row[1], row[2]);
        if (!g_hash_table_contains(units, unit))
            possible += (row[0] != 2) + 1 + 3; /* with D and with E */
        g_hash_table_add(units, g_strdup(unit));
        g_hash_table_add(pairs, g_strdup_printf("%s D%u", unit, row[3]));
        g_hash_table_add(pairs, g_strdup_printf("%s E%u", unit, row[4]));
    }
    g_assert_cmpuint(g_hash_table_size(units), ==, 9);
    g_assert_cmpuint(g_hash_table_size(pairs), ==, possible);
    g_autoptr(Coverage) coverage = NULL;
    g_assert_true(
        coverage_measure(model, array->cells, array->n_rows, NULL, 2, 0, &coverage, NULL));
    g_assert_cmpuint(coverage->covered, ==, coverage->possible);
}

/* A parameter in several sub-models has one value; a seed goes through all of them. */
static void test_overlapping_units(void)
{
    static const guint first[] = {0, 1}, second[] = {1, 2};
    static const guint16 seed[] = {1, COVER_ANY, 0, 1};
    g_autoptr(CoverModel) model = brute_product("2^4");
    g_autoptr(CoverArray) array = NULL;
    CoverOptions options = {.strength = 2, .seed = 1, .work = WORK};
    g_assert_true(cover_model_add_group(model, members_of(2, first), 2, NULL));
    g_assert_true(cover_model_add_group(model, members_of(2, second), 2, NULL));
    cover_model_add_seed(model, seed);
    model->groups_mean = COVER_GROUPS_UNITS;
    g_assert_true(cover_generate(model, &options, &array, NULL));
    brute_check(model, NULL, array, NULL, 2);
    g_assert_true(array->seeded[0]);
    g_assert_cmpuint(cover_array_row(array, 0)[0], ==, 1);
    g_assert_cmpuint(cover_array_row(array, 0)[2], ==, 0);
    g_assert_cmpuint(cover_array_row(array, 0)[3], ==, 1);
}

static bool has_row(const CoverArray *array, const guint16 *wanted)
{
    for (guint r = 0; r < array->n_rows; r++) {
        const guint16 *row = cover_array_row(array, r);
        bool same = array->seeded[r];
        for (guint p = 0; p < array->n_parameters && same; p++)
            same = wanted[p] == COVER_ANY || wanted[p] == row[p];
        if (same)
            return true;
    }
    return false;
}

static void test_seeds(void)
{
    static const guint16 seeds[][5] = {{0, 0, 0, 0, 0},
                                       {0, 0, 0, 0, 1},
                                       {2, COVER_ANY, 1, COVER_ANY, COVER_ANY},
                                       {COVER_ANY, COVER_ANY, COVER_ANY, COVER_ANY, COVER_ANY}};
    g_autoptr(CoverModel) model = brute_product("3^5");
    for (guint i = 0; i < G_N_ELEMENTS(seeds); i++)
        cover_model_add_seed(model, seeds[i]);
    g_autoptr(CoverArray) array = brute_generate(model, NULL, 2, WORK);
    for (guint i = 0; i < G_N_ELEMENTS(seeds) - 1; i++)
        g_assert_true(has_row(array, seeds[i]));
}

static void test_seed_against_constraints(void)
{
    static const guint16 seed[] = {0, 2, COVER_ANY, COVER_ANY, COVER_ANY};
    g_autoptr(GError) error = NULL;
    g_autoptr(CoverArray) array = NULL;
    g_autoptr(CoverModel) model = brute_product("3^5");
    CoverOptions options = {.strength = 2, .work = WORK};
    g_assert_true(cover_model_constrain(model, "IF [P0] = 0 THEN [P1] <> 2;", "test", 1, NULL));
    cover_model_add_seed(model, seed);
    g_assert_false(cover_generate(model, &options, &array, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    g_assert_nonnull(strstr(error->message, "seed row 1"));
}

/* Where coverage does not care, a heavy value is the common one. */
static void test_weights(void)
{
    g_autoptr(CoverModel) model = brute_model("A: a, b, c, d, e, f\nB: a, b, c, d, e, f\n"
                                              "C: rare, common (50)\nD: common (50), rare\n");
    g_autoptr(CoverArray) array = brute_generate(model, NULL, 2, WORK);
    guint common = 0;
    for (guint r = 0; r < array->n_rows; r++)
        common += (cover_array_row(array, r)[2] == 1) + (cover_array_row(array, r)[3] == 0);
    g_assert_cmpuint(common, >, array->n_rows * 2 * 6 / 10);
}

static void test_result_parameter(void)
{
    g_autoptr(CoverModel) model =
        brute_model("A: 1, 2, 3\nB: 1, 2, 3\n$Same: yes, no\n"
                    "IF [A] = [B] THEN [$Same] = \"yes\" ELSE [$Same] = \"no\";\n");
    CoverOptions options = {.strength = 2, .work = WORK};
    g_autoptr(CoverArray) array = NULL;
    g_assert_true(cover_generate(model, &options, &array, NULL));
    g_assert_cmpuint(array->n_rows, ==, 9);
    for (guint r = 0; r < 9; r++) {
        const guint16 *row = cover_array_row(array, r);
        g_assert_cmpuint(row[2], ==, row[0] == row[1] ? 0 : 1);
    }
}

static void assert_equal(const CoverArray *a, const CoverArray *b)
{
    g_assert_cmpmem(a->cells, (gsize)a->n_rows * a->n_parameters * sizeof(guint16), b->cells,
                    (gsize)b->n_rows * b->n_parameters * sizeof(guint16));
}

/* The same seed gives the same rows, with any number of threads; another seed gives others. */
static void test_determinism(void)
{
    static const char *const products[] = {"4^3 3^5 2^6", "5^7"};
    for (guint i = 0; i < G_N_ELEMENTS(products); i++) {
        g_autoptr(CoverModel) model = brute_product(products[i]);
        CoverOptions options = {.strength = 2, .seed = 7, .work = WORK * 5, .threads = 1};
        g_autoptr(CoverArray) one = NULL;
        g_autoptr(CoverArray) two = NULL;
        g_autoptr(CoverArray) other = NULL;
        g_assert_true(cover_generate(model, &options, &one, NULL));
        options.threads = 4;
        g_assert_true(cover_generate(model, &options, &two, NULL));
        assert_equal(one, two);
        options.seed = 8;
        g_assert_true(cover_generate(model, &options, &other, NULL));
        g_assert_true(one->n_rows != other->n_rows ||
                      memcmp(one->cells, other->cells,
                             (gsize)one->n_rows * one->n_parameters * sizeof(guint16)) != 0);
    }
}

static void expect_failure(const CoverModel *model, guint strength, const char *word)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CoverArray) array = NULL;
    CoverOptions options = {.strength = strength, .work = WORK};
    g_assert_false(cover_generate(model, &options, &array, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    g_assert_nonnull(strstr(error->message, word));
    g_assert_null(array);
}

static void test_unsatisfiable(void)
{
    g_autoptr(CoverModel) model = brute_model("A: 1, 2, 3\nB: 1, 2, 3\nC: x, y\n"
                                              "[C] = \"x\" OR [A] > 1;\n"
                                              "[A] < [B];\n"
                                              "[B] <= [A];\n");
    expect_failure(model, 2, "'[A] < [B];' (model:5:1), '[B] <= [A];' (model:6:1);");
    g_autoptr(CoverModel) alone = brute_model("A: 1, 2\nB: 1, 2\n[A] > 2;\n");
    expect_failure(alone, 2, "this constraint: '[A] > 2;' (model:3:1)");
    g_autoptr(CoverModel) negative = brute_model("A: ~1, ~2\nB: 1, 2\n");
    expect_failure(negative, 2, "no valid value");
}

static void test_limits(void)
{
    static const guint16 beyond[] = {0, 9, 0};
    g_autoptr(CoverModel) seeded = brute_product("2^3");
    cover_model_add_seed(seeded, beyond);
    expect_failure(seeded, 2, "'P1' has no value number 9");
    g_autoptr(CoverModel) model = brute_product("2^3");
    g_autoptr(CoverModel) empty = cover_model_new();
    g_autoptr(CoverModel) large = brute_product("3^400");
    expect_failure(model, 0, "no strength");
    expect_failure(model, 7, "no strength");
    expect_failure(empty, 2, "no parameters");
    expect_failure(large, 6, "lower strength");
}

/* A disjunction over many parameters, which forbidden tuples could not be listed for. */
static bool rule_wide(const guint16 *row)
{
    guint zeros = 0;
    for (guint p = 0; p < 8; p++)
        zeros += row[p] == 0;
    return zeros > 0;
}

static void test_wide_disjunction(void)
{
    g_autoptr(CoverModel) model = brute_product("4^8");
    g_assert_true(cover_model_constrain(model,
                                        "[P0]=0 OR [P1]=0 OR [P2]=0 OR [P3]=0 OR [P4]=0 OR [P5]=0 "
                                        "OR [P6]=0 OR [P7]=0;",
                                        "test", 1, NULL));
    g_autoptr(CoverArray) array = brute_generate(model, rule_wide, 2, WORK);
    g_assert_cmpuint(array->n_rows, <, 40);
}

/* Over a million combinations: too many to walk over all rows, so the product's verifier counts. */
static void test_million_combinations(void)
{
    g_autoptr(CoverModel) model = brute_product("30^50");
    g_autoptr(CoverArray) array = NULL;
    g_autoptr(Coverage) coverage = NULL;
    CoverOptions options = {.strength = 2, .seed = 1};
    g_assert_true(cover_generate(model, &options, &array, NULL));
    g_assert_true(
        coverage_measure(model, array->cells, array->n_rows, NULL, 2, 0, &coverage, NULL));
    g_assert_cmpuint(coverage->possible, ==, 1225 * 900);
    g_assert_cmpuint(coverage->covered, ==, coverage->possible);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cover/strengths", test_strengths);
    g_test_add_func("/cover/sizes", test_sizes);
    g_test_add_func("/cover/constraints", test_constraints);
    g_test_add_func("/cover/constraints/implied", test_implied_constraints);
    g_test_add_func("/cover/constraints/random", test_random_constraints);
    g_test_add_func("/cover/constraints/wide", test_wide_disjunction);
    g_test_add_func("/cover/constraints/unsatisfiable", test_unsatisfiable);
    g_test_add_func("/cover/negative", test_negative_values);
    g_test_add_func("/cover/groups/strength", test_mixed_strength);
    g_test_add_func("/cover/groups/units", test_groups_as_units);
    g_test_add_func("/cover/groups/overlapping", test_overlapping_units);
    g_test_add_func("/cover/seeds", test_seeds);
    g_test_add_func("/cover/seeds/against-constraints", test_seed_against_constraints);
    g_test_add_func("/cover/weights", test_weights);
    g_test_add_func("/cover/result", test_result_parameter);
    g_test_add_func("/cover/determinism", test_determinism);
    g_test_add_func("/cover/limits", test_limits);
    g_test_add_func("/cover/million", test_million_combinations);
    return g_test_run();
}
