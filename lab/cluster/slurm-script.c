/* SPDX-License-Identifier: GPL-2.0-or-later
 * Batch scripts for Slurm.
 */
#include "cluster/slurm.h"

#include <stdlib.h>

#include "run/budget.h"

#define TASK_MIB 256u /* truce and libvirt themselves */
#define NOTICE_S 120u /* before a time limit ends a task: enough to end a guest and its journal */

char *slurm_script_path(const Cluster *cluster, const Lot *lot)
{
    return lot ? g_strdup_printf("%s/slurm/%s-%04u.sh", cluster->folder, lot_stage_name(lot->stage),
                                 lot->first)
               : g_build_filename(cluster->folder, "slurm", "merge.sh", NULL);
}

/* What one task needs: its guests side by side. */
static void append_resources(GString *text, const Lot *lot, const SlurmOptions *options)
{
    guint guests = MAX((guint)strtoul(options->jobs, NULL, 10), 1);

    if (options->nodes > 0) {
        g_string_append(text, "#SBATCH --exclusive\n#SBATCH --mem=0\n");
    } else {
        g_string_append_printf(text, "#SBATCH --cpus-per-task=%u\n", lot->cpus * guests);
        g_string_append_printf(text, "#SBATCH --mem=%uM\n",
                               (lot->memory_mib + BUDGET_QEMU_MIB) * guests + TASK_MIB);
    }
    if (lot->licences)
        g_string_append_printf(text, "#SBATCH --licenses=%s\n", lot->licences);
}

/* The last job may run any case, as an experiment: it asks for what any lot asks for. */
static Lot most_of_all(const Cluster *cluster, GString *licences)
{
    Lot most = {0};
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (guint i = 0; i < cluster->lots->len; i++) {
        const Lot *lot = cluster->lots->pdata[i];
        g_auto(GStrv) names = g_strsplit(lot->licences ? lot->licences : "", ",", -1);
        most.memory_mib = MAX(most.memory_mib, lot->memory_mib);
        most.cpus = MAX(most.cpus, lot->cpus);
        for (guint j = 0; names[j]; j++)
            if (g_hash_table_add(seen, g_strdup(names[j])))
                g_string_append_printf(licences, "%s%s", licences->len ? "," : "", names[j]);
    }
    most.licences = licences->len ? licences->str : NULL;
    return most;
}

static void append_array(GString *text, const Lot *lot, const SlurmOptions *options)
{
    guint at_once = options->max_jobs ? options->max_jobs : options->nodes;

    g_string_append_printf(text, "#SBATCH --array=1-%u", lot->last - lot->first + 1);
    if (at_once > 0)
        g_string_append_printf(text, "%%%u", at_once);
    g_string_append_c(text, '\n');
}

static void append_variable(GString *text, const char *name, const char *value)
{
    g_autofree char *quoted = g_shell_quote(value);
    g_string_append_printf(text, "%s=%s\n", name, quoted);
}

static void append_task(GString *text, const Cluster *cluster, const Lot *lot,
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
    g_string_append_printf(text, ")\nexperiments=%u\n. %s\n", options->experiments, task);
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
        append_array(text, lot, options);
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
    append_task(text, cluster, lot, options);
    return g_string_free(text, FALSE);
}
