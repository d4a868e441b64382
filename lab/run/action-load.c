/* SPDX-License-Identifier: GPL-2.0-or-later
 * Load: beside other steps, or as a step of its own.
 */
#include "run/action.h"

#include "run/expect.h"
#include "run/stress.h"
#include "util/error.h"

#define LOAD_SECONDS_MAX 3600 /* a load whose end is never asked for, ends */
#define FOLDER ACTION_GUEST_FOLDER "\\load"

/* The profile that a step names, or the churn of files that `rate` stands for. */
static bool profile_of(const Action *action, LoadProfile **ret_profile, GError **error)
{
    const Step *step = action->step;

    if (step->profile) {
        g_autofree char *name = action_expand(action, step->profile);
        return load_profile_find(action->attempt->plan_case->test->file, name, ret_profile, error);
    }
    LoadProfile *profile = g_new0(LoadProfile, 1);
    LoadPart *part = g_new0(LoadPart, 1);
    *part = (LoadPart){.kind = g_strdup("file"), .rate = step->rate, .threads = 1};
    profile->parts = g_ptr_array_new_with_free_func(load_part_free);
    g_ptr_array_add(profile->parts, part);
    *ret_profile = profile;
    return true;
}

static bool start(Action *action, const LoadProfile *profile, guint seconds, Stress **ret_stress,
                  GError **error)
{
    const Step *step = action->step;
    return stress_start(action->attempt, profile, step->folder ? step->folder : FOLDER, seconds,
                        /* seed */ 1, ret_stress, error);
}

static bool finish(Action *action, Stress *stress, bool now, GError **error)
{
    g_autofree char *summary = NULL;

    if (!stress_finish(stress, now, action->step->expects.overhead_percent, &summary, error))
        return false;
    if (summary)
        action_fails(action, "overhead", "%s", summary);
    return true;
}

StepsEnd action_load(Action *action, GError **error)
{
    g_autoptr(GError) failure = NULL;
    g_autoptr(LoadProfile) profile = NULL;
    g_autoptr(Stress) stress = NULL;

    if (!profile_of(action, &profile, &failure) ||
        !start(action, profile, LOAD_SECONDS_MAX, &stress, &failure)) {
        steps_skip_inside(action->attempt, action->step, action->path);
        return steps_end_of_error(&failure, error);
    }
    StepsEnd end = steps_inside(action->attempt, action->step, action->path, error);
    if (end == STEPS_DONE && !finish(action, stress, /* now */ true, &failure))
        return steps_end_of_error(&failure, error);
    return end;
}

bool action_stress(Action *action, GError **error)
{
    g_autoptr(LoadProfile) profile = NULL;
    g_autoptr(Stress) stress = NULL;

    return profile_of(action, &profile, error) &&
           start(action, profile, action->step->seconds, &stress, error) &&
           finish(action, stress, /* now */ false, error);
}
