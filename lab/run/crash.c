/* SPDX-License-Identifier: GPL-2.0-or-later
 * After a crash: evidence, the boots that follow, the finding.
 *
 * Once a crash was seen, its finding is written whatever comes after it: what the lab cannot find
 * out any more is missing from the finding, not the finding from the report.
 */
#include "run/crash.h"

#include "guest/system.h"
#include "run/event-look.h"
#include "run/evidence.h"
#include "run/findings.h"
#include "run/owner.h"
#include "run/recovery.h"
#include "run/steps.h"
#include "run/watch.h"
#include "util/clock.h"
#include "util/error.h"

typedef struct {
    const char *kind; /* of the finding, where it is no boot loop */
    char *what;       /* what was seen of a hang, or NULL */
    gint64 began;
    guint crashes;       /* the first one, and every boot after it that did not stay up */
    Crash crash;         /* as its dump tells it, else QEMU, its STOP, its screen */
    guint silent;        /* of these, boots that never became ready */
    bool other_crashes;  /* a later one has another stop code or module */
    GPtrArray *evidence; /* of char* */
    bool dump_read;
    bool back;            /* the guest stays up, in normal mode */
    bool recovery_screen; /* its screen shows one, and no agent answers there */
    bool in_recovery;     /* it came up in its recovery environment */
    Unwell unwell;        /* what does not hold although it is up */
    Recovery recovery;    /* grade NULL: none was tried */
} Incident;

static Incident incident_begin(void)
{
    return (Incident){.kind = "bugcheck",
                      .began = g_get_monotonic_time(),
                      .evidence = g_ptr_array_new_with_free_func(g_free)};
}

static void incident_clear(Incident *incident)
{
    g_free(incident->what);
    crash_clear(&incident->crash);
    recovery_clear(&incident->recovery);
    unwell_clear(&incident->unwell);
    g_clear_pointer(&incident->evidence, g_ptr_array_unref);
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

/* Another account of a crash: the better source, which comes first, counts. */
static void add_account(Attempt *attempt, Incident *incident, const Crash *crash)
{
    g_autofree char *text = crash_text(crash);

    attempt_event(attempt, "stop", "%s", text);
    if (!crash_take(&incident->crash, crash, crash->detailed && !incident->crash.detailed))
        incident->other_crashes = true;
}

static void keep_stop(Attempt *attempt, Incident *incident, const Stop *stop, const char *source)
{
    g_auto(Crash) crash = {0};

    crash_from_stop(&crash, stop, source);
    add_account(attempt, incident, &crash);
}

/* What the screen shows of a guest that stands still. true: a bugcheck. */
static bool keep_screen(Attempt *attempt, Incident *incident)
{
    g_autofree char *path = NULL;
    Screen screen = {0};
    bool read = evidence_screen(attempt, &path, &screen);

    if (path)
        g_ptr_array_add(incident->evidence, g_steal_pointer(&path));
    if (!read)
        return false;
    incident->recovery_screen = screen.recovery;
    if (screen.recovery)
        attempt_event(attempt, "recovery", "the screen shows a recovery environment");
    if (screen.stop && !incident->crash.known) {
        g_auto(Crash) crash = {0};
        crash_from_screen(&crash, &screen);
        add_account(attempt, incident, &crash);
    }
    return screen.stop;
}

/* What a guest shows that a panic stopped. */
static void keep_panic(Attempt *attempt, Incident *incident)
{
    Stop stop;

    if (evidence_panic_info(attempt, &stop))
        keep_stop(attempt, incident, &stop, "hypervisor");
    if (incident->crashes == 0)
        keep_screen(attempt, incident);
    else
        evidence_screenshot(attempt, NULL);
    evidence_host_dumps(attempt);
}

/* One crash: `event` becomes what counts after it. Fails where it is nobody's but the lab's. */
static bool look_at(Attempt *attempt, Incident *incident, MachineEvent *event, GError **error)
{
    Stop stop;

    if (*event == MACHINE_EVENT_LOST || *event == MACHINE_EVENT_NONE)
        return attempt_lost(attempt, error);
    record_event(attempt, *event);
    if (*event == MACHINE_EVENT_PANIC)
        keep_panic(attempt, incident);
    if (evidence_stop(attempt, &stop)) {
        keep_stop(attempt, incident, &stop, "serial");
    } else if (*event == MACHINE_EVENT_PANIC && attempt->guest->kind == GUEST_REFERENCE) {
        /* Its drivers' faults always print a STOP: without one it is the guest's own kernel. */
        g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_LAB,
                            "the reference guest's own kernel panicked: there is no STOP line");
        return false;
    }
    *event = evidence_own_dump(attempt, *event);
    incident->crashes++;
    return true;
}

/* A dump is better evidence than a line on the serial port, but it may know less. */
static void take_dump(Attempt *attempt, Incident *incident, const char *relative)
{
    g_autofree char *path = g_build_filename(attempt->run_folder, relative, NULL);
    g_autoptr(Dump) dump = NULL;
    g_autoptr(GError) unreadable = NULL;
    g_auto(Crash) crash = {0};

    g_ptr_array_add(incident->evidence, g_strdup(relative));
    if (!dump_read(path, &dump, &unreadable)) {
        attempt_event(attempt, "note", "crash dump not readable: %s", unreadable->message);
        return;
    }
    if (dump->user) {
        attempt_event(attempt, "note", "the dump %s is of a process, not of a bugcheck", relative);
        return;
    }
    crash_from_dump(&crash, dump);
    g_autofree char *text = crash_text(&crash);
    attempt_event(attempt, "note", "the crash dump says: %s", text);
    if (!crash_take(&incident->crash, &crash, !incident->dump_read))
        incident->other_crashes = true;
    incident->dump_read = true;
}

static void take_dumps(Attempt *attempt, Incident *incident, const GPtrArray *fetched)
{
    for (guint i = 0; i < fetched->len; i++)
        take_dump(attempt, incident, fetched->pdata[i]);
}

static bool fetch_dumps(Attempt *attempt, Incident *incident, guint *ret_listed, GError **error)
{
    g_autoptr(GPtrArray) fetched = NULL;

    if (!evidence_fetch_dumps(attempt, NULL, &fetched, ret_listed, error))
        return false;
    take_dumps(attempt, incident, fetched);
    return true;
}

/* The same, from the disk of a guest that does not come back. */
static void fetch_dumps_offline(Attempt *attempt, Incident *incident)
{
    g_autoptr(OfflineDisk) disk = NULL;
    g_autoptr(GPtrArray) fetched = NULL;
    guint listed;

    if (!evidence_open_disk(attempt, false, &disk))
        return;
    evidence_disk_logs(attempt, disk);
    if (evidence_fetch_dumps(attempt, disk, &fetched, &listed, NULL))
        take_dumps(attempt, incident, fetched);
}

/* One boot after a crash: ret_failure says how it ended where it did not stay up. */
static bool try_boot(Attempt *attempt, gpointer data, GError **ret_failure)
{
    Incident *incident = data;
    guint listed;

    if (!attempt_wait_ready(attempt, ret_failure))
        return false;
    fetch_dumps(attempt, incident, &listed, NULL);
    unwell_clear(&incident->unwell);
    return steps_probe_all(attempt, &incident->unwell, ret_failure) &&
           attempt_watch(attempt, clock_deadline_s(attempt->settle_s), ret_failure);
}

/* Whether a boot's failure is the guest's: a crash, or an agent that never answers after one. */
static bool is_guests(const GError *failure)
{
    return g_error_matches(failure, TRUCE_ERROR, TRUCE_ERROR_GUEST) ||
           g_error_matches(failure, TRUCE_ERROR, TRUCE_ERROR_TIMEOUT) ||
           g_error_matches(failure, TRUCE_ERROR, TRUCE_ERROR_AGENT);
}

/* Restarts after each crash until the guest is back or the boots are used up. */
static bool follow_boots(Attempt *attempt, Incident *incident, MachineEvent event, GError **error)
{
    while (incident->crashes <= CRASH_BOOTS_MAX) {
        attempt_boot_begins(attempt, BOOT_NORMAL, "a crash");
        if (event != MACHINE_EVENT_RESET && !machine_reset(attempt->machine, BOOT_NORMAL, error))
            return false;

        g_autoptr(GError) failure = NULL;
        if (watch_patiently(attempt, try_boot, incident, &failure)) {
            incident->back = true;
            return true;
        }
        if (attempt->in_recovery) {
            incident->in_recovery = true;
            return true;
        }
        if (!is_guests(failure)) {
            g_propagate_error(error, g_steal_pointer(&failure));
            return false;
        }
        event = attempt_next_event(attempt, g_get_monotonic_time());
        if (g_error_matches(failure, TRUCE_ERROR, TRUCE_ERROR_GUEST)) {
            if (!look_at(attempt, incident, &event, error))
                return false;
        } else {
            attempt_event(attempt, "agent-lost", "this boot did not become well: %s",
                          failure->message);
            incident->crashes++;
            incident->silent++;
        }
    }
    return true;
}

/* From outside, where that may help; the grade is `remote` then, else the one before stays. */
static bool mend_from_outside(Attempt *attempt, Incident *incident, GError **error)
{
    g_auto(Recovery) recovery = {0};
    g_autoptr(GPtrArray) dumps = NULL;

    if (!recovery_by_disk(attempt, incident->crash.module, incident->began, &dumps, &recovery,
                          &incident->unwell, error))
        return false;
    take_dumps(attempt, incident, dumps);
    if (g_str_equal(recovery.grade, "remote") || !incident->recovery.grade) {
        recovery_clear(&incident->recovery);
        incident->recovery = recovery;
        recovery = (Recovery){0};
    }
    return true;
}

static bool is_recovered(const Incident *incident)
{
    return incident->recovery.grade && !g_str_equal(incident->recovery.grade, "lost");
}

/* Somebody at the machine: safe mode, or the recovery environment. */
static bool mend_by_hand(Attempt *attempt, Incident *incident, bool recover, GError **error)
{
    bool up = incident->in_recovery;
    guint listed;

    if (!up && !recovery_enter_safe_mode(attempt, &up, error))
        return false;
    if (up)
        fetch_dumps(attempt, incident, &listed, NULL);
    else if (!recover)
        fetch_dumps_offline(attempt, incident);
    if (!recover)
        return true;
    recovery_clear(&incident->recovery);
    return recovery_drill(attempt, incident->crash.module, up, incident->began, &incident->recovery,
                          &incident->unwell, error);
}

static bool recover_from_loop(Attempt *attempt, Incident *incident, bool recover, GError **error)
{
    bool disk_first = recover && attempt->plan_case->test->recover_disk;

    attempt_event(attempt, "recovery",
                  incident->in_recovery ? "no normal start: its recovery environment, %u crashes"
                                        : "boot loop: no normal boot stayed up, %u crashes",
                  incident->crashes);
    if (disk_first && !mend_from_outside(attempt, incident, error))
        return false;
    if (is_recovered(incident))
        return true;
    if (!mend_by_hand(attempt, incident, recover, error))
        return false;
    return !recover || disk_first || is_recovered(incident) ||
           mend_from_outside(attempt, incident, error);
}

static void grade_self(Incident *incident)
{
    incident->recovery.grade = "self";
    incident->recovery.duration_ms = clock_elapsed_ms(incident->began);
    incident->recovery.reboots = incident->crashes;
    incident->recovery.text = incident->unwell.summary
                                  ? g_strdup_printf("up again, but: %s", incident->unwell.summary)
                                  : g_strdup("up again by itself, all probes hold");
}

static char *summarise(const Incident *incident, bool loop)
{
    g_autofree char *crash = crash_text(&incident->crash);
    const char *text = incident->what ? incident->what : crash;

    if (incident->in_recovery)
        return g_strdup_printf("%s%sthe guest starts its recovery environment instead of Windows",
                               incident->crash.known ? text : "",
                               incident->crash.known ? ", then " : "");
    if (!loop)
        return g_strdup(text);
    if (incident->silent == incident->crashes - 1)
        return g_strdup_printf("%s, and none of the %u boots after it became ready", text,
                               incident->silent);
    return g_strdup_printf("%s, %s at each of %u boots", text,
                           incident->other_crashes ? "and other crashes" : "again",
                           incident->crashes - 1);
}

/* A stop that Driver Verifier makes is a finding of its own kind while it watches. */
static const char *kind_of(const Attempt *attempt, const Incident *incident)
{
    bool verifier =
        attempt->verified && incident->crash.known && system_verifier_stop(incident->crash.code);
    return verifier ? "verifier-stop" : incident->kind;
}

static void report(Attempt *attempt, Incident *incident)
{
    if (incident->back || is_recovered(incident))
        owner_find(attempt, &incident->crash);
    attempt->recovered = incident->recovery.grade;
    bool loop = incident->crashes > CRASH_BOOTS_MAX;
    g_autofree char *summary = summarise(incident, loop);

    const char *kind = incident->in_recovery ? "recovery-environment"
                       : loop                ? "boot-loop"
                                             : kind_of(attempt, incident);

    finding_crash(attempt, kind, summary, &incident->crash,
                  loop ? incident->crashes - 1 : incident->crashes,
                  incident->recovery.grade ? &incident->recovery : NULL, incident->evidence);
    if (incident->unwell.summary)
        finding_step_failed(attempt, incident->unwell.kind, incident->unwell.vendor,
                            incident->unwell.about, incident->unwell.summary);
}

/* From the first crash to the finding. */
static bool follow_up(Attempt *attempt, Incident *incident, MachineEvent event, bool recover,
                      GError **error)
{
    if (attempt->plan_case->brief) {
        report(attempt, incident);
        return true;
    }
    bool followed = incident->in_recovery || follow_boots(attempt, incident, event, error);

    if (followed && incident->back)
        grade_self(incident);
    else if (followed)
        followed = recover_from_loop(attempt, incident, recover, error);
    report(attempt, incident);
    if (!followed)
        g_prefix_error(error, "after a crash: ");
    return followed;
}

bool crash_handle(Attempt *attempt, bool recover, GError **error)
{
    g_auto(Incident) incident = incident_begin();

    incident.in_recovery = attempt->in_recovery;
    if (incident.in_recovery)
        return follow_up(attempt, &incident, MACHINE_EVENT_NONE, recover, error);
    MachineEvent event = attempt_next_event(attempt, incident.began);
    return look_at(attempt, &incident, &event, error) &&
           follow_up(attempt, &incident, event, recover, error);
}

/* Evidence of a guest that hangs. What looks like a hang may be a bugcheck of a guest that tells
 * nobody but its screen or its serial port. */
static void keep_hang(Attempt *attempt, Incident *incident, const Silence *silence)
{
    Stop stop;

    attempt_event(attempt, "agent-lost", "%s", silence->text);
    evidence_rung(attempt, "panic-info", "unavailable", "the guest told of no panic");
    bool stopped = evidence_stop(attempt, &stop);
    if (stopped)
        keep_stop(attempt, incident, &stop, "serial");
    stopped |= keep_screen(attempt, incident);
    evidence_host_dumps(attempt);
    if (stopped)
        return;
    if (incident->recovery_screen) {
        incident->kind = "recovery-environment";
        incident->what = g_strdup("the screen shows a recovery environment");
        return;
    }
    incident->kind = "hang";
    incident->what = g_strdup_printf("the guest hangs: %s", silence->text);
    evidence_nmi(attempt);
    if (attempt->pending == MACHINE_EVENT_PANIC)
        evidence_screenshot(attempt, NULL);
    attempt->pending = evidence_own_dump(attempt, attempt->pending);
}

bool crash_handle_silence(Attempt *attempt, bool recover, const char *said, bool *ret_event,
                          GError **error)
{
    g_auto(Incident) incident = incident_begin();
    g_auto(Silence) silence = {0};

    *ret_event = false;
    if (!watch_silence(attempt, &silence, error))
        return false;
    if (silence.kind == SILENCE_EVENT) {
        *ret_event = true;
        return true;
    }
    if (silence.kind == SILENCE_SLOW || silence.kind == SILENCE_AGENT_ENDED) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "%s (%s%s)", said,
                    silence.kind == SILENCE_SLOW ? "" : "the guest's agent ended: ", silence.text);
        return false;
    }
    if (!attempt->last_change) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "%s (no vendor had changed anything; %s)",
                    said, silence.text);
        return false;
    }
    keep_hang(attempt, &incident, &silence);
    incident.crashes = 1;
    MachineEvent event = attempt_next_event(attempt, g_get_monotonic_time());
    return follow_up(attempt, &incident, event == MACHINE_EVENT_RESET ? event : MACHINE_EVENT_NONE,
                     recover, error);
}

bool crash_look_afterwards(Attempt *attempt, bool *ret_found, GError **error)
{
    g_auto(Incident) incident = incident_begin();
    guint listed;

    if (!attempt_watch(attempt, clock_deadline_s(attempt->settle_s), error) ||
        !fetch_dumps(attempt, &incident, &listed, error) ||
        !attempt_watch(attempt, g_get_monotonic_time(), error))
        return false;
    *ret_found = listed > 0;
    if (!*ret_found)
        return event_look(attempt, ret_found, error);
    g_autofree char *text = incident.crash.known ? crash_text(&incident.crash) : NULL;
    g_autofree char *summary = g_strdup_printf("%s%sa crash dump is there although every step held",
                                               text ? text : "", text ? ": " : "");
    finding_crash(attempt, "bugcheck", summary, &incident.crash, 0, NULL, incident.evidence);
    return true;
}
