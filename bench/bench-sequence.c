/* SPDX-License-Identifier: GPL-2.0-or-later
 * Sizes and seconds of sequence covering arrays beside the published ones.
 *
 *     bench-sequence [BUDGET_S [STRENGTH [N…]]]
 *
 * Without N: 5..80 at t = 3, 5..30 at t = 4. Every array is checked by the independent verifier;
 * the program ends with 1 where one is not complete or misses its goal.
 */
#include <stdio.h>
#include <stdlib.h>

#include "plan/sequence.h"

typedef struct {
    guint n;
    guint kuhn; /* Kuhn, Higdon, Lawrence, Kacker, Lei: Combinatorial Methods for Event Sequence
                 * Testing (2012), table of the greedy; 0: not published */
    guint goal; /* at most so many rows; 0: none set */
} Published;

static const Published published_3[] = {
    {5, 8, 7},    {6, 10, 8},   {7, 12, 8},   {8, 12, 8},   {9, 12, 9},   {10, 14, 10},
    {11, 14, 10}, {12, 16, 10}, {13, 16, 10}, {14, 16, 10}, {15, 18, 11}, {16, 18, 11},
    {18, 20, 12}, {20, 22, 12}, {24, 24, 13}, {30, 26, 14}, {40, 32, 16}, {50, 34, 19},
    {60, 38, 21}, {70, 40, 0},  {80, 42, 24},
};

static const Published published_4[] = {
    {5, 26, 24},    {6, 36, 24},    {7, 46, 46},    {8, 50, 50},    {9, 58, 56},    {10, 66, 64},
    {11, 70, 70},   {12, 78, 78},   {13, 86, 86},   {14, 90, 90},   {15, 96, 96},   {16, 100, 100},
    {17, 108, 108}, {18, 112, 112}, {19, 114, 114}, {20, 120, 120}, {21, 126, 126}, {22, 128, 128},
    {23, 134, 134}, {24, 136, 136}, {25, 140, 140}, {26, 142, 142}, {27, 148, 148}, {28, 150, 150},
    {29, 154, 154}, {30, 156, 156}, {40, 182, 0},   {50, 204, 0},   {60, 222, 0},   {80, 250, 0},
};

static const Published *published(guint strength, guint n)
{
    const Published *table = strength == 4 ? published_4 : published_3;
    gsize count = strength == 4 ? G_N_ELEMENTS(published_4) : G_N_ELEMENTS(published_3);

    for (gsize i = 0; i < count && strength > 2; i++)
        if (table[i].n == n)
            return &table[i];
    return NULL;
}

static bool measure(guint n, guint strength, double budget)
{
    g_autoptr(SequenceModel) model = sequence_model_new_numbered(n);
    SequenceOptions options = SEQUENCE_OPTIONS_DEFAULT;
    const Published *known = published(strength, n);
    g_autoptr(SequenceArray) array = NULL;
    g_autoptr(SequenceCheck) check = NULL;
    g_autoptr(GError) error = NULL;
    bool good;

    options.strength = strength;
    options.budget_s = budget;
    if (!sequence_generate(model, &options, &array, &error) ||
        !sequence_verify(model, array, 1, &check, &error)) {
        printf("%u: %s\n", n, error->message);
        return false;
    }
    good = check->missing == 0 && (!known || !known->goal || array->rows <= known->goal);
    printf("%3u %2u | %5u %8.3f | %5u %8.2f | %7.2f | %5u %5u | %s\n", n, strength,
           array->first_rows, array->first_s, array->rows, array->last_s, array->seconds,
           known ? known->kuhn : 0, known ? known->goal : 0,
           check->missing                      ? "INCOMPLETE"
           : !good                             ? "above the goal"
           : array->rows == array->lower_bound ? "optimal"
                                               : "ok");
    fflush(stdout);
    return good;
}

int main(int argc, char **argv)
{
    double budget = argc > 1 ? g_ascii_strtod(argv[1], NULL) : 10;
    guint only = argc > 2 ? (guint)atoi(argv[2]) : 0;
    bool good = true;

    printf("%6s | %14s | %14s | %7s | %5s %5s |\n", "n t", "first array", "last array", "total",
           "kuhn", "goal");
    if (argc > 3) {
        for (int i = 3; i < argc; i++)
            good &= measure((guint)atoi(argv[i]), only, budget);
        return good ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(published_3) && (only == 0 || only == 3); i++)
        good &= measure(published_3[i].n, 3, budget);
    for (gsize i = 0; i < G_N_ELEMENTS(published_4) && (only == 0 || only == 4); i++)
        if (published_4[i].goal)
            good &= measure(published_4[i].n, 4, budget);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
