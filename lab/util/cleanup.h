/* SPDX-License-Identifier: GPL-2.0-or-later
 * Automatic cleanup for the types of libxml2 and cJSON. (libvirt's are in host/cleanup.h, because
 * only host/ may know libvirt.)
 */
#pragma once

#include <cjson/cJSON.h>
#include <glib.h>
#include <libxml/relaxng.h>
#include <libxml/tree.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(cJSON, cJSON_Delete)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlDoc, xmlFreeDoc)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlRelaxNG, xmlRelaxNGFree)

static inline void truce_xml_str_free(xmlChar **text)
{
    if (*text)
        xmlFree(*text);
}
/* For strings that libxml2 allocated: `xml_str text = xmlGetProp(…);` */
#define xml_str __attribute__((cleanup(truce_xml_str_free))) xmlChar *
