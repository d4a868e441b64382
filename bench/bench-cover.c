/* SPDX-License-Identifier: GPL-2.0-or-later
 * Sizes and seconds of covering arrays beside the published ones.
 *
 *     bench-cover [--budget SECONDS | --work N] [--seed N] [--threads N] [--strength T] [MODEL…]
 *
 * A MODEL is a PICT file, or a product such as "4^15 3^17 2^29", at strengths 2 and 3 or the one
 * given; without any: the models below, at the strengths that something is known for (some seven
 * minutes at the default budget). Every array is checked by coverage.h;
 * the program ends with 1 where one is not complete, or larger than the smallest of PICT, ACTS and
 * jenny.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/cover.h"
#include "plan/coverage.h"
#include "plan/pict.h"

/* Sizes: Czerwonka, "Pairwise testing in the real world" (2006), figure 2, and runs of PICT (3.7.4
 * for what that table has not) and jenny as they are now; NIST's tables of IPOG-F (ACTS);
 * Colbourn's tables of the best known. 0: not known. Goals: what this planner is to reach within
 * ten seconds. */
typedef struct {
    const char *model;
    guint strength, pict, jenny, acts, best, goal;
} Published;

static const Published classics[] = {
    {"3^4", 2, 9, 11, 12, 9, 9},
    {"3^13", 2, 18, 18, 20, 15, 17},
    {"4^15 3^17 2^29", 2, 37, 38, 0, 0, 34},
    {"4^1 3^39 2^35", 2, 27, 28, 0, 0, 26},
    {"2^100", 2, 15, 16, 13, 10, 12},
    {"10^20", 2, 210, 193, 0, 155, 185},
    {"4^10", 2, 31, 31, 29, 24, 0},
    {"5^10", 2, 45, 45, 45, 36, 0},
    {"20^20", 2, 782, 0, 0, 0, 0},
    {"20^50", 2, 1046, 0, 0, 0, 0},
    {"3^4", 3, 0, 0, 34, 27, 0},
    {"2^10", 3, 19, 0, 0, 0, 0},
    {"2^20", 3, 25, 27, 25, 18, 0},
    {"2^100", 3, 47, 45, 0, 33, 0},
    {"3^10", 3, 66, 0, 0, 0, 0},
    {"3^13", 3, 74, 69, 76, 45, 66},
    {"4^10", 3, 156, 151, 155, 100, 140},
    {"5^10", 3, 308, 291, 299, 185, 285},
    {"4^15 3^17 2^29", 3, 215, 0, 0, 0, 0},
    {"4^1 3^39 2^35", 3, 134, 0, 0, 0, 0},
    {"2^10", 4, 41, 0, 0, 0, 0},
    {"2^20", 4, 0, 0, 65, 39, 0},
    {"3^10", 4, 231, 225, 228, 159, 0},
    {"3^13", 4, 288, 0, 0, 0, 0},
    {"4^10", 4, 740, 0, 0, 0, 0},
    {"5^10", 4, 1810, 0, 0, 0, 0},
    {"2^10", 5, 0, 0, 87, 56, 0},
    {"2^20", 5, 164, 0, 0, 0, 0},
    {"3^10", 5, 730, 0, 0, 0, 0},
    {"3^13", 5, 982, 0, 0, 0, 0},
    {"4^10", 5, 3162, 0, 0, 0, 0},
    {"2^10", 6, 170, 0, 0, 0, 0},
    {"2^20", 6, 375, 0, 0, 0, 0},
    {"3^10", 6, 2171, 0, 0, 0, 0},
    {"volume.txt", 2, 65, 0, 0, 0, 0},
    {"volume.txt", 3, 399, 0, 0, 0, 0},
    {"machines.txt", 2, 26, 0, 0, 0, 0},
    {"machines.txt", 3, 101, 0, 0, 0, 0},
    {"lab.txt", 2, 102, 0, 0, 0, 0},
    {"lab.txt", 3, 708, 0, 0, 0, 0},
};

static CoverOptions options = COVER_OPTIONS_DEFAULT;
static gint strength_wanted;

static bool add_factor(CoverModel *model, guint levels, guint count, GError **error)
{
    for (guint i = 0; i < count; i++) {
        GPtrArray *values = g_ptr_array_new_with_free_func((GDestroyNotify)cover_value_free);
        g_autofree char *name = g_strdup_printf("P%u", model->parameters->len);
        for (guint v = 0; v < levels; v++) {
            g_autofree char *value = g_strdup_printf("%u", v);
            g_ptr_array_add(values, cover_value_new(value));
        }
        if (!cover_model_add(model, name, values, error))
            return false;
    }
    return true;
}

/* A path, or the name of a file of bench/models. */
static bool model_from_file(const char *name, CoverModel **ret_model, GError **error)
{
    g_autofree char *path = g_file_test(name, G_FILE_TEST_EXISTS)
                                ? g_strdup(name)
                                : g_build_filename(BENCH_MODELS, name, NULL);
    return pict_read(path, NULL, ret_model, error);
}

/* A product such as "4^15 3^17". */
static bool model_from_product(const char *text, CoverModel **ret_model, GError **error)
{
    g_autoptr(CoverModel) model = cover_model_new();
    g_auto(GStrv) factors = g_strsplit(text, " ", -1);
    for (char **factor = factors; *factor; factor++) {
        guint levels, count;
        if (sscanf(*factor, "%u^%u", &levels, &count) != 2 || levels > 1000 || count > 4096)
            return model_from_file(text, ret_model, error);
        if (!add_factor(model, levels, count, error))
            return false;
    }
    *ret_model = g_steal_pointer(&model);
    return true;
}

/* Whether the array covers all that is possible; under groups, only the model's own strength. */
static bool complete(const CoverModel *model, const CoverArray *array, guint strength)
{
    g_autoptr(Coverage) coverage = NULL;
    if (!coverage_measure(model, array->cells, array->n_rows, NULL,
                          MIN(strength, model->parameters->len), 0, &coverage, NULL))
        return false;
    return coverage->covered == coverage->possible && coverage->invalid_rows == 0;
}

static void print_size(guint size)
{
    if (size > 0)
        printf(" %6u", size);
    else
        printf(" %6s", "-");
}

static guint smallest(const Published *known)
{
    guint sizes[] = {known->pict, known->jenny, known->acts}, least = G_MAXUINT;
    for (guint i = 0; i < G_N_ELEMENTS(sizes); i++)
        if (sizes[i] > 0)
            least = MIN(least, sizes[i]);
    return least;
}

static bool run(const Published *known)
{
    g_autoptr(CoverModel) model = NULL;
    g_autoptr(CoverArray) array = NULL;
    g_autoptr(GError) error = NULL;
    CoverOptions mine = options;
    mine.strength = known->strength;
    if (!model_from_product(known->model, &model, &error) ||
        !cover_generate(model, &mine, &array, &error)) {
        fprintf(stderr, "%s: %s\n", known->model, error->message);
        return false;
    }
    bool well = complete(model, array, known->strength);
    const char *verdict = !well                                            ? "NOT COMPLETE"
                          : array->n_rows > smallest(known)                ? "larger"
                          : known->goal > 0 && array->n_rows > known->goal ? "goal missed"
                                                                           : "ok";
    printf("%-24.24s %d %6u %7.3f %6u %6.2f%c%c", known->model, known->strength, array->first_rows,
           array->first_s, array->n_rows, array->total_s, array->optimal ? '*' : ' ',
           array->clock_ended ? 'c' : ' ');
    print_size(known->pict);
    print_size(known->jenny);
    print_size(known->acts);
    print_size(known->best);
    print_size(known->goal);
    printf("  %s\n", verdict);
    fflush(stdout);
    return strcmp(verdict, "ok") == 0;
}

static bool run_model(const char *text)
{
    bool well = true;
    for (guint t = 2; t <= 6; t++) {
        Published known = {.model = text, .strength = t};
        for (guint i = 0; i < G_N_ELEMENTS(classics); i++)
            if (strcmp(classics[i].model, text) == 0 && classics[i].strength == t)
                known = classics[i];
        if (strength_wanted == 0 ? t <= 3 : t == (guint)strength_wanted)
            well = run(&known) && well;
    }
    return well;
}

int main(int argc, char **argv)
{
    double budget = options.budget_s;
    gint64 seed = 1, work = 0;
    gint threads = 0;
    const GOptionEntry entries[] = {
        {"budget", 'b', 0, G_OPTION_ARG_DOUBLE, &budget, "seconds a model (10)", "SECONDS"},
        {"work", 'w', 0, G_OPTION_ARG_INT64, &work, "look-up pairs instead of seconds", "N"},
        {"seed", 's', 0, G_OPTION_ARG_INT64, &seed, "random seed (1)", "N"},
        {"threads", 't', 0, G_OPTION_ARG_INT, &threads, "threads (one a core)", "N"},
        {"strength", 'o', 0, G_OPTION_ARG_INT, &strength_wanted, "only this strength", "T"},
        G_OPTION_ENTRY_NULL};
    g_autoptr(GOptionContext) context = g_option_context_new("[MODEL…]");
    g_autoptr(GError) error = NULL;
    bool well = true;

    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error)) {
        fprintf(stderr, "%s\n", error->message);
        return 2;
    }
    options.budget_s = budget;
    options.seed = (guint64)seed;
    options.work = (guint64)work;
    options.threads = (guint)threads;
    printf("%-24s t  first seconds   size seconds    PICT  jenny   ACTS   best   goal\n"
           "(*: no array is smaller, c: the clock ended the search)\n",
           "model");
    for (int i = 1; i < argc; i++)
        well = run_model(argv[i]) && well;
    for (guint i = 0; argc < 2 && i < G_N_ELEMENTS(classics); i++)
        if (strength_wanted == 0 || classics[i].strength == (guint)strength_wanted)
            well = run(&classics[i]) && well;
    return well ? 0 : 1;
}
