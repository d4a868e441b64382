/* SPDX-License-Identifier: GPL-2.0-or-later
 * Secrets are found as they stand, escaped, wide and in base64, at any place of what was encoded;
 * other text stays as it is.
 */
#include "util/redact.h"

#include <string.h>

#include "util/files.h"

static void check(const char *text, const char *expected)
{
    g_autofree char *said = redact_text(text);
    g_assert_cmpstr(said, ==, expected);
}

static void check_bytes(GString *bytes, const char *expected)
{
    g_autoptr(GString) out = g_string_new(NULL);

    redact_stream(bytes, true, out);
    g_assert_cmpmem(out->str, out->len, expected, strlen(expected));
    g_assert_cmpuint(bytes->len, ==, 0);
}

static void test_plain(void)
{
    check("key ABCD-1234", "key ABCD-1234"); /* nothing is secret yet */
    g_assert_true(redact_add("ABCD-1234", NULL));
    check("key ABCD-1234, abcd-1234ABCD-1234.", "key [secret], [secret][secret].");
    check("ABCD-123", "ABCD-123");
    check("", "");
    g_assert_null(redact_text(NULL));
    g_assert_true(redact_add("contoso", "vendor-a"));
    check("C:\\Program Files\\Contoso\\x.sys", "C:\\Program Files\\vendor-a\\x.sys");
    redact_clear();
    check("ABCD-1234", "ABCD-1234");
}

static void test_escaped(void)
{
    g_assert_true(redact_add("a\"b\\c\xC3\xA9", NULL));
    check("{\"x\":\"a\\\"b\\\\c\xC3\xA9\"}", "{\"x\":\"[secret]\"}");
    redact_clear();
}

/* Nothing is left of a word that another begins, ends or overlaps, in whatever order they came. */
static void test_overlap(void)
{
    static const char *const words[][2] = {{"ABCD1234", "ABCD1234-EFGH-5678"},
                                           {"ABCD1234-EFGH-5678", "ABCD1234"}};

    for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
        g_assert_true(redact_add(words[i][0], NULL));
        g_assert_true(redact_add(words[i][1], NULL));
        check("a ABCD1234-EFGH-5678 b ABCD1234-EFG c", "a [secret] b [secret]-EFG c");
        g_autoptr(GString) held = g_string_new("key ABCD1234"), out = g_string_new(NULL);
        redact_stream(held, false, out);
        g_assert_cmpstr(out->str, ==, "key ");
        g_string_append(held, "-EFGH-5678 ok");
        redact_stream(held, false, out);
        g_assert_cmpstr(out->str, ==, "key [secret] ok");
        redact_clear();
    }
    g_assert_true(redact_add("srv-lab", NULL));
    g_assert_true(redact_add("lab-4711", NULL));
    check("<srv-lab-4711>", "<[secret]>");
    redact_clear();
    g_assert_true(redact_add("Contoso", "vendor-a"));
    g_assert_true(redact_add("Contoso Endpoint", "product-a"));
    check("Contoso Endpoint by Contoso", "product-a by vendor-a");
    redact_clear();
}

/* Names too short to be looked for within others. */
static void test_whole(void)
{
    g_assert_true(redact_add_whole("AVG", "vendor-b"));
    check("AVG, avg.sys: avgmon.sys saVG \xC3\xA9"
          "avg AVG2 AVG",
          "vendor-b, vendor-b.sys: avgmon.sys saVG \xC3\xA9"
          "avg AVG2 vendor-b");
    g_autoptr(GString) held = g_string_new("an AVG"), out = g_string_new(NULL);
    redact_stream(held, false, out);
    g_string_append(held, "DISK");
    redact_stream(held, true, out);
    g_assert_cmpstr(out->str, ==, "an AVGDISK");
    redact_clear();
}

static void check_found(const char *form, const char *encoding)
{
    g_autofree char *text = g_strconcat("before ", form, " behind", NULL);
    gsize length;
    g_autofree char *bytes = g_convert(text, -1, encoding, "UTF-8", NULL, &length, NULL);
    g_autoptr(GString) held = g_string_new_len(bytes, (gssize)length), out = g_string_new(NULL);

    g_assert_nonnull(bytes);
    redact_stream(held, true, out);
    if (!memmem(out->str, out->len, REDACT_MARK, strlen(REDACT_MARK)))
        g_error("not found in %s: %s", encoding, form);
}

static void test_spelled(void)
{
    /* of L1c&n<c">\'/k%y+é 😀 */
    static const char *const spelled[] = {
        "L1c&n<c\">\\'/k%y+é 😀",
        "L1c&n<c\\\">\\\\'/k%y+é 😀",
        "L1c\\u0026n\\u003Cc\\\"\\u003e\\\\\\u0027\\/k%y+\\u00e9 \\ud83d\\uDE00",
        "L1c&amp;n&lt;c\"&gt;\\'/k%y+é 😀",
        "L1c&#38;n&#x3c;c&quot;>\\&apos;/k%y+&#xE9; &#128512;",
        "L1c%26n%3Cc%22%3e%5C%27%2Fk%25y%2B%C3%A9+%F0%9F%98%80",
        "L1c%26n%3Cc%22%3e%5C'/k%25y%2Bé%20😀",
        "4c316326 6e3C6322:3e-5c, 0x27\\x2f\r\n  6b25792bc3a920f09f9880",
        "4c00310063002600,6e00,3c006300\\\r\n  "
        "22003e005c0027002f006b00250079002b00e90020003dd800de",
    };
    static const char *const encodings[] = {"UTF-8", "UTF-16LE", "UTF-16BE"};

    g_assert_true(redact_add("L1c&n<c\">\\'/k%y+é 😀", NULL));
    for (guint i = 0; i < G_N_ELEMENTS(spelled); i++)
        for (guint k = 0; k < G_N_ELEMENTS(encodings); k++)
            check_found(spelled[i], encodings[k]);
    check("L1c&amp;n&lt;c\">", "L1c&amp;n&lt;c\">"); /* only its beginning */
    redact_clear();
    g_assert_true(redact_add("\\\\srv\\key", NULL)); /* what is read as an escape elsewhere */
    check("\\\\srv\\key \\\\\\\\srv\\\\key", "[secret] [secret]");
    g_assert_true(redact_add("a&amp;b%20c", NULL));
    check("a&amp;b%20c a&amp;amp;b%20c a&amp;b%2520c", "[secret] [secret] [secret]");
    redact_clear();
}

/* Lines of 64 and 76 letters, indented, and as JSON and XML escape their ends. */
static void test_wrapped(void)
{
    static const char *const ends[] = {"\n",     "\r\n",    "\r\n        ", "\\n",
                                       "\\r\\n", "&#13;\n", "&#10;"};
    static const char secret[] = "S3cr3t-T0ken?with>some~length";

    g_assert_true(redact_add(secret, NULL));
    for (guint before = 0; before < 80; before++)
        for (guint i = 0; i < G_N_ELEMENTS(ends); i++) {
            g_autofree char *pad = g_strnfill(before, '?');
            g_autofree char *all = g_strconcat(pad, secret, "??", NULL);
            g_autofree char *text = g_base64_encode((const guchar *)all, strlen(all));
            g_autoptr(GString) lines = g_string_new(NULL);
            for (gsize at = 0; at < strlen(text); at += i % 2 ? 64 : 76)
                g_string_append_printf(lines, "%.*s%s", i % 2 ? 64 : 76, text + at, ends[i]);
            check_found(lines->str, "UTF-8");
            g_strdelimit(lines->str, "+", '-');
            g_strdelimit(lines->str, "/", '_');
            check_found(lines->str, "UTF-16LE");
        }
    redact_clear();
}

/* Time must grow with the text and no faster, also where it is made to mislead. */
static void test_linear(void)
{
    static const char *const texts[] = {"srv-lab-0",      "\\",    "&#0000", "%", "\0s",
                                        "c3J2LWxhYi0w\n", "73 72 "};

    g_assert_true(redact_add("srv-lab-07", NULL));
    g_assert_true(redact_add("ssssssss", NULL));
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GString) held = g_string_new(NULL), out = g_string_new(NULL);
        gsize length = MAX(strlen(texts[i]), 1);
        while (held->len < (1 << 20))
            g_string_append_len(held, texts[i], (gssize)length);
        gsize all = held->len;
        gint64 began = g_get_monotonic_time();
        redact_stream(held, true, out);
        g_test_message("%s: %.2f s", texts[i], (double)(g_get_monotonic_time() - began) / 1e6);
        g_assert_cmpuint(out->len, ==, all);
    }
    redact_clear();
}

/* Behind any bytes, and before any. */
static void test_base64(void)
{
    static const char secret[] = "S3cr3t-T0ken!";

    g_assert_true(redact_add(secret, NULL));
    for (gsize before = 0; before < 9; before++)
        for (gsize behind = 0; behind < 4; behind++) {
            g_autoptr(GString) bytes = g_string_new(NULL);
            for (gsize i = 0; i < before; i++)
                g_string_append_c(bytes, (char)('a' + i));
            g_string_append(bytes, secret);
            for (gsize i = 0; i < behind; i++)
                g_string_append_c(bytes, 'z');
            g_autofree char *text = g_base64_encode((const guchar *)bytes->str, bytes->len);
            g_autofree char *said = redact_text(text);
            g_assert_nonnull(strstr(said, REDACT_MARK));
        }
    check("UzNjcjN0LVQ=", "UzNjcjN0LVQ="); /* only its beginning: S3cr3t-T */
    redact_clear();
}

static void test_wide(void)
{
    glong units;
    g_autofree gunichar2 *wide = g_utf8_to_utf16("srv-lab-07", -1, NULL, &units, NULL);
    g_autoptr(GString) bytes = g_string_new_len((const char *)wide, units * 2);
    g_autofree char *text = g_base64_encode((const guchar *)wide, (gsize)units * 2);

    g_assert_true(redact_add("srv-lab-07", NULL));
    check_bytes(bytes, REDACT_MARK);
    g_autofree char *said = redact_text(text);
    g_assert_nonnull(strstr(said, REDACT_MARK));
    redact_clear();
}

/* What comes in pieces, and what was cut. */
static void test_pieces(void)
{
    static const char log[] = "boot srv-lab-07 up srv-lab-0";

    g_assert_true(redact_add("srv-lab-07", NULL));
    for (gsize cut = 0; cut <= strlen(log); cut++) {
        g_autoptr(GString) out = g_string_new(NULL), held = g_string_new(NULL);
        for (guint piece = 0; piece < 2; piece++) {
            g_string_append_len(held, piece ? log + cut : log,
                                (gssize)(piece ? strlen(log) - cut : cut));
            redact_stream(held, false, out);
        }
        g_assert_cmpstr(out->str, ==, "boot [secret] up ");
        g_assert_cmpstr(held->str, ==, "srv-lab-0");
    }
    g_autofree char *short_text = redact_cut_text("up on srv-lab…");
    g_assert_cmpstr(short_text, ==, "up on …");
    redact_clear();
}

static void test_refused(void)
{
    g_autofree char *endless = g_strnfill(REDACT_BYTES_MAX + 1, 'x');

    g_assert_false(redact_add("abc", NULL));
    g_assert_false(redact_add(endless, NULL));
    g_assert_false(redact_add("abcd\xFF", NULL));
    check("abc abcd", "abc abcd");
}

static void test_file(void)
{
    g_autofree char *folder = g_dir_make_tmp("truce-test-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "dump", NULL);
    gsize length = (3 << 20) + 17;
    g_autofree char *bytes = g_malloc0(length);

    g_assert_true(redact_add("srv-lab-07", NULL));
    memcpy(bytes + (1 << 20) - 4, "srv-lab-07", 10); /* across two pieces */
    g_assert_true(files_write_atomic(path, bytes, length, NULL));
    g_assert_true(redact_in_file(path));
    bytes[1 << 20] = 'x';
    g_assert_true(files_write_atomic(path, bytes, length, NULL));
    g_assert_false(redact_in_file(path));
    g_assert_false(redact_in_file("/nowhere"));
    redact_clear();
    files_remove_tree(folder, NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/redact/plain", test_plain);
    g_test_add_func("/redact/escaped", test_escaped);
    g_test_add_func("/redact/overlap", test_overlap);
    g_test_add_func("/redact/whole", test_whole);
    g_test_add_func("/redact/spelled", test_spelled);
    g_test_add_func("/redact/wrapped", test_wrapped);
    g_test_add_func("/redact/linear", test_linear);
    g_test_add_func("/redact/base64", test_base64);
    g_test_add_func("/redact/wide", test_wide);
    g_test_add_func("/redact/pieces", test_pieces);
    g_test_add_func("/redact/refused", test_refused);
    g_test_add_func("/redact/file", test_file);
    return g_test_run();
}
