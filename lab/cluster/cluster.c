/* SPDX-License-Identifier: GPL-2.0-or-later
 * The folder of a run on a cluster.
 */
#include "cluster/cluster.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "util/error.h"
#include "util/files.h"
#include "util/json.h"
#include "util/redact.h"

#define CLUSTER_FORMAT 1
#define CLUSTER_BYTES_MAX (16u << 20)

void cluster_free(Cluster *cluster)
{
    if (!cluster)
        return;
    g_free(cluster->folder);
    g_free(cluster->name);
    g_free(cluster->job_name);
    g_free(cluster->scenario);
    g_clear_pointer(&cluster->lots, g_ptr_array_unref);
    g_free(cluster->merge);
    g_free(cluster);
}

Cluster *cluster_new(const char *folder, const char *scenario, GPtrArray *lots)
{
    Cluster *cluster = g_new0(Cluster, 1);

    cluster->folder = g_canonicalize_filename(folder, NULL);
    cluster->name = g_path_get_basename(cluster->folder);
    g_autofree char *safe = files_safe_name(cluster->name);
    cluster->job_name = g_strconcat("truce-", safe, NULL);
    cluster->scenario = g_canonicalize_filename(scenario, NULL);
    cluster->lots = lots;
    for (guint i = 0; i < lots->len; i++)
        cluster->shards = MAX(cluster->shards, ((const Lot *)lots->pdata[i])->last);
    return cluster;
}

char *cluster_shard_folder(const Cluster *cluster, guint shard)
{
    return g_strdup_printf("%s/shards/%04u", cluster->folder, shard);
}

char *cluster_merged_folder(const Cluster *cluster)
{
    return g_build_filename(cluster->folder, "merged", NULL);
}

/* Writing the folder */

static bool write_text(const char *folder, const char *name, const char *plain, GError **error)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *text = redact_text(plain);
    return files_write_atomic(path, text, strlen(text), error);
}

/* The shards with controls, for those that must wait for them; NULL: none. */
static char **control_folders(const Cluster *cluster)
{
    g_autoptr(GPtrArray) folders = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < cluster->lots->len; i++) {
        const Lot *lot = cluster->lots->pdata[i];
        for (guint s = lot->first; lot->stage == LOT_CONTROLS && s <= lot->last; s++)
            g_ptr_array_add(folders, cluster_shard_folder(cluster, s));
    }
    if (folders->len == 0)
        return NULL;
    g_ptr_array_add(folders, NULL);
    return (char **)g_ptr_array_steal(folders, NULL);
}

/* Without a flush for each: there are thousands, and none counts before cluster.json is there. */
static bool write_soon(const char *folder, const char *name, const char *plain, GError **error)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *text = redact_text(plain);
    g_autoptr(GError) cause = NULL;

    if (g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_NONE, 0644, &cause))
        return true;
    g_set_error_literal(error, TRUCE_ERROR, TRUCE_ERROR_LAB, cause->message);
    return false;
}

/* `command`: the file that all shards of a lot have a copy of. */
static bool write_shard(const Cluster *cluster, guint shard, const Plan *part, const char *command,
                        GError **error)
{
    g_autofree char *folder = cluster_shard_folder(cluster, shard);
    g_autofree char *own = g_build_filename(folder, "command.json", NULL);
    g_autofree char *text = plan_to_json(part);

    return files_make_folder(folder, error) && write_soon(folder, "plan.json", text, error) &&
           files_copy(command, own, error) && write_soon(folder, "journal.ndjson", "", error);
}

static bool flush(const char *folder, GError **error)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool done = fd >= 0 && syncfs(fd) == 0;
    int saved = errno;

    if (fd >= 0)
        close(fd);
    if (!done)
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "cannot flush '%s': %s", folder,
                    g_strerror(saved));
    return done;
}

/* The cases of each shard, of GPtrArray* of PlanCase*, numbered by their places in the plan. */
static GPtrArray *part_cases(const Cluster *cluster, const Plan *plan, const GArray *shards)
{
    GPtrArray *parts = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);

    for (guint i = 0; i < cluster->shards; i++)
        g_ptr_array_add(parts, g_ptr_array_new());
    for (guint i = 0; i < plan->cases->len; i++) {
        PlanCase *plan_case = plan->cases->pdata[i];
        plan_case->number = i + 1;
        g_ptr_array_add(parts->pdata[g_array_index(shards, guint, i) - 1], plan_case);
    }
    return parts;
}

static bool write_shards(const Cluster *cluster, const Plan *plan, const GArray *shards,
                         const RunCommand *command, GError **error)
{
    g_autoptr(GPtrArray) parts = part_cases(cluster, plan, shards);
    g_auto(GStrv) controls = control_folders(cluster);

    for (guint i = 0; i < cluster->lots->len; i++) {
        const Lot *lot = cluster->lots->pdata[i];
        RunCommand own = *command;
        own.experiments = 0;
        own.controls = lot->stage == LOT_CONTROLS ? NULL : controls;
        g_autofree char *folder =
            g_build_filename(cluster->folder, "lots", lot_stage_name(lot->stage), NULL);
        g_autofree char *file = g_build_filename(folder, "command.json", NULL);
        if (!files_make_folder(folder, error) || !run_command_write(&own, folder, error))
            return false;
        for (guint s = lot->first; s <= lot->last; s++) {
            Plan part = {.scenario = plan->scenario,
                         .cases = parts->pdata[s - 1],
                         .planned = plan->cases->len,
                         .requirements = plan->requirements};
            if (!write_shard(cluster, s, &part, file, error))
                return false;
        }
    }
    return true;
}

bool cluster_write_folder(const Cluster *cluster, const Plan *plan, const GArray *shards,
                          const RunCommand *command, GError **error)
{
    g_autofree char *text = plan_to_json(plan);

    if (g_file_test(cluster->folder, G_FILE_TEST_EXISTS)) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "'%s' exists: a run never overwrites another", cluster->folder);
        return false;
    }
    return files_make_folder(cluster->folder, error) &&
           write_text(cluster->folder, "plan.json", text, error) &&
           run_command_write(command, cluster->folder, error) &&
           write_shards(cluster, plan, shards, command, error) && flush(cluster->folder, error) &&
           cluster_write(cluster, error);
}

/* cluster.json */

static cJSON *lot_json(const Lot *lot)
{
    cJSON *object = cJSON_CreateObject();

    json_add_text(object, "stage", lot_stage_name(lot->stage));
    json_add_text(object, "guest", lot->guest);
    json_add_text(object, "licences", lot->licences);
    cJSON_AddBoolToObject(object, "here", lot->here);
    cJSON_AddNumberToObject(object, "memory_mib", lot->memory_mib);
    cJSON_AddNumberToObject(object, "cpus", lot->cpus);
    cJSON_AddNumberToObject(object, "first", lot->first);
    cJSON_AddNumberToObject(object, "last", lot->last);
    cJSON_AddNumberToObject(object, "longest_s", lot->longest_s);
    json_add_text(object, "job", lot->job);
    return object;
}

bool cluster_write(const Cluster *cluster, GError **error)
{
    g_autofree char *path = g_build_filename(cluster->folder, "cluster.json", NULL);
    g_autoptr(cJSON) object = cJSON_CreateObject();

    cJSON_AddNumberToObject(object, "format", CLUSTER_FORMAT);
    json_add_text(object, "name", cluster->name);
    json_add_text(object, "scenario", cluster->scenario);
    cJSON_AddNumberToObject(object, "shards", cluster->shards);
    cJSON *lots = cJSON_AddArrayToObject(object, "lots");
    for (guint i = 0; i < cluster->lots->len; i++)
        cJSON_AddItemToArray(lots, lot_json(cluster->lots->pdata[i]));
    json_add_text(object, "merge", cluster->merge);
    g_autofree char *line = json_line(object);
    g_autofree char *text = g_strconcat(line, "\n", NULL);
    return files_write_atomic(path, text, strlen(text), error);
}

/* Whether it is what sbatch names a job, or nothing: scancel would take anything else, `--me`, for
 * an option. */
static bool is_job(const char *job)
{
    return !job || (*job && job[strspn(job, "0123456789")] == '\0');
}

/* NULL where it is none, or its shards do not follow those before. */
static Lot *read_lot(const cJSON *object, guint first)
{
    g_autoptr(Lot) lot = lot_new();
    const char *stage = json_string(object, "stage", "");

    lot->guest = g_strdup(json_string(object, "guest", NULL));
    lot->licences = g_strdup(json_string(object, "licences", NULL));
    lot->here = json_bool(object, "here", false);
    lot->memory_mib = (guint)CLAMP(json_int(object, "memory_mib", 0), 0, 1 << 30);
    lot->cpus = (guint)CLAMP(json_int(object, "cpus", 0), 0, 1 << 20);
    lot->first = (guint)CLAMP(json_int(object, "first", 0), 0, LOT_SHARDS_MAX);
    lot->last = (guint)CLAMP(json_int(object, "last", 0), 0, LOT_SHARDS_MAX);
    lot->longest_s = (double)json_int(object, "longest_s", 0);
    lot->job = g_strdup(json_string(object, "job", NULL));
    bool right = lot_stage_from_name(stage, &lot->stage) && lot->guest && lot->first == first &&
                 lot->last >= first && is_job(lot->job);
    return right ? g_steal_pointer(&lot) : NULL;
}

static bool read_lots(const cJSON *list, GPtrArray *lots)
{
    const cJSON *item;
    guint next = 1;

    cJSON_ArrayForEach (item, list) {
        Lot *lot = read_lot(item, next);
        if (!lot)
            return false;
        g_ptr_array_add(lots, lot);
        next = lot->last + 1;
    }
    return lots->len > 0;
}

bool cluster_parse(const char *folder, const char *text, gsize length, Cluster **ret_cluster,
                   GError **error)
{
    g_autoptr(GPtrArray) lots = g_ptr_array_new_with_free_func((GDestroyNotify)lot_free);
    g_autoptr(cJSON) object = NULL;

    if (!json_parse(text, length, CLUSTER_BYTES_MAX, "cluster.json", &object, error))
        return false;
    if (json_int(object, "format", 0) != CLUSTER_FORMAT ||
        !is_job(json_string(object, "merge", NULL)) ||
        !read_lots(cJSON_GetObjectItemCaseSensitive(object, "lots"), lots)) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "cluster.json: this is no cluster of format %d", CLUSTER_FORMAT);
        return false;
    }
    *ret_cluster = cluster_new(folder, json_string(object, "scenario", ""), g_steal_pointer(&lots));
    (*ret_cluster)->merge = g_strdup(json_string(object, "merge", NULL));
    return true;
}

bool cluster_read(const char *folder, Cluster **ret_cluster, GError **error)
{
    g_autofree char *path = g_build_filename(folder, "cluster.json", NULL);
    g_autofree char *text = NULL;
    gsize length;

    if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "'%s' is no folder of 'truce submit': it has no cluster.json", folder);
        return false;
    }
    if (!files_read(path, CLUSTER_BYTES_MAX, &text, &length, error))
        return false;
    if (cluster_parse(folder, text, length, ret_cluster, error))
        return true;
    g_prefix_error(error, "%s/", folder);
    return false;
}
