/* SPDX-License-Identifier: GPL-2.0-or-later
 * truce report: reports again, from what a run recorded; runs merged, packed, looked over.
 */
#include "cmd.h"

#include <stdio.h>
#include <string.h>

#include "report/bundle.h"
#include "report/index.h"
#include "report/merge.h"
#include "report/report.h"
#include "util/files.h"

static char *arg_format;
static char *arg_output;
static char *arg_key;
static char *arg_certificate;
static gboolean arg_public;

static const GOptionEntry options[] = {
    {"format", 'f', 0, G_OPTION_ARG_STRING, &arg_format,
     "json, xml, junit, html, or a summary: text, markdown; default: text, and all files again",
     "FORMAT"},
    {"output", 'o', 0, G_OPTION_ARG_FILENAME, &arg_output,
     "where to write (default: the format's usual name in RUN)", "FILE"},
    {"key", 0, 0, G_OPTION_ARG_FILENAME, &arg_key, "bundle: the private key to sign with (PEM)",
     "FILE"},
    {"certificate", 0, 0, G_OPTION_ARG_FILENAME, &arg_certificate,
     "bundle: the certificate of that key (PEM)", "FILE"},
    {"public", 0, 0, G_OPTION_ARG_NONE, &arg_public,
     "leave out the proprietary names of lab.xml; with --format and --output", NULL},
    G_OPTION_ENTRY_NULL};

static bool write_one(const Result *result, const char *folder, const ReportWriter *writer,
                      GError **error)
{
    g_autofree char *usual = g_build_filename(folder, writer->file, NULL);
    const char *path = arg_output ? arg_output : usual;

    if (!writer->write(result, path, error))
        return false;
    puts(path);
    return true;
}

static bool say(const char *summary, GError **error)
{
    if (arg_output)
        return files_write_atomic(arg_output, summary, strlen(summary), error);
    fputs(summary, stdout);
    return true;
}

static bool write_reports(const Result *result, const char *folder, GError **error)
{
    if (g_strcmp0(arg_format, "markdown") == 0) {
        g_autofree char *summary = report_summary_markdown(result);
        return say(summary, error);
    }
    if (!arg_format || strcmp(arg_format, "text") == 0) {
        g_autofree char *summary = report_summary_text(result);
        if (!say(summary, error))
            return false;
        if (arg_format)
            return true;
        for (const ReportWriter *writer = report_writers; writer->format; writer++)
            if (!write_one(result, folder, writer, error))
                return false;
        return true;
    }
    const ReportWriter *writer = report_writer(arg_format);
    if (!writer) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "'%s' is no format: json, xml, junit, html, text or markdown", arg_format);
        return false;
    }
    return write_one(result, folder, writer, error);
}

static bool report_run(int argc, char **argv, GError **error)
{
    g_autoptr(Result) result = NULL;

    if (argc != 1) {
        g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "one RUN at a time");
        return false;
    }
    if (arg_public && (!arg_format || !arg_output)) {
        g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                            "--public needs --format and --output: the run's own reports stay");
        return false;
    }
    if (arg_output && !arg_format) {
        g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "--output needs --format");
        return false;
    }
    if (!result_read(argv[0], &result, error))
        return false;
    if (arg_public)
        result->folder = NULL; /* evidence has the names too: none is linked or embedded */
    return write_reports(result, argv[0], error);
}

/* What is packed are the reports that the records give now, whatever lies there. */
static bool write_again(const Result *result, const char *folder, GError **error)
{
    for (const ReportWriter *writer = report_writers; writer->format; writer++) {
        g_autofree char *path = g_build_filename(folder, writer->file, NULL);
        if (!writer->write(result, path, error))
            return false;
    }
    return true;
}

static bool bundle(int argc, char **argv, GError **error)
{
    g_autoptr(Result) result = NULL;
    guint files;

    if (argc != 1 || !arg_key || !arg_certificate) {
        g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                            "'report bundle' wants one RUN, --key and --certificate");
        return false;
    }
    g_autoptr(GHashTable) recorded = NULL;
    if (!result_read(argv[0], &result, error) || !bundle_recorded(result, &recorded, error) ||
        !write_again(result, argv[0], error))
        return false;
    g_autofree char *name = files_safe_name(result->run);
    g_autofree char *usual = g_strconcat(name, ".tar.xz", NULL);
    const BundleOptions bundle_options = {.run_folder = argv[0],
                                          .run = result->run,
                                          .key = arg_key,
                                          .certificate = arg_certificate,
                                          .recorded = recorded,
                                          .output = arg_output ? arg_output : usual};
    if (!bundle_write(&bundle_options, &files, error))
        return false;
    printf("%s: %u files\n", bundle_options.output, files);
    return true;
}

static bool merge(int argc, char **argv, GError **error)
{
    g_autoptr(Result) result = NULL;

    if (argc < 1 || !arg_output) {
        g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                            "'report merge' wants the RUNs of all shards, and --output DIR");
        return false;
    }
    if (!merge_runs(argv, (guint)argc, arg_output, error) ||
        !result_read(arg_output, &result, error))
        return false;
    g_autofree char *folder = g_steal_pointer(&arg_output);
    return write_reports(result, folder, error);
}

static bool look_over(int argc, char **argv, GError **error)
{
    guint runs;

    if (argc != 1) {
        g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                            "'report index' wants the folder that holds the runs");
        return false;
    }
    g_autofree char *usual = g_build_filename(argv[0], "index.html", NULL);
    const char *output = arg_output ? arg_output : usual;
    if (!index_write(argv[0], output, &runs, error))
        return false;
    printf("%s: %u runs\n", output, runs);
    return true;
}

static int run(const CmdContext *context, int argc, char **argv, GError **error)
{
    static const struct {
        const char *name;
        bool (*act)(int argc, char **argv, GError **error);
    } acts[] = {{"bundle", bundle}, {"merge", merge}, {"index", look_over}};
    g_autoptr(Lab) lab = NULL;

    if (!cmd_lab(context, &lab, error) || !lab_hide(lab, arg_public, error))
        return -1;
    for (guint i = 0; i < G_N_ELEMENTS(acts); i++)
        if (strcmp(argv[0], acts[i].name) == 0)
            return acts[i].act(argc - 1, argv + 1, error) ? TRUCE_EXIT_PASSED : -1;
    return report_run(argc, argv, error) ? TRUCE_EXIT_PASSED : -1;
}

const Verb cmd_report = {
    .name = "report",
    .arguments = "RUN | bundle RUN | merge RUN… | index DIR",
    .summary = "write the reports of a run again; pack, merge or look over runs",
    .details =
        "RUN is the folder of a run, also of one that was interrupted or killed.\n"
        "\n"
        "  bundle RUN   one signed archive with reports, evidence and inputs ('truce verify')\n"
        "  merge RUN…   the shards of one plan made one run, in the new folder --output\n"
        "  index DIR    an overview of the runs in DIR: trend, flaky cases, new findings\n"
        "\n"
        "A run folder that is called bundle, merge or index is given as ./bundle.\n"
        "\n"
        "Examples:\n"
        "  truce report runs/2026-11-22T10-31-07Z\n"
        "  truce report --format junit --output junit.xml runs/2026-11-22T10-31-07Z\n"
        "  truce report --format markdown runs/2026-11-22T10-31-07Z\n"
        "  truce report bundle --key lab.key --certificate lab.crt runs/nightly\n"
        "  truce report merge --output runs/nightly shard-1 shard-2\n"
        "  truce report index runs\n",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1000,
    .run = run,
};
