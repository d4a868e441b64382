/* SPDX-License-Identifier: GPL-2.0-or-later
 * Installing, removing, updating and rolling back a vendor's product and its content.
 */
#include "run/action.h"

#include "util/error.h"

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

static bool update_content(Action *action, GError **error)
{
    const VendorContent *content = vendor_content(action->vendor, action->content);
    bool refusal_wanted = action->step->expect == EXPECT_REFUSED;
    g_autofree char *what = g_strdup_printf("content %s", content->version);
    g_autofree char *path = NULL;
    CommandOutcome outcome;

    if (!action_put(action, content->file, content->secrets, &path, error))
        return false;
    attempt_changed(action->attempt, action->vendor->name, what);
    if (!action_vendor_command(action, &action->vendor->content_update, "{file}", path,
                               "update-failed", &outcome, error))
        return false;
    if (action->step->expect == EXPECT_EITHER)
        action_holds(action);
    else if (outcome == COMMAND_REFUSED && !refusal_wanted)
        action_fails(action, "update-failed", "%s refused its content %s", action->vendor->name,
                     content->version);
    else if (outcome == COMMAND_OK && refusal_wanted)
        action_fails(action, "update-failed", "%s took its content %s, which it must refuse",
                     action->vendor->name, content->version);
    return true;
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
