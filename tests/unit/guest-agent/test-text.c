/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the agent writes: replies, base64, Windows command lines. */
#include "base64.h"
#include "command-line.h"
#include "text.h"

#include <glib.h>
#include <string.h>

static void expect(const struct text *text, const char *wanted)
{
    g_autofree char *seen = g_strndup(text->bytes ? text->bytes : "", text->used);

    g_assert_false(text->failed);
    g_assert_cmpstr(seen, ==, wanted);
}

static void test_reply(void)
{
    struct text text = {0};

    text_format(&text, "{\"n\": %d, ", 5);
    text_json(&text, "a\"b\\c\n\x01\xc3\xa9");
    expect(&text, "{\"n\": 5, \"a\\\"b\\\\c\\u000a\\u0001\xc3\xa9\"");
    text_reset(&text);
    text_base64(&text, (const uint8_t *)"hello", 5);
    expect(&text, "\"aGVsbG8=\"");
    text_clear(&text);
}

/* A reply beyond its bound fails, keeps failing until reset, and is whole again after that. */
static void test_bound(void)
{
    struct text text = {0};
    g_autofree char *part = g_malloc0(TEXT_MAX / 4);
    char wide[600];

    for (int i = 0; i < 4; i++)
        text_append(&text, part, TEXT_MAX / 4);
    g_assert_false(text.failed);
    text_append(&text, "x", 1);
    g_assert_true(text.failed);
    text_reset(&text);
    text_format(&text, "ok");
    expect(&text, "ok");
    memset(wide, 'w', sizeof wide - 1);
    wide[sizeof wide - 1] = '\0';
    text_format(&text, "%s", wide);
    g_assert_true(text.failed);
    text_clear(&text);
}

/* RFC 4648, section 10. */
static void test_base64(void)
{
    static const char *const pairs[][2] = {{"", ""},
                                           {"f", "Zg=="},
                                           {"fo", "Zm8="},
                                           {"foo", "Zm9v"},
                                           {"foob", "Zm9vYg=="},
                                           {"fooba", "Zm9vYmE="},
                                           {"foobar", "Zm9vYmFy"}};

    for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++) {
        size_t plain = strlen(pairs[i][0]), coded = strlen(pairs[i][1]), size = 99;
        g_autofree char *out = g_malloc(coded + 1);
        g_autofree uint8_t *back = g_malloc(coded / 4 * 3 + 1);
        g_assert_cmpuint(base64_encoded_size(plain), ==, coded);
        base64_encode((const uint8_t *)pairs[i][0], plain, out);
        out[coded] = '\0';
        g_assert_cmpstr(out, ==, pairs[i][1]);
        g_assert_true(base64_decode(out, coded, back, &size));
        g_assert_cmpmem(back, size, pairs[i][0], plain);
    }
}

static void test_base64_refused(void)
{
    static const char *const bad[] = {
        "Z",    "Zg=",  "Zg",   "Z===", "====",     "=g==",        "Zg=x",
        "Zm9*", "Zm 9", "Zh==", "Zm9=", "Zm8=Zm8=", "Zg==\n\n\n\n"};
    uint8_t out[16];
    size_t size;

    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        if (base64_decode(bad[i], strlen(bad[i]), out, &size))
            g_error("taken: %s", bad[i]);
}

/* Pairs after "Parsing C command-line arguments" (MS docs). */
static void test_command_line(void)
{
    static const char *const pairs[][2] = {{"plain", "plain"},
                                           {"", "\"\""},
                                           {"a b", "\"a b\""},
                                           {"a\"b", "\"a\\\"b\""},
                                           {"c:\\d\\", "c:\\d\\"},
                                           {"c:\\d e\\", "\"c:\\d e\\\\\""},
                                           {"a\\\\\"b", "\"a\\\\\\\\\\\"b\""}};
    struct text line = {0};

    for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++) {
        text_reset(&line);
        command_line_add(&line, pairs[i][0]);
        expect(&line, pairs[i][1]);
    }
    command_line_add(&line, "next");
    g_assert_cmpint(line.bytes[line.used - 5], ==, ' ');
    text_clear(&line);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/agent/text/reply", test_reply);
    g_test_add_func("/agent/text/bound", test_bound);
    g_test_add_func("/agent/text/base64", test_base64);
    g_test_add_func("/agent/text/base64-refused", test_base64_refused);
    g_test_add_func("/agent/text/command-line", test_command_line);
    return g_test_run();
}
