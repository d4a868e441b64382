/* SPDX-License-Identifier: GPL-2.0-or-later
 * Slurm's commands.
 */
#include "cluster/slurm.h"

#include <string.h>

#include "util/error.h"
#include "util/files.h"
#include "util/proc.h"
#include "util/text.h"

#define TEXT_MAX 200u  /* bytes of a word of squeue's */
#define WORDS_MAX 500u /* bytes of why a command failed */
#define COMMAND_S 120u /* a controller that restarts is waited for by the commands themselves */

static void keep_line(const char *line, gpointer data)
{
    g_ptr_array_add(data, g_strdup(line));
}

/* Runs a command; ret_lines: what it printed, of char*. */
static bool ask(const char *const *argv, GPtrArray **ret_lines, GError **error)
{
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    const ProcOptions options = {
        .timeout_s = COMMAND_S, .on_line = keep_line, .on_line_data = lines};
    g_autoptr(GError) failure = NULL;

    if (!proc_run(argv, &options, &failure)) {
        const char *said = lines->len ? lines->pdata[lines->len - 1] : failure->message;
        g_autofree char *words = text_printable(said, strlen(said), WORDS_MAX);
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "%s: %s", argv[0], words);
        return false;
    }
    *ret_lines = g_steal_pointer(&lines);
    return true;
}

/* Submitting */

/* Of `--parsable`: the id, and where there are several clusters `;` and a name; warnings may come
 * before it. */
static char *job_id(const GPtrArray *lines)
{
    for (guint i = 0; i < lines->len; i++) {
        const char *line = lines->pdata[i];
        gsize digits = strspn(line, "0123456789");
        if (digits > 0 && (line[digits] == '\0' || line[digits] == ';'))
            return g_strndup(line, digits);
    }
    return NULL;
}

static bool submit(const char *script, const char *dependency, char **ret_job, GError **error)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_autoptr(GPtrArray) lines = NULL;

    g_ptr_array_add(argv, "sbatch");
    g_ptr_array_add(argv, "--parsable");
    if (dependency)
        g_ptr_array_add(argv, (gpointer)dependency);
    g_ptr_array_add(argv, (gpointer)script);
    g_ptr_array_add(argv, NULL);
    if (!ask((const char *const *)argv->pdata, &lines, error))
        return false;
    *ret_job = job_id(lines);
    if (*ret_job)
        return true;
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "sbatch named no job for '%s'", script);
    return false;
}

/* What a lot waits for of an earlier one, which is `before` places before it: its end, its begin
 * (that of all its tasks), or nothing. Where `most` tasks may run at once, lots of two stages never
 * do, and of one stage that many. */
static const char *waits_for(const Lot *lot, const Lot *other, guint before, guint most)
{
    if (other->stage == lot->stage)
        return most > 0 && before == most ? "afterany" : NULL;
    return other->stage == LOT_CONTROLS || most > 0 ? "afterany" : "after";
}

/* `--dependency=afterany:17,after:18`; NULL: none. The last job (`lot` NULL) waits for all. */
static char *dependency_of(const Cluster *cluster, const Lot *lot, guint most)
{
    g_autoptr(GString) text = g_string_new("--dependency=");
    gsize bare = text->len;
    guint place = 0;

    while (place < cluster->lots->len && cluster->lots->pdata[place] != lot)
        place++;
    for (guint i = 0; i < place; i++) {
        const Lot *other = cluster->lots->pdata[i];
        const char *what = lot ? waits_for(lot, other, place - i, most) : "afterany";
        if (what)
            g_string_append_printf(text, "%s%s:%s", text->len > bare ? "," : "", what, other->job);
    }
    return text->len > bare ? g_strdup(text->str) : NULL;
}

static bool write_script(const Cluster *cluster, const Lot *lot, const SlurmOptions *options,
                         GError **error)
{
    g_autofree char *text = slurm_script(cluster, lot, options);
    g_autofree char *path = slurm_script_path(cluster, lot);
    return files_write_atomic(path, text, strlen(text), error);
}

static bool write_scripts(const Cluster *cluster, const SlurmOptions *options, GError **error)
{
    g_autofree char *scripts = g_build_filename(cluster->folder, "slurm", NULL);
    g_autofree char *logs = g_build_filename(cluster->folder, "log", NULL);

    if (!files_make_folder(scripts, error) || !files_make_folder(logs, error))
        return false;
    for (guint i = 0; i < cluster->lots->len; i++)
        if (!write_script(cluster, cluster->lots->pdata[i], options, error))
            return false;
    return write_script(cluster, NULL, options, error);
}

static bool submit_lot(Cluster *cluster, Lot *lot, guint most, GError **error)
{
    g_autofree char *script = slurm_script_path(cluster, lot);
    g_autofree char *dependency = dependency_of(cluster, lot, most);

    return submit(script, dependency, lot ? &lot->job : &cluster->merge, error) &&
           cluster_write(cluster, error);
}

bool slurm_submit(Cluster *cluster, const SlurmOptions *options, GError **error)
{
    bool done = write_scripts(cluster, options, error);

    for (guint i = 0; done && i < cluster->lots->len; i++)
        done = submit_lot(cluster, cluster->lots->pdata[i], slurm_at_once(options), error);
    done = done && submit_lot(cluster, NULL, 0, error);
    if (!done)
        slurm_cancel(cluster, NULL);
    return done;
}

/* Looking */

void slurm_task_free(SlurmTask *task)
{
    if (!task)
        return;
    g_free(task->state);
    g_free(task->node);
    g_free(task->reason);
    g_free(task);
}

/* The lot that is this array, or NULL. */
static const Lot *find_lot(const Cluster *cluster, const char *job)
{
    for (guint i = 0; i < cluster->lots->len; i++) {
        const Lot *lot = cluster->lots->pdata[i];
        if (g_strcmp0(lot->job, job) == 0)
            return lot;
    }
    return NULL;
}

/* The shard of `17_3`, or 0 for the last job; false where it is neither. */
static bool find_shard(const Cluster *cluster, const char *text, guint *ret_shard)
{
    g_auto(GStrv) id = g_strsplit(text, "_", 2);
    guint64 place = 0;

    if (id[0] && !id[1]) {
        *ret_shard = 0;
        return g_strcmp0(cluster->merge, id[0]) == 0;
    }
    const Lot *lot = id[0] ? find_lot(cluster, id[0]) : NULL;
    if (!lot || !g_ascii_string_to_unsigned(id[1], 10, 1, lot->last - lot->first + 1, &place, NULL))
        return false;
    *ret_shard = lot->first + (guint)place - 1;
    return true;
}

bool slurm_parse_task(const Cluster *cluster, const char *line, SlurmTask **ret_task)
{
    g_auto(GStrv) parts = g_strsplit(line, "|", 4);
    guint shard;

    if (g_strv_length(parts) != 4 || !find_shard(cluster, parts[0], &shard))
        return false;
    SlurmTask *task = g_new0(SlurmTask, 1);
    task->shard = shard;
    task->state = text_printable(parts[1], strlen(parts[1]), TEXT_MAX);
    task->node = text_printable(parts[2], strlen(parts[2]), TEXT_MAX);
    task->reason = text_printable(parts[3], strlen(parts[3]), TEXT_MAX);
    *ret_task = task;
    return true;
}

bool slurm_tasks(const Cluster *cluster, GPtrArray **ret_tasks, GError **error)
{
    g_autofree char *name = g_strdup_printf("--name=%s", cluster->job_name);
    const char *const argv[] = {"squeue", "--noheader",           "--array",
                                name,     "--format=%i|%T|%N|%r", NULL};
    g_autoptr(GPtrArray) lines = NULL;

    if (!ask(argv, &lines, error))
        return false;
    GPtrArray *tasks = g_ptr_array_new_with_free_func((GDestroyNotify)slurm_task_free);
    for (guint i = 0; i < lines->len; i++) {
        SlurmTask *task;
        if (slurm_parse_task(cluster, lines->pdata[i], &task))
            g_ptr_array_add(tasks, task);
    }
    *ret_tasks = tasks;
    return true;
}

bool slurm_cancel(const Cluster *cluster, GError **error)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_autoptr(GPtrArray) lines = NULL;

    g_ptr_array_add(argv, "scancel");
    for (guint i = 0; i < cluster->lots->len; i++) {
        const Lot *lot = cluster->lots->pdata[i];
        if (lot->job)
            g_ptr_array_add(argv, lot->job);
    }
    if (cluster->merge)
        g_ptr_array_add(argv, cluster->merge);
    if (argv->len == 1)
        return true;
    g_ptr_array_add(argv, NULL);
    return ask((const char *const *)argv->pdata, &lines, error);
}
