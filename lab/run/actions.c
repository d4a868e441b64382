/* SPDX-License-Identifier: GPL-2.0-or-later
 * The table of what steps do, and what its functions share.
 */
#include "run/actions.h"

#include <string.h>

#include "guest/windows.h"
#include "model/placeholder.h"
#include "run/action.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

#define OUTPUT_IN_SUMMARY 300
#define PING_MS 10000

/* What the functions share */

void action_clear(Action *action)
{
    g_free(action->product);
    g_free(action->content);
    g_free(action->damage);
    g_free(action->summary);
}

void action_verdict_clear(ActionVerdict *verdict)
{
    g_clear_pointer(&verdict->summary, g_free);
}

void action_fails(Action *action, const char *kind, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_free(action->summary);
    action->kind = kind;
    action->summary = g_strdup_vprintf(format, args);
    va_end(args);
}

void action_holds(Action *action)
{
    if (action->summary)
        attempt_event(action->attempt, "note", "as the scenario allows: %s", action->summary);
    g_clear_pointer(&action->summary, g_free);
}

static char *expand(const PlanCase *plan_case, const Vendor *vendor, const char *text)
{
    return text ? plan_case_expand_for(plan_case, vendor ? vendor->name : NULL, text) : NULL;
}

char *action_expand(const Action *action, const char *text)
{
    return expand(action->attempt->plan_case, action->vendor, text);
}

gint64 action_deadline(const Action *action, guint seconds)
{
    return clock_deadline_s(seconds * action->attempt->patience);
}

static char *fill_secrets(const Action *action, const char *text)
{
    GHashTable *secrets = action->attempt->secrets;
    return secrets ? placeholder_expand(text, secrets) : g_strdup(text);
}

/* The filled text never lies on the host's disk, where it would outlive the run. */
static bool put_text(Action *action, const char *host_path, const char *path, GError **error)
{
    g_autofree char *text = NULL;
    gsize length;

    if (!files_read(host_path, VENDOR_TEXT_BYTES_MAX, &text, &length, error))
        return false;
    g_autofree char *filled = fill_secrets(action, text);
    return agent_file_write(action->attempt->agent, path, filled, strlen(filled), error);
}

bool action_put(Action *action, const char *host_path, bool secrets, char **ret_path,
                GError **error)
{
    g_autofree char *folder = g_strdup_printf(ACTION_GUEST_FOLDER "\\%s", action->vendor->name);
    g_autofree char *base = g_path_get_basename(host_path);
    g_autofree char *path = g_strdup_printf("%s\\%s", folder, base);

    if (!windows_make_folder(action->attempt->agent, folder, error) ||
        !(secrets ? put_text(action, host_path, path, error)
                  : agent_file_put(action->attempt->agent, host_path, path, error)))
        return false;
    *ret_path = g_steal_pointer(&path);
    return true;
}

char *action_last_words(const AgentExecResult *result)
{
    const char *text = result->err && *result->err ? result->err : result->out;
    g_autofree char *copy = g_strstrip(g_strdup(text ? text : ""));
    g_autofree char *line = text_printable(copy, strlen(copy), OUTPUT_IN_SUMMARY);
    return *line ? g_strdup_printf(": %s", line) : g_strdup("");
}

static char *with_path(const char *command, const char *placeholder, const char *path)
{
    g_auto(GStrv) parts = g_strsplit(command, placeholder, -1);
    return g_strjoinv(path, parts);
}

bool action_vendor_command(Action *action, const VendorCommand *command, const char *placeholder,
                           const char *path, const char *kind, CommandOutcome *ret_outcome,
                           GError **error)
{
    g_autofree char *line =
        placeholder ? with_path(command->run, placeholder, path) : g_strdup(command->run);
    g_autofree char *filled = fill_secrets(action, line);
    guint timeout_s = command->timeout_s * action->attempt->patience;
    g_auto(AgentExecResult) result = {0};
    g_autoptr(GError) failure = NULL;

    if (!agent_exec(action->attempt->agent, filled, timeout_s, &result, &failure)) {
        if (!g_error_matches(failure, TRUCE_ERROR, TRUCE_ERROR_TIMEOUT) ||
            !agent_ping(action->attempt->agent, PING_MS, NULL)) {
            g_propagate_error(error, g_steal_pointer(&failure));
            return false;
        }
        action_fails(action, kind, "'%s' did not end within %u s", line, timeout_s);
        *ret_outcome = COMMAND_FAILED;
        return true;
    }
    action->exit_code = result.exit_code;
    *ret_outcome = vendor_command_outcome(command, result.exit_code);
    if (*ret_outcome == COMMAND_FAILED) {
        g_autofree char *words = action_last_words(&result);
        action_fails(action, kind, "'%s' ended with exit code %d%s", line, result.exit_code, words);
    }
    return true;
}

/* What a kind's name is followed by, besides vendor and versions */

static void name_update(const PlanCase *plan_case, const Step *step, GString *name)
{
    g_autofree char *damage = expand(plan_case, NULL, step->damage);

    if (damage)
        g_string_append_printf(name, " damaged by %s", damage);
    if (step->expect == EXPECT_REFUSED)
        g_string_append(name, " (must be refused)");
    else if (step->expect == EXPECT_EITHER)
        g_string_append(name, " (may fail)");
}

static void name_reboot(const PlanCase *plan_case, const Step *step, GString *name)
{
    (void)plan_case;
    if (step->hard)
        g_string_append(name, " by the reset button");
}

static void name_boot(const PlanCase *plan_case, const Step *step, GString *name)
{
    static const char *const modes[] = {[STEP_BOOT_NORMAL] = "normal",
                                        [STEP_BOOT_SAFE] = "safe mode",
                                        [STEP_BOOT_RECOVERY] = "recovery environment"};
    (void)plan_case;
    g_string_append_printf(name, " %s", modes[step->boot_mode]);
}

static void name_run(const PlanCase *plan_case, const Step *step, GString *name)
{
    g_autofree char *command = expand(plan_case, NULL, step->run);
    g_string_append_printf(name, " %s", command);
}

static void name_copy(const PlanCase *plan_case, const Step *step, GString *name)
{
    (void)plan_case;
    g_string_append_printf(name, " %s", step->path);
}

static void name_load(const PlanCase *plan_case, const Step *step, GString *name)
{
    g_autofree char *profile = expand(plan_case, NULL, step->profile);

    if (profile)
        g_string_append_printf(name, " %s", profile);
    else
        g_string_append_printf(name, " %u files/s", step->rate);
    if (step->seconds)
        g_string_append_printf(name, " for %u s", step->seconds);
    if (step->folder)
        g_string_append_printf(name, " in %s", step->folder);
}

static void name_soak(const PlanCase *plan_case, const Step *step, GString *name)
{
    (void)plan_case;
    g_string_append_printf(name, " %u s", step->seconds);
}

static void name_snapshot(const PlanCase *plan_case, const Step *step, GString *name)
{
    (void)plan_case;
    g_string_append_printf(name, " %s", step->name);
}

static void name_wait(const PlanCase *plan_case, const Step *step, GString *name)
{
    static const char *const kinds[] = {[WAIT_FILE] = "file",
                                        [WAIT_SERVICE] = "service",
                                        [WAIT_LOG] = "log",
                                        [WAIT_EVENT] = "event"};
    (void)plan_case;
    g_string_append_printf(name, " %s %s", kinds[step->wait.kind], step->wait.name);
    if (step->wait.kind == WAIT_LOG)
        g_string_append_printf(name, " to say '%s'", step->wait.want);
    else if (step->wait.want)
        g_string_append_printf(name, " to be %s", step->wait.want);
}

/* The table: a kind has `run`, or `around` where it holds steps. */

typedef struct {
    bool (*run)(Action *action, GError **error);
    StepsEnd (*around)(Action *action, GError **error);
    void (*name)(const PlanCase *plan_case, const Step *step, GString *name); /* or NULL */
    bool shows_product; /* its name tells the version, also where that is the default */
} Row;

static const Row rows[] = {
    [STEP_INSTALL] = {.run = action_install, .shows_product = true},
    [STEP_UNINSTALL] = {.run = action_uninstall},
    [STEP_UPDATE] = {.run = action_update, .name = name_update, .shows_product = true},
    [STEP_ROLLBACK] = {.run = action_rollback, .shows_product = true},
    [STEP_PROBE] = {.run = action_probe},
    [STEP_DETECT] = {.run = action_detect},
    [STEP_REBOOT] = {.run = action_reboot, .name = name_reboot},
    [STEP_BOOT] = {.run = action_boot, .name = name_boot},
    [STEP_RUN] = {.run = action_run_command, .name = name_run},
    [STEP_COPY_IN] = {.run = action_copy_in, .name = name_copy},
    [STEP_COPY_OUT] = {.run = action_copy_out, .name = name_copy},
    [STEP_LOAD] = {.around = action_load, .name = name_load},
    [STEP_INJECT] = {.around = action_inject, .name = action_inject_name},
    [STEP_WAIT_FOR] = {.run = action_wait_for, .name = name_wait},
    [STEP_STRESS] = {.run = action_stress, .name = name_load},
    [STEP_SNAPSHOT] = {.run = action_snapshot, .name = name_snapshot},
    [STEP_REVERT] = {.run = action_revert, .name = name_snapshot},
    [STEP_SOAK] = {.run = action_soak, .name = name_soak},
    [STEP_PARALLEL] = {.around = action_parallel},
    [STEP_BRANCH] = {.run = NULL}, /* a parallel step carries out what is inside */
    [STEP_IN_ORDER] = {.around = action_in_order, .name = action_in_order_name},
    [STEP_EVENT] = {.run = NULL}, /* an in-order step carries out what is inside */
};
G_STATIC_ASSERT(G_N_ELEMENTS(rows) == STEP_KINDS);

char *action_name(const PlanCase *plan_case, const Step *step, const Vendor *vendor)
{
    const Row *row = &rows[step->kind];
    GString *name = g_string_new(step_kind_name(step->kind));
    g_autofree char *product =
        plan_case_product(plan_case, vendor ? vendor->name : NULL, step->product);
    g_autofree char *content = expand(plan_case, vendor, step->content);
    const char *who = vendor ? vendor->name : step->vendor;

    if (who)
        g_string_append_printf(name, " %s", who);
    if (product || (vendor && !content && row->shows_product))
        g_string_append_printf(name, " %s",
                               vendor ? vendor_product(vendor, product)->version : product);
    if (content)
        g_string_append_printf(name, " content %s", content);
    if (row->name)
        row->name(plan_case, step, name);
    return g_string_free(name, FALSE);
}

StepsEnd action_run(Attempt *attempt, const Step *step, const Vendor *vendor, const char *path,
                    ActionVerdict *ret_verdict, GError **error)
{
    const Row *row = &rows[step->kind];
    g_autoptr(GError) failure = NULL;
    StepsEnd end = STEPS_DONE;
    g_auto(Action) action = {
        .attempt = attempt,
        .step = step,
        .vendor = vendor,
        .path = path,
        .product =
            plan_case_product(attempt->plan_case, vendor ? vendor->name : NULL, step->product),
        .content = expand(attempt->plan_case, vendor, step->content),
        .damage = expand(attempt->plan_case, vendor, step->damage),
    };

    if (!row->around && !row->run) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "the step '%s' cannot be carried out",
                    step_kind_name(step->kind));
        return STEPS_ERROR;
    }
    if (row->around)
        end = row->around(&action, error);
    else if (!row->run(&action, &failure))
        end = steps_end_of_error(&failure, error);
    *ret_verdict = (ActionVerdict){action.kind, action.vendor, action.about,
                                   g_steal_pointer(&action.summary), action.detection_ms};
    return end;
}
