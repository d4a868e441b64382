/* SPDX-License-Identifier: GPL-2.0-or-later
 * The work queue: who may begin when, and that no worker waits for what never comes.
 */
#include "run/queue.h"

#include "plan/plan-case.h"

static PlanCase *make(GPtrArray *cases, const char *id, const char *guest, bool vendor)
{
    PlanCase *plan_case = plan_case_new();
    plan_case->id = g_strdup(id);
    plan_case->guest = g_strdup(guest);
    plan_case->test_name = g_strdup("t");
    if (vendor)
        g_ptr_array_add(plan_case->vendors, g_strdup("alpha"));
    g_ptr_array_add(cases, plan_case);
    return plan_case;
}

static GPtrArray *new_cases(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)plan_case_free);
}

/* queue_take() in a thread: whether it gives a case soon, or waits. */
static gpointer take_in_thread(gpointer queue)
{
    return (gpointer)queue_take(queue);
}

static void assert_takes(Queue *queue, const PlanCase *expected)
{
    const PlanCase *taken = queue_take(queue);
    g_assert_cmpstr(taken ? taken->id : "none", ==, expected ? expected->id : "none");
}

static void test_order(void)
{
    g_autoptr(GPtrArray) cases = new_cases();
    g_autoptr(Queue) queue = queue_new(NULL, NULL, NULL);
    PlanCase *a = make(cases, "a", "g", true), *b = make(cases, "b", "g", true);
    CaseState state;

    g_assert_true(queue_add(queue, a, false));
    g_assert_true(queue_add(queue, b, false));
    g_assert_false(queue_add(queue, b, false));
    assert_takes(queue, a);
    g_assert_false(queue_state(queue, "a", &state));
    assert_takes(queue, b);
    queue_end(queue, a, CASE_FAILED);
    queue_end(queue, b, CASE_PASSED);
    assert_takes(queue, NULL);
    g_assert_true(queue_state(queue, "a", &state));
    g_assert_cmpint(state, ==, CASE_FAILED);
    g_assert_false(queue_state(queue, "nobody", &state));
}

/* An experiment that leaves out all vendors is no control: it may fail for a reason of its test. */
static void test_experiment_is_no_control(void)
{
    g_autoptr(GPtrArray) cases = new_cases();
    g_autoptr(Queue) queue = queue_new(NULL, NULL, NULL);
    PlanCase *none = make(cases, "g/none", "g", false);
    PlanCase *with = make(cases, "g/alpha", "g", true);

    none->brief = true;
    queue_add(queue, none, false);
    queue_add(queue, with, false);
    assert_takes(queue, none);
    assert_takes(queue, with); /* though the other still runs */
    queue_end(queue, none, CASE_ERROR);
    g_assert_false(queue_guest_is_unfit(queue, "g"));
}

/* Cases with vendors wait for the case without any on their guest, and for no other guest's. */
static void test_controls_first(void)
{
    g_autoptr(GPtrArray) cases = new_cases();
    g_autoptr(Queue) queue = queue_new(NULL, NULL, NULL);
    PlanCase *slow = make(cases, "slow/none", "slow", false);
    PlanCase *none = make(cases, "g/none", "g", false);
    PlanCase *with = make(cases, "g/alpha", "g", true);
    PlanCase *late = make(cases, "slow/alpha", "slow", true);

    queue_add(queue, with, false);
    queue_add(queue, late, false);
    queue_add(queue, slow, false);
    queue_add(queue, none, false);
    assert_takes(queue, slow);
    assert_takes(queue, none);
    queue_end(queue, none, CASE_PASSED);
    assert_takes(queue, with); /* though slow/none still runs */
    queue_end(queue, with, CASE_PASSED);
    g_assert_false(queue_guest_is_unfit(queue, "slow"));
    queue_end(queue, slow, CASE_ERROR);
    g_assert_true(queue_guest_is_unfit(queue, "slow"));
    g_assert_false(queue_guest_is_unfit(queue, "g"));
    assert_takes(queue, late); /* whoever takes it sees that the guest is unfit */
    queue_end(queue, late, CASE_SKIPPED);
    assert_takes(queue, NULL);
}

static void test_alone(void)
{
    g_autoptr(GPtrArray) cases = new_cases();
    g_autoptr(Queue) queue = queue_new(NULL, NULL, NULL);
    PlanCase *alone = make(cases, "alone", "g", true);
    PlanCase *a = make(cases, "a", "g", true), *b = make(cases, "b", "g", true);

    queue_add(queue, alone, true);
    queue_add(queue, a, false);
    assert_takes(queue, a); /* it holds up nobody */
    GThread *thread = g_thread_new("take", take_in_thread, queue);
    queue_end(queue, a, CASE_PASSED);
    g_assert_true(g_thread_join(thread) == alone);
    queue_add(queue, b, false);
    thread = g_thread_new("take", take_in_thread, queue);
    queue_end(queue, alone, CASE_PASSED); /* b was not to be had before */
    g_assert_true(g_thread_join(thread) == b);
    queue_end(queue, b, CASE_PASSED);
    assert_takes(queue, NULL);
}

/* What is measured comes last, test by test, behind its own control; and what does not measure
 * waits for such a control only where no other vouches for the guest. */
static void test_measured(gconstpointer vouched)
{
    g_autoptr(GPtrArray) cases = new_cases();
    g_autoptr(Queue) queue = queue_new(NULL, NULL, NULL);
    PlanCase *controls[2], *measured[2];
    PlanCase *plain = make(cases, "plain", "g", false), *with = make(cases, "with", "g", true);

    for (guint i = 0; i < 2; i++) {
        g_autofree char *test = g_strdup_printf("m%u", i);
        controls[i] = make(cases, i ? "m1/none" : "m0/none", "g", false);
        measured[i] = make(cases, i ? "m1/alpha" : "m0/alpha", "g", true);
        g_free(controls[i]->test_name);
        g_free(measured[i]->test_name);
        controls[i]->test_name = g_strdup(test);
        measured[i]->test_name = g_strdup(test);
        queue_add(queue, controls[i], true);
    }
    if (vouched)
        queue_add(queue, plain, false);
    queue_add(queue, with, false);
    queue_add(queue, measured[0], true);
    queue_add(queue, measured[1], true);
    const PlanCase *order[] = {plain, with, controls[0], measured[0], controls[1], measured[1]};
    const PlanCase *alone[] = {controls[0], measured[0], controls[1], with, measured[1]};
    for (guint i = 0; i < (vouched ? G_N_ELEMENTS(order) : G_N_ELEMENTS(alone)); i++) {
        const PlanCase *next = vouched ? order[i] : alone[i];
        assert_takes(queue, next);
        queue_end(queue, next, CASE_PASSED);
    }
    assert_takes(queue, NULL);
}

/* A worker without work waits while a case runs, because that one may add to the queue. */
static void test_added(void)
{
    g_autoptr(GPtrArray) cases = new_cases();
    g_autoptr(Queue) queue = queue_new(NULL, NULL, NULL);
    PlanCase *a = make(cases, "a", "g", true), *b = make(cases, "b", "g", true);

    queue_add(queue, a, false);
    assert_takes(queue, a);
    GThread *thread = g_thread_new("take", take_in_thread, queue);
    queue_add(queue, b, false);
    g_assert_true(g_thread_join(thread) == b);
    thread = g_thread_new("take", take_in_thread, queue);
    queue_end(queue, a, CASE_PASSED);
    queue_end(queue, b, CASE_PASSED);
    g_assert_null(g_thread_join(thread));
}

static void test_closed(void)
{
    g_autoptr(GPtrArray) cases = new_cases();
    g_autoptr(Queue) queue = queue_new(NULL, NULL, NULL);
    PlanCase *a = make(cases, "a", "g", true), *b = make(cases, "b", "g", true);
    CaseState state;

    queue_add(queue, a, false);
    assert_takes(queue, a);
    GThread *thread = g_thread_new("take", take_in_thread, queue);
    queue_close(queue);
    g_assert_null(g_thread_join(thread));
    queue_add(queue, b, false);
    assert_takes(queue, NULL);
    queue_end(queue, a, CASE_NOT_RUN);
    g_assert_false(queue_state(queue, "a", &state));
}

static bool admit_other(gpointer data, const char *guest, const GPtrArray *running)
{
    (void)data;
    (void)running;
    return g_str_equal(guest, "other");
}

/* What the budget does not admit waits; what comes after it and fits does not wait with it. */
static void test_budget(void)
{
    g_autoptr(GPtrArray) cases = new_cases();
    g_autoptr(Queue) queue = queue_new(admit_other, NULL, NULL);
    PlanCase *a = make(cases, "a", "g", true), *b = make(cases, "b", "g", true);
    PlanCase *none = make(cases, "none", "other", false);

    queue_add(queue, a, false);
    queue_add(queue, b, false);
    queue_add(queue, none, false);
    assert_takes(queue, a); /* alone it is always admitted */
    assert_takes(queue, none);
    GThread *thread = g_thread_new("take", take_in_thread, queue);
    queue_end(queue, none, CASE_PASSED);
    queue_end(queue, a, CASE_PASSED);
    g_assert_true(g_thread_join(thread) == b);
    queue_end(queue, b, CASE_PASSED);
    assert_takes(queue, NULL);
}

#define MANY 500u

typedef struct {
    gint asked; /* atomic: how often the budget was */
} Asked;

static bool admit_two(gpointer data, const char *guest, const GPtrArray *running)
{
    Asked *asked = data;

    g_assert_cmpstr(guest, ==, "g");
    g_atomic_int_inc(&asked->asked);
    return running->len < 2;
}

/* A worker for whom there is no room does not look at every case that waits. */
static void test_many_without_room(void)
{
    g_autoptr(GPtrArray) cases = new_cases();
    Asked asked = {0};
    g_autoptr(Queue) queue = queue_new(admit_two, NULL, &asked);

    for (guint i = 0; i < MANY; i++) {
        g_autofree char *id = g_strdup_printf("c%u", i);
        queue_add(queue, make(cases, id, "g", true), false);
    }
    assert_takes(queue, cases->pdata[0]);
    assert_takes(queue, cases->pdata[1]);
    gint before = g_atomic_int_get(&asked.asked);
    GThread *thread = g_thread_new("take", take_in_thread, queue);
    while (g_atomic_int_get(&asked.asked) == before) /* until it has looked */
        g_thread_yield();
    queue_end(queue, cases->pdata[0], CASE_PASSED);
    g_assert_true(g_thread_join(thread) == cases->pdata[2]);
    g_assert_cmpint(g_atomic_int_get(&asked.asked) - before, <, 10);
}

/* Of cases of several kinds the first that was added comes first. */
static void test_order_of_kinds(void)
{
    g_autoptr(GPtrArray) cases = new_cases();
    g_autoptr(Queue) queue = queue_new(NULL, NULL, NULL);
    PlanCase *a = make(cases, "a", "g", true), *b = make(cases, "b", "h", true);
    PlanCase *alone = make(cases, "alone", "g", true), *c = make(cases, "c", "g", true);
    PlanCase *d = make(cases, "d", "h", true);

    queue_add(queue, a, false);
    queue_add(queue, b, false);
    queue_add(queue, alone, true);
    queue_add(queue, c, false);
    queue_add(queue, d, false);
    assert_takes(queue, a);
    assert_takes(queue, b);
    assert_takes(queue, c);
    assert_takes(queue, d);
    for (guint i = 0; i < cases->len; i++)
        if (cases->pdata[i] != alone)
            queue_end(queue, cases->pdata[i], CASE_PASSED);
    assert_takes(queue, alone);
}

/* `b` shares its first steps with `a`. */
static bool b_waits_for_a(gpointer data, const PlanCase *plan_case, const GPtrArray *running)
{
    bool a_runs = false;

    (void)data;
    for (guint i = 0; i < running->len; i++)
        a_runs |= g_str_equal(((const PlanCase *)running->pdata[i])->id, "a");
    return a_runs && g_str_equal(plan_case->id, "b");
}

/* What would only wait lets others go first, and is taken all the same where there are none. */
static void test_waits(void)
{
    g_autoptr(GPtrArray) cases = new_cases();
    g_autoptr(Queue) queue = queue_new(NULL, b_waits_for_a, NULL);
    PlanCase *a = make(cases, "a", "g", true), *b = make(cases, "b", "g", true);
    PlanCase *c = make(cases, "c", "g", true);

    queue_add(queue, a, false);
    queue_add(queue, b, false);
    queue_add(queue, c, false);
    assert_takes(queue, a);
    assert_takes(queue, c);
    assert_takes(queue, b);
    queue_end(queue, a, CASE_PASSED);
    queue_end(queue, b, CASE_PASSED);
    queue_end(queue, c, CASE_PASSED);
    assert_takes(queue, NULL);
}

/* A case that ended in an earlier process of the run is never taken. */
static void test_ended_before(void)
{
    g_autoptr(GPtrArray) cases = new_cases();
    g_autoptr(Queue) queue = queue_new(NULL, NULL, NULL);
    PlanCase *none = make(cases, "none", "g", false), *a = make(cases, "a", "g", true);
    guint count, ended;

    queue_add(queue, none, false);
    queue_add(queue, a, false);
    queue_end(queue, none, CASE_PASSED);
    assert_takes(queue, a);
    queue_count(queue, &count, &ended);
    g_assert_cmpuint(count, ==, 2);
    g_assert_cmpuint(ended, ==, 1);
    queue_end(queue, a, CASE_PASSED);
    assert_takes(queue, NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/queue/order", test_order);
    g_test_add_func("/queue/controls-first", test_controls_first);
    g_test_add_func("/queue/alone", test_alone);
    g_test_add_func("/queue/experiment-is-no-control", test_experiment_is_no_control);
    g_test_add_data_func("/queue/measured", NULL, test_measured);
    g_test_add_data_func("/queue/measured/vouched", GINT_TO_POINTER(1), test_measured);
    g_test_add_func("/queue/added", test_added);
    g_test_add_func("/queue/closed", test_closed);
    g_test_add_func("/queue/budget", test_budget);
    g_test_add_func("/queue/many-without-room", test_many_without_room);
    g_test_add_func("/queue/order-of-kinds", test_order_of_kinds);
    g_test_add_func("/queue/waits", test_waits);
    g_test_add_func("/queue/ended-before", test_ended_before);
    return g_test_run();
}
