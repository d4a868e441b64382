/* SPDX-License-Identifier: GPL-2.0-or-later
 * Writing an XML file, indented, in UTF-8: elements are opened and closed in order, attributes come
 * right after their element. Text must be clean (report/clean.h); markup in it is escaped.
 *
 * A call that fails (no memory) makes xml_out_finish() fail; nobody else needs to look.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct XmlOut XmlOut;

/* In memory; into a file, piece by piece, which appears whole or not at all. */
XmlOut *xml_out_new(void);
bool xml_out_new_file(const char *path, XmlOut **ret_out, GError **error);
void xml_out_free(XmlOut *out);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XmlOut, xml_out_free)

void xml_out_open(XmlOut *out, const char *element);
void xml_out_close(XmlOut *out);

/* NULL: no attribute. */
void xml_out_attribute(XmlOut *out, const char *name, const char *value);
void xml_out_number(XmlOut *out, const char *name, gint64 value);
/* A number that is not finite: no attribute. */
void xml_out_real(XmlOut *out, const char *name, double value);
/* Milliseconds as seconds with three decimals. */
void xml_out_seconds(XmlOut *out, const char *name, gint64 milliseconds);

void xml_out_text(XmlOut *out, const char *text);
/* An element that holds only text; NULL: no element. */
void xml_out_element(XmlOut *out, const char *element, const char *text);

/* Closes what is open; the bytes of a document in memory belong to `out`. Nothing can be added
 * afterwards. */
bool xml_out_bytes(XmlOut *out, const char **ret_bytes, gsize *ret_length, GError **error);

/* Closes what is open, and the file. */
bool xml_out_finish(XmlOut *out, GError **error);
