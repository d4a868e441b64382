/* SPDX-License-Identifier: GPL-2.0-or-later
 * Installing, removing, updating and rolling back a vendor's product and its content.
 */
#include "run/action.h"

#include "model/damage.h"
#include "plan/mutate.h"
#include "run/evidence.h"
#include "util/error.h"
#include "util/files.h"

/* What a package's command did: done, with a restart where it asks for one. */
static bool finish_package(Action *action, CommandOutcome outcome, const char *version,
                           GError **error)
{
    if (outcome == COMMAND_FAILED)
        return true;
    attempt_set_product(action->attempt, action->vendor, version);
    return outcome != COMMAND_REBOOT || attempt_reboot_wanted(action->attempt, error);
}

/* Installing and updating a product are the same command of a package. */
static bool run_package(Action *action, const char *kind, GError **error)
{
    const VendorProduct *product = vendor_product(action->vendor, action->product);
    g_autofree char *what = g_strdup_printf("product %s", product->version);
    g_autofree char *path = NULL;
    CommandOutcome outcome;

    if (!action_put(action, product->package, product->secrets, &path, error))
        return false;
    attempt_changed(action->attempt, action->vendor->name, what);
    return action_vendor_command(action, &product->install, "{package}", path, kind, &outcome,
                                 error) &&
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

    if (!action_put(action, product->package, product->secrets, &path, error))
        return false;
    attempt_changed(action->attempt, action->vendor->name, "its removal");
    return action_vendor_command(action, &product->uninstall, "{package}", path, kind, &outcome,
                                 error) &&
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
    else if (outcome == COMMAND_OK && expect == EXPECT_REFUSED)
        action_fails(action, "update-failed", "%s took its content %s, which it must refuse",
                     action->vendor->name, action->content);
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
