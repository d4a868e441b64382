/* SPDX-License-Identifier: GPL-2.0-or-later
 * truce diff: golden pairs in diffs/ (base.json, new.json → diff.txt, diff.json), and files that
 * must be refused.
 *
 * TRUCE_TEST_REGENERATE=1 rewrites the golden answers; review the difference.
 */
#include "report/diff.h"

#include <string.h>

#include "util/error.h"
#include "util/files.h"

static char *scratch;

static void compare_with_golden(const char *folder, const char *file, const char *text)
{
    g_autofree char *path = g_build_filename(folder, file, NULL);
    g_autofree char *golden = NULL;
    gsize length;

    if (g_getenv("TRUCE_TEST_REGENERATE"))
        g_assert_true(files_write_atomic(path, text, strlen(text), NULL));
    g_assert_true(files_read(path, 1 << 20, &golden, &length, NULL));
    g_assert_cmpstr(text, ==, golden);
}

static void test_pair(gconstpointer folder)
{
    g_autofree char *base = g_build_filename(folder, "base.json", NULL);
    g_autofree char *new = g_build_filename(folder, "new.json", NULL);
    g_autoptr(Diff) diff = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_true(diff_read(base, new, &diff, &error));
    g_assert_no_error(error);
    g_autofree char *text = diff_text(diff);
    g_autoptr(cJSON) object = diff_json(diff);
    char *json = cJSON_Print(object);
    g_autofree char *line = g_strconcat(json, "\n", NULL);
    cJSON_free(json);
    compare_with_golden(folder, "diff.txt", text);
    compare_with_golden(folder, "diff.json", line);
}

/* A report compared with itself says nothing; both golden sides must be reports by themselves. */
static void test_same(gconstpointer folder)
{
    static const char *const files[] = {"base.json", "new.json"};

    for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_build_filename(folder, files[i], NULL);
        g_autoptr(Diff) diff = NULL;
        g_assert_true(diff_read(path, path, &diff, NULL));
        g_assert_false(diff_any(diff));
        g_assert_false(diff_worse(diff));
    }
}

/* A gate never opens where nothing was judged, not even for a run like the one before. */
static void test_nothing_judged(void)
{
    static const char *const states[] = {"not-run", "error", "skipped"};

    for (guint i = 0; i < G_N_ELEMENTS(states); i++) {
        g_autofree char *path = g_build_filename(scratch, "report.json", NULL);
        g_autofree char *text = g_strdup_printf(
            "{\"format\":1,\"cases\":[{\"id\":\"a\",\"state\":\"%s\",\"attempts\":[]}]}",
            states[i]);
        g_autoptr(Diff) diff = NULL;
        g_assert_true(files_write_atomic(path, text, strlen(text), NULL));
        g_assert_true(diff_read(path, path, &diff, NULL));
        g_assert_true(diff_worse(diff));
        g_autofree char *said = diff_text(diff);
        g_assert_nonnull(strstr(said, "No case was judged"));
    }
}

static void test_run_folder(void)
{
    g_autoptr(Diff) diff = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_true(
        diff_read(TRUCE_TEST_DATA "/runs/passed", TRUCE_TEST_DATA "/runs/flaky", &diff, &error));
    g_assert_no_error(error);
    g_assert_true(diff_any(diff));
}

static void test_refused(void)
{
    static const struct {
        const char *text, *words;
    } wrong[] = {
        {"", "report.json"},
        {"[]", "format"},
        {"{\"format\":2,\"cases\":[]}", "format"},
        {"{\"format\":1}", "no cases"},
        {"{\"format\":1,\"cases\":[7]}", "no id"},
        {"{\"format\":1,\"cases\":[{\"id\":\"a\",\"state\":\"fine\",\"attempts\":[]}]}",
         "no state"},
        {"{\"format\":1,\"cases\":[{\"id\":\"a\",\"state\":\"passed\"}]}", "no attempts"},
        {"{\"format\":1,\"cases\":[{\"id\":\"a\",\"state\":\"passed\",\"attempts\":[]},"
         "{\"id\":\"a\",\"state\":\"passed\",\"attempts\":[]}]}",
         "one id"},
        {"{\"format\":1,\"cases\":[{\"id\":\"a\",\"state\":\"failed\",\"deciding_attempt\":1,"
         "\"attempts\":[{\"attempt\":1,\"findings\":[{\"kind\":\"hang\"}]}]}]}",
         "signature"},
    };
    g_autofree char *path = g_build_filename(scratch, "report.json", NULL);

    for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
        Diff *diff = NULL;
        g_autoptr(GError) error = NULL;
        g_assert_true(files_write_atomic(path, wrong[i].text, strlen(wrong[i].text), NULL));
        g_assert_false(
            diff_read(i % 2 ? path : TRUCE_TEST_DATA "/runs/passed", path, &diff, &error));
        g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
        g_assert_null(diff);
        if (!strstr(error->message, wrong[i].words))
            g_error("'%s' does not say '%s'", error->message, wrong[i].words);
    }
}

int main(int argc, char **argv)
{
    const char *name;

    g_test_init(&argc, &argv, NULL);
    scratch = g_dir_make_tmp("truce-diff-XXXXXX", NULL);
    g_autoptr(GDir) dir = g_dir_open(TRUCE_TEST_DATA "/diffs", 0, NULL);
    g_assert_nonnull(dir);
    while ((name = g_dir_read_name(dir))) {
        g_autofree char *pair = g_strdup_printf("/diff/pair/%s", name);
        g_autofree char *same = g_strdup_printf("/diff/same/%s", name);
        char *folder = g_build_filename(TRUCE_TEST_DATA "/diffs", name, NULL);
        g_test_add_data_func_full(pair, folder, test_pair, g_free);
        g_test_add_data_func_full(same, g_strdup(folder), test_same, g_free);
    }
    g_test_add_func("/diff/run-folder", test_run_folder);
    g_test_add_func("/diff/nothing-judged", test_nothing_judged);
    g_test_add_func("/diff/refused", test_refused);
    int status = g_test_run();
    files_remove_tree(scratch, NULL);
    g_free(scratch);
    return status;
}
