/* SPDX-License-Identifier: GPL-2.0-or-later
 * From a scenario to the cases of a run.
 */
#include "plan/plan.h"

#include "model/placeholder.h"
#include "plan/plan-case.h"
#include "util/error.h"
#include "util/files.h"

PlanCase *plan_case_new(void)
{
    PlanCase *plan_case = g_new0(PlanCase, 1);

    plan_case->vendors = g_ptr_array_new_with_free_func(g_free);
    plan_case->parameters = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return plan_case;
}

void plan_case_free(PlanCase *plan_case)
{
    if (!plan_case)
        return;
    g_free(plan_case->id);
    g_free(plan_case->guest);
    g_free(plan_case->test_name);
    g_free(plan_case->title);
    g_ptr_array_unref(plan_case->vendors);
    g_hash_table_unref(plan_case->parameters);
    g_free(plan_case->why);
    g_free(plan_case);
}

Plan *plan_new(const char *scenario)
{
    Plan *plan = g_new0(Plan, 1);

    plan->scenario = g_strdup(scenario);
    plan->cases = g_ptr_array_new_with_free_func((GDestroyNotify)plan_case_free);
    return plan;
}

void plan_free(Plan *plan)
{
    if (!plan)
        return;
    g_free(plan->scenario);
    g_ptr_array_unref(plan->cases);
    g_free(plan);
}

char *plan_case_expand(const PlanCase *plan_case, const char *text)
{
    return placeholder_expand(text, plan_case->parameters);
}

/* Making */

static char *join(const GPtrArray *names, const char *separator)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < names->len; i++)
        g_string_append_printf(text, "%s%s", i ? separator : "",
                               (char *)g_ptr_array_index(names, i));
    return g_string_free(text, FALSE);
}

/* `content=3,product=1.1` in the scenario's order. */
static char *parameters_text(const Test *test, const PlanCase *plan_case, const char *separator)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < test->parameters->len; i++) {
        const char *name = ((const Parameter *)g_ptr_array_index(test->parameters, i))->name;
        const char *value = g_hash_table_lookup(plan_case->parameters, name);
        g_string_append_printf(text, "%s%s=%s", i ? separator : "", name, value);
    }
    return g_string_free(text, FALSE);
}

static char *make_id(const Test *test, const PlanCase *plan_case)
{
    g_autofree char *vendors = join(plan_case->vendors, "+");
    g_autofree char *parameters = parameters_text(test, plan_case, ",");

    return g_strdup_printf("%s/%s/%s%s%s", test->name, plan_case->guest,
                           *vendors ? vendors : "none", *parameters ? "/" : "", parameters);
}

static bool same_members(const GPtrArray *one, GPtrArray *other)
{
    bool same = one->len == other->len;

    for (guint i = 0; same && i < one->len; i++)
        same =
            g_ptr_array_find_with_equal_func(other, g_ptr_array_index(one, i), g_str_equal, NULL);
    return same;
}

/* How many of the test's vendor sets are these vendors in some order, and which of them, from 1,
 * this one is. */
static guint count_orders(const Test *test, const VendorSet *set, guint *ret_which)
{
    guint count = 0, which = 0;

    for (guint i = 0; i < test->vendor_sets->len; i++) {
        const VendorSet *other = g_ptr_array_index(test->vendor_sets, i);
        count += same_members(set->install, other->install);
        if (other == set)
            which = count;
    }
    *ret_which = which;
    return count;
}

static char *make_why(const Test *test, const VendorSet *set, const PlanCase *plan_case)
{
    g_autofree char *parameters = parameters_text(test, plan_case, ", ");
    const char *with = *parameters ? "; with " : "";
    guint which;
    guint orders = count_orders(test, set, &which);

    if (set->install->len == 0)
        return g_strdup_printf("control: no vendor%s%s", with, parameters);
    if (set->install->len == 1)
        return g_strdup_printf("control: %s alone%s%s", (char *)g_ptr_array_index(set->install, 0),
                               with, parameters);
    g_autofree char *names = join(set->install, " then ");
    if (orders == 1)
        return g_strdup_printf("together: %s, in this install order only%s%s", names, with,
                               parameters);
    return g_strdup_printf("together: %s, install order %u of %u%s%s", names, which, orders, with,
                           parameters);
}

static PlanCase *make_case(const Test *test, const char *guest, const VendorSet *set,
                           guint combination)
{
    PlanCase *plan_case = plan_case_new();
    g_autoptr(GHashTable) values = test_combination(test, combination);
    GHashTableIter iter;
    gpointer name, value;

    plan_case->guest = g_strdup(guest);
    plan_case->test = test;
    plan_case->test_name = g_strdup(test->name);
    plan_case->title = g_strdup(test->title);
    for (guint i = 0; i < set->install->len; i++)
        g_ptr_array_add(plan_case->vendors, g_strdup(g_ptr_array_index(set->install, i)));
    g_hash_table_iter_init(&iter, values);
    while (g_hash_table_iter_next(&iter, &name, &value))
        g_hash_table_insert(plan_case->parameters, g_strdup(name), g_strdup(value));
    plan_case->control = set->install->len < 2;
    plan_case->id = make_id(test, plan_case);
    plan_case->why = make_why(test, set, plan_case);
    return plan_case;
}

/* 0: no vendor, 1: one alone, 2: several. */
static guint rank_of(const VendorSet *set)
{
    return MIN(set->install->len, 2);
}

static void add_test(const Scenario *scenario, const Test *test, guint rank, GPtrArray *cases)
{
    for (guint g = 0; g < scenario->guests->len; g++)
        for (guint s = 0; s < test->vendor_sets->len; s++) {
            const VendorSet *set = g_ptr_array_index(test->vendor_sets, s);
            for (guint c = 0; rank_of(set) == rank && c < test_combinations(test); c++)
                g_ptr_array_add(cases,
                                make_case(test, g_ptr_array_index(scenario->guests, g), set, c));
        }
}

/* Each case has a folder of its own in the run folder. */
static bool check_folders(const Scenario *scenario, const Plan *plan, GError **error)
{
    g_autoptr(GHashTable) folders = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (guint i = 0; i < plan->cases->len; i++) {
        PlanCase *plan_case = g_ptr_array_index(plan->cases, i);
        g_autofree char *folder = files_safe_name(plan_case->id);
        const PlanCase *other = g_hash_table_lookup(folders, folder);
        if (other) {
            g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                        "%s:%u:%u: the cases '%s' and '%s' would share the folder '%s'; rename or "
                        "shorten the name of this test",
                        scenario->file, plan_case->test->line, plan_case->test->column, other->id,
                        plan_case->id, folder);
            return false;
        }
        g_hash_table_insert(folders, g_steal_pointer(&folder), plan_case);
    }
    return true;
}

bool plan_make(const Inputs *inputs, Plan **ret_plan, GError **error)
{
    const Scenario *scenario = inputs->scenario;
    g_autoptr(Plan) plan = plan_new(scenario->name);

    for (guint rank = 0; rank <= 2; rank++)
        for (guint i = 0; i < scenario->tests->len; i++)
            add_test(scenario, g_ptr_array_index(scenario->tests, i), rank, plan->cases);
    if (!check_folders(scenario, plan, error))
        return false;
    *ret_plan = g_steal_pointer(&plan);
    return true;
}
