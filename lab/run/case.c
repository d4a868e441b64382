/* SPDX-License-Identifier: GPL-2.0-or-later
 * One case: attempt after attempt until the verdict is clear. An attempt: clone → ready → steps →
 * crash and recovery → evidence → end.
 */
#include "run/case.h"

#include <string.h>
#include <unistd.h>

#include "run/boot-mode.h"
#include "run/crash.h"
#include "run/evidence.h"
#include "run/expect.h"
#include "run/fault.h"
#include "run/restore.h"
#include "run/steps.h"
#include "run/system-evidence.h"
#include "run/verdict.h"
#include "util/clock.h"
#include "util/error.h"

/* An emulated guest is an order of magnitude slower than the machines that the deadlines of packs
 * and scenarios are written for; a slow lab must not become a vendor's failure. */
#define EMULATION_PATIENCE 4

/* The phases of an attempt, in order; each is timed. */
typedef enum { PHASE_CLONE, PHASE_READY, PHASE_STEPS, PHASE_EVIDENCE, PHASE_END, PHASES } Phase;

static const char *const phase_names[PHASES] = {"clone_ms", "ready_ms", "steps_ms", "evidence_ms",
                                                "end_ms"};

typedef struct {
    const CaseContext *context;
    const PlanCase *plan_case;
    Attempt *attempt;
    bool fresh; /* begins with the guest's own warm state */
    gint64 phase_began;
    gint64 timings[PHASES]; /* -1: not reached */
    CaseState state;
    bool inconclusive;
    char *reason;
} CaseRun;

static void next_phase(CaseRun *run, Phase ended)
{
    run->timings[ended] = clock_elapsed_ms(run->phase_began);
    run->phase_began = g_get_monotonic_time();
}

/* The state that the guest begins with: one that cases share, or the guest's own; NULL: none. */
static const char *state_of(const CaseRun *run, const ReuseLease *lease)
{
    const char *shared = reuse_folder(lease);
    return shared ? shared : run->context->ready->warm;
}

static bool start_clone(CaseRun *run, const ReuseLease *lease, GError **error)
{
    const CaseContext *context = run->context;
    const char *shared = reuse_folder(lease);
    g_autofree char *name = g_strdup_printf("truce-%d-%u", getpid(), context->worker);
    MachineConfig config = {.guest = context->ready->guest,
                            .image_folder = context->ready->image->folder,
                            .serial_log = run->attempt->serial_log,
                            .name = name,
                            .for_warm_state = reuse_saves(lease),
                            .disk_errors = fault_needs_disk_errors(run->plan_case->test->steps)};
    const char *state = state_of(run, lease);
    AgentIdentity *identity = &run->attempt->identity;
    Machine *machine = NULL;

    if (!reuse_prepare(lease, run->attempt, error))
        return false;
    restore_choose_identity(config.guest, state, identity);
    config.computer_name = *identity->name ? identity->name : NULL;
    config.mac = *identity->mac ? identity->mac : NULL;
    attempt_boot_begins(run->attempt, BOOT_NORMAL,
                        shared  ? "a clone of a shared state"
                        : state ? "a clone of the warm state"
                                : "a start from power off");
    if (!(state ? machine_clone(context->options->host, &config, state, &machine, error)
                : machine_boot(context->options->host, &config, BOOT_NORMAL, &machine, error)))
        return false;
    attempt_use_machine(run->attempt, machine);
    context->on_machine(context->data, context->worker, machine);
    return true;
}

static void end_machine(CaseRun *run)
{
    Attempt *attempt = run->attempt;

    run->context->on_machine(run->context->data, run->context->worker, NULL);
    /* Off before it is freed, so that nothing is added to the serial log after it was recorded. */
    if (attempt->machine)
        machine_power_off(attempt->machine, NULL);
    g_clear_pointer(&attempt->agent, agent_free);
    g_clear_pointer(&attempt->machine, machine_free);
}

/* Where the host went away the case has said nothing: it is run again, on whichever host goes on.
 */
static bool host_is_gone(const CaseRun *run, const GError *failure)
{
    return g_error_matches(failure, TRUCE_ERROR, TRUCE_ERROR_LAB) &&
           !host_answers(run->context->options->host, NULL);
}

/* What libvirt says of a call that was under way when QEMU ended does not tell why it ended. */
static char *explain(const CaseRun *run, const GError *failure)
{
    Machine *machine = run->attempt->machine;
    const char *lost = machine ? machine_lost_reason(machine) : NULL;

    if (!lost || !g_error_matches(failure, TRUCE_ERROR, TRUCE_ERROR_LAB) ||
        strstr(failure->message, lost))
        return g_strdup(failure->message);
    return g_strdup_printf("%s: %s", failure->message, lost);
}

/* Without a vendor there is nobody to blame but the lab. */
static void judge(CaseRun *run, StepsEnd end, const GError *failure)
{
    if (g_error_matches(failure, TRUCE_ERROR, TRUCE_ERROR_CANCELLED) ||
        host_is_gone(run, failure)) {
        run->state = CASE_NOT_RUN;
    } else if (end == STEPS_ERROR) {
        run->state = CASE_ERROR;
    } else if (end == STEPS_DONE) {
        run->state = CASE_PASSED;
    } else {
        run->state = run->plan_case->vendors->len > 0 ? CASE_FAILED : CASE_ERROR;
    }
    if (run->state == CASE_ERROR && end != STEPS_ERROR)
        run->reason = g_strdup("the control failed: the guest without any vendor is not well");
    else if (failure)
        run->reason = explain(run, failure);
    run->inconclusive = run->state == CASE_PASSED && run->attempt->inconclusive;
    if (run->inconclusive)
        run->reason = g_strdup(run->attempt->inconclusive);
}

/* What came with the last step, or left only a trace, is a finding too. */
static StepsEnd look_afterwards(Attempt *attempt, GError **error)
{
    bool found = false;

    if (crash_look_afterwards(attempt, &found, error))
        return found ? STEPS_FINDING : STEPS_DONE;
    return error && g_error_matches(*error, TRUCE_ERROR, TRUCE_ERROR_GUEST) ? STEPS_CRASH
                                                                            : STEPS_ERROR;
}

/* Whether the recovery drill is gone through: the scenario says so, or expects a grade. */
static bool wants_recovery(const CaseRun *run)
{
    const Test *test = run->plan_case->test;
    return test->recover || test->expects.recovers || run->attempt->recovery_asked;
}

/* A crash, from its evidence to what it took to come back. */
static StepsEnd handle_crash(CaseRun *run, GError **error)
{
    if (!crash_handle(run->attempt, wants_recovery(run), error))
        return STEPS_ERROR;
    expect_recovery(run->attempt);
    return STEPS_CRASH;
}

/* A guest that did not answer may hang, which is a finding, or have crashed after all. */
static StepsEnd after_silence(CaseRun *run, GError **failure)
{
    g_autoptr(GError) said = NULL;
    bool event;

    if (!g_error_matches(*failure, TRUCE_ERROR, TRUCE_ERROR_TIMEOUT) &&
        !g_error_matches(*failure, TRUCE_ERROR, TRUCE_ERROR_AGENT))
        return STEPS_ERROR;
    said = g_steal_pointer(failure);
    if (!crash_handle_silence(run->attempt, wants_recovery(run), said->message, &event, failure))
        return STEPS_ERROR;
    if (!event)
        expect_recovery(run->attempt);
    return event ? STEPS_CRASH : STEPS_FINDING;
}

/* The steps, and what becomes of the guest where they end in a crash. */
static StepsEnd carry_out(CaseRun *run, GError **error)
{
    StepsEnd end = steps_run(run->attempt, error);

    if (end == STEPS_DONE)
        end = look_afterwards(run->attempt, error);
    if (end == STEPS_ERROR)
        end = after_silence(run, error);
    if (end == STEPS_CRASH) {
        g_clear_error(error);
        end = handle_crash(run, error);
    }
    return end;
}

/* The steps that always come, also after an end that they do not change any more. */
static StepsEnd clean_up(CaseRun *run, StepsEnd end, GError **error)
{
    g_autoptr(GError) failure = NULL;

    if (g_error_matches(*error, TRUCE_ERROR, TRUCE_ERROR_CANCELLED))
        return end;
    StepsEnd cleaned = steps_always(run->attempt, &failure);
    if (end != STEPS_DONE || cleaned == STEPS_DONE)
        return end;
    if (cleaned == STEPS_CRASH) {
        g_clear_error(&failure);
        cleaned = handle_crash(run, &failure);
    }
    if (failure)
        g_propagate_error(error, g_steal_pointer(&failure));
    return cleaned;
}

static bool prove_restored(CaseRun *run, const ReuseLease *lease, GError **error)
{
    const char *state = state_of(run, lease);
    Attempt *attempt = run->attempt;
    gint64 off_ms;

    if (!state)
        return true;
    if (!restore_prove(attempt->agent, state, error) ||
        !restore_check_clock(attempt->agent, &off_ms, error) ||
        !restore_identify(attempt->agent, &attempt->identity, error))
        return false;
    attempt_event(attempt, "restored",
                  "the state's mark is in the guest's memory, its clock %+" G_GINT64_FORMAT
                  " ms off the host's%s%s",
                  off_ms, *attempt->identity.name ? ", its name " : "", attempt->identity.name);
    return true;
}

static bool start_guest(CaseRun *run, ReuseLease *lease, GError **error)
{
    if (!start_clone(run, lease, error))
        return false;
    next_phase(run, PHASE_CLONE);
    if (!attempt_wait_ready(run->attempt, error) || !prove_restored(run, lease, error) ||
        !boot_mode_prepare(run->attempt, error))
        return false;
    next_phase(run, PHASE_READY);
    reuse_begin(lease, run->attempt);
    return true;
}

/* Whether a guest did not get ready that began with a shared state, or did not even start that was
 * to have a memory of its own to save: without other cases this one would have another guest. */
static bool shares(const CaseRun *run, const ReuseLease *lease)
{
    return reuse_state(lease) || (reuse_saves(lease) && !run->attempt->machine);
}

/* As long as there is nothing of the case in the guest, another guest will do. */
static bool start_anew(CaseRun *run, ReuseLease *lease, GError **error)
{
    if (reuse_state(lease))
        attempt_event(run->attempt, "note", "the shared state %s is of no use: %s",
                      reuse_state(lease), (*error)->message);
    else
        attempt_event(run->attempt, "note", "no state is saved for other cases: %s",
                      (*error)->message);
    g_clear_error(error);
    end_machine(run);
    unlink(run->attempt->serial_log); /* the state's own, and the clone's that was given up */
    run->attempt->pending = MACHINE_EVENT_NONE;
    run->attempt->boots = 0;
    reuse_give_up(lease);
    return start_guest(run, lease, error);
}

static void go_through(CaseRun *run, ReuseLease *lease)
{
    g_autoptr(GError) failure = NULL;
    StepsEnd end = STEPS_ERROR;
    bool ready = start_guest(run, lease, &failure);

    if (!ready && shares(run, lease) && !g_atomic_int_get(run->context->cancelled))
        ready = start_anew(run, lease, &failure);
    if (ready) {
        end = carry_out(run, &failure);
        end = clean_up(run, end, &failure);
        next_phase(run, PHASE_STEPS);
    }
    judge(run, end, failure);
}

static void record_attempt_end(CaseRun *run)
{
    cJSON *record = attempt_record(run->attempt, "attempt-end");
    cJSON_AddStringToObject(record, "state", case_state_name(run->state));
    json_add_text(record, "reason", run->reason);
    if (run->inconclusive)
        cJSON_AddTrueToObject(record, "inconclusive");
    cJSON *timings = cJSON_AddObjectToObject(record, "timings");
    for (int i = 0; i < PHASES; i++)
        if (run->timings[i] >= 0)
            cJSON_AddNumberToObject(timings, phase_names[i], (double)run->timings[i]);
    attempt_write(run->attempt, record);
}

static void attempt_go(CaseRun *run)
{
    const CaseContext *context = run->context;
    ReuseLease *lease = run->fresh ? NULL
                                   : reuse_lease(context->reuse, run->plan_case,
                                                 context->ready->guest, context->cancelled);

    attempt_write(run->attempt, attempt_record(run->attempt, "attempt-begin"));
    run->phase_began = g_get_monotonic_time();
    go_through(run, lease);
    if (run->attempt->machine && run->state != CASE_NOT_RUN)
        evidence_screenshot(run->attempt, NULL);
    if (run->attempt->ready && run->state != CASE_NOT_RUN)
        system_evidence(run->attempt);
    next_phase(run, PHASE_EVIDENCE);
    end_machine(run);
    run->attempt->lease = NULL;
    reuse_release(lease);
    evidence_logs(run->attempt);
    next_phase(run, PHASE_END);
    record_attempt_end(run);
}

static cJSON *case_record(Journal *journal, const char *type, const PlanCase *plan_case)
{
    cJSON *record = journal_record(journal, type);
    cJSON_AddStringToObject(record, "case", plan_case->id);
    return record;
}

static void record_case_end(Journal *journal, const PlanCase *plan_case, CaseState state,
                            const char *reason)
{
    cJSON *record = case_record(journal, "case-end", plan_case);
    cJSON_AddStringToObject(record, "state", case_state_name(state));
    json_add_text(record, "reason", reason);
    journal_write(journal, record);
}

void case_skip(Journal *journal, const PlanCase *plan_case, const char *reason)
{
    journal_write(journal, case_record(journal, "case-begin", plan_case));
    record_case_end(journal, plan_case, CASE_SKIPPED, reason);
}

static guint patience(const RunOptions *options)
{
    return host_info(options->host)->accelerator == ACCELERATOR_TCG ? EMULATION_PATIENCE : 1;
}

/* How an attempt ended. */
typedef struct {
    bool begun; /* false: it could not even begin, which no further one would change */
    CaseState state;
    bool inconclusive;
    char *reason; /* or NULL; free with g_free() */
} AttemptEnd;

/* One attempt with a guest and a folder of its own. */
static AttemptEnd make_attempt(const CaseContext *context, const PlanCase *plan_case, guint number,
                               bool fresh)
{
    const RunOptions *options = context->options;
    g_autoptr(GError) failure = NULL;
    AttemptConfig config = {.journal = context->journal,
                            .plan_case = plan_case,
                            .guest = context->ready->guest,
                            .vendors = options->inputs->vendors,
                            .run_folder = options->folder,
                            .cancelled = context->cancelled,
                            .measures = context->measures,
                            .number = number,
                            .patience = patience(options),
                            .settle_s = options->settle_s,
                            .emulated = host_info(options->host)->accelerator == ACCELERATOR_TCG ||
                                        host_is_remote(options->host),
                            .core_dump = options->core_dump,
                            .known = options->known,
                            .tools_folder = options->lab->tools_folder,
                            .secrets = options->lab->values};
    CaseRun run = {.context = context,
                   .plan_case = plan_case,
                   .fresh = fresh,
                   .phase_began = g_get_monotonic_time(),
                   .timings = {-1, -1, -1, -1, -1},
                   .state = CASE_ERROR};
    AttemptEnd end = {.begun = attempt_new(&config, &run.attempt, &failure)};

    if (end.begun)
        attempt_go(&run);
    else
        run.reason = g_strdup(failure->message);
    end.state = run.state;
    end.inconclusive = run.inconclusive;
    end.reason = run.reason;
    attempt_free(run.attempt);
    return end;
}

/* Attempts that are to agree or disagree must not begin with the same guest. */
static bool was_judged(const Verdict *verdict)
{
    return verdict->passed + verdict->failed + verdict->errors + verdict->inconclusive > 0;
}

void case_run(const CaseContext *context, const PlanCase *plan_case, const PastCase *past,
              CaseState *ret_state)
{
    Verdict verdict = past ? past->verdict : (Verdict){0};
    AttemptEnd end = {.begun = true, .state = CASE_PASSED};

    end.reason = past ? g_strdup(past->reason) : NULL;
    journal_write(context->journal, case_record(context->journal, "case-begin", plan_case));
    while (end.begun && end.state != CASE_NOT_RUN &&
           verdict_is_open(&verdict, context->options->attempts)) {
        g_free(end.reason);
        end = make_attempt(context, plan_case, ++verdict.begun, was_judged(&verdict));
        verdict_add(&verdict, end.state, end.inconclusive);
    }
    g_autofree char *reason = end.reason;
    *ret_state = end.state == CASE_NOT_RUN ? CASE_NOT_RUN : verdict_state(&verdict);
    if (*ret_state == CASE_NOT_RUN)
        return;
    g_autofree char *disagreement = verdict_disagreement(&verdict);
    context->on_verdict(context->data, plan_case, *ret_state);
    record_case_end(context->journal, plan_case, *ret_state, disagreement ? disagreement : reason);
}
