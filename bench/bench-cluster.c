/* SPDX-License-Identifier: GPL-2.0-or-later
 * A cluster without guests: the code that plans, shares out, watches and merges, on cases that take
 * as long as those of recorded runs did; what that costs, and how it grows.
 *
 *   bench-cluster CASES NODES RUN…
 *
 * Durations are drawn from the cases of the RUNs that ended, with a fixed seed; a case is expected
 * to take the mean of its test, as with `--durations`. Nodes take shards in order as they become
 * free; a shard costs START_S besides its cases, and the controls end before all others begin.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cluster/merge.h"
#include "cluster/progress.h"
#include "plan/plan-case.h"
#include "plan/plan-past.h"
#include "report/report.h"
#include "util/files.h"
#include "util/json.h"

#define SHARDS_EACH LOT_SHARDS_EACH
#define START_S 3.0 /* Slurm's start of a task, truce's, and the guest's image verified */
#define SEED 20221122

typedef struct {
    Plan *plan;
    double *seconds; /* what each case takes */
    Cluster *cluster;
    GArray *shards;
    guint nodes;
} Bench;

static double since(gint64 began)
{
    return (double)(g_get_monotonic_time() - began) / G_USEC_PER_SEC;
}

/* The plan, and what its cases take: each is one of the recorded cases again. */
static bool draw_cases(Bench *bench, guint cases, char **runs, GError **error)
{
    g_autoptr(PlanPast) past = plan_past_new();
    g_autoptr(GPtrArray) ended = g_ptr_array_new();
    g_autoptr(GRand) random = g_rand_new_with_seed(SEED);

    for (; *runs; runs++)
        if (!plan_past_add(past, *runs, error))
            return false;
    for (guint i = 0; i < past->cases->len; i++)
        if (((const PlanPastCase *)past->cases->pdata[i])->seconds > 0)
            g_ptr_array_add(ended, past->cases->pdata[i]);
    if (ended->len == 0) {
        g_set_error_literal(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "no case ended in these runs");
        return false;
    }
    bench->plan = plan_new("bench");
    bench->seconds = g_new(double, cases);
    for (guint i = 0; i < cases; i++) {
        const PlanPastCase *like = ended->pdata[g_rand_int_range(random, 0, (gint32)ended->len)];
        PlanCase *plan_case = plan_case_new();
        plan_case->id = g_strdup_printf("%s/%u", like->plan_case->test_name, i);
        plan_case->test_name = g_strdup(like->plan_case->test_name);
        plan_case->title = g_strdup(like->plan_case->title);
        plan_case->guest = g_strdup("reference");
        plan_case->why = g_strdup("drawn from a recorded run");
        for (guint v = 0; v < like->plan_case->vendors->len; v++)
            g_ptr_array_add(plan_case->vendors, g_strdup(like->plan_case->vendors->pdata[v]));
        bench->seconds[i] = like->seconds;
        g_ptr_array_add(bench->plan->cases, plan_case);
    }
    plan_past_expect(past, bench->plan);
    return true;
}

static void share_out(Bench *bench, const char *folder)
{
    g_autoptr(GHashTable) guests = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    Guest guest = {.memory_mib = 512, .vcpus = 1};
    Inputs inputs = {.guests = guests};
    Lab lab = {.licences = none};
    gint64 began = g_get_monotonic_time();
    GPtrArray *lots;

    g_hash_table_insert(guests, (gpointer) "reference", &guest);
    lots_share(bench->plan, &inputs, &lab, 1800, bench->nodes * SHARDS_EACH, &lots, &bench->shards);
    bench->cluster = cluster_new(folder, "bench.xml", lots);
    printf("%-28s %10.2f s  %u shards\n", "shared out", since(began), bench->cluster->shards);
}

/* What the shards take, from 1. Free with g_free(). */
static double *shard_seconds(const Bench *bench)
{
    double *load = g_new0(double, bench->cluster->shards + 1);

    for (guint i = 0; i < bench->plan->cases->len; i++)
        load[g_array_index(bench->shards, guint, i)] += bench->seconds[i];
    return load;
}

/* The controls, or all others, on nodes that are free from `began` on. Returns when the last has
 * ended. */
static double run_part(const Bench *bench, bool controls, const double *load, double began)
{
    g_autofree double *free_at = g_new(double, bench->nodes);
    double end = began, first_idle = INFINITY;

    for (guint n = 0; n < bench->nodes; n++)
        free_at[n] = began;
    for (guint i = 0; i < bench->cluster->lots->len; i++) {
        const Lot *lot = bench->cluster->lots->pdata[i];
        for (guint s = lot->first; (lot->stage == LOT_CONTROLS) == controls && s <= lot->last;
             s++) {
            guint node = 0;
            for (guint n = 1; n < bench->nodes; n++)
                node = free_at[n] < free_at[node] ? n : node;
            free_at[node] += load[s] + START_S;
        }
    }
    for (guint n = 0; n < bench->nodes; n++) {
        end = MAX(end, free_at[n]);
        first_idle = MIN(first_idle, free_at[n]);
    }
    printf("%-28s %10.0f s  tail of its nodes %.0f s\n", controls ? "controls" : "all others",
           end - began, end - first_idle);
    return end;
}

static void run_nodes(const Bench *bench)
{
    g_autofree double *load = shard_seconds(bench);
    double total = 0, end = 0;

    for (guint s = 1; s <= bench->cluster->shards; s++)
        total += load[s];
    end = run_part(bench, true, load, end);
    end = run_part(bench, false, load, end);
    double ideal = total / bench->nodes;
    printf("%-28s %10.0f s  a node's share of all cases\n", "ideal", ideal);
    printf("%-28s %10.0f s  %.1f %% over it\n", "last case ends after", end,
           (end / ideal - 1) * 100);
    printf("%-28s %10.2f %%  of all node time: starts of tasks\n", "overhead",
           100 * START_S * bench->cluster->shards / (total + START_S * bench->cluster->shards));
}

/* Journals as runs write them, without what a guest did. */
static void write_journal(const Bench *bench, guint shard, const GArray *cases)
{
    g_autofree char *folder = cluster_shard_folder(bench->cluster, shard);
    g_autofree char *path = g_build_filename(folder, "journal.ndjson", NULL);
    g_autoptr(GString) text = g_string_new(NULL);
    double ms = 0;

    g_string_append_printf(
        text,
        "{\"t\":\"2026-11-22T10:00:00.000Z\",\"ms\":0,\"type\":\"run-begin\",\"format\":1,"
        "\"run\":\"%04u\",\"truce\":\"bench\",\"scenario\":{\"name\":\"bench\",\"title\":\"\","
        "\"file\":\"bench.xml\",\"sha256\":\"%064d\"},\"host\":{},\"guests\":[],\"vendors\":[]}\n",
        shard, 0);
    for (guint i = 0; i < cases->len; i++) {
        guint number = g_array_index(cases, guint, i);
        const char *id = ((const PlanCase *)bench->plan->cases->pdata[number])->id;
        const char *const records[] = {"case-begin", "attempt-begin", "attempt-end", "case-end"};
        for (guint r = 0; r < G_N_ELEMENTS(records); r++) {
            ms += r == 2 ? bench->seconds[number] * 1000 : 0;
            g_string_append_printf(text,
                                   "{\"t\":\"2026-11-22T10:00:00.000Z\",\"ms\":%.0f,\"type\":\"%"
                                   "s\",\"case\":\"%s\"%s%s}\n",
                                   ms, records[r], id, r == 1 || r == 2 ? ",\"attempt\":1" : "",
                                   r >= 2 ? ",\"state\":\"passed\",\"reason\":null" : "");
        }
    }
    g_string_append_printf(text,
                           "{\"t\":\"2026-11-22T10:00:00.000Z\",\"ms\":%.0f,\"type\":\"run-end\","
                           "\"outcome\":\"finished\",\"reason\":null}\n",
                           ms);
    g_file_set_contents(path, text->str, (gssize)text->len, NULL);
}

static void write_journals(const Bench *bench)
{
    g_autoptr(GPtrArray) parts = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);

    for (guint s = 0; s < bench->cluster->shards; s++)
        g_ptr_array_add(parts, g_array_new(FALSE, FALSE, sizeof(guint)));
    for (guint i = 0; i < bench->plan->cases->len; i++)
        g_array_append_val(parts->pdata[g_array_index(bench->shards, guint, i) - 1], i);
    for (guint s = 0; s < parts->len; s++)
        write_journal(bench, s + 1, parts->pdata[s]);
}

typedef bool (*Work)(const Bench *bench, GError **error);

/* In a process of its own, which is all that its memory is. */
static bool measure(const char *what, Work work, const Bench *bench)
{
    gint64 began = g_get_monotonic_time();
    pid_t child = fork();
    struct rusage usage;
    int status;

    if (child == 0) {
        g_autoptr(GError) error = NULL;
        if (work(bench, &error))
            _exit(0);
        fprintf(stderr, "%s: %s\n", what, error->message);
        _exit(1);
    }
    if (child < 0 || wait4(child, &status, 0, &usage) != child || status != 0)
        return false;
    printf("%-28s %10.2f s  %.2f s of CPU, %ld MiB\n", what, since(began),
           (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
               (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6,
           usage.ru_maxrss / 1024);
    return true;
}

static bool nothing(const Bench *bench, GError **error)
{
    (void)bench, (void)error;
    return true;
}

static bool write_folder(const Bench *bench, GError **error)
{
    const RunCommand command = {
        .scenario = (char *)"/bench.xml", .jobs = (char *)"1", .attempts = 1, .reuse = true};
    return cluster_write_folder(bench->cluster, bench->plan, bench->shards, &command, error);
}

static bool look(const Bench *bench, GError **error)
{
    g_autoptr(ClusterProgress) progress = NULL;
    return cluster_progress(bench->cluster, &progress, error);
}

static bool merge(const Bench *bench, GError **error)
{
    return cluster_merge(bench->cluster, error);
}

static bool report(const Bench *bench, GError **error)
{
    g_autofree char *folder = cluster_merged_folder(bench->cluster);
    g_autofree char *path = g_build_filename(folder, "report.json", NULL);
    g_autoptr(Result) result = NULL;

    return result_read(folder, &result, error) && report_writer("json")->write(result, path, error);
}

int main(int argc, char **argv)
{
    g_autofree char *scratch = g_dir_make_tmp("truce-bench-XXXXXX", NULL);
    g_autofree char *folder = scratch ? g_build_filename(scratch, "run", NULL) : NULL;
    g_autoptr(GError) error = NULL;
    Bench bench = {.nodes = argc > 2 ? (guint)atoi(argv[2]) : 0};

    if (argc < 4 || atoi(argv[1]) < 1 || bench.nodes < 1 || !folder) {
        fputs("usage: bench-cluster CASES NODES RUN…\n", stderr);
        return 2;
    }
    if (!draw_cases(&bench, (guint)atoi(argv[1]), argv + 3, &error)) {
        fprintf(stderr, "bench-cluster: %s\n", error->message);
        return 1;
    }
    printf("%s cases on %u nodes\n", argv[1], bench.nodes);
    share_out(&bench, folder);
    run_nodes(&bench);
    bool done = measure("(the process itself)", nothing, &bench) &&
                measure("folder written", write_folder, &bench);
    if (done)
        write_journals(&bench);
    done = done && measure("status", look, &bench) && measure("merged", merge, &bench) &&
           measure("report.json of it", report, &bench);
    files_remove_tree(scratch, NULL);
    return done ? 0 : 1;
}
