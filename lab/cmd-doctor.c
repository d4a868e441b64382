/* SPDX-License-Identifier: GPL-2.0-or-later
 * truce doctor: what this host can run, and what is missing.
 */
#include "cmd.h"

#include <stdio.h>

#include "run/doctor.h"
#include "util/cleanup.h"

static gboolean arg_json;

static const GOptionEntry options[] = {
    {"json", 0, 0, G_OPTION_ARG_NONE, &arg_json, "print JSON", NULL}, G_OPTION_ENTRY_NULL};

static void print_text(const GPtrArray *checks)
{
    for (guint i = 0; i < checks->len; i++) {
        const DoctorCheck *check = checks->pdata[i];
        printf("%-8s %-8s %s\n", check_state_name(check->state), check->name, check->text);
        if (check->advice)
            printf("%17s → %s\n", "", check->advice);
    }
    puts(doctor_ready(checks) ? "This host can run the main job."
                              : "This host cannot run the main job yet.");
}

static int run(const CmdContext *context, int argc, char **argv, GError **error)
{
    g_autoptr(Lab) lab = NULL;
    (void)argc;
    (void)argv;

    if (!cmd_lab(context, &lab, error))
        return -1;
    g_autoptr(GPtrArray) checks = doctor_examine(lab);
    if (arg_json) {
        g_autoptr(cJSON) object = doctor_json(checks);
        char *text = cJSON_Print(object);
        puts(text);
        cJSON_free(text);
    } else {
        print_text(checks);
    }
    return doctor_ready(checks) ? TRUCE_EXIT_PASSED : TRUCE_EXIT_LAB;
}

const Verb cmd_doctor = {
    .name = "doctor",
    .arguments = "",
    .summary = "tell what this host can run, and what is missing",
    .details = "Exit status: 0 where the main job can run, 3 where it cannot.\n"
               "\n"
               "Examples:\n"
               "  truce doctor\n"
               "  truce doctor --json | jq '.checks[] | select(.state != \"ok\")'\n",
    .options = options,
    .arguments_min = 0,
    .arguments_max = 0,
    .run = run,
};
