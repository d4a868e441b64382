/* SPDX-License-Identifier: GPL-2.0-or-later
 * Writing an XML file.
 */
#include "report/xml-out.h"

#include <libxml/xmlwriter.h>

#include "util/error.h"
#include "util/files.h"

struct XmlOut {
    xmlBuffer *buffer;
    xmlTextWriter *writer; /* NULL where a call failed */
};

/* Drops the writer at the first failure, so that later calls do nothing. */
static void check(XmlOut *out, int result)
{
    if (result < 0 && out->writer) {
        xmlFreeTextWriter(out->writer);
        out->writer = NULL;
    }
}

XmlOut *xml_out_new(void)
{
    XmlOut *out = g_new0(XmlOut, 1);

    out->buffer = xmlBufferCreate();
    out->writer = out->buffer ? xmlNewTextWriterMemory(out->buffer, 0) : NULL;
    if (out->writer) {
        check(out, xmlTextWriterSetIndent(out->writer, 1));
        check(out, xmlTextWriterSetIndentString(out->writer, BAD_CAST "  "));
        check(out, xmlTextWriterStartDocument(out->writer, "1.0", "UTF-8", NULL));
    }
    return out;
}

void xml_out_free(XmlOut *out)
{
    if (!out)
        return;
    xmlFreeTextWriter(out->writer);
    xmlBufferFree(out->buffer);
    g_free(out);
}

void xml_out_open(XmlOut *out, const char *element)
{
    check(out, xmlTextWriterStartElement(out->writer, BAD_CAST element));
}

void xml_out_close(XmlOut *out)
{
    check(out, xmlTextWriterEndElement(out->writer));
}

void xml_out_attribute(XmlOut *out, const char *name, const char *value)
{
    if (value)
        check(out, xmlTextWriterWriteAttribute(out->writer, BAD_CAST name, BAD_CAST value));
}

void xml_out_number(XmlOut *out, const char *name, gint64 value)
{
    g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT, value);
    xml_out_attribute(out, name, text);
}

void xml_out_seconds(XmlOut *out, const char *name, gint64 milliseconds)
{
    g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT ".%03d", milliseconds / 1000,
                                            (int)(milliseconds % 1000));
    xml_out_attribute(out, name, text);
}

void xml_out_text(XmlOut *out, const char *text)
{
    check(out, xmlTextWriterWriteString(out->writer, BAD_CAST text));
}

void xml_out_element(XmlOut *out, const char *element, const char *text)
{
    if (!text)
        return;
    xml_out_open(out, element);
    xml_out_text(out, text);
    xml_out_close(out);
}

bool xml_out_bytes(XmlOut *out, const char **ret_bytes, gsize *ret_length, GError **error)
{
    check(out, xmlTextWriterEndDocument(out->writer));
    check(out, xmlTextWriterFlush(out->writer));
    if (!out->writer) {
        g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_LAB,
                            "cannot make the report: out of memory");
        return false;
    }
    *ret_bytes = (const char *)xmlBufferContent(out->buffer);
    *ret_length = (gsize)xmlBufferLength(out->buffer);
    return true;
}

bool xml_out_finish(XmlOut *out, const char *path, GError **error)
{
    const char *bytes;
    gsize length;

    return xml_out_bytes(out, &bytes, &length, error) &&
           files_write_atomic(path, bytes, length, error);
}
