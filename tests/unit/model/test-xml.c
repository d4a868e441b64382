/* SPDX-License-Identifier: GPL-2.0-or-later
 * The XML reader by itself: places, limits, and text.
 */
#include <string.h>

#include "util/error.h"
#include "util/xml.h"

static XmlFile *parse(const char *text)
{
    g_autoptr(GError) error = NULL;
    XmlFile *file = NULL;

    xml_parse(text, strlen(text), "x", NULL, &file, &error);
    g_assert_no_error(error);
    return file;
}

static void check_fails(const char *text, gsize length, const char *message)
{
    g_autoptr(GError) error = NULL;
    XmlFile *file = NULL;

    g_assert_false(xml_parse(text, length, "x", NULL, &file, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    g_assert_cmpstr(error->message, ==, message);
    g_assert_null(file);
}

/* Every element called `e` has its place as `line:column` in its text, or that of its attribute
 * `a`. */
static void check_places(const XmlFile *file, const xmlNode *element, guint *seen)
{
    XML_FOREACH(child, element, NULL)
    {
        check_places(file, child, seen);
        if (!xml_is(child, "e"))
            continue;
        g_autoptr(GError) error = NULL;
        g_autofree char *text = xml_text_stripped(child);
        g_autofree char *a = xml_attr(child, "a");
        g_autofree char *expected = g_strdup_printf("x:%s: wrong", text);
        g_assert_false(xml_fail(file, child, a ? "a" : NULL, &error, "wrong"));
        g_assert_cmpstr(error->message, ==, expected);
        (*seen)++;
    }
}

static void test_places(void)
{
    g_autoptr(XmlFile) file =
        parse("\xEF\xBB\xBF<?xml version='1.0'?><!-- <e> --><r>\n"
              "<e>2:1</e><!-- <e> > - \"\n"
              "--><![CDATA[<e>]]><e>3:19</e>\n"
              "\t<e>4:2</e><ä ö='é'/><e>4:22</e>\r\n"
              "<e b='a=\"> a=' c = '\n"
              "' a\n"
              "='x'>6:3</e>\n"
              "<e aa='1' ba='2' a='3'>8:18</e><?pi <e> ?><d a='/>'/><e>8:54</e>\n"
              "<n><e\n"
              "/></n></r>");
    /* The last <e/> is empty; it would say `x:: wrong`. */
    xmlNode *empty = xml_child(xml_child(xml_root(file), "n"), "e");
    guint seen = 0, line, column;

    xml_place(empty, &line, &column);
    g_assert_cmpuint(line, ==, 9);
    g_assert_cmpuint(column, ==, 4);
    xmlUnlinkNode(empty);
    xmlFreeNode(empty);
    check_places(file, xml_root(file), &seen);
    g_assert_cmpuint(seen, ==, 7);
}

static void test_limits(void)
{
    g_autoptr(GString) big = g_string_new("<r>");
    g_autoptr(GString) many = g_string_new("<r>");
    g_autoptr(GString) deep = g_string_new(NULL);

    while (big->len <= XML_SIZE_MAX)
        g_string_append(big, "                                                               \n");
    check_fails(big->str, big->len, "x:1:1: larger than 1 MiB, the limit for such files");
    for (guint i = 0; i < XML_ELEMENTS_MAX; i++)
        g_string_append(many, "\n<e/>");
    g_string_append(many, "</r>");
    check_fails(many->str, many->len, "x:10001:1: there are more than 10000 elements");
    for (guint i = 0; i < 100000; i++)
        g_string_append(deep, "<e>");
    check_fails(deep->str, deep->len, "x:1:97: elements are nested more than 32 deep");
    check_fails("", 0, "x:1:1: the file is empty");
    check_fails("<r>\0</r>", 8, "x:1:4: not UTF-8 text; save the file as UTF-8");
}

static void test_at_limits(void)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < XML_DEPTH_MAX; i++)
        g_string_append(text, "<e>");
    for (guint i = 0; i < XML_DEPTH_MAX; i++)
        g_string_append(text, "</e>");
    xml_free(parse(text->str));

    g_string_assign(text, "<r a='");
    for (guint i = 0; i < XML_VALUE_MAX; i++)
        g_string_append_c(text, 'v');
    g_string_append(text, "'>");
    for (guint i = 1; i < XML_ELEMENTS_MAX; i++)
        g_string_append(text, "<e/>");
    g_string_append(text, "</r>");
    xml_free(parse(text->str));
}

static void test_text(void)
{
    g_autoptr(XmlFile) file = parse("<r a='  1 2\t3 ' n='-12' o=''> x  <![CDATA[<y>]]>\n &amp; z "
                                    "</r>");
    const xmlNode *root = xml_root(file);
    g_autofree char *text = xml_text(root);
    g_autofree char *stripped = xml_text_stripped(root);
    g_autofree char *paragraph = xml_text_paragraph(root);
    g_autofree char *a = xml_attr(root, "a");
    g_autoptr(GPtrArray) words = xml_attr_words(root, "a");
    g_autoptr(GPtrArray) none = xml_attr_words(root, "o");

    g_assert_cmpstr(text, ==, " x  <y>\n & z ");
    g_assert_cmpstr(stripped, ==, "x  <y>\n & z");
    g_assert_cmpstr(paragraph, ==, "x <y> & z");
    g_assert_cmpstr(a, ==, "1 2 3");
    g_assert_cmpuint(words->len, ==, 3);
    g_assert_cmpstr(g_ptr_array_index(words, 2), ==, "3");
    g_assert_cmpuint(none->len, ==, 0);
    g_assert_cmpint(xml_attr_int(root, "n", 5), ==, -12);
    g_assert_cmpint(xml_attr_int(root, "absent", 5), ==, 5);
    g_assert_null(xml_attr(root, "absent"));
    g_assert_null(xml_text(NULL));
    g_assert_null(xml_child(NULL, "e"));
}

static void test_no_schema(void)
{
    g_autoptr(GError) error = NULL;
    XmlFile *file = NULL;

    g_assert_false(xml_parse("<r/>", 4, "x", "absent", &file, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/xml/places", test_places);
    g_test_add_func("/xml/limits", test_limits);
    g_test_add_func("/xml/at-limits", test_at_limits);
    g_test_add_func("/xml/text", test_text);
    g_test_add_func("/xml/no-schema", test_no_schema);
    return g_test_run();
}
