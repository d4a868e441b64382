/* SPDX-License-Identifier: GPL-2.0-or-later
 * The recovery drill.
 */
#include "run/recovery.h"

#include <string.h>

#include "guest/windows.h"
#include "run/boot-mode.h"
#include "run/evidence.h"
#include "run/steps.h"
#include "run/watch.h"
#include "util/clock.h"
#include "util/error.h"

/* Where a procedure stands: what it did, and what came of it. */
typedef struct {
    Attempt *attempt;
    OfflineDisk *disk; /* that is mended; NULL: the guest mends itself, by its agent */
    GString *did;
    bool deleted; /* it really took something away */
    bool up;      /* the guest stays up in normal mode */
    Unwell *unwell;
} Drill;

/* Whether what went wrong is an answer about the guest. Others end the drill as the lab's fault. */
static bool is_an_answer(Attempt *attempt, GError **failure, GError **error)
{
    if (!g_error_matches(*failure, TRUCE_ERROR, TRUCE_ERROR_GUEST) &&
        !g_error_matches(*failure, TRUCE_ERROR, TRUCE_ERROR_TIMEOUT) &&
        !g_error_matches(*failure, TRUCE_ERROR, TRUCE_ERROR_AGENT)) {
        g_propagate_error(error, g_steal_pointer(failure));
        return false;
    }
    attempt_event(attempt, "recovery", "this did not work: %s", (*failure)->message);
    return attempt_next_event(attempt, g_get_monotonic_time()) != MACHINE_EVENT_LOST ||
           attempt_lost(attempt, error);
}

static bool become_ready(Attempt *attempt, gpointer data, GError **error)
{
    (void)data;
    return attempt_wait_ready(attempt, error);
}

static bool enter(Attempt *attempt, BootMode mode, const char *cause, bool *ret_up, GError **error)
{
    g_autoptr(GError) failure = NULL;

    attempt->pending = MACHINE_EVENT_NONE;
    if (!boot_mode_from_outside(attempt->guest, mode)) {
        attempt_event(attempt, "recovery",
                      "a guest of this kind that does not answer cannot be told how to start");
        *ret_up = false;
        return true;
    }
    attempt_boot_begins(attempt, mode, cause);
    if (!machine_reset(attempt->machine, mode, error))
        return false;
    *ret_up = watch_patiently(attempt, become_ready, NULL, &failure);
    return *ret_up || is_an_answer(attempt, &failure, error);
}

bool recovery_enter_safe_mode(Attempt *attempt, bool *ret_up, GError **error)
{
    if (!enter(attempt, BOOT_SAFE, "safe mode was chosen at the machine", ret_up, error))
        return false;
    return *ret_up || !attempt->guest->recovery ||
           enter(attempt, BOOT_RECOVERY, "the recovery environment was chosen at the machine",
                 ret_up, error);
}

static bool delete_file(Drill *drill, const char *path, GError **error)
{
    bool existed;

    if (!(drill->disk ? offline_disk_delete(drill->disk, path, &existed, error)
                      : windows_delete_file(drill->attempt->agent, path, &existed, error)))
        return false;
    drill->deleted |= existed;
    g_string_append_printf(drill->did, "%s%s %s", drill->did->len ? ", " : "",
                           existed ? "deleted" : "did not find", path);
    return true;
}

/* The files whose names match; one more than may be deleted is asked for, to know of it. */
static bool list_files(const Drill *drill, const char *folder, const char *pattern,
                       GPtrArray **ret_names, GError **error)
{
    const guint limit = VENDOR_RECOVERY_FILES_MAX + 1;

    if (drill->disk)
        return offline_disk_list(drill->disk, folder, pattern, limit, ret_names, error);
    return windows_list_files(drill->attempt->agent, folder, pattern, limit, ret_names, error);
}

static bool delete_matching(Drill *drill, const char *path, GError **error)
{
    const char *pattern = windows_base_name(path);
    gsize length = (gsize)(pattern - path);
    /* `C:\` keeps its separator, as a folder's path has it. */
    g_autofree char *folder = g_strndup(path, length > strlen("C:\\") ? length - 1 : length);
    g_autoptr(GPtrArray) names = NULL;

    if (!list_files(drill, folder, pattern, &names, error))
        return false;
    if (names->len > VENDOR_RECOVERY_FILES_MAX) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_AGENT,
                    "more than %u files match '%s': none was deleted", VENDOR_RECOVERY_FILES_MAX,
                    path);
        return false;
    }
    if (names->len == 0)
        g_string_append_printf(drill->did, "%sdid not find %s", drill->did->len ? ", " : "", path);
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *file =
            g_strdup_printf("%.*s%s", (int)length, path, (const char *)names->pdata[i]);
        if (!delete_file(drill, file, error))
            return false;
    }
    return true;
}

static bool follow_procedure(Drill *drill, const Vendor *vendor, GError **error)
{
    g_string_truncate(drill->did, 0);
    drill->deleted = false;
    for (guint i = 0; i < vendor->recovery_delete->len; i++) {
        const char *path = vendor->recovery_delete->pdata[i];
        if (!(strpbrk(path, "*?") ? delete_matching(drill, path, error)
                                  : delete_file(drill, path, error)))
            return false;
    }
    attempt_event(drill->attempt, "recovery", "%s's procedure before a normal start: %s",
                  vendor->name, drill->did->str);
    return true;
}

static bool become_well(Attempt *attempt, gpointer data, GError **error)
{
    Unwell *unwell = data;

    unwell_clear(unwell);
    return attempt_wait_ready(attempt, error) && steps_probe_all(attempt, unwell, error) &&
           attempt_watch(attempt, clock_deadline_s(attempt->settle_s), error);
}

static bool start_normally(Drill *drill, const char *cause, GError **error)
{
    attempt_boot_begins(drill->attempt, BOOT_NORMAL, cause);
    return machine_reset(drill->attempt->machine, BOOT_NORMAL, error) &&
           watch_patiently(drill->attempt, become_well, drill->unwell, error);
}

/* Powers off in good order, so that what was repaired is on the disk, and boots normally. */
static bool boot_normally(Drill *drill, GError **error)
{
    return attempt_power_off(drill->attempt, error) &&
           start_normally(drill, "a repair at the machine", error);
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

/* One vendor's procedure, from safe mode to a normal boot. */
static bool try_vendor(Drill *drill, const Vendor *vendor, GError **error)
{
    g_autoptr(GError) failure = NULL;

    drill->up = follow_procedure(drill, vendor, &failure) && boot_normally(drill, &failure);
    return drill->up || is_an_answer(drill->attempt, &failure, error);
}

static char *describe(const Drill *drill, bool safe_mode)
{
    if (!safe_mode)
        return g_strdup("neither safe mode nor a recovery environment comes up");
    if (!drill->up)
        return g_strdup("no vendor's recovery procedure helped");
    if (drill->unwell->summary)
        return g_strdup_printf("before a normal start: %s; up again, but: %s", drill->did->str,
                               drill->unwell->summary);
    return g_strdup_printf("before a normal start: %s; then all probes hold", drill->did->str);
}

bool recovery_drill(Attempt *attempt, const char *module, bool safe_mode, gint64 began,
                    Recovery *ret_recovery, Unwell *ret_unwell, GError **error)
{
    g_autoptr(GPtrArray) vendors = candidates(attempt, module);
    g_autoptr(GString) did = g_string_new(NULL);
    Drill drill = {.attempt = attempt, .did = did, .unwell = ret_unwell};
    guint boots_before = attempt->boots;
    const Vendor *helped = NULL;

    for (guint i = 0; i < vendors->len && safe_mode && !drill.up; i++) {
        if (i > 0 && !recovery_enter_safe_mode(attempt, &safe_mode, error))
            return false;
        if (safe_mode && !try_vendor(&drill, vendors->pdata[i], error))
            return false;
        if (drill.up && drill.deleted)
            helped = vendors->pdata[i];
    }
    *ret_recovery = (Recovery){
        .grade = drill.up ? "hands" : "lost",
        .duration_ms = clock_elapsed_ms(began),
        /* The boot into safe mode came before the drill and belongs to it. */
        .reboots = attempt->boots - boots_before + 1,
        .text = describe(&drill, safe_mode),
        .vendor = helped ? g_strdup(helped->name) : NULL,
    };
    attempt_event(attempt, "recovery", "%s", ret_recovery->text);
    return true;
}

/* Evidence and one vendor's procedure on the disk of the guest, which is off then; `vendor` may be
 * NULL. false: the disk cannot be had, or not be mended. */
static bool mend_disk(Drill *drill, const Vendor *vendor, GPtrArray *dumps)
{
    g_autoptr(OfflineDisk) disk = NULL;
    g_autoptr(GPtrArray) fetched = NULL;
    g_autoptr(GError) failure = NULL;
    guint listed;

    if (!evidence_open_disk(drill->attempt, vendor != NULL, &disk))
        return false;
    if (evidence_fetch_dumps(drill->attempt, disk, &fetched, &listed, NULL))
        g_ptr_array_extend_and_steal(dumps, g_steal_pointer(&fetched));
    if (drill->did->len == 0)
        evidence_disk_logs(drill->attempt, disk);
    drill->disk = disk;
    bool mended = vendor && follow_procedure(drill, vendor, &failure) &&
                  offline_disk_close(g_steal_pointer(&disk), &failure);
    drill->disk = NULL;
    if (failure)
        attempt_event(drill->attempt, "recovery", "this did not work: %s", failure->message);
    return mended;
}

bool recovery_by_disk(Attempt *attempt, const char *module, gint64 began, GPtrArray **ret_dumps,
                      Recovery *ret_recovery, Unwell *ret_unwell, GError **error)
{
    g_autoptr(GPtrArray) vendors = candidates(attempt, module);
    g_autoptr(GPtrArray) dumps = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GString) did = g_string_new(NULL);
    Drill drill = {.attempt = attempt, .did = did, .unwell = ret_unwell};
    guint boots_before = attempt->boots;
    const Vendor *helped = NULL;

    if (vendors->len == 0)
        mend_disk(&drill, NULL, dumps);
    for (guint i = 0; i < vendors->len && !drill.up; i++) {
        g_autoptr(GError) failure = NULL;
        if (!mend_disk(&drill, vendors->pdata[i], dumps))
            break;
        drill.up = start_normally(&drill, "its disk was mended from outside", &failure);
        if (!drill.up && !is_an_answer(attempt, &failure, error))
            return false;
        if (drill.up && drill.deleted)
            helped = vendors->pdata[i];
    }
    g_autofree char *text = describe(&drill, true);
    *ret_recovery = (Recovery){
        .grade = drill.up ? "remote" : "lost",
        .duration_ms = clock_elapsed_ms(began),
        .reboots = attempt->boots - boots_before,
        .text = g_strdup_printf("its disk was opened from outside: %s", text),
        .vendor = helped ? g_strdup(helped->name) : NULL,
    };
    *ret_dumps = g_steal_pointer(&dumps);
    attempt_event(attempt, "recovery", "%s", ret_recovery->text);
    return true;
}
