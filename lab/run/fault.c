/* SPDX-License-Identifier: GPL-2.0-or-later
 * Carrying out faults: a table of what begins and what undoes each.
 */
#include "run/fault.h"

#include <errno.h>
#include <string.h>

#include "guest/windows.h"
#include "host/machine-fault.h"
#include "run/fault-private.h"
#include "util/error.h"

void fault_note(const FaultTarget *target, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    target->note(target->data, text);
}

static bool restart_machine(Fault *fault, const char *cause, GError **error)
{
    const FaultTarget *target = &fault->target;

    fault->aftermath = FAULT_GUEST_RESTARTS;
    /* A crash that the restart met is of the old boot, and so is what the guest printed of it. */
    if (!machine_restart(target->machine, error) ||
        !target->watch(target->data, g_get_monotonic_time(), error))
        return false;
    target->boots(target->data, BOOT_NORMAL, cause);
    return true;
}

static bool begin_power_cut(Fault *fault, GError **error)
{
    return machine_power_cut(fault->target.machine, error) &&
           restart_machine(fault, "a power cut", error);
}

static bool begin_reset(Fault *fault, GError **error)
{
    return restart_machine(fault, "the reset button", error);
}

static bool begin_nmi(Fault *fault, GError **error)
{
    return machine_nmi(fault->target.machine, error);
}

static bool begin_disk_slow(Fault *fault, GError **error)
{
    return machine_limit_disk(fault->target.machine, (guint)fault_number(fault, "iops"),
                              (guint64)fault_number(fault, "kib-per-s") << 10, error);
}

static bool undo_disk_slow(Fault *fault, GError **error)
{
    return machine_limit_disk(fault->target.machine, 0, 0, error);
}

static bool begin_disk_error(Fault *fault, GError **error)
{
    const char *on = fault_text(fault, "on");
    bool full = g_str_equal(fault_text(fault, "reason"), "no-space");
    MachineDiskErrors errors = {.reads = !g_str_equal(on, "write"),
                                .writes = !g_str_equal(on, "read"),
                                .errno_value = full ? ENOSPC : EIO};
    return machine_fail_disk(fault->target.machine, errors, error);
}

static bool undo_disk_error(Fault *fault, GError **error)
{
    return machine_fail_disk(fault->target.machine, (MachineDiskErrors){0}, error);
}

static bool begin_vcpu_steal(Fault *fault, GError **error)
{
    return machine_steal_cpu(fault->target.machine, (guint)fault_number(fault, "percent"), error);
}

static bool undo_vcpu_steal(Fault *fault, GError **error)
{
    return machine_steal_cpu(fault->target.machine, 0, error);
}

static bool begin_link_down(Fault *fault, GError **error)
{
    return machine_set_link(fault->target.machine, false, error);
}

static bool undo_link_down(Fault *fault, GError **error)
{
    return machine_set_link(fault->target.machine, true, error);
}

static bool begin_clock_jump(Fault *fault, GError **error)
{
    gint64 seconds = fault_number(fault, "seconds");

    if (g_str_equal(fault_text(fault, "by"), "agent"))
        return agent_set_time_to(fault->target.agent, g_get_real_time() + seconds * G_USEC_PER_SEC,
                                 error);
    machine_set_clock_offset(fault->target.machine, seconds);
    return machine_power_cut(fault->target.machine, error) &&
           restart_machine(fault, "a power cut that the machine's clock did not survive", error);
}

static bool undo_clock_jump(Fault *fault, GError **error)
{
    machine_set_clock_offset(fault->target.machine, 0);
    return agent_set_time(fault->target.agent, error);
}

static const struct {
    bool (*begin)(Fault *fault, GError **error);
    bool (*undo)(Fault *fault, GError **error); /* NULL: nothing to undo */
} actions[FAULT_KINDS] = {
    [FAULT_BUGCHECK] = {fault_begin_bugcheck, fault_undo_bugcheck},
    [FAULT_CLOCK_JUMP] = {begin_clock_jump, undo_clock_jump},
    [FAULT_CONTENT_CORRUPT] = {fault_begin_content, fault_undo_content},
    [FAULT_DISK_ERROR] = {begin_disk_error, undo_disk_error},
    [FAULT_DISK_FULL] = {fault_begin_disk_full, fault_undo_disk_full},
    [FAULT_DISK_SLOW] = {begin_disk_slow, undo_disk_slow},
    [FAULT_DRIVER_VERIFIER] = {fault_begin_verifier, fault_undo_verifier},
    [FAULT_LINK_DOWN] = {begin_link_down, undo_link_down},
    [FAULT_MEMORY_PRESSURE] = {fault_begin_memory, fault_undo_memory},
    [FAULT_NMI] = {begin_nmi, NULL},
    [FAULT_POWER_CUT] = {begin_power_cut, NULL},
    [FAULT_PROCESS_KILL] = {fault_begin_kill, NULL},
    [FAULT_RESET] = {begin_reset, NULL},
    [FAULT_SERVICE_STOP] = {fault_begin_service, fault_undo_service},
    [FAULT_VCPU_STEAL] = {begin_vcpu_steal, undo_vcpu_steal},
};

const char *fault_text(const Fault *fault, const char *name)
{
    return g_hash_table_lookup(fault->values, name);
}

gint64 fault_number(const Fault *fault, const char *name)
{
    return g_ascii_strtoll(fault_text(fault, name), NULL, 10);
}

bool fault_prepare(const FaultCall *call, const FaultTarget *target, GError **error)
{
    if (call->kind != FAULT_POWER_CUT || !g_str_equal(fault_call_text(call, "unflushed"), "lost"))
        return true;
    return machine_record_writes(target->machine, error);
}

bool fault_needs_disk_errors(const GPtrArray *steps)
{
    for (guint i = 0; steps && i < steps->len; i++) {
        const Step *step = steps->pdata[i];
        if ((step->kind == STEP_INJECT && step->fault.kind == FAULT_DISK_ERROR) ||
            fault_needs_disk_errors(step->steps))
            return true;
    }
    return false;
}

bool fault_begin(const FaultCall *call, const FaultTarget *target, Fault **ret_fault,
                 GError **error)
{
    g_autoptr(Fault) fault = g_new0(Fault, 1);
    g_autofree char *name = fault_call_name(call);

    fault->kind = call->kind;
    fault->values = g_hash_table_ref(call->values);
    fault->target = *target;
    fault->aftermath = fault_info(call->kind)->aftermath;
    if (!fault_works_on(call->kind, target->guest->kind, error) ||
        !actions[call->kind].begin(fault, error)) {
        g_prefix_error(error, "the fault '%s' did not strike: ", name);
        return false;
    }
    *ret_fault = g_steal_pointer(&fault);
    return true;
}

FaultAftermath fault_aftermath(const Fault *fault)
{
    return fault->aftermath;
}

const char *fault_done(const Fault *fault)
{
    return fault->done;
}

void fault_use_agent(Fault *fault, Agent *agent)
{
    fault->target.agent = agent;
}

bool fault_undo(Fault *fault, GError **error)
{
    if (!actions[fault->kind].undo || actions[fault->kind].undo(fault, error))
        return true;
    g_prefix_error(error, "the fault '%s' was not taken back: ", fault_info(fault->kind)->name);
    return false;
}

void fault_free(Fault *fault)
{
    if (!fault)
        return;
    g_hash_table_unref(fault->values);
    g_clear_pointer(&fault->original, g_bytes_unref);
    g_free(fault->done);
    g_free(fault);
}
