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
    redact_bytes(bytes);
    g_assert_cmpmem(bytes->str, bytes->len, REDACT_MARK, strlen(REDACT_MARK));
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
            redact_bytes(held);
            gsize kept = redact_held(held->str, held->len);
            g_string_append_len(out, held->str, (gssize)(held->len - kept));
            g_string_erase(held, 0, (gssize)(held->len - kept));
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
    g_test_add_func("/redact/base64", test_base64);
    g_test_add_func("/redact/wide", test_wide);
    g_test_add_func("/redact/pieces", test_pieces);
    g_test_add_func("/redact/refused", test_refused);
    g_test_add_func("/redact/file", test_file);
    return g_test_run();
}
