/* SPDX-License-Identifier: GPL-2.0-or-later
 * truce guest: build, list and remove base images.
 */
#include "cmd.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "host/image-fetch.h"
#include "host/image.h"
#include "install/build.h"
#include "install/dry-run.h"
#include "install/product-key.h"
#include "run/guest-build.h"
#include "run/guest-inputs.h"
#include "util/files.h"

static gboolean arg_again;
static char *arg_from;
static char *arg_iso, *arg_virtio, *arg_edition, *arg_key_file, *arg_dry_run;

static const GOptionEntry options[] = {
    {"again", 0, 0, G_OPTION_ARG_NONE, &arg_again, "build: replace an image that is there", NULL},
    {"from", 0, 0, G_OPTION_ARG_FILENAME, &arg_from,
     "fetch: the state folder in which the guests were built, as on a shared store", "DIR"},
    {"iso", 0, 0, G_OPTION_ARG_FILENAME, &arg_iso, "build: the installation medium of Windows",
     "FILE"},
    {"virtio", 0, 0, G_OPTION_ARG_FILENAME, &arg_virtio, "build: the medium of virtio-win", "FILE"},
    {"edition", 0, 0, G_OPTION_ARG_STRING, &arg_edition,
     "build: which edition on the medium (default: the first that the recipe knows)", "NAME"},
    {"product-key-file", 0, 0, G_OPTION_ARG_FILENAME, &arg_key_file,
     "build: a file whose first line is the product key that Windows is activated with; it is "
     "installed without one, and evaluations take none",
     "FILE"},
    {"dry-run", 0, 0, G_OPTION_ARG_FILENAME, &arg_dry_run,
     "build: only write what it would use into a new folder; needs no media", "DIR"},
    G_OPTION_ENTRY_NULL};

static bool cancelled;

static void on_signal(int number)
{
    (void)number;
    cancelled = true;
}

/* What an unattended installation is asked for; `key` keeps the product key. */
static bool install_request(const Guest *guest, char **ret_key, InstallRequest *ret_request,
                            GError **error)
{
    if (arg_key_file && !install_read_key(arg_key_file, ret_key, error))
        return false;
    *ret_request = (InstallRequest){.guest = guest,
                                    .iso = arg_iso,
                                    .virtio = arg_virtio,
                                    .edition = arg_edition,
                                    .product_key = *ret_key};
    return true;
}

static bool check_options(const Guest *guest, GError **error)
{
    const bool any = arg_iso || arg_virtio || arg_edition || arg_key_file || arg_dry_run;

    if (guest->install || !any)
        return true;
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                "guest '%s' is not installed from media: --iso, --virtio, --edition, "
                "--product-key-file and --dry-run are for guests that are",
                guest->name);
    return false;
}

static bool dry_run(const Guest *guest, GError **error)
{
    g_autofree char *key = NULL;
    InstallRequest request;

    if (!install_request(guest, &key, &request, error) ||
        !install_dry_run(&request, arg_dry_run, error))
        return false;
    printf("%s: what building guest '%s' would use; nothing was started\n", arg_dry_run,
           guest->name);
    return true;
}

/* The image that is there is kept unless --again. */
static bool install(const Lab *lab, const Guest *guest, Progress *progress, GError **error)
{
    g_autofree char *key = NULL;
    g_autoptr(Image) image = NULL;
    g_autoptr(Host) host = NULL;
    InstallRequest request;

    if (!arg_again && image_open(lab->state_folder, guest->name, &image, NULL)) {
        progress_line(progress, "guest '%s' is built already (%s)", guest->name, image->folder);
        return true;
    }
    if (!install_request(guest, &key, &request, error) ||
        !files_make_folder(lab->state_folder, error) ||
        !guest_check_space(guest, lab->state_folder, error) ||
        !host_open(lab->uri, lab->state_folder, &host, error) ||
        !install_build(host, lab->state_folder, &request, progress, &cancelled, error) ||
        !image_open(lab->state_folder, guest->name, &image, error))
        return false;
    progress_line(progress, "guest '%s' is built: %" G_GUINT64_FORMAT " MiB in %s", guest->name,
                  image->bytes >> 20, image->folder);
    return true;
}

static int build(const Lab *lab, const CmdContext *context, const char *name, GError **error)
{
    g_autoptr(Guest) guest = NULL;
    g_autoptr(Progress) progress = progress_new(context->quiet);

    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    if (!lab_guest(lab, name, &guest, error) || !check_options(guest, error))
        return -1;
    if (arg_dry_run      ? !dry_run(guest, error)
        : guest->install ? !install(lab, guest, progress, error)
                         : !guest_build(lab, guest, arg_again, progress, &cancelled, error))
        return -1;
    return TRUCE_EXIT_PASSED;
}

static void list_guest(const Lab *lab, const char *name)
{
    g_autoptr(Image) image = NULL;
    g_autoptr(Guest) guest = NULL;
    g_autoptr(GError) failure = NULL;
    g_autofree char *folder = g_build_filename(lab->state_folder, "guests", name, NULL);

    if (!g_file_test(folder, G_FILE_TEST_IS_DIR))
        printf("%-20s not built   %s\n", name,
               lab_guest(lab, name, &guest, &failure) ? guest->title : failure->message);
    else if (image_open(lab->state_folder, name, &image, &failure))
        printf("%-20s built %s, %" G_GUINT64_FORMAT " MiB, sha256 %.16s…, %s%s\n", name,
               image->built, image->bytes >> 20, image->sha256, image->folder,
               lab_guest(lab, name, &guest, NULL) && guest_is_outdated(guest, image)
                   ? "; outdated: its recipe has changed"
                   : "");
    else
        printf("%-20s %s\n", name, failure->message);
}

static int list(const Lab *lab)
{
    g_autoptr(GPtrArray) names = lab_guest_names(lab);

    for (guint i = 0; i < names->len; i++)
        list_guest(lab, names->pdata[i]);
    return TRUCE_EXIT_PASSED;
}

static int fetch(const Lab *lab, char *const *names, guint count, GError **error)
{
    if (!arg_from) {
        g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                            "'guest fetch' wants --from, the state folder to fetch from");
        return -1;
    }
    for (guint i = 0; i < count; i++) {
        bool fetched;
        if (!image_fetch(arg_from, lab->state_folder, names[i], &fetched, error))
            return -1;
        printf("guest '%s' %s '%s'\n", names[i], fetched ? "was fetched to" : "is the same in",
               lab->state_folder);
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
    if (argc >= 2 && strcmp(argv[0], "fetch") == 0)
        return fetch(lab, argv + 1, (guint)argc - 1, error);
    if (argc == 2 && strcmp(argv[0], "remove") == 0)
        return guest_remove(lab, argv[1], error) ? TRUCE_EXIT_PASSED : -1;
    g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                        "usage: truce guest build NAME, truce guest list, truce guest fetch NAME…, "
                        "truce guest remove NAME");
    return -1;
}

const Verb cmd_guest = {
    .name = "guest",
    .arguments = "build NAME | list | fetch NAME… | remove NAME",
    .summary = "build, list, fetch and remove the base images of guests",
    .details = "Examples:\n"
               "  truce guest build reference    the licence-free guest, from Debian packages\n"
               "  truce guest build windows-server-2022 --iso W.iso --virtio virtio-win.iso\n"
               "  truce guest build windows-11-24h2 --dry-run look    what that would use\n"
               "  truce guest list\n"
               "  truce guest fetch --from /srv/truce reference    verified, not if it is here\n"
               "  truce guest remove reference\n",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 100,
    .run = run,
};
