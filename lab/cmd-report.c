/* SPDX-License-Identifier: GPL-2.0-or-later
 * truce report: reports again, from what a run recorded.
 */
#include "cmd.h"

#include <stdio.h>
#include <string.h>

#include "report/report.h"
#include "util/files.h"

static char *arg_format;
static char *arg_output;

static const GOptionEntry options[] = {
    {"format", 'f', 0, G_OPTION_ARG_STRING, &arg_format,
     "json, xml, junit, html, or a summary: text, markdown; default: text, and all files again",
     "FORMAT"},
    {"output", 'o', 0, G_OPTION_ARG_FILENAME, &arg_output,
     "where to write (default: the format's usual name in RUN)", "FILE"},
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

static bool write_reports(const Result *result, const char *folder, GError **error)
{
    if (g_strcmp0(arg_format, "markdown") == 0) {
        g_autofree char *summary = report_summary_markdown(result);
        if (arg_output)
            return files_write_atomic(arg_output, summary, strlen(summary), error);
        fputs(summary, stdout);
        return true;
    }
    if (!arg_format || strcmp(arg_format, "text") == 0) {
        g_autofree char *summary = report_summary_text(result);
        fputs(summary, stdout);
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

static int run(const CmdContext *context, int argc, char **argv, GError **error)
{
    g_autoptr(Result) result = NULL;
    (void)context;
    (void)argc;

    if (arg_output && !arg_format) {
        g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "--output needs --format");
        return -1;
    }
    if (!result_read(argv[0], &result, error) || !write_reports(result, argv[0], error))
        return -1;
    return TRUCE_EXIT_PASSED;
}

const Verb cmd_report = {
    .name = "report",
    .arguments = "RUN",
    .summary = "write the reports of a run again, from what was recorded",
    .details = "RUN is the folder of a run, also of one that was interrupted or killed.\n"
               "\n"
               "Examples:\n"
               "  truce report runs/2026-11-22T10-31-07Z\n"
               "  truce report --format junit --output junit.xml runs/2026-11-22T10-31-07Z\n"
               "  truce report --format markdown runs/2026-11-22T10-31-07Z\n",
    .options = options,
    .arguments_min = 1,
    .arguments_max = 1,
    .run = run,
};
