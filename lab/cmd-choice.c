/* SPDX-License-Identifier: GPL-2.0-or-later
 * Options that take a part of a plan, or order it.
 */
#include "cmd-choice.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "plan/plan-choose.h"
#include "util/error.h"

Choice cmd_choice;

bool cmd_choice_budget(double *ret_seconds, GError **error)
{
    static const struct {
        const char *unit;
        double seconds;
    } units[] = {{"", 1}, {"s", 1}, {"m", 60}, {"min", 60}, {"h", 3600}, {"d", 86400}};
    const char *text = cmd_choice.budget;
    char *end = NULL;
    double number = text && g_ascii_isdigit(*text) ? g_ascii_strtod(text, &end) : -1;

    if (!text) {
        *ret_seconds = 0;
        return true;
    }
    for (guint i = 0; number >= 0 && isfinite(number) && i < G_N_ELEMENTS(units); i++)
        if (g_str_equal(end, units[i].unit)) {
            *ret_seconds = number * units[i].seconds;
            return true;
        }
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                "--budget '%s' is no time: a number of seconds, or with a unit, such as 45m, 2h or "
                "1d",
                text);
    return false;
}

static bool read_shard(guint *ret_shard, guint *ret_n, GError **error)
{
    guint shard = 0, n = 0;
    int used = 0;

    if (sscanf(cmd_choice.shard, "%5u/%5u%n", &shard, &n, &used) == 2 &&
        cmd_choice.shard[used] == '\0' && shard >= 1 && shard <= n && n <= CMD_SHARDS_MAX) {
        *ret_shard = shard - 1;
        *ret_n = n;
        return true;
    }
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                "--shard '%s' is none: I/N with 1 ≤ I ≤ N ≤ %d, such as 2/5", cmd_choice.shard,
                CMD_SHARDS_MAX);
    return false;
}

static bool read_past(PlanPast *past, GError **error)
{
    for (guint i = 0; cmd_choice.durations && cmd_choice.durations[i]; i++)
        if (!plan_past_add(past, cmd_choice.durations[i], error))
            return false;
    return true;
}

/* The vendors that changed since the last run, and those that --changed names. */
static bool changed_vendors(const PlanPast *past, const Inputs *inputs, GPtrArray **ret_vendors,
                            GError **error)
{
    if (!plan_past_changed(past, inputs, ret_vendors, error))
        return false;
    for (guint i = 0; cmd_choice.changed && cmd_choice.changed[i]; i++)
        if (g_str_has_prefix(cmd_choice.changed[i], "vendor="))
            g_ptr_array_add(*ret_vendors, cmd_choice.changed[i] + strlen("vendor="));
    return true;
}

static bool order(const PlanPast *past, const Inputs *inputs, Plan *plan, GError **error)
{
    g_autoptr(GPtrArray) changed = NULL;
    g_autoptr(GPtrArray) fragile = plan_past_fragile(past, inputs);

    return changed_vendors(past, inputs, &changed, error) &&
           plan_order(plan, inputs, changed, fragile, error);
}

bool cmd_choose(const Inputs *inputs, Plan *plan, GError **error)
{
    g_autoptr(PlanPast) past = plan_past_new();
    guint shard = 0, n = 0;
    double budget;

    if ((cmd_choice.shard && !read_shard(&shard, &n, error)) ||
        !cmd_choice_budget(&budget, error) || !read_past(past, error))
        return false;
    plan_past_expect(past, plan);
    if (cmd_choice.cases && !plan_keep_cases(plan, (const char *const *)cmd_choice.cases, error))
        return false;
    if (cmd_choice.changed &&
        !plan_keep_changed(plan, (const char *const *)cmd_choice.changed, error))
        return false;
    if (cmd_choice.shard)
        plan_keep_shard(plan, shard, n);
    return budget == 0 || order(past, inputs, plan, error);
}
