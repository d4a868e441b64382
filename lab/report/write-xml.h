/* SPDX-License-Identifier: GPL-2.0-or-later
 * The document that report.xml and report.html are made of.
 */
#pragma once

#include "report/result.h"
#include "report/xml-out.h"

/* The whole report, ready for xml_out_finish() or xml_out_bytes(). Free with xml_out_free(). */
XmlOut *report_xml_build(const Result *result);
