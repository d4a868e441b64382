/* SPDX-License-Identifier: GPL-2.0-or-later
 * What each kind of step does on the guest.
 */
#include "run/actions.h"

#include <string.h>

#include "guest/windows.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

#define GUEST_FOLDER "C:\\Truce"
#define STRESS_PROGRAM GUEST_FOLDER "\\truce-stress.exe"
#define STRESS_STOP_FILE GUEST_FOLDER "\\stop-load"
#define LOAD_DONE 0
#define LOAD_WITH_ERRORS 1    /* another product took or refused some of its files */
#define LOAD_SECONDS_MAX 3600 /* a load whose end is never asked for, ends */
#define LOAD_END_TIMEOUT_S 60
#define POLL_MS 250
#define OUTPUT_IN_SUMMARY 300

/* What a vendor's failure is put into: the finding's kind and its summary. */
typedef struct {
    const char *kind;
    char *summary;
} Verdict;

typedef struct {
    Attempt *attempt;
    const Step *step;
    const Vendor *vendor;
    char *product; /* versions with parameters filled in, or NULL */
    char *content;
    Verdict verdict;
} Action;

static void action_clear(Action *action)
{
    g_free(action->product);
    g_free(action->content);
    g_free(action->verdict.summary);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Action, action_clear)

static char *expand(const PlanCase *plan_case, const Vendor *vendor, const char *text)
{
    return text ? plan_case_expand_for(plan_case, vendor ? vendor->name : NULL, text) : NULL;
}

/* Steps that are about a version of the product, the default one where they name none. */
static bool changes_product(StepKind kind)
{
    return kind == STEP_INSTALL || kind == STEP_UNINSTALL || kind == STEP_UPDATE;
}

char *action_name(const PlanCase *plan_case, const Step *step, const Vendor *vendor)
{
    GString *name = g_string_new(step_kind_name(step->kind));
    g_autofree char *product = expand(plan_case, vendor, step->product);
    g_autofree char *content = expand(plan_case, vendor, step->content);
    const char *who = vendor ? vendor->name : step->vendor;

    if (who)
        g_string_append_printf(name, " %s", who);
    if (product || (vendor && !content && changes_product(step->kind)))
        g_string_append_printf(name, " %s",
                               vendor ? vendor_product(vendor, product)->version : product);
    if (content)
        g_string_append_printf(name, " content %s", content);
    if (step->kind == STEP_UPDATE && step->expect == EXPECT_REFUSED)
        g_string_append(name, " (must be refused)");
    if (step->kind == STEP_RUN) {
        g_autofree char *command = expand(plan_case, vendor, step->run);
        g_string_append_printf(name, " %s", command);
    }
    if (step->kind == STEP_LOAD)
        g_string_append_printf(name, " %u files/s in %s", step->rate, step->folder);
    if (step->kind == STEP_SOAK)
        g_string_append_printf(name, " %u s", step->seconds);
    return g_string_free(name, FALSE);
}

static void fails(Action *action, const char *kind, const char *format, ...) G_GNUC_PRINTF(3, 4);
static void fails(Action *action, const char *kind, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_free(action->verdict.summary);
    action->verdict.kind = kind;
    action->verdict.summary = g_strdup_vprintf(format, args);
    va_end(args);
}

/* Puts a host file into the vendor's folder of the guest. */
static bool put(Action *action, const char *host_path, char **ret_path, GError **error)
{
    g_autofree char *folder = g_strdup_printf(GUEST_FOLDER "\\%s", action->vendor->name);
    g_autofree char *base = g_path_get_basename(host_path);
    g_autofree char *path = g_strdup_printf("%s\\%s", folder, base);

    if (!windows_make_folder(action->attempt->agent, folder, error) ||
        !agent_file_put(action->attempt->agent, host_path, path, error))
        return false;
    *ret_path = g_steal_pointer(&path);
    return true;
}

static char *with_path(const char *command, const char *placeholder, const char *path)
{
    g_auto(GStrv) parts = g_strsplit(command, placeholder, -1);
    return g_strjoinv(path, parts);
}

/* The last words of a program, for a summary of one line. */
static char *last_words(const AgentExecResult *result)
{
    const char *text = result->err && *result->err ? result->err : result->out;
    g_autofree char *copy = g_strstrip(g_strdup(text ? text : ""));
    g_autofree char *line = text_printable(copy, strlen(copy), OUTPUT_IN_SUMMARY);
    return *line ? g_strdup_printf(": %s", line) : g_strdup("");
}

/* Runs a vendor's command. A command that does not end while the agent still answers is the
 * vendor's failure; a silent agent is the lab's. */
static bool vendor_command(Action *action, const VendorCommand *command, const char *placeholder,
                           const char *path, const char *kind, CommandOutcome *ret_outcome,
                           GError **error)
{
    g_autofree char *line =
        placeholder ? with_path(command->run, placeholder, path) : g_strdup(command->run);
    guint timeout_s = command->timeout_s * action->attempt->patience;
    g_auto(AgentExecResult) result = {0};
    g_autoptr(GError) failure = NULL;

    if (!agent_exec(action->attempt->agent, line, timeout_s, &result, &failure)) {
        if (!g_error_matches(failure, TRUCE_ERROR, TRUCE_ERROR_TIMEOUT) ||
            !agent_ping(action->attempt->agent, 10000, NULL)) {
            g_propagate_error(error, g_steal_pointer(&failure));
            return false;
        }
        fails(action, kind, "'%s' did not end within %u s", line, timeout_s);
        *ret_outcome = COMMAND_FAILED;
        return true;
    }
    *ret_outcome = vendor_command_outcome(command, result.exit_code);
    if (*ret_outcome == COMMAND_FAILED) {
        g_autofree char *words = last_words(&result);
        fails(action, kind, "'%s' ended with exit code %d%s", line, result.exit_code, words);
    }
    return true;
}

/* Installing and updating a product are the same command of a package. */
static bool run_package(Action *action, const char *kind, GError **error)
{
    const VendorProduct *product = vendor_product(action->vendor, action->product);
    g_autofree char *what = g_strdup_printf("product %s", product->version);
    g_autofree char *path = NULL;
    CommandOutcome outcome;

    if (!put(action, product->package, &path, error))
        return false;
    attempt_changed(action->attempt, action->vendor->name, what);
    if (!vendor_command(action, &product->install, "{package}", path, kind, &outcome, error))
        return false;
    return outcome != COMMAND_REBOOT || attempt_reboot(action->attempt, error);
}

static bool do_install(Action *action, GError **error)
{
    return run_package(action, "install-failed", error);
}

static bool do_uninstall(Action *action, GError **error)
{
    const VendorProduct *product = vendor_product(action->vendor, action->product);
    g_autofree char *path = NULL;
    CommandOutcome outcome;

    if (!put(action, product->package, &path, error))
        return false;
    attempt_changed(action->attempt, action->vendor->name, "its removal");
    if (!vendor_command(action, &product->uninstall, "{package}", path, "uninstall-failed",
                        &outcome, error))
        return false;
    return outcome != COMMAND_REBOOT || attempt_reboot(action->attempt, error);
}

static bool update_content(Action *action, GError **error)
{
    const VendorContent *content = vendor_content(action->vendor, action->content);
    bool refusal_wanted = action->step->expect == EXPECT_REFUSED;
    g_autofree char *what = g_strdup_printf("content %s", content->version);
    g_autofree char *path = NULL;
    CommandOutcome outcome;

    if (!put(action, content->file, &path, error))
        return false;
    attempt_changed(action->attempt, action->vendor->name, what);
    if (!vendor_command(action, &action->vendor->content_update, "{file}", path, "update-failed",
                        &outcome, error))
        return false;
    if (outcome == COMMAND_REFUSED && !refusal_wanted)
        fails(action, "update-failed", "%s refused its content %s", action->vendor->name,
              content->version);
    else if (outcome == COMMAND_OK && refusal_wanted)
        fails(action, "update-failed", "%s took its content %s, which it must refuse",
              action->vendor->name, content->version);
    return true;
}

static bool do_update(Action *action, GError **error)
{
    return action->content ? update_content(action, error)
                           : run_package(action, "update-failed", error);
}

/* A product may need a moment after its start: the probe is asked again until its time is up. */
static bool alive(Action *action, const VendorProbe *probe, GError **error)
{
    gint64 deadline = clock_deadline_s(probe->timeout_s * action->attempt->patience);
    CommandOutcome outcome;

    for (;;) {
        g_clear_pointer(&action->verdict.summary, g_free);
        if (!vendor_command(action, &probe->command, NULL, NULL, "sensor-dead", &outcome, error))
            return false;
        if (outcome != COMMAND_FAILED || clock_left_ms(deadline) == 0)
            return true;
        if (!attempt_watch(action->attempt, clock_deadline_ms(POLL_MS), error))
            return false;
    }
}

/* Whether the dropped file is gone from where it was, and is where it belongs. */
static bool quarantined(Action *action, const VendorProbe *probe, bool *ret_done, GError **error)
{
    bool there = false, arrived = true;
    if (probe->gone_path &&
        !agent_file_exists(action->attempt->agent, probe->gone_path, &there, error))
        return false;
    if (probe->present_path && !there &&
        !agent_file_exists(action->attempt->agent, probe->present_path, &arrived, error))
        return false;
    /* A file that cannot be opened is not gone for that: without another sign, look twice. */
    if (!there && !probe->present_path &&
        !windows_file_exists(action->attempt->agent, probe->gone_path, &there, error))
        return false;
    *ret_done = !there && arrived;
    return true;
}

static bool detects(Action *action, const VendorProbe *probe, GError **error)
{
    Agent *agent = action->attempt->agent;
    bool done = false, stale = false;

    /* What an earlier probe left must not pass for this one's success. */
    if (probe->present_path &&
        (!agent_file_exists(agent, probe->present_path, &stale, error) ||
         (stale && !windows_delete_file(agent, probe->present_path, &stale, error))))
        return false;
    gint64 began = g_get_monotonic_time();
    if (!agent_file_write(agent, probe->drop_path, probe->drop_text, strlen(probe->drop_text),
                          error))
        return false;
    guint within_s = probe->timeout_s * action->attempt->patience;
    gint64 deadline = clock_deadline_s(within_s);
    while (!done) {
        if (!quarantined(action, probe, &done, error))
            return false;
        if (!done && clock_left_ms(deadline) == 0)
            break;
        if (!done && !attempt_watch(action->attempt, clock_deadline_ms(POLL_MS), error))
            return false;
    }
    if (!done)
        fails(action, "detection-lost", "%s did not quarantine '%s' within %u s",
              action->vendor->name, probe->drop_path, within_s);
    else
        attempt_event(action->attempt, "note", "%s quarantined '%s' after %u ms",
                      action->vendor->name, probe->drop_path, clock_elapsed_ms(began));
    return true;
}

static bool run_probes(Action *action, ProbeKind kind, GError **error)
{
    for (guint i = 0; i < action->vendor->probes->len; i++) {
        const VendorProbe *probe = action->vendor->probes->pdata[i];
        if (probe->kind != kind)
            continue;
        if (!(kind == PROBE_ALIVE ? alive(action, probe, error) : detects(action, probe, error)))
            return false;
        if (action->verdict.summary)
            return true;
    }
    return true;
}

static bool do_probe(Action *action, GError **error)
{
    return run_probes(action, PROBE_ALIVE, error);
}

static bool do_detect(Action *action, GError **error)
{
    return run_probes(action, PROBE_DETECTION, error);
}

static bool do_reboot(Action *action, GError **error)
{
    return attempt_reboot(action->attempt, error);
}

/* A scenario's own command is nobody's product: where it does not do what the scenario says, the
 * lab cannot tell why. */
static bool do_run(Action *action, GError **error)
{
    const Step *step = action->step;
    g_autofree char *line = plan_case_expand(action->attempt->plan_case, step->run);
    g_auto(AgentExecResult) result = {0};

    if (!agent_exec(action->attempt->agent, line, step->timeout_s * action->attempt->patience,
                    &result, error))
        return false;
    if (result.exit_code == step->exit_code)
        return true;
    g_autofree char *words = last_words(&result);
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_AGENT,
                "'%s' ended with exit code %d, the scenario wants %d%s", line, result.exit_code,
                step->exit_code, words);
    return false;
}

static bool do_soak(Action *action, GError **error)
{
    return attempt_watch(action->attempt, clock_deadline_s(action->step->seconds), error);
}

static bool (*const actions[])(Action *action, GError **error) = {
    [STEP_INSTALL] = do_install, [STEP_UNINSTALL] = do_uninstall, [STEP_UPDATE] = do_update,
    [STEP_PROBE] = do_probe,     [STEP_DETECT] = do_detect,       [STEP_REBOOT] = do_reboot,
    [STEP_RUN] = do_run,         [STEP_SOAK] = do_soak,
};

bool action_run(Attempt *attempt, const Step *step, const Vendor *vendor, const char **ret_kind,
                char **ret_summary, GError **error)
{
    g_auto(Action) action = {
        .attempt = attempt,
        .step = step,
        .vendor = vendor,
        .product = expand(attempt->plan_case, vendor, step->product),
        .content = expand(attempt->plan_case, vendor, step->content),
    };
    if (!actions[step->kind](&action, error))
        return false;
    *ret_kind = action.verdict.kind;
    *ret_summary = g_steal_pointer(&action.verdict.summary);
    return true;
}

bool action_load_start(Attempt *attempt, const Step *step, gint64 *ret_pid, GError **error)
{
    g_autofree char *program = files_share_path("tools/truce-stress.exe");
    g_autofree char *line = g_strdup_printf(
        "%s files --dir \"%s\" --rate %u --seconds %u --seed 1 --stop-file %s", STRESS_PROGRAM,
        step->folder, step->rate, LOAD_SECONDS_MAX, STRESS_STOP_FILE);
    bool existed;

    if (!windows_make_folder(attempt->agent, GUEST_FOLDER, error) ||
        !windows_make_folder(attempt->agent, step->folder, error) ||
        !windows_delete_file(attempt->agent, STRESS_STOP_FILE, &existed, error) ||
        !agent_file_put(attempt->agent, program, STRESS_PROGRAM, error) ||
        !agent_exec_start(attempt->agent, line, ret_pid, error))
        return false;
    attempt_event(attempt, "note", "load: %s", line);
    return true;
}

bool action_load_finish(Attempt *attempt, gint64 pid, GError **error)
{
    g_auto(AgentExecResult) result = {0};

    if (!agent_file_write(attempt->agent, STRESS_STOP_FILE, "", 0, error) ||
        !agent_exec_finish(attempt->agent, pid, clock_deadline_s(LOAD_END_TIMEOUT_S), &result,
                           error))
        return false;
    attempt_event(attempt, "note", "load ended with exit code %d: %s", result.exit_code,
                  result.out);
    if (result.exit_code == LOAD_DONE || result.exit_code == LOAD_WITH_ERRORS)
        return true;
    g_autofree char *words = last_words(&result);
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_AGENT, "the load did not run: exit code %d%s",
                result.exit_code, words);
    return false;
}
