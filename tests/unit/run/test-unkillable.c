/* SPDX-License-Identifier: GPL-2.0-or-later
 * A run that is killed at any instant goes on where it stopped. Each attack strikes a run in a
 * process of its own (with a scripted machine), then the run is resumed in another, and the outcome
 * is compared with that of a run that nobody disturbed:
 *   lost       cases or attempts that had ended and are not as they were
 *   repeated   attempts made although the verdict was clear without them
 *   blamed     findings that the undisturbed run does not have: of another case or kind, or of
 * others left       files in its folder of a kind that the undisturbed run does not leave errors
 * cases that end otherwise than they would have All must be 0. The first attack strikes at every
 * record; the others at every fourth one from a random first, and at 12 random instants, so that
 * the test is short. TRUCE_KILLS=N: at N random instants, all of them at every record, and a
 * journal cut at every byte instead of some.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine-inputs.h"
#include "fake-machine.h"
#include "plan/plan-case.h"
#include "run/experiment-failure.h"
#include "run/run.h"
#include "util/error.h"
#include "util/files.h"

/* One case passes, one fails twice, and its verdict adds a third. */
static const char scenario_xml[] =
    "<scenario name='s' format='1'><title>T</title><description>D</description>"
    "<guest name='reference'/>"
    "<test name='control'><title>C</title><matrix><vendors install=''/></matrix>"
    "<steps><run timeout-s='5' exit='0'>control.exe</run></steps></test>"
    "<test name='main'><title>M</title><matrix><vendors install='alpha'/>"
    "<parameter name='content' values='1 3'/></matrix>"
    "<steps><install vendor='each'/><update vendor='alpha' content='{content}'/>"
    "<probe vendor='each'/></steps></test></scenario>";

static const FakeRule rules[] = {{"content-3", 0, FAKE_BUGCHECK, NULL, 0, {NULL}, NULL},
                                 {"msiexec.exe /i", 0, FAKE_QUARANTINE, NULL, 0, {NULL}, NULL},
                                 {NULL, 0, FAKE_NOTHING, NULL, 0, {NULL}, NULL}};

typedef struct {
    EngineInputs made;
    char *journal;
    Result *undisturbed;
    GHashTable *files; /* names of the undisturbed run's files */
    guint records;     /* in its journal */
} Fixture;

/* What one kind of attack came to. */
typedef struct {
    const char *name;
    guint tries, lost, repeated, left, blamed, errors;
} Tally;

/* --- the run in a child --- */

static guint records_left;     /* the child kills itself when so many more were written */
static bool tears_last_record; /* half of the record after the last is written before that */
static const char *journal_path;

void __real_journal_write(gpointer journal, cJSON *record);
void __wrap_journal_write(gpointer journal, cJSON *record);

void __wrap_journal_write(gpointer journal, cJSON *record)
{
    if (records_left == 1 && tears_last_record) {
        g_autofree char *line = cJSON_PrintUnformatted(record);
        int fd = open(journal_path, O_WRONLY | O_APPEND | O_CLOEXEC);
        if (write(fd, line, strlen(line) / 2) > 0)
            kill(getpid(), SIGKILL);
    }
    __real_journal_write(journal, record);
    if (records_left > 0 && --records_left == 0)
        kill(getpid(), SIGKILL);
}

static bool clock_goes_back;

char *__real_clock_now_utc(void);
char *__wrap_clock_now_utc(void);

/* An hour at each look. */
char *__wrap_clock_now_utc(void)
{
    static gint looks;

    if (!clock_goes_back)
        return __real_clock_now_utc();
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autoptr(GDateTime) back = g_date_time_add_hours(now, -g_atomic_int_add(&looks, 1));
    return g_date_time_format(back, "%Y-%m-%dT%H:%M:%S.000Z");
}

/* What a killed process wrote stays in the kernel: only a power cut needs fsync(), and journals cut
 * at every byte stand for that here. Without it the test is ten times as fast. */
int __wrap_fsync(int fd);

int __wrap_fsync(int fd)
{
    (void)fd;
    return 0;
}

static void add_experiment(gpointer unused, Run *run, const PlanCase *plan_case, CaseState state)
{
    (void)unused;
    if (state != CASE_FAILED || g_str_has_suffix(plan_case->id, "/again"))
        return;
    PlanCase *added = plan_case_new();
    added->id = g_strconcat(plan_case->id, "/again", NULL);
    added->test = plan_case->test;
    added->test_name = g_strdup(plan_case->test_name);
    added->title = g_strdup(plan_case->title);
    added->guest = g_strdup(plan_case->guest);
    added->why = g_strdup("an experiment");
    g_ptr_array_add(added->vendors, g_strdup("alpha"));
    g_hash_table_insert(added->parameters, g_strdup("content"), g_strdup("1"));
    run_add_case(run, added, plan_case, "does the old content do it too?");
}

typedef struct {
    guint jobs;
    bool resume;
    guint kill_at; /* 0: never */
    bool torn;
    bool clock_back;
    rlim_t journal_bytes; /* 0: no limit */
    bool obeys;           /* file modes bind it, root too */
} Child;

/* Root without its capabilities. */
static void obey_modes(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};

    syscall(SYS_capset, &header, none);
}

static int run_child(const Fixture *fixture, const Child *child)
{
    g_autoptr(Progress) progress = progress_new(true);
    g_autoptr(GError) error = NULL;
    RunOptions options = {.lab = fixture->made.lab,
                          .inputs = fixture->made.inputs,
                          .plan = fixture->made.plan,
                          .progress = progress,
                          .folder = fixture->made.run,
                          .jobs = child->jobs,
                          .attempts = 2,
                          .resume = child->resume,
                          .reuse = REUSE_ALWAYS,
                          .on_verdict = add_experiment};

    fake_reset();
    fake.rules = rules;
    records_left = child->kill_at;
    tears_last_record = child->torn;
    clock_goes_back = child->clock_back;
    journal_path = fixture->journal;
    if (child->journal_bytes) {
        struct rlimit limit = {child->journal_bytes, child->journal_bytes};
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &limit);
    }
    if (child->obeys)
        obey_modes();
    g_autoptr(Run) run = run_new(&options);
    if (run_execute(run, &error))
        return 0;
    return g_error_matches(error, TRUCE_ERROR, TRUCE_ERROR_LAB) ? TRUCE_EXIT_LAB : TRUCE_EXIT_INPUT;
}

static pid_t start(const Fixture *fixture, const Child *child)
{
    pid_t pid = fork();
    if (pid == 0) {
        int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
        dup2(null, STDERR_FILENO);
        _exit(run_child(fixture, child));
    }
    return pid;
}

/* The exit status, or minus the signal. */
static int finish(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, 0) < 0)
        g_assert_cmpint(errno, ==, EINTR);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

/* --- before and after --- */

static void clean(const Fixture *fixture)
{
    g_assert_true(files_remove_tree(fixture->made.run, NULL));
    g_assert_true(files_make_folder(fixture->made.run, NULL));
}

static Result *read_run(const Fixture *fixture)
{
    g_autoptr(GError) error = NULL;
    Result *result = NULL;
    result_read(fixture->made.run, &result, &error);
    g_assert_no_error(error);
    return result;
}

static const ResultCase *find(const Result *result, const char *id)
{
    for (guint i = 0; i < result->cases->len; i++) {
        const ResultCase *found = result->cases->pdata[i];
        if (g_str_equal(found->id, id))
            return found;
    }
    return NULL;
}

static guint count_ended(const ResultCase *of)
{
    guint ended = 0;
    for (guint i = 0; of && i < of->attempts->len; i++)
        ended += ((const ResultAttempt *)of->attempts->pdata[i])->state != CASE_NOT_RUN;
    return ended;
}

/* What had ended before stands as it was. */
static guint count_lost(const Result *before, const Result *after)
{
    guint lost = 0;

    for (guint i = 0; i < before->cases->len; i++) {
        const ResultCase *was = before->cases->pdata[i], *is = find(after, was->id);
        lost += !is || (was->state != CASE_NOT_RUN && was->state != is->state);
        for (guint j = 0; is && j < was->attempts->len; j++) {
            const ResultAttempt *one = was->attempts->pdata[j];
            const ResultAttempt *other = j < is->attempts->len ? is->attempts->pdata[j] : NULL;
            lost += one->ended && (!other || one->state != other->state ||
                                   one->findings->len != other->findings->len ||
                                   g_strcmp0(one->ended, other->ended) != 0);
        }
    }
    return lost;
}

/* Calls for each file below a folder. */
static void each_file(const char *folder, void (*visit)(const char *name, gpointer data),
                      gpointer data)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        if (g_file_test(path, G_FILE_TEST_IS_DIR))
            each_file(path, visit, data);
        else
            visit(name, data);
    }
}

static void remember_name(const char *name, gpointer files)
{
    g_hash_table_add(files, g_strdup(name));
}

typedef struct {
    const Fixture *fixture;
    guint left;
} LeftBehind;

static void look_for_left(const char *name, gpointer data)
{
    LeftBehind *behind = data;

    if (g_hash_table_contains(behind->fixture->files, name))
        return;
    g_test_message("left behind: %s", name);
    behind->left++;
}

/* Case, kind and whose it is, of each finding. */
static GHashTable *findings_of(const Result *result)
{
    GHashTable *findings = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (guint i = 0; i < result->cases->len; i++) {
        const ResultCase *of = result->cases->pdata[i];
        for (guint j = 0; j < of->attempts->len; j++) {
            const ResultAttempt *attempt = of->attempts->pdata[j];
            for (guint k = 0; k < attempt->findings->len; k++) {
                const ResultFinding *finding = attempt->findings->pdata[k];
                GString *text = g_string_new(NULL);
                g_string_printf(text, "%s %s %s", of->id, finding->kind, finding->about);
                for (guint v = 0; v < finding->vendors->len; v++)
                    g_string_append_printf(text, " %s", (char *)finding->vendors->pdata[v]);
                g_hash_table_add(findings, g_string_free(text, FALSE));
            }
        }
    }
    return findings;
}

/* How many of `some` are not among the others. */
static guint count_others(GHashTable *some, GHashTable *others)
{
    GHashTableIter iter;
    gpointer finding;
    guint count = 0;

    g_hash_table_iter_init(&iter, some);
    while (g_hash_table_iter_next(&iter, &finding, NULL))
        count += !g_hash_table_contains(others, finding);
    return count;
}

static void compare_findings(const Result *expected, const Result *after, Tally *tally)
{
    g_autoptr(GHashTable) right = findings_of(expected);
    g_autoptr(GHashTable) found = findings_of(after);

    g_assert_cmpuint(g_hash_table_size(right), >, 0);
    tally->blamed += count_others(found, right) + (after->findings > expected->findings);
    tally->errors += count_others(right, found);
}

static bool has_finding(const ResultCase *of, const Failure *failure)
{
    const char *id = json_string(failure->finding, "id", "");

    if (failure->attempt > of->attempts->len)
        return false;
    const ResultAttempt *attempt = of->attempts->pdata[failure->attempt - 1];
    for (guint i = 0; i < attempt->findings->len; i++)
        if (g_str_equal(((const ResultFinding *)attempt->findings->pdata[i])->id, id))
            return true;
    return false;
}

/* Findings that an attempt's timeline has and the journal has not: a judgement on one of those
 * (run/experiment.h) makes a journal that nobody can read. */
static guint count_unknown(const Fixture *fixture)
{
    g_autoptr(Result) result = read_run(fixture);
    guint unknown = 0;

    for (guint i = 0; i < result->cases->len; i++) {
        const ResultCase *of = result->cases->pdata[i];
        g_autoptr(GPtrArray) failures = failures_read(fixture->made.run, of->id);
        for (guint j = 0; j < failures->len; j++)
            unknown += !has_finding(of, failures->pdata[j]);
    }
    return unknown;
}

/* A guest stops once in an attempt: more of that is what another attempt left in its folder. */
static guint count_stops_left(const Fixture *fixture, const Result *result)
{
    guint left = 0;

    for (guint i = 0; i < result->cases->len; i++) {
        const ResultCase *of = result->cases->pdata[i];
        g_autofree char *name = files_safe_name(of->id);
        for (guint j = 1; j <= of->attempts->len; j++) {
            g_autofree char *path =
                g_strdup_printf("%s/cases/%s/attempt-%u/serial.log", fixture->made.run, name, j);
            g_autofree char *text = NULL;
            guint stops = 0;
            g_file_get_contents(path, &text, NULL, NULL);
            for (const char *at = text; at && (at = strstr(at, "*** STOP")); at++)
                stops++;
            left += stops > 1;
        }
    }
    return left;
}

static void compare(const Fixture *fixture, const Result *before, Tally *tally)
{
    LeftBehind behind = {.fixture = fixture};
    g_autoptr(Result) after = read_run(fixture);

    tally->tries++;
    tally->lost += count_lost(before, after);
    tally->errors += !g_str_equal(after->outcome, "finished");
    tally->errors += after->cases->len != fixture->undisturbed->cases->len;
    for (guint i = 0; i < fixture->undisturbed->cases->len; i++) {
        const ResultCase *expected = fixture->undisturbed->cases->pdata[i];
        const ResultCase *is = find(after, expected->id), *was = find(before, expected->id);
        tally->errors += !is || is->state != expected->state;
        tally->repeated += count_ended(is) > count_ended(expected);
        /* of a case that had ended, no attempt was even begun again */
        tally->repeated +=
            is && was && was->state != CASE_NOT_RUN && is->attempts->len != was->attempts->len;
    }
    compare_findings(fixture->undisturbed, after, tally);
    each_file(fixture->made.run, look_for_left, &behind);
    tally->left += behind.left + count_stops_left(fixture, after);
}

static void report(const Tally *tally)
{
    g_test_message("%-44s %6u tries %4u lost %4u repeated %4u left %4u blamed %4u errors",
                   tally->name, tally->tries, tally->lost, tally->repeated, tally->left,
                   tally->blamed, tally->errors);
    g_assert_cmpuint(tally->tries, >, 0);
    g_assert_cmpuint(tally->lost + tally->repeated + tally->left + tally->blamed + tally->errors,
                     ==, 0);
}

static Result *before_resume(const Fixture *fixture)
{
    return g_file_test(fixture->journal, G_FILE_TEST_EXISTS) ? read_run(fixture) : NULL;
}

/* Goes on to the end, and compares. */
static void resume_as(const Fixture *fixture, const Child *child, Tally *tally)
{
    g_autoptr(Result) before = before_resume(fixture);

    g_assert_nonnull(before);
    g_assert_cmpint(finish(start(fixture, child)), ==, 0);
    compare(fixture, before, tally);
}

static void resume(const Fixture *fixture, guint jobs, Tally *tally)
{
    const Child child = {.jobs = jobs, .resume = true};
    resume_as(fixture, &child, tally);
}

static void set_up(Fixture *fixture, gconstpointer unused)
{
    const Child child = {.jobs = 1};
    g_autofree char *text = NULL;
    (void)unused;

    engine_inputs_make(&fixture->made, scenario_xml);
    fixture->journal = g_build_filename(fixture->made.run, "journal.ndjson", NULL);
    g_assert_cmpint(finish(start(fixture, &child)), ==, 0);
    fixture->undisturbed = read_run(fixture);
    fixture->files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    each_file(fixture->made.run, remember_name, fixture->files);
    g_assert_cmpuint(fixture->undisturbed->cases->len, ==, 4);
    g_assert_cmpuint(fixture->undisturbed->counts[CASE_PASSED], ==, 3);
    g_assert_cmpuint(fixture->undisturbed->counts[CASE_FAILED], ==, 1);
    g_assert_true(g_file_get_contents(fixture->journal, &text, NULL, NULL));
    for (const char *c = text; *c; c++)
        fixture->records += *c == '\n';
    clean(fixture);
}

static void tear_down(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    result_free(fixture->undisturbed);
    g_hash_table_unref(fixture->files);
    engine_inputs_clear(&fixture->made);
    g_free(fixture->journal);
}

/* --- the attacks --- */

/* How far apart attacks strike, and where they begin, from 1. */
static guint stride(guint *ret_first)
{
    guint every = g_getenv("TRUCE_KILLS") ? 1 : 4;
    *ret_first = (guint)g_test_rand_int_range(1, (gint32)every + 1);
    return every;
}

static void kill_at_records(Fixture *fixture, guint jobs, bool torn, Tally *tally)
{
    guint first = 1, every = jobs > 1 || torn ? stride(&first) : 1;

    for (guint at = first; at <= fixture->records; at += every) {
        const Child child = {.jobs = jobs, .kill_at = at, .torn = torn};
        int status = finish(start(fixture, &child));
        g_assert_cmpint(status, ==, -SIGKILL);
        tally->errors += count_unknown(fixture);
        resume(fixture, jobs, tally);
        clean(fixture);
    }
}

static void test_every_record(Fixture *fixture, gconstpointer unused)
{
    Tally tally = {.name = "kill -9 after every record"};
    (void)unused;
    kill_at_records(fixture, 1, false, &tally);
    report(&tally);
}

static void test_every_record_jobs(Fixture *fixture, gconstpointer unused)
{
    Tally tally = {.name = "kill -9 after every record, 3 guests at once"};
    (void)unused;
    kill_at_records(fixture, 3, false, &tally);
    report(&tally);
}

static void test_torn_records(Fixture *fixture, gconstpointer unused)
{
    Tally tally = {.name = "kill -9 in the middle of every record"};
    (void)unused;
    kill_at_records(fixture, 1, true, &tally);
    report(&tally);
}

/* How often a record's time is before that of the one above it. */
static guint times_set_back(const char *journal)
{
    g_autofree char *text = NULL;
    const char *last = NULL;
    guint back = 0;

    g_assert_true(g_file_get_contents(journal, &text, NULL, NULL));
    for (const char *at = text; (at = strstr(at, "{\"t\":\"")); at++) {
        back += last && strncmp(at, last, strlen("{\"t\":\"2026-11-22T10:00:00")) < 0;
        last = at;
    }
    return back;
}

/* The clock is set back, again and again, before a kill and after it. */
static void test_clock_back(Fixture *fixture, gconstpointer unused)
{
    Tally tally = {.name = "clock set back by an hour at every look, kill -9"};
    const Child again = {.jobs = 1, .resume = true, .clock_back = true};
    guint first, every = stride(&first);
    (void)unused;

    for (guint at = first; at <= fixture->records; at += every) {
        const Child child = {.jobs = 1, .kill_at = at, .clock_back = true};
        g_assert_cmpint(finish(start(fixture, &child)), ==, -SIGKILL);
        resume_as(fixture, &again, &tally);
        g_assert_cmpuint(times_set_back(fixture->journal), >, at / 2);
        clean(fixture);
    }
    report(&tally);
}

/* A kill at any instant, also of the run that goes on, up to three times; then to the end. */
static void test_random_instants(Fixture *fixture, gconstpointer unused)
{
    const char *wanted = g_getenv("TRUCE_KILLS");
    guint tries = wanted ? (guint)g_ascii_strtoull(wanted, NULL, 10) : 12;
    Tally tally = {.name = "kill -9 at random instants, up to 3 times"};
    (void)unused;

    while (tally.tries < tries) {
        bool begun = false, struck = false;
        for (guint i = 0; i < 3; i++) {
            g_autoptr(Result) before = before_resume(fixture);
            const Child child = {.jobs = (guint)g_test_rand_int_range(1, 4), .resume = begun};
            pid_t pid = start(fixture, &child);
            g_usleep((gulong)g_test_rand_int_range(0, 60000));
            kill(pid, SIGKILL);
            struck |= finish(pid) == -SIGKILL;
            g_autoptr(Result) after = before_resume(fixture);
            begun = after != NULL;
            tally.lost += before ? count_lost(before, after) : 0;
        }
        if (begun && struck)
            resume(fixture, 2, &tally);
        clean(fixture);
    }
    report(&tally);
}

/* All that a reading tells of what was done, and how it ended. */
static char *told(const Result *result)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < result->cases->len; i++) {
        const ResultCase *of = result->cases->pdata[i];
        g_string_append_printf(text, "%s %d\n", of->id, of->state);
        for (guint j = 0; j < of->attempts->len; j++) {
            const ResultAttempt *attempt = of->attempts->pdata[j];
            g_string_append_printf(text, " %d %s %s\n", attempt->state, attempt->ended,
                                   attempt->reason);
            for (guint k = 0; k < attempt->findings->len; k++) {
                const ResultFinding *finding = attempt->findings->pdata[k];
                g_string_append_printf(text, "  %s %s %u\n", finding->kind, finding->summary,
                                       finding->vendors->len);
            }
        }
    }
    return g_string_free(text, FALSE);
}

/* Whatever piece of a journal survived a power cut: each record boundary is resumed; in between it
 * must read as the boundary before it. */
static void test_truncated(Fixture *fixture, gconstpointer unused)
{
    const Child child = {.jobs = 1};
    g_autofree char *text = NULL;
    gsize length;
    Tally tally = {.name = "journal cut at bytes of every record"},
          resumed = {.name = "  and resumed from every record"};
    (void)unused;

    g_assert_cmpint(finish(start(fixture, &child)), ==, 0);
    g_assert_true(g_file_get_contents(fixture->journal, &text, &length, NULL));
    g_autofree char *plan_path = g_build_filename(fixture->made.run, "plan.json", NULL);
    g_autofree char *plan = NULL;
    gsize plan_length;
    g_assert_true(g_file_get_contents(plan_path, &plan, &plan_length, NULL));
    guint ended = 0, next, every = stride(&next);
    g_autofree char *last = NULL;
    for (gsize cut = 0; cut <= length; cut++) {
        g_autoptr(Result) piece = NULL;
        g_autoptr(GError) error = NULL;
        bool whole = cut == 0 || text[cut - 1] == '\n';
        if (!whole && every > 1 && g_test_rand_int_range(0, 50) > 0)
            continue;
        result_parse(plan, plan_length, text, cut, &piece, &error);
        g_assert_no_error(error);
        guint now = piece->cases->len - piece->counts[CASE_NOT_RUN];
        g_autofree char *tells = told(piece);
        tally.tries++;
        tally.lost += now < ended || (!whole && !g_str_equal(tells, last));
        ended = now;
        if (whole) {
            g_free(last);
            last = g_steal_pointer(&tells);
        }
        if (!whole || --next > 0)
            continue;
        next = every;
        g_assert_true(g_file_set_contents(fixture->journal, text, (gssize)cut, NULL));
        resume(fixture, 1, &resumed);
    }
    report(&tally);
    report(&resumed);
}

static gsize size_of(const char *path)
{
    struct stat st = {0};
    stat(path, &st);
    return (gsize)st.st_size;
}

/* The disk fills at any record: the run stops as the lab's own fault, and goes on later. */
static void test_disk_full(Fixture *fixture, gconstpointer unused)
{
    const Child whole = {.jobs = 1};
    Tally tally = {.name = "disk full while a record is written"};
    g_autofree char *text = NULL;
    gsize length;
    (void)unused;

    g_assert_cmpint(finish(start(fixture, &whole)), ==, 0);
    g_assert_true(g_file_get_contents(fixture->journal, &text, &length, NULL));
    clean(fixture);
    guint next, every = stride(&next);
    for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
        gsize at = (gsize)(line - text) + 40; /* in the record */
        Child child = {.jobs = 1, .journal_bytes = at};
        if (at < 3000 || --next > 0) /* the plan needs some room itself */
            continue;
        next = every;
        int status = finish(start(fixture, &child));
        if (status == 0) { /* with fewer digits in its times it had room to the end */
            g_assert_cmpuint(size_of(fixture->journal), <=, at);
        } else {
            g_assert_cmpint(status, ==, TRUCE_EXIT_LAB);
            tally.errors += count_unknown(fixture);
            resume(fixture, 1, &tally);
        }
        clean(fixture);
    }
    report(&tally);
}

/* The journal is locked before anything is written to it. */
static void wait_for_record(const char *journal)
{
    struct stat st;
    while (stat(journal, &st) != 0 || st.st_size == 0)
        g_thread_yield();
}

/* A second resume while the run lives is refused, also where its process stands still. */
static void test_two_at_once(Fixture *fixture, gconstpointer unused)
{
    const Child child = {.jobs = 1}, other = {.jobs = 1, .resume = true};
    Tally tally = {.name = "a second resume while the run lives"};
    (void)unused;

    while (tally.tries < 5) {
        pid_t pid = start(fixture, &child);
        wait_for_record(fixture->journal);
        kill(pid, SIGSTOP);
        int status;
        g_assert_cmpint(waitpid(pid, &status, WUNTRACED), ==, pid);
        if (WIFSTOPPED(status)) {
            int refused = finish(start(fixture, &other));
            kill(pid, SIGKILL);
            finish(pid);
            g_assert_cmpint(refused, ==, TRUCE_EXIT_INPUT);
            resume(fixture, 1, &tally);
        }
        clean(fixture);
    }
    report(&tally);
}

/* Nothing is begun where nothing could be written down, and the run goes on when it can. */
static void test_unwritable(Fixture *fixture, gconstpointer unused)
{
    const Child fresh = {.jobs = 1, .obeys = true}, killed = {.jobs = 1, .kill_at = 12},
                again = {.jobs = 1, .resume = true, .obeys = true};
    g_autofree char *before = NULL, *after = NULL;
    Tally tally = {.name = "journal unwritable"};
    (void)unused;

    g_assert_cmpint(chmod(fixture->made.run, 0500), ==, 0);
    g_assert_cmpint(finish(start(fixture, &fresh)), ==, TRUCE_EXIT_LAB);
    g_assert_false(g_file_test(fixture->journal, G_FILE_TEST_EXISTS));
    g_assert_cmpint(chmod(fixture->made.run, 0700), ==, 0);

    g_assert_cmpint(finish(start(fixture, &killed)), ==, -SIGKILL);
    g_assert_true(g_file_get_contents(fixture->journal, &before, NULL, NULL));
    g_assert_cmpint(chmod(fixture->journal, 0400), ==, 0);
    g_assert_cmpint(finish(start(fixture, &again)), ==, TRUCE_EXIT_LAB);
    g_assert_true(g_file_get_contents(fixture->journal, &after, NULL, NULL));
    g_assert_cmpstr(before, ==, after);
    g_assert_cmpint(chmod(fixture->journal, 0600), ==, 0);
    resume(fixture, 1, &tally);
    report(&tally);
}

/* Other inputs than the run began with are refused, and leave the run as it was. */
static void test_changed_inputs(Fixture *fixture, gconstpointer unused)
{
    const Child killed = {.jobs = 1, .kill_at = 12}, again = {.jobs = 1, .resume = true};
    const char *const files[] = {"vendors/alpha/content-3.bin", "vendors/alpha/vendor.xml",
                                 "scenario.xml", "guests/reference/guest.xml"};
    Tally tally = {.name = "resume with an input that was changed"};
    (void)unused;

    g_assert_cmpint(finish(start(fixture, &killed)), ==, -SIGKILL);
    for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_build_filename(fixture->made.folder, files[i], NULL);
        g_autofree char *text = NULL, *before = NULL, *after = NULL;
        g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
        g_autofree char *other = g_strconcat(text, " ", NULL);
        g_assert_true(g_file_get_contents(fixture->journal, &before, NULL, NULL));
        g_assert_true(g_file_set_contents(path, other, -1, NULL));
        g_assert_cmpint(finish(start(fixture, &again)), ==, TRUCE_EXIT_INPUT);
        g_assert_true(g_file_set_contents(path, text, -1, NULL));
        g_assert_true(g_file_get_contents(fixture->journal, &after, NULL, NULL));
        g_assert_cmpstr(before, ==, after);
    }
    resume(fixture, 1, &tally);
    report(&tally);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, function)                                                                        \
    g_test_add("/unkillable/" name, Fixture, NULL, set_up, function, tear_down)
    ADD("every-record", test_every_record);
    ADD("every-record-jobs", test_every_record_jobs);
    ADD("torn-records", test_torn_records);
    ADD("clock-back", test_clock_back);
    ADD("random-instants", test_random_instants);
    ADD("truncated", test_truncated);
    ADD("disk-full", test_disk_full);
    ADD("two-at-once", test_two_at_once);
    ADD("unwritable", test_unwritable);
    ADD("changed-inputs", test_changed_inputs);
    return g_test_run();
}
