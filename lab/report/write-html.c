/* SPDX-License-Identifier: GPL-2.0-or-later
 * Writes report.html by reports/report.xsl, in pieces, so that its memory does not grow with the
 * number of cases: first the page from the head of report.xml and what report/page.h adds, then,
 * wherever the page has the mark `<!--cases N-->`, the list of the cases of test N, LIST_CASES of
 * them at a time, each list a document of its own:
 *
 *   <list><case …/>…</list>
 *
 * Its cases are those of report.xml, with attributes and elements that report.xml does not have:
 *
 *   case/@anchor        `case-12`, by the plan's order
 *   case/@set           the vendors in install order, `alder then birch`, or `no vendor`
 *   finding/@group      the number of its group
 *   evidence/@href, item/@href   an escaped relative URI, where the file lies beside report.html
 *   item/@image         a data: URI, for a small screenshot of an attempt that did not pass
 *   attempt/curve       one a metric that was sampled (report/curve.h)
 */
#include "report/report.h"

#include <stdlib.h>
#include <string.h>

#include "report/curve.h"
#include "report/page.h"
#include "report/style.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/file-out.h"
#include "util/files.h"

#define CASES_MAX 10000             /* listed in the page; a browser lays out no more without lag */
#define LIST_CASES 100              /* in one document */
#define IMAGE_BYTES_MAX (64 * 1024) /* larger screenshots are linked */
#define IMAGES_BYTES_MAX (8 * 1024 * 1024) /* of all in one page */

typedef struct {
    const Result *result;
    Page *page;
    Controls *controls;
    xsltStylesheet *style;
    char *folder;       /* the run folder, resolved; NULL: link and embed nothing */
    GHashTable *images; /* SHA-256 of those embedded in this attempt */
    gsize image_bytes;
    const ResultCase *result_case; /* under way … */
    const ResultAttempt *attempt;  /* … or NULL */
} Html;

/* --- links and pictures --- */

/* The file's own path, where it is a file that lies in the run folder also behind links. */
static char *resolve(const Html *html, const char *file)
{
    if (!html->folder)
        return NULL;
    g_autofree char *path = g_build_filename(html->folder, file, NULL);
    char *resolved = realpath(path, NULL);
    gsize length = strlen(html->folder);

    if (resolved && strncmp(resolved, html->folder, length) == 0 &&
        resolved[length] == G_DIR_SEPARATOR && g_file_test(resolved, G_FILE_TEST_IS_REGULAR))
        return resolved;
    free(resolved);
    return NULL;
}

static void embed(Html *html, XmlOut *out, const ResultEvidence *item, const char *path)
{
    static const char signature[] = "\x89PNG\r\n\x1a\n";
    g_autofree char *bytes = NULL;
    gsize length;

    if (!item->sha256 || g_hash_table_contains(html->images, item->sha256) ||
        !files_read(path, IMAGE_BYTES_MAX, &bytes, &length, NULL) ||
        html->image_bytes + length > IMAGES_BYTES_MAX || length < sizeof signature ||
        memcmp(bytes, signature, sizeof signature - 1) != 0)
        return;
    g_autofree char *base64 = g_base64_encode((const guchar *)bytes, length);
    g_autofree char *uri = g_strconcat("data:image/png;base64,", base64, NULL);
    xml_out_attribute(out, "image", uri);
    html->image_bytes += length;
    g_hash_table_add(html->images, g_strdup(item->sha256));
}

static void add_file(XmlOut *out, const char *file, const ResultEvidence *item, gpointer data)
{
    Html *html = data;
    char *path = resolve(html, file);

    if (!path)
        return;
    g_autofree char *href = g_uri_escape_string(file, "/+@", FALSE);
    xml_out_attribute(out, "href", href);
    if (item && html->attempt && html->attempt->state != CASE_PASSED &&
        g_str_equal(item->kind, "screenshot"))
        embed(html, out, item, path);
    free(path);
}

/* --- cases --- */

static void add_to_case(XmlOut *out, const ResultCase *result_case, gpointer data)
{
    Html *html = data;
    g_autofree char *anchor = g_strdup_printf("case-%u", page_number(html->page, result_case));
    g_autofree char *set = page_set(result_case);

    html->result_case = result_case;
    xml_out_attribute(out, "anchor", anchor);
    xml_out_attribute(out, "set", set);
}

static void begin_attempt(XmlOut *out, const ResultAttempt *attempt, gpointer data)
{
    Html *html = data;
    (void)out;

    html->attempt = attempt;
    g_hash_table_remove_all(html->images);
}

static void add_to_finding(XmlOut *out, const ResultFinding *finding, gpointer data)
{
    guint group = page_group(((const Html *)data)->page, finding);

    if (group > 0)
        xml_out_number(out, "group", group);
}

static void add_curves(XmlOut *out, const ResultAttempt *attempt, gpointer data)
{
    const Html *html = data;

    curves_write(out, attempt, controls_of(html->controls, html->result_case));
}

static XmlExtras extras_of(Html *html)
{
    return (XmlExtras){
        .on_case = add_to_case,
        .on_attempt = begin_attempt,
        .on_finding = add_to_finding,
        .on_file = add_file,
        .in_attempt = add_curves,
        .data = html,
    };
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

/* --- the pieces --- */

static bool build_page(Html *html, xmlChar **ret_text, int *ret_length, GError **error)
{
    g_autoptr(XmlOut) out = xml_out_new();
    const XmlExtras extras = extras_of(html);

    report_xml_head(out, html->result);
    page_write(html->page, out, &extras);
    return style_apply(html->style, out, true, ret_text, ret_length, error);
}

/* The next cases from *index on; *index goes behind them. */
static bool write_list(Html *html, const GPtrArray *cases, guint *index, FileOut *file,
                       GError **error)
{
    g_autoptr(XmlOut) out = xml_out_new();
    const XmlExtras extras = extras_of(html);
    xml_str text = NULL;
    int length;
    guint taken = 0;

    xml_out_open(out, "list");
    for (; *index < cases->len && taken < LIST_CASES; (*index)++) {
        ResultCase *result_case = cases->pdata[*index];
        if (page_number(html->page, result_case) == 0)
            continue;
        if (!result_load(html->result, result_case, error))
            return false;
        report_xml_case(out, result_case, &extras);
        result_unload(result_case);
        taken++;
    }
    html->attempt = NULL;
    if (taken == 0)
        return true;
    if (!style_apply(html->style, out, false, &text, &length, error))
        return false;
    file_out_write(file, (const char *)text, (gsize)length);
    return true;
}

static bool write_pieces(Html *html, const char *text, FileOut *file, GError **error)
{
    static const char mark[] = "<!--cases ";
    g_autoptr(GPtrArray) tests = result_tests(html->result);
    const char *at;

    for (; (at = strstr(text, mark)); text = strstr(at, "-->") + strlen("-->")) {
        guint64 number = g_ascii_strtoull(at + strlen(mark), NULL, 10);
        file_out_write(file, text, (gsize)(at - text));
        g_assert(number > 0 && number <= tests->len);
        const GPtrArray *cases = tests->pdata[number - 1];
        for (guint i = 0; i < cases->len;)
            if (!write_list(html, cases, &i, file, error))
                return false;
    }
    file_out_text(file, text);
    return true;
}

static bool write_all(Html *html, const char *path, GError **error)
{
    g_autoptr(FileOut) file = NULL;
    xml_str text = NULL;
    int length;

    if (!style_read("report.xsl", &html->style, error) ||
        !build_page(html, &text, &length, error) || !file_out_new(path, &file, error))
        return false;
    return write_pieces(html, (const char *)text, file, error) && file_out_commit(file, error);
}

bool report_write_html(const Result *result, const char *path, GError **error)
{
    Html html = {
        .result = result,
        .page = page_new(result, CASES_MAX),
        .controls = controls_new(result),
        .folder = folder_of_links(result, path),
        .images = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
    };
    bool done = write_all(&html, path, error);
    page_free(html.page);
    controls_free(html.controls);
    xsltFreeStylesheet(html.style);
    free(html.folder);
    g_hash_table_unref(html.images);
    return done;
}
