/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The agent's JSON reader: what it takes, what it refuses, and its bounds. */
#include "json.h"

#include <glib.h>
#include <string.h>

#define NODES 64

static struct json nodes[NODES];

/* A copy of exactly the text's size, so that ASan sees a read beyond it. */
static struct json *parse(const char *text, char **ret_copy)
{
    *ret_copy = g_strdup(text);
    return json_parse(*ret_copy, strlen(text), nodes, NODES);
}

static void test_request(void)
{
    g_autofree char *copy = NULL;
    const struct json *root, *arguments, *list;
    int64_t number = 0;

    root = parse(" {\"execute\": \"guest-exec\", \"arguments\": {\"path\": \"a.exe\", \"arg\": "
                 "[\"x\", \"\"], \"capture-output\": true, \"n\": -9223372036854775808}, "
                 "\"id\": null}\r\n",
                 &copy);
    g_assert_nonnull(root);
    g_assert_cmpstr(json_string(root, "execute"), ==, "guest-exec");
    arguments = json_member(root, "arguments");
    g_assert_true(json_bool(arguments, "capture-output"));
    g_assert_false(json_bool(arguments, "path"));
    g_assert_true(json_number(arguments, "n", &number));
    g_assert_cmpint(number, ==, INT64_MIN);
    list = json_member(arguments, "arg");
    g_assert_cmpstr(list->child->string, ==, "x");
    g_assert_cmpstr(list->child->next->string, ==, "");
    g_assert_null(list->child->next->next);
    g_assert_null(json_string(arguments, "missing"));
    g_assert_null(json_string(arguments, "n"));
    g_assert_cmpint(json_member(root, "id")->type, ==, JSON_NULL);
}

static void test_strings(void)
{
    g_autofree char *copy = NULL;
    const struct json *root = parse(
        "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\", \"\\u00e9\\u20ac\\ud83d\\ude00\", \"\xc3\xa9\"]", &copy);

    g_assert_nonnull(root);
    g_assert_cmpstr(root->child->string, ==, "\"\\/\b\f\n\r\t");
    g_assert_cmpstr(root->child->next->string, ==, "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
    g_assert_cmpuint(root->child->next->length, ==, 9);
    g_assert_cmpstr(root->child->next->next->string, ==, "\xc3\xa9");
}

static void test_refused(void)
{
    static const char *const bad[] = {"",
                                      " ",
                                      "{",
                                      "}",
                                      "[1,]",
                                      "[,1]",
                                      "{\"a\"}",
                                      "{\"a\":}",
                                      "{\"a\":1,}",
                                      "{a:1}",
                                      "[1] 2",
                                      "\"",
                                      "\"\\\"",
                                      "\"\\x\"",
                                      "\"\\u12\"",
                                      "\"\\u0000\"",
                                      "\"\\ud800\"",
                                      "\"\\udc00\"",
                                      "\"\n\"",
                                      "01",
                                      "1.5",
                                      "1e3",
                                      "-",
                                      "9223372036854775808",
                                      "-9223372036854775809",
                                      "tru",
                                      "nul",
                                      "[1 2]",
                                      "\"\\ud800\\u0041\"",
                                      "[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]"};

    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autofree char *copy = NULL;
        if (parse(bad[i], &copy))
            g_error("taken: %s", bad[i]);
    }
}

static void test_node_bound(void)
{
    g_autoptr(GString) fits = g_string_new("[0"), over = NULL;
    g_autofree char *copy = NULL, *copy_over = NULL;

    for (int i = 0; i < NODES - 2; i++)
        g_string_append(fits, ",0");
    over = g_string_new(fits->str);
    g_string_append(fits, "]");
    g_string_append(over, ",0]");
    g_assert_nonnull(parse(fits->str, &copy));
    g_assert_null(parse(over->str, &copy_over));
}

/* Every cut of a good text is refused, and none reads beyond its end. */
static void test_truncated(void)
{
    static const char text[] = "{\"a\": [\"\\u20ac\", {\"b\": [-12, true, false, null]}]}";

    for (size_t n = 0; n < strlen(text); n++) {
        g_autofree char *cut = g_strndup(text, n), *copy = NULL;
        g_assert_null(parse(cut, &copy));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/agent/json/request", test_request);
    g_test_add_func("/agent/json/strings", test_strings);
    g_test_add_func("/agent/json/refused", test_refused);
    g_test_add_func("/agent/json/node-bound", test_node_bound);
    g_test_add_func("/agent/json/truncated", test_truncated);
    return g_test_run();
}
