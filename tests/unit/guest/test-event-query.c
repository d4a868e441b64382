/* SPDX-License-Identifier: GPL-2.0-or-later
 * The queries for Windows' event logs: the log itself filters by number and time, within the limits
 * of a query, and the logs that are read are the ones that a sealed image begins with empty.
 */
#include "guest/event-query.h"

#include <string.h>

#include <libxml/parser.h>

#include "util/cleanup.h"

#define SINCE "2026-11-22T10:31:07Z"
#define TERMS_MAX 20

static guint count(const char *text, const char *what)
{
    guint found = 0;
    for (const char *at = text; (at = strstr(at, what)); at += strlen(what))
        found++;
    return found;
}

static const char *query_of(GPtrArray *queries, const char *log)
{
    for (guint i = 0; i < queries->len; i++) {
        const EventQuery *query = queries->pdata[i];
        if (g_str_equal(query->log, log))
            return query->xml;
    }
    g_assert_not_reached();
}

static void test_text(void)
{
    g_autoptr(GPtrArray) queries = event_queries(SINCE);

    g_assert_cmpuint(queries->len, ==, 3);
    g_assert_cmpstr(
        query_of(queries, "Microsoft-Windows-CodeIntegrity/Operational"), ==,
        "<QueryList><Query Id=\"0\"><Select Path=\"Microsoft-Windows-CodeIntegrity/Operational\">"
        "*[System[(EventID=3004 or EventID=3023 or EventID=3033 or EventID=3065 or EventID=3076 or "
        "EventID=3077) and TimeCreated[@SystemTime&gt;='" SINCE "']]]</Select></Query>"
        "</QueryList>");
}

/* The first 20 numbers, the rest, and those of one provider only. */
static void test_long_list(void)
{
    g_autoptr(GPtrArray) queries = event_queries(SINCE);
    const char *xml = query_of(queries, "System");

    g_assert_cmpuint(count(xml, "<Select "), ==, 3);
    g_assert_cmpuint(count(xml, "EventID="), ==, 27);
    g_assert_cmpuint(count(xml, "Provider[@Name='Microsoft-Windows-FilterManager'] and ("), ==, 1);
    g_assert_nonnull(strstr(xml, "EventID=7045"));
    g_assert_nonnull(strstr(xml, "EventID=41 or"));
}

static void test_limits(void)
{
    g_autoptr(GPtrArray) queries = event_queries(SINCE);

    for (guint i = 0; i < queries->len; i++) {
        const EventQuery *query = queries->pdata[i];
        g_autoptr(xmlDoc) doc =
            xmlReadMemory(query->xml, (int)strlen(query->xml), NULL, NULL, XML_PARSE_NONET);
        g_assert_nonnull(doc);
        const xmlNode *list = xmlDocGetRootElement(doc)->children;
        for (xmlNode *select = list->children; select; select = select->next) {
            xml_str path = xmlGetProp(select, BAD_CAST "Path");
            xml_str text = xmlNodeGetContent(select);
            g_assert_cmpstr((const char *)path, ==, query->log);
            g_assert_cmpuint(count((const char *)text, "EventID="), <=, TERMS_MAX);
            g_assert_nonnull(strstr((const char *)text, "@SystemTime>='" SINCE "'"));
        }
    }
}

/* A record of the installation is nobody's finding. */
static void test_sealed_empty(void)
{
    g_autofree char *path =
        g_build_filename(TRUCE_SOURCE_DIR, "guests", "windows", "first-logon.ps1", NULL);
    g_autoptr(GPtrArray) queries = event_queries(SINCE);
    g_autofree char *script = NULL;

    g_assert_true(g_file_get_contents(path, &script, NULL, NULL));
    const char *step = strstr(script, "Invoke-Step 'event-logs'");
    g_assert_nonnull(step);
    g_autofree char *body = g_strndup(step, (gsize)(strstr(step, "\n}") - step));
    for (guint i = 0; i < queries->len; i++) {
        const EventQuery *query = queries->pdata[i];
        g_autofree char *quoted = g_strdup_printf("'%s'", query->log);
        g_assert_nonnull(strstr(body, quoted));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/event-query/text", test_text);
    g_test_add_func("/event-query/long-list", test_long_list);
    g_test_add_func("/event-query/limits", test_limits);
    g_test_add_func("/event-query/sealed-empty", test_sealed_empty);
    return g_test_run();
}
