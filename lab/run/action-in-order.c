/* SPDX-License-Identifier: GPL-2.0-or-later
 * Events in the order that the case has.
 */
#include "run/action.h"

static guint find_event(const Step *step, const char *name)
{
    guint i = 0;

    for (; i < step->steps->len; i++)
        if (g_str_equal(((const Step *)step->steps->pdata[i])->name, name))
            break;
    return i;
}

StepsEnd action_in_order(Action *action, GError **error)
{
    const Step *step = action->step;
    const PlanCase *plan_case = action->attempt->plan_case;
    const char *order = g_hash_table_lookup(plan_case->parameters, step->name);
    g_auto(GStrv) names = g_strsplit(order ? order : "", "+", -1);
    StepsEnd end = STEPS_DONE;

    for (guint i = 0; names[i]; i++) {
        guint number = find_event(step, names[i]);
        if (number == step->steps->len)
            continue; /* "none": every event is absent */
        g_autofree char *path = g_strdup_printf("%s.%u", action->path, number + 1);
        if (end == STEPS_DONE)
            end = steps_inside(action->attempt, step->steps->pdata[number], path, error);
        else
            steps_skip_inside(action->attempt, step->steps->pdata[number], path);
    }
    return end;
}

void action_in_order_name(const PlanCase *plan_case, const Step *step, GString *name)
{
    const char *order = g_hash_table_lookup(plan_case->parameters, step->name);

    g_string_append_printf(name, " %s: %s", step->name, order ? order : "none");
}
