/* SPDX-License-Identifier: GPL-2.0-or-later
 * States that cases share: what makes two prefixes the same, what is saved and used, and that the
 * verdicts are those of a run that shares nothing.
 */
#include <string.h>

#include "engine-inputs.h"
#include "fake-machine.h"
#include "report/result.h"
#include "run/prefix.h"
#include "run/run.h"
#include "util/error.h"
#include "util/files.h"

/* Two vendors; contents 2 are good, alpha's 3 is bad. Cases branch after one and two installs. */
static const char scenario_xml[] =
    "<scenario name='s' format='1'><title>T</title><description>D</description>"
    "<guest name='reference'/>"
    "<test name='control'><title>C</title><matrix><vendors install=''/></matrix>"
    "<steps><run timeout-s='5' exit='0'>control.exe</run></steps></test>"
    "<test name='both'><title>B</title><matrix><vendors install='alpha beta'/>"
    "<parameter name='content' values='1 3'/></matrix>"
    "<steps><install vendor='each'/><probe vendor='each'/>"
    "<update vendor='alpha' content='{content}'/><probe vendor='each'/></steps><recover/></test>"
    "<test name='alone'><title>A</title><matrix><vendors install='alpha'/>"
    "<parameter name='content' values='1 3'/></matrix>"
    "<steps><install vendor='each'/><update vendor='alpha' content='{content}'/>"
    "<reboot/><probe vendor='each'/></steps><recover/></test>"
    "<test name='order'><title>O</title><matrix><vendors install='beta alpha'/></matrix>"
    "<steps><install vendor='each'/><probe vendor='each'/></steps></test>"
    "<test name='fault'><title>F</title><matrix><vendors install='alpha'/></matrix>"
    "<steps><install vendor='each'/><snapshot name='x'/><probe vendor='each'/><revert "
    "name='x'/></steps></test>"
    "<test name='damage'><title>D</title><matrix><vendors install='alpha'/></matrix>"
    "<steps><install vendor='each'/><update vendor='alpha' content='3' damage='bit-flip-1' "
    "expect='any'/><probe vendor='each'/></steps></test>"
    "</scenario>";

/* Two pairs of cases, each with a first step of its own. */
static const char pairs_xml[] =
    "<scenario name='s' format='1'><title>T</title><description>D</description>"
    "<guest name='reference'/>"
    "<test name='control'><title>C</title><matrix><vendors install=''/></matrix>"
    "<steps><run timeout-s='5' exit='0'>control.exe</run></steps></test>"
    "<test name='one'><title>O</title><matrix><vendors install='alpha'/>"
    "<parameter name='content' values='1 3'/></matrix>"
    "<steps><install vendor='each'/><update vendor='alpha' content='{content}'/></steps></test>"
    "<test name='two'><title>T</title><matrix><vendors install='beta'/>"
    "<parameter name='content' values='1 3'/></matrix>"
    "<steps><install vendor='each'/><update vendor='beta' content='{content}'/></steps></test>"
    "</scenario>";
#define MEMORY_MIB 64 /* of engine-inputs.c's guest: what a state is taken for before the first */

typedef struct {
    EngineInputs made;
    Result *result;
    guint64 bytes;
    guint wait_ms;
    guint jobs;
    RunVerdictHook on_verdict;
} Fixture;

static const FakeRule rules[] = {{"content-3", 0, FAKE_BUGCHECK, NULL, 0, {NULL}, NULL},
                                 {"msiexec.exe /i", 0, FAKE_QUARANTINE, NULL, 0, {NULL}, NULL},
                                 {NULL, 0, FAKE_NOTHING, NULL, 0, {NULL}, NULL}};

static void set_up_with(Fixture *fixture, const char *scenario)
{
    fake_reset();
    fake.rules = rules;
    fixture->jobs = 1;
    engine_inputs_vendors("beta");
    engine_inputs_make(&fixture->made, scenario);
}

static void set_up(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    set_up_with(fixture, scenario_xml);
}

static void set_up_pairs(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    set_up_with(fixture, pairs_xml);
}

static void tear_down(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    g_assert_cmpuint(fake.alive, ==, 0);
    result_free(fixture->result);
    engine_inputs_clear(&fixture->made);
}

static void execute(Fixture *fixture, ReusePolicy policy)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Progress) progress = progress_new(true);
    RunOptions options = {.lab = fixture->made.lab,
                          .inputs = fixture->made.inputs,
                          .plan = fixture->made.plan,
                          .progress = progress,
                          .folder = fixture->made.run,
                          .jobs = fixture->jobs,
                          .attempts = 2,
                          .reuse = policy,
                          .reuse_bytes = fixture->bytes,
                          .reuse_wait_ms = fixture->wait_ms,
                          .on_verdict = fixture->on_verdict,
                          .on_verdict_data = fixture};

    g_clear_pointer(&fixture->result, result_free);
    g_assert_true(files_remove_tree(fixture->made.run, NULL));
    g_assert_cmpint(g_mkdir_with_parents(fixture->made.run, 0700), ==, 0);
    g_autoptr(Run) run = run_new(&options);
    run_execute(run, &error);
    g_assert_no_error(error);
    result_read(fixture->made.run, &fixture->result, &error);
    g_assert_no_error(error);
    for (guint i = 0; i < fixture->result->cases->len; i++)
        g_assert_true(result_load(fixture->result, fixture->result->cases->pdata[i], NULL));
}

/* Verdicts, findings with whom they blame, and steps with their outcomes, of all attempts. */
static char *outcome(const Fixture *fixture)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < fixture->result->cases->len; i++) {
        const ResultCase *result_case = fixture->result->cases->pdata[i];
        g_string_append_printf(text, "%s %s\n", result_case->id,
                               case_state_name(result_case->state));
        for (guint a = 0; a < result_case->attempts->len; a++) {
            const ResultAttempt *attempt = result_case->attempts->pdata[a];
            for (guint s = 0; s < attempt->steps->len; s++) {
                const ResultStep *step = attempt->steps->pdata[s];
                g_string_append_printf(text, " %u.%s %s %s\n", a, step->step, step->name,
                                       step->outcome);
            }
            for (guint f = 0; f < attempt->findings->len; f++) {
                const ResultFinding *finding = attempt->findings->pdata[f];
                g_string_append_printf(
                    text, " %s %s %s %u %s\n", finding->kind, finding->summary, finding->step,
                    finding->boots,
                    finding->vendors->len > 0 ? (const char *)finding->vendors->pdata[0] : "");
            }
        }
    }
    return g_string_free(text, FALSE);
}

static const ResultCase *find_case(const Fixture *fixture, const char *id)
{
    for (guint i = 0; i < fixture->result->cases->len; i++) {
        const ResultCase *result_case = fixture->result->cases->pdata[i];
        if (g_str_equal(result_case->id, id))
            return result_case;
    }
    g_assert_not_reached();
}

/* The text of an attempt's first event of a kind, or NULL. */
static const char *event_of(const ResultCase *result_case, guint number, const char *kind)
{
    const ResultAttempt *attempt = result_case->attempts->pdata[number];

    for (guint i = 0; i < attempt->events->len; i++) {
        const ResultEvent *event = attempt->events->pdata[i];
        if (g_str_equal(event->kind, kind))
            return event->text;
    }
    return NULL;
}

static void assert_nothing_left(const Fixture *fixture)
{
    g_autofree char *path = g_build_filename(fixture->made.folder, "work", NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *left = dir ? g_dir_read_name(dir) : NULL;

    g_assert_null(left);
}

static void test_same_verdicts(Fixture *fixture, gconstpointer jobs)
{
    fixture->jobs = GPOINTER_TO_UINT(jobs);
    execute(fixture, REUSE_NEVER);
    g_autofree char *alone = outcome(fixture);
    g_assert_cmpuint(fake.copies, ==, 0);
    g_assert_nonnull(strstr(alone, "failed"));

    execute(fixture, REUSE_ALWAYS);
    g_autofree char *shared = outcome(fixture);
    g_assert_cmpuint(fake.copies, >, 1);
    g_assert_cmpstr(shared, ==, alone);
    assert_nothing_left(fixture);
}

/* What a state covers is told, in the case that saved it and in those that begin with it. */
static void test_told(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    execute(fixture, REUSE_ALWAYS);
    const ResultCase *first = find_case(fixture, "both/reference/alpha+beta/content=1");
    const ResultCase *second = find_case(fixture, "both/reference/alpha+beta/content=3");
    const char *saved = event_of(first, 0, "saved");
    const char *used = event_of(second, 0, "shared");

    g_assert_true(g_str_has_prefix(saved, "state "));
    g_assert_nonnull(used);
    g_assert_null(event_of(find_case(fixture, "alone/reference/alpha/content=1"), 0, "shared"));
    const ResultStep *step = ((const ResultAttempt *)second->attempts->pdata[0])->steps->pdata[0];
    g_assert_cmpstr(step->outcome, ==, "ok");
    g_assert_true(g_str_has_prefix(step->message, "not repeated: shared state "));
    g_assert_nonnull(strstr(used, step->message + strlen("not repeated: shared state ")));
    const ResultAttempt *sharing = second->attempts->pdata[0];
    g_assert_true(g_str_has_suffix(step->message, sharing->began_with));
    g_assert_true(strlen(sharing->began_with) == 12 && strstr(saved, sharing->began_with));
    g_assert_cmpstr(sharing->saved_by, ==, first->id);
    /* A second attempt is to agree or disagree by itself. */
    g_assert_cmpuint(second->attempts->len, ==, 2);
    g_assert_null(event_of(second, 1, "shared"));
    g_assert_null(((const ResultAttempt *)second->attempts->pdata[1])->began_with);
}

/* The journal has the same sums that its reader makes of the attempts. */
static void test_sums(Fixture *fixture, gconstpointer unused)
{
    g_autofree char *path = g_build_filename(fixture->made.run, "journal.ndjson", NULL);
    g_autofree char *journal = NULL;
    const ResultReuse *sums;
    gsize length;
    (void)unused;

    execute(fixture, REUSE_ALWAYS);
    sums = &fixture->result->reuse;
    g_assert_true(files_read(path, 64 << 20, &journal, &length, NULL));
    g_autofree char *said = g_strdup_printf(
        "\"type\":\"reuse\",\"saved\":%u,\"used\":%u,\"spared_ms\":%" G_GINT64_FORMAT "}",
        sums->saved, sums->used, sums->spared_ms);
    g_assert_cmpuint(sums->saved, >, 1);
    g_assert_cmpuint(sums->used, >, 1);
    g_assert_nonnull(strstr(journal, said));
}

/* Steps on the same machines as in a run that shares nothing, but fewer. */
static void test_fewer_steps(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    execute(fixture, REUSE_ALWAYS);
    const ResultCase *bad = find_case(fixture, "alone/reference/alpha/content=3");
    const ResultCase *fault = find_case(fixture, "fault/reference/alpha");
    const ResultCase *order = find_case(fixture, "order/reference/beta+alpha");

    g_assert_nonnull(event_of(bad, 0, "shared"));
    g_assert_nonnull(event_of(fault, 0, "shared")); /* up to the snapshot */
    g_assert_null(event_of(order, 0, "shared"));    /* beta first: nobody else does */
    g_assert_null(event_of(order, 0, "saved"));
}

static void test_not_worthwhile(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    execute(fixture, REUSE_WORTHWHILE); /* these steps take no time */
    g_assert_cmpuint(fake.copies, ==, 0);
}

static void test_no_room(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    fixture->bytes = 1;
    execute(fixture, REUSE_ALWAYS);
    g_assert_cmpuint(fake.copies, ==, 0);
}

/* Where one state has room, the next one takes the place of one that nobody waits for. */
static void test_makes_room(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    execute(fixture, REUSE_NEVER);
    g_autofree char *alone = outcome(fixture);
    fixture->bytes = ((guint64)MEMORY_MIB << 20) + 1;
    execute(fixture, REUSE_ALWAYS);
    g_autofree char *shared = outcome(fixture);
    const char *note = event_of(find_case(fixture, "two/reference/beta/content=1"), 0, "note");

    g_assert_cmpuint(fake.copies, ==, 2);
    g_assert_nonnull(event_of(find_case(fixture, "one/reference/alpha/content=3"), 0, "shared"));
    g_assert_nonnull(event_of(find_case(fixture, "two/reference/beta/content=3"), 0, "shared"));
    g_assert_true(g_str_has_prefix(note, "removed to make room for state "));
    g_assert_true(g_str_has_suffix(note, ", for 0 more cases"));
    g_assert_cmpstr(shared, ==, alone);
    assert_nothing_left(fixture);
}

/* What two cases save at the same time needs room for both. */
static void test_makes_room_for_two(Fixture *fixture, gconstpointer states)
{
    fixture->jobs = 2;
    fixture->bytes = GPOINTER_TO_UINT(states) * (((guint64)MEMORY_MIB << 20) + 1);
    fake.copies_meet = true;
    execute(fixture, REUSE_ALWAYS);
    g_assert_cmpuint(fake.copies_at_once, ==, GPOINTER_TO_UINT(states));
    assert_nothing_left(fixture);
}

static void test_cannot_save(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    execute(fixture, REUSE_NEVER);
    g_autofree char *alone = outcome(fixture);
    fake.copy_fails = true;
    execute(fixture, REUSE_ALWAYS);
    g_autofree char *shared = outcome(fixture);
    g_assert_cmpstr(shared, ==, alone);
    assert_nothing_left(fixture);
}

/* A machine that a state can be saved of has its memory in a file, for which the disk has no room.
 */
static void test_cannot_be_saved_of(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    execute(fixture, REUSE_NEVER);
    g_autofree char *alone = outcome(fixture);
    fake.savers_fail = true;
    execute(fixture, REUSE_ALWAYS);
    g_autofree char *shared = outcome(fixture);
    g_assert_cmpuint(fake.savers, >, 0);
    g_assert_cmpuint(fake.copies, ==, 0);
    g_assert_cmpstr(shared, ==, alone);
    assert_nothing_left(fixture);
}

/* What crashed while it was copied is no state that anybody can go on from. */
static void test_crashed_meanwhile(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    fake.copies_crash = true;
    execute(fixture, REUSE_ALWAYS);
    g_assert_cmpuint(fake.copies, >, 0);
    g_assert_cmpuint(fixture->result->reuse.saved, ==, 0);
    g_assert_cmpuint(fixture->result->reuse.used, ==, 0);
    assert_nothing_left(fixture);
}

static guint64 free_bytes; /* on every disk; 0: what there is */

bool __real_files_free_bytes(const char *path, guint64 *ret_bytes, GError **error);
bool __wrap_files_free_bytes(const char *path, guint64 *ret_bytes, GError **error);

bool __wrap_files_free_bytes(const char *path, guint64 *ret_bytes, GError **error)
{
    if (free_bytes == 0)
        return __real_files_free_bytes(path, ret_bytes, error);
    *ret_bytes = free_bytes;
    return true;
}

/* Room for guests, and none for the memory of one: it would be lost when it writes there. */
static void test_no_room_for_memory(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    free_bytes = (1024ull + MEMORY_MIB / 2) << 20;
    execute(fixture, REUSE_ALWAYS);
    free_bytes = 0;
    g_assert_cmpuint(fake.savers, ==, 0);
}

/* What the serial ports said, by what each attempt has as evidence. */
static gint64 serial_bytes(const Fixture *fixture)
{
    gint64 bytes = 0;

    for (guint i = 0; i < fixture->result->cases->len; i++) {
        const ResultCase *result_case = fixture->result->cases->pdata[i];
        for (guint a = 0; a < result_case->attempts->len; a++) {
            const ResultAttempt *attempt = result_case->attempts->pdata[a];
            for (guint e = 0; e < attempt->evidence->len; e++) {
                const ResultEvidence *evidence = attempt->evidence->pdata[e];
                if (g_str_equal(evidence->kind, "serial-log"))
                    bytes += evidence->bytes;
            }
        }
    }
    return bytes;
}

/* Nothing of a state that was of no use is in the evidence of the attempt that tried it. */
static void test_cannot_use(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    execute(fixture, REUSE_NEVER);
    g_autofree char *alone = outcome(fixture);
    gint64 bytes = serial_bytes(fixture);
    fake.shared_fails = true;
    execute(fixture, REUSE_ALWAYS);
    g_autofree char *shared = outcome(fixture);
    g_assert_cmpint(bytes, >, 0);
    g_assert_cmpint(serial_bytes(fixture), ==, bytes);
    g_assert_cmpuint(fake.copies, >, 0);
    g_assert_cmpstr(shared, ==, alone);
    assert_nothing_left(fixture);
}

/* A clone that is not the guest that was saved is not used. */
static void test_not_proven(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    execute(fixture, REUSE_NEVER);
    g_autofree char *alone = outcome(fixture);
    gint64 bytes = serial_bytes(fixture);
    fake.shared_forgets = true;
    execute(fixture, REUSE_ALWAYS);
    g_autofree char *shared = outcome(fixture);
    g_assert_cmpint(serial_bytes(fixture), ==, bytes);
    g_assert_cmpuint(fake.copies, >, 0);
    g_assert_cmpstr(shared, ==, alone);
    assert_nothing_left(fixture);
}

/* The first case with a product, in the middle of its installation, until all others have ended. */
static struct {
    GMutex mutex;
    GCond changed;
    guint ended, others;
    bool in_time;
} slow;

static void wait_for_others(void)
{
    gint64 deadline = g_get_monotonic_time() + 60 * G_USEC_PER_SEC;

    g_mutex_lock(&slow.mutex);
    slow.in_time = true;
    while (slow.ended < slow.others && slow.in_time)
        slow.in_time = g_cond_wait_until(&slow.changed, &slow.mutex, deadline);
    g_mutex_unlock(&slow.mutex);
}

static void count_verdict(gpointer data, Run *run, const PlanCase *plan_case, CaseState state)
{
    (void)data;
    (void)run;
    (void)plan_case;
    (void)state;
    g_mutex_lock(&slow.mutex);
    slow.ended++;
    g_cond_broadcast(&slow.changed);
    g_mutex_unlock(&slow.mutex);
}

/* Also where others begin with the steps that it is in the middle of. */
static void test_slow_case(Fixture *fixture, gconstpointer policy)
{
    const FakeRule slow_rules[] = {
        {"msiexec.exe /i", 0, FAKE_HOOK, NULL, 2, {NULL}, NULL}, rules[0], rules[1], rules[2]};
    fake.rules = slow_rules;
    fake.hook = wait_for_others;
    fixture->jobs = 2;
    fixture->wait_ms = 20;
    fixture->on_verdict = count_verdict;
    slow.ended = 0;
    slow.others = fixture->made.plan->cases->len - 1;
    slow.in_time = false;
    execute(fixture, GPOINTER_TO_INT(policy));
    g_assert_true(slow.in_time);
    g_assert_cmpuint(slow.ended, ==, slow.others + 1);
}

/* Two cases begin with a step that crashes the guest: the second does not wait for a state that the
 * first will never save. */
static const char crashing_xml[] =
    "<scenario name='s' format='1'><title>T</title><description>D</description>"
    "<guest name='reference'/>"
    "<test name='control'><title>C</title><matrix><vendors install=''/></matrix>"
    "<steps><run timeout-s='5' exit='0'>control.exe</run></steps></test>"
    "<test name='one'><title>O</title><matrix><vendors install='alpha'/>"
    "<parameter name='by' values='1 2 3'/></matrix>"
    "<steps><install vendor='each'/><update vendor='alpha' content='3'/>"
    "<run timeout-s='5' exit='0'>cmd.exe /c {by}</run></steps></test>"
    "</scenario>";

static void set_up_crashing(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    set_up_with(fixture, crashing_xml);
}

/* The first case with a product is slow to tell its crash. */
static void test_crashed_first(Fixture *fixture, gconstpointer unused)
{
    const FakeRule slow_rules[] = {
        {"Minidump", 0, FAKE_HOOK, NULL, 2, {"content-3"}, NULL}, rules[0], rules[1], rules[2]};
    (void)unused;
    fake.rules = slow_rules;
    fake.hook = wait_for_others;
    fixture->jobs = 2;
    fixture->on_verdict = count_verdict;
    slow.ended = 0;
    slow.others = fixture->made.plan->cases->len - 1;
    slow.in_time = false;
    execute(fixture, REUSE_ALWAYS);
    g_assert_true(slow.in_time);
    g_assert_cmpuint(slow.ended, ==, slow.others + 1);
    g_assert_cmpuint(fixture->result->reuse.used, ==, 1); /* the installation, by the third */
}

static const char many_xml[] =
    "<scenario name='s' format='1'><title>T</title><description>D</description>"
    "<guest name='reference'/>"
    "<test name='control'><title>C</title><matrix><vendors install=''/></matrix>"
    "<steps><run timeout-s='5' exit='0'>control.exe</run></steps></test>"
    "<test name='one'><title>O</title><matrix><vendors install='alpha'/>"
    "<parameter name='by' values='1 2 3 4 5 6'/></matrix>"
    "<steps><install vendor='each'/><run timeout-s='5' exit='0'>cmd.exe /c {by}</run></steps>"
    "</test></scenario>";

static void set_up_many(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    set_up_with(fixture, many_xml);
}

/* Who tried a state already may go on to its own end: the next one does not try it, too. */
static void test_given_up(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    fake.shared_fails = fake.shared_in_turn = true;
    fixture->jobs = 2;
    execute(fixture, REUSE_ALWAYS);
    g_assert_cmpuint(fake.copies, >, 0);
    g_assert_cmpuint(fake.sharers, >, 0);
    g_assert_cmpuint(fake.sharers, <=, fake.copies * fixture->jobs);
    g_assert_cmpuint(fixture->result->counts[CASE_PASSED], ==, fixture->result->cases->len);
    assert_nothing_left(fixture);
}

static GPtrArray *keys_of(const Fixture *fixture, const char *id)
{
    const GPtrArray *cases = fixture->made.plan->cases;

    for (guint i = 0; i < cases->len; i++)
        if (g_str_equal(((const PlanCase *)cases->pdata[i])->id, id))
            return prefix_keys(cases->pdata[i]);
    g_assert_not_reached();
}

static guint in_common(const GPtrArray *a, const GPtrArray *b)
{
    guint n = 0;
    while (n < a->len && n < b->len && g_str_equal(a->pdata[n], b->pdata[n]))
        n++;
    return n;
}

static void test_keys(Fixture *fixture, gconstpointer unused)
{
    g_autoptr(GPtrArray) good = keys_of(fixture, "both/reference/alpha+beta/content=1");
    g_autoptr(GPtrArray) bad = keys_of(fixture, "both/reference/alpha+beta/content=3");
    g_autoptr(GPtrArray) alone = keys_of(fixture, "alone/reference/alpha/content=1");
    g_autoptr(GPtrArray) order = keys_of(fixture, "order/reference/beta+alpha");
    g_autoptr(GPtrArray) fault = keys_of(fixture, "fault/reference/alpha");
    g_autoptr(GPtrArray) damage = keys_of(fixture, "damage/reference/alpha");
    (void)unused;

    g_assert_cmpuint(good->len, ==, 7);
    g_assert_cmpuint(in_common(good, bad), ==, 4); /* content 1 is not content 3 */
    g_assert_cmpuint(in_common(good, alone), ==, 1);
    g_assert_cmpuint(in_common(good, order), ==, 0);
    g_assert_cmpuint(fault->len, ==, 1); /* none beyond the snapshot */
    g_assert_cmpuint(damage->len, ==, 1);
}

/* A fault ends what is shared: where it is the first step, between two, or strikes meanwhile.
 */
static const char faults_xml[] =
    "<scenario name='s' format='1'><title>T</title><description>D</description>"
    "<guest name='reference'/>"
    "<test name='control'><title>C</title><matrix><vendors install=''/></matrix>"
    "<steps><run timeout-s='5' exit='0'>control.exe</run></steps></test>"
    "<test name='first'><title>F</title><matrix><vendors install='alpha'/></matrix>"
    "<steps><inject fault='disk-slow'><with name='iops' value='9'/><install "
    "vendor='each'/></inject>"
    "<probe vendor='each'/></steps></test>"
    "<test name='between'><title>B</title><matrix><vendors install='alpha'/></matrix>"
    "<steps><install vendor='each'/><inject fault='disk-slow'><with name='iops' value='9'/>"
    "<probe vendor='each'/></inject><probe vendor='each'/></steps></test>"
    "<test name='meanwhile'><title>M</title><matrix><vendors install='alpha'/></matrix>"
    "<steps><install vendor='each'/><probe vendor='each'/>"
    "<inject fault='disk-slow' after-s='1'><with name='iops' value='9'/><reboot/></inject>"
    "</steps></test>"
    "</scenario>";

static void set_up_faults(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    set_up_with(fixture, faults_xml);
}

static void test_keys_faults(Fixture *fixture, gconstpointer unused)
{
    g_autoptr(GPtrArray) first = keys_of(fixture, "first/reference/alpha");
    g_autoptr(GPtrArray) between = keys_of(fixture, "between/reference/alpha");
    g_autoptr(GPtrArray) meanwhile = keys_of(fixture, "meanwhile/reference/alpha");

    (void)unused;
    g_assert_cmpuint(first->len, ==, 0);
    g_assert_cmpuint(between->len, ==, 1);
    g_assert_cmpuint(meanwhile->len, ==, 2);
}

/* A service that ended in the first case's installation and was restarted: only the log tells. */
static const char logged_xml[] =
    "<scenario name='s' format='1'><title>T</title><description>D</description>"
    "<guest name='reference'/>"
    "<test name='control'><title>C</title><matrix><vendors install=''/></matrix>"
    "<steps><run timeout-s='5' exit='0'>control.exe</run></steps></test>"
    "<test name='one'><title>O</title><matrix><vendors install='alpha'/>"
    "<parameter name='content' values='1 3'/></matrix>"
    "<steps><install vendor='each'/><update vendor='alpha' content='{content}'/></steps></test>"
    "</scenario>";

/* A case of a real run begins much later than the one before. */
static gint64 clock_ahead_us;

gint64 __real_g_get_real_time(void);
gint64 __wrap_g_get_real_time(void);

gint64 __wrap_g_get_real_time(void)
{
    return __real_g_get_real_time() + clock_ahead_us;
}

static void take_time(gpointer data, Run *run, const PlanCase *plan_case, CaseState state)
{
    (void)data;
    (void)run;
    (void)plan_case;
    (void)state;
    clock_ahead_us += 60 * G_USEC_PER_SEC;
}

static void set_clock_back(gpointer data, Run *run, const PlanCase *plan_case, CaseState state)
{
    (void)data;
    (void)run;
    (void)plan_case;
    (void)state;
    clock_ahead_us -= 60 * G_USEC_PER_SEC;
}

/* What did not install is a copy of what did. */
static char *log_tells(guint clone, const char *line)
{
    static gint64 installed_us;

    (void)clone;
    if (strstr(line, "msiexec.exe /i"))
        installed_us = g_get_real_time();
    if (!strstr(line, "wevtutil") || installed_us == 0)
        return NULL;
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(installed_us / G_USEC_PER_SEC);
    g_autofree char *text = g_date_time_format_iso8601(time);
    return g_strdup_printf("<Event><System><EventID>7031</EventID><TimeCreated SystemTime='%s'/>"
                           "</System><EventData><Data>Alpha Service</Data></EventData></Event>",
                           text);
}

static void set_up_logged(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    set_up_with(fixture, logged_xml);
    fake.prints = log_tells;
    fake.rules = rules + 1;
    fixture->on_verdict = take_time;
}

static void test_logged(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    execute(fixture, REUSE_NEVER);
    g_autofree char *alone = outcome(fixture);
    execute(fixture, REUSE_ALWAYS);
    g_autofree char *shared = outcome(fixture);

    g_assert_cmpuint(fake.copies, >, 0);
    g_assert_nonnull(strstr(alone, "one/reference/alpha/content=3 failed"));
    g_assert_cmpstr(shared, ==, alone);
}

/* The host's clock is set back between two cases. */
static void test_clock_back(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    fixture->on_verdict = set_clock_back;
    execute(fixture, REUSE_NEVER);
    g_autofree char *alone = outcome(fixture);
    execute(fixture, REUSE_ALWAYS);
    g_autofree char *shared = outcome(fixture);

    g_assert_cmpuint(fake.copies, >, 0);
    g_assert_nonnull(strstr(alone, "one/reference/alpha/content=3 failed"));
    g_assert_cmpstr(shared, ==, alone);
}

#define TEST(name, data, test) g_test_add("/reuse/" name, Fixture, data, set_up, test, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("keys", NULL, test_keys);
    g_test_add("/reuse/keys/faults", Fixture, NULL, set_up_faults, test_keys_faults, tear_down);
    TEST("same-verdicts", GUINT_TO_POINTER(1), test_same_verdicts);
    TEST("same-verdicts/three-at-once", GUINT_TO_POINTER(3), test_same_verdicts);
    TEST("told", NULL, test_told);
    TEST("sums", NULL, test_sums);
    TEST("fewer-steps", NULL, test_fewer_steps);
    TEST("not-worthwhile", NULL, test_not_worthwhile);
    TEST("no-room", NULL, test_no_room);
    g_test_add("/reuse/makes-room", Fixture, NULL, set_up_pairs, test_makes_room, tear_down);
    g_test_add("/reuse/makes-room/for-one-of-two", Fixture, GUINT_TO_POINTER(1), set_up_pairs,
               test_makes_room_for_two, tear_down);
    g_test_add("/reuse/makes-room/for-two", Fixture, GUINT_TO_POINTER(2), set_up_pairs,
               test_makes_room_for_two, tear_down);
    TEST("cannot-save", NULL, test_cannot_save);
    TEST("cannot-be-saved-of", NULL, test_cannot_be_saved_of);
    TEST("crashed-meanwhile", NULL, test_crashed_meanwhile);
    TEST("no-room-for-memory", NULL, test_no_room_for_memory);
    TEST("cannot-use", NULL, test_cannot_use);
    TEST("not-proven", NULL, test_not_proven);
    g_test_add("/reuse/logged", Fixture, NULL, set_up_logged, test_logged, tear_down);
    g_test_add("/reuse/clock-back", Fixture, NULL, set_up_logged, test_clock_back, tear_down);
    TEST("slow-case", GINT_TO_POINTER(REUSE_NEVER), test_slow_case);
    TEST("slow-case/shared", GINT_TO_POINTER(REUSE_ALWAYS), test_slow_case);
    g_test_add("/reuse/crashed-first", Fixture, NULL, set_up_crashing, test_crashed_first,
               tear_down);
    g_test_add("/reuse/given-up", Fixture, NULL, set_up_many, test_given_up, tear_down);
    return g_test_run();
}
