/* SPDX-License-Identifier: GPL-2.0-or-later
 * Folding a plan and a journal: what must be refused, and what follows from a result.
 */
#include "report/result.h"

#include <string.h>

#include "report/clean.h"
#include "report/finding-text.h"
#include "util/error.h"

#define T "\"t\":\"2026-11-22T10:00:00.000Z\",\"ms\":1"
#define RUN_BEGIN "{" T ",\"type\":\"run-begin\",\"format\":1,\"run\":\"r\"}\n"
#define RUN_END "{" T ",\"type\":\"run-end\",\"outcome\":\"finished\",\"reason\":null}\n"
#define RECORD(type, members) "{" T ",\"type\":\"" type "\"," members "}\n"
#define ATTEMPT(case, number) "\"case\":\"" case "\",\"attempt\":" number
#define BEGIN(case, number) RECORD("attempt-begin", ATTEMPT(case, number))
#define END(case, number, state)                                                                   \
    RECORD("attempt-end", ATTEMPT(case, number) ",\"state\":\"" state "\"")
#define CASE_END(case, state, reason)                                                              \
    RECORD("case-end", "\"case\":\"" case "\",\"state\":\"" state "\",\"reason\":\"" reason "\"")
#define FINDING_JSON(kind, rest)                                                                   \
    "{\"id\":\"F1\",\"kind\":\"" kind "\",\"summary\":\"s\",\"vendors\":[\"alder\"],"              \
    "\"confidence\":\"low\"" rest "}"
#define FINDING(case, number, finding)                                                             \
    RECORD("finding", ATTEMPT(case, number) ",\"finding\":" finding)
#define SAVED(case, number)                                                                        \
    RECORD("event", ATTEMPT(case, number) ",\"kind\":\"saved\",\"text\":\"\",\"state\":\"5\"")
#define SHARED(case, number, by, ms)                                                               \
    RECORD("event", ATTEMPT(case, number) ",\"kind\":\"shared\",\"text\":\"\",\"state\":\"5\","    \
                                          "\"by\":\"" by "\",\"spared_ms\":" ms)
#define ADDED(case, parent)                                                                        \
    RECORD(                                                                                        \
        "case-added",                                                                              \
        "\"case\":\"" case "\",\"parent\":\"" parent                                               \
                           "\",\"reason\":\"who is it\",\"plan\":{\"id\":\"" case "\",\"test\":"   \
                                                                                  "\"t\","         \
                                                                                  "\"guest\":"     \
                                                                                  "\"g\"}")
#define RAN(case, state) BEGIN(case, "1") END(case, "1", state) CASE_END(case, state, "")
#define PLAN                                                                                       \
    "{\"format\":1,\"scenario\":\"s\",\"cases\":["                                                 \
    "{\"id\":\"a\",\"test\":\"t\",\"guest\":\"g\"},{\"id\":\"b\",\"test\":\"t\",\"guest\":\"g\"}]" \
    "}"

static Result *parse_ok(const char *journal)
{
    g_autoptr(GError) error = NULL;
    Result *result = NULL;

    result_parse(PLAN, strlen(PLAN), journal, strlen(journal), &result, &error);
    g_assert_no_error(error);
    return result;
}

static void parse_fails(const char *plan, const char *journal, gsize length, const char *message)
{
    g_autoptr(GError) error = NULL;
    Result *result = (Result *)"untouched";

    g_assert_false(result_parse(plan, strlen(plan), journal, length, &result, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    g_assert_cmpstr((const char *)result, ==, "untouched");
    g_assert_null(strchr(error->message, '\n'));
    if (!strstr(error->message, message))
        g_error("'%s' does not hold '%s'", error->message, message);
}

static void test_bad_journals(void)
{
    static const struct {
        const char *journal, *message;
    } bad[] = {
        {RUN_BEGIN ADDED("b", "a") RUN_END, "the case 'b' stands there twice"},
        {RUN_BEGIN ADDED("c", "nobody") RUN_END, "the plan has no case 'nobody'"},
        {RUN_BEGIN "{\"t\":\n" RUN_END, "journal.ndjson:2: this line is no JSON object"},
        {RUN_BEGIN "\n" RUN_END, "journal.ndjson:2: this line is no JSON object"},
        {RUN_BEGIN "[]\n", "journal.ndjson:2"},
        {RUN_BEGIN "{}\n", "journal.ndjson:2: a record has"},
        {CASE_END("a", "skipped", "x"), "journal.ndjson:1: the first record is 'case-end'"},
        {"{" T ",\"type\":\"run-begin\",\"format\":2,\"run\":\"r\"}\n", "no journal of format 1"},
        {"{\"t\":\"2026-99-22T10:00:00.000Z\",\"ms\":1,\"type\":\"run-begin\"}\n", "no UTC time"},
        {"{\"t\":\"yesterday\\n\",\"ms\":1,\"type\":\"run-begin\"}\n", "no UTC time"},
        {RUN_BEGIN BEGIN("a", "1") SHARED("a", "1", "z", "5"), "is by a case of the plan"},
        {RUN_BEGIN RECORD("case-begin", "\"case\":\"z\""), ":2: the plan has no case 'z'"},
        {RUN_BEGIN RECORD("case-begin", "\"case\":\"\\u001b[2J\""), "no case '?[2J'"},
        {RUN_BEGIN BEGIN("a", "2"), "the next attempt of 'a' is 1"},
        {RUN_BEGIN BEGIN("a", "1") BEGIN("a", "1"), "the next attempt of 'a' is 2"},
        {RUN_BEGIN RECORD("event", ATTEMPT("a", "1") ",\"kind\":\"boot\""), "never began"},
        {RUN_BEGIN BEGIN("a", "1") RECORD("event", ATTEMPT("a", "-1")), "never began"},
        {RUN_BEGIN BEGIN("a", "1") RECORD("event", ATTEMPT("a", "1e300")), "never began"},
        {RUN_BEGIN BEGIN("a", "1") RECORD("event", ATTEMPT("a", "1")), "no text 'kind'"},
        {RUN_BEGIN BEGIN("a", "1")
             RECORD("step-end", ATTEMPT("a", "1") ",\"step\":\"1\",\"outcome\":\"great\""),
         "'outcome' is 'great'"},
        {RUN_BEGIN BEGIN("a", "1") END("a", "1", "perfect"), "'state' is 'perfect'"},
        {RUN_BEGIN BEGIN("a", "1") END("a", "1", "passed") END("a", "1", "passed"), "ends twice"},
        {RUN_BEGIN RAN("a", "passed") RECORD("attempt-cut", ATTEMPT("a", "1")), "has ended"},
        {RUN_BEGIN RECORD("attempt-cut", ATTEMPT("a", "1")), "never began"},
        {RUN_BEGIN RAN("a", "passed") CASE_END("a", "passed", ""), "has ended before"},
        {RUN_BEGIN RAN("a", "passed") BEGIN("a", "2"), "has ended before"},
        {RUN_BEGIN CASE_END("a", "not-run", ""), "'state' is 'not-run'"},
        {RUN_BEGIN CASE_END("a", "passed", ""), "no attempt of it ran to its end"},
        {RUN_BEGIN BEGIN("a", "1") CASE_END("a", "failed", ""), "no attempt of it ran to its end"},
        {RUN_BEGIN RECORD("case-end", "\"case\":\"a\",\"state\":\"skipped\""), "without a reason"},
        {RUN_BEGIN BEGIN("a", "1") END("a", "1", "failed") CASE_END("a", "passed", ""),
         "is passed, but its attempt 1 is failed"},
        {RUN_BEGIN BEGIN("a", "1") FINDING("a", "1", FINDING_JSON("hang", ""))
             END("a", "1", "passed") CASE_END("a", "passed", ""),
         "passed, but its attempt 1 has findings"},
        {RUN_BEGIN BEGIN("a", "1") FINDING("a", "1", FINDING_JSON("gremlin", "")), "'gremlin'"},
        {RUN_BEGIN BEGIN("a", "1") FINDING("a", "1", "null"), "no text 'id'"},
        {RUN_BEGIN BEGIN("a", "1")
             FINDING("a", "1", FINDING_JSON("hang", ",\"evidence\":[\"cases/../../etc/passwd\"]")),
         "no path below cases/"},
        {RUN_BEGIN BEGIN("a", "1")
             FINDING("a", "1", FINDING_JSON("hang", ",\"evidence\":[\"javascript:alert(1)\"]")),
         "no path below cases/"},
        {RUN_BEGIN BEGIN("a", "1")
             FINDING("a", "1", FINDING_JSON("hang", ",\"recovery\":{\"grade\":\"magic\"}")),
         "'grade' is 'magic'"},
        {RUN_BEGIN BEGIN("a", "1")
             FINDING("a", "1", FINDING_JSON("bugcheck", ",\"bugcheck\":{\"code\":\"0x7G\"}")),
         "'code' is '0x7G', which is no 0x number"},
        {RUN_BEGIN BEGIN("a", "1")
             FINDING("a", "1",
                     FINDING_JSON("bugcheck", ",\"bugcheck\":{\"code\":\"0x7E\",\"source\":"
                                              "\"serial\",\"parameters\":[\"0x1\"]}")),
         "four parameters"},
        {RUN_BEGIN BEGIN("a", "1")
             RECORD("evidence", ATTEMPT("a", "1") ",\"kind\":\"minidump\",\"outcome\":"
                                                  "\"collected\",\"sha256\":\"abc\""),
         "no SHA-256"},
        {RUN_BEGIN RECORD("run-end", "\"outcome\":\"victorious\""), "'victorious'"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(bad); i++)
        parse_fails(PLAN, bad[i].journal, strlen(bad[i].journal), bad[i].message);
}

static void test_bad_bytes(void)
{
    static const char with_nul[] = RUN_BEGIN "{\"type\":\"x\0y\"}\n";
    parse_fails(PLAN, with_nul, sizeof with_nul - 1, "journal.ndjson:2");

    g_autoptr(GString) deep = g_string_new(RUN_BEGIN);
    for (guint i = 0; i < 100000; i++)
        g_string_append(deep, "{\"a\":");
    g_string_append_c(deep, '\n');
    parse_fails(PLAN, deep->str, deep->len, "journal.ndjson:2");

    g_autoptr(GString) wide = g_string_new(RUN_BEGIN "{\"a\":\"");
    for (guint i = 0; i < (1 << 20); i++)
        g_string_append_c(wide, 'x');
    g_string_append(wide, "\"}\n");
    parse_fails(PLAN, wide->str, wide->len, "journal.ndjson:2: the line is longer");
}

static void test_bad_plans(void)
{
    static const char *const bad[] = {
        "",
        "{",
        "[]",
        "{\"format\":2,\"cases\":[]}",
        "{\"format\":1}",
        "{\"format\":1,\"cases\":[7]}",
        "{\"format\":1,\"cases\":[{\"id\":\"a\",\"test\":\"t\"}]}",
        "{\"format\":1,\"cases\":[{\"id\":\"a\",\"test\":\"t\",\"guest\":\"g\"},"
        "{\"id\":\"a\",\"test\":\"t\",\"guest\":\"g\"}]}",
    };

    for (guint i = 0; i < G_N_ELEMENTS(bad); i++)
        parse_fails(bad[i], RUN_BEGIN, strlen(RUN_BEGIN), "plan.json");
}

static void test_no_folder(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Result) result = NULL;

    g_assert_false(result_read(TRUCE_TEST_DATA "/no-such-run", &result, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    g_clear_error(&error);
    /* A folder without the two files. */
    g_assert_false(result_read(TRUCE_TEST_DATA, &result, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    g_assert_null(result);
}

/* A kill can tear the journal at any byte; what is left must always read. */
static void test_torn_anywhere(void)
{
    static const char journal[] =
        RUN_BEGIN BEGIN("a", "1") FINDING("a", "1", FINDING_JSON("hang", ""))
            END("a", "1", "failed") CASE_END("a", "failed", "") RAN("b", "passed") RUN_END;

    for (gsize length = 0; length < sizeof journal; length++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Result) result = NULL;
        g_assert_true(result_parse(PLAN, strlen(PLAN), journal, length, &result, &error));
        g_assert_no_error(error);
        guint sum = 0;
        for (guint i = 0; i < CASE_STATES; i++)
            sum += result->counts[i];
        g_assert_cmpuint(sum, ==, 2);
        bool whole = length == sizeof journal - 1;
        g_assert_cmpstr(result->outcome, ==, whole ? "finished" : "killed");
        g_assert_cmpint(result_exit_status(result), ==, whole ? 1 : 130);
    }
}

static void test_exit_status(void)
{
    static const struct {
        const char *journal;
        int status;
        const char *verdict;
    } runs[] = {
        {RUN_BEGIN RAN("a", "passed") RAN("b", "passed") RUN_END, TRUCE_EXIT_PASSED,
         "2 of 2 cases passed."},
        {RUN_BEGIN RAN("a", "passed") CASE_END("b", "skipped", "why") RUN_END, TRUCE_EXIT_PASSED,
         "1 of 2 cases passed; 1 skipped."},
        {RUN_BEGIN RAN("a", "failed") RAN("b", "error") RUN_END, TRUCE_EXIT_FAILED,
         "1 of 2 cases failed; 1 error."},
        {RUN_BEGIN RAN("a", "passed") RAN("b", "error") RUN_END, TRUCE_EXIT_LAB,
         "1 of 2 cases could not be tested; 1 passed."},
        {RUN_BEGIN RAN("a", "passed") RUN_END, TRUCE_EXIT_LAB,
         "1 of 2 cases did not run; 1 passed."},
        {RUN_BEGIN CASE_END("a", "skipped", "x") CASE_END("b", "skipped", "y") RUN_END,
         TRUCE_EXIT_LAB, "None of 2 cases ran, so nothing was tested; 2 skipped."},
        {RUN_BEGIN RUN_END, TRUCE_EXIT_LAB,
         "None of 2 cases ran, so nothing was tested; 2 not run."},
        {RUN_BEGIN RAN("a", "passed") BEGIN("b", "1") END("b", "1", "failed") BEGIN("b", "2")
             END("b", "2", "passed") CASE_END("b", "flaky", "") RUN_END,
         TRUCE_EXIT_INCONCLUSIVE, "1 of 2 cases are flaky; 1 passed."},
        {RUN_BEGIN RAN("a", "failed") RECORD("run-end", "\"outcome\":\"interrupted\""),
         TRUCE_EXIT_INTERRUPTED, "The run was interrupted. 1 of 2 cases failed; 1 not run."},
        {RUN_BEGIN RAN("a", "passed") RAN("b", "passed"), TRUCE_EXIT_INTERRUPTED,
         "The run was killed. 2 of 2 cases passed."},
    };

    for (guint i = 0; i < G_N_ELEMENTS(runs); i++) {
        g_autoptr(Result) result = parse_ok(runs[i].journal);
        g_autofree char *verdict = result_verdict(result);
        g_assert_cmpstr(verdict, ==, runs[i].verdict);
        g_assert_cmpint(result_exit_status(result), ==, runs[i].status);
    }
}

/* The findings of a flaky case are those of the attempt that failed, not of the pass after it. */
static void test_deciding_attempt(void)
{
    g_autoptr(Result) flaky =
        parse_ok(RUN_BEGIN BEGIN("a", "1") FINDING("a", "1", FINDING_JSON("hang", ""))
                     END("a", "1", "failed") BEGIN("a", "2") END("a", "2", "passed")
                         CASE_END("a", "flaky", "") RUN_END);
    g_assert_cmpuint(result_deciding_attempt(flaky->cases->pdata[0])->number, ==, 1);
    g_assert_cmpuint(flaky->findings, ==, 1);
    g_assert_null(result_deciding_attempt(flaky->cases->pdata[1]));

    g_autoptr(Result) again = parse_ok(
        RUN_BEGIN BEGIN("a", "1") FINDING("a", "1", FINDING_JSON("hang", "")) END("a", "1", "error")
            BEGIN("a", "2") END("a", "2", "passed") CASE_END("a", "passed", "") RUN_END);
    g_assert_cmpuint(result_deciding_attempt(again->cases->pdata[0])->number, ==, 2);
    g_assert_cmpuint(again->findings, ==, 0);
}

/* What the run added counts as what was planned does. */
static void test_added_case(void)
{
    g_autoptr(Result) result =
        parse_ok(RUN_BEGIN RAN("a", "failed") ADDED("c", "a") RAN("b", "passed") RUN_END);
    const ResultCase *added = result->cases->pdata[2];

    g_assert_cmpuint(result->cases->len, ==, 3);
    g_assert_cmpstr(added->id, ==, "c");
    g_assert_cmpstr(added->parent, ==, "a");
    g_assert_cmpstr(added->why, ==, "who is it");
    g_assert_cmpuint(result->counts[CASE_NOT_RUN], ==, 1);
    g_assert_null(((const ResultCase *)result->cases->pdata[0])->parent);
}

/* Of all processes that made the run, also of attempts that never ended. */
static void test_reuse(void)
{
    g_autoptr(Result) result =
        parse_ok(RUN_BEGIN BEGIN("a", "1") SAVED("a", "1") SAVED("a", "1") END("a", "1", "passed")
                     CASE_END("a", "passed", "") BEGIN("b", "1") SHARED("b", "1", "a", "70")
                         RUN_BEGIN BEGIN("b", "2") SHARED("b", "2", "a", "5")
                             END("b", "2", "passed") CASE_END("b", "passed", "") RUN_END);
    ResultCase *a = result->cases->pdata[0], *b = result->cases->pdata[1];
    const ResultAttempt *first = b->attempts->pdata[0], *second = b->attempts->pdata[1];
    g_autofree char *text = result_reuse_text(result);

    g_assert_cmpuint(result->reuse.saved, ==, 2);
    g_assert_cmpuint(result->reuse.used, ==, 2);
    g_assert_cmpint(result->reuse.spared_ms, ==, 75);
    g_assert_cmpstr(text, ==, "2 states shared by 2 attempts: 0.0 s of steps not repeated");
    g_assert_cmpstr(first->began_with, ==, "5");
    g_assert_cmpstr(first->saved_by, ==, "a");
    g_assert_cmpint(second->spared_ms, ==, 5);
    g_assert_null(((const ResultAttempt *)a->attempts->pdata[0])->began_with);
    /* Reading the details again, and dropping them, changes nothing of it. */
    g_assert_true(result_load(result, b, NULL));
    result_unload(b);
    g_assert_cmpstr(first->began_with, ==, "5");
    g_assert_cmpuint(((const ResultAttempt *)a->attempts->pdata[0])->saved, ==, 2);
}

/* Journals of before had the state in the event's text alone. */
static void test_reuse_of_before(void)
{
    g_autoptr(Result) result =
        parse_ok(RUN_BEGIN BEGIN("a", "1") RECORD("event", ATTEMPT("a", "1") ",\"kind\":\"shared\","
                                                                             "\"text\":\"state 5\"")
                     END("a", "1", "passed") CASE_END("a", "passed", "") RUN_END);
    const ResultCase *a = result->cases->pdata[0];

    g_assert_null(((const ResultAttempt *)a->attempts->pdata[0])->began_with);
    g_assert_cmpuint(result->reuse.used, ==, 0);
}

/* Numbers of a journal that lies add up to no other sign. */
static void test_reuse_bounded(void)
{
    g_autoptr(Result) result = parse_ok(RUN_BEGIN BEGIN("a", "1") SHARED(
        "a", "1", "a", "9007199254740991") BEGIN("b", "1") SHARED("b", "1", "a", "-1") RUN_END);

    g_assert_cmpint(result->reuse.spared_ms, ==, G_GINT64_CONSTANT(1) << 40);
    g_assert_cmpuint(result->reuse.used, ==, 2);
}

static void test_unknown_records(void)
{
    g_autoptr(Result) result = parse_ok(RUN_BEGIN RECORD("weather", "\"case\":\"no such case\"")
                                            RAN("a", "passed") RAN("b", "passed") RUN_END);
    g_assert_cmpuint(result->counts[CASE_PASSED], ==, 2);
}

static void test_states(void)
{
    for (guint i = 0; i < CASE_STATES; i++) {
        CaseState state;
        g_assert_true(case_state_from_name(case_state_name((CaseState)i), &state));
        g_assert_cmpuint(state, ==, i);
    }
    CaseState state;
    g_assert_false(case_state_from_name("perfect", &state));
    g_assert_false(case_state_from_name(NULL, &state));
}

static void test_clean(void)
{
    static const struct {
        const char *text, *clean;
    } texts[] = {
        {NULL, NULL},
        {"", ""},
        {"plain\ttext\n", "plain\ttext\n"},
        {"a\r\nb\rc", "a\nb\xEF\xBF\xBD"
                      "c"},
        {"\x1b[31m", "\xEF\xBF\xBD[31m"},
        {"\xC2\x9B"
         "31m",
         "\xEF\xBF\xBD"
         "31m"}, /* U+009B, an 8-bit CSI */
        {"\xE2\x80\xAE"
         "exe.txt",
         "\xEF\xBF\xBD"
         "exe.txt"}, /* right-to-left override */
        {"\xEF\xBF\xBF\xFF", "\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"Bär 雪 🙂", "Bär 雪 🙂"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autofree char *clean = clean_text(texts[i].text);
        g_assert_cmpstr(clean, ==, texts[i].clean);
    }
    g_autofree char *line = clean_line("a\tb\nc");
    g_assert_cmpstr(line, ==, "a b c");
}

static char *signature_of(const char *finding)
{
    g_autofree char *journal =
        g_strdup_printf(RUN_BEGIN BEGIN("a", "1") FINDING("a", "1", "%s"), finding);
    g_autoptr(Result) result = parse_ok(journal);
    const ResultCase *result_case = result->cases->pdata[0];
    const ResultAttempt *attempt = result_case->attempts->pdata[0];

    return finding_signature(attempt->findings->pdata[0]);
}

#define STEP(path, name) ",\"step\":\"" path "\",\"step_name\":\"" name "\""
#define ABOUT(subject, about) ",\"subject\":\"" subject "\",\"about\":\"" about "\""
#define CRASH(module)                                                                              \
    ",\"bugcheck\":{\"code\":\"0x0000007E\",\"source\":\"serial\",\"module\":" module "}"

/* What failed is told apart, where no module tells it; where and when it was seen is not. */
static void test_signature(void)
{
    static const struct {
        const char *finding, *signature;
    } rows[] = {
        {FINDING_JSON("sensor-dead", STEP("3", "probe alder") ABOUT("alder", "status")),
         "sensor-dead|||alder|probe alder status"},
        {FINDING_JSON("sensor-dead", STEP("7.1", "probe alder") ABOUT("alder", "status")),
         "sensor-dead|||alder|probe alder status"},
        {FINDING_JSON("sensor-dead", STEP("3", "probe alder") ABOUT("alder", "driver")),
         "sensor-dead|||alder|probe alder driver"},
        {FINDING_JSON("sensor-dead", STEP("3", "probe birch") ABOUT("birch", "status")),
         "sensor-dead|||alder|probe birch status"},
        {FINDING_JSON("update-failed", STEP("3", "update alder content 3")),
         "update-failed|||alder|update"},
        {FINDING_JSON("update-failed", STEP("4", "rollback alder content 2")),
         "update-failed|||alder|rollback"},
        {FINDING_JSON("overhead", STEP("4", "load idle for 20 s") ",\"subject\":null"),
         "overhead|||alder|load"},
        {FINDING_JSON("hang", ""), "hang|||alder|"},
        {FINDING_JSON("bugcheck", STEP("3", "probe alder") CRASH("null")),
         "bugcheck|0x0000007E||alder|probe"},
        {FINDING_JSON("bugcheck", STEP("3", "probe alder") CRASH("\"Alder.sys\"")),
         "bugcheck|0x0000007E|alder.sys|alder"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *signature = signature_of(rows[i].finding);
        g_assert_cmpstr(signature, ==, rows[i].signature);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/result/bad-journals", test_bad_journals);
    g_test_add_func("/result/bad-bytes", test_bad_bytes);
    g_test_add_func("/result/bad-plans", test_bad_plans);
    g_test_add_func("/result/no-folder", test_no_folder);
    g_test_add_func("/result/torn-anywhere", test_torn_anywhere);
    g_test_add_func("/result/exit-status", test_exit_status);
    g_test_add_func("/result/deciding-attempt", test_deciding_attempt);
    g_test_add_func("/result/added-case", test_added_case);
    g_test_add_func("/result/reuse", test_reuse);
    g_test_add_func("/result/reuse-bounded", test_reuse_bounded);
    g_test_add_func("/result/reuse-of-before", test_reuse_of_before);
    g_test_add_func("/result/unknown-records", test_unknown_records);
    g_test_add_func("/result/states", test_states);
    g_test_add_func("/result/clean", test_clean);
    g_test_add_func("/result/signature", test_signature);
    return g_test_run();
}
