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

XmlOut *xml_out_new(void);
void xml_out_free(XmlOut *out);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XmlOut, xml_out_free)

void xml_out_open(XmlOut *out, const char *element);
void xml_out_close(XmlOut *out);

/* NULL: no attribute. */
void xml_out_attribute(XmlOut *out, const char *name, const char *value);
void xml_out_number(XmlOut *out, const char *name, gint64 value);
/* Milliseconds as seconds with three decimals. */
void xml_out_seconds(XmlOut *out, const char *name, gint64 milliseconds);

void xml_out_text(XmlOut *out, const char *text);
/* An element that holds only text; NULL: no element. */
void xml_out_element(XmlOut *out, const char *element, const char *text);

/* Closes what is open; the document's bytes belong to `out`. Nothing can be added afterwards. */
bool xml_out_bytes(XmlOut *out, const char **ret_bytes, gsize *ret_length, GError **error);

/* The same, written to a file, whole or not at all. */
bool xml_out_finish(XmlOut *out, const char *path, GError **error);
