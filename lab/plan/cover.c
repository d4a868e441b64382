/* SPDX-License-Identifier: GPL-2.0-or-later
 * Covering arrays: the problems of a model, their first arrays, and the budget for making them
 * smaller.
 */
#include "plan/cover.h"

#include <string.h>

#include "plan/hierarchy.h"
#include "plan/optimise.h"
#include "plan/weights.h"
#include "util/error.h"

/* Look-up pairs a second, for spaces that fit into a processor's inner caches, its outer caches,
 * and memory. */
static guint64 work_per_second(guint slots)
{
    return slots < (1u << 17) ? 150000000 : slots < (1u << 21) ? 80000000 : 40000000;
}

void cover_array_free(CoverArray *array)
{
    if (!array)
        return;
    g_free(array->cells);
    g_free(array->seeded);
    g_free(array);
}

const guint16 *cover_array_row(const CoverArray *array, guint row)
{
    return array->cells + (gsize)row * array->n_parameters;
}

/* One problem on its way to its part of the array. */
typedef struct {
    Problem *problem;
    GreedyRows rows;
    bool optimal;
} Part;

static void part_free(gpointer data)
{
    Part *part = data;
    greedy_rows_clear(&part->rows);
    g_free(part);
}

static GPtrArray *first_parts(GPtrArray *problems, guint64 seed, GError **error)
{
    g_autoptr(GPtrArray) parts = g_ptr_array_new_with_free_func(part_free);
    for (guint i = 0; i < problems->len; i++) {
        Part *part = g_new0(Part, 1);
        g_ptr_array_add(parts, part);
        part->problem = problems->pdata[i];
        if (!greedy_cover(part->problem, seed + i, &part->rows, error))
            return NULL;
    }
    return g_steal_pointer(&parts);
}

static guint part_rows(const Part *part)
{
    return part->rows.cells->len / part->problem->space->n_columns;
}

static guint all_rows(const GPtrArray *parts)
{
    guint n = 0;
    for (guint i = 0; i < parts->len; i++)
        n += part_rows(parts->pdata[i]);
    return n;
}

/* Shares the budget among the parts by their rows. True where the clock ended some search. */
static bool optimise_parts(GPtrArray *parts, const CoverOptions *options, gint64 start)
{
    guint rows = MAX(all_rows(parts), 1);
    gint64 deadline =
        options->work > 0 ? G_MAXINT64 : start + (gint64)(options->budget_s * G_USEC_PER_SEC);
    for (guint i = 0; i < parts->len; i++) {
        Part *part = parts->pdata[i];
        double share = (double)part_rows(part) / rows;
        guint slots = part->problem->space->n_slots;
        double work = options->work > 0 ? (double)options->work
                                        : options->budget_s * (double)work_per_second(slots);
        OptimiseLimits limits = {options->seed + i, (guint64)(share * work), deadline,
                                 options->threads ? options->threads : g_get_num_processors()};
        if (slots > COVER_SEARCH_SLOTS_MAX)
            limits.work = 0;
        optimise(part->problem, &limits, &part->rows, &part->optimal);
    }
    return g_get_monotonic_time() >= deadline;
}

static bool row_locked(const Part *part, guint row)
{
    guint n = part->problem->space->n_columns;
    return memchr(part->rows.locked->data + (gsize)row * n, 1, n) != NULL;
}

static CoverArray *join_parts(const CoverModel *model, const GPtrArray *parts)
{
    CoverArray *array = g_new0(CoverArray, 1);
    guint n = model->parameters->len;
    array->n_parameters = n;
    array->cells = g_new(guint16, (gsize)all_rows(parts) * n + 1);
    array->seeded = g_new(bool, all_rows(parts) + 1);
    array->optimal = true;
    for (guint i = 0; i < parts->len; i++) {
        const Part *part = parts->pdata[i];
        array->optimal = array->optimal && part->optimal;
        for (guint r = 0; r < part_rows(part); r++)
            array->seeded[array->n_rows + r] = row_locked(part, r);
        if (part_rows(part) > 0)
            memcpy(array->cells + (gsize)array->n_rows * n, part->rows.cells->data,
                   part->rows.cells->len * sizeof(guint16));
        array->n_rows += part_rows(part);
    }
    return array;
}

static bool generate_flat(const CoverModel *model, const CoverOptions *options,
                          CoverArray **ret_array, GError **error)
{
    gint64 start = g_get_monotonic_time();
    g_autoptr(GPtrArray) problems = problems_of(model, options->strength, error);
    g_autoptr(GPtrArray) parts = problems ? first_parts(problems, options->seed, error) : NULL;
    if (!parts)
        return false;
    guint first_rows = all_rows(parts);
    double first_s = (double)(g_get_monotonic_time() - start) / G_USEC_PER_SEC;
    bool ended = false;
    if (options->budget_s > 0 || options->work > 0)
        ended = optimise_parts(parts, options, start);
    for (guint i = 0; i < parts->len; i++) {
        Part *part = parts->pdata[i];
        weights_apply(part->problem, options->seed, &part->rows);
    }
    *ret_array = join_parts(model, parts);
    (*ret_array)->first_rows = first_rows;
    (*ret_array)->first_s = first_s;
    (*ret_array)->total_s = (double)(g_get_monotonic_time() - start) / G_USEC_PER_SEC;
    (*ret_array)->clock_ended = ended && !(*ret_array)->optimal;
    return true;
}

/* Seeds made by hand may hold anything. */
static bool check_seeds(const CoverModel *model, GError **error)
{
    for (guint s = 0; s < model->seeds->len; s++) {
        const guint16 *row = model->seeds->pdata[s];
        for (guint p = 0; p < model->parameters->len; p++) {
            const CoverParameter *parameter = cover_model_parameter(model, p);
            if (row[p] == COVER_ANY || row[p] < parameter->values->len)
                continue;
            g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                        "seed row %u: '%s' has no value number %u", s + 1, parameter->name, row[p]);
            return false;
        }
    }
    return true;
}

bool cover_generate(const CoverModel *model, const CoverOptions *options, CoverArray **ret_array,
                    GError **error)
{
    if (options->strength < 1 || options->strength > COVER_STRENGTH_MAX) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "%u is no strength: it goes from 1 to 6",
                    options->strength);
        return false;
    }
    if (model->parameters->len == 0) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "the model has no parameters");
        return false;
    }
    if (!check_seeds(model, error))
        return false;
    if (model->groups_mean == COVER_GROUPS_UNITS && model->groups->len > 0)
        return hierarchy_generate(model, options, generate_flat, ret_array, error);
    return generate_flat(model, options, ret_array, error);
}
