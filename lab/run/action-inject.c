/* SPDX-License-Identifier: GPL-2.0-or-later
 * Faults: when they strike, what becomes of the steps meanwhile, how they are undone.
 */
#include "run/action.h"
#include "run/actions.h"
#include "run/evidence.h"
#include "run/fault.h"
#include "run/parallel.h"
#include "util/clock.h"
#include "util/error.h"

#define CRASH_TIMEOUT_S 60

typedef struct {
    Action *action;
    const FaultCall *call;
    FaultTarget target;
    gint64 began;     /* the steps inside, or the fault where it strikes at once */
    Fault *fault;     /* that struck, or NULL */
    bool inside_done; /* the steps inside have ended */
} Injection;

/* What fault.h is told and asks */

static bool on_watch(gpointer data, gint64 deadline, GError **error)
{
    return attempt_watch(data, deadline, error);
}

static bool on_reboot(gpointer data, GError **error)
{
    return attempt_reboot(data, error);
}

static void on_boots(gpointer data, BootMode mode, const char *cause)
{
    attempt_boot_begins(data, mode, cause);
}

static void on_note(gpointer data, const char *text)
{
    attempt_event(data, "fault", "%s", text);
}

static FaultTarget target_of(Attempt *attempt)
{
    return (FaultTarget){
        .machine = attempt->machine,
        .agent = attempt->agent,
        .guest = attempt->guest,
        .serial_log = attempt->serial_log,
        .scratch_folder = attempt->folder,
        .watch = on_watch,
        .reboot = on_reboot,
        .boots = on_boots,
        .note = on_note,
        .data = attempt,
    };
}

static GHashTable *expanded_values(const Action *action)
{
    GHashTable *values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    GHashTableIter iter;
    gpointer name, value;

    g_hash_table_iter_init(&iter, action->step->fault.values);
    while (g_hash_table_iter_next(&iter, &name, &value))
        g_hash_table_insert(values, g_strdup(name), action_expand(action, value));
    return values;
}

void action_inject_name(const PlanCase *plan_case, const Step *step, GString *name)
{
    g_autoptr(GList) names =
        g_list_sort(g_hash_table_get_keys(step->fault.values), (GCompareFunc)g_strcmp0);

    g_string_append_printf(name, " %s", fault_info(step->fault.kind)->name);
    for (const GList *item = names; item; item = item->next) {
        const char *value = g_hash_table_lookup(step->fault.values, item->data);
        g_autofree char *text = plan_case_expand(plan_case, value);
        g_string_append_printf(name, " %s=%s", (const char *)item->data, text);
    }
}

/* Striking */

/* A crash that was asked for is no finding: its dumps are taken, and the guest is brought up. */
static bool after_crash(Attempt *attempt, GError **error)
{
    g_autoptr(GPtrArray) dumps = NULL;
    g_autoptr(GError) cause = NULL;
    guint listed;

    if (attempt_watch(attempt, clock_deadline_s(CRASH_TIMEOUT_S * attempt->patience), &cause)) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "the fault did not bring the guest down");
        return false;
    }
    if (!g_error_matches(cause, TRUCE_ERROR, TRUCE_ERROR_GUEST)) {
        g_propagate_error(error, g_steal_pointer(&cause));
        return false;
    }
    MachineEvent event = attempt_next_event(attempt, g_get_monotonic_time());
    attempt_boot_begins(attempt, BOOT_NORMAL, "a crash that was asked for");
    if (event != MACHINE_EVENT_RESET && !machine_reset(attempt->machine, BOOT_NORMAL, error))
        return false;
    return attempt_wait_ready(attempt, error) &&
           evidence_fetch_dumps(attempt, NULL, &dumps, &listed, error);
}

/* For the summary of sweeps (report/sweep.h). */
static void record_mutation(const Injection *injection)
{
    const FaultCall *call = injection->call;
    g_autofree char *damage = g_strdup_printf(
        "%s-%" G_GINT64_FORMAT, fault_call_text(call, "mutation"), fault_call_number(call, "seed"));
    cJSON *record = attempt_record(injection->action->attempt, "mutation");

    json_add_text(record, "step", injection->action->path);
    json_add_text(record, "target", fault_call_text(call, "path"));
    json_add_text(record, "damage", damage);
    json_add_text(record, "text", fault_done(injection->fault));
    json_add_text(record, "answer", NULL);
    attempt_write(injection->action->attempt, record);
}

/* When it struck, where that depended on something; what it is, the step's name tells. */
static void tell_strike(const Injection *injection)
{
    const char *name = fault_info(injection->call->kind)->name;

    if (injection->call->trigger.kind == FAULT_AT_ONCE)
        attempt_event(injection->action->attempt, "fault", "%s struck", name);
    else
        attempt_event(injection->action->attempt, "fault",
                      "%s struck, %u ms after the steps inside began", name,
                      clock_elapsed_ms(injection->began));
}

static bool strike(Injection *injection, GError **error)
{
    Attempt *attempt = injection->action->attempt;
    FaultAftermath aftermath = fault_info(injection->call->kind)->aftermath;
    bool up = true;

    /* Before it stops the machine: what comes then is no surprise to the other branches. */
    if (aftermath != FAULT_GUEST_GOES_ON)
        attempt->survivor = attempt->agent;
    attempt->clock_jumped = injection->call->kind == FAULT_CLOCK_JUMP;
    attempt->verified |= injection->call->kind == FAULT_DRIVER_VERIFIER;
    if (!fault_begin(injection->call, &injection->target, &injection->fault, error))
        return false;
    tell_strike(injection);
    if (injection->call->kind == FAULT_CONTENT_CORRUPT)
        record_mutation(injection);
    aftermath = fault_aftermath(injection->fault);
    if (aftermath == FAULT_GUEST_RESTARTS)
        up = attempt_wait_ready(attempt, error);
    else if (aftermath == FAULT_GUEST_CRASHES)
        up = after_crash(attempt, error);
    return up;
}

static bool undo(Injection *injection, GError **error)
{
    const Step *step = injection->action->step;
    bool stays = step->fault.keep || step->steps->len == 0;

    if (!injection->fault || stays)
        return true;
    injection->action->attempt->clock_jumped = false;
    if (injection->call->kind == FAULT_DRIVER_VERIFIER)
        injection->action->attempt->verified = false;
    fault_use_agent(injection->fault, injection->action->attempt->agent);
    if (!fault_undo(injection->fault, error))
        return false;
    attempt_event(injection->action->attempt, "fault", "%s is undone",
                  fault_info(injection->call->kind)->name);
    return true;
}

/* The steps inside, and the fault beside them */

/* How long the steps inside took before, in this attempt; 0 where one of them is new. */
static guint usual_ms(const Action *action)
{
    const PlanCase *plan_case = action->attempt->plan_case;
    guint total = 0;

    for (guint i = 0; i < action->step->steps->len; i++) {
        const Step *step = action->step->steps->pdata[i];
        const Vendor *vendor = step->vendor ? attempt_vendor(action->attempt, step->vendor) : NULL;
        g_autofree char *name = action_name(plan_case, step, vendor);
        guint ms = GPOINTER_TO_UINT(g_hash_table_lookup(action->attempt->step_times, name));
        if (ms == 0)
            return 0;
        total += ms;
    }
    return total;
}

static bool wait_until_due(Injection *injection, GError **error)
{
    FaultMoment moment = fault_moment(&injection->target, usual_ms(injection->action));
    bool due = false;
    guint next_ms = 0;

    while (!injection->inside_done) {
        if (!fault_due(injection->call, &injection->target, &moment, &due, &next_ms, error))
            return false;
        if (due)
            return true;
        if (!attempt_watch(injection->action->attempt,
                           clock_deadline_ms(MIN(next_ms, ACTION_POLL_MS)), error))
            return false;
    }
    g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_LAB,
                        "the steps ended before the fault was due: it never struck");
    return false;
}

static StepsEnd fault_branch(Injection *injection, GError **error)
{
    g_autoptr(GError) failure = NULL;

    injection->target.agent = injection->action->attempt->agent;
    if (wait_until_due(injection, &failure) && strike(injection, &failure))
        return STEPS_DONE;
    return steps_end_of_error(&failure, error);
}

static StepsEnd inside_branch(Injection *injection, GError **error)
{
    const Action *action = injection->action;
    Attempt *attempt = action->attempt;
    g_autoptr(GError) failure = NULL;
    StepsEnd end = steps_inside(attempt, action->step, action->path, &failure);

    injection->inside_done = true;
    if (attempt->survivor && end == STEPS_CRASH)
        return STEPS_DONE;
    if (failure)
        g_propagate_error(error, g_steal_pointer(&failure));
    return end;
}

static StepsEnd run_branch(Attempt *attempt, guint number, gpointer data, GError **error)
{
    (void)attempt;
    return number == 0 ? inside_branch(data, error) : fault_branch(data, error);
}

/* The fault first, then the steps under it. */
static StepsEnd at_once(Injection *injection, GError **error)
{
    const Action *action = injection->action;
    g_autoptr(GError) failure = NULL;

    if (!strike(injection, &failure)) {
        steps_skip_inside(action->attempt, action->step, action->path);
        return steps_end_of_error(&failure, error);
    }
    action->attempt->survivor = NULL;
    return steps_inside(action->attempt, action->step, action->path, error);
}

static StepsEnd go(Injection *injection, GError **error)
{
    Attempt *attempt = injection->action->attempt;
    g_autoptr(GError) failure = NULL;
    StepsEnd end;

    injection->began = g_get_monotonic_time();
    if (injection->call->trigger.kind == FAULT_AT_ONCE)
        end = at_once(injection, error);
    else
        end = parallel_run(attempt, 2, run_branch, injection, error);
    attempt->survivor = NULL;
    /* A guest that is gone cannot be mended, and one that a finding stopped should be. */
    if (end != STEPS_DONE && end != STEPS_FINDING)
        return end;
    if (!undo(injection, &failure))
        return steps_end_of_error(&failure, end == STEPS_DONE ? error : NULL);
    return end;
}

StepsEnd action_inject(Action *action, GError **error)
{
    g_autoptr(GHashTable) values = expanded_values(action);
    g_autoptr(FaultCall) call = NULL;
    g_autoptr(GError) failure = NULL;
    Injection injection = {.action = action, .target = target_of(action->attempt)};
    StepsEnd end;

    if (!fault_call_new(action->step->fault.kind, values, &call, &failure) ||
        !fault_prepare(call, &injection.target, &failure)) {
        steps_skip_inside(action->attempt, action->step, action->path);
        return steps_end_of_error(&failure, error);
    }
    injection.call = call;
    end = go(&injection, error);
    fault_free(injection.fault);
    return end;
}
