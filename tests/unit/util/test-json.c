/* SPDX-License-Identifier: GPL-2.0-or-later
 * Bounded JSON: what is refused and where it says so, and typed access.
 */
#include "util/json.h"

#include <string.h>

#include <glib/gstdio.h>

#include "util/error.h"

static void assert_refused(const char *text, gsize length, gsize limit, const char *message)
{
    g_autoptr(GError) error = NULL;
    cJSON *value = NULL;
    /* In a block of its own size, so that a byte too far is seen. */
    g_autofree char *exact = g_memdup2(text, length);

    g_assert_false(json_parse(exact ? exact : "", length, limit, "f.json", &value, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    g_assert_nonnull(strstr(error->message, message));
    g_assert_null(value);
}

static void test_parse(void)
{
    static const char *const texts[] = {"{}", " [1, 2.5, null, true] ", "\"text\"", "5\n", "null"};
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(cJSON) value = NULL;
        g_autoptr(GError) error = NULL;
        g_autofree char *exact = g_memdup2(texts[i], strlen(texts[i]));
        g_assert_true(json_parse(exact, strlen(texts[i]), 100, "f.json", &value, &error));
        g_assert_no_error(error);
        g_assert_nonnull(value);
    }
}

static void test_positions(void)
{
    static const struct {
        const char *text;
        const char *message;
    } cases[] = {
        {"", "f.json:1:1: "},
        {"x", "f.json:1:1: "},
        {"{\"a\": 1,\n \"b\": tru}", "f.json:2:7: "},
        {"{\"a\": 1}\n\n  more", "f.json:3:3: "},
        {"{} {}", "f.json:1:4: "},
        {"[1, 2", "f.json:1:6: "},
        {"{'a': 1}", "f.json:1:3: "},
        {"{\"a\": \"\\q\"}", "f.json:1:8: "},
        {"\xFF\xFE", "f.json:1:1: "},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
        assert_refused(cases[i].text, strlen(cases[i].text), 1000, cases[i].message);
}

static void test_bounds(void)
{
    assert_refused("{\"a\": 1}", 8, 7, "limit of 7 bytes");
    assert_refused("{\"a\": 1}\0", 9, 100, "NUL");
    assert_refused("{\"a\": \"\0\"}", 9, 100, "NUL");

    g_autoptr(cJSON) value = NULL;
    g_assert_true(json_parse("{\"a\": 1}", 8, 8, "f.json", &value, NULL));
}

static char *nested(guint depth, char open, char close)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < depth; i++) {
        g_string_append_c(text, open);
        if (open == '{')
            g_string_append(text, "\"]]}}\\\"\":");
    }
    g_string_append(text, "1");
    for (guint i = 0; i < depth; i++)
        g_string_append_c(text, close);
    return g_string_free(text, FALSE);
}

static void test_nesting(void)
{
    static const char kinds[][2] = {{'[', ']'}, {'{', '}'}};
    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_autofree char *deepest = nested(JSON_NESTING_MAX, kinds[i][0], kinds[i][1]);
        g_autofree char *deeper = nested(JSON_NESTING_MAX + 1, kinds[i][0], kinds[i][1]);
        g_autofree char *abyss = nested(100000, kinds[i][0], kinds[i][1]);
        g_autoptr(cJSON) value = NULL;
        g_autoptr(GError) error = NULL;
        g_assert_true(json_parse(deepest, strlen(deepest), 100000, "f.json", &value, &error));
        g_assert_no_error(error);
        assert_refused(deeper, strlen(deeper), 100000, "nested more than 64 deep");
        assert_refused(abyss, strlen(abyss), 10000000, "nested more than 64 deep");
    }

    /* Brackets in strings nest nothing. */
    g_autofree char *brackets = g_strnfill(1000, '[');
    g_autofree char *text = g_strdup_printf("[\"%s\\\"%s\", \"\\\\\"]", brackets, brackets);
    g_autoptr(cJSON) value = NULL;
    g_assert_true(json_parse(text, strlen(text), 100000, "f.json", &value, NULL));
}

static void test_members(void)
{
    static const char text[] =
        "{\"s\": \"text\", \"n\": -7, \"big\": 9007199254740992, \"bigger\": 9007199254740994,"
        " \"huge\": 1e300, \"overflow\": 1e999, \"half\": 2.5, \"t\": true, \"f\": false,"
        " \"null\": null, \"a\": [\"x\"]}";
    g_autoptr(cJSON) o = NULL;
    g_assert_true(json_parse(text, strlen(text), 1000, "f.json", &o, NULL));

    g_assert_cmpstr(json_string(o, "s", "none"), ==, "text");
    g_assert_cmpstr(json_string(o, "S", "none"), ==, "none");
    g_assert_cmpstr(json_string(o, "n", "none"), ==, "none");
    g_assert_cmpstr(json_string(o, "null", NULL), ==, NULL);
    g_assert_cmpstr(json_string(NULL, "s", "none"), ==, "none");
    g_assert_cmpint(json_int(o, "n", 1), ==, -7);
    g_assert_cmpint(json_int(o, "big", 1), ==, G_GINT64_CONSTANT(9007199254740992));
    g_assert_cmpint(json_int(o, "bigger", 1), ==, 1);
    g_assert_cmpint(json_int(o, "huge", 1), ==, 1);
    g_assert_cmpint(json_int(o, "overflow", 1), ==, 1);
    g_assert_cmpint(json_int(o, "s", 1), ==, 1);
    g_assert_cmpint(json_int(o, "t", 5), ==, 5);
    g_assert_true(json_bool(o, "t", false));
    g_assert_false(json_bool(o, "f", true));
    g_assert_true(json_bool(o, "n", true));
    g_assert_false(json_bool(o, "absent", false));
}

static void test_hex(void)
{
    g_autoptr(cJSON) o = cJSON_CreateObject();
    guint64 value = 0;

    json_add_hex(o, "code", 0x50, 8);
    json_add_hex(o, "address", G_MAXUINT64, 16);
    json_add_text(o, "text", "a\"b");
    json_add_text(o, "nothing", NULL);
    g_autofree char *line = json_line(o);
    g_assert_cmpstr(line, ==,
                    "{\"code\":\"0x00000050\",\"address\":\"0xFFFFFFFFFFFFFFFF\","
                    "\"text\":\"a\\\"b\",\"nothing\":null}");
    g_assert_true(json_get_hex(o, "code", &value));
    g_assert_cmpuint(value, ==, 0x50);
    g_assert_true(json_get_hex(o, "address", &value));
    g_assert_cmpuint(value, ==, G_MAXUINT64);

    static const char *const wrong[] = {"",     "0x",   "50",  "x50",   "0x-5",
                                        "0x 5", "0x5 ", "0xg", "0x0x5", "0x10000000000000000"};
    for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autoptr(cJSON) w = cJSON_CreateObject();
        cJSON_AddStringToObject(w, "v", wrong[i]);
        value = 7;
        g_assert_false(json_get_hex(w, "v", &value));
        g_assert_cmpuint(value, ==, 7);
    }
    g_assert_false(json_get_hex(o, "absent", &value));
}

static void test_line_has_no_newline(void)
{
    g_autoptr(cJSON) o = cJSON_CreateObject();
    json_add_text(o, "t", "a\nb\r\x01\x7F");
    g_autofree char *line = json_line(o);
    g_assert_null(strpbrk(line, "\n\r\x01"));
    g_autoptr(cJSON) again = NULL;
    g_assert_true(json_parse(line, strlen(line), 100, "line", &again, NULL));
    g_assert_cmpstr(json_string(again, "t", NULL), ==, "a\nb\r\x01\x7F");
}

static void test_read_file(void)
{
    g_autofree char *path = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(cJSON) value = NULL;
    int fd = g_file_open_tmp("truce-json-XXXXXX", &path, NULL);
    g_close(fd, NULL);

    g_assert_true(g_file_set_contents(path, "{\n  broken", -1, NULL));
    g_assert_false(json_read_file(path, 100, &value, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    g_autofree char *place = g_strconcat(path, ":2:4: ", NULL);
    g_assert_true(g_str_has_prefix(error->message, place));
    g_clear_error(&error);

    g_assert_false(json_read_file(path, 3, &value, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    g_clear_error(&error);

    g_assert_true(g_file_set_contents(path, "{\"a\": 1}", -1, NULL));
    g_assert_true(json_read_file(path, 100, &value, &error));
    g_assert_cmpint(json_int(value, "a", 0), ==, 1);
    g_unlink(path);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/json/parse", test_parse);
    g_test_add_func("/json/positions", test_positions);
    g_test_add_func("/json/bounds", test_bounds);
    g_test_add_func("/json/nesting", test_nesting);
    g_test_add_func("/json/members", test_members);
    g_test_add_func("/json/hex", test_hex);
    g_test_add_func("/json/line", test_line_has_no_newline);
    g_test_add_func("/json/read-file", test_read_file);
    return g_test_run();
}
