/* SPDX-License-Identifier: GPL-2.0-or-later
 * truce triage: what a crash dump says.
 */
#include "cmd.h"

#include <stdio.h>

#include "triage/triage-report.h"

static gboolean arg_json;

static const GOptionEntry options[] = {
    {"json", 0, 0, G_OPTION_ARG_NONE, &arg_json, "one JSON object instead of text", NULL},
    G_OPTION_ENTRY_NULL};

static int run(const CmdContext *context, int argc, char **argv, GError **error)
{
    g_autoptr(Dump) dump = NULL;
    (void)context;
    (void)argc;

    if (!dump_read_any(argv[0], &dump, error))
        return -1;
    g_autoptr(Lead) lead = lead_find(dump);
    if (arg_json) {
        g_autoptr(cJSON) object = triage_json(dump, lead);
        char *text = cJSON_Print(object);
        puts(text);
        cJSON_free(text);
    } else {
        g_autofree char *text = triage_text(dump, lead);
        fputs(text, stdout);
    }
    return TRUCE_EXIT_PASSED;
}

const Verb cmd_triage = {
    .name = "triage",
    .arguments = "FILE",
    .summary = "read a Windows crash dump: what happened, in whose module",
    .details =
        "FILE is a 64-bit kernel dump (full, bitmap, kernel or minidump) or a user minidump.\n"
        "It is read without symbols; the modules on the stack come from a raw scan.\n"
        "Exit status: 0 read, 2 no dump, cut short, or one that contradicts itself.\n"
        "\n"
        "Examples:\n"
        "  truce triage memory.dmp\n"
        "  truce triage --json minidump/112226-4531-01.dmp | jq -r .faulting_module\n",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
