/* SPDX-License-Identifier: GPL-2.0-or-later
 * A verifier that knows nothing of the planner.
 */
#include "brute.h"

#include <stdio.h>
#include <string.h>

#include "plan/pict.h"

#define ROWS_MAX 3000000

CoverModel *brute_model(const char *text)
{
    g_autoptr(GError) error = NULL;
    CoverModel *model = NULL;
    pict_parse(text, strlen(text), "model", NULL, &model, &error);
    g_assert_no_error(error);
    model->groups_mean = COVER_GROUPS_STRENGTH;
    return model;
}

CoverModel *brute_product(const char *factors)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_auto(GStrv) parts = g_strsplit(factors, " ", -1);
    guint p = 0;
    for (char **part = parts; *part; part++) {
        guint levels = 0, count = 1;
        g_assert_cmpint(sscanf(*part, "%u^%u", &levels, &count), >=, 1);
        for (guint i = 0; i < count; i++) {
            g_string_append_printf(text, "P%u: 0", p++);
            for (guint v = 1; v < levels; v++)
                g_string_append_printf(text, ", %u", v);
            g_string_append_c(text, '\n');
        }
    }
    return brute_model(text->str);
}

static guint levels_of(const CoverModel *model, guint p)
{
    return cover_model_parameter(model, p)->values->len;
}

/* -1: no negative value, -2: more than one, else the parameter that has it. */
static int negative_of(const CoverModel *model, const guint16 *row)
{
    int found = -1;
    for (guint p = 0; p < model->parameters->len; p++)
        if (cover_model_value(model, p, row[p])->negative)
            found = found == -1 ? (int)p : -2;
    return found;
}

typedef struct {
    const CoverModel *model;
    GArray *members;
    guint strength;
    GHashTable *tuples; /* of char*: "0=1 3=2 " */
} Tuples;

/* Adds the row's combinations of the members from number `from` on, to the text so far. */
static void add_tuples(Tuples *tuples, const guint16 *row, int negative, guint from, guint size,
                       bool has_negative, const char *text)
{
    if (size == tuples->strength) {
        if (negative < 0 || has_negative)
            g_hash_table_add(tuples->tuples, g_strdup(text));
        return;
    }
    for (guint m = from; m < tuples->members->len; m++) {
        guint p = g_array_index(tuples->members, guint, m);
        char longer[128];
        g_snprintf(longer, sizeof longer, "%s%u=%u ", text, p, row[p]);
        add_tuples(tuples, row, negative, m + 1, size + 1, has_negative || (int)p == negative,
                   longer);
    }
}

static bool next_row(const CoverModel *model, guint16 *row)
{
    for (guint p = 0; p < model->parameters->len; p++) {
        if (++row[p] < levels_of(model, p))
            return true;
        row[p] = 0;
    }
    return false;
}

static GArray *all_members(const CoverModel *model)
{
    GArray *members = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint p = 0; p < model->parameters->len; p++)
        if (!cover_model_parameter(model, p)->result)
            g_array_append_val(members, p);
    return members;
}

static void tuples_init(Tuples *tuples, const CoverModel *model, const GArray *members,
                        guint strength)
{
    *tuples = (Tuples){model, all_members(model), strength,
                       g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL)};
    if (members) {
        g_array_set_size(tuples->members, 0);
        g_array_append_vals(tuples->members, members->data, members->len);
    }
    tuples->strength = MIN(strength, tuples->members->len);
}

static void tuples_clear(Tuples *tuples)
{
    g_array_unref(tuples->members);
    g_hash_table_unref(tuples->tuples);
}

/* Every combination that some row of the whole product can have. */
static void add_possible(Tuples *tuples, BruteRule rule)
{
    const CoverModel *model = tuples->model;
    g_autofree guint16 *row = g_new0(guint16, model->parameters->len);
    guint n = 0;
    do {
        int negative = negative_of(model, row);
        g_assert_cmpuint(n++, <, ROWS_MAX);
        if (negative != -2 && (!rule || rule(row)))
            add_tuples(tuples, row, negative, 0, 0, false, "");
    } while (next_row(model, row));
}

void brute_check(const CoverModel *model, BruteRule rule, const CoverArray *array,
                 const GArray *members, guint strength)
{
    Tuples possible, covered;
    GHashTableIter iter;
    gpointer key;
    tuples_init(&possible, model, members, strength);
    tuples_init(&covered, model, members, strength);
    add_possible(&possible, rule);
    for (guint r = 0; r < array->n_rows; r++) {
        const guint16 *row = cover_array_row(array, r);
        for (guint p = 0; p < model->parameters->len; p++)
            g_assert_cmpuint(row[p], <, levels_of(model, p));
        g_assert_true(!rule || rule(row));
        g_assert_cmpint(negative_of(model, row), !=, -2);
        add_tuples(&covered, row, negative_of(model, row), 0, 0, false, "");
    }
    g_hash_table_iter_init(&iter, possible.tuples);
    while (g_hash_table_iter_next(&iter, &key, NULL))
        if (!g_hash_table_contains(covered.tuples, key))
            g_error("the combination %s is possible, but in no row", (char *)key);

    /* The product's own verifier must agree with this one. */
    g_autoptr(Coverage) coverage = NULL;
    g_assert_true(coverage_measure(model, array->cells, array->n_rows, members, possible.strength,
                                   10, &coverage, NULL));
    g_assert_cmpuint(coverage->possible, ==, g_hash_table_size(possible.tuples));
    g_assert_cmpuint(coverage->covered, ==, g_hash_table_size(covered.tuples));
    tuples_clear(&possible);
    tuples_clear(&covered);
}

CoverArray *brute_generate(const CoverModel *model, BruteRule rule, guint strength, guint64 work)
{
    g_autoptr(GError) error = NULL;
    CoverArray *array = NULL;
    CoverOptions options = {.strength = strength, .seed = 1, .work = work, .threads = 1};
    cover_generate(model, &options, &array, &error);
    g_assert_no_error(error);
    brute_check(model, rule, array, NULL, strength);
    return array;
}
