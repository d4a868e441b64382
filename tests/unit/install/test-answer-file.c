/* SPDX-License-Identifier: GPL-2.0-or-later
 * Answer files: golden files (answer/<guest>.xml and .md), what must not get into them.
 *
 * TRUCE_TEST_REGENERATE=1 writes the golden files anew; review the difference.
 */
#include "install/answer-file.h"

#include <string.h>

#include <libxml/parser.h>

#include "util/cleanup.h"
#include "util/error.h"

static const struct {
    const char *recipe, *edition;
    guint index;
    const char *language, *key;
    bool evaluation;
} cases[] = {
    {"10-22h2", "enterprise-eval", 0, NULL, NULL, false},
    {"11-23h2", "pro", 6, "fr-FR", "AAAAA-BBBBB-CCCCC-DDDDD-EEEEE", false},
    {"11-24h2", NULL, 0, NULL, NULL, false},
    {"11-25h2", NULL, 0, NULL, NULL, false},
    {"server-2016", NULL, 0, NULL, NULL, false},
    {"server-2019", NULL, 2, "en-US", NULL, true},
    {"server-2022", "datacenter-core", 3, "en-US", NULL, false},
    {"server-2025", NULL, 0, NULL, NULL, false},
};

static Guest *guest_of(const char *recipe)
{
    g_autofree char *path =
        g_build_filename(TRUCE_SOURCE_DIR, "guests", "windows", recipe, "guest.xml", NULL);
    g_autoptr(GError) error = NULL;
    Guest *guest = NULL;

    guest_read(path, &guest, &error);
    g_assert_no_error(error);
    return guest;
}

static void compare(const char *name, const char *suffix, const char *text)
{
    g_autofree char *file = g_strconcat(name, suffix, NULL);
    g_autofree char *path = g_build_filename(TRUCE_TEST_DATA, "answer", file, NULL);
    g_autofree char *golden = NULL;

    if (g_getenv("TRUCE_TEST_REGENERATE"))
        g_assert_true(g_file_set_contents(path, text, -1, NULL));
    g_assert_true(g_file_get_contents(path, &golden, NULL, NULL));
    g_assert_cmpstr(text, ==, golden);
}

static AnswerOptions options_of(const Guest *guest, gsize i)
{
    AnswerOptions options = {.guest = guest,
                             .edition = install_edition(guest->install, cases[i].edition),
                             .index = cases[i].index,
                             .language = cases[i].language,
                             .product_key = cases[i].key,
                             .password = "Secret-1"};
    g_assert_nonnull(options.edition);
    options.setup_key = cases[i].evaluation ? NULL : options.edition->setup_key;
    return options;
}

static void test_golden(gconstpointer data)
{
    const gsize i = GPOINTER_TO_SIZE(data);
    g_autoptr(Guest) guest = guest_of(cases[i].recipe);
    AnswerOptions options = options_of(guest, i);
    g_autofree char *xml = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_true(answer_file_build(&options, &xml, &error));
    g_assert_no_error(error);
    compare(cases[i].recipe, ".xml", xml);

    g_autofree char *table = answer_file_table(&options);
    compare(cases[i].recipe, ".md", table);
    g_assert_null(strstr(table, options.password));
    if (options.product_key)
        g_assert_null(strstr(table, options.product_key));
}

/* Setup takes the first of several components of one name, and refuses a file that is no XML. */
static void test_well_formed(gconstpointer data)
{
    const gsize i = GPOINTER_TO_SIZE(data);
    g_autoptr(Guest) guest = guest_of(cases[i].recipe);
    AnswerOptions options = options_of(guest, i);
    g_autofree char *xml = NULL;
    g_assert_true(answer_file_build(&options, &xml, NULL));

    g_autoptr(xmlDoc) doc = xmlReadMemory(xml, (int)strlen(xml), NULL, NULL, XML_PARSE_NONET);
    g_assert_nonnull(doc);
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (xmlNode *pass = xmlDocGetRootElement(doc)->children; pass; pass = pass->next) {
        for (xmlNode *node = pass->children; node; node = node->next) {
            xml_str name = xmlGetProp(node, BAD_CAST "name");
            xml_str of = xmlGetProp(pass, BAD_CAST "pass");
            if (name)
                g_assert_true(g_hash_table_add(
                    seen, g_strjoin(" ", (const char *)of, (const char *)name, NULL)));
        }
    }
    g_assert_cmpuint(g_hash_table_size(seen), >=, 6);
}

static void test_hostile(void)
{
    g_autoptr(Guest) guest = guest_of("server-2022");
    AnswerOptions options = options_of(guest, 6);
    g_autofree char *xml = NULL;
    g_autoptr(GError) error = NULL;

    options.setup_key = "<a>&\"'";
    g_assert_true(answer_file_build(&options, &xml, &error));
    g_assert_nonnull(strstr(xml, "<Key>&lt;a&gt;&amp;\"'</Key>"));

    options.setup_key = NULL;
    options.product_key = "A\x01";
    g_clear_pointer(&xml, g_free);
    g_assert_false(answer_file_build(&options, &xml, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    g_assert_null(xml);
}

static void test_password(void)
{
    g_autofree char *first = answer_password();
    g_autofree char *second = answer_password();

    g_assert_cmpuint(strlen(first), ==, 20);
    g_assert_cmpstr(first, !=, second);
    g_assert_nonnull(strpbrk(first, "ABCDEFGHJKLMNPQRSTUVWXYZ"));
    g_assert_nonnull(strpbrk(first, "abcdefghijkmnopqrstuvwxyz"));
    g_assert_nonnull(strpbrk(first, "23456789"));
    g_assert_nonnull(strpbrk(first, "-_.+=@"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *golden = g_strconcat("/answer-file/golden/", cases[i].recipe, NULL);
        g_autofree char *formed = g_strconcat("/answer-file/well-formed/", cases[i].recipe, NULL);
        g_test_add_data_func(golden, GSIZE_TO_POINTER(i), test_golden);
        g_test_add_data_func(formed, GSIZE_TO_POINTER(i), test_well_formed);
    }
    g_test_add_func("/answer-file/hostile", test_hostile);
    g_test_add_func("/answer-file/password", test_password);
    return g_test_run();
}
