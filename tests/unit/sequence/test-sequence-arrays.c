/* SPDX-License-Identifier: GPL-2.0-or-later
 * Sizes, completeness and determinism of generated sequences. Every array is measured by the
 * verifier in sample_array().
 */
#include <string.h>

#include "sample.h"
#include "util/error.h"

static void test_sizes(void)
{
    static const struct {
        guint n, strength, iterations, most;
    } cases[] = {
        {2, 2, 1000, 2},     {3, 2, 1000, 2},    {40, 2, 2000, 2},  {3, 3, 1000, 6},
        {4, 3, 100000, 6},   {5, 3, 100000, 7},  {6, 3, 100000, 8}, {8, 3, 100000, 9},
        {14, 3, 100000, 11}, {20, 3, 40000, 13}, {4, 4, 1000, 24},  {5, 4, 200000, 24},
        {10, 4, 4000, 60},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(SequenceModel) model = sequence_model_new_numbered(cases[i].n);
        g_autoptr(SequenceArray) array =
            sample_array(model, cases[i].strength, cases[i].iterations);

        g_test_message("n %u t %u: %u rows, first %u, bound %u", cases[i].n, cases[i].strength,
                       array->rows, array->first_rows, array->lower_bound);
        g_assert_cmpuint(array->rows, <=, cases[i].most);
        g_assert_cmpuint(array->rows, >=, array->lower_bound);
        g_assert_cmpuint(array->rows, <=, array->first_rows);
    }
}

/* The limits: as many events as there may be, more than one vector wide, and the last index that a
 * byte of place can hold. */
static void test_many_events(void)
{
    g_autoptr(SequenceModel) pairs = sequence_model_new_numbered(SEQUENCE_EVENTS_MAX);
    g_autoptr(SequenceModel) triples = sequence_model_new_numbered(65);
    g_autoptr(SequenceArray) array_2 = sample_array(pairs, 2, 100);
    g_autoptr(SequenceArray) array_3 = sample_array(triples, 3, 100);

    g_assert_cmpuint(array_2->rows, ==, 2);
    g_assert_cmpuint(array_3->rows, <=, 40);
}

/* Fewer events than the strength: all of them in every order. */
static void test_fewer_events_than_strength(void)
{
    g_autoptr(SequenceModel) model = sequence_model_new_numbered(3);
    g_autoptr(SequenceArray) array = sample_array(model, 4, 1000);

    g_assert_cmpuint(array->strength, ==, 3);
    g_assert_cmpuint(array->rows, ==, 6);
}

static SequenceArray *generate(const SequenceModel *model, guint64 seed, guint threads)
{
    SequenceOptions options = SEQUENCE_OPTIONS_DEFAULT;
    SequenceArray *array = NULL;
    g_autoptr(GError) error = NULL;

    options.seed = seed;
    options.threads = threads;
    options.iterations = 30000;
    sequence_generate(model, &options, &array, &error);
    g_assert_no_error(error);
    return array;
}

static bool same(const SequenceArray *a, const SequenceArray *b)
{
    return a->rows == b->rows && memcmp(a->length, b->length, a->rows * sizeof *a->length) == 0 &&
           memcmp(a->cells, b->cells, (gsize)a->rows * a->events * sizeof *a->cells) == 0;
}

static void test_seed_decides(void)
{
    g_autoptr(SequenceModel) model = sequence_model_new_numbered(12);
    g_autoptr(SequenceArray) one = generate(model, 7, 1);
    g_autoptr(SequenceArray) again = generate(model, 7, 1);
    g_autoptr(SequenceArray) two_threads = generate(model, 7, 2);
    g_autoptr(SequenceArray) many_threads = generate(model, 7, 16);
    g_autoptr(SequenceArray) other = generate(model, 8, 1);

    g_assert_true(same(one, again));
    g_assert_true(same(one, two_threads));
    g_assert_true(same(one, many_threads));
    g_assert_false(same(one, other));
}

static void test_budget_ends(void)
{
    g_autoptr(SequenceModel) model = sequence_model_new_numbered(12);
    SequenceOptions options = SEQUENCE_OPTIONS_DEFAULT;
    g_autoptr(SequenceArray) none = NULL;
    g_autoptr(SequenceArray) some = NULL;
    g_autoptr(GError) error = NULL;

    options.budget_s = 0;
    g_assert_true(sequence_generate(model, &options, &none, &error));
    g_assert_cmpuint(none->rows, ==, none->first_rows);
    g_assert_cmpuint(none->iterations, ==, 0);
    options.budget_s = 0.3;
    g_assert_true(sequence_generate(model, &options, &some, &error));
    g_assert_cmpuint(some->rows, <, some->first_rows);
    g_assert_cmpfloat(some->seconds, >=, 0.3);
    g_assert_cmpfloat(some->seconds, <, 30);
}

static void test_cancelled(void)
{
    g_autoptr(SequenceModel) model = sequence_model_new_numbered(12);
    SequenceOptions options = SEQUENCE_OPTIONS_DEFAULT;
    bool cancelled = true;
    SequenceArray *array = NULL;
    g_autoptr(GError) error = NULL;

    options.cancelled = &cancelled;
    options.budget_s = 1000;
    g_assert_false(sequence_generate(model, &options, &array, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_CANCELLED);
    g_assert_null(array);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sequence/sizes", test_sizes);
    g_test_add_func("/sequence/many-events", test_many_events);
    g_test_add_func("/sequence/fewer-events-than-strength", test_fewer_events_than_strength);
    g_test_add_func("/sequence/seed-decides", test_seed_decides);
    g_test_add_func("/sequence/budget-ends", test_budget_ends);
    g_test_add_func("/sequence/cancelled", test_cancelled);
    return g_test_run();
}
