/* SPDX-License-Identifier: GPL-2.0-or-later
 * truce vendor: begin a vendor pack, or list those that there are.
 */
#include "cmd.h"

#include <stdio.h>
#include <string.h>

#include "util/files.h"

#define TEMPLATE "templates/vendor.xml"
#define TEMPLATE_BYTES_MAX (1u << 20)
#define NAME_MAX_BYTES 32

static char *arg_output;

static const GOptionEntry options[] = {{"output", 'o', 0, G_OPTION_ARG_FILENAME, &arg_output,
                                        "the folder to make for new (default: NAME)", "DIR"},
                                       G_OPTION_ENTRY_NULL};

/* As the schema has it. */
static bool is_name(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

    return g_ascii_islower(*name) && strlen(name) <= NAME_MAX_BYTES &&
           strspn(name, allowed) == strlen(name) && !g_str_equal(name, "each") &&
           !g_str_equal(name, "none");
}

static char *replace(const char *text, const char *word, const char *with)
{
    g_auto(GStrv) parts = g_strsplit(text, word, -1);
    return g_strjoinv(with, parts);
}

static bool read_template(const char *name, char **ret_text, GError **error)
{
    g_autofree char *path = files_share_path(TEMPLATE);
    g_autofree char *word = g_strdup(name);
    g_autofree char *text = NULL;
    gsize length;

    if (!files_read(path, TEMPLATE_BYTES_MAX, &text, &length, error))
        return false;
    word[0] = g_ascii_toupper(word[0]);
    g_autofree char *half = replace(text, "@name@", name);
    *ret_text = replace(half, "@Name@", word);
    return true;
}

static int make_new(const char *name, GError **error)
{
    const char *folder = arg_output ? arg_output : name;
    g_autofree char *path = g_build_filename(folder, "vendor.xml", NULL);
    g_autofree char *base = g_path_get_basename(folder);
    g_autofree char *text = NULL;

    if (!is_name(name)) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "'%s' is no vendor's name: a lower-case letter, then up to 31 of a-z, 0-9 and "
                    "-; not 'each', not 'none'",
                    name);
        return -1;
    }
    if (!g_str_equal(base, name)) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "the folder of the pack '%s' must be called so, '%s' is not", name, folder);
        return -1;
    }
    if (lab_ships(name)) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "a reference vendor is called '%s', and a pack of that name would hide it: "
                    "give yours another name",
                    name);
        return -1;
    }
    if (g_file_test(folder, G_FILE_TEST_EXISTS)) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "'%s' exists: nothing was written",
                    folder);
        return -1;
    }
    if (!read_template(name, &text, error) || !files_make_folder(folder, error) ||
        !files_write_atomic(path, text, strlen(text), error))
        return -1;
    printf("%s: put the installer beside it as %s-1.0.msi, fill it in, then: truce check %s\n",
           path, name, path);
    return TRUCE_EXIT_PASSED;
}

static int list(const CmdContext *context, GError **error)
{
    g_autoptr(Lab) lab = NULL;

    if (!cmd_lab(context, &lab, error))
        return -1;
    g_autoptr(GPtrArray) names = lab_vendor_names(lab);
    for (guint i = 0; i < names->len; i++) {
        g_autoptr(Vendor) vendor = NULL;
        if (!lab_vendor(lab, names->pdata[i], &vendor, error))
            return -1;
        printf("%-16s %s%s\n", vendor->name, vendor->title,
               lab_vendor_hides(vendor) ? " (hides the one that ships)" : "");
    }
    return TRUCE_EXIT_PASSED;
}

static int run(const CmdContext *context, int argc, char **argv, GError **error)
{
    if (argc == 2 && strcmp(argv[0], "new") == 0)
        return make_new(argv[1], error);
    if (argc == 1 && strcmp(argv[0], "list") == 0)
        return list(context, error);
    g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                        "wrong arguments: 'truce vendor new NAME' or 'truce vendor list'");
    return -1;
}

const Verb cmd_vendor = {
    .name = "vendor",
    .arguments = "new NAME | list",
    .summary = "begin a vendor pack, or list those that there are",
    .details =
        "new writes the folder NAME with a commented vendor.xml, for your product's installer to\n"
        "be put beside it (docs/vendor-pack.md).\n"
        "\n"
        "Exit status: 0 done, 2 wrong usage or input, 3 the lab could not do it.\n"
        "\n"
        "Examples:\n"
        "  truce vendor new acme && truce check acme/vendor.xml\n"
        "  truce vendor list\n",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 2,
    .run = run,
};
