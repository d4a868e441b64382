/* SPDX-License-Identifier: GPL-2.0-or-later
 * Writing an XML file.
 */
#include "report/xml-out.h"

#include <math.h>

#include <libxml/xmlwriter.h>

#include "util/error.h"
#include "util/file-out.h"

struct XmlOut {
    xmlBuffer *buffer;     /* in memory, or … */
    FileOut *file;         /* … into a file */
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

static void start(XmlOut *out)
{
    if (!out->writer)
        return;
    check(out, xmlTextWriterSetIndent(out->writer, 1));
    check(out, xmlTextWriterSetIndentString(out->writer, BAD_CAST "  "));
    check(out, xmlTextWriterStartDocument(out->writer, "1.0", "UTF-8", NULL));
}

XmlOut *xml_out_new(void)
{
    XmlOut *out = g_new0(XmlOut, 1);

    out->buffer = xmlBufferCreate();
    out->writer = out->buffer ? xmlNewTextWriterMemory(out->buffer, 0) : NULL;
    start(out);
    return out;
}

/* A failure is kept by the file and told at its end. */
static int write_to_file(void *data, const char *bytes, int length)
{
    file_out_write(data, bytes, (gsize)length);
    return length;
}

bool xml_out_new_file(const char *path, XmlOut **ret_out, GError **error)
{
    g_autoptr(FileOut) file = NULL;

    if (!file_out_new(path, &file, error))
        return false;
    XmlOut *out = g_new0(XmlOut, 1);
    out->file = g_steal_pointer(&file);
    xmlOutputBuffer *buffer = xmlOutputBufferCreateIO(write_to_file, NULL, out->file, NULL);
    out->writer = buffer ? xmlNewTextWriter(buffer) : NULL;
    if (!out->writer)
        xmlOutputBufferClose(buffer);
    start(out);
    *ret_out = out;
    return true;
}

void xml_out_free(XmlOut *out)
{
    if (!out)
        return;
    xmlFreeTextWriter(out->writer); /* writes what it holds: before the file */
    file_out_free(out->file);
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

void xml_out_real(XmlOut *out, const char *name, double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    if (isfinite(value))
        xml_out_attribute(out, name, g_ascii_formatd(text, sizeof text, "%.15g", value));
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

static bool finish(XmlOut *out, GError **error)
{
    check(out, xmlTextWriterEndDocument(out->writer));
    check(out, xmlTextWriterFlush(out->writer));
    if (!out->writer)
        g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_LAB,
                            "cannot make the report: out of memory");
    return out->writer != NULL;
}

bool xml_out_bytes(XmlOut *out, const char **ret_bytes, gsize *ret_length, GError **error)
{
    if (!finish(out, error))
        return false;
    *ret_bytes = (const char *)xmlBufferContent(out->buffer);
    *ret_length = (gsize)xmlBufferLength(out->buffer);
    return true;
}

bool xml_out_finish(XmlOut *out, GError **error)
{
    return finish(out, error) && file_out_commit(out->file, error);
}
