/* SPDX-License-Identifier: GPL-2.0-or-later
 * A plan shared out to a cluster, its folder, and Slurm's commands by programs that speak as they
 * do.
 */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/resource.h>

#include "cluster/merge.h"
#include "cluster/progress.h"
#include "cluster/slurm.h"
#include "report/result.h"
#include "util/error.h"
#include "util/files.h"

#define MODEL_LAB TRUCE_SOURCE_DIR "/tests/unit/model/lab"
#define SHARD_S 240.0

typedef struct {
    char *scratch;
    Lab *lab;
    Inputs *inputs;
    Plan *plan;
    GArray *shards;
    Cluster *cluster;
} Fixture;

static const char lab_xml[] = "<lab format='1'><vendors folder='vendors'/>"
                              "<licence guest='win' name='windows'/>"
                              "<licence vendor='bolt' name='seat' count='2'/></lab>";

static void set_up(Fixture *fixture, gconstpointer data)
{
    GError *error = NULL;
    GPtrArray *lots;
    (void)data;

    fixture->scratch = g_dir_make_tmp("truce-cluster.XXXXXX", &error);
    g_assert_no_error(error);
    lab_parse(lab_xml, sizeof lab_xml - 1, MODEL_LAB "/lab.xml", &fixture->lab, &error);
    g_assert_no_error(error);
    g_free(fixture->lab->guest_recipes);
    fixture->lab->guest_recipes = g_strdup(MODEL_LAB "/guests");
    inputs_read(fixture->lab, TRUCE_TEST_DATA "/scenario.xml", &fixture->inputs, &error);
    g_assert_no_error(error);
    plan_make(fixture->inputs, &fixture->plan, &error);
    g_assert_no_error(error);
    lots_share(fixture->plan, fixture->inputs, fixture->lab, SHARD_S, 1, &lots, &fixture->shards);
    g_autofree char *folder = g_build_filename(fixture->scratch, "nightly", NULL);
    fixture->cluster = cluster_new(folder, "/srv/lots.xml", lots);
}

static void tear_down(Fixture *fixture, gconstpointer data)
{
    (void)data;
    files_remove_tree(fixture->scratch, NULL);
    g_free(fixture->scratch);
    cluster_free(fixture->cluster);
    g_array_unref(fixture->shards);
    plan_free(fixture->plan);
    inputs_free(fixture->inputs);
    lab_free(fixture->lab);
}

static guint shard_of(const Fixture *fixture, guint i)
{
    return g_array_index(fixture->shards, guint, i);
}

static const Lot *lot_of(const Fixture *fixture, guint shard)
{
    for (guint i = 0; i < fixture->cluster->lots->len; i++) {
        const Lot *lot = fixture->cluster->lots->pdata[i];
        if (shard >= lot->first && shard <= lot->last)
            return lot;
    }
    g_assert_not_reached();
}

/* Lots */

static void test_lots(Fixture *fixture, gconstpointer data)
{
    const Plan *plan = fixture->plan;
    guint controls = 0, measuring = 0;
    (void)data;

    for (guint i = 0; i < plan->cases->len; i++) {
        const PlanCase *plan_case = plan->cases->pdata[i];
        const Lot *lot = lot_of(fixture, shard_of(fixture, i));
        bool base = plan_case->vendors->len == 0, cost = g_str_equal(plan_case->test_name, "cost");
        bool bolt = strstr(plan_case->id, "bolt") != NULL, win = g_str_equal(lot->guest, "win");

        g_assert_cmpstr(lot->guest, ==, plan_case->guest);
        g_assert_cmpint(lot->stage, ==,
                        cost                           ? LOT_CASES
                        : base                         ? LOT_CONTROLS
                        : plan_case->vendors->len == 1 ? LOT_ALONE
                                                       : LOT_CASES);
        g_assert_cmpstr(lot->licences, ==,
                        win && bolt ? "windows:1,seat:2"
                        : win       ? "windows:1"
                        : bolt      ? "seat:2"
                                    : NULL);
        g_assert_cmpuint(lot->memory_mib, ==, 512);
        controls += lot->stage == LOT_CONTROLS;
        measuring += cost;
        for (guint j = 0; cost && j < plan->cases->len; j++) {
            const PlanCase *kin = plan->cases->pdata[j];
            if (g_str_equal(kin->test_name, "cost") && g_str_equal(kin->guest, plan_case->guest))
                g_assert_cmpuint(shard_of(fixture, i), ==, shard_of(fixture, j));
        }
    }
    g_assert_cmpuint(controls, ==, 8);
    g_assert_cmpuint(measuring, ==, 4);
}

/* No shard is empty, and their numbers have no gap; controls first. */
static void test_numbers(Fixture *fixture, gconstpointer data)
{
    guint next = 1;
    LotStage stage = LOT_CONTROLS;
    (void)data;

    for (guint i = 0; i < fixture->cluster->lots->len; i++) {
        const Lot *lot = fixture->cluster->lots->pdata[i];
        g_assert_cmpuint(lot->first, ==, next);
        g_assert_cmpuint(lot->last, >=, lot->first);
        g_assert_cmpint(lot->stage, >=, stage);
        g_assert_cmpfloat(lot->longest_s, >, 0);
        stage = lot->stage;
        next = lot->last + 1;
    }
    for (guint s = 1; s < next; s++) {
        guint cases = 0;
        for (guint i = 0; i < fixture->plan->cases->len; i++)
            cases += shard_of(fixture, i) == s;
        g_assert_cmpuint(cases, >, 0);
    }
    g_assert_cmpuint(fixture->cluster->shards, ==, next - 1);
}

/* The folder */

static void write_folder(const Fixture *fixture)
{
    const RunCommand command = {
        .scenario = "/srv/lots.xml", .jobs = "1", .attempts = 2, .experiments = 7, .reuse = true};
    g_autoptr(GError) error = NULL;

    cluster_write_folder(fixture->cluster, fixture->plan, fixture->shards, &command, &error);
    g_assert_no_error(error);
}

static void test_folder(Fixture *fixture, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    guint cases = 0;
    (void)data;

    write_folder(fixture);
    for (guint s = 1; s <= fixture->cluster->shards; s++) {
        g_autofree char *folder = cluster_shard_folder(fixture->cluster, s);
        g_autoptr(RunCommand) command = NULL;
        g_autoptr(Result) result = NULL;
        run_command_read(folder, &command, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(command->experiments, ==, 0);
        g_assert_cmpuint(command->attempts, ==, 2);
        g_assert_cmpint(command->controls != NULL, ==, lot_of(fixture, s)->stage != LOT_CONTROLS);
        result_read(folder, &result, &error); /* as `truce resume` does */
        g_assert_no_error(error);
        g_assert_cmpint(result->planned, ==, fixture->plan->cases->len);
        cases += result->cases->len;
    }
    g_assert_cmpuint(cases, ==, fixture->plan->cases->len);
    g_assert_false(cluster_write_folder(fixture->cluster, fixture->plan, fixture->shards,
                                        &(RunCommand){.jobs = "1"}, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT); /* never another one's */
}

static void test_read_back(Fixture *fixture, gconstpointer data)
{
    g_autoptr(Cluster) cluster = NULL;
    g_autoptr(GError) error = NULL;
    (void)data;

    write_folder(fixture);
    Lot *first = fixture->cluster->lots->pdata[0];
    first->job = g_strdup("17");
    g_assert_true(cluster_write(fixture->cluster, NULL));
    cluster_read(fixture->cluster->folder, &cluster, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(cluster->name, ==, "nightly");
    g_assert_cmpstr(cluster->scenario, ==, "/srv/lots.xml");
    g_assert_cmpuint(cluster->shards, ==, fixture->cluster->shards);
    g_assert_cmpuint(cluster->lots->len, ==, fixture->cluster->lots->len);
    g_assert_cmpstr(((const Lot *)cluster->lots->pdata[0])->job, ==, "17");
    g_assert_null(((const Lot *)cluster->lots->pdata[1])->job);
    g_assert_null(cluster->merge);
}

static void test_read_wrong(Fixture *fixture, gconstpointer data)
{
    static const char *const wrong[] = {
        "", "[]", "{\"format\":2,\"lots\":[]}", "{\"format\":1,\"lots\":[]}",
        "{\"format\":1,\"lots\":[{\"stage\":\"x\",\"guest\":\"g\",\"first\":1,\"last\":1}]}",
        "{\"format\":1,\"lots\":[{\"guest\":\"g\",\"first\":1,\"last\":1}]}",
        "{\"format\":1,\"lots\":[{\"stage\":\"cases\",\"guest\":\"g\",\"first\":2,\"last\":2}]}",
        "{\"format\":1,\"lots\":[{\"stage\":\"cases\",\"guest\":\"g\",\"first\":1,\"last\":0}]}",
        "{\"format\":1,\"lots\":[{\"stage\":\"cases\",\"guest\":null,\"first\":1,\"last\":1}]}",
        /* What scancel would take for an option. */
        "{\"format\":1,\"lots\":[{\"stage\":\"cases\",\"guest\":\"g\",\"first\":1,\"last\":1,"
        "\"job\":\"--me\"}]}",
        "{\"format\":1,\"lots\":[{\"stage\":\"cases\",\"guest\":\"g\",\"first\":1,\"last\":1}],"
        "\"merge\":\"--me\"}"};
    g_autofree char *path = g_build_filename(fixture->scratch, "cluster.json", NULL);
    (void)data;

    for (guint i = 0; i <= G_N_ELEMENTS(wrong); i++) {
        g_autoptr(Cluster) cluster = NULL;
        g_autoptr(GError) error = NULL;
        g_assert_false(cluster_read(fixture->scratch, &cluster, &error));
        g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
        if (i < G_N_ELEMENTS(wrong))
            g_assert_true(g_file_set_contents(path, wrong[i], -1, NULL));
    }
}

/* What never began stands in the merged run, which can be gone on with. */
static void test_merge(Fixture *fixture, gconstpointer data)
{
    g_autofree char *merged = cluster_merged_folder(fixture->cluster);
    g_autoptr(ClusterProgress) before = NULL, after = NULL;
    g_autoptr(RunCommand) command = NULL;
    g_autoptr(Result) result = NULL;
    g_autoptr(GError) error = NULL;
    (void)data;

    write_folder(fixture);
    g_assert_true(cluster_progress(fixture->cluster, &before, NULL));
    g_assert_cmpuint(before->counts[CASE_NOT_RUN], ==, fixture->plan->cases->len);
    cluster_merge(fixture->cluster, &error);
    g_assert_no_error(error);
    result_read(merged, &result, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(result->cases->len, ==, fixture->plan->cases->len);
    for (guint i = 0; i < result->cases->len; i++)
        g_assert_cmpstr(((const ResultCase *)result->cases->pdata[i])->id, ==,
                        ((const PlanCase *)fixture->plan->cases->pdata[i])->id);
    run_command_read(merged, &command, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(command->experiments, ==, 7);
    g_assert_true(cluster_progress(fixture->cluster, &after, NULL));
    g_assert_cmpuint(after->cases, ==, fixture->plan->cases->len);
    g_assert_false(cluster_merge(fixture->cluster, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
}

static guint open_files(void)
{
    g_autoptr(GDir) folder = g_dir_open("/proc/self/fd", 0, NULL);
    guint count = 0;

    while (g_dir_read_name(folder))
        count++;
    return count;
}

/* There may be more shards than this process may have files open. */
static void test_progress_files(Fixture *fixture, gconstpointer data)
{
    g_autoptr(ClusterProgress) progress = NULL;
    g_autoptr(GError) error = NULL;
    struct rlimit limit, few;
    (void)data;

    write_folder(fixture);
    g_assert_cmpint(getrlimit(RLIMIT_NOFILE, &limit), ==, 0);
    few = limit;
    few.rlim_cur = open_files() + 4;
    g_assert_cmpuint(fixture->cluster->shards, >, 4);
    g_assert_cmpint(setrlimit(RLIMIT_NOFILE, &few), ==, 0);
    cluster_progress(fixture->cluster, &progress, &error);
    g_assert_cmpint(setrlimit(RLIMIT_NOFILE, &limit), ==, 0);
    g_assert_no_error(error);
    g_assert_cmpuint(progress->cases, ==, fixture->plan->cases->len);
}

#define RECORD(type, members)                                                                      \
    "{\"t\":\"2026-11-22T10:00:00.000Z\",\"ms\":1,\"type\":\"" type "\"," members "}\n"

/* Another host wrote the journal. */
static void test_progress_lines(Fixture *fixture, gconstpointer data)
{
    g_autofree char *folder = cluster_shard_folder(fixture->cluster, 1);
    g_autofree char *path = g_build_filename(folder, "journal.ndjson", NULL);
    g_autoptr(ClusterProgress) progress = NULL;
    g_autoptr(Result) result = NULL;
    g_autoptr(GError) error = NULL;
    (void)data;

    write_folder(fixture);
    result_read(folder, &result, &error);
    g_assert_no_error(error);
    const char *id = ((const ResultCase *)result->cases->pdata[0])->id;
    g_autofree char *journal = g_strdup_printf(
        RECORD("run-begin", "\"format\":1,\"run\":\"r\"") RECORD("attempt-begin",
                                                                 "\"case\":\"%s\",\"attempt\":1")
            RECORD("finding", "\"case\":\"%s\",\"attempt\":1,\"finding\":{\"id\":\"F1\","
                              "\"kind\":\"hang\",\"summary\":\"it hangs\\n0 findings\\tso far\","
                              "\"confidence\":\"low\"}")
                RECORD("attempt-end", "\"case\":\"%s\",\"attempt\":1,\"state\":\"failed\"")
                    RECORD("case-end", "\"case\":\"%s\",\"state\":\"failed\""),
        id, id, id, id);
    g_assert_true(g_file_set_contents(path, journal, -1, NULL));
    cluster_progress(fixture->cluster, &progress, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(progress->told->len, ==, 1);
    g_assert_true(g_str_has_suffix(progress->told->pdata[0], ": it hangs 0 findings so far"));
}

/* Slurm */

static char *const guests[] = {(char *)"ref", (char *)"a guest's", NULL};
static const SlurmOptions slurm_options = {.partition = "lab",
                                           .time = "4:00:00",
                                           .max_jobs = 40,
                                           .jobs = "1",
                                           .experiments = 8,
                                           .truce = "/opt/truce/bin/truce",
                                           .task = "/opt/truce/share/truce/cluster/task.sh",
                                           .store = "/srv/truce",
                                           .node = "/var/tmp/truce/%N",
                                           .guests = guests};

static void check_script(const Fixture *fixture, const Lot *lot, const SlurmOptions *options,
                         const char *golden)
{
    g_autofree char *path = g_build_filename(TRUCE_TEST_DATA "/scripts", golden, NULL);
    g_autofree char *text = slurm_script(fixture->cluster, lot, options);
    g_autofree char *wanted = NULL;
    g_auto(GStrv) parts =
        g_strsplit(text, fixture->scratch, -1); /* its name is another each time */
    g_autofree char *got = g_strjoinv("/scratch", parts);

    if (g_getenv("TRUCE_GOLDEN_WRITE"))
        g_assert_true(g_file_set_contents(path, got, -1, NULL));
    g_assert_true(g_file_get_contents(path, &wanted, NULL, NULL));
    g_assert_cmpstr(got, ==, wanted);
}

static void test_scripts(Fixture *fixture, gconstpointer data)
{
    const GPtrArray *lots = fixture->cluster->lots;
    SlurmOptions whole = slurm_options;
    (void)data;

    whole.nodes = 3;
    whole.max_jobs = 0;
    whole.jobs = "auto";
    whole.partition = whole.time = NULL;
    check_script(fixture, lots->pdata[0], &slurm_options, "controls.sh");
    check_script(fixture, lots->pdata[lots->len - 1], &slurm_options, "cases.sh");
    check_script(fixture, lots->pdata[0], &whole, "whole-nodes.sh");
    check_script(fixture, NULL, &slurm_options, "merge.sh");
}

/* The number after the words, in a lot's script. */
static guint number_after(const Fixture *fixture, const Lot *lot, const SlurmOptions *options,
                          const char *words)
{
    g_autofree char *text = slurm_script(fixture->cluster, lot, options);
    const char *at = strstr(text, words);

    return at ? (guint)g_ascii_strtoull(at + strlen(words), NULL, 10) : 0;
}

/* What may run at once is shared by the lots of a stage, each of which has one at least. */
static void test_at_once(Fixture *fixture, gconstpointer data)
{
    static const guint most[] = {2, 4, 5, 7, 100};
    const GPtrArray *lots = fixture->cluster->lots;
    (void)data;

    for (guint m = 0; m < G_N_ELEMENTS(most); m++) {
        guint sum[LOT_CASES + 1] = {0}, count[LOT_CASES + 1] = {0};
        SlurmOptions options = slurm_options;
        options.max_jobs = most[m];
        for (guint i = 0; i < lots->len; i++) {
            const Lot *lot = lots->pdata[i];
            g_autofree char *words = g_strdup_printf("--array=1-%u%%", lot->last - lot->first + 1);
            guint own = number_after(fixture, lot, &options, words);
            g_assert_cmpuint(own, >=, 1);
            sum[lot->stage] += own;
            count[lot->stage]++;
        }
        for (guint s = LOT_CONTROLS; s <= LOT_CASES; s++)
            g_assert_cmpuint(sum[s], ==, MAX(most[m], count[s]));
    }
    SlurmOptions both = slurm_options;
    both.nodes = 3;
    g_assert_cmpuint(slurm_at_once(&both), ==, 3);
    both.max_jobs = 2;
    g_assert_cmpuint(slurm_at_once(&both), ==, 2);
}

/* With licences a task has one guest at a time, so it needs no whole node. */
static void test_licensed(Fixture *fixture, gconstpointer data)
{
    SlurmOptions options = slurm_options;
    (void)data;

    options.jobs = "auto";
    options.nodes = 3;
    for (guint i = 0; i <= fixture->cluster->lots->len; i++) {
        const Lot *lot = i < fixture->cluster->lots->len ? fixture->cluster->lots->pdata[i] : NULL;
        g_autofree char *text = slurm_script(fixture->cluster, lot, &options);
        bool licensed = !lot || lot->licences;
        g_assert_cmpint(strstr(text, "\njobs=1\n") != NULL, ==, licensed);
        g_assert_cmpint(strstr(text, "\njobs=auto\n") != NULL, ==, !licensed);
        g_assert_cmpint(strstr(text, "--exclusive") != NULL, ==, !licensed);
    }
    /* The last job takes the most of each name that one case takes. */
    Lot *first = fixture->cluster->lots->pdata[0];
    g_free(first->licences);
    first->licences = g_strdup("seat:3");
    g_autofree char *merge = slurm_script(fixture->cluster, NULL, &slurm_options);
    g_assert_nonnull(strstr(merge, "--licenses=seat:3,windows:1\n"));
}

/* A program of that name that comes first in PATH. */
static void fake(const Fixture *fixture, const char *name, const char *body)
{
    g_autofree char *path = g_build_filename(fixture->scratch, name, NULL);
    g_autofree char *text = g_strdup_printf("#!/bin/bash\ncd '%s'\n%s\n", fixture->scratch, body);
    const char *old = g_getenv("PATH");

    g_assert_true(g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_NONE, 0755, NULL));
    if (!g_str_has_prefix(old, fixture->scratch)) {
        g_autofree char *with = g_strconcat(fixture->scratch, ":", old, NULL);
        g_setenv("PATH", with, TRUE);
    }
}

static char *said(const Fixture *fixture, const char *name)
{
    g_autofree char *path = g_build_filename(fixture->scratch, name, NULL);
    char *text = NULL;

    g_file_get_contents(path, &text, NULL, NULL);
    return text;
}

/* What waits for whose end (afterany) or begin (after), with a limit of tasks at once and without.
 */
static void check_submit(const Fixture *fixture, bool limited)
{
    SlurmOptions options = slurm_options;
    g_autoptr(Cluster) back = NULL;
    g_autoptr(GError) error = NULL;
    guint next = 101;

    options.max_jobs = limited ? 40 : 0;
    fake(fixture, "sbatch",
         "echo 'sbatch: warning: a word of the site' >&2; echo \"$@\" >>sbatch.txt\n"
         "echo \"$((100 + $(wc -l <sbatch.txt)));cluster\"");
    write_folder(fixture);
    slurm_submit(fixture->cluster, &options, &error);
    g_assert_no_error(error);
    cluster_read(fixture->cluster->folder, &back, &error);
    g_assert_no_error(error);
    g_autofree char *calls = said(fixture, "sbatch.txt");
    g_auto(GStrv) lines = g_strsplit(calls, "\n", -1);
    g_assert_cmpuint(g_strv_length(lines), ==, back->lots->len + 2);
    for (guint i = 0; i <= back->lots->len; i++) {
        const Lot *lot = i < back->lots->len ? back->lots->pdata[i] : NULL;
        g_autofree char *job = g_strdup_printf("%u", next++);
        g_assert_cmpstr(lot ? lot->job : back->merge, ==, job);
        for (guint j = 0; j < i; j++) {
            const Lot *other = back->lots->pdata[j];
            g_autofree char *end = g_strdup_printf("afterany:%s", other->job);
            g_autofree char *begin = g_strdup_printf("after:%s", other->job);
            bool later = lot && lot->stage > other->stage;
            bool ends = !lot || (later && (limited || other->stage == LOT_CONTROLS));
            g_assert_cmpint(strstr(lines[i], end) != NULL, ==, ends);
            g_assert_cmpint(strstr(lines[i], begin) != NULL, ==, later && !ends);
        }
    }
    g_assert_null(strstr(lines[0], "--dependency"));
    g_assert_nonnull(strstr(lines[back->lots->len], "merge.sh"));
}

static void test_submit(Fixture *fixture, gconstpointer data)
{
    (void)data;
    check_submit(fixture, true);
}

static void test_submit_all(Fixture *fixture, gconstpointer data)
{
    (void)data;
    check_submit(fixture, false);
}

/* With fewer tasks at once than lots, a lot waits for one of its own stage. */
static void test_submit_few(Fixture *fixture, gconstpointer data)
{
    SlurmOptions options = slurm_options;
    g_autoptr(GError) error = NULL;
    guint waits = 0;
    (void)data;

    options.max_jobs = 1;
    fake(fixture, "sbatch", "echo \"$@\" >>sbatch.txt; echo \"$((100 + $(wc -l <sbatch.txt)))\"");
    write_folder(fixture);
    slurm_submit(fixture->cluster, &options, &error);
    g_assert_no_error(error);
    g_autofree char *calls = said(fixture, "sbatch.txt");
    g_auto(GStrv) lines = g_strsplit(calls, "\n", -1);
    for (guint i = 1; i < fixture->cluster->lots->len; i++) {
        const Lot *before = fixture->cluster->lots->pdata[i - 1];
        g_autofree char *wanted = g_strdup_printf("afterany:%s ", before->job);
        g_assert_nonnull(strstr(lines[i], wanted));
        waits += before->stage == ((const Lot *)fixture->cluster->lots->pdata[i])->stage;
    }
    g_assert_cmpuint(waits, >, 0);
}

/* Nothing stays submitted where one is refused. */
static void test_refused(Fixture *fixture, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    (void)data;

    fake(fixture, "sbatch",
         "echo x >>sbatch.txt; [ \"$(wc -l <sbatch.txt)\" = 3 ] || { echo 7; exit; }\n"
         "echo 'sbatch: error: Batch job submission failed: Invalid license specification' >&2\n"
         "exit 1");
    fake(fixture, "scancel", "echo \"$@\" >scancel.txt");
    write_folder(fixture);
    g_assert_false(slurm_submit(fixture->cluster, &slurm_options, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB);
    g_assert_nonnull(strstr(error->message, "Invalid license specification"));
    g_autofree char *cancelled = said(fixture, "scancel.txt");
    g_assert_cmpstr(cancelled, ==, "7 7\n");
}

static void test_tasks(Fixture *fixture, gconstpointer data)
{
    g_autoptr(GPtrArray) tasks = NULL;
    g_autoptr(GError) error = NULL;
    Lot *first = fixture->cluster->lots->pdata[0];
    (void)data;

    first->job = g_strdup("17");
    fixture->cluster->merge = g_strdup("21");
    fake(fixture, "squeue",
         "echo \"$@\" >squeue.txt\n"
         "printf '%s\\n' '17_1|RUNNING|n1|None' '21|PENDING||Dependency' '18_1|RUNNING|n2|None' "
         "'17_9999|RUNNING|n2|None' '17_x|RUNNING|n2|None' '17_1' ''");
    slurm_tasks(fixture->cluster, &tasks, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(tasks->len, ==, 2); /* what is not of this run, or no task, is passed over */
    const SlurmTask *one = tasks->pdata[0], *other = tasks->pdata[1];
    g_assert_cmpuint(one->shard, ==, 1);
    g_assert_cmpstr(one->state, ==, "RUNNING");
    g_assert_cmpstr(one->node, ==, "n1");
    g_assert_cmpuint(other->shard, ==, 0);
    g_assert_cmpstr(other->reason, ==, "Dependency");
    g_autofree char *asked = said(fixture, "squeue.txt");
    g_assert_nonnull(strstr(asked, "--name=truce-nightly"));

    g_clear_pointer(&tasks, g_ptr_array_unref);
    fake(fixture, "squeue",
         "echo 'slurm_load_jobs error: Unable to contact slurm controller' >&2; exit 1");
    g_assert_false(slurm_tasks(fixture->cluster, &tasks, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB);
    g_assert_nonnull(strstr(error->message, "Unable to contact"));
    g_clear_error(&error);

    /* `truce status` prints them. */
    fake(fixture, "squeue", "printf '\\033]0;a title\\007gone\\n'; exit 1");
    g_assert_false(slurm_tasks(fixture->cluster, &tasks, &error));
    g_assert_cmpstr(error->message, ==, "squeue: ?]0;a title?gone");
}

int main(int argc, char **argv)
{
    static const struct {
        const char *path;
        void (*test)(Fixture *, gconstpointer);
    } tests[] = {{"/cluster/lots", test_lots},
                 {"/cluster/numbers", test_numbers},
                 {"/cluster/folder", test_folder},
                 {"/cluster/read-back", test_read_back},
                 {"/cluster/read-wrong", test_read_wrong},
                 {"/cluster/merge", test_merge},
                 {"/cluster/progress-files", test_progress_files},
                 {"/cluster/progress-lines", test_progress_lines},
                 {"/slurm/scripts", test_scripts},
                 {"/slurm/at-once", test_at_once},
                 {"/slurm/licensed", test_licensed},
                 {"/slurm/submit", test_submit},
                 {"/slurm/submit-all", test_submit_all},
                 {"/slurm/submit-few", test_submit_few},
                 {"/slurm/refused", test_refused},
                 {"/slurm/tasks", test_tasks}};

    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].path, Fixture, NULL, set_up, tests[i].test, tear_down);
    return g_test_run();
}
