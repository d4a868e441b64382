/* SPDX-License-Identifier: GPL-2.0-or-later
 * Fuzz target: PICT models, and seed files of a small model. What is read has values in bounds, and
 * a small model gives an array that covers all or a reason why not.
 */
#include <stdint.h>
#include <string.h>

#include "plan/cover.h"
#include "plan/coverage.h"
#include "plan/pict.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PRODUCT_MAX 3000

static guint64 product_of(const CoverModel *model)
{
    guint64 product = 1;
    for (guint p = 0; p < model->parameters->len && product <= PRODUCT_MAX; p++)
        product *= cover_model_parameter(model, p)->values->len;
    return product;
}

static void generate(const CoverModel *model)
{
    g_autoptr(CoverArray) array = NULL;
    g_autoptr(Coverage) coverage = NULL;
    CoverOptions options = {.strength = 2, .work = 2000, .threads = 1};
    if (!cover_generate(model, &options, &array, NULL) || model->groups->len > 0)
        return;
    if (!coverage_measure(model, array->cells, array->n_rows, NULL, 2, 0, &coverage, NULL))
        return;
    g_assert_cmpuint(coverage->invalid_rows, ==, 0);
    g_assert_cmpuint(coverage->covered, ==, coverage->possible);
}

static void seeds(const char *text, size_t size)
{
    static const char sample[] = "A: 1, 2, ~3\nB: x|y, z\nC: 1, 2\nIF [A] = 1 THEN [C] = 1;\n";
    g_autoptr(CoverModel) model = NULL;
    g_autoptr(GPtrArray) warnings = g_ptr_array_new_with_free_func(g_free);
    g_assert_true(pict_parse(sample, strlen(sample), "sample", NULL, &model, NULL));
    if (!pict_seeds_parse(model, text, size, "seeds", NULL, warnings, NULL))
        return;
    for (guint s = 0; s < model->seeds->len; s++)
        for (guint p = 0; p < 3; p++) {
            guint16 value = ((const guint16 *)model->seeds->pdata[s])[p];
            g_assert_true(value == COVER_ANY ||
                          value < cover_model_parameter(model, p)->values->len);
        }
    if (model->seeds->len < 50)
        generate(model);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    g_autoptr(CoverModel) model = NULL;
    if (size > 0 && data[0] == '\t')
        seeds(text + 1, size - 1);
    else if (pict_parse(text, size, "model", NULL, &model, NULL) &&
             product_of(model) <= PRODUCT_MAX && model->parameters->len <= 20)
        generate(model);
    return 0;
}
