/* SPDX-License-Identifier: GPL-2.0-or-later
 * Restarting the guest, in good order or by its reset button, and booting it in another mode.
 */
#include "run/action.h"

#include "run/boot-mode.h"
#include "run/watch.h"
#include "util/clock.h"

bool action_reboot(Action *action, GError **error)
{
    Attempt *attempt = action->attempt;

    if (!action->step->hard)
        return attempt_reboot(attempt, error);
    /* A crash that the button met is of the old boot, and so is what the guest printed of it. */
    if (!machine_restart(attempt->machine, error) ||
        !attempt_watch(attempt, g_get_monotonic_time(), error))
        return false;
    attempt_boot_begins(attempt, BOOT_NORMAL, "the reset button");
    return attempt_wait_ready(attempt, error);
}

/* Powers off in good order first, so that what was changed is on the disk. */
bool action_boot(Action *action, GError **error)
{
    static const BootMode modes[] = {[STEP_BOOT_NORMAL] = BOOT_NORMAL,
                                     [STEP_BOOT_SAFE] = BOOT_SAFE,
                                     [STEP_BOOT_RECOVERY] = BOOT_RECOVERY};
    Attempt *attempt = action->attempt;
    BootMode mode = modes[action->step->boot_mode];

    if (!boot_mode_choose(attempt, mode, error) || !attempt_power_off(attempt, error))
        return false;
    attempt_boot_begins(attempt, mode, "the scenario chose how to boot");
    return machine_reset(attempt->machine, mode, error) && attempt_wait_ready(attempt, error) &&
           boot_mode_check(attempt, mode, error);
}

bool action_snapshot(Action *action, GError **error)
{
    return machine_snapshot(action->attempt->machine, action->step->name, error);
}

/* The guest does not notice, but for its clock. */
bool action_revert(Action *action, GError **error)
{
    Attempt *attempt = action->attempt;

    return attempt_watch(attempt, g_get_monotonic_time(), error) &&
           machine_revert(attempt->machine, action->step->name, error) &&
           attempt_wait_ready(attempt, error);
}

bool action_soak(Action *action, GError **error)
{
    return watch_soak(action->attempt, clock_deadline_s(action->step->seconds), error);
}
