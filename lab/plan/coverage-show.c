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

/* `kept`: cells of the rows that passed, or NULL. */
static bool add_level(GPtrArray *levels, const CoverModel *model, const guint16 *cells,
                      const guint16 *kept, guint n_rows, guint strength, const CoverGroup *group,
                      guint missing_max, GError **error)
{
    const GArray *members = group ? group->members : NULL;
    CoverageLevel *level = g_new0(CoverageLevel, 1);
    level->strength = strength;
    level->group = group;
    g_ptr_array_add(levels, level);
    return coverage_measure(model, cells, n_rows, members, strength, missing_max, &level->tried,
                            error) &&
           (!kept || coverage_measure(model, kept, n_rows, members, strength, missing_max,
                                      &level->proven, error));
}

bool coverage_levels(const CoverModel *model, const guint16 *cells, guint n_rows,
                     const bool *passed, guint strength, guint missing_max, GPtrArray **ret_levels,
                     GError **error)
{
    g_autoptr(GPtrArray) levels = g_ptr_array_new_with_free_func(level_free);
    g_autofree guint16 *kept = passed ? passed_cells(model, cells, n_rows, passed) : NULL;
    for (guint t = 1; t <= strength; t++)
        if (!add_level(levels, model, cells, kept, n_rows, t, NULL, missing_max, error))
            return false;
    for (guint g = 0; g < model->groups->len; g++) {
        const CoverGroup *group = model->groups->pdata[g];
        if (group->strength > 0 && !add_level(levels, model, cells, kept, n_rows, group->strength,
                                              group, missing_max, error))
            return false;
    }
    *ret_levels = g_steal_pointer(&levels);
    return true;
}

char *coverage_word(guint strength, guint64 count)
{
    static const char *const words[][2] = {{"combination", "combinations"},
                                           {"value", "values"},
                                           {"pair", "pairs"},
                                           {"triple", "triples"}};
    if (strength < G_N_ELEMENTS(words))
        return g_strdup(words[strength][count != 1]);
    return g_strdup_printf("combination%s of %u", count != 1 ? "s" : "", strength);
}

char *coverage_row_word(const CoverModel *model, guint strength, guint64 count)
{
    for (guint g = 0; g < model->groups->len; g++) {
        const CoverGroup *group = model->groups->pdata[g];
        if (group->strength > 0 && group->strength != strength)
            strength = 0;
    }
    return coverage_word(strength, count);
}

/* " of A, B": the group's members. */
static void append_group(GString *out, const CoverModel *model, const CoverGroup *group)
{
    for (guint i = 0; group && i < group->members->len; i++)
        g_string_append_printf(
            out, "%s%s", i > 0 ? ", " : " of ",
            cover_model_parameter(model, g_array_index(group->members, guint, i))->name);
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
        g_string_append_printf(out, "  %u at a time", level->strength);
        append_group(out, model, level->group);
        g_string_append_printf(
            out, ": %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " %s covered (%.1f %%)",
            tried->covered, tried->possible, word, percent(tried->covered, tried->possible));
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

static cJSON *members_json(const CoverModel *model, const CoverGroup *group)
{
    cJSON *list = cJSON_CreateArray();
    for (guint i = 0; i < group->members->len; i++) {
        guint member = g_array_index(group->members, guint, i);
        cJSON_AddItemToArray(list, cJSON_CreateString(cover_model_parameter(model, member)->name));
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
        if (level->group)
            cJSON_AddItemToObject(object, "group", members_json(model, level->group));
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
    g_autofree char *word = coverage_row_word(model, strength, row->alone);
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
