/* SPDX-License-Identifier: GPL-2.0-or-later
 * Foreign text as one printable line.
 */
#include "util/text.h"

#include <string.h>

static const struct {
    const char *bytes;
    gsize length;
    gsize max;
    const char *shown;
} cases[] = {
    {"", 0, 10, ""},
    {"plain text", 10, 10, "plain text"},
    {"plain text", 10, 9, "plain tex…"},
    {"plain text", 10, 0, "…"},
    {"a\nb\r\tc\x7F", 7, 100, "a?b??c?"},
    {"\x1B[2J\x1B]0;x\x07", 10, 100, "?[2J?]0;x?"},
    {"a\xC2\x9B"
     "2J",
     5, 100, "a?2J"}, /* C1 control */
    {"a\xE2\x80\xAE"
     "b",
     5, 100, "a?b"}, /* right-to-left override */
    {"\xC3\xA4\xE2\x82\xAC", 5, 100, "\xC3\xA4\xE2\x82\xAC"},
    {"\xC3\xA4\xC3\xA4", 4, 3, "\xC3\xA4…"}, /* never half a character */
    {"\xFF\xFE", 2, 100, "\uFFFD\uFFFD"},
    {"a\xC3", 2, 100, "a\uFFFD"},             /* cut in a character */
    {"a\xC0\x80z", 4, 100, "a\uFFFD\uFFFDz"}, /* overlong NUL */
    {"a\0b", 3, 100, "a\uFFFDb"},
};

static void test_printable(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        /* In a block of its own size, so that a byte too far is seen. */
        g_autofree char *exact = g_memdup2(cases[i].bytes, cases[i].length);
        g_autofree char *shown = text_printable(exact, cases[i].length, cases[i].max);
        g_assert_cmpstr(shown, ==, cases[i].shown);
    }
}

static void test_every_byte(void)
{
    for (int first = 0; first < 256; first++)
        for (int second = 0; second < 256; second++) {
            char bytes[2] = {(char)first, (char)second};
            g_autofree char *shown = text_printable(bytes, 2, 100);
            g_assert_true(g_utf8_validate(shown, -1, NULL));
            for (const char *c = shown; *c; c = g_utf8_next_char(c))
                g_assert_true(g_unichar_isprint(g_utf8_get_char(c)));
        }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/text/printable", test_printable);
    g_test_add_func("/text/every-byte", test_every_byte);
    return g_test_run();
}
