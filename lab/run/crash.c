/* SPDX-License-Identifier: GPL-2.0-or-later
 * After a crash: evidence, the boots that follow, the finding.
 */
#include "run/crash.h"

#include "run/evidence.h"
#include "run/findings.h"
#include "run/recovery.h"
#include "run/steps.h"
#include "util/clock.h"
#include "util/error.h"

#define AFTERWARDS_MS 2000u /* how long the guest is watched after the last step */

typedef struct {
    gint64 began;
    guint crashes;    /* boots that ended in a crash, and boots that never became ready */
    Crash crash;      /* the first one whose evidence could be read */
    GPtrArray *dumps; /* of char* */
    bool back;        /* the guest is up again, in normal mode */
    char *unwell;     /* why it is not well although it is up, or NULL */
} Incident;

static void incident_clear(Incident *incident)
{
    crash_clear(&incident->crash);
    g_clear_pointer(&incident->dumps, g_ptr_array_unref);
    g_clear_pointer(&incident->unwell, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Incident, incident_clear)

static void record_event(Attempt *attempt, MachineEvent event)
{
    if (event == MACHINE_EVENT_PANIC)
        attempt_event(attempt, "panic", "the guest crashed");
    else if (event == MACHINE_EVENT_SHUTDOWN)
        attempt_event(attempt, "shutdown", "the guest powered off without being asked to");
    else
        attempt_event(attempt, "reset", "the guest restarted without being asked to");
}

/* The event and what can be seen of it while the guest stands still. */
static bool look_at(Attempt *attempt, Incident *incident, MachineEvent event, GError **error)
{
    Stop stop;
    bool stopped = evidence_stop(attempt, &stop);

    if (event == MACHINE_EVENT_LOST || event == MACHINE_EVENT_NONE) {
        g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_LAB,
                            "QEMU ended without the guest having asked for it");
        return false;
    }
    incident->crashes++;
    record_event(attempt, event);
    if (event == MACHINE_EVENT_PANIC) {
        g_autofree char *info = machine_panic_info(attempt->machine);
        if (info)
            attempt_event(attempt, "note", "the hypervisor's panic information: %s", info);
        evidence_screenshot(attempt);
        evidence_core_dump(attempt);
    }
    if (stopped) {
        Crash crash = {0};
        crash_from_stop(&crash, &stop);
        g_autofree char *text = crash_text(&crash);
        attempt_event(attempt, "stop", "%s", text);
        crash_clear(&crash);
        if (!incident->crash.known)
            crash_from_stop(&incident->crash, &stop);
    } else if (event == MACHINE_EVENT_PANIC && attempt->guest->kind == GUEST_REFERENCE) {
        /* Its drivers' faults always print a STOP: without one it is the guest's own kernel. */
        g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_LAB,
                            "the reference guest's own kernel panicked: there is no STOP line");
        return false;
    }
    return true;
}

/* A dump is better evidence than a line on the serial port. */
static void fetch_dumps(Attempt *attempt, Incident *incident)
{
    g_autoptr(GPtrArray) fetched = evidence_fetch_dumps(attempt);
    for (guint i = 0; i < fetched->len; i++) {
        g_autofree char *path = g_build_filename(attempt->run_folder, fetched->pdata[i], NULL);
        g_autoptr(Dump) dump = NULL;
        g_autoptr(GError) unreadable = NULL;

        if (!dump_read(path, &dump, &unreadable))
            attempt_event(attempt, "note", "crash dump not readable: %s", unreadable->message);
        else if (incident->dumps->len == 0)
            crash_from_dump(&incident->crash, dump);
        g_ptr_array_add(incident->dumps, g_strdup(fetched->pdata[i]));
    }
}

/* One boot after a crash: ret_failure says how it ended where it did not become ready and well. */
static bool try_boot(Attempt *attempt, Incident *incident, GError **ret_failure)
{
    if (!attempt_wait_ready(attempt, ret_failure))
        return false;
    fetch_dumps(attempt, incident);
    return steps_probe_all(attempt, &incident->unwell, ret_failure);
}

/* Restarts after each crash until the guest is back or the boots are used up. */
static bool follow_boots(Attempt *attempt, Incident *incident, MachineEvent event, GError **error)
{
    for (;;) {
        if (!look_at(attempt, incident, event, error))
            return false;
        if (incident->crashes > CRASH_BOOTS_MAX)
            return true;
        attempt_boot_begins(attempt, BOOT_NORMAL, "a crash");
        if (event != MACHINE_EVENT_RESET && !machine_reset(attempt->machine, BOOT_NORMAL, error))
            return false;

        g_autoptr(GError) failure = NULL;
        if (try_boot(attempt, incident, &failure)) {
            incident->back = true;
            return true;
        }
        if (!g_error_matches(failure, TRUCE_ERROR, TRUCE_ERROR_GUEST)) {
            g_propagate_prefixed_error(error, g_steal_pointer(&failure), "after a crash: ");
            return false;
        }
        event = attempt_next_event(attempt, g_get_monotonic_time());
    }
}

static void report_bugcheck(Attempt *attempt, Incident *incident)
{
    Recovery recovery = {.grade = "self",
                         .duration_ms = clock_elapsed_ms(incident->began),
                         .reboots = incident->crashes};
    recovery.text = incident->unwell ? g_strdup_printf("up again, but: %s", incident->unwell)
                                     : g_strdup("up again by itself, all probes hold");
    g_autofree char *summary = crash_text(&incident->crash);
    finding_crash(attempt, "bugcheck", summary, &incident->crash, incident->crashes, &recovery,
                  incident->dumps);
    recovery_clear(&recovery);
}

static bool report_boot_loop(Attempt *attempt, Incident *incident, bool recover, GError **error)
{
    bool safe_mode;
    Recovery recovery = {.grade = "lost"};

    attempt_event(attempt, "recovery", "boot loop: no normal boot stayed up, %u crashes",
                  incident->crashes);
    if (!recovery_enter_safe_mode(attempt, &safe_mode, error))
        return false;
    if (safe_mode)
        fetch_dumps(attempt, incident);
    if (safe_mode && recover &&
        !recovery_drill(attempt, incident->crash.module, incident->began, &recovery, error))
        return false;
    if (!safe_mode)
        recovery.text = g_strdup("not even safe mode comes up");

    g_autofree char *text = crash_text(&incident->crash);
    g_autofree char *summary =
        g_strdup_printf("%s, again at each of %u boots", text, incident->crashes - 1);
    finding_crash(attempt, "boot-loop", summary, &incident->crash, incident->crashes - 1,
                  recover || !safe_mode ? &recovery : NULL, incident->dumps);
    recovery_clear(&recovery);
    return true;
}

bool crash_handle(Attempt *attempt, bool recover, GError **error)
{
    g_auto(Incident) incident = {.began = g_get_monotonic_time(),
                                 .dumps = g_ptr_array_new_with_free_func(g_free)};
    MachineEvent event = attempt_next_event(attempt, incident.began);

    if (!follow_boots(attempt, &incident, event, error))
        return false;
    if (!incident.back)
        return report_boot_loop(attempt, &incident, recover, error);
    report_bugcheck(attempt, &incident);
    return true;
}

bool crash_look_afterwards(Attempt *attempt, bool *ret_found, GError **error)
{
    g_auto(Incident) incident = {.dumps = g_ptr_array_new_with_free_func(g_free)};

    if (!attempt_watch(attempt, clock_deadline_ms(AFTERWARDS_MS), error))
        return false;
    fetch_dumps(attempt, &incident);
    if (!attempt_watch(attempt, g_get_monotonic_time() + 1, error))
        return false;
    *ret_found = incident.dumps->len > 0;
    if (*ret_found) {
        g_autofree char *text = crash_text(&incident.crash);
        g_autofree char *summary =
            g_strdup_printf("%s: its crash dump is there although every step held", text);
        finding_crash(attempt, "bugcheck", summary, &incident.crash, 0, NULL, incident.dumps);
    }
    return true;
}
