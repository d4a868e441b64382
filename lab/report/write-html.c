/* SPDX-License-Identifier: GPL-2.0-or-later
 * Writes report.html: reports/report.xsl applied to the document of report.xml, in memory.
 *
 * What a style sheet cannot know is put into the document first, as attributes that report.xml does
 * not have:
 *
 *   report/@command     the shell command that runs the scenario again
 *   case/@anchor        `case-12`, by the plan's order
 *   case/@set           the vendors in install order, `alder then birch`, or `no vendor`
 *   finding/@group      a number, the same for the same signature, in the order of first sight
 *   evidence/@href, item/@href   an escaped relative URI, where the file lies beside report.html
 *   item/@image         a data: URI, for a small screenshot of an attempt that did not pass
 *
 * The style sheet gets report.css and report.js as parameters, and the script's SHA-256, so that
 * the page's own Content-Security-Policy allows this script and no other. It runs without leave to
 * read, write or fetch anything.
 */
#include "report/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libexslt/exslt.h>
#include <libxslt/security.h>
#include <libxslt/transform.h>
#include <libxslt/variables.h>
#include <libxslt/xsltutils.h>

#include "report/write-xml.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/files.h"

#define IMAGE_BYTES_MAX (64 * 1024)        /* larger screenshots are linked */
#define IMAGES_BYTES_MAX (8 * 1024 * 1024) /* of all in one page */
#define STYLE_BYTES_MAX (1024 * 1024)      /* of report.xsl, .css and .js each */

G_DEFINE_AUTOPTR_CLEANUP_FUNC(xsltStylesheet, xsltFreeStylesheet)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(xsltTransformContext, xsltFreeTransformContext)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(xsltSecurityPrefs, xsltFreeSecurityPrefs)

typedef struct {
    char *folder;       /* the run folder, resolved; NULL: link and embed nothing */
    GHashTable *groups; /* signature → number */
    GHashTable *images; /* SHA-256 of those embedded in this attempt */
    gsize image_bytes;
} Decoration;

static bool is_element(const xmlNode *node, const char *name)
{
    return node->type == XML_ELEMENT_NODE && g_str_equal((const char *)node->name, name);
}

static void set(xmlNode *node, const char *name, const char *value)
{
    xmlNewProp(node, BAD_CAST name, BAD_CAST value);
}

/* --- links and pictures --- */

/* The file's own path, where it is a file that lies in the run folder also behind links. */
static char *resolve(const Decoration *decoration, const char *file)
{
    if (!decoration->folder)
        return NULL;
    g_autofree char *path = g_build_filename(decoration->folder, file, NULL);
    char *resolved = realpath(path, NULL);
    gsize length = strlen(decoration->folder);

    if (resolved && strncmp(resolved, decoration->folder, length) == 0 &&
        resolved[length] == G_DIR_SEPARATOR && g_file_test(resolved, G_FILE_TEST_IS_REGULAR))
        return resolved;
    free(resolved);
    return NULL;
}

static void link_to(xmlNode *node, const char *file)
{
    g_autofree char *href = g_uri_escape_string(file, "/+@", FALSE);
    set(node, "href", href);
}

static void embed(Decoration *decoration, xmlNode *item, const char *path)
{
    static const char signature[] = "\x89PNG\r\n\x1a\n";
    g_autofree char *bytes = NULL;
    gsize length;
    xml_str sha256 = xmlGetProp(item, BAD_CAST "sha256");

    if (!sha256 || g_hash_table_contains(decoration->images, sha256) ||
        !files_read(path, IMAGE_BYTES_MAX, &bytes, &length, NULL) ||
        decoration->image_bytes + length > IMAGES_BYTES_MAX || length < sizeof signature ||
        memcmp(bytes, signature, sizeof signature - 1) != 0)
        return;
    g_autofree char *base64 = g_base64_encode((const guchar *)bytes, length);
    g_autofree char *uri = g_strconcat("data:image/png;base64,", base64, NULL);
    set(item, "image", uri);
    decoration->image_bytes += length;
    g_hash_table_add(decoration->images, g_strdup((const char *)sha256));
}

static void decorate_item(Decoration *decoration, xmlNode *item, bool passed)
{
    xml_str file = xmlGetProp(item, BAD_CAST "file");
    xml_str kind = xmlGetProp(item, BAD_CAST "kind");
    char *path = file ? resolve(decoration, (const char *)file) : NULL;

    if (!path)
        return;
    link_to(item, (const char *)file);
    if (!passed && kind && g_str_equal((const char *)kind, "screenshot"))
        embed(decoration, item, path);
    free(path);
}

/* --- cases --- */

static void decorate_finding(Decoration *decoration, xmlNode *finding)
{
    xml_str signature = xmlGetProp(finding, BAD_CAST "signature");
    gpointer number = g_hash_table_lookup(decoration->groups, signature);

    if (!number) {
        number = GUINT_TO_POINTER(g_hash_table_size(decoration->groups) + 1);
        g_hash_table_insert(decoration->groups, g_strdup((const char *)signature), number);
    }
    g_autofree char *group = g_strdup_printf("%u", GPOINTER_TO_UINT(number));
    set(finding, "group", group);

    for (xmlNode *child = finding->children; child; child = child->next) {
        if (!is_element(child, "evidence"))
            continue;
        xml_str file = xmlNodeGetContent(child);
        char *path = resolve(decoration, (const char *)file);
        if (path)
            link_to(child, (const char *)file);
        free(path);
    }
}

static void decorate_attempt(Decoration *decoration, xmlNode *attempt)
{
    xml_str state = xmlGetProp(attempt, BAD_CAST "state");
    bool passed = state && g_str_equal((const char *)state, case_state_name(CASE_PASSED));

    g_hash_table_remove_all(decoration->images);
    for (xmlNode *part = attempt->children; part; part = part->next) {
        for (xmlNode *item = part->children; item; item = item->next) {
            if (is_element(item, "finding"))
                decorate_finding(decoration, item);
            else if (is_element(item, "item"))
                decorate_item(decoration, item, passed);
        }
    }
}

static void decorate_case(Decoration *decoration, xmlNode *node, guint number)
{
    g_autofree char *anchor = g_strdup_printf("case-%u", number);
    g_autoptr(GString) vendors = g_string_new(NULL);

    for (xmlNode *child = node->children; child; child = child->next) {
        if (is_element(child, "attempt")) {
            decorate_attempt(decoration, child);
        } else if (is_element(child, "vendor")) {
            xml_str name = xmlGetProp(child, BAD_CAST "name");
            g_string_append_printf(vendors, "%s%s", vendors->len ? " then " : "",
                                   (const char *)name);
        }
    }
    set(node, "anchor", anchor);
    set(node, "set", vendors->len ? vendors->str : "no vendor");
}

static void decorate_command(xmlNode *report, const Result *result)
{
    const char *file = result->scenario_file;
    bool plain = *file && *file != '-' &&
                 strspn(file, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                              "0123456789._+@/-") == strlen(file);
    g_autofree char *safe = *file == '-' ? g_strconcat("./", file, NULL) : g_strdup(file);
    g_autofree char *quoted = plain ? g_strdup(file) : g_shell_quote(safe);
    g_autofree char *command = g_strconcat("truce run ", quoted, NULL);

    set(report, "command", command);
}

/* Relative links hold only for a page that lies in the run folder. */
static char *folder_of_links(const Result *result, const char *path)
{
    g_autofree char *parent = g_path_get_dirname(path);
    char *folder = result->folder ? realpath(result->folder, NULL) : NULL;
    char *target = realpath(parent, NULL);
    bool same = folder && target && strcmp(folder, target) == 0;

    free(target);
    if (same)
        return folder;
    free(folder);
    return NULL;
}

static void decorate(xmlDoc *doc, const Result *result, const char *path)
{
    Decoration decoration = {
        .folder = folder_of_links(result, path),
        .groups = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
        .images = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
    };
    xmlNode *report = xmlDocGetRootElement(doc);
    guint number = 0;

    decorate_command(report, result);
    for (xmlNode *part = report->children; part; part = part->next) {
        if (!is_element(part, "cases"))
            continue;
        for (xmlNode *node = part->children; node; node = node->next)
            if (is_element(node, "case"))
                decorate_case(&decoration, node, ++number);
    }
    free(decoration.folder);
    g_hash_table_unref(decoration.groups);
    g_hash_table_unref(decoration.images);
}

/* --- the style sheet --- */

static bool read_style(const char *name, char **ret_text, gsize *ret_length, GError **error)
{
    g_autofree char *sub = g_build_filename("reports", name, NULL);
    g_autofree char *path = files_share_path(sub);
    g_autoptr(GError) cause = NULL;

    if (files_read(path, STYLE_BYTES_MAX, ret_text, ret_length, &cause))
        return true;
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "report.html cannot be made: %s",
                cause->message);
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

static bool parse_style(xsltStylesheet **ret_style, GError **error)
{
    g_autofree char *text = NULL;
    gsize length;

    if (!read_style("report.xsl", &text, &length, error))
        return false;
    xmlDoc *doc = xmlReadMemory(text, (int)length, "report.xsl", NULL,
                                XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    xsltStylesheet *style = doc ? xsltParseStylesheetDoc(doc) : NULL;
    if (!style) {
        xmlFreeDoc(doc);
        g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_LAB,
                            "report.html cannot be made: report.xsl is no XSLT style sheet");
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
                        "report.html cannot be made: out of memory");
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

static bool apply(xsltStylesheet *style, xmlDoc *doc, xmlChar **ret_text, int *ret_length,
                  GError **error)
{
    g_autoptr(xsltSecurityPrefs) prefs = forbid_all();
    g_autoptr(xsltTransformContext) context = xsltNewTransformContext(style, doc);
    g_autoptr(GString) words = g_string_new(NULL);

    xsltSetTransformErrorFunc(context, words, keep_words);
    if (!prefs || xsltSetCtxtSecurityPrefs(prefs, context) != 0) {
        g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_LAB,
                            "report.html cannot be made: libxslt has no security preferences");
        return false;
    }
    if (!pass_files(context, error))
        return false;
    g_autoptr(xmlDoc) page = xsltApplyStylesheetUser(style, doc, NULL, NULL, NULL, context);
    if (!page || context->state != XSLT_STATE_OK ||
        xsltSaveResultToString(ret_text, ret_length, page, style) != 0 || !*ret_text) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "report.html cannot be made: %s",
                    words->len ? words->str : "out of memory");
        return false;
    }
    return true;
}

static bool build_document(const Result *result, const char *path, xmlDoc **ret_doc, GError **error)
{
    g_autoptr(XmlOut) out = report_xml_build(result);
    const char *bytes;
    gsize length;

    if (!xml_out_bytes(out, &bytes, &length, error))
        return false;
    xmlDoc *doc = length > G_MAXINT ? NULL
                                    : xmlReadMemory(bytes, (int)length, "report.xml", NULL,
                                                    XML_PARSE_NONET | XML_PARSE_HUGE);
    if (!doc) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB,
                    "report.html cannot be made: a report of %" G_GSIZE_FORMAT
                    " bytes is too large for it",
                    length);
        return false;
    }
    decorate(doc, result, path);
    *ret_doc = doc;
    return true;
}

bool report_write_html(const Result *result, const char *path, GError **error)
{
    static gsize registered;
    g_autoptr(xsltStylesheet) style = NULL;
    g_autoptr(xmlDoc) doc = NULL;
    xml_str text = NULL;
    int length;

    if (g_once_init_enter(&registered)) {
        exsltCommonRegister();
        exsltDateRegister();
        exsltSetsRegister();
        g_once_init_leave(&registered, 1);
    }
    if (!parse_style(&style, error) || !build_document(result, path, &doc, error) ||
        !apply(style, doc, &text, &length, error))
        return false;
    return files_write_atomic(path, (const char *)text, (gsize)length, error);
}
