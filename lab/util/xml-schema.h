/* SPDX-License-Identifier: GPL-2.0-or-later
 * Checks a document against a schema of truce's own and explains what is wrong with it.
 *
 * libxml2 decides whether a document is valid. Where it is not, the explanation comes from the
 * schema itself: it is walked beside the document, the first element or attribute in document order
 * that has no place in it is named together with what would have, and a wrong value together with
 * the `a:documentation` of its data type ("an absolute Windows path …"). libxml2's own words are
 * kept where the walk finds nothing.
 *
 * The walk knows what truce's schemas use of RELAX NG: element, attribute, ref, define, optional,
 * zeroOrMore, oneOrMore, choice, group, interleave, list, text, empty, data, value. Within one
 * element's content a name has one definition.
 */
#pragma once

#include "util/xml.h"

/* `schema` as for xml_read(). */
bool xml_schema_check(const XmlFile *file, const char *schema, GError **error);
