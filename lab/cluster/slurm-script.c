/* SPDX-License-Identifier: GPL-2.0-or-later
 * Batch scripts for Slurm.
 */
#include "cluster/slurm.h"

#include <stdlib.h>
#include <string.h>

#include "run/budget.h"

#define TASK_MIB 256u /* truce and libvirt themselves */
#define NOTICE_S 120u /* before a time limit ends a task: enough to end a guest and its journal */

guint slurm_at_once(const SlurmOptions *options)
{
    return options->max_jobs && options->nodes ? MIN(options->max_jobs, options->nodes)
                                               : MAX(options->max_jobs, options->nodes);
}

char *slurm_script_path(const Cluster *cluster, const Lot *lot)
{
    return lot ? g_strdup_printf("%s/slurm/%s-%04u.sh", cluster->folder, lot_stage_name(lot->stage),
                                 lot->first)
               : g_build_filename(cluster->folder, "slurm", "merge.sh", NULL);
}

/* A licence counts for one guest, so a task that takes any has one at a time. */
static const char *jobs_of(const Lot *lot, const SlurmOptions *options)
{
    return lot->licences ? "1" : options->jobs;
}

/* What one task needs: its guests side by side. */
static void append_resources(GString *text, const Lot *lot, const SlurmOptions *options)
{
    guint guests = MAX((guint)strtoul(jobs_of(lot, options), NULL, 10), 1);

    if (options->nodes > 0 && !lot->licences) {
        g_string_append(text, "#SBATCH --exclusive\n#SBATCH --mem=0\n");
    } else {
        g_string_append_printf(text, "#SBATCH --cpus-per-task=%u\n", lot->cpus * guests);
        g_string_append_printf(text, "#SBATCH --mem=%uM\n",
                               (lot->memory_mib + BUDGET_QEMU_MIB) * guests + TASK_MIB);
    }
    if (lot->licences)
        g_string_append_printf(text, "#SBATCH --licenses=%s\n", lot->licences);
}

/* Of each name the most that one lot takes; `most`: name → count. */
static void add_licences(GTree *most, const Lot *lot)
{
    g_auto(GStrv) takes = g_strsplit(lot->licences ? lot->licences : "", ",", -1);

    for (guint i = 0; takes[i]; i++) {
        g_auto(GStrv) parts = g_strsplit(takes[i], ":", 2); /* name and count */
        guint count = parts[0] && parts[1] ? (guint)strtoul(parts[1], NULL, 10) : 0;
        if (count > GPOINTER_TO_UINT(g_tree_lookup(most, parts[0])))
            g_tree_insert(most, g_strdup(parts[0]), GUINT_TO_POINTER(count));
    }
}

static gboolean append_licence(gpointer name, gpointer count, gpointer data)
{
    GString *text = data;
    g_string_append_printf(text, "%s%s:%u", text->len ? "," : "", (const char *)name,
                           GPOINTER_TO_UINT(count));
    return FALSE; /* with the next */
}

static int compare_names(gconstpointer a, gconstpointer b, gpointer data)
{
    (void)data;
    return strcmp(a, b);
}

/* The last job may run any case, as an experiment: it asks for what any lot asks for. */
static Lot most_of_all(const Cluster *cluster, GString *licences)
{
    Lot most = {0};
    g_autoptr(GTree) counts = g_tree_new_full(compare_names, NULL, g_free, NULL);

    for (guint i = 0; i < cluster->lots->len; i++) {
        const Lot *lot = cluster->lots->pdata[i];
        most.memory_mib = MAX(most.memory_mib, lot->memory_mib);
        most.cpus = MAX(most.cpus, lot->cpus);
        add_licences(counts, lot);
    }
    g_tree_foreach(counts, append_licence, licences);
    most.licences = licences->len ? licences->str : NULL;
    return most;
}

/* The lots of a stage may run side by side: each gets its part of what may run at once, by its
 * shards; at least one, where there are more lots than that (slurm_submit() has these wait). */
static guint at_once(const Cluster *cluster, const Lot *lot, guint most)
{
    guint first = lot->first, last = lot->last, lots = 0;

    for (guint i = 0; i < cluster->lots->len; i++) {
        const Lot *other = cluster->lots->pdata[i];
        if (other->stage != lot->stage)
            continue;
        lots++;
        first = MIN(first, other->first);
        last = MAX(last, other->last);
    }
    guint64 more = most > lots ? most - lots : 0, all = last - first + 1;
    return 1 + (guint)(more * (lot->last - first + 1) / all - more * (lot->first - first) / all);
}

static void append_array(GString *text, const Cluster *cluster, const Lot *lot,
                         const SlurmOptions *options)
{
    guint most = slurm_at_once(options);

    g_string_append_printf(text, "#SBATCH --array=1-%u", lot->last - lot->first + 1);
    if (most > 0)
        g_string_append_printf(text, "%%%u", at_once(cluster, lot, most));
    g_string_append_c(text, '\n');
}

static void append_variable(GString *text, const char *name, const char *value)
{
    g_autofree char *quoted = g_shell_quote(value);
    g_string_append_printf(text, "%s=%s\n", name, quoted);
}

/* `like`: what the task asks for. */
static void append_task(GString *text, const Cluster *cluster, const Lot *lot, const Lot *like,
                        const SlurmOptions *options)
{
    g_autofree char *task = g_shell_quote(options->task);

    append_variable(text, "truce", options->truce);
    append_variable(text, "folder", cluster->folder);
    append_variable(text, "store", options->store);
    append_variable(text, "node", options->node);
    g_string_append_printf(text, "first=%u\n", lot ? lot->first : 0);
    g_string_append(text, "guests=(");
    for (guint i = 0; options->guests[i]; i++) {
        g_autofree char *quoted = g_shell_quote(options->guests[i]);
        g_string_append_printf(text, "%s%s", i ? " " : "", quoted);
    }
    g_string_append_printf(text, ")\njobs=%s\nexperiments=%u\n. %s\n", jobs_of(like, options),
                           options->experiments, task);
}

char *slurm_script(const Cluster *cluster, const Lot *lot, const SlurmOptions *options)
{
    GString *text = g_string_new("#!/bin/bash\n# Written by truce submit.\n");
    const char *stage = lot ? lot_stage_name(lot->stage) : "merge";
    g_autoptr(GString) licences = g_string_new(NULL);
    g_autofree char *log =
        lot ? g_strdup_printf("%s-%04u-%%a", stage, lot->first) : g_strdup(stage);

    g_string_append_printf(text, "#SBATCH --job-name=%s\n", cluster->job_name);
    if (options->partition)
        g_string_append_printf(text, "#SBATCH --partition=%s\n", options->partition);
    if (lot)
        append_array(text, cluster, lot, options);
    g_string_append(text, "#SBATCH --nodes=1\n#SBATCH --ntasks=1\n");
    const Lot most = most_of_all(cluster, licences);
    append_resources(text, lot ? lot : &most, options);
    if (options->time)
        g_string_append_printf(text, "#SBATCH --time=%s\n", options->time);
    g_string_append_printf(text,
                           "#SBATCH --signal=B:USR1@%u\n"
                           "#SBATCH --requeue\n"
                           "#SBATCH --open-mode=append\n"
                           "#SBATCH --output=\"%s/log/%s.log\"\n",
                           NOTICE_S, cluster->folder, log);
    append_task(text, cluster, lot, lot ? lot : &most, options);
    return g_string_free(text, FALSE);
}
