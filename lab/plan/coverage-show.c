/* SPDX-License-Identifier: GPL-2.0-or-later
 * Coverage as text and JSON.
 */
#include "plan/coverage-show.h"

#include "util/json.h"

static void level_free(gpointer data)
{
    CoverageLevel *level = data;
    coverage_free(level->tried);
    coverage_free(level->proven);
    g_free(level);
}

/* Rows that did not pass become rows without values, which cover nothing. */
static guint16 *passed_cells(const CoverModel *model, const guint16 *cells, guint n_rows,
                             const bool *passed)
{
    guint n = model->parameters->len;
    guint16 *kept = g_new(guint16, (gsize)n_rows * n + 1);
    for (guint r = 0; r < n_rows; r++)
        for (guint p = 0; p < n; p++)
            kept[(gsize)r * n + p] = passed[r] ? cells[(gsize)r * n + p] : COVER_ANY;
    return kept;
}

bool coverage_levels(const CoverModel *model, const guint16 *cells, guint n_rows,
                     const bool *passed, guint strength, guint missing_max, GPtrArray **ret_levels,
                     GError **error)
{
    g_autoptr(GPtrArray) levels = g_ptr_array_new_with_free_func(level_free);
    g_autofree guint16 *kept = passed ? passed_cells(model, cells, n_rows, passed) : NULL;
    for (guint t = 1; t <= strength; t++) {
        CoverageLevel *level = g_new0(CoverageLevel, 1);
        level->strength = t;
        g_ptr_array_add(levels, level);
        if (!coverage_measure(model, cells, n_rows, NULL, t, missing_max, &level->tried, error) ||
            (passed &&
             !coverage_measure(model, kept, n_rows, NULL, t, missing_max, &level->proven, error)))
            return false;
    }
    *ret_levels = g_steal_pointer(&levels);
    return true;
}

char *coverage_word(guint strength, guint64 count)
{
    static const char *const words[][2] = {
        {"", ""}, {"value", "values"}, {"pair", "pairs"}, {"triple", "triples"}};
    if (strength < G_N_ELEMENTS(words))
        return g_strdup(words[strength][count != 1]);
    return g_strdup_printf("combination%s of %u", count != 1 ? "s" : "", strength);
}

static double percent(guint64 part, guint64 whole)
{
    return whole > 0 ? 100.0 * (double)part / (double)whole : 100;
}

static void append_missing(GString *out, const CoverModel *model, const Coverage *coverage,
                           const char *what)
{
    guint64 missing = coverage->possible - coverage->covered;
    if (missing == 0)
        return;
    g_string_append_printf(out, "    %s:\n", what);
    for (guint i = 0; i < coverage->missing->len; i++) {
        g_autofree char *text =
            coverage_tuple_text(model, &g_array_index(coverage->missing, CoverageTuple, i));
        g_string_append_printf(out, "      %s\n", text);
    }
    if (missing > coverage->missing->len)
        g_string_append_printf(out, "      and %" G_GUINT64_FORMAT " more\n",
                               missing - coverage->missing->len);
}

void coverage_levels_text(GString *out, const CoverModel *model, const GPtrArray *levels)
{
    for (guint i = 0; i < levels->len; i++) {
        const CoverageLevel *level = levels->pdata[i];
        const Coverage *tried = level->tried, *proven = level->proven;
        g_autofree char *word = coverage_word(level->strength, tried->possible);
        g_string_append_printf(out,
                               "  %u at a time: %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
                               " %s covered (%.1f %%)",
                               level->strength, tried->covered, tried->possible, word,
                               percent(tried->covered, tried->possible));
        if (proven)
            g_string_append_printf(out, ", %" G_GUINT64_FORMAT " proven (%.1f %%)", proven->covered,
                                   percent(proven->covered, proven->possible));
        if (tried->impossible > 0)
            g_string_append_printf(out, "; %" G_GUINT64_FORMAT " that the constraints rule out",
                                   tried->impossible);
        g_string_append_c(out, '\n');
        append_missing(out, model, proven ? proven : tried, proven ? "not proven" : "missing");
    }
}

static cJSON *tuples_json(const CoverModel *model, const GArray *tuples)
{
    cJSON *list = cJSON_CreateArray();
    for (guint i = 0; i < tuples->len; i++) {
        const CoverageTuple *tuple = &g_array_index(tuples, CoverageTuple, i);
        cJSON *object = cJSON_CreateObject();
        for (guint j = 0; j < tuple->n; j++)
            json_add_text(
                object, cover_model_parameter(model, tuple->parameter[j])->name,
                cover_model_value(model, tuple->parameter[j], tuple->value[j])->names->pdata[0]);
        cJSON_AddItemToArray(list, object);
    }
    return list;
}

cJSON *coverage_levels_json(const CoverModel *model, const GPtrArray *levels)
{
    cJSON *list = cJSON_CreateArray();
    for (guint i = 0; i < levels->len; i++) {
        const CoverageLevel *level = levels->pdata[i];
        cJSON *object = cJSON_CreateObject();
        cJSON_AddNumberToObject(object, "strength", level->strength);
        cJSON_AddNumberToObject(object, "possible", (double)level->tried->possible);
        cJSON_AddNumberToObject(object, "covered", (double)level->tried->covered);
        cJSON_AddNumberToObject(object, "impossible", (double)level->tried->impossible);
        cJSON_AddNumberToObject(object, "invalid_rows", level->tried->invalid_rows);
        cJSON_AddItemToObject(object, "missing", tuples_json(model, level->tried->missing));
        if (level->proven) {
            cJSON_AddNumberToObject(object, "proven", (double)level->proven->covered);
            cJSON_AddItemToObject(object, "unproven", tuples_json(model, level->proven->missing));
        }
        cJSON_AddItemToArray(list, object);
    }
    return list;
}

void coverage_row_text(GString *out, const CoverModel *model, const CoverageRow *row,
                       guint strength)
{
    g_autofree char *word = coverage_word(strength, row->alone);
    if (row->alone == 0) {
        g_string_append_printf(out, "      no %s that others do not cover\n", word);
        return;
    }
    g_string_append_printf(out, "      %" G_GUINT64_FORMAT " %s only here:\n", row->alone, word);
    for (guint i = 0; i < row->tuples->len; i++) {
        g_autofree char *text =
            coverage_tuple_text(model, &g_array_index(row->tuples, CoverageTuple, i));
        g_string_append_printf(out, "        %s\n", text);
    }
    if (row->alone > row->tuples->len)
        g_string_append_printf(out, "        and %" G_GUINT64_FORMAT " more\n",
                               row->alone - row->tuples->len);
}

cJSON *coverage_row_json(const CoverModel *model, const CoverageRow *row, guint strength)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddNumberToObject(object, "strength", strength);
    cJSON_AddNumberToObject(object, "alone", (double)row->alone);
    cJSON_AddItemToObject(object, "combinations", tuples_json(model, row->tuples));
    return object;
}
