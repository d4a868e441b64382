/* SPDX-License-Identifier: GPL-2.0-or-later
 * Fuzz target: two journals, with a line `====` between them, of shards of one plan. Merging them
 * ends with a run in which every case stands with the state that its shard gave it, or with one
 * line.
 */
#include "report/merge.h"

#include <stdint.h>
#include <string.h>

#include "report/result.h"
#include "util/error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char plan[] = "{\"format\":1,\"scenario\":\"s\",\"cases\":["
                           "{\"id\":\"a\",\"test\":\"t\",\"guest\":\"g\"},"
                           "{\"id\":\"b\",\"test\":\"t\",\"guest\":\"g\"}]}";

static void append(const char *text, gpointer data)
{
    GString **texts = data;
    g_string_append(texts[0], text);
}

static void append_journal(const char *text, gpointer data)
{
    GString **texts = data;
    g_string_append(texts[1], text);
}

static void check(const MergeShard *shards, const GString *merged_plan, const GString *journal)
{
    g_autoptr(Result) merged = NULL;
    g_autoptr(GError) error = NULL;
    guint ran = 0;

    result_parse(merged_plan->str, merged_plan->len, journal->str, journal->len, &merged, &error);
    g_assert_no_error(error);
    for (guint i = 0; i < 2; i++) {
        g_autoptr(Result) shard = NULL;
        g_assert_true(result_parse(plan, strlen(plan), shards[i].journal, shards[i].journal_length,
                                   &shard, NULL));
        ran += result_ran(shard);
    }
    g_assert_cmpuint(result_ran(merged), ==, ran);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char separator[] = "====\n";
    const char *text = (const char *)data;
    const char *middle = memmem(text, size, separator, strlen(separator));
    gsize first = middle ? (gsize)(middle - text) : size;
    gsize skipped = middle ? first + strlen(separator) : size;
    const MergeShard shards[] = {{"one", plan, strlen(plan), text, first},
                                 {"two", plan, strlen(plan), text + skipped, size - skipped}};
    g_autoptr(GString) merged_plan = g_string_new(NULL), journal = g_string_new(NULL);
    GString *texts[] = {merged_plan, journal};
    g_autoptr(GError) error = NULL;

    if (merge_texts(shards, 2, "merged", append, append_journal, texts, &error)) {
        g_assert_no_error(error);
        check(shards, merged_plan, journal);
        return 0;
    }
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    g_assert_null(strchr(error->message, '\n'));
    g_assert_true(g_utf8_validate(error->message, -1, NULL));
    return 0;
}
