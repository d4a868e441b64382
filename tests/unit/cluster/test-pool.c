/* SPDX-License-Identifier: GPL-2.0-or-later
 * A run on a pool of hosts. This program is its own `truce` as well: called as `run` or `resume` it
 * writes the journal that truce would, as the host in its URI behaves:
 *
 *   no URI, well   every case passes
 *   sick           no control passes
 *   dying          well, until it has begun a shard's first case; from then on it is sick
 *   poor           well, but no shard comes to its end there
 */
#include <signal.h>
#include <string.h>

#include <glib/gstdio.h>

#include "cluster/pool.h"
#include "report/result.h"
#include "run/journal.h"
#include "util/error.h"
#include "util/files.h"
#include "util/json.h"

#define MODEL_LAB TRUCE_SOURCE_DIR "/tests/unit/model/lab"

/* The fake */

static const char *after(char **argv, const char *option)
{
    for (; *argv; argv++)
        if (g_str_equal(*argv, option))
            return argv[1];
    return NULL;
}

/* How many attempts at the case a journal has. */
static guint count_attempts(const char *journal, const char *id)
{
    g_autofree char *text = NULL;
    g_autofree char *begin = g_strdup_printf("\"attempt-begin\",\"case\":\"%s\"", id);
    guint count = 0;

    g_file_get_contents(journal, &text, NULL, NULL);
    for (const char *at = text; at && (at = strstr(at, begin)); at++)
        count++;
    return count;
}

static void write_case(Journal *journal, const char *id, guint attempt, const char *const *types,
                       const char *state)
{
    for (; *types; types++) {
        cJSON *record = journal_record(journal, *types);
        json_add_text(record, "case", id);
        if (g_str_has_prefix(*types, "attempt"))
            cJSON_AddNumberToObject(record, "attempt", attempt);
        if (g_str_has_suffix(*types, "end"))
            json_add_text(record, "state", state);
        journal_write(journal, record);
    }
}

static void write_begin(Journal *journal)
{
    cJSON *record = journal_record(journal, "run-begin");
    cJSON *scenario = cJSON_AddObjectToObject(record, "scenario");

    cJSON_AddNumberToObject(record, "format", 1);
    json_add_text(record, "run", "r");
    json_add_text(record, "truce", "0");
    json_add_text(scenario, "name", "lots");
    journal_write(journal, record);
}

static int play(const char *folder, const char *host, bool health, bool dead)
{
    static const char *const whole[] = {"case-begin", "attempt-begin", "attempt-end", "case-end",
                                        NULL};
    static const char *const begun[] = {"case-begin", "attempt-begin", NULL};
    g_autofree char *plan_path = g_build_filename(folder, "plan.json", NULL);
    g_autofree char *path = g_build_filename(folder, "journal.ndjson", NULL);
    g_autoptr(Journal) journal = NULL;
    g_autoptr(Plan) plan = NULL;
    bool sick = g_str_equal(host, "sick") || dead;
    bool stops = !health && (g_str_equal(host, "dying") || g_str_equal(host, "poor"));

    g_assert_true(plan_read(plan_path, &plan, NULL) && journal_open(path, &journal, NULL));
    write_begin(journal);
    for (guint i = 0; i < plan->cases->len; i++) {
        const PlanCase *one = plan->cases->pdata[i];
        write_case(journal, one->id, count_attempts(path, one->id) + 1, stops ? begun : whole,
                   sick ? "error" : "passed");
        if (stops)
            return 3;
    }
    cJSON *end = journal_record(journal, "run-end");
    json_add_text(end, "outcome", "finished");
    journal_write(journal, end);
    return sick ? 3 : 0;
}

/* A shard's plan will do for a health check: what counts is whether all of it passed. */
static int act(char **argv)
{
    const char *uri = after(argv, "--connect"), *output = after(argv, "--output");
    g_autofree char *host = uri ? g_path_get_basename(uri) : g_strdup("here");
    const char *node = g_getenv("TRUCE_NODE_STATE");
    g_autofree char *mark = g_build_filename(node, "dead", NULL);
    bool dead = g_file_test(mark, G_FILE_TEST_EXISTS);
    g_autofree char *said = g_strdup_printf("%s %s\n", host, argv[1]);

    g_print("%s", said);
    if (g_str_equal(host, "dying") && !output)
        g_file_set_contents(mark, "", 0, NULL);
    if (!output && g_str_has_suffix(argv[5], "/merged"))
        return 0; /* no experiments */
    if (!output) {
        const char *jobs = after(argv, "--jobs");
        g_assert_cmpstr(jobs, ==, uri && g_str_equal(host, "well") ? "2" : "1");
        return play(argv[5], host, false, dead);
    }
    g_autofree char *above = g_path_get_dirname(output);
    g_autofree char *plan =
        g_build_filename(above, "..", "..", "shards", "0001", "plan.json", NULL);
    g_autofree char *own = g_build_filename(output, "plan.json", NULL);
    g_autofree char *guests = g_build_filename(node, "guests", NULL);
    g_assert_true(!uri || g_file_test(guests, G_FILE_TEST_IS_SYMLINK));
    g_assert_true(files_make_folder(output, NULL) && files_copy(plan, own, NULL));
    return play(output, host, true, dead);
}

/* The tests */

typedef struct {
    char *scratch;
    Lab *lab;
    Inputs *inputs;
    Plan *plan;
    GArray *shards;
    Cluster *cluster;
} Fixture;

/* `hosts`: the elements. */
static void begin(Fixture *fixture, const char *hosts)
{
    const RunCommand command = {.scenario = "/srv/lots.xml", .jobs = "1", .attempts = 1};
    g_autofree char *xml = g_strdup_printf(
        "<lab format='1'><vendors folder='vendors'/><licence vendor='bolt' name='seat'/>"
        "<hosts>%s</hosts></lab>",
        hosts);
    g_autoptr(GError) error = NULL;
    GPtrArray *lots;

    fixture->scratch = g_dir_make_tmp("truce-pool.XXXXXX", NULL);
    lab_parse(xml, strlen(xml), MODEL_LAB "/lab.xml", &fixture->lab, &error);
    g_assert_no_error(error);
    g_free(fixture->lab->file);
    fixture->lab->file = NULL;
    g_free(fixture->lab->guest_recipes);
    fixture->lab->guest_recipes = g_strdup(MODEL_LAB "/guests");
    g_free(fixture->lab->state_folder);
    fixture->lab->state_folder = g_build_filename(fixture->scratch, "state", NULL);
    g_assert_true(files_make_folder(fixture->lab->state_folder, NULL));
    inputs_read(fixture->lab, TRUCE_TEST_DATA "/scenario.xml", &fixture->inputs, &error);
    g_assert_no_error(error);
    plan_make(fixture->inputs, &fixture->plan, &error);
    g_assert_no_error(error);
    lots_share(fixture->plan, fixture->inputs, fixture->lab, 1e6, 1, &lots, &fixture->shards);
    g_autofree char *folder = g_build_filename(fixture->scratch, "run", NULL);
    fixture->cluster = cluster_new(folder, "/srv/lots.xml", lots);
    cluster_write_folder(fixture->cluster, fixture->plan, fixture->shards, &command, &error);
    g_assert_no_error(error);
}

static void end(Fixture *fixture)
{
    files_remove_tree(fixture->scratch, NULL);
    g_free(fixture->scratch);
    cluster_free(fixture->cluster);
    g_array_unref(fixture->shards);
    plan_free(fixture->plan);
    inputs_free(fixture->inputs);
    lab_free(fixture->lab);
}

static Result *run(Fixture *fixture)
{
    g_autofree char *program = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *merged = cluster_merged_folder(fixture->cluster);
    g_autoptr(Progress) progress = progress_new(true);
    static const bool cancelled;
    const PoolOptions options = {
        .lab = fixture->lab, .truce = program, .progress = progress, .cancelled = &cancelled};
    g_autoptr(GError) error = NULL;
    Result *result;

    pool_run(fixture->cluster, &options, &error);
    g_assert_no_error(error);
    result_read(merged, &result, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(result->cases->len, ==, fixture->plan->cases->len);
    return result;
}

static const PoolHost *find_host(const GPtrArray *hosts, const char *name)
{
    for (guint i = 0; i < hosts->len; i++)
        if (g_str_equal(((const PoolHost *)hosts->pdata[i])->name, name))
            return hosts->pdata[i];
    g_assert_not_reached();
}

#define HERE "<host name='a'/>"
#define WELL "<host name='b' uri='qemu+tcp://b/well' jobs='3' memory-mib='1300'/>"
#define SICK "<host name='c' uri='qemu+tcp://c/sick'/>"
#define DYING "<host name='d' uri='qemu+tcp://d/dying'/>"
#define POOR "<host name='e' uri='qemu+tcp://e/poor'/>"

static void test_well(void)
{
    Fixture fixture;

    begin(&fixture, HERE);
    g_autoptr(Result) result = run(&fixture);
    g_autoptr(GPtrArray) hosts = NULL;
    g_assert_cmpuint(result->counts[CASE_PASSED], ==, fixture.plan->cases->len);
    g_assert_cmpuint(result->host.out->len, ==, 0);
    g_assert_true(pool_is(fixture.cluster) && pool_hosts(fixture.cluster, &hosts, NULL));
    g_assert_cmpstr(find_host(hosts, "a")->state, ==, "well");
    g_assert_cmpuint(find_host(hosts, "a")->shards, ==, fixture.cluster->shards);
    g_assert_cmpint(pool_owner(fixture.cluster), ==, 0);
    end(&fixture);
}

/* A sick host gets no case; what a dying one had begun goes elsewhere. */
static void test_out(void)
{
    Fixture fixture;

    begin(&fixture, SICK DYING HERE);
    g_autoptr(Result) result = run(&fixture);
    g_autoptr(GPtrArray) hosts = NULL;
    g_assert_cmpuint(result->counts[CASE_PASSED], ==, fixture.plan->cases->len);
    g_assert_cmpuint(result->host.out->len, >=, 1);
    pool_hosts(fixture.cluster, &hosts, NULL);
    const PoolHost *sick = find_host(hosts, "c"), *dying = find_host(hosts, "d");
    g_assert_cmpstr(sick->state, ==, "out");
    g_assert_nonnull(strstr(sick->reason, "the control"));
    g_assert_cmpuint(sick->shards + dying->shards, ==, 0);
    g_assert_cmpuint(find_host(hosts, "a")->shards, ==, fixture.cluster->shards);
    end(&fixture);
}

/* With no host left all cases stand in the merged run all the same. */
static void test_none_left(void)
{
    Fixture fixture;

    begin(&fixture, SICK DYING);
    g_autoptr(Result) result = run(&fixture);
    g_assert_cmpuint(result->counts[CASE_NOT_RUN], ==, fixture.plan->cases->len);
    g_assert_cmpuint(result->host.out->len, ==, 2);
    g_assert_cmpint(result_exit_status(result), !=, TRUCE_EXIT_PASSED);
    end(&fixture);
}

/* A shard that never ends is given up, on hosts that pass each check. */
static void test_given_up(void)
{
    Fixture fixture;

    begin(&fixture, POOR);
    g_autoptr(Result) result = run(&fixture);
    g_autoptr(GPtrArray) hosts = NULL;
    g_assert_cmpuint(result->counts[CASE_NOT_RUN], ==, fixture.plan->cases->len);
    pool_hosts(fixture.cluster, &hosts, NULL);
    g_assert_cmpstr(find_host(hosts, "e")->state, ==, "well");
    end(&fixture);
}

/* Interrupted, nothing is merged; it can be gone on with, and what has ended is not run again. */
static void test_interrupted(void)
{
    Fixture fixture;

    begin(&fixture, HERE);
    g_autofree char *merged = cluster_merged_folder(fixture.cluster);
    g_autoptr(Progress) progress = progress_new(true);
    static const bool cancelled = true;
    const PoolOptions options = {
        .lab = fixture.lab, .truce = "/nowhere", .progress = progress, .cancelled = &cancelled};
    g_autoptr(GError) error = NULL;
    g_assert_false(pool_run(fixture.cluster, &options, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_CANCELLED);
    g_assert_false(g_file_test(merged, G_FILE_TEST_EXISTS));
    g_autoptr(Result) result = run(&fixture);
    g_assert_cmpuint(result->counts[CASE_PASSED], ==, fixture.plan->cases->len);
    g_autoptr(Result) again = run(&fixture); /* nothing is left to do */
    g_assert_cmpuint(again->counts[CASE_PASSED], ==, fixture.plan->cases->len);
    end(&fixture);
}

/* What a host holds: `well` has room for two guests of 512 MiB and QEMU; with licences one. */
static void test_limits(void)
{
    Fixture fixture;

    begin(&fixture, WELL);
    for (guint i = 0; i < fixture.cluster->lots->len; i++) {
        Lot *lot = fixture.cluster->lots->pdata[i];
        g_clear_pointer(&lot->licences, g_free);
    }
    g_autoptr(Result) result = run(&fixture);
    g_assert_cmpuint(result->counts[CASE_PASSED], ==, fixture.plan->cases->len);
    end(&fixture);
}

/* What cannot be run anywhere is refused before anything begins. */
static void assert_refused(const char *hosts, bool here, const char *words)
{
    Fixture fixture;
    g_autoptr(GError) error = NULL;

    begin(&fixture, hosts);
    ((Lot *)fixture.cluster->lots->pdata[0])->here = here;
    g_assert_false(pool_check(fixture.cluster, fixture.lab, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    g_assert_nonnull(strstr(error->message, words));
    end(&fixture);
}

static void test_refused(void)
{
    Fixture fixture;

    assert_refused(WELL, true, "power-cut");
    assert_refused("<host name='a' memory-mib='600'/>", false, "fits into the memory of none");
    assert_refused("<host name='a'/><host name='b' uri='qemu:///system'/>", false,
                   "in the pool once");
    begin(&fixture, WELL HERE);
    ((Lot *)fixture.cluster->lots->pdata[0])->here = true;
    g_assert_true(pool_check(fixture.cluster, fixture.lab, NULL));
    end(&fixture);
}

int main(int argc, char **argv)
{
    if (argc > 2 && (g_str_equal(argv[1], "run") || g_str_equal(argv[1], "resume")))
        return act(argv);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pool/well", test_well);
    g_test_add_func("/pool/out", test_out);
    g_test_add_func("/pool/none-left", test_none_left);
    g_test_add_func("/pool/given-up", test_given_up);
    g_test_add_func("/pool/interrupted", test_interrupted);
    g_test_add_func("/pool/limits", test_limits);
    g_test_add_func("/pool/refused", test_refused);
    return g_test_run();
}
