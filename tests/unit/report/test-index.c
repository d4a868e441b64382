/* SPDX-License-Identifier: GPL-2.0-or-later
 * The overview of runs: a run counts once, and links hold from where the overview is written.
 */
#include "report/index.h"

#include <string.h>
#include <unistd.h>

#include "util/files.h"

static void put(const char *folder, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *parent = g_path_get_dirname(path);

    g_assert_true(files_make_folder(parent, NULL));
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static char *index_of(const char *runs, const char *output, guint expected)
{
    g_autoptr(GError) error = NULL;
    char *text = NULL;
    guint count = 0;

    index_write(runs, output, &count, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(count, ==, expected);
    g_assert_true(g_file_get_contents(output, &text, NULL, NULL));
    return text;
}

static void test_links(void)
{
    static const char report[] = "{\"format\":1,\"run\":\"r\",\"began\":\"2026-11-22T10:00:00Z\","
                                 "\"scenario\":{\"name\":\"s\",\"title\":\"S\"},\"cases\":[]}";
    g_autofree char *folder = g_dir_make_tmp("truce-test-XXXXXX", NULL);
    g_autofree char *runs = g_build_filename(folder, "all runs", NULL);
    g_autofree char *latest = g_build_filename(runs, "latest", NULL);
    g_autofree char *inside = g_build_filename(runs, "index.html", NULL);
    g_autofree char *beside = g_build_filename(folder, "over.html", NULL);
    g_autofree char *deeper = g_build_filename(folder, "site", "a", "over.html", NULL);

    put(runs, "one/report.json", report);
    put(runs, "one/report.html", "<p/>");
    put(runs, "no page/report.json", report);
    put(folder, "site/a/x", "");
    g_assert_cmpint(symlink("one", latest), ==, 0);
    g_autofree char *first = index_of(runs, inside, 2);
    g_assert_nonnull(strstr(first, "href=\"one/report.html\""));
    g_assert_null(strstr(first, "no%20page/report.html"));
    g_assert_null(strstr(first, "latest/"));
    g_autofree char *second = index_of(runs, beside, 2);
    g_assert_nonnull(strstr(second, "href=\"all%20runs/one/report.html\""));
    g_autofree char *third = index_of(runs, deeper, 2);
    g_assert_nonnull(strstr(third, "href=\"../../all%20runs/one/report.html\""));
    files_remove_tree(folder, NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/index/links", test_links);
    return g_test_run();
}
