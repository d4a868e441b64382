/* SPDX-License-Identifier: GPL-2.0-or-later
 * The writers of reports, one a format, all from one Result.
 */
#pragma once

#include "report/result.h"

typedef struct {
    const char *format; /* json, xml, junit, html */
    const char *file;   /* name in the run folder: report.json … */
    bool (*write)(const Result *result, const char *path, GError **error);
} ReportWriter;

/* All writers, ended by one whose format is NULL. */
extern const ReportWriter report_writers[];

/* The writer of a format, or NULL. */
const ReportWriter *report_writer(const char *format);

/* Writes report.json (reports/report.schema.json), report.xml (reports/report.xsd) or junit.xml,
 * whole or not at all. */
bool report_write_json(const Result *result, const char *path, GError **error);
bool report_write_xml(const Result *result, const char *path, GError **error);
bool report_write_junit(const Result *result, const char *path, GError **error);

/* Writes report.html by reports/report.xsl: one file that needs nothing beside it. Small
 * screenshots of cases that did not pass are in it; other evidence is linked where the file is
 * written into the run folder. TRUCE_ERROR_LAB where the style sheet cannot be read. */
bool report_write_html(const Result *result, const char *path, GError **error);

/* A summary for a terminal: a line a case, the findings, the verdict. Free with g_free(). */
char *report_summary_text(const Result *result);

/* A summary for a pull request, in Markdown: the verdict, counts, findings by signature, what was
 * not tested; below 64 KiB. Free with g_free(). */
char *report_summary_markdown(const Result *result);
