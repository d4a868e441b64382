/* SPDX-License-Identifier: GPL-2.0-or-later
 * Shards made one run: every case once with its own records, the numbers add up, and what does not
 * belong together is a conflict that names the case.
 */
#include "report/merge.h"

#include <string.h>

#include "report/report.h"
#include "util/error.h"
#include "util/files.h"

#define T "\"t\":\"2026-11-22T10:00:00.000Z\",\"ms\":"
#define RUN_BEGIN(run, scenario, image)                                                            \
    "{" T "0,\"type\":\"run-begin\",\"format\":1,\"run\":\"" run                                   \
    "\",\"truce\":\"1\",\"scenario\":{\"name\":\"s\",\"sha256\":\"" scenario                       \
    "\"},\"guests\":[{\"name\":\"g\",\"kind\":\"reference\",\"title\":\"\",\"limits\":\"\","       \
    "\"image_sha256\":\"" image "\"}]}\n"
#define RUN_END(outcome)                                                                           \
    "{" T "90,\"type\":\"run-end\",\"outcome\":\"" outcome "\",\"reason\":\"why\"}\n"
#define RECORD(ms, type, case) "{" T ms ",\"type\":\"" type "\",\"case\":\"" case "\""
#define FIRST ",\"attempt\":1"
#define STATE(state) ",\"state\":\"" state "\"}\n"
#define BOOTED(case) FIRST ",\"kind\":\"boot\",\"text\":\"" case "\"}\n"
#define RAN_FIRST(case) RECORD("10", "attempt-begin", case) FIRST "}\n"
#define RAN_THEN(case, state) RECORD("30", "attempt-end", case) FIRST STATE(state)
#define RAN_LAST(case, state) RECORD("40", "case-end", case) STATE(state)
#define RAN(case, state)                                                                           \
    RAN_FIRST(case)                                                                                \
    RECORD("20", "event", case) BOOTED(case) RAN_THEN(case, state) RAN_LAST(case, state)
#define CASE(id, why) "{\"id\":\"" id "\",\"test\":\"t\",\"guest\":\"g\",\"why\":\"" why "\"}"
#define PLAN(cases) "{\"format\":1,\"scenario\":\"s\",\"cases\":[" cases "]}"
#define SUM "5555555555555555555555555555555555555555555555555555555555555555"
#define OTHER_SUM "6666666666666666666666666666666666666666666666666666666666666666"

typedef struct {
    GString *plan, *journal;
} Texts;

static void to_plan(const char *text, gpointer data)
{
    g_string_append(((Texts *)data)->plan, text);
}

static void to_journal(const char *text, gpointer data)
{
    g_string_append(((Texts *)data)->journal, text);
}

/* NULL with the error where they conflict. */
static Result *merge(const char *const *texts, GError **error)
{
    MergeShard shards[2];
    g_autoptr(GString) plan = g_string_new(NULL), journal = g_string_new(NULL);
    Texts out = {plan, journal};
    Result *result = NULL;
    GError *cause = NULL;

    for (guint i = 0; i < 2; i++)
        shards[i] = (MergeShard){i ? "two" : "one", texts[2 * i], strlen(texts[2 * i]),
                                 texts[2 * i + 1], strlen(texts[2 * i + 1])};
    if (!merge_texts(shards, 2, "merged", to_plan, to_journal, &out, error))
        return NULL;
    result_parse(plan->str, plan->len, journal->str, journal->len, &result, &cause);
    g_assert_no_error(cause);
    g_assert_cmpstr(result->run, ==, journal->len ? "merged" : "");
    return result;
}

#define BEGIN RUN_BEGIN("r", SUM, SUM)
#define BOTH PLAN(CASE("a", "") "," CASE("b", ""))

static void test_good(void)
{
    const char *const texts[] = {PLAN(CASE("a", "")), BEGIN RAN("a", "passed") RUN_END("finished"),
                                 PLAN(CASE("b", "")), BEGIN RAN("b", "failed") RUN_END("finished")};
    g_autoptr(GError) error = NULL;
    g_autoptr(Result) result = merge(texts, &error);

    g_assert_no_error(error);
    g_assert_cmpuint(result->cases->len, ==, 2);
    g_assert_cmpuint(result->counts[CASE_PASSED], ==, 1);
    g_assert_cmpuint(result->counts[CASE_FAILED], ==, 1);
    g_assert_cmpstr(result->outcome, ==, "finished");
    g_assert_cmpint(result->duration_ms, ==, 90);
    ResultCase *last = result->cases->pdata[1];
    g_assert_true(result_load(result, last, NULL));
    const ResultAttempt *attempt = last->attempts->pdata[0];
    g_assert_cmpstr(((const ResultEvent *)attempt->events->pdata[0])->text, ==, "b");
}

#define SAVED(case)                                                                                \
    RECORD("20", "event", case) FIRST ",\"kind\":\"saved\",\"text\":\"\",\"state\":\"5\"}\n"
#define SHARED(case, by, ms)                                                                       \
    RECORD("20", "event", case)                                                                    \
    FIRST ",\"kind\":\"shared\",\"text\":\"\",\"state\":\"5\",\"by\":\"" by "\",\"spared_ms\":" ms \
          "}\n"
#define RAN_SAVING(case)                                                                           \
    RAN_FIRST(case) SAVED(case) RAN_THEN(case, "passed") RAN_LAST(case, "passed")
#define RAN_SHARING(case, by, ms)                                                                  \
    RAN_FIRST(case) SHARED(case, by, ms) RAN_THEN(case, "passed") RAN_LAST(case, "passed")

/* What was shared is that of all shards; two of them may have saved one state each for itself. */
static void test_reuse(void)
{
    const char *const texts[] = {
        PLAN(CASE("a", "") "," CASE("c", "")),
        BEGIN RAN_SAVING("a") RAN_SHARING("c", "a", "30") RUN_END("finished"),
        PLAN(CASE("b", "") "," CASE("d", "")),
        BEGIN RAN_SAVING("b") RAN_SHARING("d", "b", "4") RUN_END("finished")};
    g_autoptr(Result) result = merge(texts, NULL);

    g_assert_cmpuint(result->reuse.saved, ==, 2);
    g_assert_cmpuint(result->reuse.used, ==, 2);
    g_assert_cmpint(result->reuse.spared_ms, ==, 34);
}

/* Shards may each hold the whole plan; what none of them ran is not-run. */
static void test_whole_plans(void)
{
    const char *const texts[] = {BOTH, BEGIN RAN("a", "passed") RUN_END("finished"), BOTH,
                                 BEGIN RUN_END("interrupted")};
    g_autoptr(Result) result = merge(texts, NULL);

    g_assert_cmpuint(result->cases->len, ==, 2);
    g_assert_cmpuint(result->counts[CASE_NOT_RUN], ==, 1);
    g_assert_cmpstr(result->outcome, ==, "interrupted");
}

#define NUMBERED(id, number)                                                                       \
    "{\"id\":\"" id "\",\"test\":\"t\",\"guest\":\"g\",\"why\":\"\",\"number\":" number "}"
#define SHARD(planned, cases)                                                                      \
    "{\"format\":1,\"scenario\":\"s\",\"planned\":" planned ",\"cases\":[" cases "]}"

/* The merged plan has the order of the whole one. */
static void test_order(void)
{
    const char *const texts[] = {SHARD("3", NUMBERED("b", "2")),
                                 BEGIN RAN("b", "passed") RUN_END("finished"),
                                 SHARD("3", NUMBERED("a", "1") "," NUMBERED("c", "3")),
                                 BEGIN RAN("c", "passed") RAN("a", "passed") RUN_END("finished")};
    g_autoptr(Result) result = merge(texts, NULL);

    for (guint i = 0; i < 3; i++)
        g_assert_cmpint(((const ResultCase *)result->cases->pdata[i])->id[0], ==, "abc"[i]);
    g_assert_cmpstr(result->outcome, ==, "finished");
    g_assert_cmpint(result_exit_status(result), ==, 0);
}

/* What only a missing shard knows is not passed over in silence. */
static void test_missing(void)
{
    const char *const texts[] = {
        SHARD("3", NUMBERED("b", "2")), BEGIN RAN("b", "passed") RUN_END("finished"),
        SHARD("3", NUMBERED("c", "3")), BEGIN RAN("c", "passed") RUN_END("finished")};
    g_autoptr(Result) result = merge(texts, NULL);

    g_assert_cmpstr(result->outcome, ==, "stopped");
    g_assert_nonnull(strstr(result->reason, "1 of the 3 cases"));
    g_assert_cmpint(result_elsewhere(result), ==, 1);
    g_assert_cmpint(result_exit_status(result), ==, 3);
}

#define RUN_ON(host, guest)                                                                        \
    "{" T "0,\"type\":\"run-begin\",\"format\":1,\"run\":\"r\",\"truce\":\"1\",\"scenario\":{"     \
    "\"name\":\"s\",\"sha256\":\"" SUM "\"},\"host\":{" host "},\"guests\":[{\"name\":\"g\","      \
    "\"kind\":\"reference\",\"title\":\"\",\"limits\":\"\",\"image_sha256\":\"" SUM "\"," guest    \
    "}]}\n"

/* What is different between the shards' hosts stands in the merged report. */
static void test_hosts(void)
{
    const char *const texts[] = {
        BOTH,
        RUN_ON("\"accelerator\":\"kvm\",\"cpus\":8", "\"deviations\":[\"HVCI\"]") RAN("a", "passed")
            RUN_END("finished"),
        BOTH,
        RUN_ON("\"accelerator\":\"tcg\",\"cpus\":2", "\"deviations\":[\"UAC\",\"HVCI\"]")
            RAN("b", "passed") RUN_END("finished")};
    g_autoptr(GError) error = NULL;
    g_autoptr(Result) result = merge(texts, &error);

    g_assert_no_error(error);
    g_assert_cmpstr(result->host.accelerator, ==, "kvm, tcg");
    g_assert_cmpint(result->host.cpus, ==, 2);
    const ResultGuest *guest = result->guests->pdata[0];
    g_assert_cmpuint(guest->deviations->len, ==, 2);
}

static void test_killed(void)
{
    const char *const texts[] = {BOTH, BEGIN RAN("a", "passed") RUN_END("stopped"), BOTH, BEGIN};
    const char *const unborn[] = {BOTH, "", BOTH, ""};
    g_autoptr(Result) result = merge(texts, NULL);
    g_autoptr(Result) nothing = merge(unborn, NULL);

    g_assert_cmpstr(result->outcome, ==, "killed");
    g_assert_cmpuint(nothing->counts[CASE_NOT_RUN], ==, 2);
}

static void test_conflicts(void)
{
    static const struct {
        const char *texts[4], *said;
    } bad[] = {
        {{BOTH, BEGIN RAN("a", "passed"), BOTH, BEGIN RAN("a", "passed")},
         "'a' ran in 'one' and in 'two'"},
        {{PLAN(CASE("a", "x")), BEGIN, PLAN(CASE("a", "y")), BEGIN},
         "'a' is planned otherwise in 'two'"},
        {{PLAN(CASE("a/b", "")), BEGIN, PLAN(CASE("a-b", "")), BEGIN},
         "'a/b' and 'a-b' have one folder"},
        {{BOTH, BEGIN, BOTH, RUN_BEGIN("r", OTHER_SUM, SUM)}, "scenario 's' is another in 'two'"},
        {{BOTH, BEGIN, BOTH, RUN_BEGIN("r", SUM, OTHER_SUM)}, "guest 'g' is another in 'two'"},
        {{BOTH, BEGIN, "{\"format\":1,\"scenario\":\"z\",\"cases\":[]}", BEGIN},
         "'two' is of another scenario"},
        {{SHARD("3", NUMBERED("a", "1")), BEGIN, SHARD("2", NUMBERED("b", "2")), BEGIN},
         "'two' is a part of another plan"},
        {{BOTH, BEGIN, BOTH, BEGIN "nonsense\n"}, "two/journal.ndjson:2"},
        {{BOTH, BEGIN, "[]", BEGIN}, "two/plan.json:1:1: this is not JSON"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(merge(bad[i].texts, &error));
        g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
        if (!strstr(error->message, bad[i].said))
            g_error("'%s' does not hold '%s'", error->message, bad[i].said);
    }
}

/* On disk: evidence comes along, nothing is overwritten, nothing is left of a conflict. */
static void test_folders(void)
{
    g_autofree char *scratch = g_dir_make_tmp("truce-test-XXXXXX", NULL);
    g_autofree char *output = g_build_filename(scratch, "merged", NULL);
    char *one = TRUCE_TEST_DATA "/runs/additions", *two = TRUCE_TEST_DATA "/runs/passed";
    char *same[] = {one, one}, *alone[] = {one}, *strangers[] = {one, two};
    g_autoptr(GError) conflict = NULL, exists = NULL;
    g_autoptr(Result) merged = NULL, original = NULL;

    g_assert_false(merge_runs(same, 2, output, &conflict));
    g_assert_error(conflict, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    g_assert_false(merge_runs(strangers, 2, output, NULL));
    g_assert_false(g_file_test(output, G_FILE_TEST_EXISTS));
    g_assert_true(merge_runs(alone, 1, output, NULL));
    g_assert_false(merge_runs(alone, 1, output, &exists));
    g_assert_nonnull(strstr(exists->message, "never overwrites"));
    g_assert_true(result_read(output, &merged, NULL));
    g_assert_true(result_read(one, &original, NULL));
    g_assert_cmpmem(merged->counts, sizeof merged->counts, original->counts,
                    sizeof original->counts);
    g_assert_cmpuint(merged->findings, ==, original->findings);
    files_remove_tree(scratch, NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/merge/good", test_good);
    g_test_add_func("/merge/reuse", test_reuse);
    g_test_add_func("/merge/whole-plans", test_whole_plans);
    g_test_add_func("/merge/order", test_order);
    g_test_add_func("/merge/missing", test_missing);
    g_test_add_func("/merge/hosts", test_hosts);
    g_test_add_func("/merge/killed", test_killed);
    g_test_add_func("/merge/conflicts", test_conflicts);
    g_test_add_func("/merge/folders", test_folders);
    return g_test_run();
}
