/* SPDX-License-Identifier: GPL-2.0-or-later
 * Branches of steps at once.
 */
#include "run/action.h"
#include "run/parallel.h"

static StepsEnd run_branch(Attempt *attempt, guint number, gpointer data, GError **error)
{
    Action *action = data;
    const Step *branch = action->step->steps->pdata[number];
    g_autofree char *path = g_strdup_printf("%s.%u", action->path, number + 1);

    return steps_inside(attempt, branch, path, error);
}

StepsEnd action_parallel(Action *action, GError **error)
{
    g_autoptr(GError) failure = NULL;
    Attempt *attempt = action->attempt;
    StepsEnd end = parallel_run(attempt, action->step->steps->len, run_branch, action, error);

    if (end == STEPS_DONE && attempt->reboot_wanted && !attempt_reboot(attempt, &failure))
        end = steps_end_of_error(&failure, error);
    attempt->reboot_wanted = false;
    return end;
}
