/* SPDX-License-Identifier: GPL-2.0-or-later
 * The document that report.xml and report.html are made of.
 */
#pragma once

#include "report/result.h"
#include "report/xml-out.h"

/* The root element with everything but <cases>, left open. */
void report_xml_head(XmlOut *out, const Result *result);

/* What a document has beyond report.xml; each member may be NULL. All but `in_attempt` are called
 * where an element is open and has its own attributes, to add others. */
typedef struct {
    void (*on_case)(XmlOut *out, const ResultCase *result_case, gpointer data);
    void (*on_attempt)(XmlOut *out, const ResultAttempt *attempt, gpointer data);
    void (*on_finding)(XmlOut *out, const ResultFinding *finding, gpointer data);
    /* An item of evidence; `item` NULL: a path that a finding names. */
    void (*on_file)(XmlOut *out, const char *file, const ResultEvidence *item, gpointer data);
    /* Instead of <measure>. */
    void (*in_attempt)(XmlOut *out, const ResultAttempt *attempt, gpointer data);
    gpointer data;
} XmlExtras;

/* One <case>; its details must be loaded where they are to be in it. `extras` may be NULL. */
void report_xml_case(XmlOut *out, const ResultCase *result_case, const XmlExtras *extras);
void report_xml_finding(XmlOut *out, const ResultFinding *finding, const XmlExtras *extras);
