/* SPDX-License-Identifier: GPL-2.0-or-later
 * How far a run on a cluster is.
 */
#include "cluster/progress.h"

#include "report/clean.h"

void cluster_progress_free(ClusterProgress *progress)
{
    if (!progress)
        return;
    g_ptr_array_unref(progress->told);
    estimate_free(progress->estimate);
    g_free(progress);
}

static void tell_findings(ClusterProgress *progress, const ResultCase *result_case)
{
    const ResultAttempt *attempt = result_deciding_attempt(result_case);

    for (guint i = 0; attempt && i < attempt->findings->len; i++) {
        const ResultFinding *finding = attempt->findings->pdata[i];
        g_autofree char *text = g_strdup_printf("%s: %s", result_case->id, finding->summary);
        progress->findings++;
        if (progress->told->len < PROGRESS_FINDINGS_MAX)
            g_ptr_array_add(progress->told, clean_line(text));
    }
}

/* `left`: test → GUINT_TO_POINTER(cases of it that have not ended). */
static void add_result(ClusterProgress *progress, const Result *result, GHashTable *left)
{
    for (guint i = 0; i < result->cases->len; i++) {
        const ResultCase *result_case = result->cases->pdata[i];
        progress->cases++;
        progress->counts[result_case->state]++;
        tell_findings(progress, result_case);
        if (result_case->state == CASE_NOT_RUN) {
            guint before = GPOINTER_TO_UINT(g_hash_table_lookup(left, result_case->test));
            g_hash_table_insert(left, g_strdup(result_case->test), GUINT_TO_POINTER(before + 1));
            progress->running += result_case->attempts->len > 0;
        } else if (result_case->state != CASE_SKIPPED) {
            estimate_add(progress->estimate, result_case->test,
                         (double)result_case_duration_ms(result_case) / 1000);
        }
    }
    progress->shards_ended += result->counts[CASE_NOT_RUN] == 0;
}

static void add_left(gpointer test, gpointer count, gpointer data)
{
    ClusterProgress *progress = data;
    double seconds = estimate_case(progress->estimate, test, 0);

    progress->left_s += seconds * GPOINTER_TO_UINT(count);
    progress->longest_s = MAX(progress->longest_s, seconds);
}

bool cluster_progress(const Cluster *cluster, ClusterProgress **ret_progress, GError **error)
{
    g_autoptr(ClusterProgress) progress = g_new0(ClusterProgress, 1);
    g_autoptr(GHashTable) left = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autofree char *merged = cluster_merged_folder(cluster);
    bool one = g_file_test(merged, G_FILE_TEST_IS_DIR);

    progress->told = g_ptr_array_new_with_free_func(g_free);
    progress->estimate = estimate_new();
    for (guint s = 1; s <= (one ? 1 : cluster->shards); s++) {
        g_autofree char *folder = one ? g_strdup(merged) : cluster_shard_folder(cluster, s);
        g_autoptr(Result) result = NULL; /* it keeps a file open, so one at a time */
        if (!result_read(folder, &result, error))
            return false;
        add_result(progress, result, left);
    }
    g_hash_table_foreach(left, add_left, progress);
    if (one && progress->counts[CASE_NOT_RUN] == 0)
        progress->shards_ended = cluster->shards;
    *ret_progress = g_steal_pointer(&progress);
    return true;
}
