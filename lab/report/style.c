/* SPDX-License-Identifier: GPL-2.0-or-later
 * Pages from documents, by the XSLT style sheets that ship.
 */
#include "report/style.h"

#include <string.h>

#include <libexslt/exslt.h>
#include <libxslt/security.h>
#include <libxslt/transform.h>
#include <libxslt/variables.h>
#include <libxslt/xsltutils.h>

#include "util/error.h"
#include "util/files.h"

#define STYLE_BYTES_MAX (1024 * 1024) /* of a style sheet, .css and .js each */

G_DEFINE_AUTOPTR_CLEANUP_FUNC(xsltTransformContext, xsltFreeTransformContext)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(xsltSecurityPrefs, xsltFreeSecurityPrefs)

static bool read_style(const char *name, char **ret_text, gsize *ret_length, GError **error)
{
    g_autofree char *sub = g_build_filename("reports", name, NULL);
    g_autofree char *path = files_share_path(sub);
    g_autoptr(GError) cause = NULL;

    if (files_read(path, STYLE_BYTES_MAX, ret_text, ret_length, &cause))
        return true;
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "the page cannot be made: %s", cause->message);
    return false;
}

/* Keeps the first of libxslt's words, on one line. */
static void G_GNUC_PRINTF(2, 3) keep_words(void *data, const char *format, ...)
{
    GString *words = data;
    va_list arguments;

    va_start(arguments, format);
    if (words->len < 400)
        g_string_append_vprintf(words, format, arguments);
    va_end(arguments);
    g_strdelimit(words->str, "\n", ' ');
}

bool style_read(const char *name, xsltStylesheet **ret_style, GError **error)
{
    static gsize registered;
    g_autofree char *text = NULL;
    gsize length;

    if (g_once_init_enter(&registered)) {
        exsltCommonRegister();
        exsltDateRegister();
        g_once_init_leave(&registered, 1);
    }
    if (!read_style(name, &text, &length, error))
        return false;
    xmlDoc *doc = xmlReadMemory(text, (int)length, name, NULL,
                                XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    xsltStylesheet *style = doc ? xsltParseStylesheetDoc(doc) : NULL;
    if (!style) {
        xmlFreeDoc(doc);
        g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_LAB,
                            "the page cannot be made: its style sheet is no XSLT");
        return false;
    }
    *ret_style = style;
    return true;
}

static char *script_hash(const char *script, gsize length)
{
    guint8 digest[32];
    gsize digest_length = sizeof digest;
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);

    g_checksum_update(checksum, (const guchar *)script, (gssize)length);
    g_checksum_get_digest(checksum, digest, &digest_length);
    g_autofree char *base64 = g_base64_encode(digest, digest_length);
    return g_strconcat("sha256-", base64, NULL);
}

static bool pass_files(xsltTransformContext *context, GError **error)
{
    g_autofree char *css = NULL, *script = NULL;
    gsize css_length, script_length;

    if (!read_style("report.css", &css, &css_length, error) ||
        !read_style("report.js", &script, &script_length, error))
        return false;
    g_autofree char *hash = script_hash(script, script_length);
    if (xsltQuoteOneUserParam(context, BAD_CAST "css", BAD_CAST css) == 0 &&
        xsltQuoteOneUserParam(context, BAD_CAST "script", BAD_CAST script) == 0 &&
        xsltQuoteOneUserParam(context, BAD_CAST "script-hash", BAD_CAST hash) == 0)
        return true;
    g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_LAB,
                        "the page cannot be made: out of memory");
    return false;
}

static xsltSecurityPrefs *forbid_all(void)
{
    static const xsltSecurityOption options[] = {
        XSLT_SECPREF_READ_FILE, XSLT_SECPREF_WRITE_FILE, XSLT_SECPREF_CREATE_DIRECTORY,
        XSLT_SECPREF_READ_NETWORK, XSLT_SECPREF_WRITE_NETWORK};
    xsltSecurityPrefs *prefs = xsltNewSecurityPrefs();

    for (guint i = 0; i < G_N_ELEMENTS(options); i++)
        xsltSetSecurityPrefs(prefs, options[i], xsltSecurityForbid);
    return prefs;
}

/* A list is a piece of a page: it has no document type. */
static void drop_document_type(xmlDoc *page)
{
    xmlDtd *type = xmlGetIntSubset(page);

    if (type) {
        xmlUnlinkNode((xmlNode *)type);
        xmlFreeDtd(type);
    }
}

static bool apply(xsltStylesheet *style, xmlDoc *doc, bool whole, xmlChar **ret_text,
                  int *ret_length, GError **error)
{
    g_autoptr(xsltSecurityPrefs) prefs = forbid_all();
    g_autoptr(xsltTransformContext) context = xsltNewTransformContext(style, doc);
    g_autoptr(GString) words = g_string_new(NULL);

    xsltSetTransformErrorFunc(context, words, keep_words);
    if (!prefs || xsltSetCtxtSecurityPrefs(prefs, context) != 0) {
        g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_LAB,
                            "the page cannot be made: libxslt has no security preferences");
        return false;
    }
    if (whole && !pass_files(context, error))
        return false;
    g_autoptr(xmlDoc) page = xsltApplyStylesheetUser(style, doc, NULL, NULL, NULL, context);
    if (page && !whole)
        drop_document_type(page);
    if (!page || context->state != XSLT_STATE_OK ||
        xsltSaveResultToString(ret_text, ret_length, page, style) != 0 || !*ret_text) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "the page cannot be made: %s",
                    words->len ? words->str : "out of memory");
        return false;
    }
    return true;
}

bool style_apply(xsltStylesheet *style, XmlOut *out, bool whole, xmlChar **ret_text,
                 int *ret_length, GError **error)
{
    const char *bytes;
    gsize length;

    if (!xml_out_bytes(out, &bytes, &length, error))
        return false;
    g_autoptr(xmlDoc) doc = length > G_MAXINT
                                ? NULL
                                : xmlReadMemory(bytes, (int)length, "report.xml", NULL,
                                                XML_PARSE_NONET | XML_PARSE_HUGE);
    if (!doc) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB,
                    "the page cannot be made: a part of %" G_GSIZE_FORMAT
                    " bytes is too large for it",
                    length);
        return false;
    }
    return apply(style, doc, whole, ret_text, ret_length, error);
}
