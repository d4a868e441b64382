/* SPDX-License-Identifier: GPL-2.0-or-later
 * The order in which a run that is stopped early has covered most.
 */
#include "plan/plan-choose.h"

#include "plan/coverage.h"
#include "plan/plan-model.h"

enum { TIER_CONTROL, TIER_ALONE, TIER_CHANGED, TIER_FRAGILE, TIER_REST };

/* One test's cases on their way into the order. */
typedef struct {
    GArray *steps;    /* of CoverageStep: rows are places in `cases` */
    GPtrArray *cases; /* of PlanCase*, belong to the plan */
    GArray *tiers;    /* of guint, one a case */
    guint64 total;    /* of all steps' fresh combinations */
    guint next;
} TestOrder;

static void test_order_free(gpointer data)
{
    TestOrder *order = data;

    g_clear_pointer(&order->steps, g_array_unref);
    g_ptr_array_unref(order->cases);
    g_array_unref(order->tiers);
    g_free(order);
}

static bool has_any(const PlanCase *plan_case, const GPtrArray *vendors)
{
    for (guint i = 0; vendors && i < vendors->len; i++)
        if (g_ptr_array_find_with_equal_func(plan_case->vendors, g_ptr_array_index(vendors, i),
                                             g_str_equal, NULL))
            return true;
    return false;
}

static guint tier_of(const PlanCase *plan_case, const GPtrArray *changed, const GPtrArray *fragile)
{
    if (plan_case->vendors->len == 0)
        return TIER_CONTROL;
    if (plan_case->control)
        return TIER_ALONE;
    return has_any(plan_case, changed)   ? TIER_CHANGED
           : has_any(plan_case, fragile) ? TIER_FRAGILE
                                         : TIER_REST;
}

/* A case that is no row of the matrix, a control by rule, covers nothing: its row stays empty. */
static guint16 *rows_of(const PlanModel *model, const GPtrArray *cases)
{
    guint n = model->cover->parameters->len;
    guint16 *cells = g_new(guint16, (gsize)cases->len * n + 1);

    for (guint i = 0; i < cases->len; i++) {
        guint16 *row = cells + (gsize)i * n;
        if (!plan_model_row(model, g_ptr_array_index(cases, i), row))
            for (guint p = 0; p < n; p++)
                row[p] = COVER_ANY;
    }
    return cells;
}

static bool order_test(const Inputs *inputs, const Test *test, TestOrder *order, GError **error)
{
    g_autoptr(PlanModel) model = NULL;
    g_autofree double *cost = g_new(double, order->cases->len + 1);

    if (!plan_model_new(inputs->scenario, test, false, &model, error))
        return false;
    g_autofree guint16 *cells = rows_of(model, order->cases);
    for (guint i = 0; i < order->cases->len; i++)
        cost[i] = plan_case_seconds(g_ptr_array_index(order->cases, i));
    guint strength = plan_model_strength(model, 0);
    const CoverageWishes wishes = {cost, (const guint *)(gpointer)order->tiers->data};
    if (strength == 0) { /* one case, or cases that differ in nothing that counts */
        order->steps = g_array_new(FALSE, FALSE, sizeof(CoverageStep));
        for (guint tier = TIER_CONTROL; tier <= TIER_REST; tier++)
            for (guint i = 0; i < order->cases->len; i++)
                if (g_array_index(order->tiers, guint, i) == tier)
                    g_array_append_val(order->steps, ((CoverageStep){i, 1}));
    } else if (!coverage_order(model->cover, cells, order->cases->len, strength, &wishes,
                               &order->steps, error)) {
        return false;
    }
    for (guint i = 0; i < order->steps->len; i++)
        order->total += g_array_index(order->steps, CoverageStep, i).fresh;
    return true;
}

static TestOrder *test_order_new(const Plan *plan, const Test *test, const GPtrArray *changed,
                                 const GPtrArray *fragile)
{
    TestOrder *order = g_new0(TestOrder, 1);

    order->cases = g_ptr_array_new();
    order->tiers = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint i = 0; i < plan->cases->len; i++) {
        PlanCase *plan_case = g_ptr_array_index(plan->cases, i);
        guint tier = tier_of(plan_case, changed, fragile);
        if (!g_str_equal(plan_case->test_name, test->name))
            continue;
        g_ptr_array_add(order->cases, plan_case);
        g_array_append_val(order->tiers, tier);
    }
    return order;
}

/* The share of its test that the next case covers, for a second. */
static double next_value(const TestOrder *order)
{
    const CoverageStep *step = &g_array_index(order->steps, CoverageStep, order->next);
    const PlanCase *plan_case = g_ptr_array_index(order->cases, step->row);

    return (double)step->fresh / (double)MAX(order->total, 1) / plan_case_seconds(plan_case);
}

static guint next_tier(const TestOrder *order)
{
    return g_array_index(order->tiers, guint,
                         g_array_index(order->steps, CoverageStep, order->next).row);
}

static TestOrder *best_test(const GPtrArray *orders)
{
    TestOrder *best = NULL;

    for (guint i = 0; i < orders->len; i++) {
        TestOrder *order = g_ptr_array_index(orders, i);
        if (order->next == order->steps->len)
            continue;
        if (!best || next_tier(order) < next_tier(best) ||
            (next_tier(order) == next_tier(best) && next_value(order) > next_value(best)))
            best = order;
    }
    return best;
}

bool plan_order(Plan *plan, const Inputs *inputs, const GPtrArray *changed,
                const GPtrArray *fragile, GError **error)
{
    g_autoptr(GPtrArray) orders = g_ptr_array_new_with_free_func(test_order_free);
    const GPtrArray *tests = inputs->scenario->tests;
    guint n = 0;

    for (guint i = 0; i < tests->len; i++) {
        const Test *test = g_ptr_array_index(tests, i);
        TestOrder *order = test_order_new(plan, test, changed, fragile);
        g_ptr_array_add(orders, order);
        if (!order_test(inputs, test, order, error))
            return false;
    }
    for (TestOrder *order; (order = best_test(orders)); order->next++) {
        guint row = g_array_index(order->steps, CoverageStep, order->next).row;
        plan->cases->pdata[n++] = g_ptr_array_index(order->cases, row);
    }
    return true;
}
