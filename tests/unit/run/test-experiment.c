/* SPDX-License-Identifier: GPL-2.0-or-later
 * Blame by experiment, against a scripted guest on which the truth is known.
 */
#include <string.h>

#include "engine-inputs.h"
#include "fake-machine.h"
#include "report/result.h"
#include "run/experiment-failure.h"
#include "run/experiment.h"
#include "util/error.h"
#include "util/files.h"

#define SCENARIO(tests)                                                                            \
    "<scenario name='s' format='1'><title>T</title><description>D</description>"                   \
    "<guest name='reference'/><test name='control'><title>C</title><matrix><vendors install=''/>"  \
    "</matrix><steps><run timeout-s='5' exit='0'>control.exe</run></steps></test>" tests           \
    "</scenario>"

#define TEST(vendors, steps)                                                                       \
    "<test name='main'><title>M</title><matrix><vendors install='" vendors "'/></matrix><steps>"   \
    "<install vendor='each'/>" steps "</steps></test>"

#define END_OF_RULES                                                                               \
    {                                                                                              \
        .match = NULL                                                                              \
    }

typedef struct {
    EngineInputs made;
    Result *result;
} World;

static Known *known;                                   /* of the next run, or NULL */
static char *(*prints)(guint clone, const char *line); /* the same */

static World execute(const char *scenario, const FakeRule *rules, guint budget)
{
    World world = {0};
    g_autoptr(GError) error = NULL;
    g_autoptr(Progress) progress = progress_new(true);

    fake_reset();
    fake.rules = rules;
    engine_inputs_vendors("cedar dogwood elm fir");
    engine_inputs_make(&world.made, scenario);
    if (prints) {
        fake.prints = prints;
        fake.tells_waiting = true; /* the tests' own load does not count */
        engine_inputs_tools(&world.made);
    }
    g_autoptr(Experiments) experiments = experiments_new(budget);
    RunOptions options = {.lab = world.made.lab,
                          .inputs = world.made.inputs,
                          .plan = world.made.plan,
                          .progress = progress,
                          .folder = world.made.run,
                          .known = known,
                          .jobs = 2};
    experiments_attach(experiments, &options);
    g_autoptr(Run) run = run_new(&options);
    run_execute(run, &error);
    g_assert_no_error(error);
    result_read(world.made.run, &world.result, &error);
    g_assert_no_error(error);
    return world;
}

static void world_clear(World *world)
{
    result_free(world->result);
    engine_inputs_clear(&world->made);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(World, world_clear)

static const ResultFinding *finding_of(const World *world, const char *id)
{
    for (guint i = 0; i < world->result->cases->len; i++) {
        const ResultCase *result_case = world->result->cases->pdata[i];
        if (g_str_equal(result_case->id, id))
            return ((const ResultAttempt *)result_case->attempts->pdata[0])->findings->pdata[0];
    }
    g_assert_not_reached();
}

/* Checks the vendors (separated by blanks), the confidence, and words of the first reason. */
static void assert_blame(const World *world, const char *id, const char *vendors,
                         const char *confidence, const char *words)
{
    const ResultFinding *finding = finding_of(world, id);
    g_autoptr(GString) names = g_string_new(NULL);

    for (guint i = 0; i < finding->vendors->len; i++)
        g_string_append_printf(names, "%s%s", i ? " " : "",
                               (const char *)finding->vendors->pdata[i]);
    g_assert_cmpstr(names->str, ==, vendors);
    g_assert_cmpstr(finding->confidence, ==, confidence);
    if (!words || !strstr(finding->reasons->pdata[0], words))
        for (guint i = 0; i < finding->reasons->len; i++)
            g_test_message("%s", (const char *)finding->reasons->pdata[i]);
    if (words)
        g_assert_nonnull(strstr(finding->reasons->pdata[0], words));
}

static bool has_reason(const ResultFinding *finding, const char *words)
{
    bool found = false;
    for (guint i = 0; i < finding->reasons->len; i++)
        found |= strstr(finding->reasons->pdata[i], words) != NULL;
    return found;
}

/* dogwood's own fault; the STOP names cedar, which is there and innocent. */
static void test_innocent_module(void)
{
    const FakeRule rules[] = {
        {.match = "dogwood-ctl.exe status", .effect = FAKE_BUGCHECK, .module = "cedar.sys"},
        END_OF_RULES};
    g_auto(World) world =
        execute(SCENARIO(TEST("cedar dogwood", "<probe vendor='each'/>")), rules, 8);

    assert_blame(&world, "main/reference/cedar+dogwood", "dogwood", "high", "dogwood alone");
    g_assert_true(has_reason(finding_of(&world, "main/reference/cedar+dogwood"),
                             "names cedar.sys of cedar, but it comes without cedar"));
    /* The case that was added for it is blamed alike. */
    assert_blame(&world, "main/reference/dogwood", "dogwood", "high", "dogwood alone");
}

/* The vendor that the STOP names and that did it. */
static void test_guilty_module(void)
{
    const FakeRule rules[] = {
        {.match = "cedar-ctl.exe status", .effect = FAKE_BUGCHECK, .module = "cedar.sys"},
        END_OF_RULES};
    g_auto(World) world =
        execute(SCENARIO(TEST("cedar dogwood elm", "<probe vendor='each'/>")), rules, 8);

    assert_blame(&world, "main/reference/cedar+dogwood+elm", "cedar", "high", "cedar alone");
    g_assert_cmpuint(world.result->cases->len, ==, 4); /* it alone, and nobody */
}

/* Only together, and only in this order; the STOP names a third vendor. */
static void test_conflict_in_order(void)
{
    const FakeRule rules[] = {{.match = "msiexec.exe /x C:\\Truce\\cedar",
                               .effect = FAKE_BUGCHECK,
                               .module = "elm.sys",
                               .after = {"/i C:\\Truce\\cedar", "/i C:\\Truce\\dogwood"}},
                              END_OF_RULES};
    g_auto(World) world =
        execute(SCENARIO(TEST("cedar dogwood elm", "<uninstall vendor='each'/>")), rules, 12);

    assert_blame(&world, "main/reference/cedar+dogwood+elm", "cedar dogwood", "high",
                 "cedar with dogwood, when cedar unloads first");
}

/* Together in any order: each alone passes. */
static void test_conflict_in_any_order(void)
{
    const FakeRule rules[] = {{.match = "status",
                               .effect = FAKE_BUGCHECK,
                               .module = "fir.sys",
                               .after = {"cedar", "fir"}},
                              {.match = "status",
                               .effect = FAKE_BUGCHECK,
                               .module = "fir.sys",
                               .after = {"fir", "cedar"}},
                              END_OF_RULES};
    g_auto(World) world = execute(SCENARIO(TEST("cedar fir", "<probe vendor='each'/>")), rules, 8);

    assert_blame(&world, "main/reference/cedar+fir", "cedar fir", "high", "cedar with fir (");
    g_assert_true(has_reason(finding_of(&world, "main/reference/cedar+fir"),
                             "In the other order it fails as well"));
}

/* A vendor's product that another one breaks: both are named, the victim is not alone to blame. */
static void test_broken_by_another(void)
{
    const FakeRule rules[] = {
        {.match = "cedar-ctl.exe status", .exit_code = 1, .after = {"/i C:\\Truce\\elm"}},
        END_OF_RULES};
    g_auto(World) world = execute(SCENARIO(TEST("cedar elm", "<probe vendor='cedar'/>")), rules, 8);

    assert_blame(&world, "main/reference/cedar+elm", "cedar elm", "high", "cedar with elm");
    g_assert_cmpstr(finding_of(&world, "main/reference/cedar+elm")->kind, ==, "sensor-dead");
}

#define UPDATES                                                                                    \
    "<test name='main'><title>M</title><matrix><vendors install='cedar elm'/>"                     \
    "<parameter name='content' values='3'/></matrix><steps><install vendor='each'/>"               \
    "<update vendor='cedar' content='{content}'/><update vendor='elm' content='2'/>"               \
    "<probe vendor='each'/></steps></test>"

/* One vendor with one content: the version before is tried in its place, the other update not. */
static void test_bad_content(void)
{
    const FakeRule rules[] = {{.match = "cedar-ctl.exe status",
                               .effect = FAKE_BUGCHECK,
                               .module = "cedar.sys",
                               .after = {"cedar-ctl.exe update C:\\Truce\\cedar\\content-3"}},
                              END_OF_RULES};
    g_auto(World) world = execute(SCENARIO(UPDATES), rules, 8);

    assert_blame(&world, "main/reference/cedar+elm/content=3", "cedar", "high",
                 "cedar alone, after 'update cedar content 3' (2 extra cases");
    g_assert_true(has_reason(finding_of(&world, "main/reference/cedar+elm/content=3"),
                             "with content=2 in the place of 3: passes"));
}

/* What the plan has is not run again: here every set is planned. */
static void test_planned_cases(void)
{
    const FakeRule rules[] = {{.match = "status",
                               .effect = FAKE_BUGCHECK,
                               .after = {"/i C:\\Truce\\cedar", "/i C:\\Truce\\elm"}},
                              END_OF_RULES};
    g_auto(World) world =
        execute(SCENARIO("<test name='main'><title>M</title><matrix>"
                         "<vendors of='cedar elm' together='1'/>"
                         "<vendors of='cedar elm' together='2' orders='all'/></matrix><steps>"
                         "<install vendor='each'/><probe vendor='each'/></steps></test>"),
                rules, 8);

    g_assert_cmpuint(world.result->cases->len, ==, 5);
    assert_blame(&world, "main/reference/cedar+elm", "cedar elm", "high",
                 "cedar with elm, when cedar is installed first (0 extra cases");
}

/* Without a budget nothing is added, and nothing is claimed. */
static void test_no_budget(void)
{
    const FakeRule rules[] = {
        {.match = "dogwood-ctl.exe status", .effect = FAKE_BUGCHECK, .module = "cedar.sys"},
        END_OF_RULES};
    g_auto(World) world =
        execute(SCENARIO(TEST("cedar dogwood", "<probe vendor='each'/>")), rules, 0);
    const ResultFinding *finding = finding_of(&world, "main/reference/cedar+dogwood");

    g_assert_cmpuint(world.result->cases->len, ==, 2);
    g_assert_cmpstr(finding->confidence, ==, "low");
}

#define VERSIONS                                                                                   \
    "<test name='main'><title>M</title><matrix><vendors install='cedar elm'/></matrix><steps>"     \
    "<install vendor='cedar' product='1.1'/><install vendor='elm' product='1.0'/>"                 \
    "<uninstall vendor='cedar'/><probe vendor='elm'/></steps></test>"

/* Two vendors in the order that the steps give, since one's new version: the old one is tried, and
 * the steps in the other order. The STOP names the vendor whose version is innocent. */
static void test_product_version(void)
{
    const FakeRule rules[] = {{.match = "elm-ctl.exe status",
                               .effect = FAKE_BUGCHECK,
                               .module = "elm.sys",
                               .after = {"/i C:\\Truce\\cedar\\cedar-1.1", "/i C:\\Truce\\elm"}},
                              END_OF_RULES};
    g_auto(World) world = execute(SCENARIO(VERSIONS), rules, 8);
    const ResultFinding *finding = finding_of(&world, "main/reference/cedar+elm");

    assert_blame(&world, "main/reference/cedar+elm", "cedar elm", "high",
                 "cedar with elm, when cedar is installed first, since cedar 1.1 (4 extra");
    g_assert_true(has_reason(finding, "with 1.0 in the place of cedar 1.1: passes "
                                      "(main/reference/cedar+elm/instead=cedar-1.0)"));
    g_assert_true(has_reason(finding, "In the other order it passes "
                                      "(main/reference/elm+cedar/reversed=1+2)"));
}

/* The case in the other order fails too: it is blamed alike, though no search was made for it. */
static void test_other_order_is_judged(void)
{
    const FakeRule rules[] = {{.match = "elm-ctl.exe status",
                               .effect = FAKE_BUGCHECK,
                               .module = "elm.sys",
                               .after = {"/i C:\\Truce\\cedar"}},
                              END_OF_RULES};
    g_auto(World) world = execute(SCENARIO(VERSIONS), rules, 8);

    assert_blame(&world, "main/reference/cedar+elm", "cedar elm", "high", "cedar with elm (4");
    assert_blame(&world, "main/reference/elm+cedar/reversed=1+2", "cedar elm", "high",
                 "cedar with elm (4");
    g_assert_true(has_reason(finding_of(&world, "main/reference/cedar+elm"),
                             "with 1.0 in the place of cedar 1.1: fails in the same way"));
}

/* An update stands between the installs: in the other order it would come before its vendor's. */
static void test_no_other_order(void)
{
    const FakeRule rules[] = {{.match = "elm-ctl.exe status",
                               .effect = FAKE_BUGCHECK,
                               .module = "elm.sys",
                               .after = {"/i C:\\Truce\\cedar", "/i C:\\Truce\\elm"}},
                              END_OF_RULES};
    g_auto(World) world =
        execute(SCENARIO("<test name='main'><title>M</title><matrix><vendors install='cedar elm'/>"
                         "</matrix><steps><install vendor='cedar'/>"
                         "<update vendor='cedar' content='2'/><install vendor='elm'/>"
                         "<probe vendor='elm'/></steps></test>"),
                rules, 8);

    assert_blame(&world, "main/reference/cedar+elm", "cedar elm", "high", "cedar with elm (");
    for (guint i = 0; i < world.result->cases->len; i++)
        g_assert_null(strstr(((const ResultCase *)world.result->cases->pdata[i])->id, "reversed"));
}

/* A fault that strikes on a file of an update's: without the update it is left out too, so that no
 * case waits for it in vain. */
static void test_fault_of_an_update(void)
{
    const FakeRule rules[] = {
        {.match = "cedar-ctl.exe update", .effect = FAKE_ADD_FILE, .file = "C:\\new.tmp"},
        {.match = "cedar-ctl.exe status",
         .effect = FAKE_BUGCHECK,
         .module = "cedar.sys",
         .after = {"cedar-ctl.exe update"}},
        END_OF_RULES};
    g_auto(World) world = execute(
        SCENARIO(TEST("cedar", "<inject fault='disk-slow' on-file='C:\\new.tmp' within-s='5'>"
                               "<with name='iops' value='9'/>"
                               "<update vendor='cedar' content='2'/><soak seconds='1'/></inject>"
                               "<probe vendor='each'/>")),
        rules, 8);

    assert_blame(&world, "main/reference/cedar", "cedar", "high",
                 "cedar alone, after 'update cedar content 2'");
    for (guint i = 0; i < world.result->cases->len; i++)
        g_assert_cmpint(((const ResultCase *)world.result->cases->pdata[i])->state, !=, CASE_ERROR);
}

/* A trial that fails in another way says nothing: blame stays open. */
static void test_unclear(void)
{
    const FakeRule rules[] = {{.match = "status",
                               .effect = FAKE_BUGCHECK,
                               .module = "elm.sys",
                               .after = {"cedar", "elm"}},
                              {.match = "status", .exit_code = 1},
                              END_OF_RULES};
    g_auto(World) world = execute(SCENARIO(TEST("cedar elm", "<probe vendor='each'/>")), rules, 8);
    const ResultFinding *finding = finding_of(&world, "main/reference/cedar+elm");

    g_assert_cmpstr(finding->confidence, ==, "low");
    g_assert_true(has_reason(finding, "says nothing clear"));
}

/* What a load costs in a guest: nothing, the first vendor's part, the second one's, both. */
static const char *latencies[4];
static guint installed[64]; /* bits, by clone */

static char *print_costs(guint clone, const char *line)
{
    g_assert_cmpuint(clone, <, G_N_ELEMENTS(installed));
    if (strstr(line, "/i C:\\Truce\\cedar"))
        installed[clone] |= 1;
    if (strstr(line, "/i C:\\Truce\\elm"))
        installed[clone] |= 2;
    if (!strstr(line, "truce-stress.exe"))
        return NULL;
    return g_strdup_printf("{\"format\":1,\"kinds\":[{\"kind\":\"file\",\"rate\":9,"
                           "\"operations\":600,\"errors\":0,\"slices\":[%s]}]}",
                           latencies[installed[clone]]);
}

#define SLICES(a, b, c)                                                                            \
    "[9," a "],[9," b "],[9," c "],[9," a "],[9," b "],[9," a "],[9," c "],[9," a "]"
#define COSTS                                                                                      \
    "<test name='main'><title>M</title><matrix><vendors install=''/>"                              \
    "<vendors install='cedar elm'/></matrix><steps><install vendor='each'/>"                       \
    "<stress profile='measure' seconds='1'><expect "                                               \
    "overhead-percent='50'/></stress></steps></test>"

/* Of two vendors within the limit by themselves: figures that only add up are no conflict, figures
 * far above their sum are one, and figures between are neither. */
static void test_sum(void)
{
    static const struct {
        const char *together, *vendors, *confidence, *words;
    } rows[] = {
        {SLICES("180", "181", "179"), "", "unknown", "no conflict, costs that add up"},
        {SLICES("400", "404", "396"), "cedar elm", "high", "cedar with elm ("},
        {SLICES("175", "230", "260"), "cedar elm", "low", "cedar with elm ("},
    };

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        latencies[0] = SLICES("100", "101", "99");
        latencies[1] = latencies[2] = SLICES("140", "141", "139");
        latencies[3] = rows[i].together;
        memset(installed, 0, sizeof installed);
        prints = print_costs;
        g_auto(World) world = execute(SCENARIO(COSTS), (const FakeRule[]){END_OF_RULES}, 8);
        prints = NULL;
        assert_blame(&world, "main/reference/cedar+elm", rows[i].vendors, rows[i].confidence,
                     rows[i].words);
        g_assert_true(has_reason(finding_of(&world, "main/reference/cedar+elm"),
                                 "file latency in %: cedar alone 40 ("));
    }
}

/* One of them is too much by itself; the other adds its part. */
static void test_sum_of_one(void)
{
    latencies[0] = SLICES("100", "101", "99");
    latencies[1] = SLICES("110", "111", "109");
    latencies[2] = SLICES("200", "201", "199");
    latencies[3] = SLICES("210", "211", "209");
    memset(installed, 0, sizeof installed);
    prints = print_costs;
    g_auto(World) world = execute(SCENARIO(COSTS), (const FakeRule[]){END_OF_RULES}, 8);
    prints = NULL;
    assert_blame(&world, "main/reference/cedar+elm", "elm", "high", "elm alone");
}

#define SAYS(kind, rest) "{\"kind\":\"" kind "\"" rest "}"
#define ALDER ",\"subject\":\"alder\""

/* One vendor can fail in two ways of one kind. */
static void test_same(void)
{
    static const struct {
        const char *a, *b;
        bool same;
    } rows[] = {
        {SAYS("sensor-dead", ALDER ",\"about\":\"driver\""),
         SAYS("sensor-dead", ALDER ",\"about\":\"driver\""), true},
        {SAYS("sensor-dead", ALDER ",\"about\":\"driver\""),
         SAYS("sensor-dead", ALDER ",\"about\":\"service\""), false},
        {SAYS("sensor-dead", ALDER), SAYS("sensor-dead", ",\"subject\":\"birch\""), false},
        {SAYS("resource-leak", ",\"about\":\"handles\""),
         SAYS("resource-leak", ",\"about\":\"private memory\""), false},
        {SAYS("hang", ""), SAYS("hang", ""), true},
        {SAYS("hang", ""), SAYS("hang", ",\"about\":\"boot time\""), false},
        {SAYS("update-failed", ALDER), SAYS("update-failed", ALDER), true},
    };

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(cJSON) a = cJSON_Parse(rows[i].a);
        g_autoptr(cJSON) b = cJSON_Parse(rows[i].b);
        const Failure left = {.finding = a}, right = {.finding = b};
        g_assert_true(failure_same(&left, &right) == rows[i].same);
        g_assert_true(failure_same(&right, &left) == rows[i].same);
    }
}

/* A finding that is known is reported as such, and still fails. */
static void test_known_issue(void)
{
    const FakeRule rules[] = {
        {.match = "cedar-ctl.exe status", .effect = FAKE_BUGCHECK, .module = "cedar.sys"},
        END_OF_RULES};
    static const char text[] =
        "<known format='1'><issue id='cedar-1' owner='Cedar' link='l' expires='2999-12-31'>"
        "<match kind='bugcheck' module='cedar.sys'/><text>Old.</text></issue>"
        "<issue id='cedar-2' owner='Cedar' link='l' expires='2999-12-31'>"
        "<match kind='boot-loop' module='cedar.sys' step='probe cedar' vendor='cedar'"
        " product='1.0'/><text>It is known.</text></issue></known>";
    g_autofree char *folder = g_dir_make_tmp("truce-known-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "known.xml", NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(Known) file = NULL;

    g_assert_true(files_write_atomic(path, text, strlen(text), NULL));
    known_read(path, &file, &error);
    g_assert_no_error(error);
    known = file;
    g_auto(World) world = execute(SCENARIO(TEST("cedar", "<probe vendor='each'/>")), rules, 0);
    known = NULL;
    files_remove_tree(folder, NULL);
    g_autofree char *kept = g_build_filename(world.made.run, "inputs", "known.xml", NULL);
    g_assert_true(g_file_test(kept, G_FILE_TEST_IS_REGULAR));

    g_assert_cmpstr(finding_of(&world, "main/reference/cedar")->known_issue, ==, "cedar-2");
    g_assert_cmpint(result_exit_status(world.result), ==, TRUCE_EXIT_FAILED);
    g_autoptr(GPtrArray) complaints = known_complaints(file);
    g_assert_cmpuint(complaints->len, ==, 1);
}

/* Whose it is, is known, whatever a case without the update does: that lowers only what is said of
 * the update. */
static void test_unclear_detail(void)
{
    const FakeRule rules[] = {{.match = "cedar-ctl.exe status",
                               .effect = FAKE_BUGCHECK,
                               .module = "cedar.sys",
                               .after = {"cedar-ctl.exe update"}},
                              {.match = "cedar-ctl.exe status", .exit_code = 1},
                              END_OF_RULES};
    g_auto(World) world = execute(
        SCENARIO("<test name='main'><title>M</title><matrix><vendors install=''/>"
                 "<vendors install='cedar'/></matrix><steps><install vendor='each'/>"
                 "<update vendor='each' content='2'/><probe vendor='each'/></steps></test>"),
        rules, 8);
    const ResultFinding *finding = finding_of(&world, "main/reference/cedar");

    assert_blame(&world, "main/reference/cedar", "cedar", "high", "cedar alone (");
    g_assert_true(has_reason(finding, "without 'update each content 2': says nothing clear"));
    g_assert_true(has_reason(finding, "Whether it takes 'update each content 2' is not known."));
}

/* A guest that goes down by itself, whoever is there: nobody is sure to be blamed for it. */
static void test_guest_itself(void)
{
    const FakeRule rules[] = {
        {.match = "shared.exe", .effect = FAKE_BUGCHECK, .module = "cedar.sys"}, END_OF_RULES};
    g_auto(World) world = execute(
        SCENARIO(TEST("cedar elm", "<run timeout-s='5' exit='0'>shared.exe</run>")), rules, 8);

    g_assert_cmpstr(finding_of(&world, "main/reference/cedar+elm")->confidence, !=, "high");
    g_assert_cmpstr(finding_of(&world, "main/reference/cedar+elm")->confidence, !=, "medium");
}

/* One vendor, nothing to take away: the first judgement stays, until a control says more. */
static void test_one_alone(void)
{
    const FakeRule rules[] = {
        {.match = "cedar-ctl.exe status", .effect = FAKE_BUGCHECK, .module = "cedar.sys"},
        END_OF_RULES};
    g_auto(World) world = execute(SCENARIO(TEST("cedar", "<probe vendor='each'/>")), rules, 0);
    const ResultFinding *finding = finding_of(&world, "main/reference/cedar");

    g_assert_cmpstr(finding->confidence, ==, "medium");
    g_assert_false(has_reason(finding, "By experiment"));

    g_auto(World) controlled =
        execute(SCENARIO("<test name='main'><title>M</title><matrix><vendors install=''/>"
                         "<vendors install='cedar'/></matrix><steps><install vendor='each'/>"
                         "<probe vendor='each'/></steps></test>"),
                rules, 8);
    finding = finding_of(&controlled, "main/reference/cedar");
    g_assert_cmpstr(finding->confidence, ==, "high");
    g_assert_true(has_reason(finding, "No vendor at all: passes (main/reference/none)"));
}

/* A run in which nothing fails adds nothing. */
static void test_healthy(void)
{
    const FakeRule rules[] = {END_OF_RULES};
    g_auto(World) world =
        execute(SCENARIO(TEST("cedar dogwood", "<probe vendor='each'/>")), rules, 8);

    g_assert_cmpuint(world.result->cases->len, ==, 2);
    g_assert_cmpint(result_exit_status(world.result), ==, TRUCE_EXIT_PASSED);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/experiment/innocent-module", test_innocent_module);
    g_test_add_func("/experiment/guilty-module", test_guilty_module);
    g_test_add_func("/experiment/conflict-in-order", test_conflict_in_order);
    g_test_add_func("/experiment/conflict-in-any-order", test_conflict_in_any_order);
    g_test_add_func("/experiment/broken-by-another", test_broken_by_another);
    g_test_add_func("/experiment/bad-content", test_bad_content);
    g_test_add_func("/experiment/planned-cases", test_planned_cases);
    g_test_add_func("/experiment/product-version", test_product_version);
    g_test_add_func("/experiment/other-order-is-judged", test_other_order_is_judged);
    g_test_add_func("/experiment/no-other-order", test_no_other_order);
    g_test_add_func("/experiment/fault-of-an-update", test_fault_of_an_update);
    g_test_add_func("/experiment/no-budget", test_no_budget);
    g_test_add_func("/experiment/unclear", test_unclear);
    g_test_add_func("/experiment/same", test_same);
    g_test_add_func("/experiment/sum", test_sum);
    g_test_add_func("/experiment/sum-of-one", test_sum_of_one);
    g_test_add_func("/experiment/known-issue", test_known_issue);
    g_test_add_func("/experiment/unclear-detail", test_unclear_detail);
    g_test_add_func("/experiment/guest-itself", test_guest_itself);
    g_test_add_func("/experiment/one-alone", test_one_alone);
    g_test_add_func("/experiment/healthy", test_healthy);
    return g_test_run();
}
