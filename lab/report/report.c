/* SPDX-License-Identifier: GPL-2.0-or-later
 * The table of report writers.
 */
#include "report/report.h"

const ReportWriter report_writers[] = {
    {"json", "report.json", report_write_json},
    {"xml", "report.xml", report_write_xml},
    {"junit", "junit.xml", report_write_junit},
    {"html", "report.html", report_write_html},
    {NULL, NULL, NULL},
};

const ReportWriter *report_writer(const char *format)
{
    for (const ReportWriter *writer = report_writers; writer->format; writer++)
        if (g_str_equal(writer->format, format))
            return writer;
    return NULL;
}
