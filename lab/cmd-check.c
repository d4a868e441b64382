/* SPDX-License-Identifier: GPL-2.0-or-later
 * truce check: is what I wrote right?
 */
#include "cmd.h"

#include <stdio.h>

#include "model/check.h"
#include "model/known.h"
#include "plan/plan.h"
#include "util/xml.h"

/* A matrix may ask for what no plan can give: wrong constraints are found by the planner. */
static bool check_plan(const Lab *lab, const char *path, GError **error)
{
    g_autoptr(Inputs) inputs = NULL;
    g_autoptr(XmlFile) file = NULL;

    if (!xml_read(path, NULL, &file, error))
        return false;
    if (!xml_is(xml_root(file), "scenario"))
        return true;
    return inputs_read(lab, path, &inputs, error) && plan_check(inputs, error);
}

/* What is no mistake, and no longer what was meant. */
static bool warn(const char *path, GError **error)
{
    g_autoptr(XmlFile) file = NULL;
    g_autoptr(Known) known = NULL;

    if (!xml_read(path, NULL, &file, error))
        return false;
    if (!xml_is(xml_root(file), "known"))
        return true;
    if (!known_read(path, &known, error))
        return false;
    g_autoptr(GPtrArray) expired = known_expired(known);
    for (guint i = 0; i < expired->len; i++)
        fprintf(stderr, "truce check: warning: %s\n", (const char *)expired->pdata[i]);
    return true;
}

static int run(const CmdContext *context, int argc, char **argv, GError **error)
{
    g_autoptr(Lab) lab = NULL;

    if (!cmd_lab(context, &lab, error))
        return -1;
    for (int i = 0; i < argc; i++) {
        g_autofree char *summary = NULL;
        if (!check_file(lab, argv[i], &summary, error) || !check_plan(lab, argv[i], error) ||
            !warn(argv[i], error))
            return -1;
        printf("%s: %s\n", argv[i], summary);
    }
    return TRUCE_EXIT_PASSED;
}

const Verb cmd_check = {
    .name = "check",
    .arguments = "FILE…",
    .summary = "check a scenario, vendor pack, guest recipe or lab file",
    .details = "The first mistake is told as file:line:column, with exit status 2. Known issues\n"
               "that have expired are warned of; they are no mistake.\n"
               "\n"
               "Examples:\n"
               "  truce check my-vendor/vendor.xml\n"
               "  truce check scenarios/quickstart.xml lab.xml\n",
    .arguments_min = 1,
    .arguments_max = G_MAXINT,
    .run = run,
};
