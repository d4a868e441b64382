/* SPDX-License-Identifier: GPL-2.0-or-later
 * truce faults: the catalogue of what the lab can do to a guest on purpose.
 */
#include "cmd.h"

#include <stdio.h>

#include "model/fault-text.h"
#include "util/cleanup.h"

static gboolean arg_json, arg_markdown;

static const GOptionEntry options[] = {
    {"json", 0, 0, G_OPTION_ARG_NONE, &arg_json, "print JSON", NULL},
    {"markdown", 0, 0, G_OPTION_ARG_NONE, &arg_markdown,
     "print all of it as Markdown, as in docs/faults.md", NULL},
    G_OPTION_ENTRY_NULL};

static void print_json(guint kind)
{
    g_autoptr(cJSON) object = fault_text_json(kind);
    char *text = cJSON_Print(object);

    puts(text);
    cJSON_free(text);
}

static int run(const CmdContext *context, int argc, char **argv, GError **error)
{
    FaultKind kind = FAULT_KINDS;
    g_autofree char *text = NULL;

    (void)context;
    if (argc == 1 && !fault_kind_parse(argv[0], &kind, error))
        return -1;
    if (arg_json) {
        print_json(kind);
        return TRUCE_EXIT_PASSED;
    }
    if (arg_markdown)
        text = fault_text_markdown();
    else
        text = kind == FAULT_KINDS ? fault_text_list() : fault_text_one(kind);
    fputs(text, stdout);
    return TRUCE_EXIT_PASSED;
}

const Verb cmd_faults = {
    .name = "faults",
    .arguments = "[NAME]",
    .summary = "list the faults that a scenario can inject, or tell about one",
    .details =
        "Examples:\n"
        "  truce faults\n"
        "  truce faults power-cut\n"
        "  truce faults --json | jq -r '.faults[] | select(.guest == \"restarts\") | .name'\n",
    .options = options,
    .arguments_min = 0,
    .arguments_max = 1,
    .run = run,
};
