/* SPDX-License-Identifier: GPL-2.0-or-later
 * Pages from documents, by the XSLT style sheets that ship. Private to report/.
 *
 * A style sheet gets report.css and report.js as parameters, and the script's SHA-256, so that the
 * page's own Content-Security-Policy allows this script and no other. It runs without leave to
 * read, write or fetch anything.
 */
#pragma once

#include <libxslt/xsltInternals.h>

#include "report/xml-out.h"
#include "util/cleanup.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(xsltStylesheet, xsltFreeStylesheet)

/* `name` as it lies in share/truce/reports. TRUCE_ERROR_LAB. */
bool style_read(const char *name, xsltStylesheet **ret_style, GError **error);

/* Transforms the document that `out` holds. `whole`: a page, else a piece of one without a document
 * type. ret_text by xmlFree(). TRUCE_ERROR_LAB. */
bool style_apply(xsltStylesheet *style, XmlOut *out, bool whole, xmlChar **ret_text,
                 int *ret_length, GError **error);
