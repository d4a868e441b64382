/* SPDX-License-Identifier: GPL-2.0-or-later
 * report.html of every golden run folder: every case and finding is in it, the counts are the
 * report's, every link leads somewhere inside it or to evidence beside it, and what a guest wrote
 * is text. tests/html/ looks at the page in a browser.
 */
#include "report/report.h"

#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>
#include <libxml/HTMLparser.h>
#include <libxml/xpath.h>

#include "report/finding-text.h"
#include "util/cleanup.h"
#include "util/files.h"

static char *scratch;

static xmlXPathObject *evaluate(xmlDoc *page, const char *expression)
{
    xmlXPathContext *context = xmlXPathNewContext(page);
    xmlXPathObject *value = xmlXPathEvalExpression(BAD_CAST expression, context);

    g_assert_nonnull(value);
    xmlXPathFreeContext(context);
    return value;
}

static void G_GNUC_PRINTF(3, 4) assert_count(xmlDoc *page, guint expected, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *nodes = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_autofree char *expression = g_strdup_printf("count(%s)", nodes);
    xmlXPathObject *value = evaluate(page, expression);
    if ((guint)value->floatval != expected)
        g_error("%s is %g, not %u", expression, value->floatval, expected);
    xmlXPathFreeObject(value);
}

static char *text_of(xmlDoc *page, const char *expression)
{
    xmlXPathObject *value = evaluate(page, expression);
    xml_str text = xmlXPathCastToString(value);

    xmlXPathFreeObject(value);
    return g_strdup((const char *)text);
}

static xmlDoc *write_page(const Result *result, const char *folder)
{
    g_autofree char *path = g_build_filename(folder, "report.html", NULL);
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    gsize length;

    g_assert_true(report_write_html(result, path, &error));
    g_assert_no_error(error);
    g_assert_true(files_read(path, 64 << 20, &text, &length, &error));
    g_assert_cmpuint(strlen(text), ==, length);
    g_assert_true(g_utf8_validate(text, -1, NULL));
    g_assert_true(g_str_has_prefix(text, "<!DOCTYPE html"));
    xmlDoc *page = htmlReadMemory(text, (int)length, "report.html", "UTF-8",
                                  HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET);
    g_assert_nonnull(page);
    return page;
}

/* Only what report.xsl itself has: one script of ours, no handler, no frame, no address outside. */
static void check_markup(xmlDoc *page)
{
    assert_count(page, 1, "//script");
    assert_count(page, 0, "//script/@src");
    assert_count(page, 0, "//@*[starts-with(name(), 'on')]");
    assert_count(page, 0, "//iframe | //object | //embed | //base | //b/b | //testcase");
    assert_count(page, 1, "//link[@href='data:,']");
    assert_count(page, 1, "//link");
    assert_count(page, 0, "//img[not(starts-with(@src, 'data:image/png;base64,'))]");
    assert_count(page, 0, "//a[not(starts-with(@href, '#') or starts-with(@href, 'cases/'))]");
    assert_count(page, 0, "//img[not(@alt)]");
    assert_count(page, 0, "//table[not(caption)] | //table[not(.//th[@scope])]");
    assert_count(page, 1, "//main");
    assert_count(page, 1, "//h1");
    assert_count(page, 1, "//html[@lang='en']");
}

static void check_anchors(xmlDoc *page)
{
    xmlXPathObject *links = evaluate(page, "//a[starts-with(@href, '#')]/@href");
    g_autoptr(GHashTable) ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    xmlXPathObject *all = evaluate(page, "//@id");

    for (int i = 0; all->nodesetval && i < all->nodesetval->nodeNr; i++) {
        xml_str id = xmlNodeGetContent(all->nodesetval->nodeTab[i]);
        g_assert_true(g_hash_table_add(ids, g_strdup((const char *)id)));
    }
    for (int i = 0; links->nodesetval && i < links->nodesetval->nodeNr; i++) {
        xml_str href = xmlNodeGetContent(links->nodesetval->nodeTab[i]);
        if (!g_hash_table_contains(ids, href + 1))
            g_error("nothing has the id of %s", href);
    }
    xmlXPathFreeObject(links);
    xmlXPathFreeObject(all);
}

static void check_numbers(xmlDoc *page, const Result *result)
{
    g_autofree char *verdict = result_verdict(result);
    g_autofree char *said = text_of(page, "string(//p[@id='verdict']/span[2])");
    g_assert_cmpstr(said, ==, verdict);

    assert_count(page, result->cases->len, "//details[contains(@class, 'case')]");
    for (guint i = 0; i < CASE_STATES; i++) {
        const char *state = case_state_name((CaseState)i);
        g_autofree char *id = g_strdup_printf("string(//b[@id='count-%s'])", state);
        g_autofree char *number = g_strdup_printf("%u", result->counts[i]);
        g_autofree char *count = text_of(page, id);
        g_assert_cmpstr(count, ==, number);
        assert_count(page, result->counts[i], "//details[@data-state='%s']", state);
    }
    g_autofree char *reuse = g_strdup_printf("%u, by", result->reuse.saved);
    assert_count(page, result->reuse.saved > 0, "//dd[@id='reuse'][starts-with(., '%s')]", reuse);
    assert_count(page, result->reuse.used, "//p[contains(@class, 'began-with')]");
    /* A set of vendors on a test: each case stands in one cell of that table. */
    g_autofree char *cells = text_of(page, "string(sum(//table[@id='sets']//b))");
    g_autofree char *cases = g_strdup_printf("%u", result->cases->len);
    g_assert_cmpstr(cells, ==, cases);
}

static void check_cases(xmlDoc *page, const Result *result)
{
    g_autoptr(GHashTable) signatures = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    guint attempts = 0;

    for (guint i = 0; i < result->cases->len; i++) {
        const ResultCase *one = result->cases->pdata[i];
        const ResultAttempt *deciding = result_deciding_attempt(one);
        g_autofree char *expression = g_strdup_printf(
            "string(//details[@id='case-%u']/summary/span[contains(@class, 'id')])", i + 1);
        g_autofree char *id = text_of(page, expression);
        g_assert_cmpstr(id, ==, one->id);

        attempts += one->attempts->len;
        guint findings = deciding ? deciding->findings->len : 0;
        assert_count(page, findings, "//details[@id='case-%u']/summary/span[@class='short']/b",
                     i + 1);
        for (guint j = 0; j < findings; j++) {
            const ResultFinding *finding = deciding->findings->pdata[j];
            g_hash_table_add(signatures, finding_signature(finding));
            g_autofree char *summary = g_strdup_printf(
                "substring-after(//details[@id='case-%u']/summary/span[@class='short'][%u], ': ')",
                i + 1, j + 1);
            g_autofree char *told = text_of(page, summary);
            g_assert_cmpstr(told, ==, finding->summary);
        }
    }
    assert_count(page, attempts, "//div[@class='timeline']/svg[@role='img'][@aria-label]");
    assert_count(page, g_hash_table_size(signatures), "//article[@class='finding']");
}

static void test_run(gconstpointer folder)
{
    g_autoptr(Result) result = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_true(result_read(folder, &result, &error));
    g_assert_no_error(error);
    g_autoptr(xmlDoc) page = write_page(result, scratch);
    check_markup(page);
    check_anchors(page);
    check_numbers(page, result);
    check_cases(page, result);
}

/* --- evidence --- */

static const guint8 png[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0};

static char *make_run(const char *screen)
{
    static const char head[] =
        "\"t\":\"2026-11-22T10:31:07.000Z\",\"ms\":1,\"case\":\"t/g/none\",\"attempt\":1";
    char *folder = g_build_filename(scratch, "run", NULL);
    g_autofree char *cases = g_build_filename(folder, "cases", "t", NULL);
    g_autofree char *plan_path = g_build_filename(folder, "plan.json", NULL);
    g_autofree char *journal_path = g_build_filename(folder, "journal.ndjson", NULL);
    static const char plan[] = "{\"format\":1,\"scenario\":\"s\",\"cases\":[{\"id\":\"t/g/none\","
                               "\"test\":\"t\",\"title\":\"\",\"guest\":\"g\",\"vendors\":[],"
                               "\"parameters\":{},\"control\":true,\"why\":\"\"}]}";
    g_autofree char *journal = g_strdup_printf(
        "{\"t\":\"2026-11-22T10:31:07.000Z\",\"ms\":1,\"type\":\"run-begin\",\"format\":1,"
        "\"run\":\"r\",\"truce\":\"0.1.0\",\"scenario\":{\"name\":\"s\",\"title\":\"\","
        "\"file\":\"a b$(x)'.xml\"},\"host\":{},\"guests\":[],\"vendors\":[]}\n"
        "{\"t\":\"2026-11-22T10:31:07.000Z\",\"ms\":1,\"type\":\"case-begin\","
        "\"case\":\"t/g/none\"}\n"
        "{%s,\"type\":\"attempt-begin\"}\n"
        "{%s,\"type\":\"evidence\",\"kind\":\"screenshot\",\"outcome\":\"collected\","
        "\"file\":\"%s\",\"bytes\":9,\"sha256\":\"%064d\",\"reason\":null}\n"
        "{%s,\"type\":\"attempt-end\",\"state\":\"error\",\"reason\":\"r\",\"timings\":{}}\n",
        head, head, screen, 0, head);

    g_assert_true(files_make_folder(cases, NULL));
    g_assert_true(files_write_atomic(plan_path, plan, strlen(plan), NULL));
    g_assert_true(files_write_atomic(journal_path, journal, strlen(journal), NULL));
    return folder;
}

static xmlDoc *page_of_run(const char *run, const char *into)
{
    g_autoptr(Result) result = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_true(result_read(run, &result, &error));
    g_assert_no_error(error);
    return write_page(result, into);
}

/* A small picture in the run folder is embedded and linked, but linked only from that folder. */
static void test_screenshot(void)
{
    g_autofree char *run = make_run("cases/t/a #1%.png");
    g_autofree char *path = g_build_filename(run, "cases/t/a #1%.png", NULL);

    g_autoptr(xmlDoc) without = page_of_run(run, run);
    assert_count(without, 0, "//img | //a[starts-with(@href, 'cases/')]");
    g_assert_true(files_write_atomic(path, (const char *)png, sizeof png, NULL));
    g_autoptr(xmlDoc) with = page_of_run(run, run);
    assert_count(with, 1, "//img[@src='data:image/png;base64,iVBORw0KGgoA']");
    assert_count(with, 2, "//a[@href='cases/t/a%%20%%231%%25.png']");
    g_autoptr(xmlDoc) elsewhere = page_of_run(run, scratch);
    assert_count(elsewhere, 0, "//img | //a[starts-with(@href, 'cases/')]");
    g_assert_true(files_write_atomic(path, "<svg onload='x()'/>", 19, NULL));
    g_autoptr(xmlDoc) no_picture = page_of_run(run, run);
    assert_count(no_picture, 0, "//img");

    g_autofree char *command = text_of(with, "string(//title)");
    g_assert_cmpstr(command, ==, "s · r");
    files_remove_tree(run, NULL);
}

/* A link out of the run folder is neither followed nor shown. */
static void test_link_out(void)
{
    g_autofree char *run = make_run("cases/t/out.png");
    g_autofree char *path = g_build_filename(run, "cases/t/out.png", NULL);
    g_autofree char *outside = g_build_filename(scratch, "outside.png", NULL);

    g_assert_true(files_write_atomic(outside, (const char *)png, sizeof png, NULL));
    g_assert_cmpint(symlink(outside, path), ==, 0);
    g_autoptr(xmlDoc) page = page_of_run(run, run);
    assert_count(page, 0, "//img | //a[starts-with(@href, 'cases/')]");
    files_remove_tree(run, NULL);
}

#define CASE "truce run --case=evil/reference/alder "

/* The command of a finding is safe to paste, whatever the scenario is called. */
static void test_command(void)
{
    static const struct {
        const char *file, *command;
    } names[] = {{"scenarios/quick-start_1.xml", CASE "scenarios/quick-start_1.xml"},
                 {"-rf.xml", CASE "./-rf.xml"},
                 {"a b$(x)'.xml", CASE "'a b$(x)'\\''.xml'"},
                 {"", CASE "''"}};

    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(Result) result = NULL;
        g_autoptr(GError) error = NULL;
        g_assert_true(result_read(TRUCE_TEST_DATA "/runs/hostile", &result, &error));
        result->scenario_file = (char *)names[i].file;
        g_autoptr(xmlDoc) page = write_page(result, scratch);
        g_autofree char *command = text_of(page, "string(//pre[@class='command'])");
        g_assert_cmpstr(command, ==, names[i].command);
    }
}

/* A case that the run added is in no scenario: the case that it was added for is run again, from
 * where the scenario and the lab file were. */
static void test_command_of_added(void)
{
    g_autoptr(Result) result = NULL;

    g_assert_true(result_read(TRUCE_TEST_DATA "/runs/additions", &result, NULL));
    const ResultCase *planned = result->cases->pdata[0];
    for (guint i = 1; i < result->cases->len; i++)
        ((ResultCase *)result->cases->pdata[i])->parent = planned->id;
    result->scenario_path = (char *)"/srv/s.xml";
    result->lab_path = (char *)"/srv/lab.xml";
    g_autoptr(xmlDoc) page = write_page(result, scratch);
    g_autofree char *command = text_of(page, "string(//pre[@class='command'])");
    g_autofree char *expected =
        g_strdup_printf("truce run --lab=/srv/lab.xml --case=%s /srv/s.xml", planned->id);
    g_assert_cmpstr(command, ==, expected);
}

static void test_no_style(void)
{
    g_autoptr(Result) result = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(scratch, "none.html", NULL);

    g_assert_true(result_read(TRUCE_TEST_DATA "/runs/passed", &result, NULL));
    g_setenv("TRUCE_SHARE", scratch, TRUE);
    g_assert_false(report_write_html(result, path, &error));
    g_unsetenv("TRUCE_SHARE");
    g_assert_nonnull(error);
    g_assert_nonnull(strstr(error->message, "report.xsl"));
    g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
}

/* A style sheet reads and writes nothing. Its twin, which only counts, works. */
static void test_no_files(void)
{
    static const char frame[] =
        "<xsl:stylesheet version='1.0' xmlns:xsl='http://www.w3.org/1999/XSL/Transform' "
        "xmlns:exsl='http://exslt.org/common' extension-element-prefixes='exsl'>"
        "<xsl:template match='/'><html><body>%s</body></html></xsl:template></xsl:stylesheet>";
    g_autofree char *secret = g_build_filename(scratch, "secret.xml", NULL);
    g_autofree char *written = g_build_filename(scratch, "written.xml", NULL);
    g_autofree char *read = g_strdup_printf("<xsl:copy-of select='document(\"%s\")'/>", secret);
    g_autofree char *write = g_strdup_printf("<exsl:document href='%s'>x</exsl:document>", written);
    const char *const bodies[] = {"<xsl:value-of select='count(//case)'/>", read, write};
    g_autofree char *folder = g_build_filename(scratch, "reports", NULL);
    g_autofree char *sheet = g_build_filename(folder, "report.xsl", NULL);
    g_autofree char *css = g_build_filename(folder, "report.css", NULL);
    g_autofree char *script = g_build_filename(folder, "report.js", NULL);
    g_autofree char *path = g_build_filename(scratch, "report.html", NULL);
    g_autoptr(Result) result = NULL;

    g_assert_true(result_read(TRUCE_TEST_DATA "/runs/passed", &result, NULL));
    g_assert_true(files_make_folder(folder, NULL));
    g_assert_true(files_write_atomic(secret, "<a>the secret</a>", 17, NULL));
    g_assert_true(files_write_atomic(css, "", 0, NULL));
    g_assert_true(files_write_atomic(script, "", 0, NULL));
    g_setenv("TRUCE_SHARE", scratch, TRUE);
    for (guint i = 0; i < G_N_ELEMENTS(bodies); i++) {
        g_autofree char *text = g_strdup_printf(frame, bodies[i]);
        g_autofree char *page = NULL;
        gsize length;
        g_remove(path);
        g_assert_true(files_write_atomic(sheet, text, strlen(text), NULL));
        bool done = report_write_html(result, path, NULL);
        if (i == 0)
            g_assert_true(done);
        if (done && files_read(path, 1 << 20, &page, &length, NULL))
            g_assert_null(strstr(page, "the secret"));
    }
    g_unsetenv("TRUCE_SHARE");
    g_assert_false(g_file_test(written, G_FILE_TEST_EXISTS));
}

static void add_runs(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    g_assert_nonnull(dir);
    while ((name = g_dir_read_name(dir))) {
        g_autofree char *test = g_strdup_printf("/html/run/%s", name);
        g_test_add_data_func_full(test, g_build_filename(folder, name, NULL), test_run, g_free);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    scratch = g_dir_make_tmp("truce-html-XXXXXX", NULL);
    g_assert_nonnull(scratch);
    add_runs(TRUCE_TEST_DATA "/runs");
    add_runs(TRUCE_SOURCE_DIR "/reports/samples");
    g_test_add_func("/html/screenshot", test_screenshot);
    g_test_add_func("/html/link-out", test_link_out);
    g_test_add_func("/html/command", test_command);
    g_test_add_func("/html/command-of-added", test_command_of_added);
    g_test_add_func("/html/no-style", test_no_style);
    g_test_add_func("/html/no-files", test_no_files);
    int status = g_test_run();
    files_remove_tree(scratch, NULL);
    g_free(scratch);
    xmlCleanupParser();
    return status;
}
