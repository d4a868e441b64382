/* SPDX-License-Identifier: GPL-2.0-or-later
 * The writers of reports: golden run folders, the schema, and that all reports say the same.
 *
 * TRUCE_TEST_REGENERATE=1 rewrites the golden reports; review the difference.
 */
#include "report/finding-text.h"
#include "report/report.h"

#include <string.h>

#include <libxml/xmlschemas.h>
#include <libxml/xpath.h>

#include "util/files.h"
#include "util/json.h"

typedef struct {
    const char *folder;
    Result *result;
    cJSON *json;
    xmlDoc *xml;
    xmlDoc *junit;
} Reports;

static char *scratch;

static char *read_text(const char *folder, const char *file)
{
    g_autofree char *path = g_build_filename(folder, file, NULL);
    g_autoptr(GError) error = NULL;
    char *text;
    gsize length;

    g_assert_true(files_read(path, 64 << 20, &text, &length, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(strlen(text), ==, length);
    return text;
}

static void compare_with_golden(const char *folder, const char *file, const char *text)
{
    if (g_getenv("TRUCE_TEST_REGENERATE")) {
        g_autofree char *path = g_build_filename(folder, file, NULL);
        g_autoptr(GError) error = NULL;
        files_write_atomic(path, text, strlen(text), &error);
        g_assert_no_error(error);
        return;
    }
    g_autofree char *golden = read_text(folder, file);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_auto(GStrv) golden_lines = g_strsplit(golden, "\n", -1);
    for (guint i = 0; lines[i] || golden_lines[i]; i++)
        if (g_strcmp0(lines[i], golden_lines[i]) != 0)
            g_error("%s/%s:%u: the line is now\n%s", folder, file, i + 1,
                    lines[i] ? lines[i] : "missing");
}

static xmlDoc *read_xml(const char *file)
{
    g_autofree char *path = g_build_filename(scratch, file, NULL);
    xmlDoc *doc = xmlReadFile(path, NULL, XML_PARSE_NONET);
    g_assert_nonnull(doc);
    return doc;
}

static void write_reports(Reports *reports)
{
    g_autoptr(GError) error = NULL;

    for (const ReportWriter *writer = report_writers; writer->format; writer++) {
        g_autofree char *path = g_build_filename(scratch, writer->file, NULL);
        g_assert_true(report_writer(writer->format) == writer);
        g_assert_true(writer->write(reports->result, path, &error));
        g_assert_no_error(error);
        g_autofree char *text = read_text(scratch, writer->file);
        g_assert_true(g_utf8_validate(text, -1, NULL));
        if (!g_str_equal(writer->format, "html")) /* test-html.c looks at what it says */
            compare_with_golden(reports->folder, writer->file, text);
    }
    g_autofree char *json_path = g_build_filename(scratch, "report.json", NULL);
    g_assert_true(json_read_file(json_path, 64 << 20, &reports->json, &error));
    g_assert_no_error(error);
    reports->xml = read_xml("report.xml");
    reports->junit = read_xml("junit.xml");
}

/* --- all reports say the same --- */

static char *evaluate(xmlDoc *doc, const char *expression)
{
    xmlXPathContext *context = xmlXPathNewContext(doc);
    xmlXPathObject *value = xmlXPathEvalExpression(BAD_CAST expression, context);
    g_assert_nonnull(value);
    xml_str text = xmlXPathCastToString(value);
    xmlXPathFreeObject(value);
    xmlXPathFreeContext(context);
    return g_strdup((const char *)text);
}

static void G_GNUC_PRINTF(3, 4)
    assert_xpath(xmlDoc *doc, const char *expected, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *expression = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_autofree char *value = evaluate(doc, expression);
    if (g_strcmp0(value, expected) != 0)
        g_error("%s is '%s', not '%s'", expression, value, expected);
}

static void assert_xpath_number(xmlDoc *doc, gint64 expected, const char *expression)
{
    g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT, expected);
    assert_xpath(doc, text, "%s", expression);
}

static void check_counts(const Reports *reports)
{
    const cJSON *counts = cJSON_GetObjectItemCaseSensitive(reports->json, "counts");
    const cJSON *count;
    gint64 sum = 0, broken;

    cJSON_ArrayForEach (count, counts) {
        g_autofree char *attribute = g_strdup_printf("/report/counts/@%s", count->string);
        assert_xpath_number(reports->xml, json_int(counts, count->string, -1), attribute);
    }
    for (guint i = 0; i < CASE_STATES; i++) {
        const char *state = case_state_name((CaseState)i);
        g_autofree char *cases = g_strdup_printf("count(//case[@state='%s'])", state);
        assert_xpath_number(reports->xml, json_int(counts, state, -1), cases);
        sum += json_int(counts, state, -1);
    }
    g_assert_cmpint(sum, ==, json_int(counts, "cases", -1));

    broken = result_ran(reports->result) == 0 || !g_str_equal(reports->result->outcome, "finished");
    gint64 failures = json_int(counts, "failed", -1) + json_int(counts, "flaky", -1);
    gint64 errors = json_int(counts, "error", -1) + broken;
    gint64 skipped = json_int(counts, "skipped", -1) + json_int(counts, "not-run", -1);
    const struct {
        const char *name, *testcases;
        gint64 expected;
    } junit[] = {
        {"tests", "//testcase", sum + broken},
        {"failures", "//testcase[failure]", failures},
        {"errors", "//testcase[error]", errors},
        {"skipped", "//testcase[skipped]", skipped},
    };
    for (guint i = 0; i < G_N_ELEMENTS(junit); i++) {
        g_autofree char *top = g_strdup_printf("/testsuites/@%s", junit[i].name);
        g_autofree char *suites = g_strdup_printf("sum(//testsuite/@%s)", junit[i].name);
        g_autofree char *cases = g_strdup_printf("count(%s)", junit[i].testcases);
        if (!g_str_equal(junit[i].name, "skipped")) /* Jenkins' schema has it in suites alone */
            assert_xpath_number(reports->junit, junit[i].expected, top);
        assert_xpath_number(reports->junit, junit[i].expected, suites);
        assert_xpath_number(reports->junit, junit[i].expected, cases);
    }
    assert_xpath(reports->junit, "0", "count(//testcase[count(failure|error|skipped) > 1])");
}

/* The sums of shared states are those of the attempts, in every report. */
static void check_reuse(const Reports *reports, const char *summary, const char *markdown)
{
    const cJSON *reuse = cJSON_GetObjectItemCaseSensitive(reports->json, "reuse");
    g_autofree char *text = result_reuse_text(reports->result);

    g_assert_cmpint(cJSON_GetArraySize(reuse), ==, 3);
    assert_xpath_number(reports->xml, json_int(reuse, "saved", -1), "/report/reuse/@saved");
    assert_xpath_number(reports->xml, json_int(reuse, "saved", -1),
                        "count(//event[@kind='saved'])");
    assert_xpath_number(reports->xml, json_int(reuse, "used", -1), "/report/reuse/@used");
    assert_xpath_number(reports->xml, json_int(reuse, "used", -1), "count(//began-with)");
    assert_xpath_number(reports->xml, json_int(reuse, "spared_ms", -1), "/report/reuse/@spared-ms");
    assert_xpath_number(reports->xml, json_int(reuse, "spared_ms", -1),
                        "sum(//began-with/@spared-ms)");
    assert_xpath(reports->junit, text ? text : "",
                 "string(//testsuite[1]/properties/property[@name='reuse']/@value)");
    g_assert_true(!text || (strstr(summary, text) && strstr(markdown, text)));
}

static void check_began_with(const Reports *reports, const cJSON *attempt, const char *xml_attempt,
                             const char *testcase)
{
    const cJSON *began_with = cJSON_GetObjectItemCaseSensitive(attempt, "began_with");
    const char *state = json_string(began_with, "state", "");
    const char *by = json_string(began_with, "saved_by", "");

    assert_xpath(reports->xml, state, "string(%s/began-with/@state)", xml_attempt);
    assert_xpath(reports->xml, by, "string(%s/began-with/@saved-by)", xml_attempt);
    if (cJSON_IsObject(began_with))
        assert_xpath(reports->junit, "true",
                     "contains(%s/system-out, 'began with: state %s, saved by %s;')", testcase,
                     state, by);
}

static void check_findings(const Reports *reports, const cJSON *attempt, const char *xml_attempt,
                           const char *testcase)
{
    const cJSON *finding;
    int number = 0;

    cJSON_ArrayForEach (finding, cJSON_GetObjectItemCaseSensitive(attempt, "findings")) {
        g_autofree char *in_xml = g_strdup_printf("%s/findings/finding[%d]", xml_attempt, ++number);
        const char *summary = json_string(finding, "summary", NULL);
        g_autoptr(GString) vendors = g_string_new(NULL);
        const cJSON *vendor;
        cJSON_ArrayForEach (vendor, cJSON_GetObjectItemCaseSensitive(finding, "vendors"))
            g_string_append(vendors, vendor->valuestring);

        assert_xpath(reports->xml, json_string(finding, "id", NULL), "string(%s/@id)", in_xml);
        assert_xpath(reports->xml, json_string(finding, "kind", NULL), "string(%s/@kind)", in_xml);
        assert_xpath(reports->xml, summary, "string(%s/summary)", in_xml);
        assert_xpath(reports->xml, json_string(finding, "confidence", NULL),
                     "string(%s/@confidence)", in_xml);
        assert_xpath(reports->xml, vendors->str, "string(%s/vendor/@name)", in_xml);

        g_autofree char *text = g_strdup_printf("string(%s/system-out)", testcase);
        g_autofree char *output = evaluate(reports->junit, text);
        g_assert_nonnull(strstr(output, summary));
    }
    g_autofree char *count = g_strdup_printf("count(%s/findings/finding)", xml_attempt);
    assert_xpath_number(reports->xml, number, count);
}

static const char *junit_child(const char *state)
{
    if (g_str_equal(state, "failed") || g_str_equal(state, "flaky"))
        return "failure";
    if (g_str_equal(state, "error"))
        return "error";
    return g_str_equal(state, "passed") ? "" : "skipped";
}

static void check_cases(const Reports *reports)
{
    const cJSON *one, *attempt;
    gint64 deciding_findings = 0;

    cJSON_ArrayForEach (one, cJSON_GetObjectItemCaseSensitive(reports->json, "cases")) {
        const char *id = json_string(one, "id", NULL);
        const char *state = json_string(one, "state", NULL);
        gint64 milliseconds = json_int(one, "duration_ms", -1);
        gint64 deciding = json_int(one, "deciding_attempt", 0);
        g_autofree char *in_xml = g_strdup_printf("//case[@id='%s']", id);
        g_autofree char *testcase = g_strdup_printf("//testcase[@name='%s']", id);
        g_autofree char *duration = g_strdup_printf("number(%s/@duration-ms)", in_xml);
        g_autofree char *time = g_strdup_printf("round(%s/@time * 1000)", testcase);

        assert_xpath(reports->xml, state, "string(%s/@state)", in_xml);
        assert_xpath(reports->xml, json_string(one, "reason", ""), "string(%s/reason)", in_xml);
        assert_xpath(reports->junit, junit_child(state),
                     "name(%s/*[self::failure or self::error or self::skipped])", testcase);
        assert_xpath_number(reports->xml, milliseconds, duration);
        assert_xpath_number(reports->junit, milliseconds, time);

        cJSON_ArrayForEach (attempt, cJSON_GetObjectItemCaseSensitive(one, "attempts")) {
            gint64 number = json_int(attempt, "attempt", 0);
            g_autofree char *in_attempt =
                g_strdup_printf("%s/attempt[@number=%" G_GINT64_FORMAT "]", in_xml, number);
            assert_xpath(reports->xml, json_string(attempt, "state", NULL), "string(%s/@state)",
                         in_attempt);
            check_began_with(reports, attempt, in_attempt, testcase);
            check_findings(reports, attempt, in_attempt, testcase);
            if (number == deciding)
                deciding_findings +=
                    cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(attempt, "findings"));
        }
    }
    const cJSON *counts = cJSON_GetObjectItemCaseSensitive(reports->json, "counts");
    g_assert_cmpint(deciding_findings, ==, json_int(counts, "findings", -1));
}

/* Children in the order that Jenkins' schemas want. */
static void check_junit_order(const Reports *reports)
{
    assert_xpath(reports->junit, "0", "count(//testsuite[*[1][not(self::properties)]])");
    assert_xpath(reports->junit, "0", "count(//testcase/system-out[following-sibling::*])");
    assert_xpath(reports->junit, "0", "count(//failure[not(@type) or not(@message)])");
    assert_xpath(reports->junit, "0", "count(//error[not(@type) or not(@message)])");
    assert_xpath(reports->junit, "0", "count(//skipped[not(@message) or @message=''])");
    assert_xpath(reports->junit, "0", "count(//testcase[not(@classname) or not(@time)])");
}

static int validate(xmlDoc *doc)
{
    xmlSchemaParserCtxt *parser = xmlSchemaNewParserCtxt(TRUCE_SOURCE_DIR "/reports/report.xsd");
    xmlSchema *schema = xmlSchemaParse(parser);
    g_assert_nonnull(schema);
    xmlSchemaValidCtxt *valid = xmlSchemaNewValidCtxt(schema);
    int result = xmlSchemaValidateDoc(valid, doc);
    xmlSchemaFreeValidCtxt(valid);
    xmlSchemaFree(schema);
    xmlSchemaFreeParserCtxt(parser);
    return result;
}

static void assert_printable(const char *summary)
{
    for (const char *at = summary; *at; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        g_assert_true(c == '\n' || g_unichar_isprint(c));
    }
}

static void test_run(gconstpointer data)
{
    Reports reports = {.folder = data};
    g_autoptr(GError) error = NULL;

    g_assert_true(result_read(data, &reports.result, &error));
    g_assert_no_error(error);
    write_reports(&reports);
    g_autofree char *summary = report_summary_text(reports.result);
    g_assert_true(g_utf8_validate(summary, -1, NULL));
    assert_printable(summary);
    compare_with_golden(data, "summary.txt", summary);
    g_autofree char *markdown = report_summary_markdown(reports.result);
    assert_printable(markdown);
    g_assert_cmpuint(strlen(markdown), <, 65536);
    compare_with_golden(data, "summary.md", markdown);

    g_assert_cmpint(validate(reports.xml), ==, 0);
    check_counts(&reports);
    check_reuse(&reports, summary, markdown);
    check_cases(&reports);
    check_junit_order(&reports);
    g_autofree char *verdict = result_verdict(reports.result);
    g_assert_cmpstr(json_string(reports.json, "verdict", NULL), ==, verdict);
    assert_xpath(reports.xml, verdict, "string(/report/verdict)");
    g_assert_nonnull(strstr(summary, verdict));
    assert_xpath_number(reports.xml, json_int(reports.json, "exit_status", -1),
                        "number(/report/@exit-status)");

    result_free(reports.result);
    cJSON_Delete(reports.json);
    xmlFreeDoc(reports.xml);
    xmlFreeDoc(reports.junit);
}

static void ignore_message(void *data, const char *format, ...)
{
    (void)data;
    (void)format;
}

/* The schema must be able to fail. */
static void test_schema_refuses(void)
{
    g_autofree char *path = g_build_filename(scratch, "report.xml", NULL);
    g_autoptr(Result) result = NULL;

    g_assert_true(result_read(TRUCE_TEST_DATA "/runs/passed", &result, NULL));
    g_assert_true(report_write_xml(result, path, NULL));
    g_autoptr(xmlDoc) doc = read_xml("report.xml");
    xmlSetGenericErrorFunc(NULL, ignore_message);
    g_assert_cmpint(validate(doc), ==, 0);
    xmlSetProp(xmlDocGetRootElement(doc), BAD_CAST "surprise", BAD_CAST "1");
    g_assert_cmpint(validate(doc), !=, 0);
}

/* A code span must not end where a guest's backticks do. */
static void test_markdown_fence(void)
{
    g_autoptr(Result) result = NULL;

    g_assert_true(result_read(TRUCE_TEST_DATA "/runs/hostile", &result, NULL));
    const ResultCase *one = result->cases->pdata[0];
    const ResultAttempt *attempt = one->attempts->pdata[0];
    ResultFinding *finding = attempt->findings->pdata[0];
    finding->summary = (char *)"a ``` b\n# @all `c` [x](javascript:y)";
    g_autofree char *markdown = report_summary_markdown(result);
    g_assert_nonnull(
        strstr(markdown, ": ```` a ``` b # @all `c` [x](javascript:y) ````\n  - `evil"));
}

static void test_cannot_write(void)
{
    g_autoptr(Result) result = NULL;
    g_autoptr(GError) read_error = NULL;

    g_assert_true(result_read(TRUCE_TEST_DATA "/runs/passed", &result, &read_error));
    for (const ReportWriter *writer = report_writers; writer->format; writer++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *path = g_build_filename(scratch, "no-folder", writer->file, NULL);
        g_assert_false(writer->write(result, path, &error));
        g_assert_nonnull(error);
    }
    g_assert_null(report_writer("pdf"));
}

static void add_runs(const char *folder)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) dir = g_dir_open(folder, 0, &error);
    const char *name;

    g_assert_no_error(error);
    while ((name = g_dir_read_name(dir))) {
        g_autofree char *test = g_strdup_printf("/report/run/%s", name);
        g_test_add_data_func_full(test, g_build_filename(folder, name, NULL), test_run, g_free);
    }
}

/* A conflict that experiments proved is no choice between its parties. */
static void test_blame(void)
{
    g_autoptr(GPtrArray) vendors = g_ptr_array_new();
    g_ptr_array_add(vendors, (gpointer) "alder");
    g_ptr_array_add(vendors, (gpointer) "birch");
    ResultFinding finding = {.vendors = vendors, .confidence = (char *)"high"};
    g_autofree char *conflict = finding_blame(&finding);
    finding.confidence = (char *)"low";
    g_autofree char *candidates = finding_blame(&finding);

    g_assert_cmpstr(conflict, ==, "alder with birch (high)");
    g_assert_cmpstr(candidates, ==, "alder or birch (low)");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/report/blame", test_blame);
    scratch = g_dir_make_tmp("truce-report-XXXXXX", NULL);
    g_assert_nonnull(scratch);
    add_runs(TRUCE_TEST_DATA "/runs");
    add_runs(TRUCE_SOURCE_DIR "/reports/samples");
    g_test_add_func("/report/schema-refuses", test_schema_refuses);
    g_test_add_func("/report/markdown-fence", test_markdown_fence);
    g_test_add_func("/report/cannot-write", test_cannot_write);
    int status = g_test_run();
    files_remove_tree(scratch, NULL);
    g_free(scratch);
    xmlCleanupParser();
    return status;
}
