/* SPDX-License-Identifier: GPL-2.0-or-later
 * One step under way on the guest, and what the kinds of steps share. Private to run/action*.c.
 *
 * A kind's function returns false where the lab or the guest could not do it (TRUCE_ERROR_GUEST:
 * the guest went away). Where a vendor's product failed it returns true after action_fails().
 */
#pragma once

#include "guest/agent.h"
#include "run/attempt.h"
#include "run/steps.h"

/* The lab's own folder in the guest. */
#define ACTION_GUEST_FOLDER "C:\\Truce"

#define ACTION_POLL_MS 250u

typedef struct {
    Attempt *attempt;
    const Step *step;
    const Vendor *vendor; /* NULL where the kind has none */
    const char *path;     /* of the step, `3.1`; NULL for a probe that is no step */
    char *product;        /* versions with parameters filled in, or NULL */
    char *content;
    char *damage;
    int exit_code;      /* of the vendor's command that ended last */
    guint detection_ms; /* of its detections, the slowest */
    const char *kind;   /* of the finding, where the vendor's product failed … */
    const char *about;  /* … and what of it, as in findings.h, or NULL … */
    char *summary;      /* … else NULL */
} Action;

void action_clear(Action *action);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Action, action_clear)

/* The vendor's product failed: kind of finding and what happened, in one line. */
void action_fails(Action *action, const char *kind, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* Takes back a failure that the scenario allows: it is only noted. */
void action_holds(Action *action);

/* `text` with the case's parameters filled in; NULL for NULL. Free with g_free(). */
char *action_expand(const Action *action, const char *text);

/* Puts a host file into the vendor's folder of the guest; with `secrets`, a text in which they are
 * filled in on the way. Free ret_path with g_free(). */
bool action_put(Action *action, const char *host_path, bool secrets, char **ret_path,
                GError **error);

/* The last words of a program with `: ` before them, for a summary of one line; "" for none. Free
 * with g_free(). */
char *action_last_words(const AgentExecResult *result);

/* Runs a vendor's command, with `path` in the place of `placeholder` where that is not NULL and
 * with the secrets that it asks for; a summary tells it without them. A command that fails, or does
 * not end while the agent still answers, is the vendor's failure
 * (`kind`); a silent agent is the lab's. */
bool action_vendor_command(Action *action, const VendorCommand *command, const char *placeholder,
                           const char *path, const char *kind, CommandOutcome *ret_outcome,
                           GError **error);

/* A deadline of the scenario's or a pack's, with the patience that the host asks for. */
gint64 action_deadline(const Action *action, guint seconds);

/* What each kind does; the table is in actions.c. */
bool action_install(Action *action, GError **error);
bool action_uninstall(Action *action, GError **error);
bool action_update(Action *action, GError **error);
bool action_rollback(Action *action, GError **error);
bool action_probe(Action *action, GError **error);
bool action_detect(Action *action, GError **error);
bool action_reboot(Action *action, GError **error);
bool action_boot(Action *action, GError **error);
bool action_run_command(Action *action, GError **error);
bool action_copy_in(Action *action, GError **error);
bool action_copy_out(Action *action, GError **error);
bool action_wait_for(Action *action, GError **error);
bool action_stress(Action *action, GError **error);
bool action_snapshot(Action *action, GError **error);
bool action_revert(Action *action, GError **error);
bool action_soak(Action *action, GError **error);

/* Those that hold steps carry them out by steps_inside(). */
StepsEnd action_load(Action *action, GError **error);
StepsEnd action_inject(Action *action, GError **error);
StepsEnd action_parallel(Action *action, GError **error);
StepsEnd action_in_order(Action *action, GError **error);

/* What stands behind a kind's name in the name of a step. */
void action_inject_name(const PlanCase *plan_case, const Step *step, GString *name);
void action_in_order_name(const PlanCase *plan_case, const Step *step, GString *name);
