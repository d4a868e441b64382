/* SPDX-License-Identifier: GPL-2.0-or-later
 * truce: the command line's table of verbs, help and completion.
 */
#include "cmd.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "util/redact.h"
#include "util/text.h"

static const Verb *const verbs[] = {&cmd_doctor, &cmd_guest,    &cmd_check,  &cmd_plan,
                                    &cmd_run,    &cmd_resume,   &cmd_report, &cmd_diff,
                                    &cmd_triage, &cmd_selftest, &cmd_vendor, &cmd_verify,
                                    &cmd_faults, &cmd_submit,   &cmd_status, &cmd_cancel};

bool cmd_lab(const CmdContext *context, Lab **ret_lab, GError **error)
{
    g_autoptr(Lab) lab = NULL;

    if (!lab_read(context->lab_file, &lab, error))
        return false;
    if (context->uri) {
        g_free(lab->uri);
        lab->uri = g_strdup(context->uri);
    }
    const char *node_state = g_getenv("TRUCE_NODE_STATE");
    if (node_state) {
        g_free(lab->state_folder);
        lab->state_folder = g_canonicalize_filename(node_state, NULL);
    }
    if (!lab_hide(lab, false, error))
        return false;
    *ret_lab = g_steal_pointer(&lab);
    return true;
}

static void print_help(void)
{
    puts("Usage: truce VERB [OPTION…] [ARGUMENT…]\n"
         "\n"
         "A cross-vendor compatibility test lab for kernel security products.\n"
         "\n"
         "Verbs:");
    for (guint i = 0; i < G_N_ELEMENTS(verbs); i++)
        printf("  %-8s %s\n", verbs[i]->name, verbs[i]->summary);
    puts("\n"
         "Options:\n"
         "  --help             this text; 'truce VERB --help' tells about a verb, with examples\n"
         "  --version          the version\n"
         "  --completion bash  a completion script for bash:\n"
         "                     source <(truce --completion bash)\n"
         "\n"
         "Exit status: 0 all passed, 1 a vendor failure, 2 wrong usage or input, 3 the lab could\n"
         "not do its work, 4 only flaky or inconclusive, 130 interrupted.");
}

static const char *const common_words = "--lab --connect --quiet --help";

/* Verbs and their options as a case statement: it cannot differ from the table. */
static void print_bash_completion(void)
{
    puts("_truce() {\n"
         "    local words word=${COMP_WORDS[COMP_CWORD]}\n"
         "    case ${COMP_WORDS[1]} in");
    for (guint i = 0; i < G_N_ELEMENTS(verbs); i++) {
        printf("    %s) words='%s", verbs[i]->name, common_words);
        for (const GOptionEntry *option = verbs[i]->options; option && option->long_name; option++)
            printf(" --%s", option->long_name);
        puts("' ;;");
    }
    puts("    *) words='' ;;\n"
         "    esac");
    printf("    [ \"$COMP_CWORD\" = 1 ] && words='--help --version --completion");
    for (guint i = 0; i < G_N_ELEMENTS(verbs); i++)
        printf(" %s", verbs[i]->name);
    puts("'\n"
         "    case $word in\n"
         "    -*) COMPREPLY=($(compgen -W \"$words\" -- \"$word\")) ;;\n"
         "    *) if [ \"$COMP_CWORD\" = 1 ]; then\n"
         "           COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
         "       else\n"
         "           COMPREPLY=($(compgen -f -- \"$word\"))\n"
         "       fi ;;\n"
         "    esac\n"
         "}\n"
         "complete -o filenames -F _truce truce");
}

static int fail(const Verb *verb, GError *error)
{
    g_autofree char *valid = g_utf8_make_valid(error->message, -1);
    g_autofree char *plain = redact_text(g_strdelimit(valid, "\t\n\r", ' '));
    g_autofree char *text = text_printable(plain, strlen(plain), G_MAXSIZE);
    fprintf(stderr, "truce%s%s: %s\n", verb ? " " : "", verb ? verb->name : "", text);
    int status = truce_error_exit_status(error);
    g_error_free(error);
    return status;
}

static GOptionContext *make_options(const Verb *verb, CmdContext *context)
{
    const GOptionEntry common[] = {
        {"lab", 0, 0, G_OPTION_ARG_FILENAME, &context->lab_file,
         "the lab's own file (default: lab.xml here, where there is one)", "FILE"},
        {"connect", 0, 0, G_OPTION_ARG_STRING, &context->uri,
         "libvirt's URI (default: its embedded driver)", "URI"},
        {"quiet", 'q', 0, G_OPTION_ARG_NONE, &context->quiet, "no progress on stderr", NULL},
        G_OPTION_ENTRY_NULL};
    GOptionContext *options = g_option_context_new(verb->arguments);

    g_option_context_set_summary(options, verb->summary);
    g_option_context_set_description(options, verb->details);
    if (verb->options)
        g_option_context_add_main_entries(options, verb->options, NULL);
    g_option_context_add_main_entries(options, common, NULL);
    return options;
}

static int run_verb(const Verb *verb, int argc, char **argv)
{
    CmdContext context = {0};
    GError *error = NULL;
    g_autoptr(GOptionContext) options = make_options(verb, &context);
    g_autofree char *name = g_strdup_printf("truce %s", verb->name);
    int status = -1;

    g_set_prgname(name);
    if (!g_option_context_parse(options, &argc, &argv, &error)) {
        g_autofree char *message = g_strdup(error->message);
        g_clear_error(&error);
        g_set_error(&error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "%s (see 'truce %s --help')", message,
                    verb->name);
    } else if ((guint)argc - 1 < verb->arguments_min || (guint)argc - 1 > verb->arguments_max) {
        g_set_error(&error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "wrong number of arguments; usage: truce %s %s (see 'truce %s --help')",
                    verb->name, verb->arguments, verb->name);
    } else {
        status = verb->run(&context, argc - 1, argv + 1, &error);
    }
    g_free(context.lab_file);
    g_free(context.uri);
    return error ? fail(verb, error) : status;
}

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, ""); /* messages stay English: libvirt's are told apart by their words */
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        if (argc < 2)
            return fail(NULL, g_error_new_literal(TRUCE_ERROR, TRUCE_ERROR_INPUT,
                                                  "which verb? See 'truce --help'"));
        print_help();
        return TRUCE_EXIT_PASSED;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("truce " TRUCE_VERSION);
        return TRUCE_EXIT_PASSED;
    }
    if (strcmp(argv[1], "--completion") == 0 && argc == 3 && strcmp(argv[2], "bash") == 0) {
        print_bash_completion();
        return TRUCE_EXIT_PASSED;
    }
    for (guint i = 0; i < G_N_ELEMENTS(verbs); i++)
        if (strcmp(argv[1], verbs[i]->name) == 0)
            return run_verb(verbs[i], argc - 1, argv + 1);
    return fail(NULL, g_error_new(TRUCE_ERROR, TRUCE_ERROR_INPUT,
                                  "'%s' is no verb; 'truce --help' lists them", argv[1]));
}
