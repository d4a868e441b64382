/* SPDX-License-Identifier: GPL-2.0-or-later
 * Merging the shards of a run on a cluster.
 */
#include "cluster/merge.h"

#include <errno.h>

#include <glib/gstdio.h>

#include "cluster/pool.h"
#include "report/merge.h"
#include "run/journal.h"
#include "util/error.h"
#include "util/files.h"
#include "util/json.h"

/* A merged run in which nothing ran has no journal to note it in. */
static bool note_hosts(const Cluster *cluster, const char *output, GError **error)
{
    g_autofree char *path = g_build_filename(output, "journal.ndjson", NULL);
    g_autoptr(GPtrArray) hosts = NULL;
    g_autoptr(Journal) journal = NULL;
    GStatBuf st;

    if (!pool_hosts(cluster, &hosts, error))
        return false;
    if (g_stat(path, &st) != 0 || st.st_size == 0)
        return true;
    if (!journal_open(path, &journal, error))
        return false;
    for (guint i = 0; i < hosts->len; i++) {
        const PoolHost *host = hosts->pdata[i];
        if (!g_str_equal(host->state, "out"))
            continue;
        cJSON *record = journal_record(journal, "host-out");
        json_add_text(record, "name", host->name);
        json_add_text(record, "reason", host->reason);
        journal_write(journal, record);
    }
    return journal_check(journal, error);
}

static bool merge_to(const Cluster *cluster, const char *output, GError **error)
{
    g_autoptr(GPtrArray) folders = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(RunCommand) command = NULL;

    for (guint s = 1; s <= cluster->shards; s++)
        g_ptr_array_add(folders, cluster_shard_folder(cluster, s));
    return merge_runs((char *const *)folders->pdata, folders->len, output, error) &&
           (!pool_is(cluster) || note_hosts(cluster, output, error)) &&
           run_command_read(cluster->folder, &command, error) &&
           run_command_write(command, output, error);
}

bool cluster_merge(const Cluster *cluster, GError **error)
{
    g_autofree char *merged = cluster_merged_folder(cluster);
    g_autofree char *parent = g_build_filename(cluster->folder, "merging", NULL);
    g_autofree char *output = g_build_filename(parent, cluster->name, NULL);

    if (g_file_test(merged, G_FILE_TEST_EXISTS)) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "'%s' exists: remove it to merge again",
                    merged);
        return false;
    }
    if (!files_remove_tree(parent, error) || !files_make_folder(parent, error) ||
        !merge_to(cluster, output, error))
        return false;
    if (g_rename(output, merged) != 0) {
        int saved = errno;
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "cannot rename '%s' to '%s': %s", output,
                    merged, g_strerror(saved));
        return false;
    }
    return files_remove_tree(parent, error);
}
