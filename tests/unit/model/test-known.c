/* SPDX-License-Identifier: GPL-2.0-or-later
 * Known issues: what matches, what does not, and what is said of entries that are of no use.
 */
#include <string.h>

#include "model/known.h"
#include "util/error.h"

#define ISSUE(id, expires, match)                                                                  \
    "<issue id='" id "' owner='Alder' link='https://example.invalid/1' expires='" expires "'>"     \
    "<match " match "/><text>It is known.</text></issue>"

static Known *parse(const char *issues, const char *today, GError **error)
{
    g_autofree char *text = g_strdup_printf("<known format='1'>%s</known>", issues);
    Known *known = NULL;
    known_parse(text, strlen(text), "known.xml", today, &known, error);
    return known;
}

static bool has_version(gpointer data, const char *vendor, const char *product, const char *content)
{
    (void)data;
    return g_str_equal(vendor, "alder") && (!product || g_str_equal(product, "1.0")) &&
           (!content || g_str_equal(content, "3"));
}

static const KnownFinding crash = {.kind = "boot-loop",
                                   .has_code = true,
                                   .code = 0x7E,
                                   .module = "Alder.sys",
                                   .step_name = "update alder content 3",
                                   .has_version = has_version};

static void test_matches(void)
{
    static const struct {
        const char *match;
        bool matches;
    } entries[] = {
        {"kind='boot-loop' code='0x7E'", true},
        {"kind='boot-loop' code='0x0000007e' module='alder.sys'", true},
        {"kind='boot-loop' step='update alder'", true},
        {"kind='boot-loop' module='alder.sys' vendor='alder' product='1.0' content='3'", true},
        {"kind='bugcheck' code='0x7E'", false},
        {"kind='boot-loop' code='0x50'", false},
        {"kind='boot-loop' code='0x7E' module='birch.sys'", false},
        {"kind='boot-loop' step='update al'", false},
        {"kind='boot-loop' step='install alder'", false},
        {"kind='boot-loop' module='alder.sys' vendor='alder' product='1.1'", false},
        {"kind='boot-loop' module='alder.sys' vendor='alder' content='2'", false},
        {"kind='boot-loop' module='alder.sys' vendor='birch'", false},
    };
    for (guint i = 0; i < G_N_ELEMENTS(entries); i++) {
        g_autofree char *text = g_strdup_printf(
            "<issue id='a' owner='o' link='l' expires='2026-12-31'><match %s/><text>t</text>"
            "</issue>",
            entries[i].match);
        g_autoptr(GError) error = NULL;
        g_autoptr(Known) known = parse(text, "2026-11-22", &error);
        g_assert_no_error(error);
        g_assert_cmpint(known_match(known, &crash) != NULL, ==, entries[i].matches);
    }
}

static void test_wrong(void)
{
    static const struct {
        const char *issues, *words;
    } wrong[] = {
        {ISSUE("a", "2026-12-31", "kind='hang'"), "too little"},
        {ISSUE("a", "2026-12-31", "kind='hang' module='a' product='1'"), "needs its vendor"},
        {ISSUE("a", "2026-12-31", "kind='hang' module='a'")
             ISSUE("a", "2026-12-31", "kind='hang' module='b'"),
         "already"},
        {ISSUE("a", "soon", "kind='hang' module='a'"), "date"},
        {ISSUE("a", "2026-12-31", "kind='hang' module='a' test='x'"), "test"},
        {ISSUE("a", "2026-12-31", "kind='hang' module='a' case='x'"), "case"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Known) known = parse(wrong[i].issues, "2026-11-22", &error);
        g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
        g_assert_nonnull(strstr(error->message, wrong[i].words));
        g_assert_true(g_str_has_prefix(error->message, "known.xml:1:"));
        g_assert_null(known);
    }
}

static void test_complaints(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Known) known = parse(ISSUE("used", "2026-11-22", "kind='boot-loop' code='0x7E'")
                                       ISSUE("old", "2026-11-21", "kind='hang' module='a'"),
                                   "2026-11-22", &error);
    g_assert_no_error(error);
    const KnownIssue *issue = known_match(known, &crash);
    g_assert_cmpstr(issue->id, ==, "used");
    g_assert_false(issue->expired);
    g_autoptr(GPtrArray) complaints = known_complaints(known);
    g_assert_cmpuint(complaints->len, ==, 2);
    g_assert_nonnull(strstr(complaints->pdata[0], "'old' of Alder expired on 2026-11-21"));
    g_autoptr(GPtrArray) expired = known_expired(known);
    g_assert_cmpuint(expired->len, ==, 1);
    g_assert_nonnull(strstr(expired->pdata[0], "the known issue 'old' of Alder expired on"));
    g_assert_true(g_regex_match_simple("^[^:]+:[0-9]+:[0-9]+: ", expired->pdata[0], 0, 0));
    g_assert_nonnull(strstr(complaints->pdata[1], "'old' of Alder was not seen"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/known/matches", test_matches);
    g_test_add_func("/known/wrong", test_wrong);
    g_test_add_func("/known/complaints", test_complaints);
    return g_test_run();
}
