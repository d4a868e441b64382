/* SPDX-License-Identifier: GPL-2.0-or-later
 * Faults that go through the guest: its files, processes, services and memory.
 */
#include <string.h>

#include "guest/system.h"
#include "guest/windows.h"
#include "plan/mutate.h"
#include "run/fault-private.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

#define GUEST_FOLDER "C:\\Truce"
#define STRESS GUEST_FOLDER "\\truce-stress.exe"
#define HOLD_STOP GUEST_FOLDER "\\stop-hold"
#define HOLD_READY GUEST_FOLDER "\\hold-ready"
#define FILLER "truce-filler.dat"
#define FAULTY GUEST_FOLDER "\\faulty.sys"
#define FAULTY_KEY "HKLM\\System\\CurrentControlSet\\Services\\TruceFaulty"
#define COMMAND_S 120
#define FILL_S 600
#define POLL_MS 250
#define WORDS_MAX 300

/* What sc.exe query calls the states of a service (winsvc.h). */
enum { SERVICE_STOPPED = 1, SERVICE_RUNNING = 4 };

static bool refused(const char *line, const AgentExecResult *result, GError **error)
{
    const char *text = result->err && *result->err ? result->err : result->out;
    g_autofree char *copy = g_strstrip(g_strdup(text ? text : ""));
    g_autofree char *words = text_printable(copy, strlen(copy), WORDS_MAX);

    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_AGENT, "'%s' in the guest ended with %d%s%s", line,
                result->exit_code, *words ? ": " : "", words);
    return false;
}

/* Runs a command that must end with 0. */
static bool run(Agent *agent, guint timeout_s, GError **error, const char *format, ...)
    G_GNUC_PRINTF(4, 5);
static bool run(Agent *agent, guint timeout_s, GError **error, const char *format, ...)
{
    g_auto(AgentExecResult) result = {0};
    va_list args;
    va_start(args, format);
    g_autofree char *line = g_strdup_vprintf(format, args);
    va_end(args);

    if (!agent_exec(agent, line, timeout_s, &result, error))
        return false;
    return result.exit_code == 0 || refused(line, &result, error);
}

/* Puts a file of truce's own into the guest. */
static bool put_tool(Agent *agent, const Guest *guest, const char *name, const char *path,
                     GError **error)
{
    const char *folder = guest->kind == GUEST_REACTOS ? "tools/x86" : "tools";
    g_autofree char *shared = g_build_filename(folder, name, NULL);
    g_autofree char *host_path = files_share_path(shared);
    bool there;

    if (!agent_file_exists(agent, path, &there, error))
        return false;
    return there || (windows_make_folder(agent, GUEST_FOLDER, error) &&
                     agent_file_put(agent, host_path, path, error));
}

bool stress_put(Agent *agent, const Guest *guest, const char **ret_path, GError **error)
{
    *ret_path = STRESS;
    return put_tool(agent, guest, "truce-stress.exe", STRESS, error);
}

bool fault_begin_kill(Fault *fault, GError **error)
{
    return run(fault->target.agent, COMMAND_S, error, "taskkill.exe /f /im \"%s\"",
               fault_text(fault, "image"));
}

/* The number of the state in what sc.exe query prints: the second of the indented lines whose value
 * is a number (type, then state); their words are in the guest's language. */
static int service_state(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    guint numbers = 0;

    for (guint i = 0; lines[i]; i++) {
        const char *colon = *lines[i] == ' ' ? strchr(lines[i], ':') : NULL;
        while (colon && *++colon == ' ')
            continue;
        if (colon && g_ascii_isdigit(*colon) && ++numbers == 2)
            return (int)g_ascii_strtoull(colon, NULL, 16);
    }
    return 0;
}

static bool service_query(Fault *fault, int *ret_state, GError **error)
{
    g_autofree char *line = g_strdup_printf("sc.exe query %s", fault_text(fault, "service"));
    g_auto(AgentExecResult) result = {0};

    if (!agent_exec(fault->target.agent, line, COMMAND_S, &result, error))
        return false;
    *ret_state = service_state(result.out);
    return result.exit_code == 0 || refused(line, &result, error);
}

static bool service_wait(Fault *fault, int wanted, GError **error)
{
    const FaultTarget *target = &fault->target;
    gint64 deadline = clock_deadline_s(COMMAND_S);
    int state;

    for (;;) {
        if (!service_query(fault, &state, error))
            return false;
        if (state == wanted)
            return true;
        if (clock_left_ms(deadline) == 0)
            break;
        if (!target->watch(target->data, clock_deadline_ms(POLL_MS), error))
            return false;
    }
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_TIMEOUT,
                "the service '%s' is in state %d after %u s, not %d", fault_text(fault, "service"),
                state, COMMAND_S, wanted);
    return false;
}

bool fault_begin_service(Fault *fault, GError **error)
{
    return run(fault->target.agent, COMMAND_S, error, "sc.exe stop %s",
               fault_text(fault, "service")) &&
           service_wait(fault, SERVICE_STOPPED, error);
}

bool fault_undo_service(Fault *fault, GError **error)
{
    int state;

    if (!service_query(fault, &state, error))
        return false;
    if (state == SERVICE_STOPPED && !run(fault->target.agent, COMMAND_S, error, "sc.exe start %s",
                                         fault_text(fault, "service")))
        return false;
    return service_wait(fault, SERVICE_RUNNING, error);
}

static bool fetch(Fault *fault, const char *host_path, GError **error)
{
    g_autofree char *bytes = NULL;
    gsize length;

    if (!agent_file_get(fault->target.agent, fault_text(fault, "path"), host_path, MUTATE_INPUT_MAX,
                        error) ||
        !files_read(host_path, MUTATE_INPUT_MAX, &bytes, &length, error))
        return false;
    fault->original = g_bytes_new_take(g_steal_pointer(&bytes), length);
    return true;
}

bool fault_begin_content(Fault *fault, GError **error)
{
    const FaultTarget *target = &fault->target;
    g_autofree char *path = g_build_filename(target->scratch_folder, "content.tmp", NULL);
    g_autoptr(GBytes) mutated = NULL;
    g_autofree char *text = NULL;
    gsize length = 0;
    const MutatePlan plan = {
        .mutation = mutation_parse(fault_text(fault, "mutation")),
        .seed = (guint64)fault_number(fault, "seed"),
        .count_offset = (gsize)fault_number(fault, "count-offset"),
        .version_offset = (gsize)fault_number(fault, "version-offset"),
        .seal = seal_parse(fault_text(fault, "seal")),
        .seal_offset = (gsize)fault_number(fault, "seal-offset"),
    };

    bool fetched = fetch(fault, path, error);
    files_remove_tree(path, NULL);
    if (!fetched)
        return false;
    const guint8 *bytes = g_bytes_get_data(fault->original, &length);
    if (!mutate_bytes(&plan, bytes, length, &mutated, &text, error))
        return false;
    const char *data = g_bytes_get_data(mutated, &length);
    if (!agent_file_write(target->agent, fault_text(fault, "path"), data ? data : "", length,
                          error))
        return false;
    fault_note(target, "%s: %s", fault_text(fault, "path"), text);
    fault->done = g_steal_pointer(&text);
    return true;
}

bool fault_undo_content(Fault *fault, GError **error)
{
    const char *path = fault_text(fault, "path");
    gsize length;
    const char *data = g_bytes_get_data(fault->original, &length);
    bool there;

    if (!windows_file_exists(fault->target.agent, path, &there, error))
        return false;
    return !there || agent_file_write(fault->target.agent, path, data ? data : "", length, error);
}

bool fault_begin_disk_full(Fault *fault, GError **error)
{
    const FaultTarget *target = &fault->target;
    const char *folder = fault_text(fault, "folder"), *stress;

    return stress_put(target->agent, target->guest, &stress, error) &&
           windows_make_folder(target->agent, folder, error) &&
           run(target->agent, FILL_S, error, "%s fill --file \"%s\\" FILLER "\" --leave-kib %s",
               stress, folder, fault_text(fault, "leave-kib"));
}

bool fault_undo_disk_full(Fault *fault, GError **error)
{
    g_autofree char *path = g_strconcat(fault_text(fault, "folder"), "\\" FILLER, NULL);
    bool existed;
    return windows_delete_file(fault->target.agent, path, &existed, error);
}

/* Waits until the program tells by a file that it has what it wanted. */
static bool wait_hold(Fault *fault, GError **error)
{
    const FaultTarget *target = &fault->target;
    gint64 deadline = clock_deadline_s(FILL_S);
    bool ready = false;

    while (agent_file_exists(target->agent, HOLD_READY, &ready, error)) {
        if (ready)
            return true;
        if (clock_left_ms(deadline) == 0) {
            g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_TIMEOUT,
                        "the memory was not taken within %u s", FILL_S);
            return false;
        }
        if (!target->watch(target->data, clock_deadline_ms(POLL_MS), error))
            return false;
    }
    return false;
}

bool fault_begin_memory(Fault *fault, GError **error)
{
    Agent *agent = fault->target.agent;
    const char *stress;
    bool existed;

    if (!stress_put(agent, fault->target.guest, &stress, error) ||
        !windows_delete_file(agent, HOLD_STOP, &existed, error) ||
        !windows_delete_file(agent, HOLD_READY, &existed, error))
        return false;
    g_autofree char *line =
        g_strdup_printf("%s hold --leave-mib %s --ready-file " HOLD_READY " --stop-file " HOLD_STOP,
                        stress, fault_text(fault, "leave-mib"));
    return agent_exec_start(agent, line, &fault->pid, error) && wait_hold(fault, error);
}

/* The program may be gone with the guest that held it, which is as good. */
bool fault_undo_memory(Fault *fault, GError **error)
{
    Agent *agent = fault->target.agent;
    g_auto(AgentExecResult) result = {0};
    g_autoptr(GError) cause = NULL;

    if (!agent_file_write(agent, HOLD_STOP, "", 0, error))
        return false;
    if (agent_exec_finish(agent, fault->pid, clock_deadline_s(COMMAND_S), &result, &cause) ||
        agent_refused(agent))
        return true;
    g_propagate_error(error, g_steal_pointer(&cause));
    return false;
}

/* Starts what ends the guest, which may be before the agent's answer was read. */
static bool start_the_end(Agent *agent, const char *line, GError **error)
{
    g_autoptr(GError) failure = NULL;
    gint64 pid;

    if (agent_exec_start(agent, line, &pid, &failure) ||
        g_error_matches(failure, TRUCE_ERROR, TRUCE_ERROR_GUEST))
        return true;
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
}

/* A restart of the guest takes its program for a service's start away; the driver's own crash ends
 * the machine a moment later. */
static bool bugcheck_by_driver(Fault *fault, GError **error)
{
    Agent *agent = fault->target.agent;

    return put_tool(agent, fault->target.guest, "faulty.sys", FAULTY, error) &&
           run(agent, COMMAND_S, error,
               "sc.exe create TruceFaulty type= kernel start= demand binPath= " FAULTY) &&
           run(agent, COMMAND_S, error, "reg.exe add %s /v Fault /t REG_DWORD /d 7 /f",
               FAULTY_KEY) &&
           start_the_end(agent, "sc.exe start TruceFaulty", error);
}

bool fault_begin_bugcheck(Fault *fault, GError **error)
{
    Agent *agent = fault->target.agent;
    const char *stress;

    if (fault->target.guest->kind == GUEST_REFERENCE)
        return bugcheck_by_driver(fault, error);
    if (!stress_put(agent, fault->target.guest, &stress, error))
        return false;
    g_autofree char *line = g_strdup_printf("%s bugcheck", stress);
    return start_the_end(agent, line, error);
}

bool fault_undo_bugcheck(Fault *fault, GError **error)
{
    bool existed;

    if (fault->target.guest->kind != GUEST_REFERENCE)
        return true;
    return run(fault->target.agent, COMMAND_S, error, "sc.exe delete TruceFaulty") &&
           windows_delete_file(fault->target.agent, FAULTY, &existed, error);
}

static System system_of(const Fault *fault)
{
    const FaultTarget *target = &fault->target;
    return (System){.kind = (SystemKind)target->guest->kind, .agent = target->agent, .patience = 1};
}

/* A verifier that was asked for and is not on would let every driver pass. */
bool fault_begin_verifier(Fault *fault, GError **error)
{
    const FaultTarget *target = &fault->target;
    const char *const drivers[] = {fault_text(fault, "driver"), NULL};
    const System system = system_of(fault);
    g_auto(SystemVerifier) set = {0};

    if (!system_verifier_on(&system, drivers, error) || !target->reboot(target->data, error) ||
        !system_verifier_query(&system, &set, error))
        return false;
    if (system_verifier_covers(&set, drivers[0]))
        return true;
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB,
                "Driver Verifier does not watch '%s' after the restart: its settings did not stay",
                drivers[0]);
    return false;
}

bool fault_undo_verifier(Fault *fault, GError **error)
{
    const FaultTarget *target = &fault->target;
    const System system = system_of(fault);

    return system_verifier_off(&system, error) && target->reboot(target->data, error);
}
