/* SPDX-License-Identifier: GPL-2.0-or-later
 * truce verify: is a certification bundle as its signer made it?
 */
#include "cmd.h"

#include <stdio.h>

#include "report/bundle.h"

static char *arg_certificate;
static char *arg_ca;

static const GOptionEntry options[] = {
    {"certificate", 0, 0, G_OPTION_ARG_FILENAME, &arg_certificate,
     "the certificate of the signer (PEM)", "FILE"},
    {"ca", 0, 0, G_OPTION_ARG_FILENAME, &arg_ca,
     "certificates of CAs, of which one issued the signer's (PEM)", "FILE"},
    G_OPTION_ENTRY_NULL};

static int run(const CmdContext *context, int argc, char **argv, GError **error)
{
    g_autoptr(BundleCheck) check = NULL;
    (void)context;
    (void)argc;

    if (!arg_certificate == !arg_ca) {
        g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                            "whose signature is it? Give --certificate or --ca: a bundle does not "
                            "vouch for itself");
        return -1;
    }
    if (!bundle_verify(argv[0], arg_certificate, arg_ca, &check, error))
        return -1;
    for (guint i = 0; i < check->faults->len; i++)
        puts(check->faults->pdata[i]);
    if (check->faults->len > 0) {
        printf("%s: not as it was signed\n", argv[0]);
        return TRUCE_EXIT_FAILED;
    }
    printf("%s: run %s of truce %s, %u files, signed by %s", argv[0], check->run, check->truce,
           check->files, check->signer);
    if (check->signed_at)
        printf(" at %s (as the signer says)", check->signed_at);
    puts(check->expired ? "; the certificate has expired since" : "");
    return TRUCE_EXIT_PASSED;
}

const Verb cmd_verify = {
    .name = "verify",
    .arguments = "BUNDLE",
    .summary = "check a certification bundle, and say what was changed",
    .details =
        "Nothing is unpacked, and nothing in the bundle is trusted: name the certificate of\n"
        "its signer, or of the CA that issued it, also through intermediate ones. Certificates\n"
        "must have been valid when it was signed, which only the signer says.\n"
        "\n"
        "Exit status: 0 all is as it was signed, 1 something was changed or cut, or is not\n"
        "signed by whom you named, 2 this was never a bundle.\n"
        "\n"
        "Examples:\n"
        "  truce verify --certificate lab.crt nightly.tar.xz\n"
        "  truce verify --ca company-ca.crt nightly.tar.xz\n",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
