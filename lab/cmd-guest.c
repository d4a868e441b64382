/* SPDX-License-Identifier: GPL-2.0-or-later
 * truce guest: build, list and remove base images.
 */
#include "cmd.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "host/image.h"
#include "run/guest-build.h"

static gboolean arg_again;

static const GOptionEntry options[] = {
    {"again", 0, 0, G_OPTION_ARG_NONE, &arg_again, "build: replace an image that is there", NULL},
    G_OPTION_ENTRY_NULL};

static bool cancelled;

static void on_signal(int number)
{
    (void)number;
    cancelled = true;
}

static int build(const Lab *lab, const CmdContext *context, const char *name, GError **error)
{
    g_autoptr(Guest) guest = NULL;
    g_autoptr(Progress) progress = progress_new(context->quiet);

    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    if (!lab_guest(lab, name, &guest, error) ||
        !guest_build(lab, guest, arg_again, progress, &cancelled, error))
        return -1;
    return TRUCE_EXIT_PASSED;
}

static int list(const Lab *lab)
{
    g_autoptr(GPtrArray) names = lab_guest_names(lab);

    for (guint i = 0; i < names->len; i++) {
        g_autoptr(Image) image = NULL;
        g_autoptr(GError) failure = NULL;
        const char *name = names->pdata[i];
        if (image_open(lab->state_folder, name, &image, &failure))
            printf("%-12s built %s, %" G_GUINT64_FORMAT " MiB, sha256 %.16s…, %s\n", name,
                   image->built, image->bytes >> 20, image->sha256, image->folder);
        else
            printf("%-12s %s\n", name, failure->message);
    }
    return TRUCE_EXIT_PASSED;
}

static int run(const CmdContext *context, int argc, char **argv, GError **error)
{
    g_autoptr(Lab) lab = NULL;

    if (!cmd_lab(context, &lab, error))
        return -1;
    if (argc == 1 && strcmp(argv[0], "list") == 0)
        return list(lab);
    if (argc == 2 && strcmp(argv[0], "build") == 0)
        return build(lab, context, argv[1], error);
    if (argc == 2 && strcmp(argv[0], "remove") == 0)
        return guest_remove(lab, argv[1], error) ? TRUCE_EXIT_PASSED : -1;
    g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                        "usage: truce guest build NAME, truce guest list, truce guest remove NAME");
    return -1;
}

const Verb cmd_guest = {
    .name = "guest",
    .arguments = "build NAME | list | remove NAME",
    .summary = "build, list and remove the base images of guests",
    .details = "Examples:\n"
               "  truce guest build reference    the licence-free guest, from Debian packages\n"
               "  truce guest list\n"
               "  truce guest remove reference\n",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 2,
    .run = run,
};
