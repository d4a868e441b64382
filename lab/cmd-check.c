/* SPDX-License-Identifier: GPL-2.0-or-later
 * truce check: is what I wrote right?
 */
#include "cmd.h"

#include <stdio.h>

#include "model/check.h"

static int run(const CmdContext *context, int argc, char **argv, GError **error)
{
    g_autoptr(Lab) lab = NULL;

    if (!cmd_lab(context, &lab, error))
        return -1;
    for (int i = 0; i < argc; i++) {
        g_autofree char *summary = NULL;
        if (!check_file(lab, argv[i], &summary, error))
            return -1;
        printf("%s: %s\n", argv[i], summary);
    }
    return TRUCE_EXIT_PASSED;
}

const Verb cmd_check = {
    .name = "check",
    .arguments = "FILE…",
    .summary = "check a scenario, vendor pack, guest recipe or lab file",
    .details = "The first mistake is told as file:line:column, with exit status 2.\n"
               "\n"
               "Examples:\n"
               "  truce check my-vendor/vendor.xml\n"
               "  truce check scenarios/quickstart.xml lab.xml\n",
    .arguments_min = 1,
    .arguments_max = G_MAXINT,
    .run = run,
};
