/* SPDX-License-Identifier: GPL-2.0-or-later
 * XML that people write: read as hostile, checked against a RELAX NG schema, with the exact place
 * of everything in it.
 *
 * What is refused before libxml2 sees it: text that is not UTF-8, a DOCTYPE (so there are no
 * entities to expand), and whatever is beyond the limits below. Nothing is fetched from anywhere:
 * no network, no XInclude; the encoding that a file declares is not looked at. With a schema,
 * characters that a terminal takes for commands, or that turn the direction of writing, are
 * refused, too.
 *
 * Every failure is TRUCE_ERROR_INPUT with one line `name:line:column: message`. Columns count
 * characters from 1. libxml2 keeps no columns and its line for a wrong document is often that of a
 * parent; xml.c therefore keeps the place of every start tag, and xml-schema.c finds the first
 * node that the schema does not allow and says so in its own words.
 *
 * Not for several threads at once: libxml2 sets up its data types on first use.
 */
#pragma once

#include <stdbool.h>

#include "util/cleanup.h"

#define XML_SIZE_MAX (1024 * 1024) /* bytes of a file */
#define XML_ELEMENTS_MAX 10000
#define XML_DEPTH_MAX 32
#define XML_VALUE_MAX 4096 /* bytes of an attribute's value, or of an element's own text */

typedef struct XmlFile XmlFile;

/* Reads a file. `schema` is the name of a schema that ships with truce (`vendor`:
 * share/truce/schemas/vendor.rng), or NULL to check only that this is XML. TRUCE_ERROR_LAB where
 * the schema cannot be read. */
bool xml_read(const char *path, const char *schema, XmlFile **ret_file, GError **error);

/* The same for bytes in memory; `name` stands for the file in messages. */
bool xml_parse(const char *text, gsize length, const char *name, const char *schema,
               XmlFile **ret_file, GError **error);
void xml_free(XmlFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XmlFile, xml_free)

xmlNode *xml_root(const XmlFile *file);
const char *xml_name(const XmlFile *file);

/* Where an element's start tag begins, from 1. */
void xml_place(const xmlNode *element, guint *ret_line, guint *ret_column);

/* Sets TRUCE_ERROR_INPUT at an element, or at one of its attributes where `attribute` is not NULL.
 * Always returns false, for `return xml_fail(…)`. */
bool xml_fail(const XmlFile *file, const xmlNode *element, const char *attribute, GError **error,
              const char *format, ...) G_GNUC_PRINTF(5, 6);

/* The first child element, or the next sibling element, of that name; NULL where there is none.
 * `name` NULL: of any name. */
xmlNode *xml_child(const xmlNode *element, const char *name);
xmlNode *xml_next(const xmlNode *element, const char *name);
#define XML_FOREACH(child, parent, name)                                                           \
    for (xmlNode *child = xml_child(parent, name); child; child = xml_next(child, name))
bool xml_is(const xmlNode *element, const char *name);

/* An attribute's value without surrounding white space; NULL where it is absent. */
char *xml_attr(const xmlNode *element, const char *name);
/* A whole number that the schema has checked; the fallback where it is absent. */
gint64 xml_attr_int(const xmlNode *element, const char *name, gint64 fallback);
/* The words of a list, of char*; empty where it is absent or holds none. */
GPtrArray *xml_attr_words(const xmlNode *element, const char *name);

/* An element's text; NULL for NULL. As it stands; with white space at both ends removed; or with
 * every run of white space made one space, for titles and paragraphs. */
char *xml_text(const xmlNode *element);
char *xml_text_stripped(const xmlNode *element);
char *xml_text_paragraph(const xmlNode *element);
