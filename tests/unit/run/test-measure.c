/* SPDX-License-Identifier: GPL-2.0-or-later
 * Measurements and their control: which belong together, what is recorded, what cannot be told.
 */
#include "run/measure.h"

#include <string.h>

#include "fake-machine.h"
#include "plan/plan-case.h"
#include "util/files.h"

typedef struct {
    char *folder;
    Journal *journal;
    Measures *measures;
    PlanCase *control, *with, *other;
} Fixture;

static PlanCase *make(const char *id, const char *content, bool vendor)
{
    PlanCase *plan_case = plan_case_new();
    plan_case->id = g_strdup(id);
    plan_case->test_name = g_strdup("load");
    plan_case->guest = g_strdup("g");
    g_hash_table_insert(plan_case->parameters, g_strdup("content"), g_strdup(content));
    g_hash_table_insert(plan_case->parameters, g_strdup("another"), g_strdup("x"));
    if (vendor) {
        g_ptr_array_add(plan_case->vendors, g_strdup("alpha"));
        g_hash_table_insert(plan_case->parameters, g_strdup("alpha.product"), g_strdup("1.0"));
    }
    return plan_case;
}

static void set_up(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    fixture->folder = g_dir_make_tmp("truce-measure-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(fixture->folder, "journal.ndjson", NULL);
    g_assert_true(journal_open(path, &fixture->journal, NULL));
    fixture->measures = measures_new();
    fixture->control = make("load/g/none/1", "1", false);
    fixture->with = make("load/g/alpha/1", "1", true);
    fixture->other = make("load/g/alpha/2", "2", true);
}

static void tear_down(Fixture *fixture, gconstpointer unused)
{
    (void)unused;
    journal_close(fixture->journal);
    measures_free(fixture->measures);
    plan_case_free(fixture->control);
    plan_case_free(fixture->with);
    plan_case_free(fixture->other);
    g_assert_true(files_remove_tree(fixture->folder, NULL));
    g_free(fixture->folder);
}

static Attempt *begin(Fixture *fixture, const PlanCase *plan_case, const char *step)
{
    AttemptConfig config = {.journal = fixture->journal,
                            .plan_case = plan_case,
                            .run_folder = fixture->folder,
                            .measures = fixture->measures,
                            .number = 1};
    Attempt *attempt = NULL;
    g_assert_true(attempt_new(&config, &attempt, NULL));
    attempt->step = g_strdup(step);
    return attempt;
}

static const double rates[] = {100, 102, 98, 101, 99}, halved[] = {50, 51, 49, 50, 52};
static const Measurement normal = {"operations", "1/s", BETTER_MORE, rates, 5, NULL, 0, NULL, 0};
static const Measurement slow = {"operations", "1/s", BETTER_MORE, halved, 5, NULL, 0, NULL, 0};

/* measure_record() and measure_judge() in an attempt of its own. */
static char *run_step(Fixture *fixture, const PlanCase *plan_case, const char *step,
                      const Measurement *measurement, char **ret_inconclusive)
{
    g_autoptr(Attempt) attempt = begin(fixture, plan_case, step);
    char *summary = NULL;

    measure_record(attempt, measurement);
    g_assert_true(measure_judge(attempt, measurement, 20, &summary) == (summary == NULL));
    *ret_inconclusive = g_steal_pointer(&attempt->inconclusive);
    return summary;
}

static char *journal_text(Fixture *fixture)
{
    g_autofree char *path = g_build_filename(fixture->folder, "journal.ndjson", NULL);
    char *text = NULL;
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    return text;
}

static void test_judged(Fixture *fixture, gconstpointer unused)
{
    g_autofree char *inconclusive = NULL;
    (void)unused;

    g_assert_null(run_step(fixture, fixture->control, "2", &normal, &inconclusive));
    g_assert_null(inconclusive);
    g_assert_null(run_step(fixture, fixture->with, "2", &normal, &inconclusive));
    g_assert_null(inconclusive);
    g_autofree char *summary = run_step(fixture, fixture->with, "2", &slow, &inconclusive);
    g_assert_nonnull(strstr(summary, " % more than without vendors, with 95 % confidence "));
    g_assert_nonnull(strstr(summary, "limit 20 (5 against 5 measurements)"));
    g_assert_null(inconclusive);

    g_autofree char *text = journal_text(fixture);
    g_assert_nonnull(strstr(text, "\"verdict\":\"within\""));
    g_assert_nonnull(strstr(text, "\"verdict\":\"exceeded\""));
}

/* What other work on the host makes slow is nobody's overhead, whichever of the two it hit. */
static void test_busy_host(Fixture *fixture, gconstpointer unused)
{
    Measurement busy_control = normal, busy = slow;
    (void)unused;

    busy_control.pressure = busy.pressure = MEASURE_PRESSURE_MAX + 0.01;
    const Measurement *pairs[][2] = {{&normal, &busy}, {&busy_control, &slow}};
    for (guint i = 0; i < G_N_ELEMENTS(pairs); i++) {
        g_autofree char *none = NULL, *inconclusive = NULL;
        g_assert_null(run_step(fixture, fixture->control, "2", pairs[i][0], &none));
        g_assert_null(run_step(fixture, fixture->with, "2", pairs[i][1], &inconclusive));
        g_assert_nonnull(strstr(inconclusive, "the host was busy with other work"));
    }
}

/* The guest's own waiting counts, and what else runs on this host; where that is not known, what
 * waits on the host. */
static void test_pressure(Fixture *fixture, gconstpointer unused)
{
    Attempt attempt = {0};
    (void)fixture;
    (void)unused;

    fake_reset();
    MeasureMoment host = measure_moment(&attempt);
    g_assert_false(host.own);
    attempt.machine = (Machine *)&attempt; /* the fake one does not look at it */
    g_assert_false(measure_moment(&attempt).own);
    fake.tells_waiting = true;
    fake.waited_us = 5000000;
    MeasureMoment own = measure_moment(&attempt);
    g_assert_true(own.own);
    g_assert_cmpuint(own.waited, ==, 5000000);
    own.us -= 10 * G_USEC_PER_SEC;
    g_assert_cmpfloat(measure_pressure(&attempt, &own), ==, 0);
    fake.waited_us += 4000000;
    g_assert_cmpfloat_with_epsilon(measure_pressure(&attempt, &own), 0.4, 0.001);
    fake.others_us += 7000000; /* it need not wait to be slowed down */
    g_assert_cmpfloat_with_epsilon(measure_pressure(&attempt, &own), 0.7, 0.001);
    host.us -= 10 * G_USEC_PER_SEC; /* another kind of moment: nothing can be said */
    g_assert_cmpfloat(measure_pressure(&attempt, &host), ==, 0);
}

/* Of what a guest takes for its processes' time, its share of waiting for the host is no load. */
static void test_clock(Fixture *fixture, gconstpointer unused)
{
    Attempt attempt = {.machine = (Machine *)&attempt};
    MeasureClock clock = {0}, unknown = {0};
    (void)fixture;
    (void)unused;

    fake_reset();
    g_assert_cmpfloat(measure_clock(&attempt, &unknown, 3), ==, 3);
    g_assert_cmpfloat(measure_clock(&attempt, &unknown, 7), ==, 7);
    fake.tells_waiting = true;
    g_assert_cmpfloat(measure_clock(&attempt, &clock, 3), ==, 3);
    clock.moment.us -= 10 * G_USEC_PER_SEC;
    fake.waited_us += 4000000;
    g_assert_cmpfloat_with_epsilon(measure_clock(&attempt, &clock, 8), 6, 0.01);
    clock.moment.us -= 10 * G_USEC_PER_SEC;
    fake.others_us += 9000000; /* on another processor: it takes nothing from the guest's */
    g_assert_cmpfloat_with_epsilon(measure_clock(&attempt, &clock, 10), 8, 0.01);
}

/* Another parameter, another step, or no control at all: nothing to compare with. */
static void test_no_control(Fixture *fixture, gconstpointer unused)
{
    const PlanCase *cases[] = {fixture->other, fixture->with};
    (void)unused;

    char *none = NULL;
    g_assert_null(run_step(fixture, fixture->control, "2", &normal, &none));
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *inconclusive = NULL;
        g_assert_null(run_step(fixture, cases[i], i ? "3" : "2", &slow, &inconclusive));
        g_assert_cmpstr(inconclusive, ==,
                        "inconclusive: the control measured nothing: operations, limit 20 (5 "
                        "against 0 measurements)");
    }
}

static void test_growth(Fixture *fixture, gconstpointer unused)
{
    double times[20], flat[20], rising[20];
    g_autofree char *inconclusive = NULL;
    (void)unused;

    for (guint i = 0; i < 20; i++) {
        times[i] = 60.0 * i;
        flat[i] = 100 + 0.1 * (i % 3);
        rising[i] = 100 + i + 0.1 * (i % 3); /* 60 MiB an hour */
    }
    Measurement calm = {"memory", "MiB", BETTER_LESS, flat, 20, times, 0, NULL, 0};
    Measurement leak = {"memory", "MiB", BETTER_LESS, rising, 20, times, 0, NULL, 0};
    g_assert_null(run_step(fixture, fixture->control, "4", &calm, &inconclusive));
    g_assert_null(run_step(fixture, fixture->with, "4", &calm, &inconclusive));
    g_autofree char *summary = run_step(fixture, fixture->with, "4", &leak, &inconclusive);
    g_assert_nonnull(strstr(summary, "memory: grows by 60"));
    g_assert_null(inconclusive);
}

/* A processor that is always busy is 100 % of it; the limit is in the same unit. */
static void test_share(Fixture *fixture, gconstpointer unused)
{
    double times[20], idle[20], busy[20];
    g_autofree char *inconclusive = NULL;
    (void)unused;

    for (guint i = 0; i < 20; i++) {
        times[i] = 2.0 * i;
        idle[i] = 0.05 * times[i] + 0.01 * (i % 2);
        busy[i] = 0.95 * times[i] + 0.01 * (i % 2);
    }
    Measurement calm = {.name = "processor time", .unit = "s", .values = idle, .count = 20};
    calm.times_s = times;
    calm.rate = "% of a processor";
    calm.rate_per_hour = 100.0 / 3600;
    Measurement spin = calm;
    spin.values = busy;
    g_assert_null(run_step(fixture, fixture->control, "5", &calm, &inconclusive));
    g_assert_null(run_step(fixture, fixture->with, "5", &calm, &inconclusive));
    g_assert_null(inconclusive);
    calm.pressure = 0.6; /* it was hardly given a processor that it could take */
    g_assert_null(run_step(fixture, fixture->with, "5", &calm, &inconclusive));
    g_assert_nonnull(strstr(inconclusive, "the host was busy"));
    g_clear_pointer(&inconclusive, g_free);
    spin.pressure = 0.6; /* what it took nevertheless, it took */
    g_autofree char *summary = run_step(fixture, fixture->with, "5", &spin, &inconclusive);
    g_assert_nonnull(strstr(summary, "processor time: takes 90 % of a processor more"));
    g_assert_nonnull(strstr(summary, "limit 20 "));
    g_assert_null(inconclusive);
}

/* A resumed run judges against what the control measured before it was killed. */
static void test_replay(Fixture *fixture, gconstpointer unused)
{
    g_autofree char *inconclusive = NULL;
    (void)unused;

    g_assert_null(run_step(fixture, fixture->control, "2", &normal, &inconclusive));
    g_autofree char *text = journal_text(fixture);
    *strchr(text, '\n') = '\0';
    g_autoptr(cJSON) record = cJSON_Parse(text);
    measures_free(fixture->measures);
    fixture->measures = measures_new();
    measures_replay(fixture->measures, fixture->control, record);
    g_autofree char *summary = run_step(fixture, fixture->with, "2", &slow, &inconclusive);
    g_assert_nonnull(summary);

    cJSON_AddItemToArray(cJSON_GetObjectItem(record, "values"), cJSON_CreateString("much"));
    cJSON_ReplaceItemInObject(record, "step", cJSON_CreateString("5"));
    measures_replay(fixture->measures, fixture->control, record);
    g_assert_null(run_step(fixture, fixture->with, "5", &slow, &inconclusive));
    g_assert_nonnull(inconclusive);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, function) g_test_add("/measure/" name, Fixture, NULL, set_up, function, tear_down)
    ADD("judged", test_judged);
    ADD("busy-host", test_busy_host);
    ADD("pressure", test_pressure);
    ADD("clock", test_clock);
    ADD("no-control", test_no_control);
    ADD("growth", test_growth);
    ADD("share", test_share);
    ADD("replay", test_replay);
    return g_test_run();
}
