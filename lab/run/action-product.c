/* SPDX-License-Identifier: GPL-2.0-or-later
 * Installing, removing, updating and rolling back a vendor's product and its content.
 */
#include "run/action.h"

#include "guest/installer-code.h"
#include "model/damage.h"
#include "plan/mutate.h"
#include "run/evidence.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/files.h"

#define BUSY_POLL_MS 5000u

/* What Windows Installer's own codes mean where the pack does not name them: a restart that is
 * wanted is no failure. */
static void judge_by_installer(Action *action, CommandOutcome *outcome)
{
    InstallerMeaning meaning = installer_meaning(action->exit_code);
    const char *name = installer_code_name(action->exit_code);

    if (*outcome != COMMAND_FAILED || !name || meaning == INSTALLER_DONE)
        return;
    if (meaning == INSTALLER_REBOOT || meaning == INSTALLER_REBOOTING) {
        attempt_event(action->attempt, "note", "exit code %d is %s: done, with a restart",
                      action->exit_code, name);
        g_clear_pointer(&action->summary, g_free);
        *outcome = COMMAND_REBOOT;
        return;
    }
    g_autofree char *said = g_steal_pointer(&action->summary);
    action->summary = g_strdup_printf("%s (as Windows Installer's code: %s)", said, name);
}

/* An installer that says that it restarts the guest may do so before its exit code is known. */
static bool restarted_by_itself(const Action *action, const VendorCommand *command,
                                const GError *failure)
{
    return g_error_matches(failure, TRUCE_ERROR, TRUCE_ERROR_GUEST) &&
           !attempt_watch(action->attempt, g_get_monotonic_time(), NULL) &&
           action->attempt->pending == MACHINE_EVENT_RESET && !action->attempt->turn &&
           vendor_command_outcome(command, INSTALLER_CODE_REBOOTING) == COMMAND_REBOOT;
}

/* Runs an installer: while another one is under way it is asked again, until its time is up. */
static bool run_installer(Action *action, const VendorCommand *command, const char *path,
                          const char *kind, CommandOutcome *ret_outcome, GError **error)
{
    gint64 deadline = action_deadline(action, command->timeout_s);
    bool told = false;

    for (;;) {
        g_autoptr(GError) failure = NULL;
        action->exit_code = 0;
        if (!action_vendor_command(action, command, "{package}", path, kind, ret_outcome,
                                   &failure)) {
            if (restarted_by_itself(action, command, failure)) {
                action->exit_code = INSTALLER_CODE_REBOOTING;
                *ret_outcome = COMMAND_REBOOT;
                return true;
            }
            g_propagate_error(error, g_steal_pointer(&failure));
            return false;
        }
        if (*ret_outcome != COMMAND_FAILED || clock_left_ms(deadline) == 0 ||
            installer_meaning(action->exit_code) != INSTALLER_BUSY)
            break;
        if (!told)
            attempt_event(action->attempt, "note",
                          "another installation is under way (exit code %d): asked again",
                          action->exit_code);
        told = true;
        g_clear_pointer(&action->summary, g_free);
        if (!attempt_watch(action->attempt, clock_deadline_ms(BUSY_POLL_MS), error))
            return false;
    }
    judge_by_installer(action, ret_outcome);
    return true;
}

/* What a package's command did: done, with a restart where it asks for one or makes it. */
static bool finish_package(Action *action, CommandOutcome outcome, const char *version,
                           GError **error)
{
    if (outcome == COMMAND_FAILED)
        return true;
    attempt_set_product(action->attempt, action->vendor, version);
    if (outcome != COMMAND_REBOOT)
        return true;
    if (installer_meaning(action->exit_code) == INSTALLER_REBOOTING && !action->attempt->turn)
        return attempt_reboots(action->attempt, "the installer's own restart", error);
    return attempt_reboot_wanted(action->attempt, error);
}

/* A 32-bit guest gets the package of the same name in the folder x86/ beside it, where there is
 * one. Free with g_free(). */
static char *package_for(const Action *action, const VendorProduct *product)
{
    g_autofree char *folder = g_path_get_dirname(product->package);
    g_autofree char *name = g_path_get_basename(product->package);
    g_autofree char *twin = g_build_filename(folder, "x86", name, NULL);
    bool wanted = action->attempt->guest->kind == GUEST_REACTOS;

    return g_strdup(wanted && g_file_test(twin, G_FILE_TEST_IS_REGULAR) ? twin : product->package);
}

/* Installing and updating a product are the same command of a package. */
static bool run_package(Action *action, const char *kind, GError **error)
{
    const VendorProduct *product = vendor_product(action->vendor, action->product);
    g_autofree char *what = g_strdup_printf("product %s", product->version);
    g_autofree char *path = NULL;
    CommandOutcome outcome;
    g_autofree char *package = package_for(action, product);

    if (!action_put(action, package, product->secrets, &path, error))
        return false;
    attempt_changed(action->attempt, action->vendor->name, what);
    return run_installer(action, &product->install, path, kind, &outcome, error) &&
           finish_package(action, outcome, product->version, error);
}

bool action_install(Action *action, GError **error)
{
    return run_package(action, "install-failed", error);
}

/* Removes the version that is installed, `kind` where that fails. */
static bool remove_package(Action *action, const char *kind, GError **error)
{
    const char *installed = attempt_product(action->attempt, action->vendor);
    const VendorProduct *product = vendor_product(action->vendor, installed);
    g_autofree char *path = NULL;
    CommandOutcome outcome;
    g_autofree char *package = package_for(action, product);

    if (!action_put(action, package, product->secrets, &path, error))
        return false;
    attempt_changed(action->attempt, action->vendor->name, "its removal");
    return run_installer(action, &product->uninstall, path, kind, &outcome, error) &&
           finish_package(action, outcome, NULL, error);
}

bool action_uninstall(Action *action, GError **error)
{
    return remove_package(action, "uninstall-failed", error);
}

/* Damaged content is evidence: the product's makers will want the very file. */
static bool damage_content(Action *action, const VendorContent *content, char **ret_path,
                           char **ret_text, GError **error)
{
    const VendorContentFormat *format = &action->vendor->content_format;
    g_autofree char *base = g_path_get_basename(content->file);
    g_autofree char *name = g_strdup_printf("damaged-%s/%s", action->path, base);
    g_autofree char *path = g_build_filename(action->attempt->folder, name, NULL);
    g_autofree char *folder = g_path_get_dirname(path);
    Damage damage;

    if (!damage_parse(action->damage, &damage))
        g_assert_not_reached();
    const MutatePlan plan = {
        .mutation = mutation_parse(damage.mutation),
        .seed = damage.seed,
        .count_offset = format->count_at,
        .version_offset = format->version_at,
        .seal = damage.sealed ? seal_parse(format->seal) : SEAL_NONE,
        .seal_offset = format->seal_at,
    };
    if (!files_make_folder(folder, error) ||
        !mutate_file(&plan, content->file, path, ret_text, error))
        return false;
    evidence_file(action->attempt, "content", name);
    *ret_path = g_steal_pointer(&path);
    return true;
}

/* What the product said to damaged content; NULL: it had no time to. */
static void record_mutation(Action *action, const char *text, const char *answer)
{
    g_autofree char *target =
        g_strdup_printf("%s content %s", action->vendor->name, action->content);
    cJSON *record = attempt_record(action->attempt, "mutation");

    json_add_text(record, "step", action->path);
    json_add_text(record, "target", target);
    json_add_text(record, "damage", action->damage);
    json_add_text(record, "text", text);
    json_add_text(record, "answer", answer);
    attempt_write(action->attempt, record);
}

static const char *answer_of(CommandOutcome outcome)
{
    return outcome == COMMAND_REFUSED  ? "refused"
           : outcome == COMMAND_FAILED ? "failed"
                                       : "applied";
}

/* Judges what the command that applies content did. */
static void judge_update(Action *action, CommandOutcome outcome)
{
    UpdateExpect expect = action->step->expect;

    if (expect == EXPECT_EITHER)
        action_holds(action);
    else if (outcome == COMMAND_REFUSED && expect == EXPECT_APPLIED)
        action_fails(action, "update-failed", "%s refused its content %s", action->vendor->name,
                     action->content);
    else if (outcome == COMMAND_OK && expect == EXPECT_REFUSED) {
        action_fails(action, "update-failed", "%s took its content %s, which it must refuse",
                     action->vendor->name, action->content);
        action->about = "taken";
    }
}

static bool update_content(Action *action, GError **error)
{
    const VendorContent *content = vendor_content(action->vendor, action->content);
    g_autofree char *what =
        g_strdup_printf("content %s%s%s", content->version, action->damage ? " damaged by " : "",
                        action->damage ? action->damage : "");
    g_autofree char *path = NULL, *damaged = NULL, *damage = NULL;
    CommandOutcome outcome;

    if (action->damage && !damage_content(action, content, &damaged, &damage, error))
        return false;
    if (!action_put(action, damaged ? damaged : content->file, content->secrets && !damaged, &path,
                    error))
        return false;
    attempt_changed(action->attempt, action->vendor->name, what);
    bool answered = action_vendor_command(action, &action->vendor->content_update, "{file}", path,
                                          "update-failed", &outcome, error);
    if (damage)
        record_mutation(action, damage, answered ? answer_of(outcome) : NULL);
    if (answered)
        judge_update(action, outcome);
    return answered;
}

bool action_update(Action *action, GError **error)
{
    return action->content ? update_content(action, error)
                           : run_package(action, "update-failed", error);
}

/* An installer does not put an older product over a newer one: it is removed first. */
bool action_rollback(Action *action, GError **error)
{
    if (action->content)
        return update_content(action, error);
    return remove_package(action, "update-failed", error) &&
           (action->summary || run_package(action, "update-failed", error));
}
