/* SPDX-License-Identifier: GPL-2.0-or-later
 * The recovery drill.
 */
#include "run/recovery.h"

#include "guest/windows.h"
#include "run/evidence.h"
#include "run/steps.h"
#include "util/clock.h"
#include "util/error.h"

#define POWER_OFF_TIMEOUT_S 60

/* Whether the guest became ready; a crash or silence is an answer here, other errors are not. */
static bool comes_up(Attempt *attempt, bool *ret_up, GError **error)
{
    g_autoptr(GError) failure = NULL;

    *ret_up = attempt_wait_ready(attempt, &failure);
    if (*ret_up || g_error_matches(failure, TRUCE_ERROR, TRUCE_ERROR_GUEST) ||
        g_error_matches(failure, TRUCE_ERROR, TRUCE_ERROR_TIMEOUT)) {
        if (failure)
            attempt_event(attempt, "recovery", "this boot did not become ready: %s",
                          failure->message);
        return true;
    }
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
}

bool recovery_enter_safe_mode(Attempt *attempt, bool *ret_up, GError **error)
{
    attempt->pending = MACHINE_EVENT_NONE;
    attempt_boot_begins(attempt, BOOT_SAFE, "safe mode was chosen at the machine");
    return machine_reset(attempt->machine, BOOT_SAFE, error) && comes_up(attempt, ret_up, error);
}

/* Powers off in good order, so that what was repaired is on the disk, and boots normally. */
static bool boot_normally(Attempt *attempt, bool *ret_well, char **ret_text, GError **error)
{
    g_autoptr(GError) failure = NULL;

    if (!agent_shutdown(attempt->agent, AGENT_POWERDOWN, error) ||
        !attempt_expect_event(attempt, MACHINE_EVENT_SHUTDOWN,
                              POWER_OFF_TIMEOUT_S * attempt->patience, error))
        return false;
    attempt_boot_begins(attempt, BOOT_NORMAL, "a repair in safe mode");
    if (!machine_reset(attempt->machine, BOOT_NORMAL, error) || !comes_up(attempt, ret_well, error))
        return false;
    if (!*ret_well)
        return true;
    if (!steps_probe_all(attempt, ret_text, &failure)) {
        *ret_well = false;
        if (g_error_matches(failure, TRUCE_ERROR, TRUCE_ERROR_GUEST))
            return true;
        g_propagate_error(error, g_steal_pointer(&failure));
        return false;
    }
    *ret_well = *ret_text == NULL;
    return true;
}

static bool follow_procedure(Attempt *attempt, const Vendor *vendor, GString *did, GError **error)
{
    for (guint i = 0; i < vendor->recovery_delete->len; i++) {
        const char *path = vendor->recovery_delete->pdata[i];
        bool existed;
        if (!windows_delete_file(attempt->agent, path, &existed, error))
            return false;
        g_string_append_printf(did, "%s%s %s", did->len ? ", " : "",
                               existed ? "deleted" : "did not find", path);
    }
    attempt_event(attempt, "recovery", "%s's procedure in safe mode: %s", vendor->name, did->str);
    return true;
}

/* Vendors that have a procedure, the likeliest first. Of const Vendor*. */
static GPtrArray *candidates(Attempt *attempt, const char *module)
{
    g_autoptr(GPtrArray) all = attempt_vendors(attempt);
    GPtrArray *ordered = g_ptr_array_new();

    for (int rank = 0; rank < 3; rank++) {
        for (guint i = 0; i < all->len; i++) {
            const Vendor *vendor = all->pdata[i];
            bool owner = module && vendor_module(vendor, module);
            bool changed = g_strcmp0(vendor->name, attempt->last_change) == 0;
            int its_rank = owner ? 0 : changed ? 1 : 2;
            if (its_rank == rank && vendor->recovery_delete->len > 0)
                g_ptr_array_add(ordered, (gpointer)vendor);
        }
    }
    return ordered;
}

bool recovery_drill(Attempt *attempt, const char *module, gint64 began, Recovery *ret_recovery,
                    GError **error)
{
    g_autoptr(GPtrArray) vendors = candidates(attempt, module);
    guint boots_before = attempt->boots;
    bool well = false;
    g_autoptr(GString) did = g_string_new(NULL);

    for (guint i = 0; i < vendors->len && !well; i++) {
        const Vendor *vendor = vendors->pdata[i];
        g_autofree char *unwell = NULL;
        bool up = true;

        g_string_truncate(did, 0);
        if (i > 0 && !recovery_enter_safe_mode(attempt, &up, error))
            return false;
        if (!up || !follow_procedure(attempt, vendor, did, error) ||
            !boot_normally(attempt, &well, &unwell, error))
            return !up;
        if (well)
            ret_recovery->vendor = g_strdup(vendor->name);
        else if (unwell)
            attempt_event(attempt, "recovery", "up again, but: %s", unwell);
    }
    ret_recovery->grade = well ? "hands" : "lost";
    ret_recovery->duration_ms = clock_elapsed_ms(began);
    /* The boot into safe mode came before the drill and belongs to it. */
    ret_recovery->reboots = attempt->boots - boots_before + 1;
    ret_recovery->text = well ? g_strdup_printf("in safe mode: %s; then all probes hold", did->str)
                              : g_strdup("no vendor's recovery procedure helped");
    attempt_event(attempt, "recovery", "%s", ret_recovery->text);
    return true;
}
